/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/cost.h"

#include "cost/cost_limits.h"

#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* 2026-11-23, 2025-07-31T23:59:59.999999999Z, 2025-08-01 and 2020-11-30T23:59:59.999999999Z. */
#define NOW_NS          INT64_C(1795392000000000000)
#define INIT_FREE_NS    INT64_C(1754006399999999999)
#define INIT_BILLED_NS  INT64_C(1754006400000000000)
#define HUNDRED_STEP_NS INT64_C(1606780799999999999)

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

/* An invocation of which only the fixed facts are known. */
static struct cost_facts facts_of(int64_t billed_ms, int64_t memory_mb)
{
    return (struct cost_facts){.region = SLICE("us-east-1"),
                               .arch = SLICE("amd64"),
                               .start_ns = NOW_NS,
                               .billed_ms = billed_ms,
                               .memory_mb = memory_mb,
                               .reported_ns = COST_UNKNOWN,
                               .handler_ns = COST_UNKNOWN,
                               .post_handler_ns = COST_UNKNOWN,
                               .init_ns = COST_UNKNOWN,
                               .billed_restore_ms = COST_UNKNOWN};
}

static void assert_money(struct money amount, const char *expected)
{
    char text[MONEY_TEXT_SIZE];
    (void)money_format(amount, text);
    assert_string_equal(text, expected);
}

/* A part in nanoseconds of 1024 MB in us-east-1 on x86. */
static void assert_part_ns(struct money part, int64_t ns)
{
    struct price price = {.e14 = 1666670000};
    struct money expected = money_of_mb_ns((unsigned __int128)ns * 1024, price);
    if (money_compare(part, expected) != 0) {
        char text[MONEY_TEXT_SIZE];
        (void)money_format(part, text);
        print_error("%s is not %lld ns\n", text, (long long)ns);
        fail();
    }
}

static struct money sum(const struct cost *cost)
{
    const struct cost_parts *parts = &cost->parts;
    return money_add(money_add(money_add(parts->useful, parts->rounding), parts->init),
                     money_add(parts->post_handler, parts->requests));
}

/* The log line of the documentation, 250.06 and 100.77 ms with 1024 MB: 351 ms with its init since
 * August 2025, 251 ms and a free init before. */
static void init_is_billed_since_its_day(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(351, 1024);
    facts.reported_ns = 250060000;
    facts.init_ns = 100770000;
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_part_ns(cost.parts.useful, 250060000);
    assert_part_ns(cost.parts.init, 100770000);
    assert_part_ns(cost.parts.rounding, 170000);
    assert_money(cost.amount, "0.0000060500117");
    assert_int_equal(cost.mb_ms, 359424);

    facts.billed_ms = 251;
    facts.start_ns = INIT_FREE_NS;
    cost = cost_of_invocation(prices, &facts);
    assert_part_ns(cost.parts.useful, 250060000);
    assert_part_ns(cost.parts.init, 0);
    assert_part_ns(cost.parts.rounding, 940000);
    assert_money(cost.amount, "0.0000043833417");
}

/* All but the rounding: steps of 100 ms, as they were. */
static void what_was_used(void **state)
{
    static const struct {
        int64_t used_ms, billed_ms;
        double utilisation;
    } cases[] = {{99, 100, 0.99}, {100, 100, 1}, {101, 200, 0.505}};
    double utilisation;
    (void)state;
    struct cost sum = cost_zero();
    assert_false(cost_utilisation(&sum, &utilisation));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cost_facts facts = facts_of(cases[i].billed_ms, 1024);
        facts.reported_ns = cases[i].used_ms * MS;
        struct cost cost = cost_of_invocation(prices, &facts);
        assert_true(cost_utilisation(&cost, &utilisation));
        assert_true(utilisation > cases[i].utilisation - 1e-9 &&
                    utilisation < cases[i].utilisation + 1e-9);
        cost_add(&sum, &cost);
    }
    assert_true(cost_utilisation(&sum, &utilisation));
    assert_true(utilisation > 0.75 - 1e-9 && utilisation < 0.75 + 1e-9);
}

