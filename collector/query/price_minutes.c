/* SPDX-License-Identifier: Apache-2.0 */
#include "query/price_minutes.h"

struct pricing {
    const struct prices *prices;
    struct function_facts function;
    struct cost_prices day_prices; /* Of this day: prices change at midnight. */
    int64_t day;
    bool held; /* Only what agents held. */
    struct cost cost;
};

#define DAY_NS INT64_C(86400000000000)

static void look_up(struct pricing *pricing, int64_t minute_ns)
{
    const struct cost_facts facts = {
        .billing = billing_of(pricing->function.provider, pricing->function.platform),
        .region = pricing->function.region,
        .arch = pricing->function.arch,
        .start_ns = minute_ns > 0 ? minute_ns : 0,
    };
    pricing->day_prices = cost_prices(pricing->prices, &facts);
    pricing->day = minute_ns / DAY_NS;
}

#define US_PER_MS 1000

/* As invocations that were billed for nothing but that.  They are no requests. */
static struct cost_rollup held_rollup(const struct rollup_facts *facts)
{
    return (struct cost_rollup){
        .billed_ms = facts->agent.held_us / US_PER_MS,
        .mb_ms = facts->agent.held_mb_us / US_PER_MS,
    };
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
    const struct cost_rollup rollup = {
        .invocations = facts->invocations,
        .billed = facts->billed,
        .billed_ms = facts->billed_ms,
        .mb_ms = facts->mb_ms,
    };
    const struct cost_rollup held = held_rollup(facts);
    struct cost cost = cost_rollup(&pricing->day_prices, pricing->held ? &held : &rollup);
    cost_add(&pricing->cost, &cost);
}

static struct cost price_all(const struct query *query, uint32_t function, struct query_range range,
                             bool held)
{
    struct pricing pricing = {
        .prices = query->prices, .cost = cost_zero(), .day = -1, .held = held};
    view_function(query->view, function, &pricing.function);
    view_rollup_each(query->view, function, range.from_ns, range.to_ns, price_minute, &pricing);
    return pricing.cost;
}

struct cost price_minutes(const struct query *query, uint32_t function, struct query_range range)
{
    return price_all(query, function, range, false);
}

struct cost price_minutes_held(const struct query *query, uint32_t function,
                               struct query_range range)
{
    return price_all(query, function, range, true);
}
