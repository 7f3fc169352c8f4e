/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/what_if.h"

#include "base/ensure.h"

#include <stdlib.h>

#define NS_PER_MS INT64_C(1000000)

/* The time that the processor's part of an invocation takes with so much memory: what it takes with
 * a whole processor, stretched. */
static int64_t stretched(int64_t cpu_ns, int64_t memory_mb)
{
    int64_t share_mb = memory_mb < WHAT_IF_PROCESSOR_MB ? memory_mb : WHAT_IF_PROCESSOR_MB;
    return (int64_t)((__int128)cpu_ns * WHAT_IF_PROCESSOR_MB / share_mb);
}

int64_t what_if_handler_ns(const struct what_if_sample *sample, int64_t memory_mb)
{
    ENSURE(memory_mb > 0 && sample->memory_mb > 0);
    int64_t busy_ns = stretched(sample->cpu_ns, sample->memory_mb);
    if (busy_ns <= sample->handler_ns) {
        return sample->handler_ns - busy_ns + stretched(sample->cpu_ns, memory_mb);
    }
    /* More than one thread, or a clock that ticks coarsely: all of it was computing. */
    return (int64_t)((__int128)sample->handler_ns * sample->memory_mb / memory_mb);
}

static int compare(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one;
    int64_t b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

static int64_t percentile(const int64_t *sorted, size_t count, size_t percent)
{
    size_t rank = (count * percent + 99) / 100;
    return sorted[rank > 0 ? rank - 1 : 0];
}

struct what_if_times what_if_times(const struct what_if_sample *samples, size_t count,
                                   int64_t memory_mb, int64_t *scratch)
{
    ENSURE(count >= WHAT_IF_SAMPLE_MIN);
    struct what_if_times times = {.memory_mb = memory_mb};
    for (size_t i = 0; i < count; i++) {
        scratch[i] = what_if_handler_ns(&samples[i], memory_mb);
        times.billed_ms += (scratch[i] + NS_PER_MS - 1) / NS_PER_MS;
    }
    qsort(scratch, count, sizeof(scratch[0]), compare);
    times.p50_ns = percentile(scratch, count, 50);
    times.p95_ns = percentile(scratch, count, 95);
    return times;
}

/* The median of what those with one memory size took, or would with another; 0: too few. */
static int64_t median_of(const struct what_if_sample *samples, size_t count, int64_t of_mb,
                         int64_t with_mb, int64_t *scratch)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (samples[i].memory_mb == of_mb) {
            scratch[used] = what_if_handler_ns(&samples[i], with_mb);
            used++;
        }
    }
    if (used < WHAT_IF_SAMPLE_MIN) {
        return 0;
    }
    qsort(scratch, used, sizeof(scratch[0]), compare);
    return percentile(scratch, used, 50);
}

static bool seen_before(const struct what_if_sample *samples, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (samples[i].memory_mb == samples[index].memory_mb) {
            return true;
        }
    }
    return false;
}

bool what_if_error(const struct what_if_sample *samples, size_t count, int64_t memory_mb,
                   int64_t *scratch, double *error)
{
    bool found = false;
    *error = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t other_mb = samples[i].memory_mb;
        if (other_mb == memory_mb || seen_before(samples, i)) {
            continue;
        }
        int64_t truth = median_of(samples, count, other_mb, other_mb, scratch);
        int64_t told = median_of(samples, count, memory_mb, other_mb, scratch);
        if (truth > 0 && told > 0) {
            double off = (double)(told > truth ? told - truth : truth - told) / (double)truth;
            *error = off > *error ? off : *error;
            found = true;
        }
    }
    return found;
}
