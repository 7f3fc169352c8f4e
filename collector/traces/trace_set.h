/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_SET_H
#define THAW_TRACES_TRACE_SET_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Texts, each of a kind, of which each pair is kept once.  They live in the arena; there are at
 * most TRACES_NAMES_MAX of them, what is beyond is left out.
 */
struct trace_name {
    struct slice name;
    unsigned kind;
};

struct trace_set {
    const struct hash_key *key;
    struct arena *arena;
    struct trace_name *names;
    size_t count;
    struct map map;
    bool full; /* Something did not fit into memory. */
};

void trace_set_init(struct trace_set *set, const struct hash_key *key, struct arena *arena);
void trace_set_add(struct trace_set *set, struct slice name, unsigned kind);
/* In order; the names stay as long as the arena.  False: memory did not suffice. */
bool trace_set_finish(struct trace_set *set) THAW_CHECK;

#endif
