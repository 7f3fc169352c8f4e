/* SPDX-License-Identifier: Apache-2.0 */
#include "query/lanes.h"
#include "query/query_limits.h"

#include "model/members.h"

#include <stdlib.h>
#include <string.h>

/* An instance that may become a lane. */
struct candidate {
    uint32_t row;
    int64_t start_ns;
};

struct reader {
    const struct query *query;
    struct query_range range;
    struct arena *arena;
    struct members_work *work;
    int64_t now_ns;
    uint32_t invocations_left;
    bool truncated;
};

static int64_t lane_start(const struct view *view, uint32_t row, const struct instance_facts *facts)
{
    struct init_facts init;
    if (facts->init_count == 0) {
        return facts->first_seen_ns;
    }
    view_init(view, row, 0, &init);
    return init.start_ns < facts->first_seen_ns ? init.start_ns : facts->first_seen_ns;
}

/* Newest first; at the same moment by row, which is the order of appearance. */
static int compare_candidates(const void *one, const void *other)
{
    const struct candidate *a = one;
    const struct candidate *b = other;
    if (a->start_ns != b->start_ns) {
        return a->start_ns > b->start_ns ? -1 : 1;
    }
    return a->row > b->row ? -1 : a->row < b->row;
}

static uint32_t find_candidates(const struct reader *reader, struct slice name,
                                struct candidate *candidates)
{
    const struct view *view = reader->query->view;
    uint32_t count = 0;
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        struct function_facts function;
        view_function(view, i, &function);
        if (name.size > 0 && !slice_equal(name, function.name)) {
            continue;
        }
        for (uint32_t row = view_instance_first(view, i); row != ROW_NONE;
             row = view_instance_next(view, row)) {
            struct instance_facts facts;
            view_instance(view, row, &facts);
            int64_t start_ns = lane_start(view, row, &facts);
            if (start_ns < reader->range.to_ns && facts.last_seen_ns >= reader->range.from_ns) {
                candidates[count++] = (struct candidate){row, start_ns};
            }
        }
    }
    qsort(candidates, count, sizeof(candidates[0]), compare_candidates);
    return count;
}

static bool read_inits(const struct reader *reader, uint32_t row, struct lane *lane)
{
    struct init_facts *inits =
        arena_alloc_array(reader->arena, (size_t)lane->init_count + 1, sizeof(inits[0]));
    if (inits == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < lane->init_count; i++) {
        view_init(reader->query->view, row, i, &inits[i]);
    }
    lane->inits = inits;
    return true;
}

static int64_t busy_until(const struct invocation_facts *facts)
{
    int64_t end_ns = facts->end_ns != UNKNOWN_NS ? facts->end_ns : facts->start_ns;
    return facts->post_handler_ns != UNKNOWN_NS ? end_ns + facts->post_handler_ns : end_ns;
}

static bool read_invocations(struct reader *reader, uint32_t row, struct lane *lane)
{
    const struct view *view = reader->query->view;
    uint32_t count;
    const uint32_t *rows = view_instance_invocations(view, row, &count);
    uint32_t most = count < reader->invocations_left ? count : reader->invocations_left;
    struct lane_invocation *invocations =
        arena_alloc_array(reader->arena, (size_t)most + 1, sizeof(invocations[0]));
    if (invocations == NULL) {
        return false;
    }
    int64_t busy_ns = UNKNOWN_NS;
    for (uint32_t i = 0; i < count; i++) {
        struct invocation_facts facts;
        view_invocation(view, rows[i], &facts);
        if (facts.start_ns >= reader->range.to_ns || busy_until(&facts) < reader->range.from_ns) {
            continue;
        }
        if (lane->invocation_count == most) {
            reader->truncated = true;
            break;
        }
        if (busy_ns != UNKNOWN_NS && facts.start_ns > busy_ns) {
            lane->idle_ns += facts.start_ns - busy_ns;
        }
        busy_ns = busy_until(&facts) > busy_ns ? busy_until(&facts) : busy_ns;
        query_copy_invocation(&facts, reader->arena);
        invocations[lane->invocation_count++] = (struct lane_invocation){
            .facts = facts,
            .transaction = members_transaction(view, reader->work, facts.request_id),
        };
    }
    reader->invocations_left -= lane->invocation_count;
    lane->invocations = invocations;
    return true;
}

static bool read_lane(struct reader *reader, const struct candidate *candidate, struct lane *lane)
{
    const struct view *view = reader->query->view;
    struct instance_facts facts;
    view_instance(view, candidate->row, &facts);
    *lane = (struct lane){
        .name = arena_dup(reader->arena, facts.name),
        .type = facts.type,
        .start_ns = candidate->start_ns,
        .end_ns = facts.stop_ns,
        .end_reason = facts.stop_reason,
        .init_count = facts.init_count,
    };
    view_function(view, facts.function, &lane->function);
    if (facts.stop_ns != UNKNOWN_NS && facts.stop_reason.size == 0) {
        lane->end_reason = SLICE("unknown");
    }
    if (facts.stop_ns == UNKNOWN_NS && reader->now_ns - facts.last_seen_ns > LANE_SILENT_NS) {
        lane->end_ns = facts.last_seen_ns;
        lane->end_reason = SLICE("unknown");
    }
    return read_inits(reader, candidate->row, lane) &&
           read_invocations(reader, candidate->row, lane);
}

static void number_lanes(struct lanes *lanes)
{
    for (uint32_t i = lanes->row_count; i > 0; i--) {
        struct lane *lane = &lanes->rows[i - 1];
        lane->number = 1;
        for (uint32_t k = i; k < lanes->row_count; k++) {
            if (slice_equal(lanes->rows[k].function.name, lane->function.name) &&
                slice_equal(lanes->rows[k].function.region, lane->function.region) &&
                slice_equal(lanes->rows[k].function.account, lane->function.account)) {
                lane->number = lanes->rows[k].number + 1;
                break;
            }
        }
    }
}

enum status lanes_read(const struct query *query, const struct lanes_ask *ask, struct arena *arena,
                       struct lanes *lanes)
{
    struct reader reader = {
        .query = query,
        .range = ask->range,
        .arena = arena,
        .work = members_work_create(),
        .now_ns = ask->now_ns,
        .invocations_left = LANE_INVOCATION_COUNT_MAX,
    };
    *lanes = (struct lanes){.row_count = 0};
    view_read_begin(query->view);
    struct candidate *candidates = arena_alloc_array(
        arena, (size_t)view_instance_count(query->view) + 1, sizeof(candidates[0]));
    lanes->rows = arena_alloc_array(arena, ask->limit, sizeof(lanes->rows[0]));
    bool good = candidates != NULL && lanes->rows != NULL && reader.work != NULL;
    uint32_t count = good ? find_candidates(&reader, ask->name, candidates) : 0;
    for (uint32_t i = 0; good && i < count && i < ask->limit; i++) {
        good = read_lane(&reader, &candidates[i], &lanes->rows[i]);
        lanes->row_count += good ? 1 : 0;
    }
    view_read_end(query->view);
    members_work_free(reader.work);
    lanes->truncated = reader.truncated || count > ask->limit;
    if (!good) {
        return STATUS_FULL;
    }
    number_lanes(lanes);
    return STATUS_OK;
}
