/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_WHAT_IF_H
#define THAW_COLLECTOR_COST_WHAT_IF_H

#include "cost/cost.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a function would take and cost with another memory size or architecture, from what was
 * observed of it.
 *
 * With m megabytes a function gets s(m) = min(m / 1769, 1) of a processor, if it runs one thread.
 * The time that an invocation took (w) is then time on the processor (c, which its agent
 * reads) stretched by 1 / s(m), and waiting, which stays:
 *
 *     w(m') = w - c / s(m) + c / s(m')
 *
 * where c / s(m) is at most w: who used more than that runs several threads, and the model would
 * promise too much; such invocations scale by m / m' alone, up to what several threads get.
 * Invocations whose processor time nobody told are not looked at.
 *
 * The error of the model: where the function was observed with other memory sizes as well, how far
 * the prediction for those sizes was from the truth (in the median); else it is not known, and the
 * answer says so.
 *
 * Pure; any thread.
 */

/* Megabytes with which a function has one whole processor. */
#define WHAT_IF_PROCESSOR_MB 1769

/* What was observed of one invocation. */
struct what_if_sample {
    int64_t memory_mb;
    int64_t handler_ns; /* Time from its start to its end. */
    int64_t cpu_ns;     /* On the processor meanwhile. */
};

/* Samples that are looked at, the latest. */
#define WHAT_IF_SAMPLE_MAX 4096

/* With fewer nothing is predicted. */
#define WHAT_IF_SAMPLE_MIN 20

/* What one sample would have taken with so much memory. */
int64_t what_if_handler_ns(const struct what_if_sample *sample, int64_t memory_mb);

/* How the samples would have been with one memory size. */
struct what_if_times {
    int64_t memory_mb;
    int64_t p50_ns, p95_ns; /* Of the handler, nearest rank. */
    int64_t billed_ms;      /* The sum of all samples, each rounded up to a millisecond. */
};

/* Predict; scratch has room for count times.  count is at least WHAT_IF_SAMPLE_MIN. */
struct what_if_times what_if_times(const struct what_if_sample *samples, size_t count,
                                   int64_t memory_mb, int64_t *scratch);

/*
 * How far off the model is, as a share of the truth: for each memory size with enough samples that
 * is not this one, the median of its handlers as predicted from the samples of memory_mb beside
 * the observed one; the worst of them.  False where there is nothing to compare.  scratch has room
 * for count times.
 */
bool what_if_error(const struct what_if_sample *samples, size_t count, int64_t memory_mb,
                   int64_t *scratch, double *error);

#endif
