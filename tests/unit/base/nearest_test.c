/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include "base/prng.h"

#include "lib/cm.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The C library's answer is ours, to the bit. */
static void same(const char *digits, size_t count, int exponent)
{
    char text[NEAREST_DIGIT_COUNT_MAX + 32];
    snprintf(text, sizeof(text), "%.*se%d", (int)count, digits, exponent);
    double expected = strtod(count == 0 ? "0" : text, NULL);
    double answer = nearest_double(digits, count, exponent);
    if (memcmp(&expected, &answer, sizeof(answer)) != 0) {
        fail_msg("%s is %a and not %a", text, expected, answer);
    }
}

/* No digits are 0, and beyond the ends there are infinity and 0. */
static void ends(void **state)
{
    (void)state;
    assert_true(nearest_double("", 0, 5) == 0);
    assert_true(isinf(nearest_double("1", 1, 309)));
    assert_true(isinf(nearest_double("1", 1, INT64_C(1) << 60)));
    assert_true(nearest_double("1", 1, -400) == 0);
    assert_true(nearest_double("1", 1, INT64_MIN / 2) == 0);
    same("1", 1, 308);
    same("17976931348623157", 17, 292);
    same("17976931348623159", 17, 292);
    same("5", 1, -324);
    same("2", 1, -324);
    same("24703282292062327", 17, -340);
    same("24703282292062328", 17, -340);
    same("22250738585072011", 17, -324);
    same("22250738585072014", 17, -324);
    same("9007199254740993", 16, 0);
    same("9007199254740995", 16, 0);
}

/* Random digits of any count, with exponents over the whole range. */
static void random_digits(void **state)
{
    (void)state;
    struct prng prng;
    char digits[NEAREST_DIGIT_COUNT_MAX];
    prng_init(&prng, 1);
    for (int round = 0; round < 20000; round++) {
        size_t count_max = round % 20 == 0 ? NEAREST_DIGIT_COUNT_MAX : 25;
        size_t count = 1 + (size_t)(prng_next(&prng) % count_max);
        for (size_t i = 0; i < count; i++) {
            digits[i] = (char)('0' + prng_next(&prng) % 10);
        }
        digits[0] = digits[0] == '0' ? '7' : digits[0];
        int exponent = (int)(prng_next(&prng) % 660) - 340 - (int)count / 2;
        same(digits, count, round % 3 == 0 ? exponent % 30 : exponent);
    }
}

/* Exactly between two doubles the even one is taken, and a digit at the very end decides. */
static void half_way(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 2);
    for (int round = 0; round < 4000; round++) {
        uint64_t bits = prng_next(&prng) & (round % 4 == 0 ? UINT64_MAX >> 12 : UINT64_MAX >> 1);
        uint64_t next = bits + 1;
        double low;
        double high;
        char text[900];
        char digits[NEAREST_DIGIT_COUNT_MAX];
        memcpy(&low, &bits, sizeof(low));
        memcpy(&high, &next, sizeof(high));
        if (!isfinite(low) || low == 0) {
            continue;
        }
        /* A long double has bits enough for the middle, and its decimal has an end. */
        long double middle = ((long double)low + (long double)high) / 2;
        if (middle > (long double)DBL_MAX) {
            continue;
        }
        snprintf(text, sizeof(text), "%.790Le", middle);
        int exponent = atoi(strchr(text, 'e') + 1);
        digits[0] = text[0];
        memcpy(digits + 1, text + 2, 790);
        same(digits, 791, exponent - 790);
        digits[790]++;
        same(digits, 791, exponent - 790);
        digits[790]--;
        size_t last = 790;
        while (digits[last] == '0') {
            last--;
        }
        digits[last]--;
        if (digits[0] != '0') {
            same(digits, 791, exponent - 790);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends),
        cmocka_unit_test(random_digits),
        cmocka_unit_test(half_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
