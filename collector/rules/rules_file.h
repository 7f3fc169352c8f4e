/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULES_FILE_H
#define THAW_RULES_RULES_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "promql/promql.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A file of rules, in the format of Prometheus (groups of alerting and recording rules), checked as
 * promtool checks it, and each mistake told with its line and column.
 *
 *     groups:
 *       - name: cold starts
 *         interval: 30s
 *         rules:
 *           - alert: ColdStartRate
 *             expr: thaw_function_cold_starts_total > 5
 *             for: 5m
 *             keep_firing_for: 10m
 *             labels: {severity: warning}
 *             annotations:
 *               summary: "{{ $labels.function }}: {{ $value | humanizePercentage }}"
 *               thaw_guard: "increase(thaw_function_invocations_total[10m]) >= 50"
 *           - record: function:cold_starts:rate5m
 *             expr: rate(thaw_function_cold_starts_total[5m])
 *
 * The annotation thaw_guard is ours, and an annotation because promtool refuses fields that it does
 * not know: an expression; a series of the alert counts only where the guard has one with the same
 * labels, as "expr and on (...) guard" says it, so that a few calls page nobody.
 *
 * Pure.  Everything lives in the arena and points into the text.
 */
enum rule_kind { RULE_ALERT, RULE_RECORD };

struct rule_pair {
    struct slice name, value; /* The value of an alert's is a template. */
};

struct rule {
    enum rule_kind kind;
    struct slice name; /* Of the alert, or of the metric that is recorded. */
    struct slice expression;
    const struct promql_query *query;
    const struct promql_query *guard; /* Of thaw_guard; NULL: there is none. */
    int64_t for_ms, keep_firing_for_ms;
    const struct rule_pair *labels, *annotations;
    size_t label_count, annotation_count;
    size_t line; /* Where it begins. */
};

struct rule_group {
    struct slice name;
    int64_t interval_ms; /* 0: that of the collector. */
    int64_t limit;       /* Of series or alerts of one rule; 0: none. */
    const struct rule *rules;
    size_t rule_count;
    size_t line;
};

struct rules_file {
    const struct rule_group *groups;
    size_t group_count;
    size_t rule_count; /* Of all groups. */
};

/*
 * Read a file.  STATUS_BAD: it has mistakes, and errors got a line for each of the first
 * RULES_ERROR_COUNT_MAX: "where:line:column: what, and what to do".  STATUS_FULL: the arena is.
 */
enum status rules_file_read(struct slice text, const char *where, struct arena *arena,
                            struct buf *errors, struct rules_file *file) THAW_CHECK;

#endif