/* The billed number is the witness: where it shows that the init was billed (images and custom
 * runtimes before that day) or was not (the same day on), it is believed. */
static void the_billed_number_is_believed(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(351, 1024);
    facts.reported_ns = 250060000;
    facts.init_ns = 100770000;
    facts.start_ns = INIT_FREE_NS;
    assert_part_ns(cost_of_invocation(prices, &facts).parts.init, 100770000);
    facts.billed_ms = 251;
    facts.start_ns = INIT_BILLED_NS;
    assert_part_ns(cost_of_invocation(prices, &facts).parts.init, 0);
}

/* Where both rounded sums are the same, the day decides; before December 2020 the step was 100. */
static void the_day_decides_what_the_number_leaves_open(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(251, 1024);
    facts.reported_ns = 250060000;
    facts.init_ns = 300000;
    facts.start_ns = INIT_BILLED_NS;
    assert_part_ns(cost_of_invocation(prices, &facts).parts.init, 300000);
    facts.start_ns = INIT_FREE_NS;
    assert_part_ns(cost_of_invocation(prices, &facts).parts.init, 0);

    facts = facts_of(300, 1024);
    facts.reported_ns = 250060000;
    facts.init_ns = 30 * MS;
    facts.start_ns = HUNDRED_STEP_NS;
    assert_part_ns(cost_of_invocation(prices, &facts).parts.init, 0);
    facts.start_ns = HUNDRED_STEP_NS + 1;
    assert_part_ns(cost_of_invocation(prices, &facts).parts.init, 30 * MS);
}

/* Until December 2020 the step was 100 ms: 99, 100 and 101 ms used 99 %, all and 50.5 % of what was
 * billed; an init before it was free. */
static void the_step_was_a_hundred(void **state)
{
    (void)state;
    static const struct {
        int64_t used_ms, billed_ms;
    } cases[] = {{99, 100}, {100, 100}, {101, 200}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct cost_facts facts = facts_of(cases[i].billed_ms, 1024);
        facts.start_ns = HUNDRED_STEP_NS;
        facts.reported_ns = cases[i].used_ms * MS;
        facts.init_ns = cases[i].billed_ms == 200 ? 60 * MS : 1 * MS;
        struct cost cost = cost_of_invocation(prices, &facts);
        assert_part_ns(cost.parts.useful, cases[i].used_ms * MS);
        assert_part_ns(cost.parts.rounding, (cases[i].billed_ms - cases[i].used_ms) * MS);
        assert_part_ns(cost.parts.init, 0);
    }
}

/* A billed duration that is no whole number of steps was not rounded to them, whatever the day
 * says; and an invocation without a time is priced as one of today, which is said. */
static void the_step_is_seen_in_the_number(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(290, 1024);
    facts.reported_ns = 210 * MS;
    facts.init_ns = 80 * MS;
    facts.start_ns = HUNDRED_STEP_NS;
    assert_part_ns(cost_of_invocation(prices, &facts).parts.init, 80 * MS);
    facts.start_ns = COST_UNKNOWN;
    facts.init_ns = 79 * MS + 1;
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_part_ns(cost.parts.init, 79 * MS + 1);
    assert_true(cost.assumed);
    facts.billed_ms = 300;
    assert_part_ns(cost_of_invocation(prices, &facts).parts.init, 79 * MS + 1);
}

