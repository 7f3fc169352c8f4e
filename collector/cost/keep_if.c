/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/keep_if.h"

#include <stdlib.h>

static int by_arrival(const void *one, const void *other)
{
    const struct keep_call *a = one;
    const struct keep_call *b = other;
    return (a->arrival_ns > b->arrival_ns) - (a->arrival_ns < b->arrival_ns);
}

void keep_if_sort(struct keep_call *calls, size_t count)
{
    if (count > 1) {
        qsort(calls, count, sizeof(calls[0]), by_arrival);
    }
}

/* ---- When instances are free again: a heap, the soonest first. ---- */

struct ends {
    int64_t *times;
    size_t count;
};

static void swap(int64_t *one, int64_t *other)
{
    int64_t kept = *one;
    *one = *other;
    *other = kept;
}

static void ends_add(struct ends *ends, int64_t time)
{
    size_t at = ends->count++;
    ends->times[at] = time;
    for (; at > 0 && ends->times[(at - 1) / 2] > ends->times[at]; at = (at - 1) / 2) {
        swap(&ends->times[(at - 1) / 2], &ends->times[at]);
    }
}

static void ends_take(struct ends *ends)
{
    size_t at = 0;
    ends->times[0] = ends->times[--ends->count];
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < ends->count; child++) {
            least = ends->times[child] < ends->times[least] ? child : least;
        }
        if (least == at) {
            return;
        }
        swap(&ends->times[at], &ends->times[least]);
        at = least;
    }
}

static void ends_pass(struct ends *ends, int64_t now_ns)
{
    while (ends->count > 0 && ends->times[0] <= now_ns) {
        ends_take(ends);
    }
}

/* ---- What is asked. ---- */

size_t keep_if_peak(const struct keep_call *calls, size_t count, int64_t *scratch)
{
    struct ends busy = {.times = scratch};
    size_t peak = 0;
    for (size_t i = 0; i < count; i++) {
        ends_pass(&busy, calls[i].arrival_ns);
        ends_add(&busy, calls[i].arrival_ns + calls[i].busy_ns);
        peak = busy.count > peak ? busy.count : peak;
    }
    return peak;
}

struct keep_if keep_if(const struct keep_call *calls, size_t count, size_t instances,
                       int64_t *scratch)
{
    struct ends busy = {.times = scratch};
    struct keep_if sum = {.amount = MONEY_ZERO};
    for (size_t i = 0; i < count; i++) {
        const struct keep_call *call = &calls[i];
        ends_pass(&busy, call->arrival_ns);
        if (busy.count < instances) {
            ends_add(&busy, call->arrival_ns + call->busy_ns);
            sum.served++;
            sum.amount = money_add(sum.amount, call->kept);
            continue;
        }
        sum.cold += call->cold;
        sum.init_ns += call->init_ns;
        sum.amount = money_add(sum.amount, call->as_is);
    }
    return sum;
}
