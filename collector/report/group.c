/* SPDX-License-Identifier: Apache-2.0 */
#include "report/group.h"

#include "base/hash.h"

#include <stdlib.h>

/* The answer depends on the input alone, so the key is no secret. */
static const struct hash_key hash_key = {{0, 0}};

enum status groups_init(struct groups *groups)
{
    *groups = (struct groups){.count = 0};
    map_init_growing(&groups->map, REPORT_GROUP_COUNT_MAX);
    groups->rows = calloc(REPORT_GROUP_COUNT_MAX, sizeof(groups->rows[0]));
    return groups->rows == NULL ? STATUS_FULL : STATUS_OK;
}

void groups_fini(struct groups *groups)
{
    free(groups->rows);
    map_fini(&groups->map);
    *groups = (struct groups){.rows = NULL};
}

struct find {
    const struct groups *groups;
    const struct group *what;
};

static bool equal_group(const void *context, uint32_t row)
{
    const struct find *find = context;
    const struct group *one = &find->groups->rows[row];
    const struct group *other = find->what;
    return one->function == other->function && one->failed == other->failed &&
           slice_equal(label_text(&one->type), label_text(&other->type)) &&
           slice_equal(label_text(&one->message), label_text(&other->message));
}

static void widen(struct group *group, int64_t at_ns)
{
    if (at_ns == STREAMS_UNKNOWN) {
        return;
    }
    bool unknown = group->first_ns == STREAMS_UNKNOWN;
    group->first_ns = unknown || at_ns < group->first_ns ? at_ns : group->first_ns;
    group->last_ns = unknown || at_ns > group->last_ns ? at_ns : group->last_ns;
}

uint32_t groups_add(struct groups *groups, const struct group *what)
{
    uint64_t hash = hash_sip64(&hash_key, label_text(&what->message)) ^
                    hash_u64(hash_sip64(&hash_key, label_text(&what->type)) +
                             what->function * 2ull + what->failed);
    uint32_t row = 0;
    const struct find find = {groups, what};
    if (map_find(&groups->map, hash, equal_group, &find, &row)) {
        groups->rows[row].count++;
        widen(&groups->rows[row], what->first_ns);
        return row;
    }
    if (groups->count == REPORT_GROUP_COUNT_MAX ||
        map_insert(&groups->map, hash, groups->count) != STATUS_OK) {
        groups->other++;
        return GROUP_NONE;
    }
    row = groups->count;
    groups->count++;
    groups->rows[row] = *what;
    groups->rows[row].count = 1;
    groups->rows[row].last_ns = what->first_ns;
    return row;
}

static int compare(const void *one, const void *other)
{
    const struct group *a = *(const struct group *const *)one;
    const struct group *b = *(const struct group *const *)other;
    if (a->failed != b->failed) {
        return a->failed ? -1 : 1;
    }
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return a < b ? -1 : a > b; /* As they came. */
}

void groups_sort(const struct groups *groups, const struct group **order)
{
    for (uint32_t i = 0; i < groups->count; i++) {
        order[i] = &groups->rows[i];
    }
    qsort(order, groups->count, sizeof(void *), compare);
}