/* Real report lines: the sum is rounded once, and the init is in it. */
static void reported_lines_are_cut_into_their_parts(void **state)
{
    (void)state;
    static const struct {
        int64_t reported_us;
        int64_t init_us;
        int64_t billed_ms;
    } lines[] = {{2020, 103220, 106},
                 {1307680, 1058150, 2366},
                 {1258240, 1002250, 2261},
                 {5000000, 578070, 5579},
                 {68058830, 427950, 68487}};
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct cost_facts facts = facts_of(lines[i].billed_ms, 1024);
        facts.reported_ns = lines[i].reported_us * 1000;
        facts.init_ns = lines[i].init_us * 1000;
        struct cost cost = cost_of_invocation(prices, &facts);
        assert_part_ns(cost.parts.useful, facts.reported_ns);
        assert_part_ns(cost.parts.init, facts.init_ns);
        assert_part_ns(cost.parts.rounding,
                       lines[i].billed_ms * MS - facts.reported_ns - facts.init_ns);
    }
}

/* A suppressed init lies inside the reported duration: it is cut out of it, never added. */
static void a_suppressed_init_lies_inside(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(500, 1024);
    facts.reported_ns = 499200000;
    facts.init_ns = 120 * MS;
    facts.init_inside = true;
    facts.post_handler_ns = 9 * MS;
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_part_ns(cost.parts.init, 120 * MS);
    assert_part_ns(cost.parts.post_handler, 9 * MS);
    assert_part_ns(cost.parts.useful, 499200000 - 129 * MS);
    assert_part_ns(cost.parts.rounding, 800000);
}

/* A billed restore is start-up: 147.156 ms and 53 ms are 201. */
static void a_billed_restore_counts_as_init(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(201, 1024);
    facts.reported_ns = 147156000;
    facts.billed_restore_ms = 53;
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_part_ns(cost.parts.init, 53 * MS);
    assert_part_ns(cost.parts.useful, 147156000);
    assert_part_ns(cost.parts.rounding, 844000);
}

/* Without the platform's duration the agent's times stand in; without any, all of it is useful. */
static void missing_durations_fall_back(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(100, 1024);
    facts.handler_ns = 90 * MS;
    facts.post_handler_ns = 5 * MS;
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_part_ns(cost.parts.useful, 90 * MS);
    assert_part_ns(cost.parts.post_handler, 5 * MS);
    assert_part_ns(cost.parts.rounding, 5 * MS);

    facts = facts_of(100, 1024);
    cost = cost_of_invocation(prices, &facts);
    assert_part_ns(cost.parts.useful, 100 * MS);
    assert_part_ns(cost.parts.rounding, 0);
}

/* No billed duration, no memory, or an absurd one: no cost is invented. */
static void an_unknown_cost_is_not_invented(void **state)
{
    (void)state;
    const struct cost_facts cases[] = {facts_of(COST_UNKNOWN, 1024),
                                       facts_of(-1, 1024),
                                       facts_of(COST_BILLED_MS_MAX + 1, 1024),
                                       facts_of(100, COST_UNKNOWN),
                                       facts_of(100, 0),
                                       facts_of(100, -5),
                                       facts_of(100, COST_MEMORY_MB_MAX + 1)};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct cost cost = cost_of_invocation(prices, &cases[i]);
        assert_false(cost_known(&cost));
        assert_int_equal(cost.unknown, 1);
        assert_int_equal(cost.requests, 0);
        assert_int_equal(cost.mb_ms, 0);
        assert_money(cost.amount, "0");
    }
    struct cost_facts at_limit = facts_of(COST_BILLED_MS_MAX, COST_MEMORY_MB_MAX);
    struct cost cost = cost_of_invocation(prices, &at_limit);
    assert_true(cost_known(&cost));
    assert_false(cost.amount.saturated);
    struct cost_facts nothing = facts_of(0, 128);
    cost = cost_of_invocation(prices, &nothing);
    assert_money(cost.amount, "0.0000002");
}

