/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_names.h"

#include "base/map.h"
#include "query/sweep.h"
#include "traces/traces_limits.h"

#include <stdlib.h>

struct naming {
    const struct query *query;
    struct arena *arena;
    struct trace_names *names;
    struct map map;
    struct slice service; /* Whose operations are listed. */
    bool full;
    /* Of the measure. */
    uint64_t resources_id;
    uint64_t rows;
    bool *seen; /* Of the resources of this id. */
    size_t seen_count;
};

struct name_lookup {
    const struct trace_name *names;
    struct trace_name name;
};

static bool name_is(const void *context, uint32_t row)
{
    const struct name_lookup *lookup = context;
    return lookup->names[row].kind == lookup->name.kind &&
           slice_equal(lookup->names[row].name, lookup->name.name);
}

static void add_name(struct naming *naming, struct slice name, enum span_kind kind)
{
    struct trace_names *names = naming->names;
    struct name_lookup lookup = {names->names, {name, kind}};
    uint64_t hash = hash_sip64(&naming->query->key, name) + (uint64_t)kind;
    uint32_t row;
    if (name.size == 0 || map_find(&naming->map, hash, name_is, &lookup, &row)) {
        return;
    }
    if (names->count == TRACES_NAMES_MAX) {
        return;
    }
    struct slice kept = arena_dup(naming->arena, name);
    if (kept.size == 0 || map_insert(&naming->map, hash, (uint32_t)names->count) != STATUS_OK) {
        naming->full = true;
        return;
    }
    names->names[names->count++] = (struct trace_name){kept, kind};
}

static bool naming_init(struct naming *naming)
{
    map_init_growing(&naming->map, TRACES_NAMES_MAX);
    naming->names->count = 0;
    naming->names->names =
        arena_alloc_array(naming->arena, TRACES_NAMES_MAX, sizeof(naming->names->names[0]));
    return naming->names->names != NULL;
}

static int compare_names(const void *one, const void *other)
{
    const struct trace_name *a = one;
    const struct trace_name *b = other;
    int order = slice_compare(a->name, b->name);
    return order != 0 ? order : (a->kind > b->kind) - (a->kind < b->kind);
}

static enum status naming_fini(struct naming *naming)
{
    if (naming->names->count > 1) {
        qsort(naming->names->names, naming->names->count, sizeof(naming->names->names[0]),
              compare_names);
    }
    map_fini(&naming->map);
    free(naming->seen);
    return naming->full ? STATUS_FULL : STATUS_OK;
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
            add_name(naming, facts.name, SPAN_UNSPECIFIED);
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
            add_name(naming, trace_service(&measures->resources[sender]), SPAN_UNSPECIFIED);
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
    struct naming naming = {.query = query, .arena = arena, .names = names};
    if (!naming_init(&naming)) {
        return STATUS_FULL;
    }
    name_functions(&naming);
    name_stored(&naming);
    return naming_fini(&naming);
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
        add_name(naming, span->name, kind);
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
    add_name(naming, function->name, SPAN_SERVER);
    if (facts->cold && facts->init_ns != UNKNOWN_NS) {
        add_name(naming, SLICE("init"), SPAN_INTERNAL);
    }
    if (facts->done_ns != UNKNOWN_NS && facts->handler_ns != UNKNOWN_NS) {
        add_name(naming, SLICE("handler"), SPAN_INTERNAL);
    }
    if (facts->done_ns != UNKNOWN_NS && facts->post_handler_ns != UNKNOWN_NS) {
        add_name(naming, SLICE("post_handler"), SPAN_INTERNAL);
    }
}

enum status trace_names_operations(const struct query *query, struct slice service,
                                   struct arena *arena, struct trace_names *names)
{
    struct naming naming = {.query = query, .arena = arena, .names = names, .service = service};
    struct query_range everything = {0, INT64_MAX};
    if (!naming_init(&naming)) {
        return STATUS_FULL;
    }
    if (service.size > 0) {
        name_latest(&naming);
        /* Older ones are left out: these are the latest. */
        const struct sweep sweep = {everything, TRACES_OPERATION_FACTS_MAX, name_facts, &naming};
        (void)!sweep_remembered(query, &sweep);
    }
    return naming_fini(&naming);
}
