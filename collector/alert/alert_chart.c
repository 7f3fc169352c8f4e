/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_chart.h"

#include "alert/alert_limits.h"

#include "rules/rule_eval.h"

#include <math.h>
#include <stdlib.h>

#define MS_NS UINT64_C(1000000)

/* A series, by point; NaN: there is none. */
struct alert_chart_line {
    struct label_set labels;
    uint64_t source_hash;
    double *points;
    double worst;
    bool shown; /* It is asked for whatever it has. */
};

void alert_chart_init(struct alert_chart *chart, struct arena *arena,
                      const struct promql_query *query, int64_t from_ms, int64_t to_ms,
                      int64_t step_ms)
{
    struct promql_comparison compared = {.left = query, .above = true};
    *chart = (struct alert_chart){.arena = arena, .from_ms = from_ms, .to_ms = to_ms};
    if (promql_compared(query, arena, &compared) != STATUS_OK) {
        compared = (struct promql_comparison){.left = query, .above = true};
    }
    chart->left = compared.left;
    chart->right = compared.right;
    chart->above = compared.above;
    int64_t steps = (to_ms - from_ms) / step_ms + 1;
    int64_t of_point = (steps + ALERT_PREVIEW_POINT_COUNT_MAX - 1) / ALERT_PREVIEW_POINT_COUNT_MAX;
    chart->point_ms = step_ms * of_point;
    chart->point_count = (size_t)((to_ms - from_ms) / chart->point_ms) + 1;
    chart->values = growing_of(arena, sizeof(struct alert_chart_line));
    chart->thresholds = growing_of(arena, sizeof(struct alert_chart_line));
}

static struct alert_chart_line *find_line(struct growing *lines, uint64_t source_hash)
{
    struct alert_chart_line *items = lines->items;
    for (size_t i = 0; i < lines->count; i++) {
        if (items[i].source_hash == source_hash) {
            return &items[i];
        }
    }
    return NULL;
}

/* The line of a series, made where there is none; NULL: there is no room. */
static struct alert_chart_line *take_line(struct alert_chart *chart, struct growing *lines,
                                          const struct label_set *labels, uint64_t source_hash)
{
    struct alert_chart_line *line = find_line(lines, source_hash);
    if (line != NULL) {
        return line;
    }
    struct label_set copy;
    double *points = lines->count == ALERT_PREVIEW_SERIES_COUNT_MAX
                         ? NULL
                         : arena_alloc_array(chart->arena, chart->point_count, sizeof(*points));
    if (points == NULL || !labels_dup(labels, chart->arena, &copy)) {
        return NULL;
    }
    line = growing_push(lines);
    if (line == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < chart->point_count; i++) {
        points[i] = (double)NAN;
    }
    *line = (struct alert_chart_line){copy, source_hash, points, (double)NAN, false};
    return line;
}

static bool is_worse(const struct alert_chart *chart, double one, double than)
{
    return isnan(than) || (chart->above ? one > than : one < than);
}

static void take(struct alert_chart *chart, struct growing *lines, const struct promql_value *value,
                 int64_t time_ms, struct arena *scratch)
{
    if (time_ms < chart->from_ms || time_ms > chart->to_ms) {
        return;
    }
    size_t point = (size_t)((time_ms - chart->from_ms) / chart->point_ms);
    for (size_t i = 0; i < value->series_count; i++) {
        const struct series *series = &value->series[i];
        if (series->sample_count == 0 || isnan(series->samples[0].value)) {
            continue;
        }
        uint64_t source_hash = rule_eval_source(&series->labels, scratch);
        struct alert_chart_line *line = take_line(chart, lines, &series->labels, source_hash);
        if (line == NULL) {
            chart->left_out++;
            continue;
        }
        double seen = series->samples[0].value;
        line->points[point] =
            is_worse(chart, seen, line->points[point]) ? seen : line->points[point];
        line->worst = is_worse(chart, seen, line->worst) ? seen : line->worst;
    }
}

