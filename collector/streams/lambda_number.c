/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/lambda_number.h"

#include "streams/line_limits.h"
#include "streams/line_scan.h"
#include "streams/log_event.h"

#include "base/number.h"

#include <string.h>

/* Digits that fit whatever the scale is: 10^(9+9) is within 63 bits. */
enum { NUMBER_QUICK_DIGITS = 9 };

static const int64_t number_powers[] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
};

/* "8.40" and its kin, without a sign and of few digits; false for whatever wants more care. */
static bool number_quick(struct slice text, unsigned scale, int64_t *value)
{
    int64_t sum = 0;
    size_t point = text.size;

    if (text.size == 0 || text.size > NUMBER_QUICK_DIGITS + 1) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (byte == '.' && point == text.size && i > 0 && i + 1 < text.size) {
            point = i;
        } else if (byte >= '0' && byte <= '9') {
            sum = sum * 10 + (byte - '0');
        } else {
            return false;
        }
    }
    size_t fraction = point == text.size ? 0 : text.size - point - 1;
    if (fraction > scale || text.size - (fraction > 0) > NUMBER_QUICK_DIGITS) {
        return false;
    }
    *value = sum * number_powers[scale - fraction];
    return true;
}

static enum lambda_wrong number_any(struct slice text, unsigned scale, int64_t *value)
{
    if (text.size == 0) {
        return LAMBDA_EMPTY;
    }
    if (number_quick(text, scale, value)) {
        return LAMBDA_WRONG_COUNT;
    }
    switch (number_parse_scaled(text, scale, value)) {
    case NUMBER_OK:
    case NUMBER_ROUNDED:
        break;
    case NUMBER_RANGE:
        return *value < 0 ? LAMBDA_NEGATIVE : LAMBDA_TOO_MUCH;
    case NUMBER_BAD:
        return LAMBDA_NO_NUMBER;
    }
    return text.base[0] == '-' ? LAMBDA_NEGATIVE : LAMBDA_WRONG_COUNT;
}

/* Into the unit in which it is kept. */
static enum lambda_wrong number_bound(enum lambda_unit unit, int64_t *value)
{
    int64_t whole = *value / 1000000;
    bool is_whole = *value % 1000000 == 0;

    switch (unit) {
    case LAMBDA_DURATION:
        return *value > LINE_DURATION_NS_MAX ? LAMBDA_TOO_MUCH : LAMBDA_WRONG_COUNT;
    case LAMBDA_WHOLE_MS:
        if (*value > 2 * LINE_DURATION_NS_MAX) {
            return LAMBDA_TOO_MUCH;
        }
        break;
    case LAMBDA_MEGABYTES:
    case LAMBDA_USED_MB:
        if (whole > LINE_MEMORY_MB_MAX || (unit == LAMBDA_MEGABYTES && *value == 0)) {
            return LAMBDA_TOO_MUCH;
        }
        break;
    case LAMBDA_COUNT:
        if (whole > LINE_COUNT_MAX) {
            return LAMBDA_TOO_MUCH;
        }
        break;
    }
    *value = whole;
    return is_whole ? LAMBDA_WRONG_COUNT : LAMBDA_NOT_WHOLE;
}

const char *lambda_number_read(const struct lambda_quantity *quantity, struct slice text,
                               unsigned scale, int64_t *value)
{
    int64_t parsed = 0;
    enum lambda_wrong wrong = number_any(text, scale, &parsed);

    if (wrong == LAMBDA_WRONG_COUNT) {
        wrong = number_bound(quantity->unit, &parsed);
    }
    if (wrong == LAMBDA_WRONG_COUNT && *value != STREAMS_UNKNOWN && *value != parsed) {
        wrong = LAMBDA_TWICE;
    }
    if (wrong != LAMBDA_WRONG_COUNT) {
        return quantity->reasons[wrong];
    }
    *value = parsed;
    return NULL;
}

