/* SPDX-License-Identifier: Apache-2.0 */
#include "report/spread.h"

#include "base/ensure.h"

void spread_fini(struct spread *spread)
{
    histogram_fini(&spread->histogram);
    *spread = (struct spread){.count = 0};
}

void spread_add(struct spread *spread, int64_t value_ns)
{
    if (value_ns < 0) {
        return;
    }
    if (!histogram_add(&spread->histogram, histogram_bucket(value_ns))) {
        spread->lost++;
    }
    spread->least = spread->count == 0 || value_ns < spread->least ? value_ns : spread->least;
    spread->greatest = value_ns > spread->greatest ? value_ns : spread->greatest;
    spread->sum = value_ns > INT64_MAX - spread->sum ? INT64_MAX : spread->sum + value_ns;
    spread->count++;
}

int64_t spread_at(const struct spread *spread, uint64_t numerator, uint64_t denominator)
{
    struct histogram_sum sum = {.total = 0};
    histogram_sum_add(&sum, &spread->histogram);
    int64_t value = histogram_percentile(&sum, numerator, denominator);
    if (value < 0) {
        return value;
    }
    /* The middle of a bucket may lie beyond what was seen. */
    value = value < spread->least ? spread->least : value;
    return value > spread->greatest ? spread->greatest : value;
}

/* Edges that people like to read: 1, 2 and 5 of each decade, or every decade's 1 to 9. */
static const int64_t coarse_steps[] = {1, 2, 5};
static const int64_t middle_steps[] = {1, 2, 3, 5, 7};
static const int64_t fine_steps[] = {10, 12, 15, 18, 22, 27, 33, 40, 47, 56, 68, 82};

struct ladder {
    const int64_t *steps;
    size_t count;
    int64_t scale; /* What a step of the first decade is divided by. */
};

static const struct ladder ladders[] = {
    {fine_steps, sizeof(fine_steps) / sizeof(fine_steps[0]), 10},
    {middle_steps, sizeof(middle_steps) / sizeof(middle_steps[0]), 1},
    {coarse_steps, sizeof(coarse_steps) / sizeof(coarse_steps[0]), 1},
};

/* The edges of a ladder around the range; 0 bars when they are too many. */
static size_t climb(const struct ladder *ladder, const struct spread *spread, size_t bar_count_max,
                    int64_t *edges)
{
    size_t count = 0;
    for (int64_t decade = 10000; decade <= INT64_C(10000000000000000); decade *= 10) {
        for (size_t i = 0; i < ladder->count; i++) {
            int64_t edge = decade / ladder->scale * ladder->steps[i];
            if (edge <= spread->least) {
                edges[0] = edge;
                count = 1;
                continue;
            }
            if (count == 0) {
                edges[0] = 0;
                count = 1;
            }
            if (count > bar_count_max) {
                return 0;
            }
            edges[count] = edge;
            count++;
            if (edge > spread->greatest) {
                return count - 1;
            }
        }
    }
    return 0;
}

void spread_bars(const struct spread *spread, size_t bar_count_max, struct spread_bars *bars)
{
    ENSURE(bar_count_max > 0 && bar_count_max <= REPORT_BAR_COUNT_MAX);
    *bars = (struct spread_bars){.count = 0};
    if (spread->count == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof(ladders) / sizeof(ladders[0]) && bars->count == 0; i++) {
        bars->count = climb(&ladders[i], spread, bar_count_max, bars->low_ns);
    }
    if (bars->count == 0) {
        /* From next to nothing to days: one bar for each part of what was seen would say less. */
        bars->count = 1;
        bars->low_ns[0] = spread->least;
        bars->low_ns[1] = spread->greatest;
    }
    for (uint16_t i = 0; i < spread->histogram.count; i++) {
        int64_t value = histogram_bucket_ns(spread->histogram.entries[i].bucket);
        size_t bar = 0;
        while (bar + 1 < bars->count && value >= bars->low_ns[bar + 1]) {
            bar++;
        }
        bars->counts[bar] += spread->histogram.entries[i].count;
    }
}
