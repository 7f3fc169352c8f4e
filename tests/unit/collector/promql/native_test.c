/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/histogram.h"
#include "promql/quantile.h"

#include "lib/cm.h"

#include <math.h>
#include <stdalign.h>

static alignas(ARENA_ALIGN) unsigned char memory[1 << 20];
static struct arena arena;

#define NEAR(seen, wanted) assert_true(fabs((seen) - (wanted)) < 1e-12)

static int start(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    return 0;
}

static const struct histogram_bucket two_buckets[] = {{1, 10}, {2, 30}};
static const struct histogram_bucket minus_bucket[] = {{1, 10}};

/* Inside of a bucket values are spread over the logarithm of its width, as in Prometheus 3. */
static void quantiles(void **state)
{
    (void)state;
    struct native_histogram histogram = {
        .schema = 0, .count = 40, .sum = 1, .positive = two_buckets, .positive_count = 2};
    NEAR(quantile_of_native(0.125, &histogram), sqrt(2)); /* The middle of (1, 2]. */
    NEAR(quantile_of_native(0.25, &histogram), 2);
    NEAR(quantile_of_native(0.625, &histogram), sqrt(8)); /* The middle of (2, 4]. */
    NEAR(quantile_of_native(0, &histogram), 1);
    NEAR(quantile_of_native(1, &histogram), 4);
    NEAR(quantile_fraction_of_native(sqrt(2), 2, &histogram), 0.125);
    NEAR(quantile_fraction_of_native(-(double)INFINITY, sqrt(8), &histogram), 0.625);
    NEAR(quantile_fraction_of_native(5, (double)INFINITY, &histogram), 0);
    assert_true(quantile_of_native(-1, &histogram) == -(double)INFINITY);
    assert_true(quantile_of_native(2, &histogram) == (double)INFINITY);
    assert_true(isnan(quantile_of_native((double)NAN, &histogram)));

    /* A negative side is a mirror, and the bucket of zero is linear. */
    struct native_histogram signs = {.schema = 0,
                                     .zero_threshold = 0.5,
                                     .zero_count = 20,
                                     .count = 30,
                                     .negative = minus_bucket,
                                     .negative_count = 1};
    NEAR(quantile_of_native(1.0 / 6, &signs), -sqrt(2));
    NEAR(quantile_of_native(2.0 / 3, &signs), -0.25);
    NEAR(quantile_fraction_of_native(-2, -sqrt(2), &signs), 1.0 / 6);
    NEAR(quantile_fraction_of_native(-0.25, 0, &signs), 1.0 / 3);

    /* Observations that are NaN are in no bucket. */
    histogram.count = 80;
    histogram.sum = (double)NAN;
    assert_true(isnan(quantile_of_native(0.9, &histogram)));
    NEAR(quantile_of_native(0.125, &histogram), 2);
    NEAR(quantile_fraction_of_native(0, 100, &histogram), 0.5);
    assert_true(isnan(quantile_of_native(0.5, &(struct native_histogram){0})));
}

/* The variance takes the geometric middle of each bucket. */
static void variance(void **state)
{
    (void)state;
    struct native_histogram histogram = {.schema = 0,
                                         .count = 40,
                                         .sum = 40 * sqrt(8),
                                         .positive = two_buckets,
                                         .positive_count = 2};
    double wanted = 10 * pow(sqrt(2) - sqrt(8), 2) / 40;
    NEAR(quantile_variance_of_native(&histogram), wanted);
}

/* Of two schemas the sum has the coarser one: indexes of the finer are halved, upwards. */
static void schemas(void **state)
{
    (void)state;
    static const struct histogram_bucket fine[] = {{-1, 1}, {0, 2}, {1, 4}, {2, 8}, {3, 16}};
    struct native_histogram one = {
        .schema = 1, .count = 31, .sum = 5, .positive = fine, .positive_count = 5};
    struct native_histogram other = {
        .schema = 0, .count = 40, .sum = 7, .positive = two_buckets, .positive_count = 2};
    const struct native_histogram *sum = histogram_plus(&one, &other, 1, &arena);
    assert_non_null(sum);
    assert_int_equal(sum->schema, 0);
    assert_int_equal(sum->positive_count, 3);
    assert_true(sum->positive[0].index == 0 && sum->positive[0].count == 3);
    assert_true(sum->positive[1].index == 1 && sum->positive[1].count == 22);
    assert_true(sum->positive[2].index == 2 && sum->positive[2].count == 46);
    assert_true(sum->count == 71 && sum->sum == 12);
    const struct native_histogram *back = histogram_plus(sum, &other, -1, &arena);
    const struct native_histogram *coarse = histogram_coarser(&one, 0, &arena);
    assert_true(histogram_equal(back, coarse));
    assert_false(histogram_equal(back, &one));
    const struct native_histogram *none = histogram_plus(&one, &one, -1, &arena);
    assert_int_equal(none->positive_count, 0);
}

