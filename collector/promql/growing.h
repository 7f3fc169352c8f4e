/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_GROWING_H
#define THAW_COLLECTOR_PROMQL_GROWING_H

#include "base/arena.h"
#include "base/status.h"

#include <stddef.h>

/*
 * A list in an arena that doubles when it is full; what it leaves behind ends with the arena. Items
 * move when it grows: nobody keeps a pointer into it while it does.
 */
struct growing {
    void *items;
    size_t count, capacity;
    size_t item_size;
    struct arena *arena;
};

static inline struct growing growing_of(struct arena *arena, size_t item_size)
{
    return (struct growing){.item_size = item_size, .arena = arena};
}

/* A slot for one more, zeroed, or NULL where there is no room (arena_overflowed() remembers). */
void *growing_push(struct growing *growing) THAW_CHECK;

#endif
