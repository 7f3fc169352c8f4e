/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include "base/prng.h"
#include "lib/cm.h"
#include "lib/every.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Unsigned integers: the ends of the range, one beyond, and what is none. */
static void u64(void **state)
{
    (void)state;
    uint64_t value = 5;

    assert_int_equal(number_parse_u64(SLICE("0"), &value), NUMBER_OK);
    assert_true(value == 0);
    assert_int_equal(number_parse_u64(SLICE("18446744073709551615"), &value), NUMBER_OK);
    assert_true(value == UINT64_MAX);
    assert_int_equal(number_parse_u64(SLICE("18446744073709551616"), &value), NUMBER_RANGE);
    assert_true(value == UINT64_MAX);
    assert_int_equal(number_parse_u64(SLICE("007"), &value), NUMBER_OK);
    assert_true(value == 7);
    const char *bad[] = {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "a"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(number_parse_u64(slice_from(bad[i]), &value), NUMBER_BAD);
    }
    assert_true(value == 7);
}

/* Signed integers: both ends and one beyond each. */
static void i64(void **state)
{
    (void)state;
    int64_t value = 0;

    assert_int_equal(number_parse_i64(SLICE("9223372036854775807"), &value), NUMBER_OK);
    assert_true(value == INT64_MAX);
    assert_int_equal(number_parse_i64(SLICE("9223372036854775808"), &value), NUMBER_RANGE);
    assert_true(value == INT64_MAX);
    assert_int_equal(number_parse_i64(SLICE("-9223372036854775808"), &value), NUMBER_OK);
    assert_true(value == INT64_MIN);
    assert_int_equal(number_parse_i64(SLICE("-9223372036854775809"), &value), NUMBER_RANGE);
    assert_true(value == INT64_MIN);
    assert_int_equal(number_parse_i64(SLICE("-99999999999999999999999"), &value), NUMBER_RANGE);
    assert_true(value == INT64_MIN);
    assert_int_equal(number_parse_i64(SLICE("-0"), &value), NUMBER_OK);
    assert_true(value == 0);
    assert_int_equal(number_parse_i64(SLICE("--1"), &value), NUMBER_BAD);
    assert_int_equal(number_parse_i64(SLICE("-"), &value), NUMBER_BAD);
}

/* The same bits come back from the text of every kind of double. */
static void double_round_trip(void **state)
{
    (void)state;
    struct prng prng;
    double some[] = {0.0,           -0.0, 1.0,  0.1,  1e300, DBL_MAX, DBL_MIN,           5e-324,
                     123456789.125, 1e15, 1e16, 1e17, 0.3,   2.0 / 3, 9007199254740993.0};

    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]) + 20000; i++) {
        double value;
        if (i < sizeof(some) / sizeof(some[0])) {
            value = some[i];
            if (i == 0) {
                prng_init(&prng, 11);
            }
        } else {
            uint64_t bits = prng_next(&prng);
            memcpy(&value, &bits, sizeof(value));
        }
        if (!isfinite(value)) {
            continue;
        }
        char text[NUMBER_TEXT_SIZE];
        double back;
        size_t size = number_format_double(value, text);
        assert_int_equal(size, strlen(text));
        assert_int_equal(number_parse_double(slice_of(text, size), &back), NUMBER_OK);
        assert_memory_equal(&back, &value, sizeof(back));
    }
}

