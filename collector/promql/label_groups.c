/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/label_groups.h"

#include <string.h>

bool label_groups_init(struct label_groups *groups, struct arena *arena, size_t capacity,
                       const struct hash_key *key)
{
    *groups = (struct label_groups){.capacity = capacity, .key = key, .arena = arena};
    size_t slots = 4;
    while (slots / 4 * 3 < capacity) {
        slots *= 2;
    }
    struct map_slot *memory = arena_alloc_array(arena, slots, sizeof(*memory));
    groups->sets = arena_alloc_array(arena, capacity == 0 ? 1 : capacity, sizeof(*groups->sets));
    if (memory == NULL || groups->sets == NULL) {
        return false;
    }
    map_init_fixed(&groups->map, memory, slots);
    return true;
}

struct wanted {
    const struct label_groups *groups;
    const struct label_set *labels;
};

static bool same_labels(const void *context, uint32_t row)
{
    const struct wanted *wanted = context;
    return labels_equal(&wanted->groups->sets[row], wanted->labels);
}

static size_t look_up(const struct label_groups *groups, const struct label_set *labels,
                      uint64_t hash)
{
    struct wanted wanted = {groups, labels};
    uint32_t row = 0;
    return map_find(&groups->map, hash, same_labels, &wanted, &row) ? row : GROUPS_NONE;
}

/* Twice as many sets; the sets stay where they are, their list and the table are made anew. */
static bool grow(struct label_groups *groups)
{
    struct label_groups larger;
    if (!label_groups_init(&larger, groups->arena, 2 * groups->capacity + 4, groups->key)) {
        return false;
    }
    for (size_t i = 0; i < groups->count; i++) {
        uint64_t hash = labels_hash(groups->key, &groups->sets[i]);
        larger.sets[i] = groups->sets[i];
        if (map_insert(&larger.map, hash, (uint32_t)i) != STATUS_OK) {
            return false;
        }
    }
    larger.count = groups->count;
    *groups = larger;
    return true;
}

size_t label_groups_add(struct label_groups *groups, const struct label_set *labels)
{
    uint64_t hash = labels_hash(groups->key, labels);
    size_t found = look_up(groups, labels, hash);
    if (found != GROUPS_NONE) {
        return found;
    }
    if (groups->count == groups->capacity && !grow(groups)) {
        return GROUPS_NONE;
    }
    struct label_set copy = {NULL, labels->count};
    if (labels->count > 0) {
        struct label *items = arena_alloc_array(groups->arena, labels->count, sizeof(*items));
        if (items == NULL) {
            return GROUPS_NONE;
        }
        memcpy(items, labels->items, labels->count * sizeof(*items));
        copy.items = items;
    }
    groups->sets[groups->count] = copy;
    if (map_insert(&groups->map, hash, (uint32_t)groups->count) != STATUS_OK) {
        return GROUPS_NONE;
    }
    return groups->count++;
}

bool label_groups_order(const struct label_groups *groups, const size_t *group_of, size_t row_count,
                        struct group_order *made)
{
    made->starts = arena_alloc_array(groups->arena, groups->count + 2, sizeof(*made->starts));
    made->order =
        arena_alloc_array(groups->arena, row_count == 0 ? 1 : row_count, sizeof(*made->order));
    if (made->starts == NULL || made->order == NULL) {
        return false;
    }
    for (size_t i = 0; i < row_count; i++) {
        made->starts[group_of[i] + 2]++;
    }
    for (size_t i = 0; i < groups->count; i++) {
        made->starts[i + 2] += made->starts[i + 1];
    }
    for (size_t i = 0; i < row_count; i++) {
        made->order[made->starts[group_of[i] + 1]++] = i;
    }
    return true;
}
