/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/cost.h"

#include "cost/cost_limits.h"

#define NS_PER_MS 1000000

static struct price first_price(const struct price_answer *answer)
{
    return answer->tier_count == 0 ? (struct price){.e14 = 0} : answer->tiers[0].price;
}

/* The memory that these invocations have, on average; 0 where it is not known or absurd. */
static int64_t memory_of(const struct cost_rollup *rollup)
{
    uint64_t memory_mb = rollup->billed_ms == 0 ? 0 : rollup->mb_ms / rollup->billed_ms;
    return memory_mb > (uint64_t)COST_MEMORY_MB_MAX ? 0 : (int64_t)memory_mb;
}

/* What other providers bill besides, and how they count memory. */
static void price_cloud(const struct cost_prices *prices, const struct cost_rollup *rollup,
                        struct cost *cost)
{
    int64_t memory_mb = memory_of(rollup);
    if (memory_mb > 0) {
        int64_t billed_mb = billing_memory_mb(prices->billing, memory_mb);
        if (billed_mb != memory_mb) {
            cost->mb_ms = rollup->billed_ms * (uint64_t)billed_mb;
        }
        cost->cpu_milli_ms =
            rollup->billed_ms * (uint64_t)billing_cpu_milli(prices->billing, memory_mb);
        cost->assumed = cost->assumed || billing_cpu_assumed(prices->billing);
    }
    /* A request without a known memory has its own price all the same. */
    cost->requests = rollup->invocations;
    cost->unpriced = cost->unpriced || (cost->cpu_milli_ms > 0 && prices->cpu.tier_count == 0);
}

struct cost cost_rollup(const struct cost_prices *prices, const struct cost_rollup *rollup)
{
    struct cost cost = cost_zero();
    cost.mb_ms = rollup->mb_ms;
    cost.requests = rollup->billed;
    cost.unknown = rollup->invocations - rollup->billed;
    cost.assumed = prices->assumed;
    cost.unpriced = prices->duration.tier_count == 0 || prices->request.tier_count == 0;
    if (!billing_is_told(prices->billing)) {
        price_cloud(prices, rollup, &cost);
    }
    struct money memory = money_of_mb_ms(cost.mb_ms, first_price(&prices->duration));
    struct money cpu = money_of_cpu_ns((unsigned __int128)cost.cpu_milli_ms * NS_PER_MS,
                                       first_price(&prices->cpu));
    cost.parts.useful = money_add(memory, cpu);
    cost.parts.requests = money_of_count(cost.requests, first_price(&prices->request));
    cost.amount = money_add(cost.parts.useful, cost.parts.requests);
    return cost;
}
