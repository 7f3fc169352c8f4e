/* SPDX-License-Identifier: Apache-2.0 */
#include "model/window.h"
#include "model/derive.h"
#include "model/model_limits.h"
#include "model/partial.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

/* How many earlier invocations may still be running: instances that take several at once. */
#define WINDOW_CONCURRENT_MAX 64

static const struct invocation *listed(const struct view *view, const struct instance *instance,
                                       uint32_t index)
{
    return &view->invocations.rows[instance->invocations[index]];
}

uint32_t window_after(const struct view *view, const struct instance *instance, int64_t time_ns)
{
    uint32_t low = 0;
    uint32_t high = instance->invocation_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (listed(view, instance, middle)->listed_ns < time_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Of two that no agent numbered the rows decide: they are the same attempt, and will be joined. */
static bool key_before(const struct invocation *one, const struct invocation *other)
{
    return one->attempt_told != other->attempt_told ? one->attempt_told < other->attempt_told
                                                    : one < other;
}

/* The place in the list of an invocation that starts then: of those that start at the same time,
 * the order is that of their keys. */
static uint32_t window_place(const struct view *view, const struct instance *instance,
                             const struct invocation *row, int64_t start_ns)
{
    uint32_t low = 0;
    uint32_t high = instance->invocation_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct invocation *other = listed(view, instance, middle);
        int order = memcmp(&other->request_id, &row->request_id, sizeof(row->request_id));
        bool before = other->listed_ns != start_ns ? other->listed_ns < start_ns
                      : order != 0                 ? order < 0
                                                   : key_before(other, row);
        if (before) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* What the order of a list follows from. */
struct window_key {
    int64_t listed_ns;
    struct id16 request_id;
    uint32_t attempt_told, row;
};

static int compare_keys(const void *one, const void *other)
{
    const struct window_key *a = one;
    const struct window_key *b = other;
    if (a->listed_ns != b->listed_ns) {
        return a->listed_ns < b->listed_ns ? -1 : 1;
    }
    int order = memcmp(&a->request_id, &b->request_id, sizeof(a->request_id));
    if (order != 0) {
        return order;
    }
    if (a->attempt_told != b->attempt_told) {
        return a->attempt_told < b->attempt_told ? -1 : 1;
    }
    return a->row < b->row ? -1 : a->row > b->row;
}

static struct window_key key_of(const struct view *view, uint32_t row)
{
    const struct invocation *invocation = &view->invocations.rows[row];
    return (struct window_key){invocation->listed_ns, invocation->request_id,
                               invocation->attempt_told, row};
}

static bool is_sorted(const struct view *view, const struct instance *instance)
{
    for (uint32_t i = 1; i < instance->invocation_count; i++) {
        struct window_key before = key_of(view, instance->invocations[i - 1]);
        struct window_key after = key_of(view, instance->invocations[i]);
        if (compare_keys(&before, &after) > 0) {
            return false;
        }
    }
    return true;
}

bool window_sort(const struct view *view, struct instance *instance)
{
    if (is_sorted(view, instance)) {
        return true;
    }
    struct window_key *keys = calloc(instance->invocation_count, sizeof(keys[0]));
    if (keys == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < instance->invocation_count; i++) {
        keys[i] = key_of(view, instance->invocations[i]);
    }
    qsort(keys, instance->invocation_count, sizeof(keys[0]), compare_keys);
    for (uint32_t i = 0; i < instance->invocation_count; i++) {
        instance->invocations[i] = keys[i].row;
    }
    free(keys);
    return true;
}

void window_unlist(struct view *view, uint32_t invocation)
{
    struct invocation *row = &view->invocations.rows[invocation];
    if (row->listed_ns == UNKNOWN_NS) {
        return;
    }
    struct instance *instance = &view->instances.rows[row->instance];
    uint32_t at = window_place(view, instance, row, row->listed_ns);
    ENSURE(at < instance->invocation_count && instance->invocations[at] == invocation);
    instance->invocation_count--;
    memmove(&instance->invocations[at], &instance->invocations[at + 1],
            (instance->invocation_count - at) * sizeof(instance->invocations[0]));
    row->listed_ns = UNKNOWN_NS;
}

bool window_list(struct view *view, uint32_t invocation, int64_t start_ns)
{
    struct invocation *row = &view->invocations.rows[invocation];
    if (row->listed_ns == start_ns) {
        return true;
    }
    window_unlist(view, invocation);
    struct instance *instance = &view->instances.rows[row->instance];
    void *rows = instance->invocations;
    if (!rows_reserve(&rows, &instance->invocation_capacity,
                      (uint64_t)instance->invocation_count + 1, INSTANCE_INVOCATION_COUNT_MAX,
                      sizeof(instance->invocations[0]))) {
        return false;
    }
    instance->invocations = rows;
    uint32_t at = window_place(view, instance, row, start_ns);
    memmove(&instance->invocations[at + 1], &instance->invocations[at],
            (instance->invocation_count - at) * sizeof(instance->invocations[0]));
    instance->invocations[at] = invocation;
    instance->invocation_count++;
    row->listed_ns = start_ns;
    return true;
}

static uint32_t window_holds(const struct view *view, const struct instance *instance,
                             int64_t start_ns, int64_t end_ns, int64_t slack_ns)
{
    uint32_t found = ROW_NONE;
    uint32_t at = window_after(view, instance, start_ns + slack_ns + 1);
    for (uint32_t back = 0; back < WINDOW_CONCURRENT_MAX && at > 0; back++) {
        uint32_t invocation = instance->invocations[--at];
        int64_t done_ns = derive_told_end_ns(&view->invocations.rows[invocation]);
        if (done_ns == UNKNOWN_NS || end_ns > done_ns + slack_ns) {
            continue;
        }
        if (found != ROW_NONE) {
            return ROW_NONE;
        }
        found = invocation;
    }
    return found;
}

uint32_t window_find(const struct view *view, const struct instance *instance, int64_t start_ns,
                     int64_t end_ns)
{
    /* A line's time is whatever its record says: also one to which nothing can be added. */
    if (!partial_time_tells(view, instance) || start_ns > INT64_MAX - WINDOW_SLACK_NS - 1) {
        return ROW_NONE;
    }
    uint32_t found = window_holds(view, instance, start_ns, end_ns, 0);
    return found != ROW_NONE ? found
                             : window_holds(view, instance, start_ns, end_ns, WINDOW_SLACK_NS);
}
