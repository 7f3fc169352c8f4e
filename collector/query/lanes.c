/* SPDX-License-Identifier: Apache-2.0 */
#include "query/lanes.h"
#include "query/excerpt.h"
#include "query/query_limits.h"

#include "base/hash.h"
#include "base/map.h"
#include "model/members.h"
#include "model/rows.h"

#include <stdlib.h>
#include <string.h>

/* An instance that may become a lane. */
struct candidate {
    uint32_t row;
    uint32_t function;
    int64_t start_ns;
    struct slice name; /* Of those that become one: rows change when the view is given back. */
};

/* The transaction that a trace is part of: what was found once is not looked up again. */
struct known {
    struct id16 trace, transaction;
};

struct reader {
    const struct query *query;
    struct query_range range;
    struct arena *arena;
    struct members_work *work;
    int64_t now_ns;
    uint32_t invocations_left;
    bool truncated;
    struct map known;
    struct known *known_rows;
    uint32_t known_count, known_capacity;
};

struct known_lookup {
    const struct reader *reader;
    struct id16 trace;
};

static bool known_is(const void *context, uint32_t row)
{
    const struct known_lookup *lookup = context;
    return memcmp(&lookup->reader->known_rows[row].trace, &lookup->trace, sizeof(lookup->trace)) ==
           0;
}

/* All of one trace are in one transaction. */
static struct id16 transaction_of(struct reader *reader, const struct invocation_facts *facts)
{
    struct known_lookup lookup = {reader, facts->trace_id};
    uint64_t hash =
        hash_sip64(&reader->query->key, slice_of(&facts->trace_id, sizeof(facts->trace_id)));
    uint32_t row;
    if (map_find(&reader->known, hash, known_is, &lookup, &row)) {
        return reader->known_rows[row].transaction;
    }
    struct id16 id = members_transaction(reader->query->view, reader->work, facts->request_id);
    void *rows = reader->known_rows;
    bool fits = rows_reserve(&rows, &reader->known_capacity, (uint64_t)reader->known_count + 1,
                             LANE_INVOCATION_COUNT_MAX, sizeof(reader->known_rows[0]));
    reader->known_rows = rows;
    if (fits && map_insert(&reader->known, hash, reader->known_count) == STATUS_OK) {
        reader->known_rows[reader->known_count++] = (struct known){facts->trace_id, id};
    }
    return id;
}

int64_t lanes_start_ns(const struct view *view, uint32_t row, const struct instance_facts *facts)
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
            if (facts.pool) {
                continue; /* It is no instance. */
            }
            int64_t start_ns = lanes_start_ns(view, row, &facts);
            if (start_ns < reader->range.to_ns && facts.last_seen_ns >= reader->range.from_ns) {
                candidates[count++] = (struct candidate){row, i, start_ns, SLICE_EMPTY};
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
        if (lane->invocation_count == most ||
            members_work_steps(reader->work) > ANSWER_STEP_COUNT) {
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
            .transaction = transaction_of(reader, &facts),
        };
    }
    reader->invocations_left -= lane->invocation_count;
    lane->invocations = invocations;
    return true;
}

void lanes_end(struct lane *lane, const struct instance_facts *facts, int64_t now_ns)
{
    lane->end_ns = facts->stop_ns;
    lane->end_reason = facts->stop_reason;
    if (facts->stop_ns != UNKNOWN_NS && facts->stop_reason.size == 0) {
        lane->end_reason = SLICE("unknown");
    }
    if (facts->stop_ns == UNKNOWN_NS && now_ns - facts->last_seen_ns > LANE_SILENT_NS) {
        lane->end_ns = facts->last_seen_ns;
        lane->end_reason = SLICE("unknown");
    }
}

