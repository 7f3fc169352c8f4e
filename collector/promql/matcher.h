/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_MATCHER_H
#define THAW_COLLECTOR_PROMQL_MATCHER_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "pattern/pattern.h"
#include "promql/labels.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What a selector wants of the labels of a series.  Immutable; any thread.
 */
enum matcher_kind {
    MATCHER_EQUAL,
    MATCHER_NOT_EQUAL,
    MATCHER_PATTERN,
    MATCHER_NOT_PATTERN,
};

/* What the value of one label must be.  value is the text, of a pattern too. */
struct matcher {
    enum matcher_kind kind;
    struct slice name, value;
    const struct pattern *pattern; /* NULL for the first two kinds. */
};

/* Whether a value, empty for a label that is not there, is what the matcher wants; PATTERN_LIMIT
 * only of patterns.  scratch is the query's arena; nothing of it is kept. */
enum pattern_answer matcher_match(const struct matcher *matcher, struct slice value,
                                  struct arena *scratch) THAW_CHECK;

/* Whether a value is what those of them want that are of this label; others are not looked at. */
enum pattern_answer matchers_match_value(const struct matcher *matchers, size_t count,
                                         struct slice name, struct slice value,
                                         struct arena *scratch) THAW_CHECK;

/* Whether a label set is what all of them want. */
enum pattern_answer matchers_match(const struct matcher *matchers, size_t count,
                                   const struct label_set *labels,
                                   struct arena *scratch) THAW_CHECK;

#endif
