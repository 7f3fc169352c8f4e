/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/call.h"

#include "promql/function.h"

#include <math.h>
#include <stdlib.h>

/* --- of the time of evaluation ---------------------------------------------------------------- */

static enum status one_row(struct eval *eval, struct grid *result)
{
    return grid_init(result, eval->arena, 1, eval->steps) ? STATUS_OK : eval_full(eval);
}

static double seconds_at(const struct eval *eval, size_t step)
{
    return (double)eval_time(eval, step) / 1000;
}

enum status call_time(struct eval *eval, const struct node *call, struct grid *result)
{
    (void)call;
    enum status status = one_row(eval, result);
    for (size_t step = 0; step < eval->steps && status == STATUS_OK; step++) {
        result->rows[0].values[step] = seconds_at(eval, step);
    }
    return status;
}

enum status call_pi(struct eval *eval, const struct node *call, struct grid *result)
{
    (void)call;
    enum status status = one_row(eval, result);
    for (size_t step = 0; step < eval->steps && status == STATUS_OK; step++) {
        result->rows[0].values[step] = acos(-1);
    }
    return status;
}

/* Parts of dates: of the values of a vector, or of the time of evaluation. */
enum status call_date(struct eval *eval, const struct node *call, struct grid *result)
{
    bool own_time = call->call.count == 0;
    enum status status =
        own_time ? call_time(eval, call, result) : eval_node(eval, call->call.arguments[0], result);
    if (status != STATUS_OK) {
        return status;
    }
    grid_drop_histograms(result);
    for (size_t i = 0; i < result->count; i++) {
        double *values = result->rows[i].values;
        for (size_t step = 0; step < eval->steps; step++) {
            if (!sample_is_stale(values[step])) {
                values[step] = call->call.function->part(values[step]);
            }
        }
    }
    return eval_drop_names(eval, result);
}

enum status call_timestamp(struct eval *eval, const struct node *call, struct grid *result)
{
    const struct node *argument = call->call.arguments[0];
    if (argument->kind == NODE_SELECTOR) {
        enum status status = eval_selector_times(eval, argument, result);
        return status == STATUS_OK ? eval_drop_names(eval, result) : status;
    }
    enum status status = eval_node(eval, argument, result);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < result->count; i++) {
        for (size_t step = 0; step < eval->steps; step++) {
            if (grid_has(&result->rows[i], step)) {
                grid_clear(&result->rows[i], step);
                result->rows[i].values[step] = seconds_at(eval, step);
            }
        }
    }
    return eval_drop_names(eval, result);
}

/* --- scalars and vectors ---------------------------------------------------------------------- */

enum status call_vector(struct eval *eval, const struct node *call, struct grid *result)
{
    return eval_node(eval, call->call.arguments[0], result);
}

enum status call_scalar(struct eval *eval, const struct node *call, struct grid *result)
{
    struct grid vector;
    enum status status = eval_node(eval, call->call.arguments[0], &vector);
    status = status == STATUS_OK ? one_row(eval, result) : status;
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t step = 0; step < eval->steps; step++) {
        double value = (double)NAN;
        size_t found = 0;
        for (size_t i = 0; i < vector.count && found < 2; i++) {
            bool has = grid_histogram(&vector.rows[i], step) == NULL &&
                       grid_has_float(&vector.rows[i], step);
            value = has ? vector.rows[i].values[step] : value;
            found += has;
        }
        result->rows[0].values[step] = found == 1 ? value : (double)NAN;
    }
    return STATUS_OK;
}

/* --- absence ---------------------------------------------------------------------------------- */

/* The labels that a selector says all its series have: those of =, where no other matcher is about
 * the same label. */
