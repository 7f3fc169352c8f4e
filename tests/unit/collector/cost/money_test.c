/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/money.h"

#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct price price_of(const char *text)
{
    struct price price;
    assert_true(money_price_parse(slice_from(text), &price));
    return price;
}

static void assert_amount(struct money amount, const char *expected)
{
    char text[MONEY_TEXT_SIZE];
    size_t size = money_format(amount, text);
    assert_string_equal(text, expected);
    assert_int_equal(size, slice_from(expected).size);
}

static void assert_rounded(struct money amount, unsigned decimals, const char *expected)
{
    char text[MONEY_TEXT_SIZE];
    size_t size = money_format_rounded(amount, decimals, text);
    assert_string_equal(text, expected);
    assert_int_equal(size, slice_from(expected).size);
}

static struct money dollars(uint64_t count)
{
    return money_of_count(count, price_of("1"));
}

/* The largest amount there is. */
static struct money largest(void)
{
    return money_of_mb_ns(~(unsigned __int128)0, price_of("1"));
}

/* One vector: the exact sum of time and requests, and its rounded texts. */
struct vector {
    uint64_t mb_ms;
    const char *price;
    uint64_t requests;
    const char *request_price;
    const char *exact;
    const char *cents;
    const char *micros;
};

struct share_vector {
    uint64_t mb_ms;
    const char *price;
    uint32_t served;
    uint32_t messages;
    const char *share;
};

#define MONEY_VECTOR(...) {__VA_ARGS__},
#define SHARE_VECTOR(...)
static const struct vector vectors[] = {
#include "money_vectors.def"
};
#undef MONEY_VECTOR
#undef SHARE_VECTOR
#define MONEY_VECTOR(...)
#define SHARE_VECTOR(...) {__VA_ARGS__},
static const struct share_vector share_vectors[] = {
#include "money_vectors.def"
};

/* Time times price plus requests times price is exact, and its text is its exact decimal: the same
 * as computed elsewhere with fractions. */
static void amounts_are_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        const struct vector *vector = &vectors[i];
        struct money amount =
            money_add(money_of_mb_ms(vector->mb_ms, price_of(vector->price)),
                      money_of_count(vector->requests, price_of(vector->request_price)));
        assert_amount(amount, vector->exact);
        assert_rounded(amount, 2, vector->cents);
        assert_rounded(amount, 6, vector->micros);
        assert_false(amount.saturated);
    }
}

/* A share is the exact quotient rounded half to even to 18 decimals. */
static void shares_are_rounded_half_even(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(share_vectors) / sizeof(*share_vectors); i++) {
        const struct share_vector *vector = &share_vectors[i];
        struct money amount = money_of_mb_ms(vector->mb_ms, price_of(vector->price));
        assert_amount(money_share(amount, vector->served, vector->messages), vector->share);
        struct money minus = money_subtract(MONEY_ZERO, amount);
        struct money share = money_share(minus, vector->served, vector->messages);
        assert_int_equal(
            money_compare(money_add(share, money_share(amount, vector->served, vector->messages)),
                          MONEY_ZERO),
            0);
    }
}

/* All messages are the whole amount, however many decimals it has, and none of them is nothing. */
static void a_whole_share_is_the_amount(void **state)
{
    (void)state;
    struct money smallest = money_of_mb_ns(1, price_of("0.00000000000001"));
    assert_amount(money_share(smallest, 7, 7), "0.000000000000000000000000009765625");
    assert_amount(money_share(smallest, 0, 7), "0");
    assert_amount(money_share(largest(), 1, 1), "1661534994731.144841129758825350430719990234375");
}

/* Prices are plain decimals with up to 14 decimals, below 10,000 dollars; all else is refused. */
static void prices_are_plain_decimals(void **state)
{
    (void)state;
    static const char *const bad[] = {"",   "-1",    "+1",    "1e-5", "0.000000000000001",
                                      ".",  "10000", "1.2.3", "0x10", " 1",
                                      "1 ", "NaN"};
    struct price price;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_false(money_price_parse(slice_from(bad[i]), &price));
    }
    assert_int_equal(price_of("0.0000166667").e14, 1666670000);
    assert_int_equal(price_of("0.00000000000001").e14, 1);
    assert_int_equal(price_of("9999.99999999999999").e14, INT64_C(999999999999999999));
    assert_int_equal(price_of("0").e14, 0);
}

