/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/function.h"

#include "promql/call.h"
#include "promql/numbers.h"
#include "promql/window.h"

#include <math.h>

/* What functions take, in short. */
#define V PROMQL_VECTOR
#define M PROMQL_MATRIX
#define S PROMQL_SCALAR
#define T PROMQL_STRING

/* A function of single numbers, of a range alone, and a part of dates. */
#define NUMBER(text, function)                                                                     \
    {                                                                                              \
        .name = (text), .result = V, .arguments = {V}, .count = 1, .number = (function)            \
    }
#define WINDOW(text, function)                                                                     \
    {                                                                                              \
        .name = (text), .result = V, .arguments = {M}, .count = 1, .window = (function)            \
    }
#define DATE(text, function)                                                                       \
    {                                                                                              \
        .name = (text), .result = V, .arguments = {V}, .count = 1, .optional = 1, .varies = true,  \
        .part = (function), .eval = call_date                                                      \
    }

/* Sorted by name. */
static const struct function functions[] = {
    NUMBER("abs", fabs),
    {.name = "absent", .result = V, .arguments = {V}, .count = 1, .eval = call_absent},
    {.name = "absent_over_time",
     .result = V,
     .arguments = {M},
     .count = 1,
     .eval = call_absent_over_time},
    NUMBER("acos", acos),
    NUMBER("acosh", acosh),
    NUMBER("asin", asin),
    NUMBER("asinh", asinh),
    NUMBER("atan", atan),
    NUMBER("atanh", atanh),
    WINDOW("avg_over_time", over_time_avg),
    NUMBER("ceil", ceil),
    WINDOW("changes", rate_changes),
    {.name = "clamp", .result = V, .arguments = {V, S, S}, .count = 3, .eval = call_clamp},
    {.name = "clamp_max", .result = V, .arguments = {V, S}, .count = 2, .eval = call_clamp_max},
    {.name = "clamp_min", .result = V, .arguments = {V, S}, .count = 2, .eval = call_clamp_min},
    NUMBER("cos", cos),
    NUMBER("cosh", cosh),
    WINDOW("count_over_time", over_time_count),
    DATE("day_of_month", numbers_day_of_month),
    DATE("day_of_week", numbers_day_of_week),
    DATE("day_of_year", numbers_day_of_year),
    DATE("days_in_month", numbers_days_in_month),
    NUMBER("deg", numbers_deg),
    WINDOW("delta", rate_delta),
    WINDOW("deriv", trend_deriv),
    {.name = "double_exponential_smoothing",
     .result = V,
     .arguments = {M, S, S},
     .count = 3,
     .window = trend_smooth},
    NUMBER("exp", exp),
    NUMBER("floor", floor),
    {.name = "histogram_avg",
     .result = V,
     .arguments = {V},
     .count = 1,
     .eval = call_histogram_avg},
    {.name = "histogram_count",
     .result = V,
     .arguments = {V},
     .count = 1,
     .eval = call_histogram_count},
    {.name = "histogram_fraction",
     .result = V,
     .arguments = {S, S, V},
     .count = 3,
     .eval = call_histogram_fraction},
    {.name = "histogram_quantile",
     .result = V,
     .arguments = {S, V},
     .count = 2,
     .eval = call_histogram_quantile},
    {.name = "histogram_stddev",
     .result = V,
     .arguments = {V},
     .count = 1,
     .eval = call_histogram_stddev},
    {.name = "histogram_stdvar",
     .result = V,
     .arguments = {V},
     .count = 1,
     .eval = call_histogram_stdvar},
    {.name = "histogram_sum",
     .result = V,
     .arguments = {V},
     .count = 1,
     .eval = call_histogram_sum},
    {.name = "holt_winters", /* Until Prometheus 3 the name of double_exponential_smoothing. */
     .result = V,
     .arguments = {M, S, S},
     .count = 3,
     .window = trend_smooth},
    DATE("hour", numbers_hour),
    WINDOW("idelta", rate_idelta),
    WINDOW("increase", rate_increase),
    WINDOW("irate", rate_irate),
    {.name = "label_join",
     .result = V,
     .arguments = {V, T, T, T},
     .count = 4,
     .optional = -1,
     .eval = call_label_join},
    {.name = "label_replace",
     .result = V,
     .arguments = {V, T, T, T, T},
     .count = 5,
     .eval = call_label_replace},
    {.name = "last_over_time",
     .result = V,
     .arguments = {M},
     .count = 1,
     .keeps_name = true,
     .window = over_time_last},
    NUMBER("ln", log),
    NUMBER("log10", log10),
    NUMBER("log2", log2),
    WINDOW("max_over_time", over_time_max),
    WINDOW("min_over_time", over_time_min),
    DATE("minute", numbers_minute),
    DATE("month", numbers_month),
    {.name = "pi", .result = S, .eval = call_pi},
    {.name = "predict_linear",
     .result = V,
     .arguments = {M, S},
     .count = 2,
     .varies = true,
     .window = trend_predict},
    WINDOW("present_over_time", over_time_present),
    {.name = "quantile_over_time",
     .result = V,
     .arguments = {S, M},
     .count = 2,
     .window = over_time_quantile},
    NUMBER("rad", numbers_rad),
    WINDOW("rate", rate_rate),
    WINDOW("resets", rate_resets),
    {.name = "round",
     .result = V,
     .arguments = {V, S},
     .count = 2,
     .optional = 1,
     .eval = call_round},
    {.name = "scalar", .result = S, .arguments = {V}, .count = 1, .eval = call_scalar},
    NUMBER("sgn", numbers_sgn),
    NUMBER("sin", sin),
    NUMBER("sinh", sinh),
    {.name = "sort", .result = V, .arguments = {V}, .count = 1, .eval = call_sort},
    {.name = "sort_desc", .result = V, .arguments = {V}, .count = 1, .eval = call_sort_desc},
    NUMBER("sqrt", sqrt),
    WINDOW("stddev_over_time", over_time_stddev),
    WINDOW("stdvar_over_time", over_time_stdvar),
    WINDOW("sum_over_time", over_time_sum),
    NUMBER("tan", tan),
    NUMBER("tanh", tanh),
    {.name = "time", .result = S, .varies = true, .eval = call_time},
    {.name = "timestamp",
     .result = V,
     .arguments = {V},
     .count = 1,
     .varies = true,
     .eval = call_timestamp},
    {.name = "vector", .result = V, .arguments = {S}, .count = 1, .eval = call_vector},
    DATE("year", numbers_year),
};

#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))

/* What newer versions have behind a flag, or for histograms with bounds of their own. */
static const char *const absent[] = {
    "first_over_time",
    "histogram_quantiles",
    "info",
    "limit_ratio",
    "limitk",
    "mad_over_time",
    "max_of",
    "min_of",
    "range",
    "sort_by_label",
    "sort_by_label_desc",
    "start_timestamp",
    "step",
    "ts_of_first_over_time",
    "ts_of_last_over_time",
    "ts_of_max_over_time",
    "ts_of_min_over_time",
};

const struct function *promql_function_find(struct slice name)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (slice_equal(name, slice_from(functions[i].name))) {
            return &functions[i];
        }
    }
    return NULL;
}

bool promql_function_is_absent(struct slice name)
{
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        if (slice_equal(name, slice_from(absent[i]))) {
            return true;
        }
    }
    return false;
}

const struct function *promql_function_at(size_t index)
{
    return index < FUNCTION_COUNT ? &functions[index] : NULL;
}
