/* SPDX-License-Identifier: Apache-2.0 */
#include "query/cold.h"
#include "query/coldstarts.h"
#include "query/query_limits.h"
#include "query/sweep.h"

#include "model/members.h"
#include "model/model_limits.h"

#include <stdlib.h>
#include <string.h>

/* ---- Which they are. ---- */

/* One of them: what else there is to say of it is found again. */
struct found {
    struct id16 request_id;
    int64_t init_ns, start_ns;
};

struct slowest {
    struct slice name;
    struct found rows[COLDSTART_SLOWEST_COUNT]; /* Slowest first. */
    uint32_t count;
};

static bool slower(const struct found *one, const struct found *other)
{
    if (one->init_ns != other->init_ns) {
        return one->init_ns > other->init_ns;
    }
    return one->start_ns != other->start_ns
               ? one->start_ns > other->start_ns
               : memcmp(&one->request_id, &other->request_id, sizeof(one->request_id)) < 0;
}

static void visit_cold(void *context, const struct invocation_facts *facts,
                       const struct function_facts *function)
{
    struct slowest *slowest = context;
    if (!facts->cold || (slowest->name.size > 0 && !slice_equal(slowest->name, function->name))) {
        return;
    }
    const struct found found = {facts->request_id, facts->init_ns, facts->start_ns};
    uint32_t at = slowest->count;
    while (at > 0 && slower(&found, &slowest->rows[at - 1])) {
        at--;
    }
    if (at == COLDSTART_SLOWEST_COUNT) {
        return;
    }
    uint32_t last =
        slowest->count < COLDSTART_SLOWEST_COUNT ? slowest->count : COLDSTART_SLOWEST_COUNT - 1;
    memmove(&slowest->rows[at + 1], &slowest->rows[at], (last - at) * sizeof(slowest->rows[0]));
    slowest->rows[at] = found;
    slowest->count = last + 1;
}

/* ---- What is said of each. ---- */

/* Why: what the other instances of the same function and version were doing when the init began.
 * Holding the view. */
static enum cold_cause cause_of(const struct view *view, const struct coldstart *coldstart)
{
    if (slice_equal(coldstart->facts.init_phase, SLICE("invoke"))) {
        return COLD_AFTER_FAILURE;
    }
    int64_t at_ns = coldstart->facts.placed_ns;
    bool before = false, busy = false, idle = false;
    for (uint32_t i = view_instance_first(view, coldstart->facts.function); i != ROW_NONE;
         i = view_instance_next(view, i)) {
        struct instance_facts instance;
        view_instance(view, i, &instance);
        if (instance.pool) {
            return COLD_UNKNOWN; /* Nobody knows what its instances were doing. */
        }
        uint32_t count;
        const uint32_t *rows = view_instance_invocations(view, i, &count);
        if (i == coldstart->facts.instance || count == 0) {
            continue;
        }
        struct invocation_facts facts;
        view_invocation(view, rows[0], &facts);
        if (facts.placed_ns >= at_ns) {
            continue;
        }
        before = true;
        if (instance.stop_ns != UNKNOWN_NS && instance.stop_ns <= at_ns) {
            continue;
        }
        /* The last one that began before: is it still at it? */
        uint32_t low = 0, high = count;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            view_invocation(view, rows[middle], &facts);
            if (facts.placed_ns < at_ns) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        view_invocation(view, rows[low - 1], &facts);
        int64_t end_ns = facts.end_ns;
        if (end_ns != UNKNOWN_NS && facts.post_handler_ns != UNKNOWN_NS) {
            end_ns += facts.post_handler_ns;
        }
        if (end_ns == UNKNOWN_NS || end_ns > at_ns) {
            busy = true;
        } else if (instance.last_seen_ns > at_ns) {
            idle = true; /* It was free, and worked again later. */
        }
    }
    if (!before) {
        return COLD_FIRST;
    }
    if (busy) {
        return COLD_SCALE_OUT;
    }
    return idle ? COLD_UNKNOWN : COLD_AFTER_IDLE;
}

/* Who says it. */
struct teller {
    const struct query *query;
    struct members_work *work;
    struct arena *arena;
};

/* Its facts in a view; false: the view does not have it.  Holding the view. */
static bool find(const struct view *view, const struct found *found, struct invocation_facts *facts)
{
    uint32_t attempts[COLD_ATTEMPT_COUNT_MAX];
    uint32_t count = view_attempts(view, found->request_id, attempts, COLD_ATTEMPT_COUNT_MAX);
    for (uint32_t i = 0; i < count && i < COLD_ATTEMPT_COUNT_MAX; i++) {
        view_invocation(view, attempts[i], facts);
        if (facts->start_ns == found->start_ns) {
            return true;
        }
    }
    return false;
}