/* Doubles are written as short as can be. */
static void double_text(void **state)
{
    (void)state;
    const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.1, "0.1"},
        {5e-324, "5e-324"},
        {100.0, "100"},
        {-2.5, "-2.5"},
        {1e21, "1e+21"},
        {(double)NAN, "NaN"},
        {0.1 + 0.2, "0.30000000000000004"},
        {-(double)INFINITY, "-Infinity"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[NUMBER_TEXT_SIZE];
        number_format_double(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* Decimal text becomes the nearest double however long it is. */
static void double_parse(void **state)
{
    (void)state;
    double value;
    char text[3000];

    assert_int_equal(number_parse_double(SLICE("-12.5e-1"), &value), NUMBER_OK);
    assert_true(value == -1.25);
    assert_int_equal(number_parse_double(SLICE("1e400"), &value), NUMBER_RANGE);
    assert_true(isinf(value));
    assert_int_equal(number_parse_double(SLICE("1e-400"), &value), NUMBER_OK);
    assert_true(value == 0);
    assert_int_equal(number_parse_double(SLICE("1e99999999999999999999"), &value), NUMBER_RANGE);
    assert_int_equal(number_parse_double(SLICE("0e99999999999999999999"), &value), NUMBER_OK);
    assert_true(value == 0);

    /* 1 + 2^-53 is a tie that goes down to 1; a digit far behind breaks it upwards. */
    const char tie[] = "1.00000000000000011102230246251565404236316680908203125";
    memset(text, '0', sizeof(text));
    memcpy(text, tie, strlen(tie));
    assert_int_equal(number_parse_double(slice_of(text, sizeof(text)), &value), NUMBER_OK);
    assert_true(value == 1.0);
    text[sizeof(text) - 1] = '1';
    assert_int_equal(number_parse_double(slice_of(text, sizeof(text)), &value), NUMBER_OK);
    assert_true(value == 1.0 + DBL_EPSILON);

    const char *bad[] = {"",    "-",   ".5",    "5.",  "1e", "1e+",
                         "nan", "inf", "0x1p3", "1_0", " 1", "1,5"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(number_parse_double(slice_from(bad[i]), &value), NUMBER_BAD);
    }
}

/* Decimals become integers of a smaller unit exactly. */
static void scaled(void **state)
{
    (void)state;
    const struct {
        const char *text;
        unsigned digits;
        enum number_answer answer;
        int64_t value;
    } cases[] = {
        {"147.156", 6, NUMBER_OK, 147156000},
        {"0.1", 6, NUMBER_OK, 100000},
        {"1.4e2", 6, NUMBER_OK, 140000000},
        {"1E-6", 6, NUMBER_OK, 1},
        {"1.0", 0, NUMBER_OK, 1},
        {"-0.0000005", 6, NUMBER_ROUNDED, -1},
        {"0.0000004", 6, NUMBER_ROUNDED, 0},
        {"0.00000049999", 6, NUMBER_ROUNDED, 0},
        {"2.5", 0, NUMBER_ROUNDED, 3},
        {"-2.5", 0, NUMBER_ROUNDED, -3},
        {"9223372036854775807", 0, NUMBER_OK, INT64_MAX},
        {"9223372036854775807.4", 0, NUMBER_ROUNDED, INT64_MAX},
        {"9223372036854775807.5", 0, NUMBER_RANGE, INT64_MAX},
        {"-9223372036854775808", 0, NUMBER_OK, INT64_MIN},
        {"9223372036854.775808", 6, NUMBER_RANGE, INT64_MAX},
        {"1e30", 0, NUMBER_RANGE, INT64_MAX},
        {"-1e999999999999999999999", 0, NUMBER_RANGE, INT64_MIN},
        {"0e999999999999999999999", 0, NUMBER_OK, 0},
        {"1e-999999999999999999999", 0, NUMBER_ROUNDED, 0},
        {"1.", 0, NUMBER_BAD, 77},
        {"", 0, NUMBER_BAD, 77},
        {"--1", 0, NUMBER_BAD, 77},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t value = 77;
        enum number_answer answer =
            number_parse_scaled(slice_from(cases[i].text), cases[i].digits, &value);
        if (answer != cases[i].answer || value != cases[i].value) {
            fail_msg("%s: %d %lld", cases[i].text, (int)answer, (long long)value);
        }
    }
}

/* Scaled integers come back from their text, for every number of digits. */
static void scaled_round_trip(void **state)
{
    (void)state;
    struct prng prng;

    prng_init(&prng, 2);
    for (unsigned i = 0; i < 20000; i++) {
        int64_t value = (int64_t)(prng_next(&prng) >> prng_below(&prng, 64));
        value = prng_chance(&prng, 1, 2) ? value : -value;
        unsigned digits = (unsigned)prng_below(&prng, 19);
        char text[NUMBER_TEXT_SIZE];
        int64_t back = 0;
        size_t size = number_format_scaled(value, digits, text);
        assert_int_equal(size, strlen(text));
        assert_int_equal(number_parse_scaled(slice_of(text, size), digits, &back), NUMBER_OK);
        assert_true(back == value);
    }
    char text[NUMBER_TEXT_SIZE];
    number_format_scaled(147156000, 6, text);
    assert_string_equal(text, "147.156");
    number_format_scaled(-5, 6, text);
    assert_string_equal(text, "-0.000005");
    number_format_scaled(100, 2, text);
    assert_string_equal(text, "1");
    number_format_scaled(0, 6, text);
    assert_string_equal(text, "0");
    number_format_scaled(1200, 0, text);
    assert_string_equal(text, "1200");
    number_format_scaled(INT64_MIN, 18, text);
    assert_string_equal(text, "-9.223372036854775808");
}

static void parse_all(struct slice input, void *context)
{
    uint64_t u;
    int64_t i;
    double d;

    (void)context;
    (void)!number_parse_u64(input, &u);
    (void)!number_parse_i64(input, &i);
    (void)!number_parse_scaled(input, 9, &i);
    if (number_parse_double(input, &d) == NUMBER_OK) {
        /* What we take for a number, the C library takes for the same one. */
        char text[64];
        assert_true(slice_copy_text(input, text, sizeof(text)));
        char *end;
        assert_true(strtod(text, &end) == d);
        assert_int_equal(*end, '\0');
    }
}

/* Nothing is read behind the text, whatever it is. */
static void damage(void **state)
{
    (void)state;
    every_damage(SLICE("-1234567890.0987654321e-12"), parse_all, NULL);
    every_damage(SLICE("18446744073709551615"), parse_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(u64),          cmocka_unit_test(i64),
        cmocka_unit_test(double_parse), cmocka_unit_test(double_round_trip),
        cmocka_unit_test(double_text),  cmocka_unit_test(scaled),
        cmocka_unit_test(damage),       cmocka_unit_test(scaled_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
