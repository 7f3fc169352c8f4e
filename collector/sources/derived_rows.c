/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "model/rollups.h"
#include "query/price_minutes.h"
#include "sources/derived_private.h"

#include <string.h>

const int64_t derived_bounds_ms[DERIVED_BOUND_COUNT] = {
    1,   2,    5,    10,   20,    50,    75,    100,    200,    300,
    500, 1000, 2000, 5000, 10000, 20000, 60000, 120000, 300000, 900000,
};

struct gather {
    const struct derived_wanted *wanted;
    const struct query *query;
    struct arena *arena;
    struct derived_function *function;
    size_t price_at[DERIVED_LINE_COUNT_MAX];
};

/* The line of a trigger, made if there is none; those beyond the limit are one. */
static struct derived_line *gather_line(struct gather *gather, struct slice trigger)
{
    struct derived_function *function = gather->function;
    for (size_t i = 0; i < function->line_count; i++) {
        if (slice_equal(function->lines[i].trigger, trigger)) {
            return &function->lines[i];
        }
    }
    if (function->line_count == DERIVED_LINE_COUNT_MAX) {
        return &function->lines[DERIVED_LINE_COUNT_MAX - 1];
    }
    struct derived_line *line = &function->lines[function->line_count++];
    *line = (struct derived_line){.trigger = arena_dup(gather->arena, trigger)};
    return line;
}

static struct derived_row *gather_row(struct gather *gather, struct derived_line *line)
{
    if (line->count == line->capacity) {
        size_t capacity = line->capacity == 0 ? 64 : line->capacity * 2;
        struct derived_row *rows =
            arena_alloc_array(gather->arena, capacity, sizeof(line->rows[0]));
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
    *row = (struct derived_row){.start_ms = 0};
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

static void gather_spreads(struct gather *gather, struct derived_row *row,
                           const struct rollup *rollup)
{
    row->spreads =
        arena_alloc_array(gather->arena, DERIVED_HISTOGRAM_COUNT, sizeof(row->spreads[0]));
    if (row->spreads == NULL) {
        gather->function->full = true;
        return;
    }
    const struct histogram *histograms[DERIVED_HISTOGRAM_COUNT] = {&rollup->init, &rollup->handler,
                                                                   &rollup->wait};
    for (unsigned i = 0; i < DERIVED_HISTOGRAM_COUNT; i++) {
        if (gather->wanted->metrics[DERIVED_INIT_DURATION + i]) {
            gather_spread(&row->spreads[i], histograms[i]);
        }
    }
}

static void gather_rollup(void *context, struct slice trigger, const struct rollup *rollup)
{
    struct gather *gather = context;
    struct derived_function *function = gather->function;
    const struct rollup_facts *facts = &rollup->facts;
    struct derived_line *line = gather_line(gather, trigger);
    struct derived_row *row = gather_row(gather, line);
    if (row == NULL) {
        return;
    }
    row->start_ms = rollup->key.time_ns / (int64_t)CLOCK_NS_PER_MS;
    row->grain_ms =
        view_rollup_grain(gather->query->view, rollup->key.time_ns) / (int64_t)CLOCK_NS_PER_MS;
    row->max_memory_mb = facts->max_memory_mb;
    row->counts[DERIVED_INVOCATIONS] = (double)facts->invocations;
    row->counts[DERIVED_ERRORS] = (double)facts->errors;
    row->counts[DERIVED_TIMEOUTS] = (double)facts->timeouts;
    row->counts[DERIVED_COLD_STARTS] = (double)facts->cold;
    row->counts[DERIVED_PROACTIVE_INITS] = (double)facts->proactive;
    row->counts[DERIVED_BILLED_SECONDS] = (double)facts->billed_ms / 1e3;
    row->counts[DERIVED_GIGABYTE_SECONDS] = (double)facts->mb_ms / 1024e3;
    if (gather->wanted->spreads) {
        gather_spreads(gather, row, rollup);
    }
    int64_t end_ms = row->start_ms + row->grain_ms;
    function->first_ms = row->start_ms < function->first_ms ? row->start_ms : function->first_ms;
    function->end_ms = end_ms > function->end_ms ? end_ms : function->end_ms;
}

/* Prices come in the order of the rows. */
static void gather_price(void *context, const struct price_minute *minute)
{
    struct gather *gather = context;
    struct derived_line *line = gather_line(gather, minute->trigger);
    size_t *at = &gather->price_at[line - gather->function->lines];
    if (*at < line->count) {
        line->rows[(*at)++].counts[DERIVED_COST_DOLLARS] =
            (double)minute->cost.amount.units / (double)MONEY_UNITS_PER_DOLLAR;
    }
}

static void gather_lives(struct gather *gather, int64_t now_ms)
{
    struct derived_function *function = gather->function;
    const struct view *view = gather->query->view;
    size_t count = 0;
    uint32_t row;
    for (row = view_instance_first(view, function->row); row != ROW_NONE;
         row = view_instance_next(view, row)) {
        count++;
    }
    function->lives = arena_alloc_array(gather->arena, count + 1, sizeof(function->lives[0]));
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
            .to_ms = alive ? now_ms + 1 : end_ns / (int64_t)CLOCK_NS_PER_MS,
        };
    }
}

void derived_gather(const struct query *query, const struct derived_wanted *wanted,
                    const struct derived_span *span, struct derived_function *function)
{
    struct gather gather = {
        .wanted = wanted, .query = query, .arena = span->arena, .function = function};
    const int64_t ms_ns = (int64_t)CLOCK_NS_PER_MS;
    int64_t to_ns = span->to_ms < INT64_MAX / ms_ns ? span->to_ms * ms_ns + 1 : INT64_MAX;
    int64_t from_ns = span->since_ms * ms_ns;
    function->first_ms = INT64_MAX;
    function->end_ms = INT64_MIN;
    view_rollup_rows(query->view, function->row, from_ns, to_ns, gather_rollup, &gather);
    if (wanted->cost) {
        struct query_range range = {from_ns, to_ns};
        price_minutes_each(query, function->row, range, gather_price, &gather);
    }
    if (wanted->lives) {
        gather_lives(&gather, span->now_ms);
    }
    function->full = function->full || arena_overflowed(span->arena);
}
