/* SPDX-License-Identifier: Apache-2.0 */
#include "search/glob.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

/* All of a text; each * is any text. */
static void whole_texts(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool like;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"a", "a", true},
        {"a", "ab", false},
        {"a*", "a", true},
        {"a*", "ab", true},
        {"a*", "ba", false},
        {"*a", "ba", true},
        {"*a", "ab", false},
        {"a*c", "abc", true},
        {"a*c", "ac", true},
        {"a*c", "acb", false},
        {"a*b*c", "axbxbxc", true},
        {"a**c", "abc", true},
        {"*", "", true},
        {"*", "anything", true},
        {"A*", "ab", false},
        {"*ab", "aab", true},
        {"a?", "ab", false},
        {"a?", "a?", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool like = glob_whole(slice_from(cases[i].pattern), slice_from(cases[i].text));
        if (like != cases[i].like) {
            fail_msg("%s and %s", cases[i].pattern, cases[i].text);
        }
    }
}

/* A part of a text, from word to word where there is no *. */
static void parts_of_texts(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool like;
    } cases[] = {
        {"time*", "Task timed out", true},
        {"time*", "overtime", false},
        {"*time", "overtime", true},
        {"*time", "timed", false},
        {"*time*", "overtimes", true},
        {"fail*refused", "failed: refused", true},
        {"fail*refused", "refused, failed", false},
        {"fail*ref", "failed: refused", false},
        {"fail*ref", "failed: refused ref", true},
        {"*", "", true},
        {"a*a", "a", false},
        {"a*a", "a b a", true},
        {"*x", "xx x1 x", true},
        {"*x", "x1", false},
        {"\303\274*", "f\303\274r", false},
        {"*\303\274*", "f\303\274r", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool like = glob_within(slice_from(cases[i].pattern), slice_from(cases[i].text));
        if (like != cases[i].like) {
            fail_msg("%s and %s", cases[i].pattern, cases[i].text);
        }
    }
}

/* Many stars over a long text end in time. */
static void hostile_patterns(void **state)
{
    static char pattern[4096], text[65536];
    (void)state;
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < sizeof(pattern); i += 2) {
        pattern[i] = '*';
        pattern[i + 1] = 'a';
    }
    pattern[sizeof(pattern) - 1] = 'b';
    assert_false(glob_whole(slice_of(pattern, sizeof(pattern)), slice_of(text, sizeof(text))));
    assert_false(glob_within(slice_of(pattern, sizeof(pattern)), slice_of(text, sizeof(text))));
}

static void the_longest_part(void **state)
{
    (void)state;
    assert_true(slice_equal(glob_part(SLICE("a*bcd*ef")), SLICE("bcd")));
    assert_int_equal(glob_part(SLICE("**")).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_texts),
        cmocka_unit_test(parts_of_texts),
        cmocka_unit_test(hostile_patterns),
        cmocka_unit_test(the_longest_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
