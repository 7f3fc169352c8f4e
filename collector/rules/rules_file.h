/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULES_FILE_H
#define THAW_RULES_RULES_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "promql/promql.h"
#include "rules/rule_step.h"

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
 * Annotations that begin with thaw_ are ours, and annotations because promtool refuses fields that
 * it does not know: docs/reference/rules.md says what they do.
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
    const struct promql_query *clear; /* Of thaw_clear. */
    const struct promql_query *data;  /* Of thaw_data. */
    enum rule_no_data no_data;
    unsigned alarms, points; /* M of N. */
    int64_t for_ms, keep_firing_for_ms, cooldown_ms;
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
 * YAML_ERROR_COUNT_MAX: "where:line:column: what, and what to do".  STATUS_FULL: the arena is.
 */
enum status rules_file_read(struct slice text, const char *where, struct arena *arena,
                            struct buf *errors, struct rules_file *file) THAW_CHECK;

/* The same of what somebody is writing: it may also be a rule alone, or a list of them, which is a
 * group "draft" then. */
enum status rules_file_read_draft(struct slice text, const char *where, struct arena *arena,
                                  struct buf *errors, struct rules_file *file) THAW_CHECK;

/* A duration as rules have it: as PromQL's, and zero in any unit or without one. */
enum status rules_duration(struct slice text, int64_t *duration_ms) THAW_CHECK;

#endif
