/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TAIL_TAIL_RATE_H
#define THAW_TAIL_TAIL_RATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * So many a second, and a second's worth at once after a silence.  due_ns is when all that was let
 * through would have come one by one.  Pure; time is an argument.
 */
struct tail_rate {
    uint64_t each_ns;
    uint64_t due_ns;
};

static inline void tail_rate_init(struct tail_rate *rate, uint32_t per_second)
{
    *rate = (struct tail_rate){.each_ns = UINT64_C(1000000000) / per_second};
}

/* Whether one more may pass now. */
static inline bool tail_rate_take(struct tail_rate *rate, uint64_t now_ns)
{
    uint64_t due_ns = rate->due_ns > now_ns ? rate->due_ns : now_ns;
    if (due_ns - now_ns > UINT64_C(1000000000) - rate->each_ns) {
        return false;
    }
    rate->due_ns = due_ns + rate->each_ns;
    return true;
}

#endif
