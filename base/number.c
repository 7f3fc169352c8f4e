/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include "base/ensure.h"
#include "base/nearest.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exponents beyond this are the same as this: no text is long enough to make up for it. */
#define NUMBER_EXPONENT_MAX INT64_C(1000000000000)

/* The parts of a decimal: [-] whole [. fraction] [e exponent]. */
struct decimal {
    bool negative;
    struct slice whole;
    struct slice fraction;
    int64_t exponent;
};

static bool number_is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Take the digits at the front off rest. */
static struct slice number_take_digits(struct slice *rest)
{
    size_t count = 0;

    while (count < rest->size && number_is_digit(rest->base[count])) {
        count++;
    }
    struct slice digits = slice_take(*rest, count);
    *rest = slice_skip(*rest, count);
    return digits;
}

static bool number_take_byte(struct slice *rest, unsigned char byte)
{
    if (rest->size == 0 || rest->base[0] != byte) {
        return false;
    }
    *rest = slice_skip(*rest, 1);
    return true;
}

/* Read an exponent, the letter being gone. */
static bool number_read_exponent(struct slice *rest, int64_t *exponent)
{
    bool negative = number_take_byte(rest, '-');

    if (!negative) {
        number_take_byte(rest, '+');
    }
    struct slice digits = number_take_digits(rest);
    int64_t value = 0;
    for (size_t i = 0; i < digits.size && value < NUMBER_EXPONENT_MAX; i++) {
        value = value * 10 + (digits.base[i] - '0');
    }
    *exponent = negative ? -value : value;
    return digits.size > 0;
}

static bool number_read_decimal(struct slice text, struct decimal *decimal)
{
    *decimal = (struct decimal){.negative = number_take_byte(&text, '-')};
    decimal->whole = number_take_digits(&text);
    if (decimal->whole.size == 0) {
        return false;
    }
    if (number_take_byte(&text, '.')) {
        decimal->fraction = number_take_digits(&text);
        if (decimal->fraction.size == 0) {
            return false;
        }
    }
    if (number_take_byte(&text, 'e') || number_take_byte(&text, 'E')) {
        if (!number_read_exponent(&text, &decimal->exponent)) {
            return false;
        }
    }
    return text.size == 0;
}

/* The digit at an index over whole and fraction together. */
static unsigned number_digit_at(const struct decimal *decimal, size_t index)
{
    if (index < decimal->whole.size) {
        return (unsigned)(decimal->whole.base[index] - '0');
    }
    return (unsigned)(decimal->fraction.base[index - decimal->whole.size] - '0');
}

enum number_answer number_parse_u64(struct slice text, uint64_t *value)
{
    struct slice rest = text;
    struct slice digits = number_take_digits(&rest);
    uint64_t sum = 0;

    if (digits.size == 0 || rest.size > 0) {
        return NUMBER_BAD;
    }
    for (size_t i = 0; i < digits.size; i++) {
        unsigned digit = (unsigned)(digits.base[i] - '0');
        if (__builtin_mul_overflow(sum, UINT64_C(10), &sum) ||
            __builtin_add_overflow(sum, digit, &sum)) {
            *value = UINT64_MAX;
            return NUMBER_RANGE;
        }
    }
    *value = sum;
    return NUMBER_OK;
}

/* Give the magnitude a sign, or the nearest integer there is. */
static enum number_answer number_sign(bool negative, uint64_t magnitude, int64_t *value)
{
    if (negative) {
        if (magnitude > (uint64_t)INT64_MAX + 1) {
            *value = INT64_MIN;
            return NUMBER_RANGE;
        }
        *value = magnitude == 0 ? 0 : -(int64_t)(magnitude - 1) - 1;
        return NUMBER_OK;
    }
    if (magnitude > INT64_MAX) {
        *value = INT64_MAX;
        return NUMBER_RANGE;
    }
    *value = (int64_t)magnitude;
    return NUMBER_OK;
}

enum number_answer number_parse_i64(struct slice text, int64_t *value)
{
    bool negative = number_take_byte(&text, '-');
    uint64_t magnitude;

    if (number_parse_u64(text, &magnitude) == NUMBER_BAD) {
        return NUMBER_BAD;
    }
    return number_sign(negative, magnitude, value);
}

enum number_answer number_parse_double(struct slice text, double *value)
{
    struct decimal decimal;

    if (!number_read_decimal(text, &decimal)) {
        return NUMBER_BAD;
    }

