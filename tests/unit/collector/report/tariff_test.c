/* SPDX-License-Identifier: Apache-2.0 */
#include "report/tariff.h"

#include "base/prng.h"
#include "lib/cm.h"

#include <stdio.h>

#define DAY_NS INT64_C(86400000000000)

/* In any order of regions, times and ways of billing the prices are those that the table tells. */
static void test_same(void **state)
{
    static const struct slice regions[] = {SLICE_INIT(""), SLICE_INIT("eu-central-1"),
                                           SLICE_INIT("us-east-1"), SLICE_INIT("nowhere")};
    struct prices *prices;
    struct prng prng;
    struct tariff tariff = {.known = false};
    char error[200];
    (void)state;
    assert_int_equal(prices_load(&prices, SLICE_EMPTY, error, sizeof(error)), STATUS_OK);
    prng_init(&prng, 7);
    for (unsigned i = 0; i < 20000; i++) {
        const struct cost_facts facts = {
            .billing = (enum billing)prng_below(&prng, BILLING_COUNT),
            .region = regions[prng_below(&prng, 4)],
            /* Days around those on which prices changed, their first and last moments. */
            .start_ns = prng_chance(&prng, 1, 8)
                            ? COST_UNKNOWN
                            : (int64_t)(19900 + prng_below(&prng, 900)) * DAY_NS -
                                  (int64_t)prng_below(&prng, 2),
        };
        struct cost_prices told = cost_prices(prices, &facts);
        const struct cost_prices *found = tariff_of(&tariff, prices, &facts);
        assert_int_equal(found->billing, told.billing);
        assert_int_equal(found->assumed, told.assumed);
        assert_ptr_equal(found->duration.tiers, told.duration.tiers);
        assert_ptr_equal(found->cpu.tiers, told.cpu.tiers);
        assert_ptr_equal(found->request.tiers, told.request.tiers);
        assert_int_equal(found->request.assumed, told.request.assumed);
    }
    prices_free(prices);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
