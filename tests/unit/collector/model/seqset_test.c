/* SPDX-License-Identifier: Apache-2.0 */
#include "base/prng.h"
#include "model/histogram.h"
#include "model/model_limits.h"
#include "model/seqset.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

/* Numbers in order need no memory; a second time they are known. */
static void in_order(void **state)
{
    (void)state;
    struct seqset set;
    seqset_init(&set, 1);
    for (uint64_t i = 1; i <= 10000; i++) {
        assert_true(seqset_add(&set, i));
        assert_false(seqset_add(&set, i));
    }
    assert_null(set.bits);
    assert_int_equal(seqset_missing(&set), 0);
    seqset_fini(&set);
}

/* In any order within the window each number is new once, and what is missing is counted. */
static void shuffled(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct prng prng;
        struct seqset set;
        uint64_t numbers[SEQ_WINDOW];
        prng_init(&prng, seed);
        seqset_init(&set, 1);
        for (uint64_t i = 0; i < SEQ_WINDOW; i++) {
            numbers[i] = i + 1;
        }
        for (uint64_t i = SEQ_WINDOW; i > 1; i--) {
            uint64_t other = prng_below(&prng, i);
            uint64_t kept = numbers[i - 1];
            numbers[i - 1] = numbers[other];
            numbers[other] = kept;
        }
        uint64_t top = 0;
        for (uint64_t i = 0; i < SEQ_WINDOW; i++) {
            assert_true(seqset_add(&set, numbers[i]));
            assert_false(seqset_add(&set, numbers[i]));
            top = numbers[i] > top ? numbers[i] : top;
            assert_int_equal(seqset_missing(&set), top - i - 1);
        }
        assert_int_equal(set.watermark, SEQ_WINDOW);
        seqset_fini(&set);
    }
}

/* At the end of the window, and one beyond: then the oldest missing one is given up. */
static void beyond_the_window(void **state)
{
    (void)state;
    for (uint64_t over = 0; over < 3; over++) {
        struct seqset set;
        seqset_init(&set, 1);
        assert_true(seqset_add(&set, 2));
        assert_true(seqset_add(&set, SEQ_WINDOW + over));
        assert_int_equal(seqset_missing(&set), SEQ_WINDOW + over - 2);
        assert_int_equal(seqset_add(&set, 1), over == 0);
        assert_false(seqset_add(&set, 2));
        assert_true(seqset_add(&set, 3));
        seqset_fini(&set);
    }
}

/* Numbers far apart, up to the greatest there is, keep the invariants. */
static void far_apart(void **state)
{
    (void)state;
    struct seqset set;
    struct prng prng;
    prng_init(&prng, 7);
    seqset_init(&set, 1);
    for (unsigned i = 0; i < 100000; i++) {
        (void)!seqset_add(&set, prng_next(&prng) >> prng_below(&prng, 64));
    }
    assert_false(seqset_add(&set, 0));
    seqset_fini(&set);
}

/* What is told for a value is off by less than 1 %, and never below its bucket. */
static void buckets_are_narrow(void **state)
{
    (void)state;
    uint16_t last = 0;
    for (int64_t us = 0; us < INT64_C(1) << 38; us = us + us / 97 + 1) {
        uint16_t bucket = histogram_bucket(us * 1000);
        assert_true(bucket < HISTOGRAM_BUCKET_COUNT && bucket >= last);
        last = bucket;
        assert_true(histogram_bucket_low_ns(bucket) <= us * 1000);
        int64_t off_ns = llabs(histogram_bucket_ns(bucket) - us * 1000);
        assert_true(us < 64 ? off_ns == 0 : off_ns * 100 < us * 1000);
    }
    assert_int_equal(histogram_bucket(INT64_MAX), HISTOGRAM_BUCKET_COUNT - 1);
    assert_int_equal(histogram_bucket(INT64_MIN), 0);
}

/* Percentiles by nearest rank; what was removed does not count. */
static void percentiles(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    struct histogram_sum *sum = calloc(1, sizeof(*sum));
    assert_non_null(sum);
    assert_int_equal(histogram_percentile(sum, 50, 100), -1);
    for (int64_t i = 1; i <= 60; i++) {
        assert_true(histogram_add(&histogram, histogram_bucket(i * 1000)));
        assert_true(histogram_add(&histogram, histogram_bucket(5000000)));
    }
    for (int i = 0; i < 60; i++) {
        histogram_remove(&histogram, histogram_bucket(5000000));
    }
    histogram_sum_add(sum, &histogram);
    assert_int_equal(sum->total, 60);
    assert_int_equal(histogram_percentile(sum, 50, 100), 30000);
    assert_int_equal(histogram_percentile(sum, 95, 100), 57000);
    assert_int_equal(histogram_percentile(sum, 100, 100), 60000);
    assert_int_equal(histogram_max(sum), 60000);
    histogram_fini(&histogram);
    free(sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),           cmocka_unit_test(shuffled),
        cmocka_unit_test(beyond_the_window),  cmocka_unit_test(far_apart),
        cmocka_unit_test(buckets_are_narrow), cmocka_unit_test(percentiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
