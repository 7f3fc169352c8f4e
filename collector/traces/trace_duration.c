/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_duration.h"

#include "base/number.h"

#include <stddef.h>

static const struct {
    struct slice name;
    int64_t ns;
} trace_units[] = {
    {SLICE_INIT("ns"), 1},
    {SLICE_INIT("us"), 1000},
    {SLICE_INIT("\xc2\xb5s"), 1000}, /* The micro sign. */
    {SLICE_INIT("\xce\xbcs"), 1000}, /* The Greek letter. */
    {SLICE_INIT("ms"), 1000000},
    {SLICE_INIT("s"), 1000000000},
    {SLICE_INIT("m"), INT64_C(60000000000)},
    {SLICE_INIT("h"), INT64_C(3600000000000)},
    {SLICE_INIT("d"), INT64_C(86400000000000)},
};

static bool is_number(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || byte == '.';
}

/* Bytes at the front that are of a number, or that are not. */
static size_t run_of(struct slice text, bool number)
{
    size_t size = 0;
    while (size < text.size && is_number(text.base[size]) == number) {
        size++;
    }
    return size;
}

static bool unit_ns(struct slice name, int64_t *ns)
{
    for (size_t i = 0; i < sizeof(trace_units) / sizeof(trace_units[0]); i++) {
        if (slice_equal(trace_units[i].name, name)) {
            *ns = trace_units[i].ns;
            return true;
        }
    }
    return false;
}

/* One number with its unit. */
static bool part_ns(struct slice number, struct slice unit, int64_t *part)
{
    int64_t each, whole = 0;
    struct slice head, fraction;
    bool point = slice_cut(number, '.', &head, &fraction);
    if (!unit_ns(unit, &each) || head.size + fraction.size == 0 ||
        slice_find_byte(fraction, '.') != SLICE_NONE ||
        (head.size > 0 && number_parse_i64(head, &whole) != NUMBER_OK) ||
        __builtin_mul_overflow(whole, each, part)) {
        return false;
    }
    /* What is below the point, digit by digit: a nanosecond is the smallest that counts. */
    int64_t digit_ns = each;
    for (size_t i = 0; point && i < fraction.size; i++) {
        int64_t more = (int64_t)(fraction.base[i] - '0') * digit_ns / 10;
        digit_ns /= 10;
        if (__builtin_add_overflow(*part, more, part)) {
            return false;
        }
    }
    return true;
}

bool trace_duration_parse(struct slice text, int64_t *duration_ns)
{
    int64_t sum = 0;
    if (slice_equal(text, SLICE("0"))) {
        *duration_ns = 0;
        return true;
    }
    if (text.size == 0) {
        return false;
    }
    while (text.size > 0) {
        struct slice number = slice_take(text, run_of(text, true));
        text = slice_skip(text, number.size);
        struct slice unit = slice_take(text, run_of(text, false));
        text = slice_skip(text, unit.size);
        int64_t part;
        if (number.size == 0 || !part_ns(number, unit, &part) ||
            __builtin_add_overflow(sum, part, &sum)) {
            return false;
        }
    }
    *duration_ns = sum;
    return true;
}
