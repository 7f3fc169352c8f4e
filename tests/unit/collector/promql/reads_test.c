/* SPDX-License-Identifier: Apache-2.0 */
/* What a query reads, and what a condition compares. */
#include "promql/promql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static unsigned char memory[1 << 20];
static struct arena arena;

static const struct promql_query *parse(const char *text)
{
    const struct promql_query *query = NULL;
    struct promql_error error;
    assert_int_equal(promql_parse(slice_from(text), &arena, &query, &error), STATUS_OK);
    return query;
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    return 0;
}

struct seen {
    size_t count;
    int64_t back_ms;
};

static void note(void *context, const struct matcher *matchers, size_t count, int64_t back_ms)
{
    struct seen *seen = context;
    assert_true(matchers != NULL && count > 0);
    seen->count++;
    seen->back_ms = back_ms > seen->back_ms ? back_ms : seen->back_ms;
}

/* Offsets, ranges and subqueries add up; @ and what lies ahead do not slide. */
static void test_reads(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
        int64_t back_min;
        bool slides;
    } cases[] = {
        {"1 + time()", 0, 0, true},
        {"x", 1, 0, true},
        {"rate(x[10m])", 1, 10, true},
        {"rate(x[10m] offset 5m) / on () y", 2, 15, true},
        {"max_over_time(rate(x[5m] offset 1m)[1h:1m] offset 2m)", 1, 68, true},
        {"topk(scalar(k), sum by (a) (x)) and -z > 1", 3, 0, true},
        {"x offset -1m", 1, -1, false},
        {"x @ start()", 1, 0, false},
        {"x @ 1700000000", 1, 0, false},
        {"rate(x[5m:1m] @ end())", 1, 5, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct seen seen = {0, INT64_MIN};
        const struct promql_query *query = parse(cases[i].text);
        struct promql_reads reads = promql_reads(query, note, &seen);
        assert_int_equal(seen.count, cases[i].count);
        assert_int_equal(reads.slides, cases[i].slides);
        if (seen.count > 0) {
            assert_int_equal(seen.back_ms, cases[i].back_min * 60000);
            assert_int_equal(reads.back_ms, cases[i].back_min * 60000 + PROMQL_LOOKBACK_MS);
        }
        assert_int_equal(promql_reads(query, NULL, NULL).back_ms, reads.back_ms);
    }
}

/* The first comparison counts; what changes is on the left. */
static void test_compared(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool found, above;
        enum promql_type left, right;
    } cases[] = {
        {"x > 5", true, true, PROMQL_VECTOR, PROMQL_SCALAR},
        {"x <= 5", true, false, PROMQL_VECTOR, PROMQL_SCALAR},
        {"5 < x", true, true, PROMQL_VECTOR, PROMQL_SCALAR},
        {"5 >= x", true, false, PROMQL_VECTOR, PROMQL_SCALAR},
        {"(x / y > on () group_left () z) and x > 3 unless w", true, true, PROMQL_VECTOR,
         PROMQL_VECTOR},
        {"x == 0", true, true, PROMQL_VECTOR, PROMQL_SCALAR},
        {"max by (f) (x < 2)", true, false, PROMQL_VECTOR, PROMQL_SCALAR},
        {"x + y", false, false, PROMQL_VECTOR, PROMQL_VECTOR},
        {"x > bool 1", false, false, PROMQL_VECTOR, PROMQL_VECTOR},
        {"absent(x)", false, false, PROMQL_VECTOR, PROMQL_VECTOR},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct promql_comparison compared;
        enum status status = promql_compared(parse(cases[i].text), &arena, &compared);
        assert_int_equal(status, cases[i].found ? STATUS_OK : STATUS_NOT_FOUND);
        if (cases[i].found) {
            assert_int_equal(compared.above, cases[i].above);
            assert_int_equal(promql_type(compared.left), cases[i].left);
            assert_int_equal(promql_type(compared.right), cases[i].right);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_reads, begin),
        cmocka_unit_test_setup(test_compared, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