/* Whatever the facts say, however they contradict each other, the parts are the whole. */
static void the_parts_are_the_whole(void **state)
{
    (void)state;
    static const int64_t times[] = {
        COST_UNKNOWN, -1, 0, 1, 999999, MS, 7 * MS + 3, 90 * MS, COST_BILLED_MS_MAX, INT64_MAX};
    const size_t count = sizeof(times) / sizeof(*times);
    struct prng prng;
    prng_init(&prng, 7);
    struct price x86 = {.e14 = 1666670000};
    struct price request = {.e14 = 20000000};
    for (unsigned i = 0; i < 50000; i++) {
        struct cost_facts facts = facts_of((int64_t)prng_below(&prng, 120), 1 + (int64_t)(i % 9));
        facts.start_ns = prng_chance(&prng, 1, 2) ? INIT_FREE_NS : NOW_NS;
        facts.reported_ns = times[prng_below(&prng, count)];
        facts.handler_ns = times[prng_below(&prng, count)];
        facts.post_handler_ns = times[prng_below(&prng, count)];
        facts.init_ns = times[prng_below(&prng, count)];
        facts.billed_restore_ms = times[prng_below(&prng, count)];
        facts.init_inside = prng_chance(&prng, 1, 3);
        struct cost cost = cost_of_invocation(prices, &facts);
        struct money expected =
            money_add(money_of_mb_ms((uint64_t)(facts.billed_ms * facts.memory_mb), x86),
                      money_of_count(1, request));
        assert_int_equal(money_compare(cost.amount, expected), 0);
        assert_int_equal(money_compare(sum(&cost), expected), 0);
        assert_true(cost.parts.useful.units >= 0 && cost.parts.rounding.units >= 0);
        assert_true(cost.parts.init.units >= 0 && cost.parts.post_handler.units >= 0);
    }
}

/* arm64 is cheaper; an architecture nobody told is taken as x86 and marked. */
static void architecture_and_region_are_respected(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(1000, 1024);
    facts.arch = SLICE("arm64");
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_money(cost.amount, "0.0000135334");
    assert_false(cost.assumed);
    facts.arch = SLICE_EMPTY;
    cost = cost_of_invocation(prices, &facts);
    assert_money(cost.amount, "0.0000168667");
    assert_true(cost.assumed);
    facts.arch = SLICE("amd64");
    facts.region = SLICE("af-south-1");
    cost = cost_of_invocation(prices, &facts);
    assert_money(cost.amount, "0.0000223");
    assert_true(cost.assumed); /* Its duration price is known, its request price is not. */
}

/* A table without a price makes no cost of nothing silently. */
static void a_missing_price_is_marked(void **state)
{
    (void)state;
    struct prices *few = NULL;
    char error[200];
    assert_int_equal(prices_parse(&few,
                                  SLICE("thaw-prices 1\nversion v\ndate 2026-01-01\n"
                                        "source s 2026-01-01 t\n"
                                        "price aws us-east-1 * request 0 - 0.5 - - s\n"),
                                  error, sizeof(error)),
                     STATUS_OK);
    struct cost_facts facts = facts_of(1000, 1024);
    struct cost cost = cost_of_invocation(few, &facts);
    assert_true(cost.unpriced);
    assert_money(cost.amount, "0.5");
    prices_free(few);
}

/* Sums keep everything, and what is unknown stays visible. */
static void costs_add_up(void **state)
{
    (void)state;
    struct cost total = cost_zero();
    struct cost_facts facts = facts_of(351, 1024);
    struct cost one = cost_of_invocation(prices, &facts);
    struct cost_facts none = facts_of(COST_UNKNOWN, 1024);
    struct cost unknown = cost_of_invocation(prices, &none);
    for (unsigned i = 0; i < 1000; i++) {
        cost_add(&total, &one);
    }
    cost_add(&total, &unknown);
    assert_money(total.amount, "0.0060500117");
    assert_int_equal(total.mb_ms, 359424000);
    assert_int_equal(total.requests, 1000);
    assert_int_equal(total.unknown, 1);
    assert_int_equal(money_compare(sum(&total), total.amount), 0);

    total.mb_ms = UINT64_MAX;
    cost_add(&total, &one);
    assert_true(total.mb_ms == UINT64_MAX);
}

/* The shares of a batch: each is the rounded part, and together they are the whole but for the
 * rounding of each. */
