/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_TARIFF_H
#define THAW_COLLECTOR_REPORT_TARIFF_H

#include "report/label.h"

#include "cost/cost.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The prices of the invocation before, which are mostly those of the next one, too: prices change
 * with the region, the provider's way of billing, and from one day to the next
 * (docs/reference/prices.md). Plain value; begin with {0}.
 */
struct tariff {
    bool known;
    enum billing billing;
    int64_t day; /* Since 1970; -1: of no time. */
    struct label region;
    struct cost_prices prices;
};

/* The prices that cost_prices() finds for an invocation whose architecture is not told. */
const struct cost_prices *tariff_of(struct tariff *tariff, const struct prices *prices,
                                    const struct cost_facts *facts);

#endif
