/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/money.h"

#include "base/ensure.h"
#include "base/number.h"

/*
 * Everything is computed on magnitudes without sign: an overflow is then found by one division,
 * and no signed operation of 128 bits needs help from the compiler's run-time library.
 */

static const unsigned __int128 units_per_dollar = (unsigned __int128)MONEY_UNITS_PER_DOLLAR;
static const unsigned __int128 magnitude_max = ~(unsigned __int128)0 >> 1;

/* Nanoseconds in a millisecond, for megabyte-milliseconds. */
#define NS_PER_MS 1000000

/* The longest fraction: 1 / (2^10 * 10^23) is 5^10 / 10^33. */
#define FRACTION_DIGITS 33
#define FRACTION_FACTOR 9765625

static struct money money_of(unsigned __int128 value, bool negative, bool saturated)
{
    if (value > magnitude_max) {
        value = magnitude_max;
        saturated = true;
    }
    __int128 units = (__int128)value;
    return (struct money){.units = negative ? -units : units, .saturated = saturated};
}

static unsigned __int128 magnitude_of(__int128 units)
{
    return units < 0 ? -(unsigned __int128)units : (unsigned __int128)units;
}

/* The product, or more than any amount can be. */
static unsigned __int128 multiply(unsigned __int128 one, unsigned __int128 other)
{
    if (one != 0 && other > magnitude_max / one) {
        return ~(unsigned __int128)0;
    }
    return one * other;
}

static unsigned __int128 power_of_ten(unsigned exponent)
{
    unsigned __int128 power = 1;
    while (exponent-- > 0) {
        power *= 10;
    }
    return power;
}

bool money_price_parse(struct slice text, struct price *price)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        /* No sign and no exponent: a price is written as the provider prints it. */
        if ((text.base[i] < '0' || text.base[i] > '9') && text.base[i] != '.') {
            return false;
        }
    }
    if (number_parse_scaled(text, MONEY_PRICE_DIGITS, &value) != NUMBER_OK) {
        return false;
    }
    /* 10,000 dollars: a bound well inside of 63 bits, above any price of one thing. */
    if (value >= INT64_C(1000000000000000000)) {
        return false;
    }
    price->e14 = value;
    return true;
}

struct money money_of_mb_ns(unsigned __int128 mb_ns, struct price per_gb_s)
{
    ENSURE(per_gb_s.e14 >= 0);
    return money_of(multiply(mb_ns, (unsigned __int128)per_gb_s.e14), false, false);
}

/* A unit is 2^-10 * 10^-23 dollars and a price 10^-14, so a byte at 1 has 2^-20 * 10^9 of them. */
struct money money_of_bytes(uint64_t bytes, struct price per_gb)
{
    ENSURE(per_gb.e14 >= 0);
    unsigned __int128 scaled =
        multiply((unsigned __int128)bytes * 1953125, (unsigned __int128)per_gb.e14);
    bool lost = scaled > magnitude_max;
    return money_of(lost ? scaled : scaled / 2048, false, lost);
}

struct money money_of_mb_ms(uint64_t mb_ms, struct price per_gb_s)
{
    return money_of_mb_ns((unsigned __int128)mb_ms * NS_PER_MS, per_gb_s);
}

struct money money_of_cpu_ns(unsigned __int128 milli_ns, struct price per_s)
{
    ENSURE(per_s.e14 >= 0);
    /* A unit is a megabyte for a nanosecond at 10^-14 dollars: 1024 of them are the second's price
     * as 1000 thousandths are, and 1024 / 1000 is 128 / 125. */
    unsigned __int128 product = multiply(milli_ns, (unsigned __int128)per_s.e14);
    unsigned __int128 whole = multiply(product / 125, 128);
    if (whole > magnitude_max) {
        return money_of(whole, false, false);
    }
    return money_of(whole + product % 125 * 128 / 125, false, false);
}

struct money money_of_count(uint64_t count, struct price each)
{
    ENSURE(each.e14 >= 0);
    /* A price is in 10^-14 dollars, and this many units are that. */
    unsigned __int128 units_per_e14 = units_per_dollar / power_of_ten(MONEY_PRICE_DIGITS);
    unsigned __int128 total_e14 = multiply(count, (unsigned __int128)each.e14);
    return money_of(multiply(total_e14, units_per_e14), false, false);
}