static void shares_of_a_batch(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(351, 1024);
    facts.reported_ns = 250060000;
    struct cost whole = cost_of_invocation(prices, &facts);
    struct cost third = cost_share(&whole, 1, 3);
    assert_int_equal(money_compare(sum(&third), third.amount), 0);
    assert_int_equal(third.mb_ms, 119808);
    assert_int_equal(third.requests, 1);
    struct money back = money_add(money_add(third.amount, third.amount), third.amount);
    struct money off = money_subtract(back, whole.amount);
    struct money bound = money_of_count(8, (struct price){.e14 = 1});
    assert_true(money_compare(off, bound) < 0);
    assert_true(money_compare(money_subtract(MONEY_ZERO, off), bound) < 0);
    struct cost all = cost_share(&whole, 3, 3);
    assert_int_equal(money_compare(all.amount, whole.amount), 0);
}

/* Write a cost as the API shows it. */
static void assert_json(const struct cost *cost, const char *expected)
{
    char memory[1024];
    struct buf buf;
    struct json_write writer;
    buf_init_fixed(&buf, memory, sizeof(memory) - 1);
    json_write_init(&writer, &buf);
    cost_write_money(&writer, cost);
    json_write_finish(&writer);
    memory[buf.size] = '\0';
    assert_string_equal(memory, expected);
}

/* The texts of the API, with every mark. */
static void the_api_shows_money(void **state)
{
    (void)state;
    struct cost_facts facts = facts_of(351, 1024);
    struct cost cost = cost_of_invocation(prices, &facts);
    assert_json(&cost, "{\"mb_ms\":359424,\"requests\":1,\"amount\":\"0.0000060500117\","
                       "\"currency\":\"USD\"}");
    facts.billed_ms = COST_UNKNOWN;
    struct cost unknown = cost_of_invocation(prices, &facts);
    assert_json(&unknown, "null");
    cost_add(&cost, &unknown);
    cost.assumed = true;
    cost.unpriced = true;
    cost.amount.saturated = true;
    assert_json(&cost, "{\"mb_ms\":359424,\"requests\":1,\"amount\":\"0.0000060500117\","
                       "\"currency\":\"USD\",\"unknown\":1,\"assumed\":true,\"unpriced\":true,"
                       "\"saturated\":true}");
    struct cost zero = cost_zero();
    assert_json(&zero, "{\"mb_ms\":0,\"requests\":0,\"amount\":\"0\",\"currency\":\"USD\"}");

    char memory[512];
    struct buf buf;
    struct json_write writer;
    buf_init_fixed(&buf, memory, sizeof(memory) - 1);
    json_write_init(&writer, &buf);
    cost_write_parts(&writer, &cost.parts);
    memory[buf.size] = '\0';
    assert_string_equal(memory,
                        "{\"useful\":\"0.0000058500117\",\"rounding\":\"0\",\"init\":\"0\","
                        "\"post_handler\":\"0\",\"requests\":\"0.0000002\",\"streaming\":\"0\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_used),
        cmocka_unit_test(init_is_billed_since_its_day),
        cmocka_unit_test(the_billed_number_is_believed),
        cmocka_unit_test(the_day_decides_what_the_number_leaves_open),
        cmocka_unit_test(the_step_was_a_hundred),
        cmocka_unit_test(the_step_is_seen_in_the_number),
        cmocka_unit_test(reported_lines_are_cut_into_their_parts),
        cmocka_unit_test(a_suppressed_init_lies_inside),
        cmocka_unit_test(a_billed_restore_counts_as_init),
        cmocka_unit_test(missing_durations_fall_back),
        cmocka_unit_test(an_unknown_cost_is_not_invented),
        cmocka_unit_test(the_parts_are_the_whole),
        cmocka_unit_test(architecture_and_region_are_respected),
        cmocka_unit_test(a_missing_price_is_marked),
        cmocka_unit_test(costs_add_up),
        cmocka_unit_test(shares_of_a_batch),
        cmocka_unit_test(the_api_shows_money),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
