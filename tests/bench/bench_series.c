/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_series: what a sample of a series costs in memory and to take in.  An hour of points every
 * 15 seconds of 1000 series of a kind: counters that grow by what 40 requests a step are (or, at
 * rest, mostly not at all), gauges of whole numbers and of fractions, histograms of 14 buckets.
 * Bytes are those of chunks; time is of this process, from the decoded point to the chunk.
 */
#include "base/hash.h"
#include "base/prng.h"
#include "model/metric.h"
#include "series/series_limits.h"
#include "series/series_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SERIES = 1000, STEPS = 240, BUCKETS = 15 };

#define START_NS UINT64_C(1796000000000000000)
#define STEP_NS  UINT64_C(15000000000)

struct bench {
    struct prng prng;
    struct resource resource;
    struct scope scope;
    struct metric metric;
    struct metric_point point;
    struct attr attr;
    uint64_t counts[SERIES][BUCKETS];
    double values[SERIES];
};

static const double bounds[BUCKETS - 1] = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                           0.5,   0.75, 1,     2.5,  5,     7.5, 10};

static double now_us(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

typedef void bench_fill(struct bench *bench, unsigned series);

static void fill_busy(struct bench *bench, unsigned series)
{
    bench->values[series] += 30 + (double)prng_below(&bench->prng, 20);
    bench->point.value = bench->values[series];
}

static void fill_idle(struct bench *bench, unsigned series)
{
    bench->values[series] += prng_below(&bench->prng, 10) == 0 ? 1 : 0;
    bench->point.value = bench->values[series];
}

static void fill_whole(struct bench *bench, unsigned series)
{
    (void)series;
    bench->point.value = 100000000 + (double)prng_below(&bench->prng, 1000000);
}

static void fill_fraction(struct bench *bench, unsigned series)
{
    (void)series;
    bench->point.value = (double)prng_below(&bench->prng, UINT64_C(1) << 53) / 1e14;
}

static void fill_histogram(struct bench *bench, unsigned series)
{
    struct metric_point *point = &bench->point;
    for (unsigned i = 0; i < 40; i++) {
        unsigned bucket = (unsigned)(prng_below(&bench->prng, 4) + prng_below(&bench->prng, 4));
        bench->counts[series][bucket]++;
        bench->values[series] += (double)prng_below(&bench->prng, 1000000) / 1e6;
        point->count++;
    }
    point->count = 40 * (point->count / 40);
    point->sum = bench->values[series];
    point->counts = (struct metric_counts){bench->counts[series], BUCKETS};
    point->bounds = (struct metric_doubles){bounds, BUCKETS - 1};
}

static void run(const char *name, enum metric_kind kind, bench_fill *fill)
{
    static const struct hash_key key = {{1, 2}};
    static struct bench bench;
    struct series_store *store = series_create(&key);
    struct series_stats stats;
    double spent_us = 0;
    bench = (struct bench){
        .resource = {.function = SLICE("checkout"), .instance = SLICE("i-1")},
        .scope = {.name = SLICE("bench")},
        .metric = {.name = SLICE("bench"),
                   .kind = kind,
                   .monotonic = true,
                   .temporality = METRIC_CUMULATIVE,
                   .point_count = 1},
    };
    if (store == NULL) {
        abort();
    }
    prng_init(&bench.prng, 1);
    bench.metric.resource = &bench.resource;
    bench.metric.scope = &bench.scope;
    bench.metric.points = &bench.point;
    const struct batch batch = {
        .signal = SIGNAL_METRICS, .metrics = &bench.metric, .metric_count = 1, .point_count = 1};
    for (uint64_t step = 0; step < STEPS; step++) {
        for (unsigned series = 0; series < SERIES; series++) {
            bench.attr = (struct attr){SLICE("n"), {.kind = VALUE_INT, .integer = series}};
            bench.point = (struct metric_point){.attrs = {.items = &bench.attr, .count = 1},
                                                .start_ns = START_NS,
                                                .time_ns = START_NS + step * STEP_NS,
                                                .valued = true};
            fill(&bench, series);
            double before_us = now_us();
            series_apply(store, bench.point.time_ns, &batch);
            spent_us += now_us() - before_us;
        }
    }
    series_stats(store, &stats);
    (void)printf("series_%s_bytes %.2f bytes/sample\n", name,
                 (double)stats.bytes / (double)stats.samples);
    (void)printf("series_%s_take %.2f us/point\n", name, spent_us / SERIES / STEPS);
    series_free(store);
}

int main(void)
{
    run("busy_counter", METRIC_SUM, fill_busy);
    run("idle_counter", METRIC_SUM, fill_idle);
    run("whole_gauge", METRIC_GAUGE, fill_whole);
    run("fraction_gauge", METRIC_GAUGE, fill_fraction);
    run("histogram", METRIC_HISTOGRAM, fill_histogram);
    return 0;
}
