/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published and derived examples of Google's and Azure's bills, and what single invocations cost
 * there.
 */
#include "cost/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW_NS UINT64_C(1795392000000000000)

/* A month of 30 days, in seconds. */
#define MONTH_S UINT64_C(2592000)

static struct prices *prices;

static int load(void **state)
{
    (void)state;
    char error[200];
    return prices_load(&prices, SLICE_EMPTY, error, sizeof(error)) == STATUS_OK ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    prices_free(prices);
    return 0;
}

static void assert_exact(struct money amount, const char *expected)
{
    char text[MONEY_TEXT_SIZE];
    (void)money_format(amount, text);
    assert_string_equal(text, expected);
}

static void assert_cents(struct money amount, const char *expected)
{
    char text[MONEY_TEXT_SIZE];
    (void)money_format_rounded(amount, 2, text);
    assert_string_equal(text, expected);
}

static struct price price_of(enum billing billing, enum price_component component,
                             const char *region)
{
    const struct price_key key = {
        .billing = billing, .component = component, .region = slice_from(region), .at_ns = NOW_NS};
    struct price_answer answer = prices_find(prices, &key);
    assert_int_equal(answer.tier_count, 1);
    assert_false(answer.assumed);
    return answer.tiers[0].price;
}

static struct cost_usage calls_of(enum billing billing, uint64_t calls, uint64_t ms,
                                  uint64_t memory_mb, uint64_t cpu_milli)
{
    return (struct cost_usage){.billing = billing,
                               .region = SLICE("us-central1"),
                               .mb_ms = calls * ms * memory_mb,
                               .cpu_milli_ms = calls * ms * cpu_milli,
                               .requests = calls};
}

static struct cost_facts facts_of(enum billing billing, int64_t duration_ns, int64_t memory_mb)
{
    return (struct cost_facts){.billing = billing,
                               .region = SLICE("us-central1"),
                               .start_ns = (int64_t)NOW_NS,
                               .billed_ms = billing_ms(billing, duration_ns),
                               .memory_mb = memory_mb,
                               .reported_ns = duration_ns,
                               .handler_ns = COST_UNKNOWN,
                               .post_handler_ns = COST_UNKNOWN,
                               .init_ns = COST_UNKNOWN,
                               .billed_restore_ms = COST_UNKNOWN};
}

/* The first generation's own examples: 10 million calls of 300 ms with 128 MB. */
static void functions_simple(void **state)
{
    (void)state;
    const struct cost_usage line = calls_of(BILLING_GCP_FUNCTIONS, 10000000, 300, 128, 200);
    assert_int_equal(line.mb_ms, UINT64_C(375000) * 1024000);
    assert_int_equal(line.cpu_milli_ms, UINT64_C(600000) * 1000000);
    struct cost_net net = cost_net(prices, &line, 1, NOW_NS);
    assert_exact(net.net, "7.2");
    assert_exact(net.gross, "10.9375");
    assert_true(net.free_tier_applied);
    assert_false(net.assumed);
}

/* 50 million of 500 ms with 256 MB, each sending 5 KB, of which 5 GB are free. */
static void functions_with_traffic(void **state)
{
    (void)state;
    const struct cost_usage line = calls_of(BILLING_GCP_FUNCTIONS, 50000000, 500, 256, 400);
    struct money sum = cost_net(prices, &line, 1, NOW_NS).net;
    assert_exact(sum, "131.825");
    /* 50 million times 5 KB are 238.418579 GB; a gigabyte costs 12 cents. */
    struct price traffic = {.e14 = INT64_C(12000000000000)};
    struct money bytes =
        money_of_mb_ns((unsigned __int128)(238418579 - 5000000) * 1024 * 1000, traffic);
    assert_cents(bytes, "28.01");
    assert_cents(money_add(sum, bytes), "159.84");
}

