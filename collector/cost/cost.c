/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/cost.h"

#include "cost/cost_limits.h"

#include "base/ensure.h"

#define NS_PER_MS INT64_C(1000000)

/* Since this day the platform rounds durations up to 1 ms; before, to 100 ms: 2020-12-01. */
#define ERA_ONE_MS_NS INT64_C(1606780800000000000)

/* Since this day it bills the init of every package: 2025-08-01. */
#define ERA_INIT_BILLED_NS INT64_C(1754006400000000000)

struct cost cost_zero(void)
{
    return (struct cost){.mb_ms = 0};
}

bool cost_known(const struct cost *cost)
{
    return cost->unknown == 0;
}

/* A fact that is there and makes sense as a length of time. */
static bool is_known(int64_t value)
{
    return value != COST_UNKNOWN && value >= 0;
}

static int64_t or_zero(int64_t value)
{
    return is_known(value) ? value : 0;
}

static int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* Whether an init that lies before the duration is in the billed time. */
static bool init_is_billed(int64_t billed_ns, int64_t used_ns, int64_t init_ns, int64_t start_ns)
{
    if (init_ns > billed_ns || used_ns > billed_ns - init_ns) {
        return false; /* They do not fit: it cannot have been. */
    }
    /* What was rounded to 100 ms is a multiple of it, whatever the clock of the day said. */
    bool hundred = start_ns < ERA_ONE_MS_NS && billed_ns % (100 * NS_PER_MS) == 0;
    int64_t step_ns = hundred ? 100 * NS_PER_MS : NS_PER_MS;
    int64_t without_ns = (used_ns + step_ns - 1) / step_ns * step_ns;
    /* More was billed than rounding explains, or the rounded sums are the same either way. */
    return billed_ns > without_ns || start_ns >= ERA_INIT_BILLED_NS;
}

/* When it was; an invocation that has no time is taken as one of now, not of 1970. */
static int64_t time_of(const struct cost_facts *facts)
{
    return is_known(facts->start_ns) ? facts->start_ns : INT64_MAX;
}

struct cost_split cost_split(const struct cost_facts *facts)
{
    int64_t billed_ns = facts->billed_ms * NS_PER_MS;
    int64_t post_ns = least(or_zero(facts->post_handler_ns), billed_ns);
    int64_t used_ns = billed_ns; /* Nobody told what was used: then nothing was rounding. */
    if (is_known(facts->reported_ns)) {
        used_ns = least(facts->reported_ns, billed_ns);
    } else if (is_known(facts->handler_ns)) {
        used_ns = least(facts->handler_ns, billed_ns - post_ns) + post_ns;
    }

    struct cost_split split = {.init_ns = 0};
    int64_t init_ns = or_zero(facts->init_ns);
    int64_t inside_ns = 0;
    if (is_known(facts->billed_restore_ms) && facts->billed_restore_ms > 0) {
        split.init_ns = least(least(facts->billed_restore_ms, COST_BILLED_MS_MAX) * NS_PER_MS,
                              billed_ns - used_ns);
    } else if (facts->init_inside) {
        inside_ns = init_ns;
    } else if (billing_is_told(facts->billing) &&
               init_is_billed(billed_ns, used_ns, init_ns, time_of(facts))) {
        split.init_ns = init_ns;
    }
    split.rounding_ns = billed_ns - used_ns - split.init_ns;
    split.post_handler_ns = least(post_ns, used_ns);
    inside_ns = least(inside_ns, used_ns - split.post_handler_ns);
    split.init_ns += inside_ns;
    split.useful_ns = used_ns - split.post_handler_ns - inside_ns;
    ENSURE(split.useful_ns >= 0 && split.rounding_ns >= 0 && split.init_ns >= 0);
    return split;
}

static struct money sum_of(const struct cost_parts *parts)
{
    struct money sum = money_add(parts->useful, parts->rounding);
    sum = money_add(sum, parts->init);
    sum = money_add(sum, parts->post_handler);
    sum = money_add(sum, parts->streaming);
    return money_add(sum, parts->requests);
}

int64_t cost_streamed_bytes(int64_t produced_bytes)
{
    return produced_bytes > COST_STREAM_FREE_BYTES ? produced_bytes - COST_STREAM_FREE_BYTES : 0;
}

struct cost_prices cost_prices(const struct prices *prices, const struct cost_facts *facts)
{
    struct price_key key = {.billing = facts->billing,
                            .component = PRICE_DURATION,
                            .region = facts->region,
                            .at_ns = (uint64_t)time_of(facts)};
    struct cost_prices found = {.billing = facts->billing};
    found.assumed = !prices_arch(facts->arch, &key.arch) && facts->billing == BILLING_AWS;
    found.duration = prices_find(prices, &key);
    key.component = PRICE_CPU;
    found.cpu = prices_find(prices, &key);
    key.component = PRICE_REQUEST;
    found.request = prices_find(prices, &key);
    key.component = PRICE_STREAM;
    found.stream = prices_find(prices, &key);
    found.assumed = found.assumed || found.duration.assumed || found.request.assumed ||
                    facts->billing == BILLING_AZURE || !is_known(facts->start_ns);
    return found;
}

