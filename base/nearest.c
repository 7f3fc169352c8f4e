/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include "base/ensure.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Decimals of so many digits are whole doubles, and so are powers of ten up to this one: then one
 * multiplication or division rounds once, which is right. */
#define EXACT_DIGITS   15
#define EXACT_EXPONENT 22

/* 10^309 is no double any more, and what is below 10^-326 is nearer to 0 than to the first one. */
#define DECIMAL_MAX 309
#define DECIMAL_MIN (-326)

/* 801 digits are 84 limbs.  A quotient of 64 bits after a division by 5^1127 takes as many again.
 */
#define LIMB_BITS      32
#define LIMB_COUNT_MAX 176

/* Powers that fit into a limb. */
#define TEN_TO_9   1000000000u
#define FIVE_TO_13 1220703125u

/* A whole number, the lowest limb first.  The highest one is not 0. */
struct whole {
    size_t count;
    uint32_t limbs[LIMB_COUNT_MAX];
};

static void multiply_add(struct whole *whole, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (size_t i = 0; i < whole->count; i++) {
        carry += (uint64_t)whole->limbs[i] * factor;
        whole->limbs[i] = (uint32_t)carry;
        carry >>= LIMB_BITS;
    }
    if (carry > 0) {
        ENSURE(whole->count < LIMB_COUNT_MAX);
        whole->limbs[whole->count++] = (uint32_t)carry;
    }
}

/* The answer is whether something was left over. */
static bool divide(struct whole *whole, uint32_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = whole->count; i-- > 0;) {
        rest = rest << LIMB_BITS | whole->limbs[i];
        whole->limbs[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    while (whole->count > 0 && whole->limbs[whole->count - 1] == 0) {
        whole->count--;
    }
    return rest > 0;
}

/* base^exponent, which fits into a limb. */
static uint32_t power(uint32_t base, size_t exponent)
{
    uint32_t answer = 1;
    for (; exponent > 0; exponent--) {
        answer *= base;
    }
    return answer;
}

static void read_digits(struct whole *whole, const char *digits, size_t count)
{
    for (size_t i = 0; i < count;) {
        uint32_t part = 0;
        uint32_t scale = 1;
        for (; i < count && scale < TEN_TO_9; i++) {
            part = part * 10 + (uint32_t)(digits[i] - '0');
            scale *= 10;
        }
        multiply_add(whole, scale, part);
    }
}

/* Make the number a binary one: the answer is the power of two that it has to be multiplied with,
 * *inexact whether it was cut. */
static int to_binary(struct whole *whole, int exponent, bool *inexact)
{
    size_t left = (size_t)(exponent < 0 ? -exponent : exponent);
    *inexact = false;
    if (exponent >= 0) {
        for (; left > 0; left -= left < 9 ? left : 9) {
            multiply_add(whole, left < 9 ? power(10, left) : TEN_TO_9, 0);
        }
        return 0;
    }
    /* 10^n is 5^n x 2^n.  A power of five has 7/3 bits at most; 64 more are what is looked at. */
    size_t shift = left * 7 / 3 / LIMB_BITS + 3;
    ENSURE(whole->count + shift <= LIMB_COUNT_MAX);
    memmove(whole->limbs + shift, whole->limbs, whole->count * sizeof(whole->limbs[0]));
    memset(whole->limbs, 0, shift * sizeof(whole->limbs[0]));
    whole->count += shift;
    for (; left > 0; left -= left < 13 ? left : 13) {
        /* Whole parts of whole parts are the whole part of the whole. */
        *inexact = divide(whole, left < 13 ? power(5, left) : FIVE_TO_13) || *inexact;
    }
    return exponent - (int)(shift * LIMB_BITS);
}

/* The highest 64 bits, of which the first one is set; the exponent is adjusted. */
static uint64_t highest_bits(const struct whole *whole, int *exponent, bool *inexact)
{
    uint64_t bits = 0;
    size_t at = whole->count;
    int empty = __builtin_clz(whole->limbs[at - 1]);
    *exponent += (int)at * LIMB_BITS - empty - 64;
    for (int missing = 64; missing > 0;) {
        uint32_t limb = at > 0 ? whole->limbs[--at] : 0;
        int size = LIMB_BITS - empty;
        if (size > missing) {
            bits = bits << missing | limb >> (size - missing);
            *inexact = *inexact || (uint32_t)(limb << (LIMB_BITS - size + missing)) != 0;
            break;
        }
        bits = bits << size | limb;
        missing -= size;
        empty = 0;
    }
    while (at > 0) {
        *inexact = whole->limbs[--at] != 0 || *inexact;
    }
    return bits;
}

/* bits x 2^exponent, and a bit more where it is inexact. */
static double rounded(uint64_t bits, int exponent, bool inexact)
{
    int power_of_two = exponent + 63; /* Of the first bit. */
    /* 53 bits stay, and fewer where the exponent has come to its end. */
    int dropped = power_of_two >= -1022 ? 11 : 11 - 1022 - power_of_two;
    double answer;
    if (power_of_two > 1023) {
        return (double)INFINITY;
    }
    if (dropped > 64) {
        return 0;
    }
    uint64_t kept = dropped == 64 ? 0 : bits >> dropped;
    uint64_t half = UINT64_C(1) << (dropped - 1);
    inexact = inexact || (bits & (half - 1)) != 0;
    if ((bits & half) != 0 && (inexact || (kept & 1) != 0)) {
        kept++;
    }
    /* The first of the 53 bits counts the exponent up by one, and so does what rounding carries. */
    if (power_of_two >= -1022) {
        kept += (uint64_t)(power_of_two + 1022) << 52;
    }
    memcpy(&answer, &kept, sizeof(answer));
    return answer;
}

/* Few digits and a small exponent, as most numbers have. */
static double exact(const char *digits, size_t count, int exponent)
{
    uint64_t whole = 0;
    double scale = 1;
    for (size_t i = 0; i < count; i++) {
        whole = whole * 10 + (uint64_t)(digits[i] - '0');
    }
    for (int i = 0; i < exponent || i < -exponent; i++) {
        scale *= 10;
    }
    return exponent < 0 ? (double)whole / scale : (double)whole * scale;
}

double nearest_double(const char *digits, size_t count, int64_t exponent)
{
    struct whole whole = {.count = 0};
    bool inexact;
    ENSURE(count <= NEAREST_DIGIT_COUNT_MAX && (count == 0 || digits[0] != '0'));
    int64_t decimal = (int64_t)count + exponent;
    if (count == 0 || decimal < DECIMAL_MIN) {
        return 0;
    }
    if (decimal > DECIMAL_MAX) {
        return (double)INFINITY;
    }
    if (count <= EXACT_DIGITS && exponent <= EXACT_EXPONENT && exponent >= -EXACT_EXPONENT) {
        return exact(digits, count, (int)exponent);
    }
    read_digits(&whole, digits, count);
    int power_of_two = to_binary(&whole, (int)exponent, &inexact);
    uint64_t bits = highest_bits(&whole, &power_of_two, &inexact);
    return rounded(bits, power_of_two, inexact);
}