    /* Rewrite it as digits and an exponent. */
    char digits[NEAREST_DIGIT_COUNT_MAX];
    size_t total = decimal.whole.size + decimal.fraction.size;
    size_t at = 0;
    size_t used = 0;
    while (at < total && number_digit_at(&decimal, at) == 0) {
        at++;
    }
    while (at < total && used < NEAREST_DIGIT_COUNT_MAX - 1) {
        digits[used++] = (char)('0' + number_digit_at(&decimal, at++));
    }
    int64_t exponent = decimal.exponent + (int64_t)decimal.whole.size - (int64_t)at;
    for (; at < total; at++) {
        if (number_digit_at(&decimal, at) != 0) {
            /* Anything there breaks a tie upwards, wherever it stands. */
            digits[used++] = '1';
            exponent--;
            break;
        }
    }
    double magnitude = nearest_double(digits, used, exponent);
    *value = decimal.negative ? -magnitude : magnitude;
    return isinf(magnitude) ? NUMBER_RANGE : NUMBER_OK;
}

enum number_answer number_parse_scaled(struct slice text, unsigned digits, int64_t *value)
{
    struct decimal decimal;

    ENSURE(digits <= 18);
    if (!number_read_decimal(text, &decimal)) {
        return NUMBER_BAD;
    }

    /* power is the power of ten that a digit stands for in the answer: those of 0 and above are
     * kept, the one of -1 decides the rounding. */
    int64_t power = (int64_t)decimal.whole.size - 1 + decimal.exponent + digits;
    size_t total = decimal.whole.size + decimal.fraction.size;
    uint64_t magnitude = 0;
    bool overflow = false;
    bool up = false;
    bool lost = false;
    for (size_t i = 0; i < total; i++, power--) {
        unsigned digit = number_digit_at(&decimal, i);
        if (power >= 0) {
            overflow = overflow || __builtin_mul_overflow(magnitude, UINT64_C(10), &magnitude) ||
                       __builtin_add_overflow(magnitude, digit, &magnitude);
        } else {
            up = up || (power == -1 && digit >= 5);
            lost = lost || digit != 0;
        }
    }
    for (; power >= 0 && magnitude != 0 && !overflow; power--) {
        overflow = __builtin_mul_overflow(magnitude, UINT64_C(10), &magnitude);
    }
    if (overflow || (up && magnitude == UINT64_MAX)) {
        return number_sign(decimal.negative, UINT64_MAX, value);
    }
    enum number_answer answer = number_sign(decimal.negative, magnitude + up, value);
    return answer == NUMBER_OK && lost ? NUMBER_ROUNDED : answer;
}

size_t number_format_u64(uint64_t value, char text[NUMBER_TEXT_SIZE])
{
    char reversed[NUMBER_TEXT_SIZE];
    size_t size = 0;

    do {
        reversed[size++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < size; i++) {
        text[i] = reversed[size - 1 - i];
    }
    text[size] = '\0';
    return size;
}

static uint64_t number_magnitude(int64_t value)
{
    return value < 0 ? (uint64_t) - (value + 1) + 1 : (uint64_t)value;
}

size_t number_format_i64(int64_t value, char text[NUMBER_TEXT_SIZE])
{
    char unsigned_text[NUMBER_TEXT_SIZE];
    size_t size = number_format_u64(number_magnitude(value), unsigned_text);
    size_t sign = value < 0 ? 1 : 0;

    text[0] = '-';
    memcpy(text + sign, unsigned_text, size + 1);
    return size + sign;
}

size_t number_format_double(double value, char text[NUMBER_TEXT_SIZE])
{
    if (!isfinite(value)) {
        const char *name = isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
        memcpy(text, name, strlen(name) + 1);
        return strlen(name);
    }

    /* 15 digits bring back every decimal of up to 15 digits, unless the double is subnormal. */
    int precision = fabs(value) < DBL_MIN ? 1 : 15;
    for (; precision < 17; precision++) {
        snprintf(text, NUMBER_TEXT_SIZE, "%.*g", precision, value);
        if (strtod(text, NULL) == value) {
            return strlen(text);
        }
    }
    return (size_t)snprintf(text, NUMBER_TEXT_SIZE, "%.17g", value);
}

size_t number_format_scaled(int64_t value, unsigned digits, char text[NUMBER_TEXT_SIZE])
{
    char all[NUMBER_TEXT_SIZE];

    ENSURE(digits <= 18);
    size_t size = number_format_u64(number_magnitude(value), all);
    size_t used = 0;
    if (value < 0) {
        text[used++] = '-';
    }
    if (size > digits) {
        memcpy(text + used, all, size - digits);
        used += size - digits;
    } else {
        text[used++] = '0';
    }

    /* Zeros between the point and a short number; then its digits without those at the end. */
    size_t last = size;
    while (last > 0 && size - last < digits && all[last - 1] == '0') {
        last--;
    }
    if (last > 0 && size - last < digits) {
        text[used++] = '.';
        for (size_t i = size; i < digits; i++) {
            text[used++] = '0';
        }
        size_t first = size > digits ? size - digits : 0;
        memcpy(text + used, all + first, last - first);
        used += last - first;
    }
    text[used] = '\0';
    return used;
}