/* What 100 ms cost by memory, of the first generation, without the call. */
static void functions_by_memory(void **state)
{
    (void)state;
    static const struct {
        int64_t memory_mb;
        const char *amount;
    } cases[] = {
        {128, "0.00000023125"}, {256, "0.0000004625"}, {512, "0.000000925"}, {1024, "0.00000165"},
        {2048, "0.0000029"},    {4096, "0.0000058"},   {8192, "0.0000068"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct cost_facts facts = facts_of(BILLING_GCP_FUNCTIONS, 100000000, cases[i].memory_mb);
        struct cost cost = cost_of_invocation(prices, &facts);
        assert_exact(cost.parts.useful, cases[i].amount);
        assert_exact(cost.parts.requests, "0.0000004");
        assert_false(cost.assumed);
        assert_int_equal(cost.unknown, 0);
    }
}

/* What is free each month of a resource, as money at the price of the first regions. */
static struct money less_free(struct money gross, enum billing billing,
                              enum price_component component, enum price_component free)
{
    const struct price_key key = {.billing = billing, .component = free, .at_ns = NOW_NS};
    struct price_answer answer = prices_find(prices, &key);
    struct price price = price_of(billing, component, "us-central1");
    struct money left = money_subtract(gross, money_of_count(answer.tiers[0].to, price));
    return money_compare(left, MONEY_ZERO) > 0 ? left : MONEY_ZERO;
}

/* A month of instances that are kept and do nothing. */
static struct money idle(enum billing billing, const char *region, uint64_t instances,
                         uint64_t memory_mb, uint64_t cpu_milli)
{
    uint64_t ms = instances * MONTH_S * 1000;
    struct money memory = money_of_mb_ms(ms * memory_mb, price_of(billing, PRICE_DURATION, region));
    struct money cpu = money_of_cpu_ns((unsigned __int128)ms * cpu_milli * 1000000,
                                       price_of(billing, PRICE_IDLE_CPU, region));
    return money_add(less_free(memory, billing, PRICE_DURATION, PRICE_FREE_DURATION),
                     less_free(cpu, billing, PRICE_CPU, PRICE_FREE_CPU));
}

/* Idle instances for 30 days, both generations, both tiers of regions. */
static void idle_instances(void **state)
{
    (void)state;
    struct money first = idle(BILLING_GCP_FUNCTIONS, "us-central1", 1, 256, 400);
    assert_exact(first, "0.62");
    assert_exact(idle(BILLING_GCP_FUNCTIONS, "us-central1", 2, 256, 400), "2.3136");
    assert_exact(idle(BILLING_GCP_FUNCTIONS, "europe-west3", 1, 256, 400), "1.268");
    assert_exact(idle(BILLING_GCP_FUNCTIONS, "europe-west3", 1, 8192, 4800), "87.61632");
    struct money second = idle(BILLING_GCP_RUN, "us-central1", 1, 256, 1000);
    assert_exact(second, "2.88");
    assert_exact(idle(BILLING_GCP_RUN, "europe-west3", 1, 256, 1000), "6.12");
    assert_exact(idle(BILLING_GCP_RUN, "europe-west3", 1, 4096, 2000), "49.212");
    assert_exact(money_add(first, second), "3.5");
}

/* Cloud Run: 10 million of 300 ms with 1 vCPU and 512 MiB, one at a time. */
static void run_simple(void **state)
{
    (void)state;
    const struct cost_usage line = calls_of(BILLING_GCP_RUN, 10000000, 300, 512, 1000);
    assert_exact(cost_net(prices, &line, 1, NOW_NS).net, "73.73");

    /* And one of them, told its processor. */
    struct cost_facts facts = facts_of(BILLING_GCP_RUN, 260000000, 512);
    facts.cpu_milli = 1000;
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_int_equal(cost.mb_ms, 300 * 512);
    assert_int_equal(cost.cpu_milli_ms, 300 * 1000);
    /* 0.3 x (0.000024 + 0.0000025 / 2) + 0.0000004, of which 40 ms are rounding. */
    assert_exact(cost.amount, "0.000007975");
    assert_exact(cost.parts.rounding, "0.00000101");
    assert_exact(cost.parts.useful, "0.000006565");
    assert_false(cost.assumed);
}

/* A processor that nobody told is what the memory brings, and that is said. */
static void run_processor_is_assumed(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(BILLING_GCP_RUN, 1000000000, 512);
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_true(cost.assumed);
    assert_exact(cost.parts.useful, "0.000009242"); /* 0.333 x 0.000024 + 0.5 x 0.0000025 */
    facts.region = SLICE("mars-1");
    facts.cpu_milli = 333;
    struct cost far = cost_of_invocation(prices, &facts);
    assert_true(far.assumed);
    assert_int_equal(money_compare(far.amount, cost.amount), 0);
    facts.region = SLICE("us-west2");
    assert_exact(cost_of_invocation(prices, &facts).parts.useful, "0.0000129388");
}

/* Regions of both tiers share what is free, as money at the first tier's price. */
static void free_quantities_are_money(void **state)
{
    (void)state;
    struct cost_usage lines[] = {calls_of(BILLING_GCP_FUNCTIONS, 0, 0, 0, 0),
                                 calls_of(BILLING_GCP_FUNCTIONS, 0, 0, 0, 0)};
    lines[0].mb_ms = UINT64_C(100000) * 1024000;
    lines[1].mb_ms = UINT64_C(500000) * 1024000;
    lines[1].region = SLICE("europe-west3");
    /* 100,000 x 0.0000025 + 500,000 x 0.0000035 - 400,000 x 0.0000025 */
    assert_exact(cost_net(prices, lines, 2, NOW_NS).net, "1");
    assert_exact(cost_net(prices, lines, 2, NOW_NS).gross, "2");
    struct cost_net none = cost_net(prices, lines, 1, NOW_NS);
    assert_exact(none.net, "0");
    assert_true(none.free_tier_applied);
    lines[0].mb_ms = 0;
    assert_false(cost_net(prices, lines, 1, NOW_NS).free_tier_applied);
}

/* Providers are accounts of their own: one's free tier does not serve another. */
static void providers_are_apart(void **state)
{
    (void)state;
    const struct cost_usage lines[] = {
        calls_of(BILLING_GCP_FUNCTIONS, 10000000, 300, 128, 200),
        calls_of(BILLING_GCP_RUN, 10000000, 300, 512, 1000),
        calls_of(BILLING_AZURE, 3000000, 1000, 512, 0),
        {.billing = BILLING_AWS,
         .region = SLICE("us-east-1"),
         .arch = PRICE_X86_64,
         .mb_ms = UINT64_C(3000000) * 120 * 1536,
         .requests = 3000000},
    };
    assert_exact(cost_net(prices, lines, 4, NOW_NS).net, "101.663338");
}

/* Azure's units: megabyte-milliseconds by 1,024,000 are gigabyte-seconds. */
static void azure_units(void **state)
{
    (void)state;
    struct price price = price_of(BILLING_AZURE, PRICE_DURATION, "westeurope");
    struct price one = {.e14 = INT64_C(100000000000000)};
    char text[MONEY_TEXT_SIZE];
    assert_exact(money_of_mb_ms(UINT64_C(512) * 3000, one), "1.5");
    assert_cents(money_of_mb_ms(1110000000, one), "1083.98");
    (void)money_format_rounded(money_of_mb_ms(1110000000, price), 5, text);
    assert_string_equal(text, "0.01734");
    assert_cents(money_of_mb_ms(UINT64_C(793294592) + 316576256, one), "1083.86");
    /* 9 days of 6,500,012 executions and 90,305,037,184 units an hour. */
    struct money hour = money_of_mb_ms(90305037184, price);
    hour = money_add(hour,
                     money_of_count(6500012, price_of(BILLING_AZURE, PRICE_REQUEST, "westeurope")));
    assert_cents(hour, "2.71");
    struct money day = MONEY_ZERO;
    for (int i = 0; i < 24; i++) {
        day = money_add(day, hour);
    }
    assert_cents(day, "65.06");
    struct money days = MONEY_ZERO;
    for (int i = 0; i < 9; i++) {
        days = money_add(days, day);
    }
    assert_cents(days, "585.58");
}

/* 3 million executions of a second with 512 MB, through the free grant. */
static void azure_month(void **state)
{
    (void)state;
    const struct cost_usage line = calls_of(BILLING_AZURE, 3000000, 1000, 512, 0);
    assert_exact(cost_net(prices, &line, 1, NOW_NS).net, "18");
    const struct cost_usage flex = calls_of(BILLING_AZURE_FLEX, 250000, 1000, 512, 0);
    /* 125,000 GB-s, 100,000 of them free. */
    assert_exact(cost_net(prices, &flex, 1, NOW_NS).net, "0.65");
}

/* One execution: 160 MB are billed as 256, 3 ms as 100; the plan is assumed and that is said. */
static void azure_one(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(BILLING_AZURE, 3000000, 160);
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_int_equal(cost.mb_ms, 256 * 100);
    assert_exact(cost.amount, "0.0000006");
    assert_exact(cost.parts.useful, "0.000000012");
    assert_exact(cost.parts.rounding, "0.000000388");
    assert_true(cost.assumed);
    /* An init before the duration is not billed here, whatever fits into the minimum. */
    facts.init_ns = 20000000;
    cost = cost_of_invocation(prices, &facts);
    assert_exact(cost.parts.init, "0");
    facts.billing = BILLING_AZURE_FLEX;
    facts.billed_ms = 1000;
    facts.memory_mb = 2048;
    cost = cost_of_invocation(prices, &facts);
    assert_exact(cost.amount, "0.0000524");
    assert_false(cost.assumed);
}

/* An init inside the duration is cut out of it. */
static void an_init_inside_is_cut_out(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(BILLING_GCP_FUNCTIONS, 1500000000, 1024);
    facts.init_ns = 1000000000;
    facts.init_inside = true;
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_exact(cost.parts.init, "0.0000165");
    assert_exact(cost.parts.useful, "0.00000825");
    assert_exact(cost.parts.rounding, "0");
    assert_exact(cost.amount, "0.00002515");
}

/* However a duration falls, the parts sum to the amount, exactly. */
static void parts_sum_to_the_whole(void **state)
{
    (void)state;
    for (int64_t ns = 1; ns < INT64_C(2000000000); ns += 7654321) {
        struct cost_facts facts = facts_of(BILLING_GCP_RUN, ns, 333);
        facts.init_ns = ns / 3;
        facts.init_inside = true;
        facts.post_handler_ns = ns / 7;
        struct cost cost = cost_of_invocation(prices, &facts);
        struct money whole = money_of_mb_ms(cost.mb_ms, (struct price){.e14 = 250000000});
        whole = money_add(whole, money_of_cpu_ns((unsigned __int128)cost.cpu_milli_ms * 1000000,
                                                 (struct price){.e14 = INT64_C(2400000000)}));
        whole = money_add(whole, money_of_count(1, (struct price){.e14 = 40000000}));
        assert_int_equal(money_compare(whole, cost.amount), 0);
    }
}

/* Without a memory size the request is priced and the rest is said to be unknown; nothing is
 * guessed.  Without a duration nothing is known. */
static void memory_is_never_guessed(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(BILLING_GCP_RUN, 100000000, COST_UNKNOWN);
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_int_equal(cost.unknown, 1);
    assert_int_equal(cost.requests, 1);
    assert_int_equal(cost.mb_ms, 0);
    assert_exact(cost.amount, "0.0000004");
    assert_false(cost_known(&cost));
    facts.memory_mb = 0;
    assert_int_equal(cost_of_invocation(prices, &facts).unknown, 1);
    facts.billed_ms = COST_UNKNOWN;
    cost = cost_of_invocation(prices, &facts);
    assert_int_equal(cost.unknown, 1);
    assert_int_equal(cost.requests, 0);
    assert_exact(cost.amount, "0");
}

static void rollup_add(struct cost_rollup *rollup, const struct cost_facts *facts)
{
    rollup->invocations++;
    if (facts->memory_mb == COST_UNKNOWN) {
        return;
    }
    const struct cost_split split = cost_split(facts);
    uint64_t memory_mb = (uint64_t)facts->memory_mb;
    rollup->billed++;
    rollup->billed_ms += (uint64_t)facts->billed_ms;
    rollup->mb_ms += (uint64_t)facts->billed_ms * memory_mb;
    rollup->init_mb_us += (uint64_t)split.init_ns / 1000 * memory_mb;
    rollup->post_handler_mb_us += (uint64_t)split.post_handler_ns / 1000 * memory_mb;
    rollup->rounding_mb_us += (uint64_t)split.rounding_ns / 1000 * memory_mb;
}

static void assert_same_parts(const struct cost_parts *one, const struct cost_parts *other)
{
    assert_int_equal(money_compare(one->useful, other->useful), 0);
    assert_int_equal(money_compare(one->rounding, other->rounding), 0);
    assert_int_equal(money_compare(one->init, other->init), 0);
    assert_int_equal(money_compare(one->post_handler, other->post_handler), 0);
    assert_int_equal(money_compare(one->requests, other->requests), 0);
}

/* Rollups cost what their invocations cost one by one, and for the same. */
static void rollups_cost_the_same(void **state)
{
    (void)state;
    static const struct {
        enum billing billing;
        int64_t memory_mb;
    } cases[] = {{BILLING_AWS, 1769},        {BILLING_GCP_FUNCTIONS, 256},
                 {BILLING_GCP_RUN, 512},     {BILLING_AZURE, 160},
                 {BILLING_AZURE_FLEX, 2048}, {BILLING_GCP_RUN, COST_UNKNOWN},
                 {BILLING_AWS_EDGE, 128}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct cost sum = cost_zero();
        struct cost_rollup rollup = {.invocations = 0};
        struct cost_facts facts = facts_of(cases[i].billing, 0, cases[i].memory_mb);
        struct cost_prices found = cost_prices(prices, &facts);
        for (int64_t ns = 1000; ns < INT64_C(3000000000); ns += 98765000) {
            facts = facts_of(cases[i].billing, ns, cases[i].memory_mb);
            facts.post_handler_ns = ns / 3000 * 1000;
            facts.init_ns = ns / 5000 * 1000;
            facts.init_inside = ns % 2000 == 0;
            struct cost cost = cost_of_invocation(prices, &facts);
            cost_add(&sum, &cost);
            rollup_add(&rollup, &facts);
        }
        struct cost cost = cost_rollup(&found, &rollup);
        assert_int_equal(money_compare(cost.amount, sum.amount), 0);
        assert_same_parts(&cost.parts, &sum.parts);
        assert_int_equal(cost.requests, sum.requests);
        assert_int_equal(cost.unknown, sum.unknown);
        assert_int_equal(cost.mb_ms, sum.mb_ms);
        assert_int_equal(cost.cpu_milli_ms, sum.cpu_milli_ms);
        assert_int_equal(cost.assumed, sum.assumed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_simple),
        cmocka_unit_test(functions_with_traffic),
        cmocka_unit_test(functions_by_memory),
        cmocka_unit_test(idle_instances),
        cmocka_unit_test(run_simple),
        cmocka_unit_test(run_processor_is_assumed),
        cmocka_unit_test(free_quantities_are_money),
        cmocka_unit_test(providers_are_apart),
        cmocka_unit_test(azure_units),
        cmocka_unit_test(azure_month),
        cmocka_unit_test(azure_one),
        cmocka_unit_test(an_init_inside_is_cut_out),
        cmocka_unit_test(parts_sum_to_the_whole),
        cmocka_unit_test(memory_is_never_guessed),
        cmocka_unit_test(rollups_cost_the_same),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
