/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_MONEY_H
#define THAW_COLLECTOR_COST_MONEY_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Money, exactly.  An amount is a whole number of one unit so small that
 * everything the bill is made of is a whole number of it:
 *
 *     megabytes x nanoseconds x price per gigabyte-second (of 14 decimals)
 *
 * needs 1024 (megabytes in a gigabyte) x 10^9 (nanoseconds in a second) x 10^14,
 * and requests x price needs less.  So sums, differences and comparisons are
 * exact, in any order, and nothing is divided before it is shown; and because
 * 1024 is a power of two, what is shown is a finite decimal.
 *
 * 128 bits hold about 1.66 * 10^12 dollars of either sign.  What would be more
 * stays at that bound and is marked saturated; the mark is inherited by
 * everything computed from it and shown, so that a wrong number is never silent.
 *
 * Plain values; any thread.  Money is aligned as __int128 is (16 bytes), which
 * arenas and malloc give.
 */

/* Decimals of a price, and the units in a dollar: 1024 * 10^(9 + 14). */
#define MONEY_PRICE_DIGITS     14
#define MONEY_UNITS_PER_DOLLAR ((__int128)1024 * 1000000000 * 100000000000000)

/* Decimals to which money_share() rounds: eight digits are left of the cheapest millisecond. */
#define MONEY_SHARE_DIGITS 18

struct money {
    __int128 units; /* 1 / MONEY_UNITS_PER_DOLLAR dollars. */
    bool saturated; /* The true amount lies beyond what 128 bits hold. */
};

#define MONEY_ZERO ((struct money){0, false})

/* A price of one of something: dollars times 10^14.  Never negative. */
struct price {
    int64_t e14;
};

/* Decimal text with at most 14 decimals, exactly: "0.0000166667".  False if it is anything else,
 * negative, or 10,000 dollars or more. */
bool money_price_parse(struct slice text, struct price *price) THAW_CHECK;

/* What this much memory for this time costs, at a price per gigabyte-second (1024 MB for 1 s).
 * mb_ns counts megabytes times nanoseconds, mb_ms megabytes times milliseconds. */
struct money money_of_mb_ns(unsigned __int128 mb_ns, struct price per_gb_s);
struct money money_of_mb_ms(uint64_t mb_ms, struct price per_gb_s);

/* What bytes cost, at a price per gigabyte (2^30 of them).  Cut to a whole number of units: exact
 * at prices of up to three decimals. */
struct money money_of_bytes(uint64_t bytes, struct price per_gb);

/* What a processor costs: thousandths of it times nanoseconds, at a price per second of a whole
 * one. Cut to a whole number of units, 125 of which make 128 of the thousandths: exact for whole
 * milliseconds; parts of a whole are differences of two such amounts, so that they sum to it. */
struct money money_of_cpu_ns(unsigned __int128 milli_ns, struct price per_s);

/* What count things cost. */
struct money money_of_count(uint64_t count, struct price each);

struct money money_add(struct money one, struct money other);
struct money money_subtract(struct money one, struct money other);

/* Less than 0, 0 or more than 0.  Of two saturated amounts of one sign none is greater. */
int money_compare(struct money one, struct money other);

/*
 * The part of an amount that `served` of `messages` stand for: amount * served /
 * messages, rounded to MONEY_SHARE_DIGITS decimals, half to even.  served must
 * not be more than messages, and messages not 0.  All of them are the amount itself.
 */
struct money money_share(struct money amount, uint32_t served, uint32_t messages);

/* Room for the longest text of an amount with its NUL: sign, 13 digits, point, 33 decimals. */
#define MONEY_TEXT_SIZE 56

/* Write the amount as an exact decimal with no more decimals than it needs ("0.0000058500117", "0",
 * "-1.5") and a NUL; the answer is the length without it. */
size_t money_format(struct money amount, char text[MONEY_TEXT_SIZE]);

/* The same rounded half to even to this many decimals (0 to 18), all of them written: "2.73". */
size_t money_format_rounded(struct money amount, unsigned decimals, char text[MONEY_TEXT_SIZE]);

/* Dollars as a double, for gauges and comparisons of size; never for sums. */
double money_to_double(struct money amount);

#endif