/* What exceeds 128 bits stays at the bound and is marked, and so is all that is made of it. */
static void too_much_is_marked(void **state)
{
    (void)state;
    struct money most = largest();
    assert_true(most.saturated);
    assert_int_equal(money_compare(money_add(most, dollars(1)), most), 0);
    assert_true(money_subtract(most, most).saturated);
    assert_true(money_share(most, 1, 3).saturated);

    struct money exact_bound = money_of_count(UINT64_MAX, price_of("9999.99999999999999"));
    assert_true(exact_bound.saturated);
    struct money fits = money_of_count(UINT64_C(1600000000000), price_of("1"));
    assert_false(fits.saturated);
    assert_true(money_add(fits, fits).saturated);
    struct money minus = money_subtract(money_subtract(MONEY_ZERO, fits), fits);
    assert_true(minus.saturated);
    assert_true(money_compare(minus, money_subtract(MONEY_ZERO, fits)) < 0);
}

/* Sums do not depend on the order, and a difference undoes a sum. */
static void sums_are_sums(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    for (unsigned i = 0; i < 2000; i++) {
        struct price price = {.e14 = (int64_t)prng_below(&prng, 1000000000)};
        struct money one = money_of_mb_ns(prng_next(&prng), price);
        struct money other = money_of_mb_ns(prng_next(&prng), price);
        if (prng_chance(&prng, 1, 2)) {
            one = money_subtract(MONEY_ZERO, one);
        }
        struct money sum = money_add(one, other);
        assert_int_equal(money_compare(sum, money_add(other, one)), 0);
        assert_int_equal(money_compare(money_subtract(sum, other), one), 0);
        assert_int_equal(money_compare(money_subtract(sum, one), other), 0);
        assert_true(money_compare(one, other) == -money_compare(other, one));
        assert_true(sum.units == one.units + other.units);
    }
}

/* Rounding for display: half to even, all decimals written, no minus before a zero. */
static void rounded_text(void **state)
{
    (void)state;
    struct money half = money_of_count(1, price_of("0.125"));
    assert_rounded(half, 2, "0.12");
    assert_rounded(money_of_count(3, price_of("0.125")), 2, "0.38");
    assert_rounded(money_of_count(1, price_of("1.005")), 2, "1.00");
    assert_rounded(money_of_count(1, price_of("0.999")), 2, "1.00");
    assert_rounded(money_of_count(1, price_of("1234.5")), 0, "1234");
    assert_rounded(MONEY_ZERO, 0, "0");
    assert_rounded(MONEY_ZERO, 2, "0.00");
    assert_rounded(money_subtract(MONEY_ZERO, money_of_count(1, price_of("0.001"))), 2, "0.00");
    assert_rounded(money_subtract(MONEY_ZERO, half), 3, "-0.125");
    assert_rounded(half, 18, "0.125000000000000000");
}

/* The worked example of the contract: 351 ms and 251 ms with 1024 MB. */
static void the_documented_amounts(void **state)
{
    (void)state;
    struct price price = price_of("0.0000166667");
    assert_amount(money_of_mb_ms(UINT64_C(351) * 1024, price), "0.0000058500117");
    assert_amount(money_of_mb_ms(UINT64_C(251) * 1024, price), "0.0000041833417");
    assert_rounded(money_of_mb_ms(UINT64_C(351) * 1024, price), 10, "0.0000058500");
    assert_amount(MONEY_ZERO, "0");
    assert_amount(money_subtract(MONEY_ZERO, dollars(2)), "-2");
}

/* The longest text there can be fits in its buffer. */
static void the_longest_text_fits(void **state)
{
    (void)state;
    char text[MONEY_TEXT_SIZE];
    size_t size = money_format(money_subtract(MONEY_ZERO, largest()), text);
    assert_true(size < sizeof(text));
    assert_int_equal(size, slice_from(text).size);
    assert_int_equal(text[0], '-');
    size = money_format_rounded(money_subtract(MONEY_ZERO, largest()), 18, text);
    assert_true(size < sizeof(text));
}

/* A double is near enough for a gauge. */
static void doubles_are_near(void **state)
{
    (void)state;
    double value = money_to_double(money_of_count(3, price_of("0.5")));
    assert_true(value > 1.4999999 && value < 1.5000001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_exact),
        cmocka_unit_test(shares_are_rounded_half_even),
        cmocka_unit_test(a_whole_share_is_the_amount),
        cmocka_unit_test(prices_are_plain_decimals),
        cmocka_unit_test(too_much_is_marked),
        cmocka_unit_test(sums_are_sums),
        cmocka_unit_test(rounded_text),
        cmocka_unit_test(the_documented_amounts),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(doubles_are_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
