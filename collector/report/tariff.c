/* SPDX-License-Identifier: Apache-2.0 */
#include "report/tariff.h"

#include "base/ensure.h"

#define DAY_NS INT64_C(86400000000000)

const struct cost_prices *tariff_of(struct tariff *tariff, const struct prices *prices,
                                    const struct cost_facts *facts)
{
    int64_t day = facts->start_ns < 0 ? -1 : facts->start_ns / DAY_NS;
    ENSURE(facts->arch.size == 0 && facts->region.size <= REPORT_LABEL_SIZE_MAX);
    if (!tariff->known || tariff->billing != facts->billing || tariff->day != day ||
        !slice_equal(label_text(&tariff->region), facts->region)) {
        tariff->known = true;
        tariff->billing = facts->billing;
        tariff->day = day;
        label_set(&tariff->region, facts->region);
        tariff->prices = cost_prices(prices, facts);
    }
    return &tariff->prices;
}