void alert_chart_take(struct alert_chart *chart, const struct promql_value *value, int64_t time_ms,
                      struct arena *scratch)
{
    take(chart, &chart->values, value, time_ms, scratch);
}

void alert_chart_take_threshold(struct alert_chart *chart, const struct promql_value *value,
                                int64_t time_ms, struct arena *scratch)
{
    take(chart, &chart->thresholds, value, time_ms, scratch);
}

/* ---- Writing. ---- */

/* What is shown whatever it has, then what is worst; the sort needs to know which way. */
static int by_worst(const void *one, const void *other, bool above)
{
    const struct alert_chart_line *left = one, *right = other;
    if (left->shown != right->shown) {
        return left->shown ? -1 : 1;
    }
    if (left->worst != right->worst && !isnan(left->worst) && !isnan(right->worst)) {
        return (left->worst > right->worst) == above ? -1 : 1;
    }
    return left->source_hash < right->source_hash ? -1 : left->source_hash > right->source_hash;
}

static int highest_first(const void *one, const void *other)
{
    return by_worst(one, other, true);
}

static int lowest_first(const void *one, const void *other)
{
    return by_worst(one, other, false);
}

static void write_points(struct json_write *writer, struct slice key,
                         const struct alert_chart *chart, const struct alert_chart_line *line)
{
    json_write_member_array(writer, key);
    for (size_t i = 0; i < chart->point_count; i++) {
        json_write_double(writer, line->points[i], JSON_NONFINITE_NULL);
    }
    json_write_array_end(writer);
}

static void write_line(struct json_write *writer, struct alert_chart *chart,
                       const struct alert_chart_line *line)
{
    const struct alert_chart_line *threshold =
        chart->thresholds.count == 1 ? NULL : find_line(&chart->thresholds, line->source_hash);
    json_write_object_begin(writer);
    json_write_member_object(writer, SLICE("labels"));
    for (size_t i = 0; i < line->labels.count; i++) {
        json_write_member_string(writer, line->labels.items[i].name, line->labels.items[i].value);
    }
    json_write_object_end(writer);
    json_write_member_bool(writer, SLICE("alert"), line->shown);
    write_points(writer, SLICE("values"), chart, line);
    if (threshold != NULL) {
        write_points(writer, SLICE("threshold"), chart, threshold);
    }
    json_write_object_end(writer);
}

void alert_chart_write(struct alert_chart *chart, struct json_write *writer, uint64_t delay_ns,
                       bool (*is_shown)(void *context, uint64_t source_hash), void *context)
{
    struct alert_chart_line *lines = chart->values.items;
    size_t count = chart->values.count;
    for (size_t i = 0; i < count; i++) {
        lines[i].shown = is_shown(context, lines[i].source_hash);
    }
    if (count > 1) {
        qsort(lines, count, sizeof(*lines), chart->above ? highest_first : lowest_first);
    }
    size_t shown =
        count < ALERT_PREVIEW_SHOWN_COUNT_MAX ? count : (size_t)ALERT_PREVIEW_SHOWN_COUNT_MAX;
    json_write_object_begin(writer);
    json_write_member_bool(writer, SLICE("above"), chart->above);
    json_write_member_bool(writer, SLICE("compares"), chart->right != NULL);
    json_write_member_u64_text(writer, SLICE("from"), (uint64_t)chart->from_ms * MS_NS + delay_ns);
    json_write_key(writer, SLICE("step_s"));
    json_write_double(writer, (double)chart->point_ms / 1000, JSON_NONFINITE_NULL);
    json_write_member_array(writer, SLICE("series"));
    for (size_t i = 0; i < shown; i++) {
        write_line(writer, chart, &lines[i]);
    }
    json_write_array_end(writer);
    if (chart->thresholds.count == 1) {
        write_points(writer, SLICE("threshold"), chart, chart->thresholds.items);
    } else {
        json_write_member_null(writer, SLICE("threshold"));
    }
    json_write_member_u64(writer, SLICE("more_series"), count - shown);
    json_write_object_end(writer);
}
