/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/moment.h"

#include "base/number.h"
#include "base/timestamp.h"
#include "intake/intake_limits.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* The longest text of a date and time: 2026-11-23T14:53:25.123456789+01:00. */
#define MOMENT_TEXT_SIZE_MAX 40

static bool moment_digit(struct slice text, size_t at)
{
    return at < text.size && text.base[at] >= '0' && text.base[at] <= '9';
}

static bool moment_digits(struct slice text, size_t at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!moment_digit(text, at + i)) {
            return false;
        }
    }
    return true;
}

static bool moment_byte(struct slice text, size_t at, char byte)
{
    return at < text.size && text.base[at] == (unsigned char)byte;
}

/* "Z", "+00:00", "-0130", " UTC" or nothing. */
static size_t moment_zone_size(struct slice text, size_t at)
{
    if (moment_byte(text, at, 'Z') || moment_byte(text, at, 'z')) {
        return 1;
    }
    if (moment_byte(text, at, '+') || moment_byte(text, at, '-')) {
        if (moment_digits(text, at + 1, 2) && moment_byte(text, at + 3, ':') &&
            moment_digits(text, at + 4, 2)) {
            return 6;
        }
        return moment_digits(text, at + 1, 4) ? 5 : 0;
    }
    return slice_starts(slice_skip(text, at), SLICE(" UTC")) ? 4 : 0;
}

size_t moment_size(struct slice text)
{
    /* The cheapest refusals first: most lines that are asked about begin with something else. */
    if (text.size < 19 || text.base[4] != '-' || text.base[7] != '-' || text.base[13] != ':' ||
        text.base[16] != ':' || (text.base[10] != 'T' && text.base[10] != ' ')) {
        return 0;
    }
    if (!moment_digits(text, 0, 4) || !moment_digits(text, 5, 2) || !moment_digits(text, 8, 2) ||
        !moment_digits(text, 11, 2) || !moment_digits(text, 14, 2) || !moment_digits(text, 17, 2)) {
        return 0;
    }
    size_t size = 19;
    if ((moment_byte(text, size, '.') || moment_byte(text, size, ',')) &&
        moment_digit(text, size + 1)) {
        size++;
        while (moment_digit(text, size)) {
            size++;
        }
    }
    return size + moment_zone_size(text, size);
}

static bool moment_sane(int64_t time_ns)
{
    return time_ns >= INTAKE_TIME_MIN_S * NS_PER_S && time_ns < INTAKE_TIME_MAX_S * NS_PER_S;
}

/* Digits, perhaps with a fraction: the unit is told by their number. */
static bool moment_number(struct slice text, int64_t *time_ns)
{
    struct slice whole, fraction;
    int64_t value;
    slice_cut(text, '.', &whole, &fraction);
    unsigned digits = whole.size == 10   ? 9
                      : whole.size == 13 ? 6
                      : whole.size == 16 ? 3
                      : whole.size == 19 ? 0
                                         : UINT32_MAX;
    if (digits == UINT32_MAX || !moment_digits(whole, 0, whole.size)) {
        return false;
    }
    enum number_answer answer = number_parse_scaled(text, digits, &value);
    if ((answer != NUMBER_OK && answer != NUMBER_ROUNDED) || !moment_sane(value)) {
        return false;
    }
    *time_ns = value;
    return true;
}

static int64_t moment_two(const unsigned char *digits)
{
    return (digits[0] - '0') * 10 + (digits[1] - '0');
}

/* Days since 1970 of a date of the Gregorian calendar, counted from March so that the leap day is
 * the last of its year. */
static int64_t moment_days(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = month > 2 ? year : year - 1;
    int64_t months = month > 2 ? month - 3 : month + 9;
    return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * months + 2) / 5 +
           day - 1 - 719468;
}

/* "2026-11-23T14:53:25.123Z" and nothing else: what every line of an export begins with. */
static bool moment_plain(struct slice text, int64_t *time_ns)
{
    const unsigned char *at = text.base;
    if (text.size != 24 || at[23] != 'Z' || at[19] != '.' || !moment_digits(text, 20, 3)) {
        return false;
    }
    int64_t month = moment_two(at + 5), day = moment_two(at + 8);
    int64_t hour = moment_two(at + 11), minute = moment_two(at + 14), second = moment_two(at + 17);
    if (month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59) {
        return false; /* Ends of months and leap seconds are for timestamp_parse(). */
    }
    int64_t year = moment_two(at) * 100 + moment_two(at + 2);
    int64_t seconds = moment_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    int64_t ms = (at[20] - '0') * 100 + moment_two(at + 21);
    *time_ns = seconds * NS_PER_S + ms * 1000000;
    return true;
}

static bool moment_date(struct slice text, int64_t *time_ns)
{
    if (moment_plain(text, time_ns)) {
        return moment_sane(*time_ns);
    }
    char copy[MOMENT_TEXT_SIZE_MAX + 1];
    uint64_t epoch_ns;
    size_t size = text.size;
    if (slice_ends(text, SLICE(" UTC"))) {
        size -= 4;
    }
    size_t zone = size == text.size ? moment_zone_size(text, size - 6) : 0;
    bool zoned = zone == 6 || (size > 5 && moment_zone_size(text, size - 5) == 5) ||
                 moment_byte(text, size - 1, 'Z') || moment_byte(text, size - 1, 'z');
    if (size + 1 > MOMENT_TEXT_SIZE_MAX) {
        return false;
    }
    memcpy(copy, text.base, size);
    if (moment_byte(text, 19, ',')) {
        copy[19] = '.';
    }
    if (!zoned) {
        copy[size++] = 'Z';
    }
    if (!timestamp_parse(slice_of(copy, size), &epoch_ns) || epoch_ns > INT64_MAX) {
        return false;
    }
    *time_ns = (int64_t)epoch_ns;
    return moment_sane(*time_ns);
}

bool moment_parse(struct slice text, int64_t *time_ns)
{
    text = slice_trim(text);
    if (text.size >= 19 && moment_size(text) == text.size) {
        return moment_date(text, time_ns);
    }
    return moment_number(text, time_ns);
}
