/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/what_if.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* Time on the processor is stretched by what the memory gives of one; waiting stays. */
static void computing_is_stretched(void **state)
{
    (void)state;
    /* A whole processor: 100 ms of computing and 50 of waiting. */
    const struct what_if_sample whole = {
        .memory_mb = WHAT_IF_PROCESSOR_MB, .handler_ns = 150 * MS, .cpu_ns = 100 * MS};
    assert_int_equal(what_if_handler_ns(&whole, WHAT_IF_PROCESSOR_MB), 150 * MS);
    assert_int_equal(what_if_handler_ns(&whole, 10240), 150 * MS); /* One thread gains nothing. */
    int64_t tenth = what_if_handler_ns(&whole, 177);
    assert_in_range(tenth, 1040 * MS, 1060 * MS);
    /* And back. */
    const struct what_if_sample small = {.memory_mb = 177, .handler_ns = tenth, .cpu_ns = 100 * MS};
    assert_int_equal(what_if_handler_ns(&small, WHAT_IF_PROCESSOR_MB), 150 * MS);
}

/* Who only waits takes the same time with any memory. */
static void waiting_stays(void **state)
{
    (void)state;
    const struct what_if_sample waits = {.memory_mb = 128, .handler_ns = 90 * MS, .cpu_ns = 0};
    assert_int_equal(what_if_handler_ns(&waits, 128), 90 * MS);
    assert_int_equal(what_if_handler_ns(&waits, 3008), 90 * MS);
}

/* More time on the processor than one thread can have had: all of it scales by the memory. */
static void several_threads(void **state)
{
    (void)state;
    const struct what_if_sample busy = {
        .memory_mb = 3538, .handler_ns = 100 * MS, .cpu_ns = 200 * MS};
    assert_int_equal(what_if_handler_ns(&busy, 3538), 100 * MS);
    assert_int_equal(what_if_handler_ns(&busy, 7076), 50 * MS);
    assert_int_equal(what_if_handler_ns(&busy, 1769), 200 * MS);
}

enum { MANY = 100 };

/* Handlers of 10, 20 ... 1000 ms that only compute, with one memory size. */
static void fill(struct what_if_sample *samples, int64_t memory_mb, int64_t factor)
{
    for (int i = 0; i < MANY; i++) {
        int64_t cpu_ns = (i + 1) * 10 * MS;
        samples[i] = (struct what_if_sample){
            .memory_mb = memory_mb, .handler_ns = cpu_ns * factor, .cpu_ns = cpu_ns};
    }
}

/* Percentiles are nearest rank, and what is billed is the sum of whole milliseconds. */
static void times(void **state)
{
    (void)state;
    struct what_if_sample samples[MANY];
    int64_t scratch[MANY];
    fill(samples, WHAT_IF_PROCESSOR_MB, 1);
    struct what_if_times same = what_if_times(samples, MANY, WHAT_IF_PROCESSOR_MB, scratch);
    assert_int_equal(same.p50_ns, 500 * MS);
    assert_int_equal(same.p95_ns, 950 * MS);
    assert_int_equal(same.billed_ms, 50500);
    assert_int_equal(same.memory_mb, WHAT_IF_PROCESSOR_MB);
    samples[0].handler_ns = 10 * MS + 1; /* A nanosecond begins a millisecond. */
    assert_int_equal(what_if_times(samples, MANY, WHAT_IF_PROCESSOR_MB, scratch).billed_ms, 50501);
}

/* With another size at hand the model is held against the truth. */
static void error_is_told_where_it_can_be(void **state)
{
    (void)state;
    struct what_if_sample samples[2 * MANY];
    int64_t scratch[2 * MANY];
    double error;
    fill(samples, WHAT_IF_PROCESSOR_MB, 1);
    assert_false(what_if_error(samples, MANY, WHAT_IF_PROCESSOR_MB, scratch, &error));
    /* Twice the memory helped nothing, as the model says: it is right. */
    fill(samples + MANY, 2L * WHAT_IF_PROCESSOR_MB, 1);
    assert_true(what_if_error(samples, 2L * MANY, WHAT_IF_PROCESSOR_MB, scratch, &error));
    assert_true(error < 1e-9);
    /* It took twice as long: the model says half of the truth. */
    fill(samples + MANY, 2L * WHAT_IF_PROCESSOR_MB, 2);
    assert_true(what_if_error(samples, 2L * MANY, WHAT_IF_PROCESSOR_MB, scratch, &error));
    assert_true(error > 0.499 && error < 0.501);
    /* Too few to tell. */
    assert_false(what_if_error(samples, MANY + WHAT_IF_SAMPLE_MIN - 1, WHAT_IF_PROCESSOR_MB,
                               scratch, &error));
    assert_true(
        what_if_error(samples, MANY + WHAT_IF_SAMPLE_MIN, WHAT_IF_PROCESSOR_MB, scratch, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computing_is_stretched),
        cmocka_unit_test(waiting_stays),
        cmocka_unit_test(several_threads),
        cmocka_unit_test(times),
        cmocka_unit_test(error_is_told_where_it_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