/* The first tier's price. */
static struct price first_price(const struct price_answer *answer)
{
    return answer->tier_count == 0 ? (struct price){.e14 = 0} : answer->tiers[0].price;
}

/* What a moment of an invocation costs. */
struct rate {
    int64_t memory_mb;
    int64_t cpu_milli;
    struct price duration, cpu;
};

/* The part that lies between *from_ns and that much later, where the next one begins. */
static struct money part_of(const struct rate *rate, int64_t *from_ns, int64_t part_ns)
{
    unsigned __int128 milli = (unsigned __int128)rate->cpu_milli;
    struct money before = money_of_cpu_ns(milli * (unsigned __int128)*from_ns, rate->cpu);
    *from_ns += part_ns;
    struct money after = money_of_cpu_ns(milli * (unsigned __int128)*from_ns, rate->cpu);
    unsigned __int128 mb_ns = (unsigned __int128)part_ns * (unsigned __int128)rate->memory_mb;
    return money_add(money_of_mb_ns(mb_ns, rate->duration), money_subtract(after, before));
}

static struct cost_parts parts_of(const struct rate *rate, const struct cost_split *split)
{
    int64_t at_ns = 0;
    struct cost_parts parts = {.requests = MONEY_ZERO};
    parts.useful = part_of(rate, &at_ns, split->useful_ns);
    parts.post_handler = part_of(rate, &at_ns, split->post_handler_ns);
    parts.init = part_of(rate, &at_ns, split->init_ns);
    parts.rounding = part_of(rate, &at_ns, split->rounding_ns);
    return parts;
}

struct cost cost_of_invocation(const struct prices *prices, const struct cost_facts *facts)
{
    struct cost_prices found = cost_prices(prices, facts);
    return cost_at(&found, facts);
}

struct cost cost_at(const struct cost_prices *found, const struct cost_facts *facts)
{
    struct cost cost = cost_zero();
    bool memory_known = is_known(facts->memory_mb) && facts->memory_mb > 0 &&
                        facts->memory_mb <= COST_MEMORY_MB_MAX;
    if (!is_known(facts->billed_ms) || facts->billed_ms > COST_BILLED_MS_MAX ||
        (!memory_known && billing_is_told(facts->billing))) {
        cost.unknown = 1;
        return cost;
    }
    cost.requests = 1;
    cost.assumed = found->assumed;
    cost.unpriced = found->request.tier_count == 0;
    if (memory_known) {
        struct rate rate = {.memory_mb = billing_memory_mb(facts->billing, facts->memory_mb),
                            .cpu_milli = billing_cpu_milli(facts->billing, facts->memory_mb),
                            .duration = first_price(&found->duration),
                            .cpu = first_price(&found->cpu)};
        if (rate.cpu_milli > 0 && facts->cpu_milli > 0 && facts->cpu_milli <= COST_CPU_MILLI_MAX) {
            rate.cpu_milli = facts->cpu_milli;
        } else if (billing_cpu_assumed(facts->billing)) {
            cost.assumed = true;
        }
        cost.unpriced = cost.unpriced || found->duration.tier_count == 0 ||
                        (rate.cpu_milli > 0 && found->cpu.tier_count == 0);
        cost.mb_ms = (uint64_t)facts->billed_ms * (uint64_t)rate.memory_mb;
        cost.cpu_milli_ms = (uint64_t)facts->billed_ms * (uint64_t)rate.cpu_milli;
        struct cost_split split = cost_split(facts);
        cost.parts = parts_of(&rate, &split);
    } else {
        cost.unknown = 1;
    }
    cost.parts.requests = money_of_count(1, first_price(&found->request));
    if (facts->stream_bytes > 0) {
        cost.stream_bytes = (uint64_t)facts->stream_bytes;
        cost.parts.streaming = money_of_bytes(cost.stream_bytes, first_price(&found->stream));
        cost.unpriced = cost.unpriced || found->stream.tier_count == 0;
    }
    cost.amount = sum_of(&cost.parts);
    cost.failed = (struct cost_failed){
        .errors = facts->failed ? cost.amount : MONEY_ZERO,
        .timeouts = facts->timed_out ? cost.amount : MONEY_ZERO,
        .retries = facts->retry ? cost.amount : MONEY_ZERO,
    };
    return cost;
}

