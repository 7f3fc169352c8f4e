/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "model/rollups.h"
#include "proto/triggers.h"
#include "query/price_minutes.h"
#include "sources/derived_private.h"

#include <string.h>

const int64_t derived_bounds_ms[DERIVED_BOUND_COUNT] = {
    1,   2,    5,    10,   20,    50,    75,    100,    200,    300,
    500, 1000, 2000, 5000, 10000, 20000, 60000, 120000, 300000, 900000,
};

struct gather {
    const struct derived_wanted *wanted;
    const struct derived_span *span;
    const struct view *view;
    struct derived_function *function;
    struct pricing pricing;
    int64_t from_ms;
};

struct derived_line *derived_line_add(struct derived_function *function,
                                      const struct rollup_labels *labels, struct arena *arena)
{
    struct derived_line *line = arena_alloc_array(arena, 1, sizeof(*line));
    if (line == NULL) {
        function->full = true;
        return NULL;
    }
    line->labels = *labels;
    line->first_ms = line->before.first_ms = INT64_MAX;
    line->end_ms = line->before.end_ms = INT64_MIN;
    function->lines[function->line_count++] = line;
    return line;
}

/* The line of a trigger and alias, made if there is none; those beyond the limit are one. */
static struct derived_line *gather_line(struct gather *gather, const struct rollup_labels *labels)
{
    struct derived_function *function = gather->function;
    for (size_t i = 0; i < function->line_count; i++) {
        struct derived_line *line = function->lines[i];
        if (slice_equal(line->labels.trigger, labels->trigger) &&
            slice_equal(line->labels.alias, labels->alias)) {
            return line;
        }
    }
    if (function->line_count == DERIVED_LINE_COUNT_MAX) {
        return function->lines[DERIVED_LINE_COUNT_MAX - 1];
    }
    return derived_line_add(function, labels, gather->span->arena);
}

static struct derived_row *gather_row(struct gather *gather, struct derived_line *line)
{
    if (line->count == line->capacity) {
        size_t capacity = line->capacity == 0 ? 16 : line->capacity * 2;
        struct derived_row *rows =
            arena_alloc_array(gather->span->arena, capacity, sizeof(line->rows[0]));
        if (rows == NULL) {
            gather->function->full = true;
            return NULL;
        }
        if (line->count > 0) {
            memcpy(rows, line->rows, line->count * sizeof(rows[0]));
        }
        line->rows = rows;
        line->capacity = capacity;
    }
    struct derived_row *row = &line->rows[line->count++];
    *row = (struct derived_row){.max_memory_mb = UNKNOWN_INT};
    if (gather->wanted->spreads) {
        row->spreads = arena_alloc_array(gather->span->arena, DERIVED_HISTOGRAM_COUNT,
                                         sizeof(row->spreads[0]));
        if (row->spreads == NULL) {
            gather->function->full = true;
            return NULL;
        }
    }
    return row;
}

