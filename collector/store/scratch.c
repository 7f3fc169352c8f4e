/* SPDX-License-Identifier: Apache-2.0 */
#include "store/scratch.h"

#include "store/store_limits.h"

#include <sys/mman.h>

enum status scratch_init(struct arena *arena)
{
    void *memory = mmap(NULL, STORE_DECODE_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return STATUS_FULL;
    }
    arena_init(arena, memory, STORE_DECODE_SIZE);
    return STATUS_OK;
}

void scratch_fini(struct arena *arena)
{
    if (arena->base != NULL) {
        (void)munmap(arena->base, arena->size);
    }
}

void scratch_reset(struct arena *arena)
{
    if (arena->used > STORE_DECODE_KEEP) {
        (void)madvise(arena->base + STORE_DECODE_KEEP, arena->size - STORE_DECODE_KEEP,
                      MADV_DONTNEED);
    }
    arena_reset(arena);
}

void scratch_clear(struct arena *arena, size_t keep)
{
    if (arena_most(arena) > keep) {
        (void)madvise(arena->base + keep, arena->size - keep, MADV_DONTNEED);
    }
    arena_init(arena, arena->base, arena->size);
}
