/* SPDX-License-Identifier: Apache-2.0 */
#include "report/function.h"
#include "report/group.h"
#include "report/spread.h"
#include "report/times.h"
#include "report/trail.h"
#include "report/worst.h"

#include "lib/cm.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

static uint64_t sum_of(const struct times *times)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < times->count; i++) {
        sum += times->steps[i].ok;
    }
    return sum;
}

/* Whatever the order, all is counted, in its step, and the steps stay few. */
static void test_times_grow(void **state)
{
    (void)state;
    struct times *times = malloc(sizeof(*times));
    const struct times_step one = {.ok = 1};
    const int64_t at_s[] = {1000000, 1000001, 999990, 1000300, 1, 1800000000, 500, 0};
    assert_non_null(times);
    times_init(times);
    for (size_t i = 0; i < sizeof(at_s) / sizeof(at_s[0]); i++) {
        times_add(times, at_s[i] * NS_PER_S, &one);
        assert_int_equal(sum_of(times), i + 1);
        assert_true(times->count <= REPORT_TIME_COUNT_MAX);
    }
    for (size_t i = 0; i < sizeof(at_s) / sizeof(at_s[0]); i++) {
        size_t step = (size_t)(at_s[i] / times->width_s - times->first);
        assert_true(times->steps[step].ok > 0);
        assert_true(times_begin_ns(times, step) <= at_s[i] * NS_PER_S);
        assert_true(times_begin_ns(times, step + 1) > at_s[i] * NS_PER_S);
    }
    free(times);
}

/* As many steps as fit do not widen; one more does. */
static void test_times_limit(void **state)
{
    (void)state;
    struct times *times = malloc(sizeof(*times));
    const struct times_step one = {.ok = 1};
    assert_non_null(times);
    times_init(times);
    for (int64_t i = 0; i < REPORT_TIME_COUNT_MAX; i++) {
        times_add(times, (1000 + i) * NS_PER_S, &one);
    }
    assert_int_equal(times->width_s, 1);
    assert_int_equal(times->count, REPORT_TIME_COUNT_MAX);
    times_add(times, (1000 + REPORT_TIME_COUNT_MAX) * NS_PER_S, &one);
    assert_int_equal(times->width_s, 5);
    assert_int_equal(sum_of(times), REPORT_TIME_COUNT_MAX + 1);
    free(times);
}

/* Percentiles are within a hundredth, and the ends exact. */
static void test_spread(void **state)
{
    (void)state;
    struct spread spread = {.count = 0};
    assert_int_equal(spread_at(&spread, 50, 100), -1);
    for (int64_t i = 1; i <= 1000; i++) {
        spread_add(&spread, i * 1234567);
    }
    spread_add(&spread, -1);
    assert_int_equal(spread.count, 1000);
    assert_int_equal(spread.least, 1234567);
    assert_int_equal(spread.greatest, 1234567000);
    assert_int_equal(spread.sum, 1234567ll * 500500);
    assert_int_equal(spread_at(&spread, 100, 100), 1234567000);
    for (uint64_t percent = 1; percent < 100; percent++) {
        double exact = 1234567.0 * 10 * (double)percent;
        double told = (double)spread_at(&spread, percent, 100);
        assert_true(told > exact * 0.99 && told < exact * 1.01);
    }
    spread_fini(&spread);
}

/* Bars begin where each says, and every value is in one, whatever the range is. */
static void test_bars(void **state)
{
    static const int64_t ends[][2] = {{5000000, 5000000},
                                      {1, 10},
                                      {0, 900000000000},
                                      {100000000, 400000000},
                                      {1000, INT64_C(200000000000000)}};
    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        for (size_t most = 1; most <= REPORT_BAR_COUNT_MAX; most++) {
            struct spread spread = {.count = 0};
            struct spread_bars bars;
            uint64_t sum = 0;
            spread_add(&spread, ends[i][0]);
            spread_add(&spread, ends[i][1]);
            spread_bars(&spread, most, &bars);
            assert_true(bars.count >= 1 && bars.count <= most);
            for (size_t bar = 0; bar < bars.count; bar++) {
                assert_true(bars.low_ns[bar] <= bars.low_ns[bar + 1]);
                sum += bars.counts[bar];
            }
            assert_int_equal(sum, 2);
            assert_true(bars.low_ns[0] <= ends[i][0]);
            assert_true(bars.low_ns[bars.count] >= ends[i][1]);
            spread_fini(&spread);
        }
    }
}

