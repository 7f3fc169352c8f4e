/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include "base/hash.h"
#include "base/prng.h"
#include "lib/cm.h"
#include "model/rows.h"
#include "series/series_limits.h"

#include <string.h>

/*
 * Seeded worlds against a model that keeps every interval and every sample.  The sum of all
 * intervals is what the counter says at the end, however often and in whatever order they came;
 * each sample that is kept was one; of the newest none is missing, and of each step the last.
 */
static const struct hash_key key = {{1, 2}};

enum { INTERVALS = 300, STEP_S = 7 };

struct world {
    struct prng prng;
    struct series_store *store;
    double values[INTERVALS];
    bool sent[INTERVALS];
    double sum;
    unsigned latest;
};

static void send(struct world *world, unsigned interval)
{
    struct make make;
    make_sum(&make, "orders", METRIC_DELTA);
    make_times(&make, interval * STEP_S, (interval + 1) * STEP_S);
    make.point.value = world->values[interval];
    make_apply(&make, world->store);
    if (!world->sent[interval]) {
        world->sent[interval] = true;
        world->sum += world->values[interval];
    }
}

struct check {
    const struct world *world;
    double last;
    int64_t last_ms;
    unsigned count, fine;
};

static bool look(void *context, const struct series_sample *sample)
{
    struct check *check = context;
    int64_t since_ms = sample->time_ms - (int64_t)MAKE_EPOCH * 1000;
    assert_true(sample->time_ms > check->last_ms);
    assert_true(sample->values[0] >= check->last);
    assert_true(since_ms % (STEP_S * 1000) == 0 || check->count == 0);
    check->last = sample->values[0];
    check->last_ms = sample->time_ms;
    check->fine += sample->step_ms == SERIES_STEP_0_MS;
    check->count++;
    return true;
}

static void run(uint64_t seed)
{
    struct world world = {.latest = 0};
    prng_init(&world.prng, seed);
    world.store = series_create(&key);
    for (unsigned i = 0; i < INTERVALS; i++) {
        world.values[i] = (double)prng_below(&world.prng, 100);
    }
    unsigned next = 3;
    while (next + 3 < INTERVALS) {
        /* The next ones in any order, some of them again. */
        unsigned group = 1 + (unsigned)prng_below(&world.prng, 3);
        for (unsigned i = 0; i < group * 3; i++) {
            send(&world, next + (unsigned)prng_below(&world.prng, group));
        }
        for (unsigned i = 0; i < group; i++) {
            send(&world, next + i);
        }
        next += group;
        if (prng_below(&world.prng, 10) == 0) {
            send(&world, next - 1 - (unsigned)prng_below(&world.prng, 3));
        }
        if (prng_below(&world.prng, 40) == 0) {
            series_settle(world.store, (MAKE_EPOCH + next * STEP_S) * UINT64_C(1000000000));
        }
    }
    struct check check = {.world = &world, .last_ms = INT64_MIN};
    uint32_t row = make_row(world.store, "orders_total", 0);
    assert_true(row != ROW_NONE);
    (void)series_samples(world.store, row, INT64_MIN, INT64_MAX, look, &check);
    assert_true(check.last == world.sum);
    /* Once all of it is two days old: one of every minute. */
    uint64_t end_ms = (MAKE_EPOCH + INTERVALS * STEP_S) * 1000;
    unsigned most = INTERVALS * STEP_S / 60 + 2;
    series_settle(world.store, (end_ms + SERIES_AGE_1_MS) * 1000000);
    check = (struct check){.world = &world, .last_ms = INT64_MIN};
    (void)series_samples(world.store, row, INT64_MIN, INT64_MAX, look, &check);
    assert_true(check.last == world.sum);
    assert_true(check.count - check.fine <= most * 2);
    assert_true(check.count >= most / 2);
    series_free(world.store);
}

static void test_worlds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        run(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_worlds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
