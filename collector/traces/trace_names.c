/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_names.h"

#include "query/sweep.h"
#include "traces/traces_limits.h"

#include <stdlib.h>

struct naming {
    const struct query *query;
    struct arena *arena;
    struct trace_set set;
    struct slice service; /* Whose operations are listed. */
    struct deadline deadline;
    enum query_limit partial;
    bool full;
    /* Of the measure. */
    uint64_t resources_id;
    uint64_t rows;
    bool *seen; /* Of the resources of this id. */
    size_t seen_count;
};

static enum status naming_fini(struct naming *naming, struct trace_names *names)
{
    free(naming->seen);
    bool good = trace_set_finish(&naming->set) && !naming->full;
    *names = (struct trace_names){naming->set.names, naming->set.count, naming->partial};
    return good ? STATUS_OK : STATUS_FULL;
}

static bool is_late(void *context)
{
    struct naming *naming = context;
    return deadline_over(&naming->deadline);
}

/* What became of a search, or a measure, of the store. */
static void settle(struct naming *naming, const struct scan_query *scan, enum status status)
{
    naming->full = status == STATUS_FULL;
    if (scan->look->reached_ns > scan->from_ns) {
        naming->partial = QUERY_LIMIT_TIME;
    } else if (status != STATUS_OK && naming->partial == QUERY_LIMIT_NONE) {
        naming->partial = QUERY_LIMIT_DAMAGE;
    }
}

/* ---- Services. ---- */

static void name_functions(struct naming *naming)
{
    const struct view *view = naming->query->view;
    view_read_begin(naming->query->view);
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        struct function_facts facts;
        view_function(view, i, &facts);
        if (facts.last_seen_ns != UNKNOWN_NS) {
            trace_set_add(&naming->set, facts.name, SPAN_UNSPECIFIED);
        }
    }
    view_read_end(naming->query->view);
}

static bool see_resources(struct naming *naming, const struct store_measures *measures)
{
    if (naming->seen != NULL && naming->resources_id == measures->resources_id &&
        naming->seen_count >= measures->resource_count) {
        return true;
    }
    free(naming->seen);
    naming->seen_count = measures->resource_count;
    naming->seen = calloc(measures->resource_count + 1, sizeof(naming->seen[0]));
    naming->resources_id = measures->resources_id;
    return naming->seen != NULL;
}

static bool name_senders(void *context, const struct store_measures *measures)
{
    struct naming *naming = context;
    naming->rows += measures->count;
    if (!see_resources(naming, measures)) {
        naming->full = true;
        return false;
    }
    for (uint32_t i = 0; i < measures->count; i++) {
        uint32_t sender = measures->senders[i];
        if (!naming->seen[sender]) {
            naming->seen[sender] = true;
            trace_set_add(&naming->set, trace_service(&measures->resources[sender]),
                          SPAN_UNSPECIFIED);
        }
    }
    if (naming->rows < TRACES_SENDERS_MAX) {
        return true;
    }
    naming->partial = QUERY_LIMIT_ROWS;
    return false;
}

/* What is damaged or goes meanwhile is left out. */
static void name_stored(struct naming *naming)
{
    struct scan_look look = {.stop = is_late, .context = naming};
    const struct scan_query scan = {.signals = SCAN_SPANS, .to_ns = UINT64_MAX, .look = &look};
    struct store_hold *hold = store_hold(naming->query->store);
    settle(naming, &scan,
           hold != NULL ? store_measure(hold, &scan, STORE_SENDERS, name_senders, naming)
                        : STATUS_FULL);
    store_release(hold);
}

enum status trace_names_services(const struct query *query, struct deadline deadline,
                                 struct arena *arena, struct trace_names *names)
{
    struct naming naming = {.query = query, .deadline = deadline, .arena = arena};
    trace_set_init(&naming.set, &query->key, arena);
    name_functions(&naming);
    name_stored(&naming);
    return naming_fini(&naming, names);
}

/* ---- Operations. ---- */

