/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_CHART_H
#define THAW_COLLECTOR_ALERT_ALERT_CHART_H

#include "base/arena.h"
#include "base/json_write.h"
#include "promql/growing.h"
#include "promql/labels.h"
#include "promql/promql.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a rule compares, folded into as many points as a screen has: of each the worst value, the
 * highest where the rule fires above and else the lowest, so that nothing is lost that made it
 * fire.  Pure memory, in an arena.
 */
struct alert_chart {
    struct arena *arena;
    const struct promql_query *left, *right; /* NULL: there is none. */
    bool above;
    int64_t from_ms, to_ms, point_ms;
    size_t point_count;
    struct growing values, thresholds; /* Of struct alert_chart_line. */
    size_t left_out;                   /* Series that there was no room for. */
};

/* A chart of a rule's query, between two times, of steps of so many milliseconds. */
void alert_chart_init(struct alert_chart *chart, struct arena *arena,
                      const struct promql_query *query, int64_t from_ms, int64_t to_ms,
                      int64_t step_ms);

/* Take the values of a time; scratch is for a while. */
void alert_chart_take(struct alert_chart *chart, const struct promql_value *value, int64_t time_ms,
                      struct arena *scratch);
void alert_chart_take_threshold(struct alert_chart *chart, const struct promql_value *value,
                                int64_t time_ms, struct arena *scratch);

/* Write it as an object: those series first for which is_shown answers true, and of the others the
 * worst. */
void alert_chart_write(struct alert_chart *chart, struct json_write *writer, uint64_t delay_ns,
                       bool (*is_shown)(void *context, uint64_t source_hash), void *context);

#endif
