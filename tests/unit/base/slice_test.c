/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slice.h"

#include "lib/cm.h"

/* A literal's slice does not count the NUL; NULL and "" are empty. */
static void from_text(void **state)
{
    (void)state;
    assert_int_equal(SLICE("abc").size, 3);
    assert_slice(slice_from("abc"), "abc");
    assert_int_equal(slice_from(NULL).size, 0);
    assert_int_equal(slice_from("").size, 0);
}

/* Equality is of bytes; case matters only in slice_equal(), and beyond ASCII always. */
static void equality(void **state)
{
    (void)state;
    assert_true(slice_equal(SLICE_EMPTY, SLICE("")));
    assert_true(slice_equal(SLICE("a\0b"), SLICE("a\0b")));
    assert_false(slice_equal(SLICE("a\0b"), SLICE("a\0c")));
    assert_false(slice_equal(SLICE("ab"), SLICE("a")));
    assert_true(slice_equal_nocase(SLICE("Content-Type"), SLICE("cONTENT-tYPE")));
    assert_false(slice_equal_nocase(SLICE("a"), SLICE("ab")));
    assert_false(slice_equal_nocase(SLICE("[") /* '{' - 32 */, SLICE("{")));
    assert_false(slice_equal_nocase(SLICE("\xc4"), SLICE("\xe4")));
}

/* The order is that of memcmp(), a prefix first. */
static void order(void **state)
{
    (void)state;
    assert_true(slice_compare(SLICE("a"), SLICE("b")) < 0);
    assert_true(slice_compare(SLICE("b"), SLICE("a")) > 0);
    assert_true(slice_compare(SLICE("a"), SLICE("ab")) < 0);
    assert_true(slice_compare(SLICE("\xff"), SLICE("a")) > 0);
    assert_int_equal(slice_compare(SLICE_EMPTY, SLICE("")), 0);
}

/* A slice starts and ends with itself and with nothing. */
static void ends(void **state)
{
    (void)state;
    assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
    assert_true(slice_starts(SLICE("abc"), SLICE_EMPTY));
    assert_false(slice_starts(SLICE("ab"), SLICE("abc")));
    assert_true(slice_ends(SLICE("abc"), SLICE("bc")));
    assert_true(slice_ends(SLICE("abc"), SLICE("abc")));
    assert_false(slice_ends(SLICE("c"), SLICE("bc")));
}

/* Searching finds the first, or the last, or says that there is none. */
static void search(void **state)
{
    (void)state;
    assert_int_equal(slice_find_byte(SLICE("abab"), 'b'), 1);
    assert_int_equal(slice_find_last_byte(SLICE("abab"), 'b'), 3);
    assert_int_equal(slice_find_byte(SLICE_EMPTY, 'b'), SLICE_NONE);
    assert_int_equal(slice_find_last_byte(SLICE("a"), 'b'), SLICE_NONE);
    assert_int_equal(slice_find(SLICE("ababc"), SLICE("abc")), 2);
    assert_int_equal(slice_find(SLICE("ab"), SLICE("abc")), SLICE_NONE);
    assert_int_equal(slice_find(SLICE_EMPTY, SLICE_EMPTY), 0);
}

/* Taking and skipping more than there is is no mistake, nor is doing so with nothing. */
static void parts(void **state)
{
    (void)state;
    assert_slice(slice_take(SLICE("abc"), 2), "ab");
    assert_slice(slice_take(SLICE("abc"), 9), "abc");
    assert_slice(slice_skip(SLICE("abc"), 2), "c");
    assert_slice(slice_skip(SLICE("abc"), 9), "");
    assert_slice(slice_skip(SLICE_EMPTY, 3), "");
    assert_slice(slice_trim(SLICE(" \t\r\nab c \n")), "ab c");
    assert_slice(slice_trim(SLICE(" \n ")), "");
}

/* Cutting works in place and tells whether there was anything to cut at. */
static void cutting(void **state)
{
    (void)state;
    struct slice rest = SLICE("a=b=c");
    struct slice head;

    assert_true(slice_cut(rest, '=', &head, &rest));
    assert_slice(head, "a");
    assert_slice(rest, "b=c");
    assert_false(slice_cut(rest, ',', &head, &rest));
    assert_slice(head, "b=c");
    assert_slice(rest, "");
    assert_true(slice_cut(SLICE("="), '=', &head, &rest));
    assert_slice(head, "");
    assert_slice(rest, "");
}

/* A copy for a system call fits with its NUL or is refused, and so is a NUL inside. */
static void copy_text(void **state)
{
    (void)state;
    char text[4] = "xxx";

    assert_true(slice_copy_text(SLICE("abc"), text, sizeof(text)));
    assert_string_equal(text, "abc");
    assert_false(slice_copy_text(SLICE("abcd"), text, sizeof(text)));
    assert_string_equal(text, "");
    assert_false(slice_copy_text(SLICE("a\0b"), text, sizeof(text)));
    assert_true(slice_copy_text(SLICE_EMPTY, text, sizeof(text)));
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_text), cmocka_unit_test(equality),  cmocka_unit_test(order),
        cmocka_unit_test(ends),      cmocka_unit_test(search),    cmocka_unit_test(parts),
        cmocka_unit_test(cutting),   cmocka_unit_test(copy_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
