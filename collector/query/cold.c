/* SPDX-License-Identifier: Apache-2.0 */
#include "query/cold.h"
#include "query/query_limits.h"
#include "query/replay.h"

#include "base/map.h"
#include "model/members.h"
#include "model/model_limits.h"
#include "model/near.h"
#include "model/record_ids.h"
#include "model/rollups.h"
#include "model/rows.h"

#include <stdlib.h>
#include <string.h>

/* An id that is looked for, and in which round. */
struct cold_id {
    struct id16 id;
    uint32_t round;
};

struct cold {
    struct query query;
    bool cut;
};

/* What it takes to make one. */
struct search_ids {
    struct cold *cold;
    struct arena *arena;
    struct store_hold *hold;
    struct members_work *work; /* NULL: of their transactions nothing is asked. */
    const struct id16 *wanted;
    size_t wanted_count;
    uint64_t now_ns; /* Of the view that all is shown to. */
    struct map map;
    struct cold_id *ids;
    uint32_t id_count, id_capacity;
    uint32_t first; /* Of this round. */
    uint32_t round;
    struct replay replay;
    uint64_t arrival_ns;
    uint32_t found; /* Places. */
};

/* ---- Ids. ---- */

struct id_lookup {
    const struct search_ids *search;
    const struct id16 *id;
};

static bool id_is(const void *context, uint32_t row)
{
    const struct id_lookup *lookup = context;
    return memcmp(&lookup->search->ids[row].id, lookup->id, sizeof(*lookup->id)) == 0;
}

static uint64_t id_hash(const struct search_ids *search, const struct id16 *id)
{
    return hash_sip64(&search->cold->query.key, slice_of(id->bytes, sizeof(id->bytes)));
}

/* In which round an id is looked for; UINT32_MAX: in none so far. */
static uint32_t round_of(const struct search_ids *search, const struct id16 *id)
{
    struct id_lookup lookup = {search, id};
    uint32_t row;
    return map_find(&search->map, id_hash(search, id), id_is, &lookup, &row)
               ? search->ids[row].round
               : UINT32_MAX;
}

/* Look for it in the next round, unless it has been looked for. */
static void look_for(void *context, struct id16 id)
{
    struct search_ids *search = context;
    if (round_of(search, &id) != UINT32_MAX) {
        return;
    }
    void *ids = search->ids;
    bool fits = rows_reserve(&ids, &search->id_capacity, (uint64_t)search->id_count + 1,
                             COLD_ID_COUNT_MAX, sizeof(search->ids[0]));
    search->ids = ids;
    if (!fits || map_insert(&search->map, id_hash(search, &id), search->id_count) != STATUS_OK) {
        search->cold->cut = true;
        return;
    }
    search->ids[search->id_count++] = (struct cold_id){id, search->round};
}

/* ---- Records. ---- */

/* The earliest round of two. */
static uint32_t earlier(const struct search_ids *search, uint32_t round, const struct id16 *id)
{
    uint32_t other = round_of(search, id);
    return other < round ? other : round;
}

/* A record is taken in the first round in which one of its ids is looked for. */
static uint32_t round_of_ids(const struct search_ids *search, const struct record_ids *ids)
{
    uint32_t round = UINT32_MAX;
    for (size_t i = 0; i < ids->count; i++) {
        round = earlier(search, round, &ids->ids[i]);
    }
    return round;
}

static bool take_batch(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct search_ids *search = context;
    bool fits = true;
    for (size_t i = 0; fits && i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        struct record_ids ids = record_ids_span(span);
        uint32_t round = round_of_ids(search, &ids);
        for (size_t k = 0; k < span->link_count; k++) {
            struct id16 id;
            round =
                record_ids_link(span, &span->links[k], &id) ? earlier(search, round, &id) : round;
        }
        fits = round != search->round || replay_span(&search->replay, arrival_ns, span);
    }
    for (size_t i = 0; fits && i < batch->log_count; i++) {
        struct record_ids ids = record_ids_line(&batch->logs[i]);
        fits = round_of_ids(search, &ids) != search->round ||
               replay_line(&search->replay, arrival_ns, &batch->logs[i]);
    }
    search->cold->cut = search->cold->cut || !fits;
    return fits;
}

