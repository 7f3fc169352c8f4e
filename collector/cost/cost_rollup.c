/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/cost.h"

#include "cost/cost_limits.h"

#define NS_PER_MS 1000000
#define NS_PER_US 1000

static struct price first_price(const struct price_answer *answer)
{
    return answer->tier_count == 0 ? (struct price){.e14 = 0} : answer->tiers[0].price;
}

/* What these invocations are billed for. */
struct size {
    uint64_t memory_mb; /* On average; 0 where it is not known or absurd. */
    uint64_t billed_mb; /* How that is counted. */
    uint64_t cpu_milli;
};

static struct size size_of(enum billing billing, const struct cost_rollup *rollup)
{
    uint64_t memory_mb = rollup->billed_ms == 0 ? 0 : rollup->mb_ms / rollup->billed_ms;
    if (memory_mb == 0 || memory_mb > (uint64_t)COST_MEMORY_MB_MAX) {
        return (struct size){.memory_mb = 0};
    }
    struct size size = {.memory_mb = memory_mb, .billed_mb = memory_mb};
    if (!billing_is_told(billing)) {
        size.billed_mb = (uint64_t)billing_memory_mb(billing, (int64_t)memory_mb);
        size.cpu_milli = (uint64_t)billing_cpu_milli(billing, (int64_t)memory_mb);
    }
    return size;
}

/* What is still to be given to the parts, of which each takes some. */
struct giving {
    const struct cost_prices *prices;
    struct size size;
    unsigned __int128 left_mb_ns; /* By the memory that the invocations have. */
    unsigned __int128 cpu_at_ns;  /* Of a processor: what has been given. */
};

static struct money give(struct giving *giving, unsigned __int128 mb_ns)
{
    const struct size *size = &giving->size;
    struct price cpu = first_price(&giving->prices->cpu);
    mb_ns = mb_ns < giving->left_mb_ns ? mb_ns : giving->left_mb_ns;
    giving->left_mb_ns -= mb_ns;
    unsigned __int128 counted = mb_ns;
    if (size->billed_mb != size->memory_mb) {
        counted = mb_ns / size->memory_mb * size->billed_mb;
    }
    struct money memory = money_of_mb_ns(counted, first_price(&giving->prices->duration));
    if (size->cpu_milli == 0) {
        return memory;
    }
    struct money before = money_of_cpu_ns(giving->cpu_at_ns, cpu);
    giving->cpu_at_ns += mb_ns / size->memory_mb * size->cpu_milli;
    struct money after = money_of_cpu_ns(giving->cpu_at_ns, cpu);
    return money_add(memory, money_subtract(after, before));
}

static void price_parts(const struct cost_prices *prices, const struct cost_rollup *rollup,
                        const struct size *size, struct cost_parts *parts)
{
    unsigned __int128 post_mb_ns = (unsigned __int128)rollup->post_handler_mb_us * NS_PER_US;
    unsigned __int128 init_mb_ns = (unsigned __int128)rollup->init_mb_us * NS_PER_US;
    unsigned __int128 rounding_mb_ns = (unsigned __int128)rollup->rounding_mb_us * NS_PER_US;
    struct giving giving = {.prices = prices,
                            .size = *size,
                            .left_mb_ns = (unsigned __int128)rollup->mb_ms * NS_PER_MS};
    parts->post_handler = give(&giving, post_mb_ns);
    parts->init = give(&giving, init_mb_ns);
    parts->rounding = give(&giving, rounding_mb_ns);
    parts->useful = give(&giving, giving.left_mb_ns);
}

/* What these took, and their requests. */
static struct money failed_of(const struct cost_prices *prices, uint64_t mb_ms, uint64_t count)
{
    if (mb_ms == 0 && count == 0) {
        return (struct money){.units = 0}; /* Nearly always. */
    }
    return money_add(money_of_mb_ms(mb_ms, first_price(&prices->duration)),
                     money_of_count(count, first_price(&prices->request)));
}

struct cost cost_rollup(const struct cost_prices *prices, const struct cost_rollup *rollup)
{
    const struct size size = size_of(prices->billing, rollup);
    struct cost cost = cost_zero();
    cost.mb_ms = rollup->mb_ms;
    cost.requests = rollup->billed;
    cost.unknown = rollup->invocations - rollup->billed;
    cost.assumed = prices->assumed;
    cost.unpriced = prices->duration.tier_count == 0 || prices->request.tier_count == 0;
    if (!billing_is_told(prices->billing)) {
        if (size.billed_mb != size.memory_mb) {
            cost.mb_ms = rollup->billed_ms * size.billed_mb;
        }
        cost.cpu_milli_ms = rollup->billed_ms * size.cpu_milli;
        cost.assumed = cost.assumed || (size.memory_mb > 0 && billing_cpu_assumed(prices->billing));
        /* A request without a known memory has its own price all the same. */
        cost.requests = rollup->invocations;
        cost.unpriced = cost.unpriced || (cost.cpu_milli_ms > 0 && prices->cpu.tier_count == 0);
    }
    price_parts(prices, rollup, &size, &cost.parts);
    cost.parts.requests = money_of_count(cost.requests, first_price(&prices->request));
    cost.amount = money_add(cost.parts.useful, cost.parts.requests);
    cost.amount = money_add(cost.amount, cost.parts.post_handler);
    cost.amount = money_add(cost.amount, cost.parts.init);
    cost.amount = money_add(cost.amount, cost.parts.rounding);
    cost.stream_bytes = rollup->stream_bytes;
    cost.parts.streaming = money_of_bytes(cost.stream_bytes, first_price(&prices->stream));
    cost.unpriced = cost.unpriced || (cost.stream_bytes > 0 && prices->stream.tier_count == 0);
    cost.amount = money_add(cost.amount, cost.parts.streaming);
    cost.failed = (struct cost_failed){
        .errors = failed_of(prices, rollup->errors_mb_ms, rollup->errors),
        .timeouts = failed_of(prices, rollup->timeouts_mb_ms, rollup->timeouts),
        .retries = failed_of(prices, rollup->retries_mb_ms, rollup->retries),
    };
    return cost;
}
