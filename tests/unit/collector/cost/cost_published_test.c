/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provider's own published examples, line by line, and the edges of its tiers.  Each line of an
 * example is a quantity at a price, rounded to cents as the page prints it; the sum of the printed
 * lines is the printed total.  Where the page is known to be off, the exact amount is what counts
 * and the difference is written down.
 */
#include "cost/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW_NS UINT64_C(1795392000000000000)

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

static struct price price_of(const char *text)
{
    struct price price;
    assert_true(money_price_parse(slice_from(text), &price));
    return price;
}

static void assert_money(struct money amount, const char *exact, const char *cents)
{
    char text[MONEY_TEXT_SIZE];
    (void)money_format(amount, text);
    assert_string_equal(text, exact);
    (void)money_format_rounded(amount, 2, text);
    assert_string_equal(text, cents);
}

static struct cost_usage usage(enum price_arch arch, uint64_t calls, uint64_t ms, uint64_t memory)
{
    return (struct cost_usage){.region = SLICE("us-east-1"),
                               .arch = arch,
                               .mb_ms = calls * ms * memory,
                               .requests = calls};
}

/* Requests and duration of one function through the free tier. */
static struct cost_net net_of(enum price_arch arch, uint64_t calls, uint64_t ms, uint64_t memory)
{
    const struct cost_usage line = usage(arch, calls, ms, memory);
    return cost_net(prices, &line, 1, NOW_NS);
}

/* A quantity of gigabyte-seconds at a price. */
static struct money gb_s(uint64_t count, const char *price)
{
    return money_of_mb_ms(count * 1024000, price_of(price));
}

/* Mobile backend: 3 million requests of 120 ms with 1536 MB, free tier. */
static void mobile_backend(void **state)
{
    (void)state;
    struct cost_net net = net_of(PRICE_X86_64, 3000000, 120, 1536);
    assert_true(net.free_tier_applied);
    assert_money(net.net, "2.733338", "2.73");
    assert_money(net.gross, "9.600018", "9.60");
    assert_money(gb_s(140000, "0.0000166667"), "2.333338", "2.33");
    assert_money(money_of_count(2000000, price_of("0.0000002")), "0.4", "0.40");
}

/* Telemetry: 7,440,000 requests of 2 s with 1024 MB, without a free tier: gross. */
static void telemetry(void **state)
{
    (void)state;
    struct cost_net net = net_of(PRICE_X86_64, 7440000, 2000, 1024);
    assert_money(net.gross, "249.488496", "249.49");
    assert_money(money_of_count(7440000, price_of("0.0000002")), "1.488", "1.49");
    assert_money(gb_s(14880000, "0.0000166667"), "248.000496", "248.00");
}

/* Machine learning: 6 million of 280 ms with 4096 MB, free tier, and 1.5 GB of storage. */
static void machine_learning(void **state)
{
    (void)state;
    struct cost_net net = net_of(PRICE_X86_64, 6000000, 280, 4096);
    struct money storage = money_of_mb_ms(UINT64_C(6000000) * 280 * 1536, price_of("0.0000000309"));
    assert_money(money_add(net.net, storage), "106.411412", "106.41");
    assert_money(gb_s(6320000, "0.0000166667"), "105.333544", "105.33");
    assert_money(storage, "0.077868", "0.08");
}

/* Lambda@Edge: 10 million of 10 ms with 128 MB, nothing free; and one of them by itself, with its
 * price known whatever the region and the architecture. */
static void lambda_edge(void **state)
{
    (void)state;
    struct cost_usage line = usage(PRICE_X86_64, 10000000, 10, 128);
    line.billing = BILLING_AWS_EDGE;
    struct cost_net net = cost_net(prices, &line, 1, NOW_NS);
    assert_money(net.net, "6.625125", "6.63");
    assert_false(net.free_tier_applied);
    assert_false(net.assumed);
    const struct cost_facts facts = {.billing = BILLING_AWS_EDGE,
                                     .start_ns = (int64_t)NOW_NS,
                                     .billed_ms = 10,
                                     .memory_mb = 128,
                                     .reported_ns = COST_UNKNOWN,
                                     .handler_ns = COST_UNKNOWN,
                                     .post_handler_ns = COST_UNKNOWN,
                                     .init_ns = COST_UNKNOWN,
                                     .billed_restore_ms = COST_UNKNOWN};
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_money(cost.amount, "0.0000006625125", "0.00");
    assert_false(cost.assumed);
    assert_false(cost.unpriced);
}