/* Load what was noted for the ids of this round. */
static enum status load_round(struct search_ids *search, struct frame_ref *refs)
{
    size_t count = search->id_count - search->first;
    struct id16 *ids = arena_alloc_array(search->arena, count, sizeof(ids[0]));
    if (ids == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = search->ids[search->first + i].id;
    }
    search->first = search->id_count;
    size_t found = store_find(search->hold, ids, count, refs, QUERY_FRAME_COUNT_MAX);
    if (found > QUERY_FRAME_COUNT_MAX) {
        search->cold->cut = true;
        found = QUERY_FRAME_COUNT_MAX;
    }
    search->found += (uint32_t)found;
    for (size_t i = 0; i < found; i++) {
        enum status status =
            store_load(search->hold, refs[i], ids, count, search->arena, take_batch, search);
        if (status == STATUS_FULL) {
            return status;
        }
        search->cold->cut = search->cold->cut || status != STATUS_OK;
    }
    return replay_apply(&search->replay, search->cold->query.view);
}

/* ---- What they lead to. ---- */

/* From when on the init of an invocation may be found, if it had one. */
static int64_t init_from_ns(const struct invocation_facts *facts)
{
    if (facts->init_ns == UNKNOWN_NS) {
        return facts->start_ns - PROACTIVE_GAP_NS;
    }
    return facts->start_ns - facts->init_ns -
           (facts->cold ? PROACTIVE_GAP_NS : COLD_PROACTIVE_BACK_NS);
}

/* Until when something may tell how an invocation ended. */
static int64_t last_ns(const struct invocation_facts *facts)
{
    int64_t end_ns = facts->end_line_ns > facts->end_ns ? facts->end_line_ns : facts->end_ns;
    if (end_ns != UNKNOWN_NS) {
        return end_ns > facts->start_ns ? end_ns : facts->start_ns;
    }
    return (facts->deadline_ns > facts->start_ns ? facts->deadline_ns
                                                 : facts->start_ns + INVOCATION_NS_MAX) +
           END_GRACE_NS;
}

/* Inits, ends and lines that name no request are found by their instance and minute. */
static void look_for_instance(struct search_ids *search, const struct invocation_facts *facts,
                              struct slice function, struct slice name)
{
    if (name.size == 0) {
        return;
    }
    struct id16 instance = record_ids_instance(function, name);
    int64_t last = last_ns(facts);
    int64_t most = rollup_minute(facts->start_ns) + COLD_MINUTE_COUNT_MAX * MINUTE_NS;
    for (int64_t minute_ns = rollup_minute(init_from_ns(facts));
         minute_ns <= last && minute_ns < most; minute_ns += MINUTE_NS) {
        look_for(search, record_ids_instance_minute(instance, (uint64_t)minute_ns));
    }
}

static void look_for_instances(struct search_ids *search, uint32_t row)
{
    const struct view *view = search->cold->query.view;
    struct invocation_facts facts;
    struct instance_facts instance;
    struct function_facts function;
    view_invocation(view, row, &facts);
    view_function(view, facts.function, &function);
    view_instance(view, facts.instance, &instance);
    look_for_instance(search, &facts, function.name, instance.name);
    look_for_instance(search, &facts, function.name, instance.alias);
}

static void look_around_transaction(struct search_ids *search)
{
    const struct view *view = search->cold->query.view;
    struct members members;
    if (!members_find(view, search->work, search->wanted[0], search->arena, &members)) {
        return;
    }
    bool all = near_each(view, &members, look_for, search);
    search->cold->cut = search->cold->cut || !all || members.cut;
    for (uint32_t i = 0; i < members.invocation_count; i++) {
        look_for_instances(search, members.invocations[i].row);
    }
}

static void look_around_requests(struct search_ids *search)
{
    for (size_t i = 0; i < search->wanted_count; i++) {
        uint32_t rows[COLD_ATTEMPT_COUNT_MAX];
        uint32_t count = view_attempts(search->cold->query.view, search->wanted[i], rows,
                                       COLD_ATTEMPT_COUNT_MAX);
        search->cold->cut = search->cold->cut || count > COLD_ATTEMPT_COUNT_MAX;
        for (uint32_t k = 0; k < count && k < COLD_ATTEMPT_COUNT_MAX; k++) {
            look_for_instances(search, rows[k]);
        }
    }
}

