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
        (void)munmap(arenas->kept[--arenas->kept_count].memory, HTTP_ARENA_SIZE);
    }
    (void)pthread_mutex_destroy(&arenas->mutex);
}

bool arenas_take(struct arenas *arenas, struct arena *arena)
{
    struct arenas_kept taken = {.memory = NULL};
    (void)pthread_mutex_lock(&arenas->mutex);
    if (arenas->kept_count > 0) {
        taken = arenas->kept[--arenas->kept_count];
    }
    (void)pthread_mutex_unlock(&arenas->mutex);
    if (taken.memory == NULL) {
        taken.memory = mmap(NULL, HTTP_ARENA_SIZE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (taken.memory == MAP_FAILED) {
            return false;
        }
    }
    arena_init(arena, taken.memory, HTTP_ARENA_SIZE);
    arena->most = taken.touched;
    return true;
}

/* The kernel takes back what one large request touched; what an ordinary one needs stays. */
static bool arenas_trim(struct arenas_kept *given, size_t keep)
{
    if (given->touched <= keep) {
        return true;
    }
    given->touched = keep;
    return madvise((unsigned char *)given->memory + keep, HTTP_ARENA_SIZE - keep, MADV_DONTNEED) ==
           0;
}

void arenas_give(struct arenas *arenas, struct arena *arena)
{
    struct arenas_kept given = {arena->base, arena_most(arena)};
    *arena = (struct arena){.base = NULL};
    (void)pthread_mutex_lock(&arenas->mutex);
    bool few = arenas->kept_count < HTTP_ARENAS_KEPT_LARGE;
    (void)pthread_mutex_unlock(&arenas->mutex);
    bool kept = arenas_trim(&given, few ? HTTP_ARENA_KEEP_LARGE : HTTP_ARENA_KEEP);
    if (kept) {
        (void)pthread_mutex_lock(&arenas->mutex);
        kept = arenas->kept_count < HTTP_ARENAS_KEPT;
        if (kept) {
            arenas->kept[arenas->kept_count++] = given;
        }
        (void)pthread_mutex_unlock(&arenas->mutex);
    }
    if (!kept) {
        (void)munmap(given.memory, HTTP_ARENA_SIZE);
    }
}
