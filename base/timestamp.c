/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include "base/clock.h"

#include <string.h>

enum { SECONDS_PER_DAY = 86400, DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400 };

/* Days from year 0, 1 March, to 1 January 1970. */
enum { DAYS_TO_1970 = 719468 };

/*
 * Days since 1970 of a date of the Gregorian calendar.  Counting years from
 * March puts the leap day at the end of the year, and the lengths of the
 * months from March on follow the line (153 * month + 2) / 5.
 */
static int64_t timestamp_days(int64_t year, int64_t month, int64_t day)
{
    int64_t march_year = month <= 2 ? year - 1 : year;
    int64_t march_month = month <= 2 ? month + 9 : month - 3;
    int64_t era = march_year / YEARS_PER_ERA;
    int64_t year_of_era = march_year % YEARS_PER_ERA;
    int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static bool timestamp_is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned timestamp_month_days(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && timestamp_is_leap(year) ? 29 : days[month - 1];
}

/* Take a number of exactly count digits off the front. */
static bool timestamp_take_number(struct slice *rest, size_t count, unsigned *value)
{
    unsigned sum = 0;

    if (rest->size < count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned char byte = rest->base[i];
        if (byte < '0' || byte > '9') {
            return false;
        }
        sum = sum * 10 + (unsigned)(byte - '0');
    }
    *rest = slice_skip(*rest, count);
    *value = sum;
    return true;
}

static bool timestamp_take_byte(struct slice *rest, const char *bytes)
{
    /* Sets of three at most: a call to search one takes longer than this. */
    for (; rest->size > 0 && *bytes != '\0'; bytes++) {
        if (rest->base[0] == (unsigned char)*bytes) {
            *rest = slice_skip(*rest, 1);
            return true;
        }
    }
    return false;
}

/* Of the years from 2000 to 2099, whose leap years are every fourth. */
static int64_t timestamp_days_lately(unsigned year, unsigned month, unsigned day)
{
    static const unsigned short before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    unsigned leaps = (year - 1969) / 4 + (month > 2 && year % 4 == 0 ? 1 : 0);

    return (year - 1970) * 365 + leaps + before[month - 1] + day - 1;
}

/* Of eight bytes: in each the number of the two digits that begin there.  What is no digit spoils
 * its own and the one before, and no other: the largest is 15 * 10 + 15. */
static uint64_t timestamp_pairs(const unsigned char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof(word));
    word = le64toh(word) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return word * 10 + (word >> 8);
}

static unsigned timestamp_pair(uint64_t pairs, unsigned at)
{
    return (unsigned)(pairs >> (8 * at)) & 0xff;
}

bool timestamp_seconds(const unsigned char text[TIMESTAMP_SHAPE_SIZE], int64_t *seconds)
{
    uint64_t date = timestamp_pairs(text);      /* YYYY-MM- */
    uint64_t time = timestamp_pairs(text + 11); /* HH:MM:SS */
    unsigned year = timestamp_pair(date, 0) * 100 + timestamp_pair(date, 2);
    unsigned month = timestamp_pair(date, 5);
    unsigned day = timestamp_two(text + 8);
    unsigned hour = timestamp_pair(time, 0);
    unsigned minute = timestamp_pair(time, 3);
    unsigned second = timestamp_pair(time, 6);

    /* 1969 may still become 1970 by its offset. */
    if (year < 1969 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 ||
        second > 60 || (day > 28 && day > timestamp_month_days(year, month))) {
        return false;
    }
    int64_t days = year >= 2000 && year < 2100 ? timestamp_days_lately(year, month, day)
                                               : timestamp_days(year, month, day);
    *seconds = days * SECONDS_PER_DAY + (int64_t)hour * 3600 + (int64_t)minute * 60 +
               (second == 60 ? 59 : second);
    return true;
}

/* The number of three digits, or 1000 or more for anything else. */
static unsigned timestamp_three(const unsigned char *text)
{
    unsigned hundreds = (unsigned)text[0] - '0';
    unsigned tens = (unsigned)text[1] - '0';
    unsigned ones = (unsigned)text[2] - '0';

    return hundreds < 10 && tens < 10 && ones < 10 ? hundreds * 100 + tens * 10 + ones : 1000;
}

/* 2100-01-01: what is later is left to those who know where a number ends. */
#define TIMESTAMP_FRONT_END_S INT64_C(4102444800)

size_t timestamp_front(struct slice text, int64_t *epoch_ns)
{
    enum { MILLISECONDS = 24, MICROSECONDS = 32 };
    int64_t seconds;

    if (text.size < MILLISECONDS || text.base[10] != 'T' || text.base[19] != '.' ||
        !timestamp_has_shape(text.base) || !timestamp_seconds(text.base, &seconds) || seconds < 0 ||
        seconds >= TIMESTAMP_FRONT_END_S) {
        return 0;
    }
    unsigned thousandths = timestamp_three(text.base + 20);
    if (thousandths < 1000 && text.base[23] == 'Z') {
        *epoch_ns = seconds * INT64_C(1000000000) + thousandths * INT64_C(1000000);
        return MILLISECONDS;
    }
    unsigned millionths = text.size < MICROSECONDS ? 1000 : timestamp_three(text.base + 23);
    if (thousandths < 1000 && millionths < 1000 && memcmp(text.base + 26, "+00:00", 6) == 0) {
        *epoch_ns = seconds * INT64_C(1000000000) + thousandths * INT64_C(1000000) +
                    millionths * INT64_C(1000);
        return MICROSECONDS;
    }
    return 0;
}