static bool absent_labels(struct eval *eval, const struct node *argument, struct label_set *labels)
{
    const struct node *node = argument->kind == NODE_RANGE ? argument->range.selector : argument;
    *labels = (struct label_set){0};
    if (node->kind != NODE_SELECTOR) {
        return true;
    }
    const struct node_selector *selector = &node->selector;
    struct label *items =
        arena_alloc_array(eval->arena, selector->matcher_count + 1, sizeof(*items));
    size_t count = 0;
    for (size_t i = 0; i < selector->matcher_count && items != NULL; i++) {
        const struct matcher *matcher = &selector->matchers[i];
        size_t about = 0;
        for (size_t k = 0; k < selector->matcher_count; k++) {
            about += slice_equal(selector->matchers[k].name, matcher->name);
        }
        if (matcher->kind == MATCHER_EQUAL && about == 1 &&
            !slice_equal(matcher->name, LABEL_NAME)) {
            items[count++] = (struct label){matcher->name, matcher->value};
        }
    }
    if (items != NULL) {
        *labels = (struct label_set){items, labels_normalise(items, count)};
    }
    return items != NULL;
}

/* 1 where present is 0. */
static enum status absence(struct eval *eval, const struct node *argument,
                           const unsigned char *present, struct grid *result)
{
    enum status status = one_row(eval, result);
    if (status != STATUS_OK || !absent_labels(eval, argument, &result->rows[0].labels)) {
        return eval_full(eval);
    }
    for (size_t step = 0; step < eval->steps; step++) {
        if (!present[step]) {
            result->rows[0].values[step] = 1;
        }
    }
    grid_drop_empty(result);
    return STATUS_OK;
}

enum status call_absent(struct eval *eval, const struct node *call, struct grid *result)
{
    struct grid vector;
    unsigned char *present = arena_alloc_array(eval->arena, eval->steps, 1);
    enum status status = eval_node(eval, call->call.arguments[0], &vector);
    if (status != STATUS_OK || present == NULL) {
        return status != STATUS_OK ? status : eval_full(eval);
    }
    for (size_t i = 0; i < vector.count; i++) {
        for (size_t step = 0; step < eval->steps; step++) {
            present[step] |= grid_has(&vector.rows[i], step);
        }
    }
    return absence(eval, call->call.arguments[0], present, result);
}

/* Mark the steps that see a sample at one time; those steps are neighbours. */
static void mark_seen(const struct eval *eval, const struct eval_series *series, int64_t time_ms,
                      unsigned char *present, size_t *first)
{
    while (*first < eval->steps && eval_reference(eval, &series->when, *first) < time_ms) {
        *first += 1;
    }
    for (size_t step = *first; step < eval->steps; step++) {
        if (eval_reference(eval, &series->when, step) - series->range_ms >= time_ms) {
            return;
        }
        present[step] = 1;
    }
}