struct money money_add(struct money one, struct money other)
{
    bool saturated = one.saturated || other.saturated;
    bool negative = one.units < 0;
    unsigned __int128 left = magnitude_of(one.units);
    unsigned __int128 right = magnitude_of(other.units);
    if (negative == (other.units < 0)) {
        return money_of(left + right, negative, saturated);
    }
    if (left >= right) {
        return money_of(left - right, negative, saturated);
    }
    return money_of(right - left, !negative, saturated);
}

struct money money_subtract(struct money one, struct money other)
{
    /* Amounts lie within -max..max, so the negation always exists. */
    return money_add(one, (struct money){.units = -other.units, .saturated = other.saturated});
}

int money_compare(struct money one, struct money other)
{
    return (one.units > other.units) - (one.units < other.units);
}

/* How many steps (of an even size) fit into value plus a fraction of one unit (more tells that
 * there is such a fraction), rounded half to even. */
static unsigned __int128 round_half_even(unsigned __int128 value, bool more, unsigned __int128 step)
{
    unsigned __int128 count = value / step;
    unsigned __int128 left = value % step;
    unsigned __int128 half = step / 2;
    bool above = left > half || (left == half && more);
    bool tie = left == half && !more;
    if (above || (tie && count % 2 == 1)) {
        count++;
    }
    return count;
}

struct money money_share(struct money amount, uint32_t served, uint32_t messages)
{
    ENSURE(messages > 0 && served <= messages);
    if (served == messages) {
        return amount;
    }
    /* amount * served / messages without the product: the quotient cannot overflow, and the
     * remainders are 32 bits each. */
    unsigned __int128 whole = magnitude_of(amount.units);
    uint64_t rest = (uint64_t)(whole % messages) * served;
    unsigned __int128 share = whole / messages * served + rest / messages;
    unsigned __int128 step = units_per_dollar / power_of_ten(MONEY_SHARE_DIGITS);
    unsigned __int128 steps = round_half_even(share, rest % messages != 0, step);
    return money_of(steps * step, amount.units < 0, amount.saturated);
}

/* Write the digits of value at text, at least so many, and return how many. */
static size_t write_digits(unsigned __int128 value, size_t digits_min, char *text)
{
    char reversed[40];
    size_t count = 0;
    while (value > 0 || count < digits_min) {
        reversed[count] = (char)('0' + (int)(value % 10));
        value /= 10;
        count++;
    }
    for (size_t i = 0; i < count; i++) {
        text[i] = reversed[count - 1 - i];
    }
    return count;
}

static size_t write_sign_and_dollars(bool negative, unsigned __int128 dollars, char *text)
{
    size_t size = 0;
    if (negative) {
        text[size] = '-';
        size++;
    }
    return size + write_digits(dollars, 1, text + size);
}

size_t money_format(struct money amount, char text[MONEY_TEXT_SIZE])
{
    unsigned __int128 whole = magnitude_of(amount.units);
    size_t size = write_sign_and_dollars(amount.units < 0, whole / units_per_dollar, text);
    unsigned __int128 fraction = whole % units_per_dollar * FRACTION_FACTOR;
    if (fraction > 0) {
        text[size] = '.';
        size++;
        size += write_digits(fraction, FRACTION_DIGITS, text + size);
        while (text[size - 1] == '0') {
            size--;
        }
    }
    text[size] = '\0';
    return size;
}

size_t money_format_rounded(struct money amount, unsigned decimals, char text[MONEY_TEXT_SIZE])
{
    ENSURE(decimals <= MONEY_SHARE_DIGITS);
    unsigned __int128 scale = power_of_ten(decimals);
    unsigned __int128 whole = magnitude_of(amount.units);
    unsigned __int128 steps = round_half_even(whole, false, units_per_dollar / scale);
    bool negative = amount.units < 0 && steps > 0;
    size_t size = write_sign_and_dollars(negative, steps / scale, text);
    if (decimals > 0) {
        text[size] = '.';
        size++;
        size += write_digits(steps % scale, decimals, text + size);
    }
    text[size] = '\0';
    return size;
}

double money_to_double(struct money amount)
{
    return (double)amount.units / (double)MONEY_UNITS_PER_DOLLAR;
}
