/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_ARENA_H
#define THAW_BASE_ARENA_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * An arena hands out memory from one block of fixed size and gives all of it
 * back at once.  One arena belongs to one unit of work (a request, a query, a
 * batch), never to two, and never crosses a thread.
 *
 * Running out is not an error at the call that runs out: arena_alloc() returns
 * NULL, the arena remembers it, and the owner asks arena_overflowed() once,
 * where it decides what to tell the client.
 *
 * Invariant: used <= size.
 */
struct arena {
    unsigned char *base; /* Owned by the caller of arena_init(); aligned. */
    size_t size;         /* Bytes in base. */
    size_t used;         /* Bytes handed out, padding included. */
    size_t most;         /* The most of them at a time, before the latest were given back. */
    bool overflowed;     /* Some arena_alloc() has returned NULL. */
};

/* Every pointer handed out is a multiple of this: enough for any type of C. */
#define ARENA_ALIGN 16

/* Hand out from memory, which stays the caller's and must outlive the arena's use. */
void arena_init(struct arena *arena, void *memory, size_t size);

/*
 * Return size bytes, aligned for any type and not zeroed, or NULL if they do
 * not fit.  size must not be 0.
 */
void *arena_alloc(struct arena *arena, size_t size) THAW_CHECK;

/* The same for count things of size bytes each, zeroed; also NULL if the product wraps. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size) THAW_CHECK;

/* A copy of the slice that lives as long as the arena; the empty slice if it does not fit. */
struct slice arena_dup(struct arena *arena, struct slice slice);

/* The same with a NUL behind it; NULL if it does not fit.  A NUL inside is copied as it is. */
char *arena_dup_text(struct arena *arena, struct slice slice) THAW_CHECK;

/* Format into the arena.  The slice is followed by a NUL that it does not count; empty if full. */
struct slice arena_printf(struct arena *arena, const char *format, ...) THAW_PRINTF(2, 3);

/* Bytes that are left.  One allocation of a multiple of ARENA_ALIGN up to this will succeed. */
size_t arena_left(const struct arena *arena);

/* The most bytes that were handed out at a time: those behind were not touched through it. */
size_t arena_most(const struct arena *arena);

/*
 * Remember a point, and give back everything that was handed out since then.
 * arena_rewind() leaves overflowed as it is: what did not fit is still missing.
 */
size_t arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, size_t mark);

/* Give back everything and forget that something did not fit. */
void arena_reset(struct arena *arena);

/* Whether something asked for did not fit since arena_init() or arena_reset(). */
bool arena_overflowed(const struct arena *arena) THAW_CHECK;

#endif
