/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_set.h"

#include "traces/traces_limits.h"

#include <stdlib.h>

struct name_lookup {
    const struct trace_name *names;
    struct trace_name name;
};

static bool name_is(const void *context, uint32_t row)
{
    const struct name_lookup *lookup = context;
    return lookup->names[row].kind == lookup->name.kind &&
           slice_equal(lookup->names[row].name, lookup->name.name);
}

void trace_set_init(struct trace_set *set, const struct hash_key *key, struct arena *arena)
{
    *set = (struct trace_set){
        .key = key,
        .arena = arena,
        .names = arena_alloc_array(arena, TRACES_NAMES_MAX, sizeof(set->names[0])),
    };
    set->full = set->names == NULL;
    map_init_growing(&set->map, TRACES_NAMES_MAX);
}

void trace_set_add(struct trace_set *set, struct slice name, unsigned kind)
{
    struct name_lookup lookup = {set->names, {name, kind}};
    uint32_t row;
    if (name.size == 0 || set->full || set->count == TRACES_NAMES_MAX) {
        return;
    }
    uint64_t hash = hash_sip64(set->key, name) + kind;
    if (map_find(&set->map, hash, name_is, &lookup, &row)) {
        return;
    }
    struct slice kept = arena_dup(set->arena, name);
    if (kept.size == 0 || map_insert(&set->map, hash, (uint32_t)set->count) != STATUS_OK) {
        set->full = true;
        return;
    }
    set->names[set->count++] = (struct trace_name){kept, kind};
}

static int compare_names(const void *one, const void *other)
{
    const struct trace_name *a = one;
    const struct trace_name *b = other;
    int order = slice_compare(a->name, b->name);
    return order != 0 ? order : (a->kind > b->kind) - (a->kind < b->kind);
}

bool trace_set_finish(struct trace_set *set)
{
    if (set->count > 1) {
        qsort(set->names, set->count, sizeof(set->names[0]), compare_names);
    }
    map_fini(&set->map);
    return !set->full;
}
