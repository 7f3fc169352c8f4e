/* SPDX-License-Identifier: Apache-2.0 */
#include "http/arenas.h"

#include <sys/mman.h>

enum status arenas_init(struct arenas *arenas)
{
    arenas->kept_count = 0;
    return pthread_mutex_init(&arenas->mutex, NULL) == 0 ? STATUS_OK : STATUS_FULL;
}

void arenas_fini(struct arenas *arenas)
{
    while (arenas->kept_count > 0) {
        (void)munmap(arenas->kept[--arenas->kept_count], HTTP_ARENA_SIZE);
    }
    (void)pthread_mutex_destroy(&arenas->mutex);
}

bool arenas_take(struct arenas *arenas, struct arena *arena)
{
    void *memory = NULL;
    (void)pthread_mutex_lock(&arenas->mutex);
    if (arenas->kept_count > 0) {
        memory = arenas->kept[--arenas->kept_count];
    }
    (void)pthread_mutex_unlock(&arenas->mutex);
    if (memory == NULL) {
        memory = mmap(NULL, HTTP_ARENA_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) {
            return false;
        }
    }
    arena_init(arena, memory, HTTP_ARENA_SIZE);
    return true;
}

void arenas_give(struct arenas *arenas, struct arena *arena)
{
    unsigned char *memory = arena->base;
    *arena = (struct arena){.base = NULL};
    bool kept = false;
    /* The kernel takes back what one large request touched. */
    if (madvise(memory + HTTP_ARENA_KEEP, HTTP_ARENA_SIZE - HTTP_ARENA_KEEP, MADV_DONTNEED) == 0) {
        (void)pthread_mutex_lock(&arenas->mutex);
        kept = arenas->kept_count < HTTP_ARENAS_KEPT;
        if (kept) {
            arenas->kept[arenas->kept_count++] = memory;
        }
        (void)pthread_mutex_unlock(&arenas->mutex);
    }
    if (!kept) {
        (void)munmap(memory, HTTP_ARENA_SIZE);
    }
}
