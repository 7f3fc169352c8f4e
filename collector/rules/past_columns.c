/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/past_columns.h"

#include "rules/rules_limits.h"

/* Where a series stands: what is before these was at times before. */
struct past_cursor {
    size_t sample, histogram;
};

void past_columns_begin(struct past_columns *columns, const struct promql_query *query,
                        int64_t step_ms)
{
    columns->query = query;
    columns->slides = promql_reads(query, NULL, NULL).slides;
    columns->steps = PAST_STEP_COUNT_MAX;
    columns->step_ms = step_ms;
    columns->from_ms = 0;
    columns->to_ms = -1;
    arena_reset(&columns->arena);
}

/* ---- Asking. ---- */

static void tell_end(const struct past_asking *asking, int64_t time_ms)
{
    if (asking->ends != NULL) {
        asking->ends(asking->context, time_ms);
    }
}

/* Ask for so many steps. */
static enum status ask_range(struct past_columns *columns, const struct past_asking *asking,
                             int64_t from_ms, size_t steps, struct promql_error *error)
{
    struct promql_run run = asking->run;
    struct promql_value value;
    const struct promql_range range = {from_ms, from_ms + (int64_t)(steps - 1) * columns->step_ms,
                                       columns->step_ms};
    arena_reset(&columns->arena);
    run.arena = &columns->arena;
    tell_end(asking, INT64_MAX);
    enum status status = promql_range(columns->query, &run, &range, &value, error);
    if (status != STATUS_OK) {
        return status;
    }
    columns->cursors =
        arena_alloc_array(&columns->arena, value.series_count + 1, sizeof(struct past_cursor));
    if (columns->cursors == NULL) {
        return STATUS_FULL;
    }
    columns->from_ms = range.start_ms;
    columns->to_ms = range.end_ms;
    columns->series = value.series;
    columns->series_count = value.series_count;
    return STATUS_OK;
}

/* Ask for as many steps as can be had.  STATUS_AGAIN: none but the first, alone. */
static enum status fill(struct past_columns *columns, const struct past_asking *asking,
                        int64_t from_ms, struct promql_error *error)
{
    int64_t left = (asking->until_ms - from_ms) / columns->step_ms + 1;
    for (;;) {
        size_t steps = left > 0 && (uint64_t)left < columns->steps ? (size_t)left : columns->steps;
        if (!columns->slides || steps < 2) {
            columns->steps = columns->steps < 2 ? 2 : columns->steps;
            return STATUS_AGAIN;
        }
        enum status status = ask_range(columns, asking, from_ms, steps, error);
        if (status == STATUS_OK) {
            columns->steps =
                columns->steps < PAST_STEP_COUNT_MAX / 2 ? columns->steps * 2 : PAST_STEP_COUNT_MAX;
            return status;
        }
        columns->to_ms = columns->from_ms - 1;
        if (status == STATUS_TIMEOUT) {
            return status;
        }
        columns->steps = steps / 2;
    }
}

static enum status ask_instant(const struct past_columns *columns, const struct past_asking *asking,
                               int64_t time_ms, struct arena *arena, struct promql_value *value,
                               struct promql_error *error)
{
    struct promql_run run = asking->run;
    run.arena = arena;
    tell_end(asking, time_ms);
    return promql_instant(columns->query, &run, time_ms, value, error);
}

/* ---- One time of many. ---- */

/* What a series has at a time. */
static bool take(const struct series *series, struct past_cursor *cursor, int64_t time_ms,
                 struct series *taken)
{
    *taken = (struct series){.labels = series->labels};
    while (cursor->sample < series->sample_count &&
           series->samples[cursor->sample].time_ms < time_ms) {
        cursor->sample++;
    }
    while (cursor->histogram < series->histogram_count &&
           series->histograms[cursor->histogram].time_ms < time_ms) {
        cursor->histogram++;
    }
    if (cursor->sample < series->sample_count &&
        series->samples[cursor->sample].time_ms == time_ms) {
        taken->samples = &series->samples[cursor->sample];
        taken->sample_count = 1;
    } else if (cursor->histogram < series->histogram_count &&
               series->histograms[cursor->histogram].time_ms == time_ms) {
        taken->histograms = &series->histograms[cursor->histogram];
        taken->histogram_count = 1;
    }
    return taken->sample_count + taken->histogram_count > 0;
}

enum status past_columns_at(struct past_columns *columns, const struct past_asking *asking,
                            int64_t time_ms, struct arena *arena, struct promql_value *value,
                            struct promql_error *error)
{
    if (time_ms < columns->from_ms || time_ms > columns->to_ms) {
        enum status status = fill(columns, asking, time_ms, error);
        if (status == STATUS_AGAIN) {
            return ask_instant(columns, asking, time_ms, arena, value, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    struct series *found = arena_alloc_array(arena, columns->series_count + 1, sizeof(*found));
    if (found == NULL) {
        error->kind = PROMQL_ERROR_EXECUTION;
        (void)slice_copy_text(SLICE("out of memory"), error->message, sizeof(error->message));
        return STATUS_FULL;
    }
    *value = (struct promql_value){.type = PROMQL_VECTOR, .time_ms = time_ms, .series = found};
    for (size_t i = 0; i < columns->series_count; i++) {
        value->series_count +=
            take(&columns->series[i], &columns->cursors[i], time_ms, &found[value->series_count]);
    }
    return STATUS_OK;
}
