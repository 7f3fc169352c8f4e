/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_FUNCTION_H
#define THAW_COLLECTOR_PROMQL_FUNCTION_H

#include "base/slice.h"
#include "base/status.h"
#include "promql/promql.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The functions of the language, one table: what they take and give, and who computes them.
 */
struct eval;
struct grid;
struct node;
struct window;
struct point;

/* Of numbers alone: abs, sin. */
typedef double function_number(double value);

/* Of the samples in a range (window.h): what it gives of them, false for nothing. */
typedef bool function_window(const struct window *window, struct point *result);

/* Of anything else. */
typedef enum status function_eval(struct eval *eval, const struct node *call, struct grid *result);

#define FUNCTION_ARGUMENT_COUNT_MAX 5

struct function {
    const char *name;
    enum promql_type result;
    enum promql_type arguments[FUNCTION_ARGUMENT_COUNT_MAX];
    int count;    /* Arguments in the list. */
    int optional; /* Of these, the last so many may be left out; -1: the last any number of times.
                   */
    bool keeps_name;
    bool varies; /* With the time of evaluation, whatever its arguments. */
    function_number *number;
    function_number *part;   /* Of a date, for call_date(). */
    function_window *window; /* The one range among its arguments. */
    function_eval *eval;
};

/* The function of this name, or NULL. */
const struct function *promql_function_find(struct slice name);

/* Whether Prometheus has something of this name that is not here. */
bool promql_function_is_absent(struct slice name);

/* All of them, one after another, then NULL. */
const struct function *promql_function_at(size_t index);

#endif
