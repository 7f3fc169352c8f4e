/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/ensure.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void arena_assert(const struct arena *arena)
{
    ENSURE(arena->used <= arena->size);
}

void arena_init(struct arena *arena, void *memory, size_t size)
{
    ENSURE(memory != NULL || size == 0);

    /* The first bytes are left out if they are not aligned. */
    size_t odd = (uintptr_t)memory % ARENA_ALIGN;
    size_t skipped = odd == 0 ? 0 : ARENA_ALIGN - odd;
    if (skipped > size) {
        skipped = size;
    }
    *arena = (struct arena){
        .base = memory == NULL ? NULL : (unsigned char *)memory + skipped,
        .size = size - skipped,
    };
    arena_assert(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    arena_assert(arena);
    ENSURE(size > 0);

    /* Compare against what is left rather than adding, so that nothing can wrap. */
    size_t padding = (ARENA_ALIGN - size % ARENA_ALIGN) % ARENA_ALIGN;
    size_t left = arena->size - arena->used;
    if (size > left) {
        arena->overflowed = true;
        return NULL;
    }

    void *memory = arena->base + arena->used;
    /* The last allocation may lack its padding: nothing comes behind it. */
    arena->used = padding > left - size ? arena->size : arena->used + size + padding;
    arena_assert(arena);
    return memory;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;

    ENSURE(count > 0 && size > 0);
    if (__builtin_mul_overflow(count, size, &total)) {
        arena->overflowed = true;
        return NULL;
    }
    void *memory = arena_alloc(arena, total);
    if (memory != NULL) {
        memset(memory, 0, total);
    }
    return memory;
}

struct slice arena_dup(struct arena *arena, struct slice slice)
{
    if (slice.size == 0) {
        return SLICE_EMPTY;
    }
    unsigned char *copy = arena_alloc(arena, slice.size);
    if (copy == NULL) {
        return SLICE_EMPTY;
    }
    memcpy(copy, slice.base, slice.size);
    return slice_of(copy, slice.size);
}

char *arena_dup_text(struct arena *arena, struct slice slice)
{
    if (slice.size == SIZE_MAX) {
        arena->overflowed = true;
        return NULL;
    }
    char *copy = arena_alloc(arena, slice.size + 1);
    if (copy == NULL) {
        return NULL;
    }
    if (slice.size > 0) {
        memcpy(copy, slice.base, slice.size);
    }
    copy[slice.size] = '\0';
    return copy;
}

struct slice arena_printf(struct arena *arena, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    int size = vsnprintf(NULL, 0, format, values);
    va_end(values);
    ENSURE(size >= 0);

    char *text = arena_alloc(arena, (size_t)size + 1);
    if (text == NULL) {
        return SLICE_EMPTY;
    }
    va_start(values, format);
    vsnprintf(text, (size_t)size + 1, format, values);
    va_end(values);
    return slice_of(text, (size_t)size);
}

size_t arena_left(const struct arena *arena)
{
    arena_assert(arena);
    return arena->size - arena->used;
}

size_t arena_most(const struct arena *arena)
{
    return arena->most > arena->used ? arena->most : arena->used;
}

size_t arena_mark(const struct arena *arena)
{
    arena_assert(arena);
    return arena->used;
}

void arena_rewind(struct arena *arena, size_t mark)
{
    ENSURE(mark <= arena->used);
    arena->most = arena_most(arena);
    arena->used = mark;
    arena_assert(arena);
}

void arena_reset(struct arena *arena)
{
    arena->most = arena_most(arena);
    arena->used = 0;
    arena->overflowed = false;
}

bool arena_overflowed(const struct arena *arena)
{
    return arena->overflowed;
}