static bool read_lane(struct reader *reader, const struct candidate *candidate, struct lane *lane)
{
    const struct view *view = reader->query->view;
    struct instance_facts facts;
    view_instance(view, candidate->row, &facts);
    *lane = (struct lane){
        .name = arena_dup(reader->arena, facts.name),
        .type = facts.type,
        .agent_memory_bytes = facts.agent_memory_bytes,
        .waiting_records = facts.waiting_records,
        .waiting_since_ns = facts.waiting_since_ns,
        .unsent = facts.unsent,
        .sources = facts.sources,
        .start_ns = candidate->start_ns,
        .init_count = facts.init_count,
    };
    view_function(view, facts.function, &lane->function);
    lanes_end(lane, &facts, reader->now_ns);
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

/* The row of a candidate once more; ROW_NONE when it was forgotten. */
static uint32_t find_again(const struct view *view, const struct candidate *candidate)
{
    for (uint32_t row = view_instance_first(view, candidate->function); row != ROW_NONE;
         row = view_instance_next(view, row)) {
        struct instance_facts facts;
        view_instance(view, row, &facts);
        if (slice_equal(facts.name, candidate->name)) {
            return row;
        }
    }
    return ROW_NONE;
}

/* The newest instances, as candidates with names; the view is held. */
static bool pick(struct reader *reader, const struct lanes_ask *ask, struct candidate **candidates,
                 uint32_t *count)
{
    const struct view *view = reader->query->view;
    *candidates = arena_alloc_array(reader->arena, (size_t)view_instance_count(view) + 1,
                                    sizeof((*candidates)[0]));
    if (*candidates == NULL) {
        return false;
    }
    *count = find_candidates(reader, ask->name, *candidates);
    reader->truncated = *count > ask->limit;
    *count = *count < ask->limit ? *count : ask->limit;
    for (uint32_t i = 0; i < *count; i++) {
        struct instance_facts facts;
        view_instance(view, (*candidates)[i].row, &facts);
        (*candidates)[i].name = arena_dup(reader->arena, facts.name);
    }
    return !arena_overflowed(reader->arena);
}

/* Between two lanes the writer has its turn. */
static bool read_lanes(struct reader *reader, const struct lanes_ask *ask, struct lanes *lanes)
{
    struct view *view = reader->query->view;
    struct candidate *candidates;
    uint32_t count = 0;
    view_read_begin(view);
    uint64_t generation = view_generation(view);
    bool good = pick(reader, ask, &candidates, &count);
    for (uint32_t i = 0; good && i < count; i++) {
        if (i > 0) {
            view_read_end(view);
            view_read_begin(view);
        }
        if (view_generation(view) != generation) {
            candidates[i].row = find_again(view, &candidates[i]);
        }
        if (candidates[i].row != ROW_NONE) {
            good = read_lane(reader, &candidates[i], &lanes->rows[lanes->row_count]);
            lanes->row_count += good ? 1 : 0;
        }
    }
    view_read_end(view);
    return good;
}

enum status lanes_read_remembered(const struct query *query, const struct lanes_ask *ask,
                                  struct arena *arena, struct lanes *lanes)
{
    struct reader reader = {
        .query = query,
        .range = ask->range,
        .arena = arena,
        .work = members_work_create(),
        .now_ns = ask->now_ns,
        .invocations_left = LANE_INVOCATION_COUNT_MAX,
    };
    map_init_growing(&reader.known, LANE_INVOCATION_COUNT_MAX);
    *lanes = (struct lanes){.rows = arena_alloc_array(arena, ask->limit, sizeof(lanes->rows[0]))};
    bool good = lanes->rows != NULL && reader.work != NULL && read_lanes(&reader, ask, lanes);
    members_work_free(reader.work);
    map_fini(&reader.known);
    free(reader.known_rows);
    lanes->truncated = reader.truncated;
    return good ? STATUS_OK : STATUS_FULL;
}

enum status lanes_read(const struct query *query, const struct lanes_ask *ask, struct arena *arena,
                       struct lanes *lanes)
{
    view_read_begin(query->view);
    bool forgotten = view_forgotten(query->view, ask->range.from_ns, ask->range.to_ns);
    view_read_end(query->view);
    *lanes = (struct lanes){.row_count = 0};
    enum status status = forgotten ? lanes_read_store(query, ask, arena, lanes)
                                   : lanes_read_remembered(query, ask, arena, lanes);
    if (status == STATUS_OK) {
        number_lanes(lanes);
    }
    return status;
}

void lanes_release(struct lanes *lanes)
{
    excerpt_free(lanes->excerpt);
    lanes->excerpt = NULL;
}
