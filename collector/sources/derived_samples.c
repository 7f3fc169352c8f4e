/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/money.h"
#include "sources/derived_private.h"

#include <math.h>
#include <stdlib.h>

/* The times at which samples stand: ends of minutes from first_ms to end_ms, and, where the last
 * minute still runs, the end of the span or now. */
struct grid {
    int64_t at_ms, last_ms;
    int64_t live_ms; /* INT64_MIN: no minute runs. */
    size_t most;
};

static int64_t grid_up(int64_t time_ms)
{
    int64_t rest = time_ms % DERIVED_STEP_MS;
    return rest > 0 ? time_ms - rest + DERIVED_STEP_MS : time_ms - rest;
}

static struct grid grid_of(const struct derived_span *span, int64_t first_ms, int64_t end_ms)
{
    struct grid grid = {.live_ms = INT64_MIN};
    int64_t last_ms = span->to_ms < span->now_ms ? span->to_ms : span->now_ms;
    last_ms = last_ms < end_ms ? last_ms : end_ms;
    grid.at_ms = grid_up(span->from_ms > first_ms ? span->from_ms : first_ms);
    grid.last_ms = last_ms - (last_ms % DERIVED_STEP_MS);
    bool running = span->now_ms - span->now_ms % DERIVED_STEP_MS == grid.last_ms ||
                   span->now_ms - last_ms < DERIVED_NOW_MS;
    if (running && last_ms > grid.last_ms && last_ms < end_ms && last_ms >= span->from_ms) {
        grid.live_ms = last_ms;
    }
    if (grid.last_ms >= grid.at_ms) {
        grid.most = (size_t)((grid.last_ms - grid.at_ms) / DERIVED_STEP_MS) + 1;
    }
    return grid;
}

/* The next time; false at the end.  *live: all that is known counts. */
static bool grid_next(struct grid *grid, int64_t *time_ms, bool *live)
{
    *live = false;
    if (grid->at_ms <= grid->last_ms) {
        *time_ms = grid->at_ms;
        grid->at_ms += DERIVED_STEP_MS;
        return true;
    }
    *time_ms = grid->live_ms;
    *live = true;
    grid->live_ms = INT64_MIN;
    return *time_ms != INT64_MIN;
}

static struct derived_samples samples_of(const struct derived_span *span, const struct grid *grid)
{
    return (struct derived_samples){
        .items = arena_alloc_array(span->arena, grid->most + 2, sizeof(struct sample))};
}

static struct grid grid_of_line(const struct derived_span *span, const struct derived_line *line)
{
    return grid_of(span, line->first_ms, line->end_ms + DERIVED_SILENT_MS);
}

/* What a row adds. */
typedef double row_value(const struct derived_row *row, int which, int part);

/* The sum, which was so much before the rows, up to each time of the grid, in units of so many. */
struct summing {
    row_value *value;
    int which, part;
    double before;
    double unit;
    bool whole; /* There are no halves. */
};

static struct derived_samples samples_sum(const struct derived_span *span,
                                          const struct derived_line *line,
                                          const struct summing *summing)
{
    struct grid grid = grid_of_line(span, line);
    struct derived_samples samples = samples_of(span, &grid);
    row_value *value = summing->value;
    double sum = summing->before;
    size_t at = 0;
    int64_t time_ms;
    bool live;
    while (samples.items != NULL && grid_next(&grid, &time_ms, &live)) {
        while (at < line->count && (line->rows[at].start_ms + line->rows[at].grain_ms <= time_ms ||
                                    (live && line->rows[at].start_ms <= time_ms &&
                                     line->rows[at].grain_ms == DERIVED_STEP_MS))) {
            sum += value(&line->rows[at++], summing->which, summing->part);
        }
        double more = 0;
        if (at < line->count && line->rows[at].start_ms < time_ms) {
            const struct derived_row *row = &line->rows[at];
            more = value(row, summing->which, summing->part) * (double)(time_ms - row->start_ms) /
                   (double)row->grain_ms;
            more = summing->whole ? floor(more) : more;
        }
        samples.items[samples.count++] = (struct sample){time_ms, (sum + more) / summing->unit};
    }
    return samples;
}

static double value_count(const struct derived_row *row, int which, int part)
{
    (void)part;
    return row->counts[which];
}

static double spread_value(const struct derived_spread *spread, int part)
{
    double sum = 0;
    if (part == DERIVED_PART_SUM) {
        return spread->sum_s;
    }
    int last = part == DERIVED_PART_COUNT ? DERIVED_BOUND_COUNT : part;
    for (int i = 0; i <= last; i++) {
        sum += (double)spread->counts[i];
    }
    return sum;
}