static size_t count_lines(const struct trail *trail, char *first, char *last)
{
    unsigned char *copy = malloc(trail_size(trail));
    assert_non_null(copy);
    trail_copy(trail, copy);
    struct slice piece = slice_of(copy, trail_size(trail));
    struct trail_line line;
    size_t count = 0;
    while (trail_next(&piece, &line)) {
        if (count == 0) {
            *first = (char)line.text.base[0];
        }
        *last = (char)line.text.base[0];
        count++;
    }
    free(copy);
    return count;
}

/* The beginning and the latest lines are kept; those between are counted. */
static void test_trail(void **state)
{
    (void)state;
    struct trails trails;
    unsigned char text[REPORT_LINE_SIZE_MAX + 100];
    assert_int_equal(trails_init(&trails), STATUS_OK);
    struct trail *trail = trails_open(&trails, 7);
    for (int i = 0; i < 26; i++) {
        memset(text, 'a' + i, sizeof(text));
        trail_add(trail, &(struct trail_line){.text = slice_of(text, sizeof(text))});
        char first = 0;
        char last = 0;
        size_t count = count_lines(trail, &first, &last);
        assert_int_equal(count + trail->dropped, i + 1);
        assert_int_equal(first, 'a');
        assert_int_equal(last, 'a' + i);
    }
    assert_true(trail->dropped > 0);
    assert_ptr_equal(trails_find(&trails, 7), trail);
    trails_close(&trails, trail);
    assert_null(trails_find(&trails, 7));
    trails_fini(&trails);
}

/* Where there are too many invocations the one that was silent for longest goes. */
static void test_trails_limit(void **state)
{
    (void)state;
    struct trails trails;
    assert_int_equal(trails_init(&trails), STATUS_OK);
    for (uint64_t key = 1; key <= REPORT_TRAIL_COUNT_MAX; key++) {
        trail_add(trails_open(&trails, key), &(struct trail_line){.text = SLICE("line")});
    }
    assert_int_equal(trails_open(&trails, 1)->lines, 1);
    (void)trails_open(&trails, REPORT_TRAIL_COUNT_MAX + 1);
    assert_non_null(trails_find(&trails, 1));
    assert_null(trails_find(&trails, 2));
    assert_non_null(trails_find(&trails, 3));
    for (uint64_t key = 1; key <= 3ull * REPORT_TRAIL_COUNT_MAX; key++) {
        struct trail *trail = trails_open(&trails, key * 77);
        if (key % 3 == 0) {
            trails_close(&trails, trail);
        }
    }
    trails_fini(&trails);
}

/* The same error is one group with its first and last time; beyond the limit it is counted. */
static void test_groups(void **state)
{
    (void)state;
    struct groups groups;
    const struct group *order[REPORT_GROUP_COUNT_MAX];
    struct group what = {.failed = true, .first_ns = 50};
    assert_int_equal(groups_init(&groups), STATUS_OK);
    label_set(&what.type, SLICE("Boom"));
    uint32_t row = groups_add(&groups, &what);
    what.first_ns = 20;
    assert_int_equal(groups_add(&groups, &what), row);
    what.failed = false;
    assert_int_not_equal(groups_add(&groups, &what), row);
    assert_int_not_equal(groups_add(&groups, &what), row);
    assert_int_not_equal(groups_add(&groups, &what), row);
    assert_int_equal(groups.rows[row].count, 2);
    assert_int_equal(groups.rows[row].first_ns, 20);
    assert_int_equal(groups.rows[row].last_ns, 50);
    groups_sort(&groups, order);
    assert_true(order[0]->failed);
    assert_int_equal(order[1]->count, 3);
    for (uint32_t i = groups.count; i < REPORT_GROUP_COUNT_MAX; i++) {
        what.function = i;
        assert_int_equal(groups_add(&groups, &what), i);
    }
    what.function = REPORT_GROUP_COUNT_MAX;
    assert_int_equal(groups_add(&groups, &what), GROUP_NONE);
    assert_int_equal(groups.other, 1);
    groups_fini(&groups);
}

static struct facts facts_of(enum stream_end end, int64_t duration_ns)
{
    return (struct facts){.end = end, .reported_ns = duration_ns, .handler_ns = STREAMS_UNKNOWN};
}

