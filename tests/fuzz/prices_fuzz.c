/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a price table: a table that answers, or a sentence. */
#include "cost/cost.h"

#include "base/ensure.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[200] = "";
    struct prices *prices = NULL;
    enum status status = prices_parse(&prices, slice_of(data, size), error, sizeof(error));
    ENSURE((status == STATUS_OK) == (prices != NULL));
    ENSURE((status == STATUS_OK) == (error[0] == '\0'));
    if (prices == NULL) {
        return 0;
    }
    struct cost_facts facts = {.region = SLICE("us-east-1"),
                               .arch = SLICE("arm64"),
                               .start_ns = INT64_C(1795392000000000000),
                               .billed_ms = 351,
                               .memory_mb = 1024,
                               .reported_ns = 250060000,
                               .handler_ns = COST_UNKNOWN,
                               .post_handler_ns = 1000000,
                               .init_ns = 100770000,
                               .billed_restore_ms = COST_UNKNOWN};
    for (unsigned i = 0; i < BILLING_COUNT; i++) {
        facts.billing = (enum billing)i;
        const struct cost cost = cost_of_invocation(prices, &facts);
        const struct cost_parts *parts = &cost.parts;
        struct money sum = money_add(parts->useful, parts->rounding);
        sum =
            money_add(money_add(sum, parts->init), money_add(parts->post_handler, parts->requests));
        ENSURE(cost.amount.saturated || money_compare(sum, cost.amount) == 0);
        const struct cost_usage usage = {.billing = facts.billing,
                                         .region = facts.region,
                                         .arch = PRICE_ARM64,
                                         .mb_ms = UINT64_MAX,
                                         .cpu_milli_ms = UINT64_MAX,
                                         .requests = UINT64_MAX};
        const struct cost_net net = cost_net(prices, &usage, 1, UINT64_C(1795392000000000000));
        ENSURE(net.net.units >= 0 && net.gross.units >= 0);
    }
    prices_free(prices);
    return 0;
}
