/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include "lib/cm.h"

/* All 256 bytes come back from their text, and the digits are lower case. */
static void round_trip(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        unsigned char byte = (unsigned char)i;
        unsigned char back = 0;
        char text[3] = "";
        hex_encode(slice_of(&byte, 1), text);
        assert_true(hex_decode_lower(slice_from(text), &back, 1));
        assert_int_equal(back, byte);
    }
}

/* Exactly the 22 digits are digits. */
static void digits(void **state)
{
    (void)state;
    unsigned count = 0;
    for (unsigned i = 0; i < 256; i++) {
        count += hex_digit((unsigned char)i) >= 0;
    }
    assert_int_equal(count, 22);
    assert_int_equal(hex_digit('f'), 15);
    assert_int_equal(hex_digit('F'), 15);
    assert_int_equal(hex_digit('g'), -1);
}

/* Eight digits at once are what each of them is, whatever byte stands at whatever place. */
static void words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        for (unsigned place = 0; place < 8; place++) {
            char text[] = "0123cdEF";
            unsigned char expected[4] = {0x01, 0x23, 0xcd, 0xef};
            unsigned char bytes[4];
            int digit = hex_digit((unsigned char)i);
            text[place] = (char)i;
            assert_int_equal(hex_decode(slice_of(text, 8), bytes, 4), digit >= 0);
            if (digit >= 0) {
                unsigned shift = place % 2 == 0 ? 4 : 0;
                unsigned kept = expected[place / 2] & (0xf0u >> shift);
                expected[place / 2] = (unsigned char)(kept | (unsigned)digit << shift);
                assert_memory_equal(bytes, expected, 4);
            }
        }
    }
}

/* Any other length and any other byte is refused; upper case only by the strict one. */
static void refusals(void **state)
{
    (void)state;
    unsigned char bytes[2];
    assert_true(hex_decode(SLICE("aBcD"), bytes, 2));
    assert_false(hex_decode_lower(SLICE("aBcD"), bytes, 2));
    assert_false(hex_decode(SLICE("abc"), bytes, 2));
    assert_false(hex_decode(SLICE("abcde"), bytes, 2));
    assert_false(hex_decode(SLICE("abcdef"), bytes, 2));
    assert_false(hex_decode(SLICE("ab d"), bytes, 2));
    assert_true(hex_decode(SLICE_EMPTY, bytes, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(digits),
        cmocka_unit_test(words),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
