/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_duration.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* As Go writes and reads them. */
static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"0", 0},
        {"0s", 0},
        {"1ns", 1},
        {"5us", 5000},
        {"5\xc2\xb5s", 5000},
        {"5\xce\xbcs", 5000},
        {"1.2ms", 1200000},
        {"100ms", 100000000},
        {"1.5s", 1500000000},
        {".5s", 500000000},
        {"5.s", INT64_C(5000000000)},
        {"1h30m", INT64_C(5400000000000)},
        {"1h1m1s1ms1us1ns", INT64_C(3661001001001)},
        {"2d", INT64_C(172800000000000)},
        {"0.0000000019s", 1}, /* What is below a nanosecond is cut. */
        {"9223372036854775807ns", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t ns = -1;
        assert_true(trace_duration_parse(slice_from(good[i].text), &ns));
        assert_true(ns == good[i].ns);
    }
}

static void no_durations(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "1",
        "s",
        "-1s",
        "+1s",
        "1 s",
        "1s ",
        "1x",
        "1.2.3s",
        ".s",
        "1S",
        "1e3s",
        "00",
        "1s1",
        "ms",
        "1,5s",
        "0x1s",
        "1min",
        "inf",
        "9223372036854775808ns",
        "9223372037s",
        "106752d",
        "9223372036854775807ns1ns",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t ns;
        assert_false(trace_duration_parse(slice_from(bad[i]), &ns));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations),
        cmocka_unit_test(no_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