/* Provisioned concurrency for a launch and for a sale. */
static void provisioned_concurrency(void **state)
{
    (void)state;
    struct money launch =
        money_of_mb_ms(UINT64_C(100) * 1536 * 8 * 3600000, price_of("0.0000041667"));
    launch = money_add(launch, money_of_count(2000000, price_of("0.0000002")));
    launch =
        money_add(launch, money_of_mb_ms(UINT64_C(500000) * 100 * 1536, price_of("0.0000097222")));
    launch = money_add(launch, gb_s(50000, "0.0000166667"));
    char text[MONEY_TEXT_SIZE];
    (void)money_format_rounded(launch, 6, text);
    assert_string_equal(text, "19.962644");

    struct money sale = money_of_mb_ms(UINT64_C(7) * 4096 * 24 * 3600000, price_of("0.0000041667"));
    sale =
        money_add(sale, money_of_mb_ms(UINT64_C(2000000) * 280 * 4096, price_of("0.0000097222")));
    sale = money_add(sale, money_of_count(2000000, price_of("0.0000002")));
    (void)money_format_rounded(sale, 6, text);
    assert_string_equal(text, "32.257809");
    (void)money_format_rounded(sale, 2, text);
    assert_string_equal(text, "32.26");
}

/* The telemetry example with a snapshot: 1 GB cached for 31 days and 74,400 restores of 1 GB. */
static void snapshots(void **state)
{
    (void)state;
    struct money sum = net_of(PRICE_X86_64, 7440000, 2000, 1024).gross;
    sum = money_add(sum, gb_s(2678400, "0.0000015046"));
    sum = money_add(sum, money_of_count(74400, price_of("0.0001397998")));
    char text[MONEY_TEXT_SIZE];
    (void)money_format_rounded(sum, 6, text);
    assert_string_equal(text, "263.919522");
    (void)money_format_rounded(sum, 2, text);
    assert_string_equal(text, "263.92");
}

/* Response streaming: the page adds rounded lines and prints 39.04; rounded once it is 39.05. */
static void response_streaming(void **state)
{
    (void)state;
    struct cost_net net = net_of(PRICE_X86_64, 3000000, 500, 1536);
    assert_money(net.net, "31.233395", "31.23"); /* 30.83 and 0.40. */
    /* 10^6 MB are 976.5625 GB at 0.008. */
    struct money bytes = money_of_mb_ms(UINT64_C(1000000) * 1000, price_of("0.008"));
    assert_money(bytes, "7.8125", "7.81");
    assert_money(money_add(net.net, bytes), "39.045895", "39.05");
    /* A million answers of 7 MB, of which 6 are free each: as usage they are the same; the page
     * takes nothing off for the 100 GB that are free each month, the net does. */
    struct cost_usage line = usage(PRICE_X86_64, 3000000, 500, 1536);
    line.stream_bytes = UINT64_C(1000000) * (uint64_t)cost_streamed_bytes(INT64_C(7) << 20);
    struct cost_net with = cost_net(prices, &line, 1, NOW_NS);
    assert_money(money_subtract(with.gross, net.gross), "7.8125", "7.81");
    assert_money(money_subtract(with.net, net.net), "7.0125", "7.01");
}

/* What is streamed costs beyond 6 MB of each answer, and nothing where nobody told. */
static void what_is_streamed(void **state)
{
    (void)state;
    assert_int_equal(cost_streamed_bytes(COST_UNKNOWN), 0);
    assert_int_equal(cost_streamed_bytes(INT64_C(6) << 20), 0);
    assert_int_equal(cost_streamed_bytes((INT64_C(6) << 20) + 1), 1);
    struct cost_facts facts = {.region = SLICE("us-east-1"),
                               .arch = SLICE("amd64"),
                               .start_ns = NOW_NS,
                               .billed_ms = 500,
                               .memory_mb = 1536,
                               .reported_ns = 500000000,
                               .handler_ns = COST_UNKNOWN,
                               .post_handler_ns = COST_UNKNOWN,
                               .init_ns = COST_UNKNOWN,
                               .billed_restore_ms = COST_UNKNOWN,
                               .stream_bytes = INT64_C(1) << 20,
                               .failed = true,
                               .timed_out = true};
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_money(cost.parts.streaming, "0.0000078125", "0.00");
    assert_money(cost.failed.errors, "0.000020512525", "0.00");
    assert_int_equal(money_compare(cost.failed.timeouts, cost.amount), 0);
    assert_int_equal(money_compare(cost.failed.retries, MONEY_ZERO), 0);
    facts.stream_bytes = 0;
    struct cost without = cost_of_invocation(prices, &facts);
    assert_money(money_subtract(cost.amount, without.amount), "0.0000078125", "0.00");
}

