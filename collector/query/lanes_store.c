/* SPDX-License-Identifier: Apache-2.0 */
#include "query/excerpt.h"
#include "query/lanes.h"
#include "query/query_limits.h"

#include "base/hash.h"
#include "base/map.h"

#include <stdlib.h>

/*
 * Lanes of a time that the view has forgotten: those of an excerpt of it.  The view remembers
 * instances for longer than their invocations; what it knows of one that is more than the excerpt
 * tells is told, too: when it began and ended, and what its agent said.
 */

struct recalling {
    const struct query *query;
    const struct lanes_ask *ask;
    struct lanes *lanes;
    struct map map; /* Lanes by function and name. */
};

struct lane_key {
    const struct recalling *recalling;
    struct slice function, name;
};

static uint64_t key_hash(const struct lane_key *key)
{
    const struct hash_key *secret = &key->recalling->query->key;
    return hash_sip64(secret, key->name) ^ hash_u64(hash_sip64(secret, key->function));
}

static bool key_is(const void *context, uint32_t row)
{
    const struct lane_key *key = context;
    const struct lane *lane = &key->recalling->lanes->rows[row];
    return slice_equal(lane->name, key->name) && slice_equal(lane->function.name, key->function);
}

static bool recall_init(struct recalling *recalling)
{
    struct lanes *lanes = recalling->lanes;
    map_init_growing(&recalling->map, LANE_LIMIT_MAX);
    for (uint32_t i = 0; i < lanes->row_count; i++) {
        const struct lane_key key = {recalling, lanes->rows[i].function.name, lanes->rows[i].name};
        if (map_insert(&recalling->map, key_hash(&key), i) != STATUS_OK) {
            return false;
        }
    }
    return true;
}

/* Texts of instances live as long as the view, but for their names. */
static void recall(const struct recalling *recalling, uint32_t row, struct lane *lane)
{
    struct instance_facts facts;
    view_instance(recalling->query->view, row, &facts);
    int64_t start_ns = lanes_start_ns(recalling->query->view, row, &facts);
    lane->start_ns = start_ns < lane->start_ns ? start_ns : lane->start_ns;
    lane->type = facts.type.size > 0 ? facts.type : lane->type;
    lane->sources |= facts.sources;
    lane->agent_memory_bytes = facts.agent_memory_bytes > lane->agent_memory_bytes
                                   ? facts.agent_memory_bytes
                                   : lane->agent_memory_bytes;
    lane->waiting_records = facts.waiting_records;
    lane->waiting_since_ns = facts.waiting_since_ns;
    lane->unsent = facts.unsent;
    lanes_end(lane, &facts, recalling->ask->now_ns);
}

static void recall_function(const struct recalling *recalling, uint32_t row)
{
    const struct view *view = recalling->query->view;
    struct function_facts function;
    view_function(view, row, &function);
    for (uint32_t i = view_instance_first(view, row); i != ROW_NONE;
         i = view_instance_next(view, i)) {
        struct instance_facts facts;
        uint32_t lane;
        view_instance(view, i, &facts);
        const struct lane_key key = {recalling, function.name, facts.name};
        if (!facts.pool && map_find(&recalling->map, key_hash(&key), key_is, &key, &lane)) {
            recall(recalling, i, &recalling->lanes->rows[lane]);
        }
    }
}

/* Between two functions the writer has its turn. */
static void recall_all(const struct recalling *recalling)
{
    struct view *view = recalling->query->view;
    view_read_begin(view);
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        recall_function(recalling, i);
        view_read_end(view);
        view_read_begin(view);
    }
    view_read_end(view);
}

static int compare_lanes(const void *one, const void *other)
{
    const struct lane *a = one;
    const struct lane *b = other;
    if (a->start_ns != b->start_ns) {
        return a->start_ns > b->start_ns ? -1 : 1;
    }
    return slice_compare(a->name, b->name);
}

/* A time in which so much happened that the view has more of it. */
static bool view_has_more(const struct query *query, const struct excerpt *excerpt)
{
    view_read_begin(query->view);
    int64_t forgotten_ns = view_forgotten_ns(query->view);
    view_read_end(query->view);
    return excerpt_cut(excerpt) && excerpt_from_ns(excerpt) > forgotten_ns;
}

enum status lanes_read_store(const struct query *query, const struct lanes_ask *ask,
                             struct arena *arena, struct lanes *lanes)
{
    struct excerpt *excerpt;
    enum status status = excerpt_create(&excerpt, query, ask->range, EXCERPT_RECORD_COUNT, arena);
    if (status != STATUS_OK) {
        return status;
    }
    if (view_has_more(query, excerpt)) {
        excerpt_free(excerpt);
        status = lanes_read_remembered(query, ask, arena, lanes);
        lanes->truncated = true;
        return status;
    }
    status = lanes_read_remembered(excerpt_query(excerpt), ask, arena, lanes);
    lanes->excerpt = excerpt;
    lanes->truncated = lanes->truncated || excerpt_cut(excerpt);
    struct recalling recalling = {.query = query, .ask = ask, .lanes = lanes};
    if (status == STATUS_OK && recall_init(&recalling)) {
        recall_all(&recalling);
        qsort(lanes->rows, lanes->row_count, sizeof(lanes->rows[0]), compare_lanes);
    }
    map_fini(&recalling.map);
    return status;
}
