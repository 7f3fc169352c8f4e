/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_SOURCES_SHOWN_H
#define THAW_TESTS_SOURCES_SHOWN_H

#include "promql/source.h"

/*
 * Series that a source shows for pairs of a label's name and its value, in a span of seconds behind
 * a base, as text: "{a=b,c=d} 0=1 60=2\n" for each, sorted.  Valid until the next call.
 */
struct shown {
    const struct series_source *source;
    int64_t base_ms;
};

const char *shown_select(const struct shown *shown, const char *const *labels, int64_t from_s,
                         int64_t to_s);

/* The label sets that it lists. */
const char *shown_list(const struct shown *shown, const char *const *labels, int64_t from_s,
                       int64_t to_s);

#endif
