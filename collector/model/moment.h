/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_MODEL_MOMENT_H
#define THAW_MODEL_MOMENT_H

#include "model/record.h"

#include <stdint.h>

/*
 * When a record happened, as all who look for records by time understand it: a span when it starts,
 * a line at its time, or when it was observed where it says none.  There is always a moment behind
 * it.
 */
static inline uint64_t moment_of(uint64_t time_ns)
{
    return time_ns == UINT64_MAX ? UINT64_MAX - 1 : time_ns;
}

static inline uint64_t moment_of_line(uint64_t time_ns, uint64_t observed_ns)
{
    return moment_of(time_ns != 0 ? time_ns : observed_ns);
}

/* A span of time; both ends belong to it.  None at all where first is behind last. */
struct moments {
    uint64_t first_ns, last_ns;
};

#define MOMENTS_NONE ((struct moments){UINT64_MAX, 0})

static inline void moments_add(struct moments *moments, uint64_t time_ns)
{
    moments->first_ns = time_ns < moments->first_ns ? time_ns : moments->first_ns;
    moments->last_ns = time_ns > moments->last_ns ? time_ns : moments->last_ns;
}

static inline bool moments_have(struct moments moments, uint64_t time_ns)
{
    return time_ns >= moments.first_ns && time_ns <= moments.last_ns;
}

/* Whether they have something in common. */
static inline bool moments_meet(struct moments one, struct moments other)
{
    return one.first_ns <= one.last_ns && other.first_ns <= other.last_ns &&
           one.first_ns <= other.last_ns && other.first_ns <= one.last_ns;
}

/* Add those of all records of a batch. */
static inline void moments_add_batch(struct moments *moments, const struct batch *batch)
{
    for (size_t i = 0; i < batch->span_count; i++) {
        moments_add(moments, moment_of(batch->spans[i].start_ns));
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        moments_add(moments, moment_of_line(batch->logs[i].time_ns, batch->logs[i].observed_ns));
    }
}

#endif
