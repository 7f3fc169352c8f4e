/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_METRICS_H
#define THAW_AGENT_METRICS_H

#include "base/buf.h"
#include "otlp/resource.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The faas.* metrics of OpenTelemetry, delta temporality, for backends other
 * than thaw's.  Values that are under way are kept apart until the receiver
 * has taken them; if it does not, they flow back.  Pure data.
 */
#define METRICS_BOUNDS_MAX 14

struct metrics_histogram {
    uint64_t count;
    double sum;
    double min;
    double max;
    uint64_t buckets[METRICS_BOUNDS_MAX + 1];
};

struct metrics_values {
    uint64_t start_ns; /* 0: nothing in here. */
    uint64_t invocations;
    uint64_t errors;
    uint64_t timeouts;
    uint64_t coldstarts;
    struct metrics_histogram invoke_duration; /* Seconds. */
    struct metrics_histogram init_duration;   /* Seconds. */
    struct metrics_histogram memory;          /* Bytes. */
};

struct metrics {
    struct metrics_values values;
    struct metrics_values under_way;
    uint64_t sent_mono_ns; /* When the last ones left, or the agent began. */
    uint64_t sent_wall_ns; /* The same on the other clock; 0: none has left. */
};

enum metrics_outcome {
    METRICS_SUCCESS,
    METRICS_ERROR,
    METRICS_TIMEOUT,
};

void metrics_init(struct metrics *metrics, uint64_t mono_ns);

/* Count an invocation that is complete.  Values that are not known are INT64_MIN. */
void metrics_invocation(struct metrics *metrics, uint64_t wall_ns, enum metrics_outcome outcome,
                        int64_t duration_ns, int64_t memory_mb);
void metrics_cold_start(struct metrics *metrics, uint64_t wall_ns, int64_t init_ns);

/* Whether there is something to send. */
bool metrics_wait(const struct metrics *metrics) THAW_CHECK;

/* A number that somebody else counted, to go along. */
struct metrics_number {
    struct slice name;
    struct slice unit;
    struct slice reason; /* Attribute thaw.drop.reason; empty: none. */
    bool gauge;          /* Else it is a sum since the last time, and 0 is left out. */
    bool nanoseconds;    /* To be written as seconds. */
    uint64_t value;
};

/* Write an export request of the values, which are under way from then on, and of the numbers. */
void metrics_take(struct metrics *metrics, const struct resource *resource, uint64_t wall_ns,
                  const struct metrics_number *numbers, size_t count, struct buf *out);

/* The receiver has them, or has not. */
void metrics_done(struct metrics *metrics, bool taken);

#endif
