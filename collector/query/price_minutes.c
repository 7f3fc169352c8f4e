/* SPDX-License-Identifier: Apache-2.0 */
#include "query/price_minutes.h"

struct pricing {
    const struct prices *prices;
    struct function_facts function;
    enum price_arch arch;
    struct cost cost;
    struct price_answer duration, request; /* Looked up for this day: prices change at midnight. */
    int64_t day;
};

#define DAY_NS INT64_C(86400000000000)

static void look_up(struct pricing *pricing, int64_t minute_ns)
{
    struct price_key key = {
        .component = PRICE_DURATION,
        .arch = pricing->arch,
        .region = pricing->function.region,
        .at_ns = minute_ns > 0 ? (uint64_t)minute_ns : 0,
    };
    pricing->duration = prices_find(pricing->prices, &key);
    key.component = PRICE_REQUEST;
    pricing->request = prices_find(pricing->prices, &key);
    pricing->day = minute_ns / DAY_NS;
}

static void price_minute(void *context, uint32_t function, struct slice trigger, int64_t minute_ns,
                         const struct rollup_facts *facts)
{
    struct pricing *pricing = context;
    (void)function;
    (void)trigger;
    if (pricing->day != minute_ns / DAY_NS) {
        look_up(pricing, minute_ns);
    }
    struct cost cost = cost_zero();
    cost.mb_ms = facts->mb_ms;
    cost.requests = facts->billed;
    cost.unknown = facts->invocations - facts->billed;
    if (pricing->duration.tier_count > 0) {
        cost.parts.useful = money_of_mb_ms(facts->mb_ms, pricing->duration.tiers[0].price);
    }
    if (pricing->request.tier_count > 0) {
        cost.parts.requests = money_of_count(facts->billed, pricing->request.tiers[0].price);
    }
    cost.amount = money_add(cost.parts.useful, cost.parts.requests);
    cost.assumed = pricing->duration.assumed || pricing->request.assumed;
    cost.unpriced = pricing->duration.tier_count == 0 || pricing->request.tier_count == 0;
    cost_add(&pricing->cost, &cost);
}

struct cost price_minutes(const struct query *query, uint32_t function, struct query_range range)
{
    struct pricing pricing = {.prices = query->prices, .cost = cost_zero(), .day = -1};
    view_function(query->view, function, &pricing.function);
    pricing.cost.assumed = !prices_arch(pricing.function.arch, &pricing.arch);
    view_rollup_each(query->view, function, range.from_ns, range.to_ns, price_minute, &pricing);
    return pricing.cost;
}