/* Durable functions on arm: 1 million of 32 s with 1 GB, free tier; the page's first line is off by
 * half a cent: it prints 421.34. */
static void durable_functions_on_arm(void **state)
{
    (void)state;
    struct cost_net net = net_of(PRICE_ARM64, 1000000, 32000, 1024);
    assert_money(net.net, "421.33544", "421.34");
    /* Requests (0.20), operations, data written and data retained are lines of their own. */
    struct money sum = money_add(net.net, money_of_count(1000000, price_of("0.0000002")));
    sum = money_add(sum, money_of_count(4000000, price_of("0.000008")));
    sum = money_add(sum, money_of_count(104, price_of("0.25")));
    sum = money_add(sum, money_of_count(728, price_of("0.015")));
    assert_money(sum, "490.45544", "490.46");
    const struct cost_usage twice = {.region = SLICE("us-east-1"),
                                     .arch = PRICE_ARM64,
                                     .mb_ms = UINT64_C(1000000) * 32000 * 1024,
                                     .requests = 2000000};
    assert_money(cost_net(prices, &twice, 1, NOW_NS).net, "421.53544", "421.54");
}

/* Tenant isolation: the page prints 333.34 for 333.334, one cent more than it is. */
static void tenant_isolation(void **state)
{
    (void)state;
    struct cost_net net = net_of(PRICE_X86_64, 10000000, 2000, 1024);
    assert_money(net.gross, "335.334", "335.33");
    struct money sandboxes = money_of_count(200000, price_of("0.000167"));
    assert_money(sandboxes, "33.4", "33.40");
    assert_money(money_add(net.gross, sandboxes), "368.734", "368.73");
}

/* At the edge: 10 million of 10 ms at a price per 128 MB and second, without a free tier. */
static void at_the_edge(void **state)
{
    (void)state;
    struct money time = money_of_count(UINT64_C(10000000) / 100, price_of("0.00000625125"));
    assert_money(time, "0.625125", "0.63");
    struct money calls = money_of_count(10000000, price_of("0.0000006"));
    assert_money(money_add(time, calls), "6.625125", "6.63");
}

/* Managed instances: 100 million requests, 2,000 hours of an instance, and 15 % of its list price.
 */
static void managed_instances(void **state)
{
    (void)state;
    struct money sum = money_of_count(100000000, price_of("0.0000002"));
    sum = money_add(sum, money_of_count(2000, price_of("0.0457")));
    sum = money_add(sum, money_of_count(2000, price_of("0.02448")));
    assert_money(sum, "160.36", "160.36");
}

/* Queue and stream consumers: 60 million GB-s after the free tier, and 30 million without. */
static void event_sources(void **state)
{
    (void)state;
    const struct cost_usage kafka = {.region = SLICE("us-east-1"),
                                     .arch = PRICE_X86_64,
                                     .mb_ms = UINT64_C(60000000) * 1024000,
                                     .requests = 0};
    assert_money(cost_net(prices, &kafka, 1, NOW_NS).net, "993.33532", "993.34");
    struct cost_net queue = net_of(PRICE_X86_64, 30000000, 1000, 1024);
    assert_money(queue.gross, "506.001", "506.00");
    assert_money(gb_s(30000000, "0.0000166667"), "500.001", "500.00");
    /* With the pollers of both: 800 and 8,000 hours of their units. */
    assert_money(money_of_count(800, price_of("0.185")), "148", "148.00");
    struct money pollers = money_of_count(8000, price_of("0.00925"));
    assert_money(money_add(queue.gross, pollers), "580.001", "580.00");
}