static bool timestamp_take_fraction(struct slice *rest, uint64_t *fraction_ns)
{
    static const uint64_t units[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                     10000,      1000,      100,      10,      1};
    size_t count = 0;

    *fraction_ns = 0;
    if (!timestamp_take_byte(rest, ".,")) {
        return true;
    }
    uint64_t digits = 0;
    while (count < 9 && count < rest->size && (unsigned char)(rest->base[count] - '0') < 10) {
        digits = digits * 10 + (uint64_t)(rest->base[count] - '0');
        count++;
    }
    *rest = slice_skip(*rest, count);
    *fraction_ns = digits * units[count];
    return count > 0;
}

/* "Z" or "+01:30" to seconds east of UTC. */
static bool timestamp_take_offset(struct slice *rest, int64_t *offset)
{
    unsigned hours = 0;
    unsigned minutes = 0;

    if (timestamp_take_byte(rest, "Zz")) {
        *offset = 0;
        return true;
    }
    bool west = rest->size > 0 && rest->base[0] == '-';
    if (!timestamp_take_byte(rest, "+-") || !timestamp_take_number(rest, 2, &hours)) {
        return false;
    }
    timestamp_take_byte(rest, ":");
    if (!timestamp_take_number(rest, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    if (west) {
        *offset = -*offset;
    }
    return true;
}

bool timestamp_parse(struct slice text, uint64_t *epoch_ns)
{
    int64_t seconds = 0;
    int64_t offset = 0;
    uint64_t fraction_ns = 0;
    uint64_t total_ns;

    if (text.size < TIMESTAMP_SHAPE_SIZE || !timestamp_has_shape(text.base) ||
        (text.base[10] != 'T' && text.base[10] != 't' && text.base[10] != ' ') ||
        !timestamp_seconds(text.base, &seconds)) {
        return false;
    }
    text = slice_skip(text, TIMESTAMP_SHAPE_SIZE);
    if (!timestamp_take_fraction(&text, &fraction_ns) || !timestamp_take_offset(&text, &offset) ||
        text.size > 0) {
        return false;
    }
    int64_t total = seconds - offset;
    if (total < 0 || __builtin_mul_overflow((uint64_t)total, CLOCK_NS_PER_S, &total_ns) ||
        __builtin_add_overflow(total_ns, fraction_ns, &total_ns)) {
        return false;
    }
    *epoch_ns = total_ns;
    return true;
}

/* Write a number with exactly count digits. */
static char *timestamp_put(char *text, uint64_t value, unsigned count)
{
    for (unsigned i = count; i > 0; i--) {
        text[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return text + count;
}

size_t timestamp_format(uint64_t epoch_ns, unsigned digits, char text[TIMESTAMP_TEXT_SIZE])
{
    uint64_t seconds = epoch_ns / CLOCK_NS_PER_S;
    uint64_t of_day = seconds % SECONDS_PER_DAY;

    /* The way of timestamp_days() back. */
    uint64_t days = seconds / SECONDS_PER_DAY + DAYS_TO_1970;
    uint64_t era = days / DAYS_PER_ERA;
    uint64_t day_of_era = days % DAYS_PER_ERA;
    uint64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t march_month = (5 * day_of_year + 2) / 153;
    uint64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    uint64_t year = year_of_era + era * YEARS_PER_ERA + (month <= 2 ? 1 : 0);

    char *at = timestamp_put(text, year, 4);
    *at++ = '-';
    at = timestamp_put(at, month, 2);
    *at++ = '-';
    at = timestamp_put(at, day_of_year - (153 * march_month + 2) / 5 + 1, 2);
    *at++ = 'T';
    at = timestamp_put(at, of_day / 3600, 2);
    *at++ = ':';
    at = timestamp_put(at, of_day / 60 % 60, 2);
    *at++ = ':';
    at = timestamp_put(at, of_day % 60, 2);
    if (digits > 0) {
        char fraction[9];
        timestamp_put(fraction, epoch_ns % CLOCK_NS_PER_S, 9);
        *at++ = '.';
        memcpy(at, fraction, digits < 9 ? digits : 9);
        at += digits < 9 ? digits : 9;
    }
    *at++ = 'Z';
    *at = '\0';
    return (size_t)(at - text);
}

size_t timestamp_format_short(uint64_t epoch_ns, char text[TIMESTAMP_TEXT_SIZE])
{
    unsigned digits = 9;

    if (epoch_ns % CLOCK_NS_PER_S == 0) {
        digits = 0;
    } else if (epoch_ns % CLOCK_NS_PER_MS == 0) {
        digits = 3;
    } else if (epoch_ns % CLOCK_NS_PER_US == 0) {
        digits = 6;
    }
    return timestamp_format(epoch_ns, digits, text);
}
