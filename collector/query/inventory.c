/* SPDX-License-Identifier: Apache-2.0 */
#include "query/inventory.h"
#include "query/application.h"
#include "query/price_minutes.h"
#include "query/query_limits.h"

#include "model/rollups.h"

#include <stdlib.h>
#include <string.h>

void inventory_wait(struct inventory_waiting *waiting, const struct instance_facts *instance)
{
    if (instance->pool || instance->waiting_records == 0) {
        return;
    }
    if (waiting->instances == 0 || instance->waiting_since_ns < waiting->since_ns) {
        waiting->since_ns = instance->waiting_since_ns;
    }
    waiting->instances++;
    waiting->records += instance->waiting_records;
}

static void read_instances(const struct view *view, uint32_t function, struct query_range range,
                           struct inventory_row *out)
{
    out->instances = 0;
    out->agent_memory_bytes = UNKNOWN_INT;
    out->unsent = (struct unsent){.counts = {0}};
    out->waiting = (struct inventory_waiting){.since_ns = UNKNOWN_NS};
    for (uint32_t i = view_instance_first(view, function); i != ROW_NONE;
         i = view_instance_next(view, i)) {
        struct instance_facts facts;
        view_instance(view, i, &facts);
        inventory_wait(&out->waiting, &facts);
        if (facts.pool || facts.first_seen_ns >= range.to_ns ||
            facts.last_seen_ns < range.from_ns) {
            continue;
        }
        out->instances++;
        unsent_add(&out->unsent, &facts.unsent);
        if (facts.agent_memory_bytes > out->agent_memory_bytes) {
            out->agent_memory_bytes = facts.agent_memory_bytes;
        }
    }
}

static int compare_rows(const void *one, const void *other)
{
    const struct function_facts *a = &((const struct inventory_row *)one)->function;
    const struct function_facts *b = &((const struct inventory_row *)other)->function;
    const struct slice keys[][2] = {
        {a->name, b->name},
        {a->version, b->version},
        {a->region, b->region},
        {a->account, b->account},
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        int order = slice_compare(keys[i][0], keys[i][1]);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static void visit_trigger(void *context, uint32_t function, struct slice trigger, int64_t minute_ns,
                          const struct rollup_facts *facts)
{
    struct inventory_row *row = context;
    uint32_t at = 0;
    (void)function;
    (void)minute_ns;
    while (at < row->trigger_count && !slice_equal(row->triggers[at].name, trigger)) {
        at++;
    }
    /* Beyond the limit the last one stands for all others. */
    if (at == row->trigger_count && at < TRIGGER_COUNT_MAX) {
        row->triggers[row->trigger_count++] = (struct inventory_trigger){.name = trigger};
    }
    at = at < TRIGGER_COUNT_MAX ? at : TRIGGER_COUNT_MAX - 1;
    row->triggers[at].invocations += facts->invocations;
    row->triggers[at].cold += facts->cold;
}

/* The triggers of a row, in a part of the arena that is as long as there are any. */
static bool read_triggers(const struct query *query, uint32_t row, struct query_range range,
                          struct arena *arena, struct inventory_row *out)
{
    struct inventory_trigger found[TRIGGER_COUNT_MAX];
    out->triggers = found;
    out->trigger_count = 0;
    view_rollup_each(query->view, row, range.from_ns, range.to_ns, visit_trigger, out);
    out->triggers =
        arena_alloc_array(arena, (size_t)out->trigger_count + 1, sizeof(out->triggers[0]));
    if (out->triggers == NULL) {
        return false;
    }
    memcpy(out->triggers, found, out->trigger_count * sizeof(found[0]));
    return true;
}

static bool read_row(const struct query *query, uint32_t row, struct query_range range,
                     struct arena *arena, struct inventory_row *out)
{
    out->sum = arena_alloc_array(arena, 1, sizeof(*out->sum));
    if (out->sum == NULL) {
        return false;
    }
    view_rollup_sum(query->view, row, range.from_ns, range.to_ns, out->sum);
    if (!read_triggers(query, row, range, arena, out)) {
        return false;
    }
    const struct price_sums sums = price_minutes(query, row, range);
    out->cost = sums.cost;
    out->held = sums.held;
    read_instances(query->view, row, range, out);
    return true;
}

static bool same_function(const struct inventory_row *row, const struct inventory_row *other)
{
    return slice_equal(row->function.name, other->function.name) &&
           (row->function.version.size == 0 ||
            slice_equal(row->function.version, other->function.version));
}

/* What was told of a function whose account nobody knew, and has turned out to be all another's. */
static void drop_joined(struct inventory *inventory)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < inventory->row_count; i++) {
        const struct inventory_row *row = &inventory->rows[i];
        bool empty = row->function.account.size == 0 && row->instances == 0 &&
                     row->sum->facts.invocations == 0 && row->sum->facts.proactive == 0;
        bool joined = false;
        for (uint32_t k = 0; empty && !joined && k < inventory->row_count; k++) {
            const struct inventory_row *other = &inventory->rows[k];
            joined = other->function.account.size > 0 && same_function(row, other);
        }
        if (!joined) {
            inventory->rows[count++] = *row;
        }
    }
    inventory->row_count = count;
}