/* All but why.  False: the view does not have it, or knows that it was none. */
static bool tell(const struct teller *teller, struct view *view, const struct found *found,
                 struct coldstart *row)
{
    view_read_begin(view);
    bool told = find(view, found, &row->facts) && row->facts.cold;
    if (told) {
        struct function_facts function;
        view_function(view, row->facts.function, &function);
        row->transaction = members_transaction(view, teller->work, found->request_id);
        row->function = arena_dup(teller->arena, function.name);
        query_keep_invocation(&row->facts, teller->arena);
    }
    view_read_end(view);
    return told;
}

/* NOT_FOUND: it was none, or retention has taken it meanwhile. */
static enum status tell_cold(const struct teller *teller, const struct found *found,
                             struct coldstart *row)
{
    struct cold *cold;
    enum status status = cold_create(&cold, teller->query, found->request_id, NULL, teller->arena);
    if (status == STATUS_OK) {
        bool told = tell(teller, cold_query(cold)->view, found, row);
        status = told ? STATUS_OK : STATUS_NOT_FOUND;
        cold_free(cold);
    }
    return status;
}

/* Whether the view may have forgotten something of it, and whether it has forgotten it. */
static bool forgotten(const struct query *query, const struct found *found, int64_t slack_ns)
{
    view_read_begin(query->view);
    bool gone = found->start_ns - slack_ns <= view_forgotten_ns(query->view);
    view_read_end(query->view);
    return gone;
}

/* What else happened meanwhile the view alone knows. */
static enum cold_cause explain(const struct query *query, const struct found *found,
                               const struct coldstart *row)
{
    struct coldstart known;
    bool failed = slice_equal(row->facts.init_phase, SLICE("invoke"));
    enum cold_cause cause = failed ? COLD_AFTER_FAILURE : COLD_UNKNOWN;
    view_read_begin(query->view);
    if (find(query->view, found, &known.facts)) {
        cause = cause_of(query->view, &known);
    }
    view_read_end(query->view);
    return cause;
}

static enum status tell_one(const struct teller *teller, const struct found *found,
                            struct coldstart *row)
{
    const struct query *query = teller->query;
    enum status status = STATUS_OK;
    if (forgotten(query, found, INVOCATION_NS_MAX) || !tell(teller, query->view, found, row)) {
        status = tell_cold(teller, found, row);
    }
    row->cause = COLD_UNKNOWN;
    if (status == STATUS_OK) {
        row->cause = explain(query, found, row);
    }
    return status;
}

static int compare_rows(const void *one, const void *other)
{
    const struct invocation_facts *a = &((const struct coldstart *)one)->facts;
    const struct invocation_facts *b = &((const struct coldstart *)other)->facts;
    const struct found found[2] = {{a->request_id, a->init_ns, a->start_ns},
                                   {b->request_id, b->init_ns, b->start_ns}};
    return slower(&found[0], &found[1]) ? -1 : slower(&found[1], &found[0]);
}

static enum status tell_all(const struct slowest *slowest, const struct teller *teller,
                            struct coldstarts *coldstarts)
{
    for (uint32_t i = 0; i < slowest->count; i++) {
        struct coldstart *row = &coldstarts->slowest[coldstarts->slowest_count];
        enum status status = tell_one(teller, &slowest->rows[i], row);
        if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
            return status;
        }
        coldstarts->slowest_count += status == STATUS_OK ? 1 : 0;
    }
    qsort(coldstarts->slowest, coldstarts->slowest_count, sizeof(coldstarts->slowest[0]),
          compare_rows);
    return arena_overflowed(teller->arena) ? STATUS_FULL : STATUS_OK;
}

enum status coldstarts_slowest(const struct query *query, struct query_range range,
                               struct slice name, struct arena *arena,
                               struct coldstarts *coldstarts)
{
    struct slowest slowest = {.name = name};
    const struct sweep sweep = {range, SEARCH_INVOCATION_COUNT_MAX, visit_cold, &slowest, NULL};
    enum status status = sweep_run(query, &sweep, arena, &coldstarts->partial);
    if (status != STATUS_OK) {
        return status;
    }
    coldstarts->slowest =
        arena_alloc_array(arena, (size_t)slowest.count + 1, sizeof(coldstarts->slowest[0]));
    struct teller teller = {query, members_work_create(), arena};
    status = teller.work != NULL && coldstarts->slowest != NULL
                 ? tell_all(&slowest, &teller, coldstarts)
                 : STATUS_FULL;
    members_work_free(teller.work);
    return status;
}
