/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/derived.h"

#include "base/clock.h"
#include "base/number.h"
#include "query/application.h"
#include "sources/derived_private.h"

#include <stdlib.h>
#include <string.h>

#define DERIVED(id, name, kind, unit, help)                                                        \
    {SLICE_INIT(name), SLICE_INIT(unit), SLICE_INIT(help), SOURCE_##kind},
static const struct source_metric derived_metrics[DERIVED_COUNT] = {
#include "sources/derived_metrics.def"
};
#undef DERIVED

/* The names of a histogram's series. */
enum { DERIVED_BUCKET, DERIVED_SUM, DERIVED_COUNT_OF, DERIVED_ENDINGS };
#define DERIVED(id, name, kind, unit, help)                                                        \
    {SLICE_INIT(name "_bucket"), SLICE_INIT(name "_sum"), SLICE_INIT(name "_count")},
static const struct slice derived_parts[DERIVED_COUNT][DERIVED_ENDINGS] = {
#include "sources/derived_metrics.def"
};
#undef DERIVED

size_t derived_metric_count(void)
{
    return DERIVED_COUNT;
}

struct source_metric derived_metric(size_t index)
{
    return derived_metrics[index];
}

/* One call of select() or list(). */
struct derived_call {
    const struct derived *derived;
    const struct selection *selection;
    struct arena *arena;
    series_visit *visit;        /* One of both. */
    labels_visit *visit_labels; /* */
    void *context;
    struct derived_wanted wanted;
    struct derived_span span;
    enum status status;
};

/* The most labels of a series. */
enum { DERIVED_LABELS = 13 };

/* Whether a label's value is what all matchers of that name want. */
static bool call_matches(struct derived_call *call, struct slice name, struct slice value)
{
    enum pattern_answer answer = matchers_match_value(
        call->selection->matchers, call->selection->matcher_count, name, value, call->arena);
    if (answer == PATTERN_LIMIT) {
        call->status = STATUS_BAD;
    }
    return answer == PATTERN_MATCHES;
}

/* ---- Which metrics. ---- */

static bool call_wants_metric(struct derived_call *call, unsigned id)
{
    if (derived_metrics[id].kind != SOURCE_HISTOGRAM) {
        return call_matches(call, LABEL_NAME, derived_metrics[id].name);
    }
    bool any = false;
    for (unsigned i = 0; i < DERIVED_ENDINGS; i++) {
        any = any || call_matches(call, LABEL_NAME, derived_parts[id][i]);
    }
    return any;
}

static bool call_wants(struct derived_call *call)
{
    struct derived_wanted *wanted = &call->wanted;
    bool any = false;
    for (unsigned i = 0; i < DERIVED_COUNT; i++) {
        wanted->metrics[i] = call_wants_metric(call, i);
        any = any || wanted->metrics[i];
        wanted->spreads =
            wanted->spreads ||
            (wanted->metrics[i] && derived_metrics[i].kind == SOURCE_HISTOGRAM && call->visit);
    }
    wanted->cost = wanted->metrics[DERIVED_COST_DOLLARS] && call->visit != NULL;
    wanted->lives = wanted->metrics[DERIVED_INSTANCES];
    return any;
}

/* ---- Series. ---- */

static void labels_put(struct label *labels, size_t *count, const char *name, struct slice value)
{
    if (value.size > 0) {
        labels[(*count)++] = (struct label){slice_from(name), value};
    }
}

/* The labels of a series, in the arena; names ascend. */
static struct label_set call_labels(struct derived_call *call,
                                    const struct derived_function *function, struct slice name,
                                    struct slice bound, const struct rollup_labels *own)
{
    const struct function_facts *facts = &function->facts;
    struct label *labels = arena_alloc_array(call->arena, DERIVED_LABELS, sizeof(labels[0]));
    size_t count = 0;
    if (labels == NULL) {
        call->status = STATUS_FULL;
        return (struct label_set){NULL, 0};
    }
    struct slice memory = facts->memory_mb == UNKNOWN_INT
                              ? SLICE_EMPTY
                              : arena_printf(call->arena, "%lld", (long long)facts->memory_mb);
    labels_put(labels, &count, "__name__", name);
    labels_put(labels, &count, "account", facts->account);
    labels_put(labels, &count, "alias", own->alias);
    labels_put(labels, &count, "application", application_of(call->derived->query, facts));
    labels_put(labels, &count, "arch", facts->arch);
    labels_put(labels, &count, "env", facts->environment);
    labels_put(labels, &count, "function", facts->name);
    labels_put(labels, &count, "le", bound);
    labels_put(labels, &count, "memory_mb", memory);
    labels_put(labels, &count, "region", facts->region);
    labels_put(labels, &count, "runtime", facts->runtime);
    labels_put(labels, &count, "trigger", own->trigger);
    labels_put(labels, &count, "version", facts->version);
    return (struct label_set){labels, count};
}

static bool call_wants_labels(struct derived_call *call, const struct label_set *labels)
{
    if (call->status != STATUS_OK) {
        return false;
    }
    enum pattern_answer answer = matchers_match(
        call->selection->matchers, call->selection->matcher_count, labels, call->arena);
    if (answer == PATTERN_LIMIT) {
        call->status = STATUS_BAD;
    }
    return answer == PATTERN_MATCHES;
}

static void call_show(struct derived_call *call, const struct label_set *labels,
                      struct derived_samples samples)
{
    if (call->visit_labels != NULL) {
        call->status = call->visit_labels(call->context, labels);
        return;
    }
    if (samples.items == NULL) {
        call->status = STATUS_FULL;
    } else if (samples.count > 0) {
        call->status = call->visit(call->context, &(struct series){
                                                      .labels = *labels,
                                                      .samples = samples.items,
                                                      .sample_count = samples.count,
                                                  });
    }
}

static void call_counter(struct derived_call *call, const struct derived_function *function,
                         const struct derived_line *line, enum derived_id id)
{
    struct label_set labels =
        call_labels(call, function, derived_metrics[id].name, SLICE_EMPTY, &line->labels);
    struct derived_samples samples = {.items = NULL};
    if (!call_wants_labels(call, &labels)) {
        return;
    }
    if (call->visit != NULL) {
        samples = id == DERIVED_MEMORY_USED_MAX ? derived_memory_used(&call->span, line)
                                                : derived_counter(&call->span, line, id);
    }
    call_show(call, &labels, samples);
}

static void call_part(struct derived_call *call, const struct derived_function *function,
                      const struct derived_line *line, enum derived_id id, int part)
{
    static const struct slice no_bound = SLICE_INIT("+Inf");
    unsigned ending = part == DERIVED_PART_SUM     ? DERIVED_SUM
                      : part == DERIVED_PART_COUNT ? DERIVED_COUNT_OF
                                                   : DERIVED_BUCKET;
    struct slice bound = SLICE_EMPTY;
    struct derived_samples samples = {.items = NULL};
    if (part == DERIVED_BOUND_COUNT) {
        bound = no_bound;
    } else if (part >= 0) {
        char text[NUMBER_TEXT_SIZE];
        size_t size = number_format_scaled(derived_bounds_ms[part], 3, text);
        bound = arena_dup(call->arena, slice_of(text, size));
    }
    struct label_set labels =
        call_labels(call, function, derived_parts[id][ending], bound, &line->labels);
    if (!call_wants_labels(call, &labels)) {
        return;
    }
    if (call->visit != NULL) {
        samples = derived_histogram(&call->span, line, id, part);
    }
    call_show(call, &labels, samples);
}

static void call_line(struct derived_call *call, const struct derived_function *function,
                      const struct derived_line *line)
{
    for (unsigned i = 0; i < DERIVED_COUNT && call->status == STATUS_OK; i++) {
        enum derived_id id = (enum derived_id)i;
        if (!call->wanted.metrics[i] || id == DERIVED_MEMORY_LIMIT || id == DERIVED_INSTANCES) {
            continue;
        }
        if (derived_metrics[i].kind != SOURCE_HISTOGRAM) {
            call_counter(call, function, line, id);
            continue;
        }
        for (int part = DERIVED_PART_COUNT;
             part <= DERIVED_BOUND_COUNT && call->status == STATUS_OK; part++) {
            call_part(call, function, line, id, part);
        }
    }
}

/* What a function has as a whole. */
static void call_gauge(struct derived_call *call, const struct derived_function *function,
                       enum derived_id id)
{
    static const struct rollup_labels no_labels;
    struct derived_samples samples = {.items = NULL};
    if (call->status != STATUS_OK || !call->wanted.metrics[id]) {
        return;
    }
    struct label_set labels =
        call_labels(call, function, derived_metrics[id].name, SLICE_EMPTY, &no_labels);
    if (!call_wants_labels(call, &labels)) {
        return;
    }
    if (call->visit != NULL) {
        samples = id == DERIVED_INSTANCES ? derived_instances(&call->span, function)
                                          : derived_memory_limit(&call->span, function);
    }
    call_show(call, &labels, samples);
}

/* ---- Functions. ---- */

/* Whether a function may have what is asked for, by what is known without its counts. */
static bool call_wants_function(struct derived_call *call, const struct function_facts *facts)
{
    return facts->last_seen_ns != UNKNOWN_NS &&
           facts->last_seen_ns / (int64_t)CLOCK_NS_PER_MS + 2 * DERIVED_SILENT_MS >=
               call->span.from_ms &&
           call_matches(call, SLICE("function"), facts->name) &&
           call_matches(call, SLICE("version"), facts->version) &&
           call_matches(call, SLICE("env"), facts->environment) &&
           call_matches(call, SLICE("region"), facts->region) &&
           call_matches(call, SLICE("application"), application_of(call->derived->query, facts)) &&
           call_matches(call, SLICE("account"), facts->account);
}

static bool call_impatient(struct derived_call *call)
{
    const struct patience *patience = call->selection->patience;
    if (patience != NULL && patience->over(patience->context)) {
        call->status = STATUS_TIMEOUT;
    }
    return call->status != STATUS_OK;
}

/* Whether there may be samples of what ended then. */
static bool call_lasts(const struct derived_call *call, int64_t end_ms)
{
    return end_ms + DERIVED_SILENT_MS >= call->span.from_ms;
}

static void call_function(struct derived_call *call, struct derived_function *function)
{
    struct view *view = call->derived->query->view;
    view_read_begin(view);
    view_function(view, function->row, &function->facts);
    derived_gather(call->derived, &call->wanted, &call->span, function);
    view_read_end(view);
    if (function->full) {
        call->status = STATUS_FULL;
        return;
    }
    for (size_t i = 0; i < function->line_count && call->status == STATUS_OK; i++) {
        if (call_lasts(call, function->lines[i]->end_ms)) {
            call_line(call, function, function->lines[i]);
        }
    }
    if (function->line_count > 0 && function->facts.memory_mb != UNKNOWN_INT) {
        call_gauge(call, function, DERIVED_MEMORY_LIMIT);
    }
    if (function->life_count > 0) {
        call_gauge(call, function, DERIVED_INSTANCES);
    }
}

/* The rows of functions, as they come by. */
struct derived_choice {
    struct derived_call *call;
    uint32_t *rows;
    uint32_t count;
};

static void call_choose(void *context, uint32_t row)
{
    struct derived_choice *choice = context;
    struct function_facts facts;
    view_function(choice->call->derived->query->view, row, &facts);
    if (call_wants_function(choice->call, &facts)) {
        choice->rows[choice->count++] = row;
    }
}

static int by_row(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one;
    uint32_t b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

/* The only name that a function may have; NULL: there is no such. */
static const struct slice *call_name(const struct derived_call *call)
{
    for (size_t i = 0; i < call->selection->matcher_count; i++) {
        const struct matcher *matcher = &call->selection->matchers[i];
        if (matcher->kind == MATCHER_EQUAL && matcher->value.size > 0 &&
            slice_equal(matcher->name, SLICE("function"))) {
            return &matcher->value;
        }
    }
    return NULL;
}

/* The rows of the functions that may have what is asked for. */
static struct derived_choice call_functions(struct derived_call *call)
{
    struct view *view = call->derived->query->view;
    struct derived_choice choice = {.call = call};
    const struct slice *name = call_name(call);
    view_read_begin(view);
    uint32_t most = view_function_count(view);
    choice.rows = arena_alloc_array(call->arena, (size_t)most + 1, sizeof(choice.rows[0]));
    if (choice.rows != NULL && name != NULL) {
        view_functions_named(view, *name, call_choose, &choice);
        qsort(choice.rows, choice.count, sizeof(choice.rows[0]), by_row);
    } else if (choice.rows != NULL) {
        for (uint32_t row = 0; row < most; row++) {
            call_choose(&choice, row);
        }
    }
    view_read_end(view);
    if (choice.rows == NULL) {
        call->status = STATUS_FULL;
    }
    return choice;
}

static enum status call_run(struct derived_call *call)
{
    call->span = (struct derived_span){
        .since_ms = call->derived->since_ms,
        .from_ms = call->selection->from_ms,
        .to_ms = call->selection->to_ms,
        .now_ms = (int64_t)(call->derived->now_ns() / CLOCK_NS_PER_MS),
        .arena = call->arena,
    };
    if (!call_wants(call) || call->status != STATUS_OK) {
        return call->status;
    }
    struct derived_function *function = arena_alloc_array(call->arena, 1, sizeof(*function));
    const struct derived_choice choice = call_functions(call);
    if (function == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < choice.count && !call_impatient(call); i++) {
        *function = (struct derived_function){.row = choice.rows[i]};
        call_function(call, function);
    }
    return call->status;
}

static enum status derived_select(void *context, const struct selection *selection,
                                  struct arena *arena, series_visit *visit, void *visit_context)
{
    struct derived_call call = {
        .derived = context,
        .selection = selection,
        .arena = arena,
        .visit = visit,
        .context = visit_context,
    };
    return call_run(&call);
}

static enum status derived_list(void *context, const struct selection *selection,
                                struct arena *arena, labels_visit *visit, void *visit_context)
{
    struct derived_call call = {
        .derived = context,
        .selection = selection,
        .arena = arena,
        .visit_labels = visit,
        .context = visit_context,
    };
    return call_run(&call);
}

struct series_source derived_source(struct derived *derived)
{
    return (struct series_source){
        .context = derived, .select = derived_select, .list = derived_list};
}