static double value_spread(const struct derived_row *row, int which, int part)
{
    return spread_value(&row->spreads[which], part);
}

/* What is counted is whole milliseconds, megabyte-milliseconds, and units of money. */
static double counter_unit(enum derived_id id)
{
    switch ((unsigned)id) {
    case DERIVED_BILLED_SECONDS:
        return 1e3;
    case DERIVED_GIGABYTE_SECONDS:
        return 1024e3;
    case DERIVED_COLD_WAIT_SECONDS:
        return 1e6;
    case DERIVED_COST_DOLLARS:
        return (double)MONEY_UNITS_PER_DOLLAR;
    default:
        return 1;
    }
}

struct derived_samples derived_counter(const struct derived_span *span,
                                       const struct derived_line *line, enum derived_id id)
{
    const struct summing summing = {
        .value = value_count,
        .which = (int)id,
        .before = line->before.counts[id],
        .unit = counter_unit(id),
        .whole = id < DERIVED_BILLED_SECONDS,
    };
    return samples_sum(span, line, &summing);
}

struct derived_samples derived_histogram(const struct derived_span *span,
                                         const struct derived_line *line, enum derived_id id,
                                         int part)
{
    const struct summing summing = {
        .value = value_spread,
        .which = (int)id - DERIVED_INIT_DURATION,
        .part = part,
        .before = spread_value(&line->before.spreads[id - DERIVED_INIT_DURATION], part),
        .unit = 1,
        .whole = part != DERIVED_PART_SUM,
    };
    return samples_sum(span, line, &summing);
}

struct derived_samples derived_memory_used(const struct derived_span *span,
                                           const struct derived_line *line)
{
    struct grid grid = grid_of_line(span, line);
    struct derived_samples samples = samples_of(span, &grid);
    size_t at = 0;
    int64_t time_ms;
    bool live;
    while (samples.items != NULL && grid_next(&grid, &time_ms, &live)) {
        while (at < line->count && line->rows[at].start_ms + line->rows[at].grain_ms < time_ms) {
            at++;
        }
        const struct derived_row *row = at < line->count ? &line->rows[at] : NULL;
        if (row != NULL && row->start_ms < time_ms && row->max_memory_mb != UNKNOWN_INT) {
            samples.items[samples.count++] =
                (struct sample){time_ms, (double)row->max_memory_mb * 1048576};
        }
    }
    return samples;
}

struct derived_samples derived_memory_limit(const struct derived_span *span,
                                            const struct derived_function *function)
{
    struct grid grid = grid_of(span, function->first_ms, function->end_ms + DERIVED_SILENT_MS);
    struct derived_samples samples = samples_of(span, &grid);
    int64_t time_ms;
    bool live;
    while (samples.items != NULL && grid_next(&grid, &time_ms, &live)) {
        samples.items[samples.count++] =
            (struct sample){time_ms, (double)function->facts.memory_mb * 1048576};
    }
    return samples;
}

static int life_begins(const void *one, const void *other)
{
    const struct derived_life *a = one;
    const struct derived_life *b = other;
    return (a->from_ms > b->from_ms) - (a->from_ms < b->from_ms);
}

/* Sort the ends of lives alone: which began first does not matter any more. */
static int life_ends(const void *one, const void *other)
{
    const int64_t *a = one;
    const int64_t *b = other;
    return (*a > *b) - (*a < *b);
}

struct derived_samples derived_instances(const struct derived_span *span,
                                         const struct derived_function *function)
{
    size_t count = function->life_count;
    struct derived_samples none = {.items = NULL};
    int64_t *ends = arena_alloc_array(span->arena, count + 1, sizeof(ends[0]));
    if (ends == NULL) {
        return none;
    }
    qsort(function->lives, count, sizeof(function->lives[0]), life_begins);
    for (size_t i = 0; i < count; i++) {
        ends[i] = function->lives[i].to_ms;
    }
    qsort(ends, count, sizeof(ends[0]), life_ends);
    int64_t first_ms = count > 0 ? function->lives[0].from_ms : INT64_MAX;
    int64_t end_ms = count > 0 ? ends[count - 1] + DERIVED_SILENT_MS : INT64_MIN;
    struct grid grid = grid_of(span, first_ms, end_ms);
    struct derived_samples samples = samples_of(span, &grid);
    size_t begun = 0;
    size_t ended = 0;
    int64_t time_ms;
    bool live;
    while (samples.items != NULL && grid_next(&grid, &time_ms, &live)) {
        while (begun < count && function->lives[begun].from_ms <= time_ms) {
            begun++;
        }
        while (ended < count && ends[ended] <= time_ms) {
            ended++;
        }
        samples.items[samples.count++] = (struct sample){time_ms, (double)(begun - ended)};
    }
    return samples;
}