enum status inventory_read(const struct query *query, struct query_range range, struct slice name,
                           struct arena *arena, struct inventory *inventory)
{
    *inventory = (struct inventory){.row_count = 0};
    struct view *view = query->view;
    bool good = true;
    view_read_begin(view);
    uint32_t count = view_function_count(view);
    inventory->partial = view_counts_missing(view, range.from_ns, range.to_ns);
    inventory->rows = arena_alloc_array(arena, (size_t)count + 1, sizeof(inventory->rows[0]));
    for (uint32_t i = 0; inventory->rows != NULL && good && i < count; i++) {
        struct inventory_row *row = &inventory->rows[inventory->row_count];
        view_function(view, i, &row->function);
        bool named = name.size == 0 || slice_equal(name, row->function.name);
        if (!named || row->function.first_seen_ns >= range.to_ns ||
            row->function.last_seen_ns < range.from_ns) {
            continue;
        }
        row->application = application_of(query, &row->function);
        good = read_row(query, i, range, arena, row);
        inventory->row_count += good ? 1 : 0;
    }
    view_read_end(view);
    if (inventory->rows == NULL || !good) {
        return STATUS_FULL;
    }
    drop_joined(inventory);
    qsort(inventory->rows, inventory->row_count, sizeof(inventory->rows[0]), compare_rows);
    return STATUS_OK;
}

/* ---- Series. ---- */

static int64_t usual_step(int64_t span_ns)
{
    static const int64_t minutes[] = {1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440};
    for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
        if (span_ns / (minutes[i] * MINUTE_NS) < SERIES_POINT_COUNT_MAX) {
            return minutes[i] * MINUTE_NS;
        }
    }
    int64_t day_ns = 1440 * MINUTE_NS;
    int64_t days = span_ns / day_ns / SERIES_POINT_COUNT_MAX + 1;
    return days * day_ns;
}

/* The smallest usual step with which a span has at most SERIES_POINT_COUNT_MAX points; whole steps
 * of what is counted together. */
static int64_t step_for(const struct view *view, struct query_range range)
{
    int64_t step_ns = usual_step(range.to_ns - range.from_ns);
    int64_t grain_ns = view_rollup_grain(view, range.from_ns);
    return (step_ns + grain_ns - 1) / grain_ns * grain_ns;
}

/* From the first minute that has anything, where no start is asked. */
static struct query_range clip(const struct view *view, struct query_range range, struct slice name)
{
    int64_t first_ns = INT64_MAX;
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        struct function_facts function;
        int64_t first, end;
        view_function(view, i, &function);
        if ((name.size == 0 || slice_equal(name, function.name)) &&
            view_rollup_range(view, i, &first, &end) && first < first_ns) {
            first_ns = first;
        }
    }
    if (range.from_ns <= 0) {
        range.from_ns = first_ns != INT64_MAX ? first_ns : range.to_ns - MINUTE_NS;
    }
    return range;
}

