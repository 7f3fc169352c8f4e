/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULES_TEST_PRIVATE_H
#define THAW_RULES_RULES_TEST_PRIVATE_H

#include "rules/rule_eval.h"
#include "rules/rules_limits.h"
#include "rules/rules_test.h"
#include "rules/test_series.h"

#include <stdarg.h>
#include <stdio.h>

/* What the files of tests of rules share: a test as it was read, and as it runs. */

struct rules_test_alert {
    struct label_set labels, annotations;
};

struct rules_test_sample {
    struct label_set labels;
    double value;
};

/* What is to come of it: alerts of a name, or, without a name, the samples of an expression. */
struct rules_test_case {
    int64_t time_ms;
    struct slice alertname, expression;
    struct rules_test_alert *alerts; /* Sorted. */
    size_t alert_count;
    struct rules_test_sample *samples; /* Sorted. */
    size_t sample_count;
};

struct rules_test_rule {
    const struct rule *rule;
    const struct rule_group *group;
    struct rule_state state;
};

struct rules_test {
    const char *where;
    const char *name; /* Of the test; may be empty. */
    int64_t interval_ms, evaluation_ms;
    struct test_series *series;
    size_t series_count;
    struct rules_test_case *cases;
    size_t case_count;
    struct rules_test_rule *rules; /* In the order in which they are evaluated. */
    size_t rule_count;
    struct rule_world world;
    struct series_source source;
    struct arena *arena;
    struct buf *out;
    size_t fed; /* Values of each series that were written. */
    size_t failures;
};

/* Note that something failed. */
void rules_test_tell(struct rules_test *test, const char *format, ...) THAW_PRINTF(2, 3);

/* Run a test that was read. */
enum status rules_test_one(struct rules_test *test) THAW_CHECK;

#endif
