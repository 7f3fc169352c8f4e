/* SPDX-License-Identifier: Apache-2.0 */
#include "query/tally.h"

#include "base/ensure.h"

#define MS INT64_C(1000000)
#define S  (1000 * MS)

/* Lengths that people read easily. */
static const int64_t steps_ns[] = {
    MS,        2 * MS,    5 * MS,    10 * MS,    20 * MS,    50 * MS,  100 * MS, 200 * MS,
    500 * MS,  S,         2 * S,     5 * S,      10 * S,     15 * S,   30 * S,   60 * S,
    120 * S,   300 * S,   600 * S,   900 * S,    1800 * S,   3600 * S, 7200 * S, 10800 * S,
    21600 * S, 43200 * S, 86400 * S, 172800 * S, 604800 * S,
};

#define STEPS (sizeof(steps_ns) / sizeof(steps_ns[0]))

void tally_init(struct tally *tally, struct query_range range, uint32_t steps_max)
{
    ENSURE(steps_max >= 2 && steps_max <= TALLY_STEP_COUNT_MAX && range.from_ns < range.to_ns);
    size_t at = 0;
    *tally = (struct tally){.range = range, .steps_max = steps_max};
    if (range.from_ns > 0) {
        /* One more for the beginning, which may lie inside of a step. */
        while (at + 1 < STEPS && (range.to_ns - range.from_ns) / steps_ns[at] + 2 > steps_max) {
            at++;
        }
    }
    tally->step_ns = range.from_ns > 0 ? steps_ns[at] : S;
    tally->last = (range.to_ns - 1) / tally->step_ns;
    int64_t used = range.from_ns > 0 ? tally->last - range.from_ns / tally->step_ns + 1 : 1;
    tally->used = used < steps_max ? (uint32_t)used : steps_max;
}

/* Two steps become one. */
static void widen(struct tally *tally)
{
    uint64_t all[TALLY_STEP_COUNT_MAX] = {0}, errors[TALLY_STEP_COUNT_MAX] = {0};
    int64_t last = tally->last / 2;
    uint32_t used = 1;
    for (uint32_t i = 0; i < tally->used; i++) {
        uint32_t at = (uint32_t)(last - (tally->last - i) / 2);
        all[at] += tally->all[i];
        errors[at] += tally->errors[i];
        used = at + 1;
    }
    for (uint32_t i = 0; i < TALLY_STEP_COUNT_MAX; i++) {
        tally->all[i] = all[i];
        tally->errors[i] = errors[i];
    }
    tally->step_ns *= 2;
    tally->last = last;
    tally->used = used;
}

void tally_add(struct tally *tally, uint64_t time_ns, bool error)
{
    if (time_ns < (uint64_t)tally->range.from_ns || time_ns >= (uint64_t)tally->range.to_ns) {
        return;
    }
    while (tally->last - (int64_t)time_ns / tally->step_ns >= tally->steps_max) {
        widen(tally);
    }
    uint32_t at = (uint32_t)(tally->last - (int64_t)time_ns / tally->step_ns);
    tally->used = at + 1 > tally->used ? at + 1 : tally->used;
    tally->all[at]++;
    tally->errors[at] += error;
    tally->sum++;
}

int64_t tally_step(const struct tally *tally, uint32_t index)
{
    return (tally->last - tally->used + 1 + index) * tally->step_ns;
}
