/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/cost.h"

/* 1024 megabytes for 1000 milliseconds. */
#define MB_MS_PER_GB_S UINT64_C(1024000)

/* Of answers. */
#define BYTES_PER_GB (UINT64_C(1) << 30)

/* 1000 thousandths for 1000 milliseconds. */
#define MILLI_MS_PER_CPU_S UINT64_C(1000000)

#define NS_PER_MS 1000000

const char *const cost_net_note =
    "As if this were the account's whole calendar month: tiers by region and architecture, the "
    "free tier once per account, spread in proportion to use.";

/* One provider's month. */
struct account {
    const struct prices *prices;
    const struct cost_usage *lines; /* Of all providers. */
    size_t count;
    enum billing billing; /* This one. */
    uint64_t at_ns;
};

/* What may be taken off, of one kind of quantity, and over how much it is to be spread. */
struct free_pool {
    uint64_t left;          /* Not taken off yet. */
    uint64_t total;         /* To spread at the beginning. */
    unsigned __int128 used; /* By all lines. */
};

static struct free_pool pool_of(const struct account *account, enum price_component component,
                                uint64_t scale)
{
    const struct price_key key = {.billing = account->billing,
                                  .component = component,
                                  .region = SLICE("*"),
                                  .at_ns = account->at_ns};
    struct price_answer answer = prices_find(account->prices, &key);
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

/* What is streamed: what is free of it is taken off first to last, as it has one price. */
static void net_of_streams(const struct account *account, struct cost_net *net)
{
    struct free_pool bytes = pool_of(account, PRICE_FREE_STREAM, BYTES_PER_GB);
    for (size_t i = 0; i < account->count; i++) {
        const struct cost_usage *line = &account->lines[i];
        if (line->billing != account->billing || line->stream_bytes == 0) {
            continue;
        }
        const struct price_key key = {.billing = account->billing,
                                      .component = PRICE_STREAM,
                                      .arch = line->arch,
                                      .region = line->region,
                                      .at_ns = account->at_ns};
        struct price_answer answer = prices_find(account->prices, &key);
        struct price price =
            answer.tier_count == 0 ? (struct price){.e14 = 0} : answer.tiers[0].price;
        uint64_t taken = line->stream_bytes < bytes.left ? line->stream_bytes : bytes.left;
        bytes.left -= taken;
        net->assumed = net->assumed || answer.assumed;
        net->gross = money_add(net->gross, money_of_bytes(line->stream_bytes, price));
        net->net = money_add(net->net, money_of_bytes(line->stream_bytes - taken, price));
        net->free_tier_applied = net->free_tier_applied || taken > 0;
    }
}

static void net_of_quantities(const struct account *account, struct cost_net *net)
{
    struct free_pool time = pool_of(account, PRICE_FREE_DURATION, MB_MS_PER_GB_S);
    struct free_pool calls = pool_of(account, PRICE_FREE_REQUEST, 1);
    for (size_t i = 0; i < account->count; i++) {
        if (account->lines[i].billing == account->billing) {
            time.used += account->lines[i].mb_ms;
            calls.used += account->lines[i].requests;
        }
    }
    for (size_t i = 0; i < account->count; i++) {
        const struct cost_usage *line = &account->lines[i];
        if (line->billing != account->billing) {
            continue;
        }
        struct price_key key = {.billing = account->billing,
                                .component = PRICE_DURATION,
                                .arch = line->arch,
                                .region = line->region,
                                .at_ns = account->at_ns};
        struct price_answer duration = prices_find(account->prices, &key);
        key.component = PRICE_REQUEST;
        struct price_answer request = prices_find(account->prices, &key);
        net->assumed = net->assumed || duration.assumed || request.assumed;

        net->gross = money_add(net->gross, gross_of(duration, line->mb_ms, true));
        net->gross = money_add(net->gross, gross_of(request, line->requests, false));
        uint64_t mb_ms = line->mb_ms - pool_take(&time, line->mb_ms);
        uint64_t requests = line->requests - pool_take(&calls, line->requests);
        net->net = money_add(net->net, tiers_apply(duration, mb_ms, MB_MS_PER_GB_S, true));
        net->net = money_add(net->net, tiers_apply(request, requests, 1, false));
    }
    net->free_tier_applied =
        net->free_tier_applied || time.left < time.total || calls.left < calls.total;
}

/* A resource of Google's: what of it a line used, at a price of its region. */
static struct money resource_of(const struct cost_usage *line, enum price_component component,
                                struct price_answer answer)
{
    if (answer.tier_count == 0) {
        return MONEY_ZERO;
    }
    struct price price = answer.tiers[0].price;
    if (component == PRICE_CPU) {
        return money_of_cpu_ns((unsigned __int128)line->cpu_milli_ms * NS_PER_MS, price);
    }
    return component == PRICE_DURATION ? money_of_mb_ms(line->mb_ms, price)
                                       : money_of_count(line->requests, price);
}

/* The free quantity of a resource as money: at the price of the first region, whatever region used
 * it. */
static struct money free_money(const struct account *account, enum price_component component,
                               enum price_component free_component)
{
    struct price_key key = {.billing = account->billing, .component = free_component};
    key.at_ns = account->at_ns;
    struct price_answer quantity = prices_find(account->prices, &key);
    key.component = component;
    struct price_answer price = prices_find(account->prices, &key); /* Of the first region. */
    if (quantity.tier_count == 0) {
        return MONEY_ZERO;
    }
    uint64_t free_count = quantity.tiers[0].to;
    const struct cost_usage all = {.mb_ms = free_count * MB_MS_PER_GB_S,
                                   .cpu_milli_ms = free_count * MILLI_MS_PER_CPU_S,
                                   .requests = free_count};
    return resource_of(&all, component, price);
}

static void net_of_resources(const struct account *account, struct cost_net *net)
{
    static const struct {
        enum price_component used, free;
    } resources[] = {{PRICE_DURATION, PRICE_FREE_DURATION},
                     {PRICE_CPU, PRICE_FREE_CPU},
                     {PRICE_REQUEST, PRICE_FREE_REQUEST}};
    for (size_t r = 0; r < sizeof(resources) / sizeof(*resources); r++) {
        struct money gross = MONEY_ZERO;
        for (size_t i = 0; i < account->count; i++) {
            const struct cost_usage *line = &account->lines[i];
            if (line->billing == account->billing) {
                const struct price_key key = {.billing = account->billing,
                                              .component = resources[r].used,
                                              .region = line->region,
                                              .at_ns = account->at_ns};
                struct price_answer answer = prices_find(account->prices, &key);
                net->assumed = net->assumed || answer.assumed;
                gross = money_add(gross, resource_of(line, resources[r].used, answer));
            }
        }
        net->gross = money_add(net->gross, gross);
        struct money off = free_money(account, resources[r].used, resources[r].free);
        net->free_tier_applied =
            net->free_tier_applied ||
            money_compare(money_compare(off, gross) < 0 ? off : gross, MONEY_ZERO) > 0;
        if (money_compare(gross, off) > 0) {
            net->net = money_add(net->net, money_subtract(gross, off));
        }
    }
}

struct cost_net cost_net(const struct prices *prices, const struct cost_usage *lines, size_t count,
                         uint64_t at_ns)
{
    struct cost_net net = {.gross = MONEY_ZERO};
    for (unsigned i = 0; i < BILLING_COUNT; i++) {
        const struct account account = {.prices = prices,
                                        .lines = lines,
                                        .count = count,
                                        .billing = (enum billing)i,
                                        .at_ns = at_ns};
        if (account.billing == BILLING_GCP_FUNCTIONS || account.billing == BILLING_GCP_RUN) {
            net_of_resources(&account, &net);
        } else {
            net_of_quantities(&account, &net);
            net_of_streams(&account, &net);
        }
    }
    return net;
}
