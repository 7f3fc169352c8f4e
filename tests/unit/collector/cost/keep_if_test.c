/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/keep_if.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define CALLS 400

static int64_t scratch[CALLS];

static struct keep_call call(int64_t arrival, int64_t busy, int64_t init)
{
    return (struct keep_call){.arrival_ns = arrival,
                              .busy_ns = busy,
                              .init_ns = init,
                              .cold = init > 0,
                              .as_is = {.units = 100 + init},
                              .kept = {.units = 60}};
}

static void assert_sum(struct keep_if sum, uint64_t served, uint64_t cold, int64_t init,
                       int64_t units)
{
    assert_int_equal(sum.served, served);
    assert_int_equal(sum.cold, cold);
    assert_int_equal(sum.init_ns, init);
    assert_true(sum.amount.units == units);
}

/* Three at a time at most; the fourth begins as the first ends, and has its instance. */
static void those_that_find_one_have_it(void **state)
{
    struct keep_call calls[] = {call(30, 10, 0), call(0, 30, 5), call(10, 30, 7), call(20, 30, 0)};
    (void)state;
    keep_if_sort(calls, 4);
    assert_int_equal(calls[0].arrival_ns, 0);
    assert_int_equal(calls[3].arrival_ns, 30);
    assert_int_equal(keep_if_peak(calls, 4, scratch), 3);
    assert_sum(keep_if(calls, 4, 0, scratch), 0, 2, 12, 412);
    assert_sum(keep_if(calls, 4, 1, scratch), 2, 1, 7, 120 + 207);
    assert_sum(keep_if(calls, 4, 2, scratch), 3, 0, 0, 180 + 100);
    assert_sum(keep_if(calls, 4, 3, scratch), 4, 0, 0, 240);
    assert_sum(keep_if(calls, 4, 9, scratch), 4, 0, 0, 240);
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    keep_if_sort(NULL, 0);
    assert_int_equal(keep_if_peak(NULL, 0, scratch), 0);
    assert_sum(keep_if(NULL, 0, 3, scratch), 0, 0, 0, 0);
}

static uint64_t seed;

static int64_t random_below(int64_t most)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((seed >> 33) % (uint64_t)most);
}

/* The same, by looking at every instance. */
static uint64_t served_by_looking(const struct keep_call *calls, size_t count, size_t instances)
{
    int64_t free_at[CALLS] = {0};
    uint64_t served = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < instances; k++) {
            if (free_at[k] <= calls[i].arrival_ns) {
                free_at[k] = calls[i].arrival_ns + calls[i].busy_ns;
                served++;
                break;
            }
        }
    }
    return served;
}

static void whatever_comes(void **state)
{
    static struct keep_call calls[CALLS];
    (void)state;
    for (seed = 1; seed < UINT64_C(1) << 62; seed = seed * 31 + 7) {
        uint64_t kept = seed;
        size_t count = (size_t)random_below(CALLS);
        for (size_t i = 0; i < count; i++) {
            calls[i] = call(random_below(10000), random_below(300), random_below(2));
        }
        keep_if_sort(calls, count);
        size_t peak = keep_if_peak(calls, count, scratch);
        uint64_t before = 0;
        for (size_t instances = 0; instances <= peak; instances++) {
            struct keep_if sum = keep_if(calls, count, instances, scratch);
            assert_int_equal(sum.served, served_by_looking(calls, count, instances));
            assert_true(sum.served >= before);
            before = sum.served;
        }
        assert_int_equal(before, count);
        seed = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_that_find_one_have_it),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(whatever_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
