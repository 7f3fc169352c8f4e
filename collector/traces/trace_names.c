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
    *names = (struct trace_names){naming->set.names, naming->set.count};
    return good ? STATUS_OK : STATUS_FULL;
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
    return naming->rows < TRACES_SENDERS_MAX;
}

/* What is damaged or goes meanwhile is left out. */
static void name_stored(struct naming *naming)
{
    const struct scan_query scan = {.signals = SCAN_SPANS, .to_ns = UINT64_MAX};
    struct store_hold *hold = store_hold(naming->query->store);
    naming->full = hold == NULL ||
                   store_measure(hold, &scan, STORE_SENDERS, name_senders, naming) == STATUS_FULL;
    store_release(hold);
}

enum status trace_names_services(const struct query *query, struct arena *arena,
                                 struct trace_names *names)
{
    struct naming naming = {.query = query, .arena = arena};
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
    const struct scan_query scan = {
        .signals = SCAN_SPANS,
        .to_ns = UINT64_MAX,
        .conditions = &condition,
        .condition_count = 1,
    };
    struct store_hold *hold = store_hold(naming->query->store);
    naming->full = hold == NULL || store_search(hold, &scan, TRACES_OPERATION_SPANS, naming->arena,
                                                name_spans, naming) == STATUS_FULL;
    store_release(hold);
}

/* The spans that are made of facts (query/span_facts.c). */
static void name_facts(void *context, const struct invocation_facts *facts,
                       const struct function_facts *function)
{
    struct naming *naming = context;
    if (!slice_equal(function->name, naming->service) || facts->outcome == OUTCOME_RUNNING) {
        return;
    }
    trace_set_add(&naming->set, function->name, SPAN_SERVER);
    if (facts->cold && facts->init_ns != UNKNOWN_NS) {
        trace_set_add(&naming->set, SLICE("init"), SPAN_INTERNAL);
    }
    if (facts->done_ns != UNKNOWN_NS && facts->handler_ns != UNKNOWN_NS) {
        trace_set_add(&naming->set, SLICE("handler"), SPAN_INTERNAL);
    }
    if (facts->done_ns != UNKNOWN_NS && facts->post_handler_ns != UNKNOWN_NS) {
        trace_set_add(&naming->set, SLICE("post_handler"), SPAN_INTERNAL);
    }
}

enum status trace_names_operations(const struct query *query, struct slice service,
                                   struct arena *arena, struct trace_names *names)
{
    struct naming naming = {.query = query, .arena = arena, .service = service};
    struct query_range everything = {0, INT64_MAX};
    trace_set_init(&naming.set, &query->key, arena);
    if (service.size > 0) {
        name_latest(&naming);
        /* Older ones are left out: these are the latest. */
        const struct sweep sweep = {everything, TRACES_OPERATION_FACTS_MAX, name_facts, &naming};
        (void)!sweep_remembered(query, &sweep);
    }
    return naming_fini(&naming, names);
}
