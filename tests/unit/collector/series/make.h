/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_SERIES_MAKE_H
#define THAW_TESTS_SERIES_MAKE_H

#include "model/metric.h"
#include "series/series_store.h"

/*
 * Metrics of one point for tests, and what has become of them.  Times are seconds behind
 * MAKE_EPOCH; a batch arrives when its point happened.
 */
#define MAKE_EPOCH UINT64_C(1700000000)

struct make {
    struct resource resource;
    struct scope scope;
    struct metric metric;
    struct metric_point point;
    struct attr resource_attrs[8], attrs[8];
    struct batch batch;
};

/* A sum of function "pay", instance "i1", with attribute route = "/a". */
void make_sum(struct make *make, const char *name, enum metric_temporality temporality);
void make_times(struct make *make, double start_s, double time_s);
void make_apply(struct make *make, struct series_store *store);

/* The number of a series of that name, the index-th of them; ROW_NONE. */
uint32_t make_row(const struct series_store *store, const char *name, unsigned index);

/* Its samples as text: "0=0 15=1 ...", seconds behind MAKE_EPOCH, values joined by a slash.  Valid
 * until the next call. */
const char *make_samples(struct series_store *store, uint32_t row);

/* Its labels as text: "function=pay,instance=i1". */
const char *make_labels(struct series_store *store, uint32_t row);

#endif