const char *lambda_number_json(const struct lambda_quantity *quantity, struct slice text,
                               int64_t *value)
{
    return lambda_number_read(quantity, text, 6, value);
}

/* ---- Behind a name in text. ---- */

/* Split "8.40ms" where the number ends; an exponent belongs to it. */
static struct slice number_split(struct slice word, struct slice *unit)
{
    size_t size = 0;

    while (size < word.size) {
        unsigned char byte = word.base[size];
        bool digit = byte >= '0' && byte <= '9';
        bool sign = byte == '-' || byte == '+';
        bool exponent = (byte == 'e' || byte == 'E') && size > 0;
        if (!digit && byte != '.' && byte != ',' && !sign && !exponent) {
            break;
        }
        size++;
    }
    *unit = slice_skip(word, size);
    return slice_take(word, size);
}

/* What a unit counts in millionths of a MB, or in nanoseconds, as a power of ten; false if it is
 * none of these. */
static bool number_unit(enum lambda_unit kind, struct slice unit, unsigned *scale)
{
    static const struct {
        struct slice name;
        bool time;
        unsigned scale;
    } units[] = {
        {SLICE_INIT("ms"), true, 6},
        {SLICE_INIT("MB"), false, 6},
        {SLICE_INIT("s"), true, 9},
        {SLICE_INIT("seconds"), true, 9},
        {SLICE_INIT("second"), true, 9},
        {SLICE_INIT("sec"), true, 9},
        {SLICE_INIT("us"), true, 3},
        {SLICE_INIT("\xc2\xb5s"), true, 3},
        {SLICE_INIT("\xce\xbcs"), true, 3},
        {SLICE_INIT("ns"), true, 0},
        {SLICE_INIT("milliseconds"), true, 6},
        {SLICE_INIT("mb"), false, 6},
        {SLICE_INIT("MiB"), false, 6},
    };
    bool time = kind == LAMBDA_DURATION || kind == LAMBDA_WHOLE_MS;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (units[i].time == time && slice_equal(units[i].name, unit)) {
            *scale = units[i].scale;
            return true;
        }
    }
    return false;
}

const char *lambda_number_take(const struct lambda_quantity *quantity, struct slice *rest,
                               int64_t *value)
{
    struct slice after = *rest;
    struct slice unit;
    unsigned scale = 6;

    enum line_gap gap = line_scan_gap(&after);
    if (gap > GAP_FIELD || after.size == 0) {
        return quantity->reasons[LAMBDA_EMPTY];
    }
    struct slice word = line_scan_word(&after);
    struct slice number = number_split(word, &unit);
    if (number.size == 0 && gap == GAP_FIELD && word.size > 1 && word.base[0] >= 'A') {
        return quantity->reasons[LAMBDA_EMPTY]; /* The next field's name. */
    }
    *rest = after;
    if (number.size == 0) {
        return quantity->reasons[LAMBDA_NO_NUMBER];
    }
    if (unit.size == 0) {
        line_scan_gap(&after);
        unit = line_scan_word(&after);
        if (number_unit(quantity->unit, unit, &scale)) {
            *rest = after;
        } else {
            unit = SLICE_EMPTY;
        }
    } else if (!number_unit(quantity->unit, unit, &scale)) {
        unit = SLICE_EMPTY;
    }
    const char *reason = lambda_number_read(quantity, number, scale, value);
    if (reason == NULL && unit.size == 0) {
        *value = STREAMS_UNKNOWN;
        reason = quantity->reasons[LAMBDA_NO_UNIT];
    }
    return reason;
}

const char *lambda_number_judge_memory(int64_t size_mb, int64_t used_mb)
{
    bool known = size_mb != STREAMS_UNKNOWN && used_mb != STREAMS_UNKNOWN;
    return known && used_mb > LINE_MEMORY_USED_FACTOR * size_mb
               ? "more memory was used than twice the memory size"
               : NULL;
}
