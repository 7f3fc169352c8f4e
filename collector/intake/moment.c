/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/moment.h"

#include "base/number.h"
#include "intake/intake_limits.h"

#define NS_PER_S INT64_C(1000000000)

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
    int64_t value = 0;
    if (text.size == 13 && moment_digits(text, 0, 13)) {
        /* Milliseconds are what nearly all exports have. */
        for (size_t i = 0; i < 13; i++) {
            value = value * 10 + (text.base[i] - '0');
        }
        if (value >= INTAKE_TIME_MAX_S * 1000) {
            return false;
        }
        *time_ns = value * 1000000;
        return moment_sane(*time_ns);
    }
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

/* The fraction behind the seconds in nanoseconds, and in *at where it ends.  More than nine digits
 * are for nobody. */
static bool moment_fraction(struct slice text, size_t *at, int64_t *ns)
{
    int64_t unit = NS_PER_S;
    *ns = 0;
    if (!moment_byte(text, *at, '.') && !moment_byte(text, *at, ',')) {
        return true;
    }
    for ((*at)++; moment_digit(text, *at); (*at)++) {
        unit /= 10;
        *ns += unit * (text.base[*at] - '0');
    }
    return unit > 0;
}

/* The zone that goes from `at` to the end, in seconds east of UTC. */
static bool moment_zone(struct slice text, size_t at, int64_t *seconds)
{
    struct slice zone = slice_skip(text, at);
    *seconds = 0;
    if (zone.size < 5 || zone.base[0] == ' ') {
        return true;
    }
    int64_t hours = moment_two(zone.base + 1);
    int64_t minutes = moment_two(zone.base + (zone.size == 6 ? 4 : 3));
    *seconds = (hours * 60 + minutes) * (zone.base[0] == '-' ? -60 : 60);
    return hours < 24 && minutes < 60;
}

/* Days of a month of the Gregorian calendar. */
static int64_t moment_month_days(int64_t year, int64_t month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* A date and time whose form moment_size() has checked. */
static bool moment_date(struct slice text, int64_t *time_ns)
{
    const unsigned char *at = text.base;
    int64_t year = moment_two(at) * 100 + moment_two(at + 2);
    int64_t month = moment_two(at + 5), day = moment_two(at + 8);
    int64_t hour = moment_two(at + 11), minute = moment_two(at + 14), second = moment_two(at + 17);
    if (year < 1971 || year > 2200 || month < 1 || month > 12 || day < 1 ||
        day > moment_month_days(year, month) || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    int64_t ns, zone;
    size_t end = 19;
    if (!moment_fraction(text, &end, &ns) || !moment_zone(text, end, &zone)) {
        return false;
    }
    second = second > 59 ? 59 : second; /* A leap second is taken as the one before it. */
    int64_t seconds = moment_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *time_ns = (seconds - zone) * NS_PER_S + ns;
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