bool cost_utilisation(const struct cost *cost, double *utilisation)
{
    struct money billed = money_subtract(cost->amount, cost->parts.requests);
    billed = money_subtract(billed, cost->parts.streaming);
    struct money used = money_subtract(billed, cost->parts.rounding);
    *utilisation = billed.units > 0 ? (double)used.units / (double)billed.units : 0;
    return billed.units > 0;
}

/* Counters stop at their end instead of beginning anew. */
static void count_add(uint64_t *sum, uint64_t more)
{
    *sum = more > UINT64_MAX - *sum ? UINT64_MAX : *sum + more;
}

void cost_add(struct cost *sum, const struct cost *other)
{
    sum->parts.useful = money_add(sum->parts.useful, other->parts.useful);
    sum->parts.rounding = money_add(sum->parts.rounding, other->parts.rounding);
    sum->parts.init = money_add(sum->parts.init, other->parts.init);
    sum->parts.post_handler = money_add(sum->parts.post_handler, other->parts.post_handler);
    sum->parts.requests = money_add(sum->parts.requests, other->parts.requests);
    sum->parts.streaming = money_add(sum->parts.streaming, other->parts.streaming);
    sum->failed.errors = money_add(sum->failed.errors, other->failed.errors);
    sum->failed.timeouts = money_add(sum->failed.timeouts, other->failed.timeouts);
    sum->failed.retries = money_add(sum->failed.retries, other->failed.retries);
    sum->amount = money_add(sum->amount, other->amount);
    count_add(&sum->mb_ms, other->mb_ms);
    count_add(&sum->cpu_milli_ms, other->cpu_milli_ms);
    count_add(&sum->requests, other->requests);
    count_add(&sum->stream_bytes, other->stream_bytes);
    count_add(&sum->unknown, other->unknown);
    sum->assumed = sum->assumed || other->assumed;
    sum->unpriced = sum->unpriced || other->unpriced;
}

static uint64_t count_share(uint64_t count, uint32_t served, uint32_t messages)
{
    unsigned __int128 product = (unsigned __int128)count * served;
    return (uint64_t)((product + messages / 2) / messages);
}

struct cost cost_share(const struct cost *cost, uint32_t served, uint32_t messages)
{
    struct cost share = *cost;
    share.parts.useful = money_share(cost->parts.useful, served, messages);
    share.parts.rounding = money_share(cost->parts.rounding, served, messages);
    share.parts.init = money_share(cost->parts.init, served, messages);
    share.parts.post_handler = money_share(cost->parts.post_handler, served, messages);
    share.parts.requests = money_share(cost->parts.requests, served, messages);
    share.parts.streaming = money_share(cost->parts.streaming, served, messages);
    share.failed.errors = money_share(cost->failed.errors, served, messages);
    share.failed.timeouts = money_share(cost->failed.timeouts, served, messages);
    share.failed.retries = money_share(cost->failed.retries, served, messages);
    share.amount = sum_of(&share.parts);
    share.mb_ms = count_share(cost->mb_ms, served, messages);
    share.cpu_milli_ms = count_share(cost->cpu_milli_ms, served, messages);
    return share;
}

static void write_amount(struct json_write *writer, struct money amount)
{
    char text[MONEY_TEXT_SIZE];
    size_t size = money_format(amount, text);
    json_write_string(writer, slice_of(text, size));
}

void cost_write_money(struct json_write *writer, const struct cost *cost)
{
    if (cost->requests == 0 && cost->unknown > 0) {
        json_write_null(writer);
        return;
    }
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("mb_ms"), cost->mb_ms);
    json_write_member_u64(writer, SLICE("requests"), cost->requests);
    json_write_key(writer, SLICE("amount"));
    write_amount(writer, cost->amount);
    json_write_member_string(writer, SLICE("currency"), SLICE("USD"));
    if (cost->unknown > 0) {
        json_write_member_u64(writer, SLICE("unknown"), cost->unknown);
    }
    if (cost->assumed) {
        json_write_member_bool(writer, SLICE("assumed"), true);
    }
    if (cost->unpriced) {
        json_write_member_bool(writer, SLICE("unpriced"), true);
    }
    if (cost->amount.saturated) {
        json_write_member_bool(writer, SLICE("saturated"), true);
    }
    json_write_object_end(writer);
}

void cost_write_parts(struct json_write *writer, const struct cost_parts *parts)
{
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("useful"));
    write_amount(writer, parts->useful);
    json_write_key(writer, SLICE("rounding"));
    write_amount(writer, parts->rounding);
    json_write_key(writer, SLICE("init"));
    write_amount(writer, parts->init);
    json_write_key(writer, SLICE("post_handler"));
    write_amount(writer, parts->post_handler);
    json_write_key(writer, SLICE("requests"));
    write_amount(writer, parts->requests);
    json_write_key(writer, SLICE("streaming"));
    write_amount(writer, parts->streaming);
    json_write_object_end(writer);
}
