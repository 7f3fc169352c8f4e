/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_otlp.h"

#include <stdlib.h>

static int compare_addresses(const void *one, const void *other)
{
    uintptr_t a = (uintptr_t)one;
    uintptr_t b = (uintptr_t)other;
    return (a > b) - (a < b);
}

/* By sender and scope, and as they were before. */
static int compare_rows(const void *one, const void *other)
{
    const struct transaction_span *const *left = one;
    const struct transaction_span *const *right = other;
    const struct transaction_span *a = *left;
    const struct transaction_span *b = *right;
    int order = compare_addresses(a->span->resource, b->span->resource);
    order = order != 0 ? order : compare_addresses(a->span->scope, b->span->scope);
    return order != 0 ? order : compare_addresses(a, b);
}

bool trace_otlp_write(struct otlp_json *json, const struct trace *trace, bool raw,
                      struct arena *arena)
{
    const struct transaction_span **rows =
        arena_alloc_array(arena, (size_t)trace->span_count + 1, sizeof(rows[0]));
    if (rows == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < trace->span_count; i++) {
        rows[i] = trace->spans[i];
    }
    qsort(rows, trace->span_count, sizeof(rows[0]), compare_rows);
    for (uint32_t i = 0; i < trace->span_count; i++) {
        struct span span = raw ? *rows[i]->span : trace_span(rows[i]);
        otlp_json_span(json, &span);
    }
    otlp_json_apart(json);
    return true;
}
