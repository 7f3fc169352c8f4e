/* SPDX-License-Identifier: Apache-2.0 */
#include "model/reach.h"
#include "model/model_limits.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

/* Slots of a map that is kept from walk to walk: emptying a larger one costs more than most walks.
 */
#define SEEN_KEPT_SLOT_COUNT 4096

struct seen_lookup {
    const struct reach *reach;
    uint32_t id;
};

static bool seen_is(const void *context, uint32_t row)
{
    const struct seen_lookup *lookup = context;
    return lookup->reach->ids[row] == lookup->id;
}

uint32_t reach_find(const struct reach *reach, uint32_t id)
{
    struct seen_lookup lookup = {reach, id};
    uint32_t index;
    return map_find(&reach->seen, hash_u64(id), seen_is, &lookup, &index) ? reach->id_groups[index]
                                                                          : ROW_NONE;
}

void reach_init(struct reach *reach)
{
    *reach = (struct reach){0};
    map_init_growing(&reach->seen, MEMBER_ID_COUNT_MAX);
}

void reach_fini(struct reach *reach)
{
    map_fini(&reach->seen);
    free(reach->ids);
    free(reach->id_groups);
    free(reach->invocations);
}

void reach_reset(struct reach *reach)
{
    if (reach->seen.capacity > SEEN_KEPT_SLOT_COUNT) {
        map_fini(&reach->seen);
        map_init_growing(&reach->seen, MEMBER_ID_COUNT_MAX);
    } else {
        map_reset(&reach->seen);
    }
    reach->id_count = reach->invocation_count = 0;
    reach->cut = false;
}

static void reach_id(struct reach *reach, uint32_t id, uint32_t group)
{
    if (reach_find(reach, id) != ROW_NONE) {
        return;
    }
    void *ids = reach->ids;
    void *groups = reach->id_groups;
    bool fits = rows_reserve(&ids, &reach->id_capacity, (uint64_t)reach->id_count + 1,
                             MEMBER_ID_COUNT_MAX, sizeof(reach->ids[0]));
    reach->ids = ids;
    fits = fits && rows_reserve(&groups, &reach->id_group_capacity, (uint64_t)reach->id_count + 1,
                                MEMBER_ID_COUNT_MAX, sizeof(reach->id_groups[0]));
    reach->id_groups = groups;
    if (!fits || map_insert(&reach->seen, hash_u64(id), reach->id_count) != STATUS_OK) {
        reach->cut = true;
        return;
    }
    reach->ids[reach->id_count] = id;
    reach->id_groups[reach->id_count] = group;
    reach->id_count++;
}

static void reach_invocation(struct reach *reach, uint32_t row, uint32_t group)
{
    void *rows = reach->invocations;
    if (!rows_reserve(&rows, &reach->invocation_capacity, (uint64_t)reach->invocation_count + 1,
                      MEMBER_INVOCATION_COUNT_MAX, sizeof(reach->invocations[0]))) {
        reach->cut = true;
        return;
    }
    reach->invocations = rows;
    reach->invocations[reach->invocation_count++] = (struct member_invocation){row, group};
}

/* Add all that aliases connect with an id as a group. */
void reach_group(const struct view *view, struct reach *reach, uint32_t id, uint32_t group)
{
    uint32_t at = reach->id_count;
    reach_id(reach, id, group);
    for (; at < reach->id_count && !reach->cut; at++) {
        const struct id_row *row = &view->ids.rows[reach->ids[at]];
        reach->steps++;
        for (uint32_t i = row->request_edges; i != ROW_NONE; i = view->ids.edges[i].request_next) {
            reach->steps++;
            if (ids_edge_alias(&view->ids, &view->ids.edges[i])) {
                reach_id(reach, view->ids.edges[i].other, group);
            }
        }
        for (uint32_t i = row->other_edges; i != ROW_NONE && !reach->cut;
             i = view->ids.edges[i].other_next) {
            reach->steps++;
            if (ids_edge_alias(&view->ids, &view->ids.edges[i])) {
                reach_id(reach, view->ids.edges[i].request, group);
            }
        }
        for (uint32_t i = row->invocations; i != ROW_NONE && !reach->cut;
             i = view->invocations.rows[i].request_next) {
            reach->steps++;
            reach_invocation(reach, i, group);
        }
    }
}

static bool earlier(const struct invocation *one, const struct invocation *other)
{
    if (one->placed_ns != other->placed_ns) {
        return one->placed_ns < other->placed_ns;
    }
    int order = memcmp(&one->request_id, &other->request_id, sizeof(one->request_id));
    return order != 0 ? order < 0 : one->attempt < other->attempt;
}

/* Groups are reached one after the other, so what belongs to one stands together. */
static uint32_t group_invocations(const struct reach *reach, uint32_t group)
{
    uint32_t low = 0;
    uint32_t high = reach->invocation_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (reach->invocations[middle].group < group) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static uint32_t group_ids(const struct reach *reach, uint32_t group)
{
    uint32_t low = 0;
    uint32_t high = reach->id_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (reach->id_groups[middle] < group) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The first invocation of a group, or ROW_NONE. */
uint32_t reach_first(const struct view *view, const struct reach *reach, uint32_t group)
{
    uint32_t first = ROW_NONE;
    for (uint32_t i = group_invocations(reach, group);
         i < reach->invocation_count && reach->invocations[i].group == group; i++) {
        uint32_t row = reach->invocations[i].row;
        if (first == ROW_NONE ||
            earlier(&view->invocations.rows[row], &view->invocations.rows[first])) {
            first = row;
        }
    }
    return first;
}

/* The id that a group is called by: its first invocation's trace id, else its earliest id. */
struct id16 reach_name(const struct view *view, const struct reach *reach, uint32_t group)
{
    uint32_t first = reach_first(view, reach, group);
    if (first != ROW_NONE) {
        return view->invocations.rows[first].trace_id;
    }
    const struct id_row *best = NULL;
    for (uint32_t i = group_ids(reach, group); i < reach->id_count && reach->id_groups[i] == group;
         i++) {
        const struct id_row *row = &view->ids.rows[reach->ids[i]];
        if (best == NULL || (best->start_ns == UNKNOWN_NS && row->start_ns != UNKNOWN_NS) ||
            (row->start_ns != UNKNOWN_NS && row->start_ns < best->start_ns) ||
            (row->start_ns == best->start_ns && memcmp(&row->id, &best->id, sizeof(row->id)) < 0)) {
            best = row;
        }
    }
    ENSURE(best != NULL);
    return best->id;
}
