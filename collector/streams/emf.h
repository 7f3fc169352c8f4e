/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_EMF_H
#define THAW_STREAMS_EMF_H

#include "streams/json_scan.h"
#include "streams/line_limits.h"

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Embedded metrics (CloudWatch's embedded metric format): an object whose member _aws names other
 * members of its root as metrics and dimensions.
 *
 *     emf_begin(&emf, line.object, &arena);
 *     while (emf_next(&emf, &metric)) { ... one series: a metric and one set of dimensions ... }
 *     if (emf.refused > 0) { ... emf.reason is the first, emf.refused how many ... }
 *
 * A metric that breaks a rule of the format is refused by a reason and the others go on; an object
 * that breaks one as a whole gives none.  Nothing is allocated but text with escapes, in the arena.
 * Linear in the object, but for EMF_SERIES_COUNT_MAX.
 */
struct emf_member {
    struct slice key, value;
    enum json_kind kind;
    bool escaped;
};

struct emf_metric {
    int64_t time_ns; /* _aws.Timestamp */
    struct slice namespace, name;
    struct slice unit;                               /* "None" where it has none. */
    struct attr dimensions[EMF_DIMENSION_COUNT_MAX]; /* Their values are text. */
    size_t dimension_count;
    double values[EMF_VALUE_COUNT_MAX];
    size_t value_count;
};

struct emf {
    const char *reason; /* Static: why something was refused, first of all. */
    uint64_t refused;   /* Metrics, sets and objects refused. */
    /* For the reader. */
    struct arena *arena;
    int64_t time_ns;
    struct json_scan directives; /* Of CloudWatchMetrics, */
    struct json_scan metrics;    /* of the directive that is being read, */
    struct json_scan sets;       /* and the dimensions of the metric that is being read. */
    bool in_directive, in_metric;
    bool without_sets; /* There are none: it is told once. */
    struct slice namespace, sets_text;
    struct slice name, unit;
    const struct emf_member *value;
    unsigned metric_count, series_count;
    size_t member_count;
    struct emf_member members[EMF_MEMBER_COUNT_MAX];
};

/* Stand before the first metric of the object.  The arena may be NULL: escapes then stay. */
void emf_begin(struct emf *emf, struct slice object, struct arena *arena);

/* The next series; false at the end. */
bool emf_next(struct emf *emf, struct emf_metric *metric) THAW_CHECK;

#endif
