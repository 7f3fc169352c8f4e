/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/numbers.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static const double pi = 3.14159265358979323846;

double numbers_deg(double value)
{
    return value * 180 / pi;
}

double numbers_rad(double value)
{
    return value * pi / 180;
}

double numbers_sgn(double value)
{
    return value < 0 ? -1 : value > 0 ? 1 : value;
}

/* --- dates ------------------------------------------------------------------------------------ */

/* Seconds of a day, and days since 1970 (which was a Thursday). */
struct date {
    int64_t days, seconds;
    int64_t year, month, day; /* month and day from 1. */
};

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* A date of the proleptic Gregorian calendar.  Years begin in March here, so that the day that
 * comes and goes is the last one; 400 of them are 146097 days. */
static bool date_of(double seconds, struct date *date)
{
    if (!(fabs(seconds) < 1e14)) {
        return false;
    }
    int64_t whole = (int64_t)seconds;
    date->days = whole / 86400;
    date->seconds = whole % 86400;
    if (date->seconds < 0) {
        date->seconds += 86400;
        date->days--;
    }
    int64_t shifted = date->days + 719468; /* Since the 1st of March of the year 0. */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * of_year + 2) / 153;
    date->day = of_year - (153 * march_month + 2) / 5 + 1;
    date->month = march_month < 10 ? march_month + 3 : march_month - 9;
    date->year = year_of_era + era * 400 + (date->month <= 2 ? 1 : 0);
    return true;
}

static int64_t month_days(const struct date *date)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[date->month - 1] + (date->month == 2 && is_leap(date->year) ? 1 : 0);
}

double numbers_minute(double seconds)
{
    struct date date;
    return date_of(seconds, &date) ? (double)(date.seconds / 60 % 60) : (double)NAN;
}

double numbers_hour(double seconds)
{
    struct date date;
    return date_of(seconds, &date) ? (double)(date.seconds / 3600) : (double)NAN;
}

double numbers_day_of_week(double seconds)
{
    struct date date;
    return date_of(seconds, &date) ? (double)(((date.days + 4) % 7 + 7) % 7) : (double)NAN;
}

double numbers_day_of_month(double seconds)
{
    struct date date;
    return date_of(seconds, &date) ? (double)date.day : (double)NAN;
}

double numbers_day_of_year(double seconds)
{
    struct date date;
    if (!date_of(seconds, &date)) {
        return (double)NAN;
    }
    struct date month = date;
    int64_t sum = date.day;
    for (month.month = 1; month.month < date.month; month.month++) {
        sum += month_days(&month);
    }
    return (double)sum;
}

double numbers_days_in_month(double seconds)
{
    struct date date;
    return date_of(seconds, &date) ? (double)month_days(&date) : (double)NAN;
}

double numbers_month(double seconds)
{
    struct date date;
    return date_of(seconds, &date) ? (double)date.month : (double)NAN;
}

double numbers_year(double seconds)
{
    struct date date;
    return date_of(seconds, &date) ? (double)date.year : (double)NAN;
}