/* Examples of the page as it was when a gigabyte-second cost 0.00001667. */
static void the_old_page(void **state)
{
    (void)state;
    assert_money(gb_s(1100000, "0.00001667"), "18.337", "18.34");
    assert_money(gb_s(350000, "0.00001667"), "5.8345", "5.83");
    assert_money(money_of_count(29000000, price_of("0.0000002")), "5.8", "5.80");
    struct money first = gb_s(1100000, "0.00001667");
    assert_money(money_add(first, money_of_count(2000000, price_of("0.0000002"))), "18.737",
                 "18.74");
    struct money second = gb_s(350000, "0.00001667");
    assert_money(money_add(second, money_of_count(29000000, price_of("0.0000002"))), "11.6345",
                 "11.63");
}

/* A render of 20 s with 2048 MB and its 1.5 GB of storage, one call. */
static void one_long_call(void **state)
{
    (void)state;
    struct money sum = money_of_mb_ms(UINT64_C(20000) * 2048, price_of("0.0000166667"));
    sum = money_add(sum, money_of_mb_ms(UINT64_C(20000) * 1536, price_of("0.0000000309")));
    sum = money_add(sum, money_of_count(1, price_of("0.0000002")));
    char text[MONEY_TEXT_SIZE];
    (void)money_format_rounded(sum, 9, text);
    assert_string_equal(text, "0.000667795");
}

/* A month's gigabyte-seconds on one architecture, free tier left out of the reckoning. */
static struct money tiered(enum price_arch arch, uint64_t billion_gb_s)
{
    struct cost_usage line = {.region = SLICE("us-east-1"), .arch = arch};
    line.mb_ms = (billion_gb_s * 1000000000 + 400000) * 1024000;
    return cost_net(prices, &line, 1, NOW_NS).net;
}

/* Around the edges of the tiers. */
static void tier_edges(void **state)
{
    (void)state;
    assert_money(tiered(PRICE_X86_64, 6), "100000.2", "100000.20");
    assert_money(tiered(PRICE_X86_64, 7), "115000.2", "115000.20");
    assert_money(tiered(PRICE_X86_64, 16), "248333.6", "248333.60");
    assert_money(tiered(PRICE_ARM64, 7), "93333.8", "93333.80");
    assert_money(tiered(PRICE_ARM64, 16), "202001.35", "202001.35");
}

/* The free tier is the account's: it is spread over its lines, and never more than there is. */
static void the_free_tier_is_spread(void **state)
{
    (void)state;
    const struct cost_usage lines[] = {
        usage(PRICE_X86_64, 500000, 1000, 1024),
        usage(PRICE_ARM64, 1500000, 1000, 1024),
    };
    struct cost_net net = cost_net(prices, lines, 2, NOW_NS);
    assert_true(net.free_tier_applied);
    /* 100,000 GB-s of 500,000 and 300,000 of 1,500,000; 250,000 and 750,000 requests. */
    struct money expected = money_add(gb_s(400000, "0.0000166667"), gb_s(1200000, "0.0000133334"));
    expected = money_add(expected, money_of_count(1000000, price_of("0.0000002")));
    assert_int_equal(money_compare(net.net, expected), 0);

    const struct cost_usage little[] = {usage(PRICE_X86_64, 10, 1000, 1024),
                                        usage(PRICE_ARM64, 0, 0, 0)};
    net = cost_net(prices, little, 2, NOW_NS);
    assert_money(net.net, "0", "0.00");
    assert_money(net.gross, "0.000168667", "0.00");
    net = cost_net(prices, little, 0, NOW_NS);
    assert_false(net.free_tier_applied);
    assert_money(net.net, "0", "0.00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mobile_backend),
        cmocka_unit_test(telemetry),
        cmocka_unit_test(machine_learning),
        cmocka_unit_test(lambda_edge),
        cmocka_unit_test(provisioned_concurrency),
        cmocka_unit_test(snapshots),
        cmocka_unit_test(response_streaming),
        cmocka_unit_test(what_is_streamed),
        cmocka_unit_test(durable_functions_on_arm),
        cmocka_unit_test(tenant_isolation),
        cmocka_unit_test(at_the_edge),
        cmocka_unit_test(managed_instances),
        cmocka_unit_test(event_sources),
        cmocka_unit_test(the_old_page),
        cmocka_unit_test(one_long_call),
        cmocka_unit_test(tier_edges),
        cmocka_unit_test(the_free_tier_is_spread),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