/* The bucket of a duration. */
static unsigned gather_bound(int64_t duration_ns)
{
    unsigned low = 0;
    unsigned high = DERIVED_BOUND_COUNT;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (derived_bounds_ms[middle] * (int64_t)CLOCK_NS_PER_MS < duration_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void gather_spread(struct derived_spread *spread, const struct histogram *histogram)
{
    for (unsigned i = 0; i < histogram->count; i++) {
        const struct histogram_entry *entry = &histogram->entries[i];
        int64_t duration_ns = histogram_bucket_ns(entry->bucket);
        spread->counts[gather_bound(duration_ns)] += entry->count;
        spread->sum_s += (double)duration_ns / 1e9 * entry->count;
    }
}

static void gather_spreads(const struct gather *gather, const struct rollup *rollup,
                           struct derived_spread *spreads)
{
    const struct histogram *histograms[DERIVED_HISTOGRAM_COUNT] = {&rollup->init, &rollup->handler,
                                                                   &rollup->wait};
    for (unsigned i = 0; i < DERIVED_HISTOGRAM_COUNT; i++) {
        if (gather->wanted->metrics[DERIVED_INIT_DURATION + i]) {
            gather_spread(&spreads[i], histograms[i]);
        }
    }
}

static void gather_counts(struct gather *gather, const struct rollup_labels *labels,
                          const struct rollup *rollup, double *counts)
{
    const struct rollup_facts *facts = &rollup->facts;
    counts[DERIVED_INVOCATIONS] += (double)facts->invocations;
    counts[DERIVED_ERRORS] += (double)facts->errors;
    counts[DERIVED_TIMEOUTS] += (double)facts->timeouts;
    counts[DERIVED_OUT_OF_MEMORY] += (double)facts->out_of_memory;
    counts[DERIVED_NEAR_TIMEOUTS] += (double)facts->near_timeouts;
    counts[DERIVED_THROTTLED] += (double)facts->throttled;
    counts[DERIVED_END_UNKNOWN] += (double)facts->end_unknown;
    counts[DERIVED_AGENT_INVOCATIONS] += (double)facts->agent.told;
    counts[DERIVED_COLD_STARTS] += (double)facts->cold;
    counts[DERIVED_PROACTIVE_INITS] += (double)facts->proactive;
    counts[DERIVED_BILLED_SECONDS] += (double)facts->billed_ms;
    counts[DERIVED_GIGABYTE_SECONDS] += (double)facts->mb_ms;
    if (facts->cold_init_us > 0 && triggers_caller_waits(labels->trigger) != TRIGGERS_WAITS_NO) {
        counts[DERIVED_COLD_WAIT_SECONDS] += (double)facts->cold_init_us;
    }
    if (gather->wanted->cost) {
        struct cost cost =
            price_minutes_cost(&gather->pricing, rollup->key.time_ns, labels->provisioned, facts);
        counts[DERIVED_COST_DOLLARS] += (double)cost.amount.units;
    }
}

static void gather_rollup(void *context, const struct rollup_labels *labels,
                          const struct rollup *rollup)
{
    struct gather *gather = context;
    int64_t start_ms = rollup->key.time_ns / (int64_t)CLOCK_NS_PER_MS;
    int64_t grain_ms =
        view_rollup_grain(gather->view, rollup->key.time_ns) / (int64_t)CLOCK_NS_PER_MS;
    int64_t end_ms = start_ms + grain_ms;
    struct derived_line *line = start_ms < gather->from_ms ? NULL : gather_line(gather, labels);
    if (line == NULL) {
        return;
    }
    line->first_ms = start_ms < line->first_ms ? start_ms : line->first_ms;
    line->end_ms = end_ms > line->end_ms ? end_ms : line->end_ms;
    if (end_ms < gather->span->from_ms) {
        line->before.first_ms = line->first_ms;
        line->before.end_ms = line->end_ms;
        gather_counts(gather, labels, rollup, line->before.counts);
        gather_spreads(gather, rollup, line->before.spreads);
        return;
    }
    struct derived_row *row = gather_row(gather, line);
    if (row != NULL) {
        row->start_ms = start_ms;
        row->grain_ms = grain_ms;
        row->max_memory_mb = rollup->facts.max_memory_mb;
        gather_counts(gather, labels, rollup, row->counts);
        if (row->spreads != NULL) {
            gather_spreads(gather, rollup, row->spreads);
        }
    }
}

static void gather_lives(const struct view *view, const struct derived_span *span,
                         struct derived_function *function)
{
    size_t count = 0;
    uint32_t row;
    for (row = view_instance_first(view, function->row); row != ROW_NONE;
         row = view_instance_next(view, row)) {
        count++;
    }
    function->lives = arena_alloc_array(span->arena, count + 1, sizeof(function->lives[0]));
    if (function->lives == NULL) {
        function->full = true;
        return;
    }
    for (row = view_instance_first(view, function->row); row != ROW_NONE;
         row = view_instance_next(view, row)) {
        struct instance_facts facts;
        view_instance(view, row, &facts);
        if (facts.pool || facts.first_seen_ns == UNKNOWN_NS) {
            continue;
        }
        int64_t end_ns = facts.stop_ns != UNKNOWN_NS ? facts.stop_ns : facts.last_seen_ns;
        bool alive = facts.stop_ns == UNKNOWN_NS && !facts.silent;
        function->lives[function->life_count++] = (struct derived_life){
            .from_ms = facts.first_seen_ns / (int64_t)CLOCK_NS_PER_MS,
            .to_ms = alive ? span->now_ms + 1 : end_ns / (int64_t)CLOCK_NS_PER_MS,
        };
    }
}

void derived_gather_rows(const struct query *query, const struct derived_wanted *wanted,
                         const struct derived_span *span, struct derived_range range,
                         struct derived_function *function)
{
    struct gather gather = {.wanted = wanted,
                            .span = span,
                            .view = query->view,
                            .function = function,
                            .from_ms = INT64_MIN};
    if (wanted->cost) {
        price_minutes_begin(&gather.pricing, query, function->row);
    }
    /* A row that begins before the range, and reaches into it, is the range's before. */
    if (function->line_count > 0) {
        gather.from_ms = range.from_ns / (int64_t)CLOCK_NS_PER_MS;
    }
    view_rollup_rows(query->view, function->row, range.from_ns, range.to_ns, gather_rollup,
                     &gather);
}

void derived_gather(const struct derived *derived, const struct derived_wanted *wanted,
                    const struct derived_span *span, struct derived_function *function)
{
    const int64_t ms_ns = (int64_t)CLOCK_NS_PER_MS;
    const struct query *query = derived->query;
    struct derived_range range = {
        .from_ns = derived_keep_lines(derived, wanted, span, function),
        .to_ns = span->to_ms < INT64_MAX / ms_ns ? span->to_ms * ms_ns + 1 : INT64_MAX,
    };
    if (range.from_ns == INT64_MIN) {
        range.from_ns = span->since_ms * ms_ns;
    }
    derived_gather_rows(query, wanted, span, range, function);
    function->first_ms = INT64_MAX;
    function->end_ms = INT64_MIN;
    for (size_t i = 0; i < function->line_count; i++) {
        const struct derived_line *line = function->lines[i];
        function->first_ms =
            line->first_ms < function->first_ms ? line->first_ms : function->first_ms;
        function->end_ms = line->end_ms > function->end_ms ? line->end_ms : function->end_ms;
    }
    if (wanted->lives) {
        gather_lives(query->view, span, function);
    }
    function->full = function->full || arena_overflowed(span->arena);
}
