/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"

#include "base/clock.h"
#include "sandbox/billing.h"

static uint64_t us(uint64_t count)
{
    return count * CLOCK_NS_PER_US;
}

/* Since August 2025 duration and init are summed and then rounded up: real REPORT lines. */
static void test_sum_is_rounded_once(void **state)
{
    (void)state;
    assert_int_equal(billing_billed_ms(BILLING_2025_08, us(2020), us(103220)), 106);
    assert_int_equal(billing_billed_ms(BILLING_2025_08, us(1307680), us(1058150)), 2366);
    assert_int_equal(billing_billed_ms(BILLING_2025_08, us(1258240), us(1002250)), 2261);
    assert_int_equal(billing_billed_ms(BILLING_2025_08, us(5000000), us(578070)), 5579);
    assert_int_equal(billing_billed_ms(BILLING_2025_08, us(68058830), us(427950)), 68487);
}

/* Before, the init was free. */
static void test_init_was_free(void **state)
{
    (void)state;
    assert_int_equal(billing_billed_ms(BILLING_2020_12, us(8400), us(170130)), 9);
    assert_int_equal(billing_billed_ms(BILLING_2020_12, us(9000), us(170130)), 9);
}

/* Before December 2020 the unit was 100 ms. */
static void test_hundreds(void **state)
{
    (void)state;
    assert_int_equal(billing_billed_ms(BILLING_100MS, us(1), 0), 100);
    assert_int_equal(billing_billed_ms(BILLING_100MS, us(100000), 0), 100);
    assert_int_equal(billing_billed_ms(BILLING_100MS, us(100001), 0), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_is_rounded_once),
        cmocka_unit_test(test_init_was_free),
        cmocka_unit_test(test_hundreds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
