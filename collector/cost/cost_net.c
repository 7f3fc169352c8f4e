/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/cost.h"

/* 1024 megabytes for 1000 milliseconds. */
#define MB_MS_PER_GB_S UINT64_C(1024000)

const char *const cost_net_note =
    "As if this were the account's whole calendar month: tiers by region and architecture, the "
    "free tier once per account, spread in proportion to use.";

/* What may be taken off, of one kind of quantity, and over how much it is to be spread. */
struct free_pool {
    uint64_t left;          /* Not taken off yet. */
    uint64_t total;         /* To spread at the beginning. */
    unsigned __int128 used; /* By all lines. */
};

static struct free_pool pool_of(const struct prices *prices, enum price_component component,
                                uint64_t at_ns, uint64_t scale)
{
    const struct price_key key = {.component = component, .region = SLICE("*"), .at_ns = at_ns};
    struct price_answer answer = prices_find(prices, &key);
    uint64_t quantity = answer.tier_count == 0 ? 0 : answer.tiers[0].to * scale;
    return (struct free_pool){.left = quantity, .total = quantity};
}

/* A line's part of the pool, in proportion. */
static uint64_t pool_take(struct free_pool *pool, uint64_t used)
{
    if (pool->used <= pool->total) {
        pool->left -= used;
        return used;
    }
    /* Below `used` by a fraction smaller than one: what the cut fractions leave is not worth a
     * rule, it is less than one megabyte-millisecond or request per line. */
    uint64_t part = (uint64_t)((unsigned __int128)pool->total * used / pool->used);
    pool->left -= part;
    return part;
}

/* A quantity through the tiers.  scale is how many of the quantity one unit of a tier has. */
static struct money tiers_apply(struct price_answer answer, uint64_t quantity, uint64_t scale,
                                bool duration)
{
    struct money sum = MONEY_ZERO;
    for (size_t i = 0; i < answer.tier_count; i++) {
        const struct price_tier *tier = &answer.tiers[i];
        uint64_t from = tier->from * scale;
        uint64_t to = tier->to == UINT64_MAX ? UINT64_MAX : tier->to * scale;
        if (quantity <= from) {
            break;
        }
        uint64_t part = (quantity < to ? quantity : to) - from;
        sum = money_add(sum, duration ? money_of_mb_ms(part, tier->price)
                                      : money_of_count(part, tier->price));
    }
    return sum;
}

/* The same at the first tier's price. */
static struct money gross_of(struct price_answer answer, uint64_t quantity, bool duration)
{
    if (answer.tier_count == 0) {
        return MONEY_ZERO;
    }
    return duration ? money_of_mb_ms(quantity, answer.tiers[0].price)
                    : money_of_count(quantity, answer.tiers[0].price);
}

struct cost_net cost_net(const struct prices *prices, const struct cost_usage *lines, size_t count,
                         uint64_t at_ns)
{
    struct cost_net net = {.gross = MONEY_ZERO};
    struct free_pool time = pool_of(prices, PRICE_FREE_DURATION, at_ns, MB_MS_PER_GB_S);
    struct free_pool calls = pool_of(prices, PRICE_FREE_REQUEST, at_ns, 1);
    for (size_t i = 0; i < count; i++) {
        time.used += lines[i].mb_ms;
        calls.used += lines[i].requests;
    }
    for (size_t i = 0; i < count; i++) {
        const struct cost_usage *line = &lines[i];
        struct price_key key = {.component = PRICE_DURATION,
                                .arch = line->arch,
                                .region = line->region,
                                .at_ns = at_ns};
        struct price_answer duration = prices_find(prices, &key);
        key.component = PRICE_REQUEST;
        struct price_answer request = prices_find(prices, &key);
        net.assumed = net.assumed || duration.assumed || request.assumed;

        net.gross = money_add(net.gross, gross_of(duration, line->mb_ms, true));
        net.gross = money_add(net.gross, gross_of(request, line->requests, false));
        uint64_t mb_ms = line->mb_ms - pool_take(&time, line->mb_ms);
        uint64_t requests = line->requests - pool_take(&calls, line->requests);
        net.net = money_add(net.net, tiers_apply(duration, mb_ms, MB_MS_PER_GB_S, true));
        net.net = money_add(net.net, tiers_apply(request, requests, 1, false));
    }
    net.free_tier_applied = time.left < time.total || calls.left < calls.total;
    return net;
}
