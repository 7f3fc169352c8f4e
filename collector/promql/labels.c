/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/labels.h"

#include "base/utf8.h"

struct slice labels_value(const struct label_set *labels, struct slice name)
{
    for (size_t i = 0; i < labels->count; i++) {
        if (slice_equal(labels->items[i].name, name)) {
            return labels->items[i].value;
        }
    }
    return SLICE_EMPTY;
}

int labels_compare(const struct label_set *one, const struct label_set *other)
{
    size_t both = one->count < other->count ? one->count : other->count;
    for (size_t i = 0; i < both; i++) {
        int names = slice_compare(one->items[i].name, other->items[i].name);
        int values = slice_compare(one->items[i].value, other->items[i].value);
        if (names != 0 || values != 0) {
            return names != 0 ? names : values;
        }
    }
    return (one->count > other->count) - (one->count < other->count);
}

bool labels_equal(const struct label_set *one, const struct label_set *other)
{
    if (one->count != other->count) {
        return false;
    }
    for (size_t i = 0; i < one->count; i++) {
        if (!slice_equal(one->items[i].name, other->items[i].name) ||
            !slice_equal(one->items[i].value, other->items[i].value)) {
            return false;
        }
    }
    return true;
}

bool labels_dup(const struct label_set *labels, struct arena *arena, struct label_set *copy)
{
    struct label *items = arena_alloc_array(arena, labels->count + 1, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < labels->count; i++) {
        items[i].name = arena_dup(arena, labels->items[i].name);
        items[i].value = arena_dup(arena, labels->items[i].value);
    }
    *copy = (struct label_set){items, labels->count};
    return true;
}

uint64_t labels_hash(const struct hash_key *key, const struct label_set *labels)
{
    uint64_t hash = labels->count;
    for (size_t i = 0; i < labels->count; i++) {
        hash = hash_u64(hash + hash_sip64(key, labels->items[i].name));
        hash = hash_u64(hash + hash_sip64(key, labels->items[i].value));
    }
    return hash;
}

/* Insertion, behind those of the same name: sets are short and mostly sorted. */
static void labels_sort(struct label *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct label moved = items[i];
        size_t at = i;
        while (at > 0 && slice_compare(items[at - 1].name, moved.name) > 0) {
            items[at] = items[at - 1];
            at--;
        }
        items[at] = moved;
    }
}

size_t labels_normalise(struct label *items, size_t count)
{
    labels_sort(items, count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool again = i + 1 < count && slice_equal(items[i].name, items[i + 1].name);
        if (!again && items[i].name.size > 0 && items[i].value.size > 0) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

bool label_name_valid(struct slice name)
{
    return name.size > 0 && utf8_valid(name);
}
