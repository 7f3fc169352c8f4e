/* SPDX-License-Identifier: Apache-2.0 */
/* What the provider's published examples have besides invocations, from what is declared. */
#include "declared/standing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR_NS INT64_C(3600000000000)
#define DAY_NS  (24 * HOUR_NS)

/* 2026-11-01T00:00:00Z */
#define NOVEMBER_NS INT64_C(1793491200000000000)

static struct prices *prices;

static int load(void **state)
{
    (void)state;
    char error[200];
    return prices_load(&prices, SLICE_EMPTY, error, sizeof(error)) == STATUS_OK ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    prices_free(prices);
    return 0;
}

static void assert_money(struct money amount, const char *six_decimals)
{
    char text[MONEY_TEXT_SIZE];
    (void)money_format_rounded(amount, 6, text);
    assert_string_equal(text, six_decimals);
}

static struct standing_terms terms_of(const struct declared_function *function)
{
    return (struct standing_terms){.prices = prices,
                                   .function = function,
                                   .region = SLICE("us-east-1"),
                                   .arch = SLICE("amd64")};
}

/* A launch: 100 instances of 1536 MB for 8 hours, 18.00; a sale: 7 of 4096 MB for a day, 10.08. */
static void instances_kept_ready(void **state)
{
    (void)state;
    const struct declared_provisioned items[] = {
        {100, 1536, NOVEMBER_NS, NOVEMBER_NS + 8 * HOUR_NS},
        {7, 4096, NOVEMBER_NS + 30 * DAY_NS, NOVEMBER_NS + 31 * DAY_NS},
    };
    struct declared_function function = {.provisioned = items, .provisioned_count = 1};
    const struct standing_terms terms = terms_of(&function);
    struct standing sum = standing_zero();
    standing_add_time(&sum, &terms, 0, INT64_MAX);
    assert_money(sum.amount, "18.000144");
    function.provisioned = &items[1];
    sum = standing_zero();
    standing_add_time(&sum, &terms, 0, INT64_MAX);
    assert_money(sum.provisioned, "10.080081");
    assert_false(sum.assumed || sum.unpriced);
}

/* It is rounded up to five minutes at its end, and pieces of time sum to the whole. */
static void the_last_minutes(void **state)
{
    (void)state;
    const struct declared_provisioned item = {1, 1024, NOVEMBER_NS + HOUR_NS,
                                              NOVEMBER_NS + HOUR_NS + 301 * INT64_C(1000000000)};
    const struct declared_function function = {.provisioned = &item, .provisioned_count = 1};
    const struct standing_terms terms = terms_of(&function);
    struct standing sum = standing_zero();
    standing_add_time(&sum, &terms, NOVEMBER_NS, NOVEMBER_NS + DAY_NS);
    assert_money(sum.amount, "0.002500"); /* 600 GB-s at 0.0000041667 */
    struct standing pieces = standing_zero();
    for (int64_t at_ns = NOVEMBER_NS; at_ns < NOVEMBER_NS + DAY_NS; at_ns += 7 * HOUR_NS / 360) {
        standing_add_time(&pieces, &terms, at_ns, at_ns + 7 * HOUR_NS / 360);
    }
    assert_int_equal(money_compare(sum.amount, pieces.amount), 0);
}

/* The telemetry example's snapshot: 1 GB for 31 days, 4.03, and 74,400 restores, 10.40. */
static void snapshots(void **state)
{
    (void)state;
    const struct declared_snapshot item = {1024, NOVEMBER_NS, NOVEMBER_NS + 31 * DAY_NS};
    const struct declared_function function = {.snapshots = &item, .snapshot_count = 1};
    const struct standing_terms terms = terms_of(&function);
    struct standing sum = standing_zero();
    standing_add_time(&sum, &terms, 0, INT64_MAX);
    assert_money(sum.snapshots, "4.029921");
    standing_add_use(&sum, &terms, NOVEMBER_NS + DAY_NS, 0, 74400);
    assert_money(sum.restores, "10.401105");
    assert_money(sum.amount, "14.431026");
    /* Three hours at least; and no restores where there is no snapshot. */
    const struct declared_snapshot brief = {1024, NOVEMBER_NS, NOVEMBER_NS + 1};
    const struct declared_function published = {.snapshots = &brief, .snapshot_count = 1};
    const struct standing_terms other = terms_of(&published);
    sum = standing_zero();
    standing_add_time(&sum, &other, 0, INT64_MAX);
    standing_add_use(&sum, &other, NOVEMBER_NS + 1, 0, 74400);
    assert_money(sum.amount, "0.016250"); /* 10,800 GB-s at 0.0000015046 */
}

/* Machine learning: 6 million calls of 280 ms with 2048 MB of storage, 0.08. */
static void storage(void **state)
{
    (void)state;
    struct declared_function function = {.storage_mb = 2048};
    const struct standing_terms terms = terms_of(&function);
    struct standing sum = standing_zero();
    standing_add_use(&sum, &terms, NOVEMBER_NS, UINT64_C(6000000) * 280, 0);
    assert_money(sum.storage, "0.077868");
    function.storage_mb = 512;
    sum = standing_zero();
    standing_add_use(&sum, &terms, NOVEMBER_NS, UINT64_C(6000000) * 280, 9);
    assert_money(sum.amount, "0.000000");
}

/* What still goes on has no end; another region's price is marked. */
static void without_an_end(void **state)
{
    (void)state;
    const struct declared_provisioned item = {2, 512, NOVEMBER_NS, DECLARED_NO_END};
    const struct declared_function function = {.provisioned = &item, .provisioned_count = 1};
    struct standing_terms terms = terms_of(&function);
    terms.region = SLICE("mars-north-1");
    struct standing sum = standing_zero();
    standing_add_time(&sum, &terms, NOVEMBER_NS, NOVEMBER_NS + HOUR_NS);
    assert_money(sum.amount, "0.015000");
    assert_true(sum.assumed);
    assert_false(sum.unpriced);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instances_kept_ready),
        cmocka_unit_test(the_last_minutes),
        cmocka_unit_test(snapshots),
        cmocka_unit_test(storage),
        cmocka_unit_test(without_an_end),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
