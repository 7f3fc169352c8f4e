/* SPDX-License-Identifier: Apache-2.0 */
#include "query/price_minutes.h"

#include "model/rollups.h"

struct visiting {
    struct pricing pricing;
    price_minutes_visit *visit;
    void *context;
};

#define DAY_NS INT64_C(86400000000000)

static void look_up(struct pricing *pricing, int64_t minute_ns, bool provisioned)
{
    enum billing billing = billing_of(pricing->function.provider, pricing->function.platform);
    struct cost_facts facts = {
        .billing = provisioned ? billing_provisioned(billing) : billing,
        .region = pricing->function.region,
        .arch = pricing->function.arch,
        .start_ns = minute_ns > 0 ? minute_ns : 0,
    };
    pricing->day_prices[provisioned] = cost_prices(pricing->prices, &facts);
    pricing->days[provisioned] = minute_ns / DAY_NS;
}

#define US_PER_MS 1000

/* As invocations that were billed for nothing but that.  They are no requests.  Most minutes have
 * none of it. */
static struct cost held_cost(const struct cost_prices *prices, const struct rollup_facts *facts)
{
    const struct cost_rollup held = {
        .billed_ms = facts->agent.held_us / US_PER_MS,
        .mb_ms = facts->agent.held_mb_us / US_PER_MS,
    };
    if (held.billed_ms == 0 && held.mb_ms == 0) {
        struct cost none = cost_zero();
        none.assumed = prices->assumed;
        none.unpriced = prices->duration.tier_count == 0 || prices->request.tier_count == 0;
        return none;
    }
    return cost_rollup(prices, &held);
}

static void rollup_parts(const struct bill_parts *parts, uint64_t memory_mb,
                         struct cost_rollup *rollup)
{
    rollup->init_mb_us = parts->init * memory_mb;
    rollup->post_handler_mb_us = parts->post_handler * memory_mb;
    rollup->rounding_mb_us = parts->rounding * memory_mb;
}

static void rollup_failed(const struct failed_sums *failed, uint64_t memory_mb,
                          struct cost_rollup *rollup)
{
    rollup->errors = failed->errors;
    rollup->errors_mb_ms = failed->errors_size * memory_mb;
    rollup->timeouts = failed->timeouts;
    rollup->timeouts_mb_ms = failed->timeouts_size * memory_mb;
    rollup->retries = failed->retries;
    rollup->retries_mb_ms = failed->retries_size * memory_mb;
}

static struct cost_rollup sized_rollup(const struct rollup_facts *facts)
{
    struct cost_rollup rollup = {
        .invocations = facts->invocations - facts->unsized.count,
        .billed = facts->billed,
        .billed_ms = facts->billed_ms,
        .mb_ms = facts->mb_ms,
        .stream_bytes = facts->streamed.bytes,
    };
    rollup_parts(&facts->parts, 1, &rollup);
    rollup_failed(&facts->failed, 1, &rollup);
    return rollup;
}

/* Those that do not tell their memory have what their function is known to have. */
static struct cost_rollup unsized_rollup(enum billing billing, const struct rollup_facts *facts,
                                         int64_t memory_mb)
{
    const struct unsized_sums *unsized = &facts->unsized;
    struct cost_rollup rollup = {.invocations = unsized->count};
    if (memory_mb > 0) {
        rollup.billed = unsized->count;
        rollup.billed_ms = unsized->billed_ms;
        rollup.mb_ms = unsized->billed_ms * (uint64_t)memory_mb;
        rollup_parts(&unsized->parts, (uint64_t)memory_mb, &rollup);
        rollup_failed(&unsized->failed, (uint64_t)memory_mb, &rollup);
    } else if (!billing_is_told(billing)) {
        rollup_failed(&unsized->failed, 0, &rollup); /* Their requests are paid for. */
    }
    return rollup;
}

void price_minutes_begin(struct pricing *pricing, const struct query *query, uint32_t function)
{
    *pricing = (struct pricing){.prices = query->prices, .days = {-1, -1}};
    view_function(query->view, function, &pricing->function);
}

struct cost price_minutes_cost(struct pricing *pricing, int64_t start_ns, bool provisioned,
                               const struct rollup_facts *facts)
{
    const struct cost_prices *prices = &pricing->day_prices[provisioned];
    if (pricing->days[provisioned] != start_ns / DAY_NS) {
        look_up(pricing, start_ns, provisioned);
    }
    const struct cost_rollup sized = sized_rollup(facts);
    struct cost cost = cost_rollup(prices, &sized);
    if (facts->unsized.count > 0) {
        const struct cost_rollup unsized =
            unsized_rollup(prices->billing, facts, pricing->function.memory_mb);
        struct cost more = cost_rollup(prices, &unsized);
        cost_add(&cost, &more);
    }
    return cost;
}

static void price_minute(void *context, const struct rollup_labels *labels,
                         const struct rollup *rollup)
{
    struct visiting *visiting = context;
    struct pricing *pricing = &visiting->pricing;
    const struct rollup_facts *facts = &rollup->facts;
    struct cost cost = price_minutes_cost(pricing, rollup->key.time_ns, labels->provisioned, facts);
    struct price_minute minute = {
        .start_ns = rollup->key.time_ns,
        .trigger = labels->trigger,
        .provisioned = labels->provisioned,
        .facts = facts,
        .cost = cost,
        .sizeless = facts->unsized.count > 0 && pricing->function.memory_mb <= 0,
        .held = held_cost(&pricing->day_prices[labels->provisioned], facts),
    };
    visiting->visit(visiting->context, &minute);
}

void price_minutes_each(const struct query *query, uint32_t function, struct query_range range,
                        price_minutes_visit *visit, void *context)
{
    struct visiting visiting = {.visit = visit, .context = context};
    price_minutes_begin(&visiting.pricing, query, function);
    view_rollup_rows(query->view, function, range.from_ns, range.to_ns, price_minute, &visiting);
}

static void add_minute(void *context, const struct price_minute *minute)
{
    struct price_sums *sums = context;
    cost_add(&sums->cost, &minute->cost);
    cost_add(&sums->held, &minute->held);
}

struct price_sums price_minutes(const struct query *query, uint32_t function,
                                struct query_range range)
{
    struct price_sums sums = {.cost = cost_zero(), .held = cost_zero()};
    price_minutes_each(query, function, range, add_minute, &sums);
    return sums;
}