/* Of the failed ones every kind is shown before a third of one kind; the slowest are kept. */
static void test_worst(void **state)
{
    (void)state;
    struct worst *worst = calloc(1, sizeof(*worst));
    const struct worst_one *order[REPORT_WORST_COUNT_MAX];
    assert_non_null(worst);
    for (int64_t i = 1; i <= 100; i++) {
        struct facts facts = facts_of(END_ERROR, i * 1000);
        worst_add(worst, &facts, 1, NULL);
        facts = facts_of(END_OK, i);
        worst_add(worst, &facts, GROUP_NONE, NULL);
    }
    assert_int_equal(worst->failed_count, REPORT_FAILED_PER_GROUP_MAX);
    for (uint32_t group = 2; group <= 4; group++) {
        struct facts facts = facts_of(END_TIMEOUT, group);
        worst_add(worst, &facts, group, NULL);
        worst_add(worst, &facts, group, NULL);
    }
    assert_int_equal(worst->failed_count, REPORT_FAILED_COUNT_MAX);
    struct facts facts = facts_of(END_ERROR, 1);
    worst_add(worst, &facts, 5, NULL);
    bool seen[6] = {false};
    for (size_t i = 0; i < worst->failed_count; i++) {
        seen[worst->failed[i].group] = true;
    }
    assert_true(seen[1] && seen[2] && seen[3] && seen[4] && seen[5]);
    size_t count = worst_sort(worst, order);
    assert_int_equal(count, REPORT_WORST_COUNT_MAX);
    assert_int_equal(order[0]->facts.reported_ns, 100000);
    assert_int_equal(order[REPORT_FAILED_COUNT_MAX]->facts.reported_ns, 100);
    assert_int_equal(order[REPORT_FAILED_COUNT_MAX + 1]->facts.reported_ns, 99);
    worst_fini(worst);
    free(worst);
}

static void use(struct function *function, int64_t size_mb, int64_t used_mb, int64_t at_s)
{
    struct facts facts = facts_of(END_OK, NS_PER_S);
    struct cost cost = cost_zero();
    facts.memory_mb = size_mb;
    facts.max_memory_mb = used_mb;
    facts.at_ns = at_s * NS_PER_S;
    facts.report_ns = facts.at_ns;
    facts.init_ns = STREAMS_UNKNOWN;
    facts.billed_ms = 1000;
    cost.amount = (struct money){.units = 1024 * MONEY_UNITS_PER_DOLLAR, .saturated = false};
    function_add(function, &facts, &cost);
}

/* A smaller size is told where much less was used, with what it saves. */
static void test_advice(void **state)
{
    (void)state;
    struct function function;
    function_init(&function);
    assert_int_equal(function_advice(&function).kind, ADVICE_NONE);
    for (int64_t i = 0; i < 5; i++) {
        use(&function, 1024, 200 + i, 1000 + i * 21600);
    }
    struct advice advice = function_advice(&function);
    assert_int_equal(advice.kind, ADVICE_SHRINK);
    assert_int_equal(advice.used_mb, 204);
    assert_int_equal(advice.suggested_mb, 256);
    /* Three quarters of five times 1,024 dollars, a day; thirty of them in a month. */
    char text[MONEY_TEXT_SIZE];
    (void)money_format(advice.saving, text);
    assert_string_equal(text, "3840");
    (void)money_format_rounded(advice.saving_month, 2, text);
    assert_string_equal(text, "115200.00");
    /* It has a new size now, and uses all of that. */
    use(&function, 256, 256, 100000);
    advice = function_advice(&function);
    assert_int_equal(advice.kind, ADVICE_GROW);
    assert_int_equal(advice.size_mb, 256);
    function_fini(&function);
}

/* What is used well, what was seen too seldom, and the smallest size there is need no advice. */
static void test_no_advice(void **state)
{
    static const int64_t cases[][3] = {{128, 20, 5}, {256, 200, 5}, {1024, 100, 2}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct function function;
        function_init(&function);
        for (int64_t n = 0; n < cases[i][2]; n++) {
            use(&function, cases[i][0], cases[i][1], 1000);
        }
        assert_int_equal(function_advice(&function).kind, ADVICE_NONE);
        function_fini(&function);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_grow), cmocka_unit_test(test_times_limit),
        cmocka_unit_test(test_spread),     cmocka_unit_test(test_bars),
        cmocka_unit_test(test_trail),      cmocka_unit_test(test_trails_limit),
        cmocka_unit_test(test_groups),     cmocka_unit_test(test_worst),
        cmocka_unit_test(test_advice),     cmocka_unit_test(test_no_advice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