static void read_point(const struct query *query, struct slice name, int64_t step_ns,
                       struct rollup_sum *sum, struct series_point *point)
{
    const struct view *view = query->view;
    struct query_range range = {point->start_ns, point->start_ns + step_ns};
    memset(sum, 0, sizeof(*sum));
    point->cost = cost_zero();
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        struct function_facts function;
        view_function(view, i, &function);
        if (name.size > 0 && !slice_equal(name, function.name)) {
            continue;
        }
        view_rollup_sum(view, i, range.from_ns, range.to_ns, sum);
    }
    point->facts = sum->facts;
    bool waited = sum->wait.total > 0;
    point->wait_p50_ns = waited ? histogram_percentile(&sum->wait, 50, 100) : UNKNOWN_NS;
    point->wait_p95_ns = waited ? histogram_percentile(&sum->wait, 95, 100) : UNKNOWN_NS;
    point->wait_p99_ns = waited ? histogram_percentile(&sum->wait, 99, 100) : UNKNOWN_NS;
    bool reported = sum->reported.total > 0;
    point->duration_p50_ns = reported ? histogram_percentile(&sum->reported, 50, 100) : UNKNOWN_NS;
    point->duration_p95_ns = reported ? histogram_percentile(&sum->reported, 95, 100) : UNKNOWN_NS;
    point->duration_p99_ns = reported ? histogram_percentile(&sum->reported, 99, 100) : UNKNOWN_NS;
    point->init_p95_ns =
        sum->init.total > 0 ? histogram_percentile(&sum->init, 95, 100) : UNKNOWN_NS;
}

/* Points to which what minutes cost is added. */
struct priced {
    struct series_point *points;
    uint32_t count;
    int64_t step_ns;
};

static void add_priced(void *context, const struct price_minute *minute)
{
    struct priced *priced = context;
    int64_t behind_ns = minute->start_ns - priced->points[0].start_ns;
    int64_t at = behind_ns > 0 ? behind_ns / priced->step_ns : 0;
    at = at < priced->count ? at : priced->count - 1;
    cost_add(&priced->points[at].cost, &minute->cost);
}

static void price_points(const struct query *query, struct slice name, struct priced *priced)
{
    int64_t from_ns = priced->points[0].start_ns;
    struct query_range range = {from_ns, from_ns + priced->count * priced->step_ns};
    for (uint32_t i = 0; i < view_function_count(query->view); i++) {
        struct function_facts function;
        view_function(query->view, i, &function);
        if (name.size == 0 || slice_equal(name, function.name)) {
            price_minutes_each(query, i, range, add_priced, priced);
        }
    }
}

/* A function's prices are looked up once for many points, of which so many are priced at a time
 * that the view is not held for long. */
static void price_series(const struct query *query, struct slice name, struct series *series)
{
    view_read_begin(query->view);
    uint32_t functions = view_function_count(query->view);
    view_read_end(query->view);
    uint64_t minutes = (uint64_t)(series->step_ns / MINUTE_NS) * (functions > 0 ? functions : 1);
    uint32_t most =
        minutes < HOLD_INVOCATION_COUNT ? (uint32_t)(HOLD_INVOCATION_COUNT / minutes) : 1;
    for (uint32_t i = 0; i < series->point_count; i += most) {
        uint32_t left = series->point_count - i;
        struct priced priced = {&series->points[i], left < most ? left : most, series->step_ns};
        view_read_begin(query->view);
        price_points(query, name, &priced);
        view_read_end(query->view);
    }
}

/* Read all points with a step; false when the arena is too small. */
static bool read_points(const struct query *query, struct query_range range, struct slice name,
                        struct arena *arena, struct series *series)
{
    int64_t start_ns = range.from_ns / series->step_ns * series->step_ns;
    series->point_count = (uint32_t)((range.to_ns - 1 - start_ns) / series->step_ns + 1);
    struct rollup_sum *sum = arena_alloc_array(arena, 1, sizeof(*sum));
    series->points =
        arena_alloc_array(arena, (size_t)series->point_count + 1, sizeof(series->points[0]));
    if (sum == NULL || series->points == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < series->point_count; i++) {
        series->points[i].start_ns = start_ns + (int64_t)i * series->step_ns;
        view_read_begin(query->view);
        read_point(query, name, series->step_ns, sum, &series->points[i]);
        view_read_end(query->view);
    }
    price_series(query, name, series);
    return true;
}

enum status series_read(const struct query *query, struct query_range range, struct slice name,
                        struct arena *arena, struct series *series)
{
    *series = (struct series){.point_count = 0};
    struct view *view = query->view;
    view_read_begin(view);
    series->partial = view_counts_missing(view, range.from_ns, range.to_ns);
    range = clip(view, range, name);
    int64_t step_ns = step_for(view, range);
    view_read_end(view);
    while (series->step_ns != step_ns) { /* Counts may become coarser while they are read. */
        series->step_ns = step_ns;
        if (!read_points(query, range, name, arena, series)) {
            return STATUS_FULL;
        }
        view_read_begin(view);
        step_ns = step_for(view, range);
        view_read_end(view);
    }
    return STATUS_OK;
}