enum status call_absent_over_time(struct eval *eval, const struct node *call, struct grid *result)
{
    struct eval_series series;
    unsigned char *present = arena_alloc_array(eval->arena, eval->steps, 1);
    enum status status = eval_range(eval, call->call.arguments[0], &series);
    if (status != STATUS_OK || present == NULL) {
        return status != STATUS_OK ? status : eval_full(eval);
    }
    for (size_t i = 0; i < series.count; i++) {
        size_t first = 0;
        for (size_t k = 0; k < series.items[i].sample_count; k++) {
            mark_seen(eval, &series, series.items[i].samples[k].time_ms, present, &first);
        }
        first = 0;
        for (size_t k = 0; k < series.items[i].histogram_count; k++) {
            mark_seen(eval, &series, series.items[i].histograms[k].time_ms, present, &first);
        }
        status = eval_count(eval, eval->steps);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return absence(eval, call->call.arguments[0], present, result);
}

/* --- numbers with parameters ------------------------------------------------------------------ */

/* Unlike those of fmin() and fmax(), a NaN is the result, but where the other is the least, or the
 * most, that there is. */
static double least(double one, double other)
{
    if (one == -(double)INFINITY || other == -(double)INFINITY) {
        return -(double)INFINITY;
    }
    return isnan(one) || isnan(other) ? (double)NAN : one < other ? one : other;
}

static double most(double one, double other)
{
    if (one == (double)INFINITY || other == (double)INFINITY) {
        return (double)INFINITY;
    }
    return isnan(one) || isnan(other) ? (double)NAN : one > other ? one : other;
}

/* The vector into result, without histograms, and up to two scalars. */
static enum status eval_with_scalars(struct eval *eval, const struct node *call,
                                     struct grid *result, const double *scalars[2])
{
    enum status status = eval_node(eval, call->call.arguments[0], result);
    for (size_t i = 1; i < call->call.count && status == STATUS_OK; i++) {
        struct grid scalar;
        status = eval_node(eval, call->call.arguments[i], &scalar);
        scalars[i - 1] = status == STATUS_OK ? scalar.rows[0].values : NULL;
    }
    if (status == STATUS_OK) {
        grid_drop_histograms(result);
    }
    return status;
}

/* Bounds that are NULL are none. */
static enum status clamp(struct eval *eval, struct grid *result, const double *lower,
                         const double *upper)
{
    for (size_t i = 0; i < result->count; i++) {
        double *values = result->rows[i].values;
        for (size_t step = 0; step < eval->steps; step++) {
            if (sample_is_stale(values[step])) {
                continue;
            }
            if (lower != NULL && upper != NULL && upper[step] < lower[step]) {
                grid_clear(&result->rows[i], step);
                continue;
            }
            values[step] = upper == NULL ? values[step] : least(upper[step], values[step]);
            values[step] = lower == NULL ? values[step] : most(lower[step], values[step]);
        }
    }
    return eval_drop_names(eval, result);
}

enum status call_clamp(struct eval *eval, const struct node *call, struct grid *result)
{
    const double *scalars[2] = {NULL, NULL};
    enum status status = eval_with_scalars(eval, call, result, scalars);
    return status == STATUS_OK ? clamp(eval, result, scalars[0], scalars[1]) : status;
}

enum status call_clamp_max(struct eval *eval, const struct node *call, struct grid *result)
{
    const double *scalars[2] = {NULL, NULL};
    enum status status = eval_with_scalars(eval, call, result, scalars);
    return status == STATUS_OK ? clamp(eval, result, NULL, scalars[0]) : status;
}

enum status call_clamp_min(struct eval *eval, const struct node *call, struct grid *result)
{
    const double *scalars[2] = {NULL, NULL};
    enum status status = eval_with_scalars(eval, call, result, scalars);
    return status == STATUS_OK ? clamp(eval, result, scalars[0], NULL) : status;
}

enum status call_round(struct eval *eval, const struct node *call, struct grid *result)
{
    const double *scalars[2] = {NULL, NULL};
    enum status status = eval_with_scalars(eval, call, result, scalars);
    for (size_t i = 0; status == STATUS_OK && i < result->count; i++) {
        double *values = result->rows[i].values;
        for (size_t step = 0; step < eval->steps; step++) {
            /* Multiplied by the inverse: 0.1 is less exact than 10. */
            double inverse = scalars[0] == NULL ? 1 : 1 / scalars[0][step];
            if (!sample_is_stale(values[step])) {
                values[step] = floor(values[step] * inverse + 0.5) / inverse;
            }
        }
    }
    return status == STATUS_OK ? eval_drop_names(eval, result) : status;
}

/* --- order ------------------------------------------------------------------------------------ */

/* NaN is last in both orders. */
static int by_value(double left, double right, bool descending)
{
    if (isnan(left) || isnan(right)) {
        return (isnan(left) ? 1 : 0) - (isnan(right) ? 1 : 0);
    }
    int order = (left > right) - (left < right);
    return descending ? -order : order;
}

static int ascending(const void *one, const void *other)
{
    const struct grid_row *left = one, *right = other;
    return by_value(left->values[0], right->values[0], false);
}

static int descending(const void *one, const void *other)
{
    const struct grid_row *left = one, *right = other;
    return by_value(left->values[0], right->values[0], true);
}

static enum status sort(struct eval *eval, const struct node *call, struct grid *result,
                        int (*order)(const void *, const void *))
{
    enum status status = eval_node(eval, call->call.arguments[0], result);
    if (status == STATUS_OK) {
        grid_drop_histograms(result);
        grid_drop_empty(result);
    }
    if (status == STATUS_OK && eval->steps == 1 && result->count > 1) {
        qsort(result->rows, result->count, sizeof(*result->rows), order);
    }
    return status;
}

enum status call_sort(struct eval *eval, const struct node *call, struct grid *result)
{
    return sort(eval, call, result, ascending);
}

enum status call_sort_desc(struct eval *eval, const struct node *call, struct grid *result)
{
    return sort(eval, call, result, descending);
}