static bool name_spans(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct naming *naming = context;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        enum span_kind kind =
            span->kind >= SPAN_SERVER && span->kind <= SPAN_CONSUMER ? span->kind : SPAN_INTERNAL;
        trace_set_add(&naming->set, span->name, kind);
    }
    return true;
}

static void name_latest(struct naming *naming)
{
    const struct scan_condition condition = {.test = SCAN_SERVICE, .text = naming->service};
    struct scan_look look = {.stop = is_late, .context = naming};
    const struct scan_query scan = {
        .signals = SCAN_SPANS,
        .to_ns = UINT64_MAX,
        .conditions = &condition,
        .condition_count = 1,
        .look = &look,
    };
    struct store_hold *hold = store_hold(naming->query->store);
    settle(naming, &scan,
           hold != NULL ? store_search(hold, &scan, TRACES_OPERATION_SPANS, naming->arena,
                                       name_spans, naming)
                        : STATUS_FULL);
    store_release(hold);
}

/* The spans that are made of an invocation (query/span_facts.c). */
static void name_made(struct naming *naming, bool init, bool handler, bool post_handler)
{
    trace_set_add(&naming->set, naming->service, SPAN_SERVER);
    trace_set_add(&naming->set, init ? SLICE("init") : SLICE_EMPTY, SPAN_INTERNAL);
    trace_set_add(&naming->set, handler ? SLICE("handler") : SLICE_EMPTY, SPAN_INTERNAL);
    trace_set_add(&naming->set, post_handler ? SLICE("post_handler") : SLICE_EMPTY, SPAN_INTERNAL);
}

static void name_facts(void *context, const struct invocation_facts *facts,
                       const struct function_facts *function)
{
    struct naming *naming = context;
    bool done = facts->done_ns != UNKNOWN_NS;
    if (slice_equal(function->name, naming->service) && facts->outcome != OUTCOME_RUNNING) {
        name_made(naming, facts->cold && facts->init_ns != UNKNOWN_NS,
                  done && facts->handler_ns != UNKNOWN_NS,
                  done && facts->post_handler_ns != UNKNOWN_NS);
    }
}

static bool is_late_view(void *context, int64_t from_ns)
{
    (void)from_ns;
    return is_late(context);
}

/* The latest, one by one: what nobody billed is in no count. */
static void name_remembered(struct naming *naming)
{
    const struct sweep sweep = {
        .range = {0, INT64_MAX},
        .count_max = TRACES_OPERATION_FACTS_MAX,
        .visit = name_facts,
        .context = naming,
        .stop = is_late_view,
    };
    (void)!sweep_remembered(naming->query, &sweep);
}

/* All others that there were. */
static void name_counts(struct naming *naming)
{
    const struct view *view = naming->query->view;
    struct rollup_sum *sum = calloc(1, sizeof(*sum));
    naming->full = naming->full || sum == NULL;
    view_read_begin(naming->query->view);
    for (uint32_t i = 0; sum != NULL && i < view_function_count(view); i++) {
        struct function_facts facts;
        view_function(view, i, &facts);
        if (slice_equal(facts.name, naming->service)) {
            view_rollup_sum(view, i, 0, INT64_MAX, sum);
        }
    }
    view_read_end(naming->query->view);
    if (sum != NULL && sum->facts.invocations > 0) {
        name_made(naming, sum->init.total > 0, sum->handler.total > 0,
                  sum->facts.parts.post_handler > 0 || sum->facts.unsized.parts.post_handler > 0);
    }
    free(sum);
}

enum status trace_names_operations(const struct query *query, struct slice service,
                                   struct deadline deadline, struct arena *arena,
                                   struct trace_names *names)
{
    struct naming naming = {
        .query = query, .arena = arena, .service = service, .deadline = deadline};
    trace_set_init(&naming.set, &query->key, arena);
    if (service.size > 0) {
        name_latest(&naming);
        name_remembered(&naming);
        name_counts(&naming);
    }
    return naming_fini(&naming, names);
}