/* Of two thresholds of zero it has the larger, moved to the end of a bucket that it would cut. */
static void thresholds(void **state)
{
    (void)state;
    struct native_histogram one = {.schema = 0, .zero_threshold = 3, .zero_count = 5, .count = 5};
    struct native_histogram other = {
        .schema = 0, .count = 40, .positive = two_buckets, .positive_count = 2};
    const struct native_histogram *sum = histogram_plus(&one, &other, 1, &arena);
    assert_true(sum->zero_threshold == 4 && sum->zero_count == 45);
    assert_int_equal(sum->positive_count, 0);
    one.zero_threshold = 2;
    sum = histogram_plus(&other, &one, 1, &arena);
    assert_true(sum->zero_threshold == 2 && sum->zero_count == 15);
    assert_int_equal(sum->positive_count, 1);
}

/* A counter was reset when anything in it is less, or finer. */
static void resets(void **state)
{
    (void)state;
    static const struct histogram_bucket more[] = {{1, 11}, {2, 30}, {5, 1}};
    static const struct histogram_bucket less[] = {{1, 12}, {2, 29}, {5, 9}};
    struct native_histogram before = {
        .schema = 0, .count = 40, .positive = two_buckets, .positive_count = 2};
    struct native_histogram later = {
        .schema = 0, .count = 42, .positive = more, .positive_count = 3};
    assert_false(histogram_was_reset(&before, &later));
    later.positive = less;
    later.count = 50;
    assert_true(histogram_was_reset(&before, &later));
    later.positive = more;
    later.schema = 1;
    assert_true(histogram_was_reset(&before, &later));
    later = before;
    assert_false(histogram_was_reset(&before, &later));
    later.count = 39;
    assert_true(histogram_was_reset(&before, &later));
    later = before;
    later.positive_count = 1;
    assert_true(histogram_was_reset(&before, &later));
}

/* A sum of many is that of one after the other, and a mean a part of it. */
static void sums(void **state)
{
    (void)state;
    struct native_histogram one = {
        .schema = 0, .count = 40, .sum = 4, .positive = two_buckets, .positive_count = 2};
    struct histogram_sum sum = {0};
    histogram_sum_begin(&sum, &arena);
    for (int i = 0; i < 4; i++) {
        assert_true(histogram_sum_add_one(&sum, &one));
    }
    const struct native_histogram *mean = histogram_sum_end(&sum, 0.25);
    assert_true(histogram_equal(mean, &one));

    const double observed[] = {1, 1e100, 1, -1e100}; /* What is rounded away is kept. */
    histogram_sum_begin(&sum, &arena);
    for (int i = 0; i < 4; i++) {
        one.sum = observed[i];
        assert_true(histogram_sum_add_one(&sum, &one));
    }
    const struct native_histogram *total = histogram_sum_end(&sum, 1);
    assert_true(total->sum == 2);
}

/* Buckets of a classic histogram: of the same bound added, a decrease levelled. */
static void buckets(void **state)
{
    (void)state;
    struct quantile_bucket odd[] = {{1, 5}, {2, 3}, {4, 4}, {4, 5}, {(double)INFINITY, 9}};
    NEAR(quantile_of_buckets(0.5, odd, 5), 0.9);
    struct quantile_bucket share[] = {{1, 5}, {2, 10}, {(double)INFINITY, 20}};
    NEAR(quantile_fraction_of_buckets(0.5, 1.5, share, 3), 5.0 / 20);
    NEAR(quantile_fraction_of_buckets(-1, (double)INFINITY, share, 3), 1);
    NEAR(quantile_fraction_of_buckets(2, 5, share, 3), 0);
    struct quantile_bucket open[] = {{1, 5}, {2, 10}};
    assert_true(isnan(quantile_of_buckets(0.5, open, 2)));
    assert_true(isnan(quantile_fraction_of_buckets(0, 1, open, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(quantiles, start), cmocka_unit_test_setup(variance, start),
        cmocka_unit_test_setup(schemas, start),   cmocka_unit_test_setup(thresholds, start),
        cmocka_unit_test_setup(resets, start),    cmocka_unit_test_setup(sums, start),
        cmocka_unit_test_setup(buckets, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
