/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_NUMBERS_H
#define THAW_COLLECTOR_PROMQL_NUMBERS_H

/*
 * Functions of one number that the C library does not have.  The parts of a date are those of a
 * time in seconds since 1970, in UTC; NaN where it is no date.
 */
double numbers_deg(double value);
double numbers_rad(double value);
double numbers_sgn(double value);

double numbers_minute(double seconds);
double numbers_hour(double seconds);
double numbers_day_of_week(double seconds); /* Sunday is 0. */
double numbers_day_of_month(double seconds);
double numbers_day_of_year(double seconds);
double numbers_days_in_month(double seconds);
double numbers_month(double seconds);
double numbers_year(double seconds);

#endif
