/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_LABEL_GROUPS_H
#define THAW_COLLECTOR_PROMQL_LABEL_GROUPS_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/status.h"
#include "promql/labels.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Different label sets, numbered as they come. */
struct label_groups {
    struct map map;
    struct label_set *sets;
    size_t count, capacity;
    const struct hash_key *key;
    struct arena *arena;
};

#define GROUPS_NONE SIZE_MAX

/* For capacity different sets, and more as they come; false without room. */
bool label_groups_init(struct label_groups *groups, struct arena *arena, size_t capacity,
                       const struct hash_key *key) THAW_CHECK;

/* The number of a set, which gets one if it is new (its items are copied, their texts are not);
 * GROUPS_NONE without room. */
size_t label_groups_add(struct label_groups *groups, const struct label_set *labels) THAW_CHECK;

/* Rows in the order of their groups: members of group g are order[starts[g]] up to
 * order[starts[g + 1]]. */
struct group_order {
    size_t *order, *starts;
};

bool label_groups_order(const struct label_groups *groups, const size_t *group_of, size_t row_count,
                        struct group_order *made) THAW_CHECK;

#endif