/* Look at what is known by now, and for what that leads to.  False: the arena is full. */
static bool look_around(struct search_ids *search)
{
    struct view *view = search->cold->query.view;
    view_read_begin(view);
    if (search->work != NULL) {
        look_around_transaction(search);
    } else {
        look_around_requests(search);
    }
    view_read_end(view);
    return !arena_overflowed(search->arena);
}

static enum status fill(struct search_ids *search)
{
    struct frame_ref *refs = malloc(QUERY_FRAME_COUNT_MAX * sizeof(refs[0]));
    enum status status = refs != NULL ? STATUS_OK : STATUS_FULL;
    for (size_t i = 0; i < search->wanted_count; i++) {
        look_for(search, search->wanted[i]);
    }
    while (status == STATUS_OK && search->first < search->id_count) {
        size_t mark = arena_mark(search->arena);
        status = load_round(search, refs);
        search->round++;
        if (status == STATUS_OK) {
            view_tick(search->cold->query.view, search->now_ns);
            status = look_around(search) ? STATUS_OK : STATUS_FULL;
        }
        arena_rewind(search->arena, mark);
        if (search->round == COLD_ROUND_COUNT_MAX && search->first < search->id_count) {
            search->cold->cut = true;
            break;
        }
    }
    free(refs);
    return status == STATUS_OK && search->found == 0 ? STATUS_NOT_FOUND : status;
}

/* Into the view of search->cold. */
static enum status run(struct search_ids *search)
{
    struct store_hold *own = NULL;
    if (search->hold == NULL) {
        search->hold = own = store_hold(search->cold->query.store);
    }
    map_init_growing(&search->map, COLD_ID_COUNT_MAX);
    enum status status = search->hold != NULL ? fill(search) : STATUS_FULL;
    replay_fini(&search->replay);
    map_fini(&search->map);
    free(search->ids);
    store_release(own);
    search->cold->cut = search->cold->cut || query_forgotten(&search->cold->query);
    return status;
}

static enum status create(struct cold **cold, const struct query *query, struct search_ids *search)
{
    *cold = calloc(1, sizeof(**cold));
    if (*cold == NULL) {
        return STATUS_FULL;
    }
    (*cold)->query = *query;
    (*cold)->query.view = view_create(&query->key);
    search->cold = *cold;
    search->now_ns = query_now_ns(query);
    enum status status = STATUS_FULL;
    if ((*cold)->query.view != NULL) {
        view_partial((*cold)->query.view);
        status = run(search);
    }
    if (status != STATUS_OK) {
        cold_free(*cold);
        *cold = NULL;
    }
    return status;
}

enum status cold_create(struct cold **cold, const struct query *query, struct id16 id,
                        struct store_hold *hold, struct arena *arena)
{
    struct search_ids search = {
        .arena = arena,
        .hold = hold,
        .work = members_work_create(),
        .wanted = &id,
        .wanted_count = 1,
    };
    *cold = NULL;
    enum status status = search.work != NULL ? create(cold, query, &search) : STATUS_FULL;
    members_work_free(search.work);
    return status;
}

enum status cold_create_requests(struct cold **cold, const struct query *query,
                                 const struct id16 *requests, size_t count, struct arena *arena)
{
    struct search_ids search = {.arena = arena, .wanted = requests, .wanted_count = count};
    return create(cold, query, &search);
}

enum status cold_add_requests(const struct query *partial, const struct id16 *requests,
                              size_t count, struct arena *arena, bool *cut)
{
    struct cold cold = {.query = *partial};
    struct search_ids search = {
        .cold = &cold,
        .arena = arena,
        .wanted = requests,
        .wanted_count = count,
        .now_ns = query_now_ns(partial),
    };
    enum status status = run(&search);
    *cut = *cut || cold.cut;
    return status;
}

void cold_free(struct cold *cold)
{
    if (cold != NULL) {
        view_free(cold->query.view);
        free(cold);
    }
}

const struct query *cold_query(const struct cold *cold)
{
    return &cold->query;
}

bool cold_cut(const struct cold *cold)
{
    return cold->cut;
}
