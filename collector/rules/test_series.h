/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_TEST_SERIES_H
#define THAW_RULES_TEST_SERIES_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "promql/labels.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The notation of series in tests of rules: "1 2 3", "0+10x100" (0, 10, ... 1000), "5-1x3", "7x3"
 * (7 four times), "_" and "_x3" for no sample, "stale".
 */
struct test_value {
    bool missing;
    double value;
};

struct test_series {
    struct label_set labels;
    struct test_value *values;
    size_t count;
};

/* Both in the arena.  STATUS_BAD: *reason says why.  STATUS_FULL. */
enum status test_series_values(struct slice text, struct arena *arena, struct test_series *series,
                               const char **reason) THAW_CHECK;

/* The labels of "name{a="b"}", also of "{}" alone. */
enum status test_series_labels(struct slice text, struct arena *arena, struct label_set *labels,
                               const char **reason) THAW_CHECK;

#endif
