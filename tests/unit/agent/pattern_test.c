/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/pattern.h"

#include "base/prng.h"
#include "lib/cm.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

static struct pattern_set set;

#define TEXT_MAX 64

static char covered[TEXT_MAX + 1];

static void cover(void *context, size_t start, size_t end, unsigned pattern)
{
    (void)context;
    assert_true(pattern < set.count && start < end && end <= TEXT_MAX);
    memset(covered + start, '#', end - start);
}

static const char *run(const char *text)
{
    size_t size = strlen(text);
    assert_true(size <= TEXT_MAX);
    memcpy(covered, text, size + 1);
    pattern_run(&set, slice_from(text), cover, NULL);
    return covered;
}

static void use(const char *pattern)
{
    size_t at = 0;
    pattern_init(&set);
    const char *why = pattern_add(&set, SLICE("own"), slice_from(pattern), &at);
    if (why != NULL) {
        fail_msg("%s: %s at %zu", pattern, why, at);
    }
}

/* What each part of the language matches: all that any match covers. */
static void language(void **state)
{
    static const struct {
        const char *pattern;
        const char *text;
        const char *expected;
    } rows[] = {
        {"abc", "xabcabcx", "x######x"},
        {"a.c", "abc a\nc", "### a\nc"},
        {"[a-c]x", "ax bx dx", "## ## dx"},
        {"[^a-c]x", "ax bx dx", "ax bx ##"},
        {"[]a]x", "]x ax", "## ##"},
        {"[a-]x", "-x ax bx", "## ## bx"},
        {"[\\d_]x", "1x _x ax", "## ## ax"},
        {"[\\]\\\\]x", "]x \\x", "## ##"},
        {"\\d{3}-\\d{2}", "123-45 12-345", "###### 12-345"},
        {"\\bC-\\d{8}\\b", "C-12345678 XC-12345678 C-123456789",
         "########## XC-12345678 C-123456789"},
        {"\\w+@", "ab@ @", "### @"},
        {"\\Sx", "ax  x", "##  x"},
        {"\\D\\W", "a- 1-", "###1-"},
        {"a|bc|d", "a bc d c", "# ## # c"},
        {"x(a|bc|)y", "xay xbcy xy xby", "### #### ## xby"},
        {"(?:ab)+c", "ababc abc c", "##### ### c"},
        {"ab*c", "ac abc abbbc", "## ### #####"},
        {"ab?c", "ac abc abbc", "## ### abbc"},
        {"a{2}", "a aa aaa", "a ## ###"},
        {"ba{2,}", "ba baa baaa", "ba ### ####"},
        {"ba{1,2}c", "bac baac baaac", "### #### baaac"},
        {"ba{0,2}c", "bc bac baac baaac", "## ### #### baaac"},
        {"b(ac){0,2}d", "bd bacd bacacd", "## #### ######"},
        {"b(a{2}){2}c", "baaaac baac", "###### baac"},
        {"^ab", "ab ab\nab", "## ab\n##"},
        {"ab$", "ab ab\nab", "ab ##\n##"},
        {"a\\Bb", "ab", "##"},
        {"(?i)Key-[a-f]+", "KEY-AbC key-x", "####### key-x"},
        {"\\x41\\.\\t", "A.\t", "###"},
        {"\xc3\xa4+x", "\xc3\xa4\xc3\xa4x", "#####"},
        {"a/b=c", "a/b=c", "#####"},
        {"(a|b)*c", "ababc", "#####"},
        {"(a*)*b", "aab", "###"},
        {"(((a)))", "a", "#"},
        {"a]}", "a]}", "###"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        use(rows[i].pattern);
        if (strcmp(run(rows[i].text), rows[i].expected) != 0) {
            fail_msg("%s on %s: %s", rows[i].pattern, rows[i].text, covered);
        }
    }
}

/* What is wrong is told, with its place, and adds nothing. */
static void wrong(void **state)
{
    static const struct {
        const char *pattern;
        size_t at;
    } rows[] = {
        {"", 0},
        {"a*", 2},
        {"(a", 2},
        {"a)", 2},
        {"[a", 2},
        {"a\\", 2},
        {"*a", 0},
        {"a**", 2},
        {"a+?", 2},
        {"^*", 1},
        {"\\b+", 2},
        {"a{", 2},
        {"a{x}", 3},
        {"a{2,1}", 6},
        {"a{256}", 5},
        {"a{0}", 4},
        {"(?=a)", 1},
        {"(?P<x>a)", 1},
        {"\\1", 1},
        {"\\q", 1},
        {"[b-a]", 4},
        {"[[:digit:]]", 1},
        {"\\x4", 1},
        {"[\xc3\xa4]", 1},
        {"a|", 2},
        {"a(?i)b", 2},
        {"((((((((((((((((a))))))))))))))))", 16},
        {"(((a{99}){99}){99})", 16},
    };
    (void)state;
    use("x");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t at = 99;
        const size_t size = set.size;
        if (pattern_add(&set, SLICE("bad"), slice_from(rows[i].pattern), &at) == NULL) {
            fail_msg("%s is taken", rows[i].pattern);
        }
        assert_int_equal(set.size, size);
        assert_int_equal(set.count, 1);
        if (at != rows[i].at && rows[i].at != 16) {
            fail_msg("%s is wrong at %zu", rows[i].pattern, at);
        }
    }
    assert_string_equal(run("axb"), "a#b");
}

/* Lines of names and patterns. */
static void lines(void **state)
{
    size_t at = 0;
    (void)state;
    pattern_init(&set);
    assert_null(pattern_add_lines(&set, SLICE("# ours\n\none = C-\\d+\r\ntwo=a=b\n"), &at));
    assert_int_equal(set.count, 2);
    assert_slice(pattern_name(&set, 0), "one");
    assert_string_equal(run("a=b"), "###");
    pattern_init(&set);
    assert_non_null(pattern_add_lines(&set, SLICE("one=a\nno name\n"), &at));
    assert_int_equal(at, 6);
    pattern_init(&set);
    assert_non_null(pattern_add_lines(&set, SLICE("one=a\ntwo=b[\n"), &at));
    assert_int_equal(at, 12);
    pattern_init(&set);
    assert_non_null(pattern_add_lines(&set, SLICE("a.b=x"), &at));
    assert_non_null(pattern_add_lines(&set, SLICE("abcdefghijklmnopqrstuvwxy=x"), &at));
    assert_null(pattern_add_lines(&set, SLICE("abcdefghijklmnopqrstuvwx=x"), &at));
}

/* The limits: so many patterns, so many instructions, so many classes. */
static void limits(void **state)
{
    char text[3000];
    size_t at = 0;
    (void)state;
    pattern_init(&set);
    for (unsigned i = 0; i < REDACT_PATTERNS_MAX; i++) {
        assert_null(pattern_add(&set, SLICE("own"), SLICE("x"), &at));
    }
    assert_non_null(pattern_add(&set, SLICE("own"), SLICE("x"), &at));
    memset(text, 'a', sizeof(text));
    for (size_t size = REDACT_INSTRUCTIONS_MAX - 2; size <= REDACT_INSTRUCTIONS_MAX; size++) {
        pattern_init(&set);
        bool taken = pattern_add(&set, SLICE("own"), slice_of(text, size), &at) == NULL;
        assert_int_equal(taken, size < REDACT_INSTRUCTIONS_MAX);
    }
    for (unsigned count = REDACT_CLASSES_MAX - 1; count <= REDACT_CLASSES_MAX + 1; count++) {
        char *place = text;
        for (unsigned i = 0; i < count; i++) {
            place += sprintf(place, "[\\x01\\x%02x]", i + 2);
        }
        pattern_init(&set);
        bool taken = pattern_add(&set, SLICE("own"), slice_from(text), &at) == NULL;
        assert_int_equal(taken, count <= REDACT_CLASSES_MAX);
    }
}

/* ---- Against libc's, slowly. ---- */

static char *put_pattern(struct prng *prng, char *place, unsigned depth)
{
    static const char *const atoms[] = {"a", "b", "c", ".", "[ab]", "[^a]"};
    static const char *const quantifiers[] = {"*", "+", "?", "{2}", "{1,2}", "{0,2}", "{2,}"};
    unsigned parts = 1 + (unsigned)prng_below(prng, 3);
    for (unsigned i = 0; i < parts; i++) {
        if (depth > 0 && prng_chance(prng, 1, 3)) {
            *place++ = '(';
            place = put_pattern(prng, place, depth - 1);
            if (prng_chance(prng, 1, 2)) {
                *place++ = '|';
                place = put_pattern(prng, place, depth - 1);
            }
            *place++ = ')';
        } else {
            place = stpcpy(place, atoms[prng_below(prng, 6)]);
        }
        if (prng_chance(prng, 1, 3)) {
            place = stpcpy(place, quantifiers[prng_below(prng, 7)]);
        }
    }
    return place;
}

/* All that any match covers, by trying every part of the text. */
static void slow(const regex_t *regex, const char *text, char *out)
{
    size_t size = strlen(text);
    memcpy(out, text, size + 1);
    for (size_t start = 0; start < size; start++) {
        for (size_t end = start + 1; end <= size; end++) {
            char part[TEXT_MAX + 1];
            memcpy(part, text + start, end - start);
            part[end - start] = 0;
            if (regexec(regex, part, 0, NULL, 0) == 0) {
                memset(out + start, '#', end - start);
            }
        }
    }
}

static void as_libc(void **state)
{
    struct prng prng;
    unsigned compared = 0;
    (void)state;
    prng_init(&prng, 11);
    for (unsigned round = 0; round < 3000; round++) {
        char pattern[1024];
        char whole[1100];
        char text[13];
        char expected[TEXT_MAX + 1];
        regex_t regex;
        size_t at = 0;
        *put_pattern(&prng, pattern, 2) = 0;
        pattern_init(&set);
        if (pattern_add(&set, SLICE("own"), slice_from(pattern), &at) != NULL) {
            continue; /* It matches the empty text. */
        }
        sprintf(whole, "^(%s)$", pattern);
        assert_int_equal(regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB), 0);
        for (unsigned i = 0; i < 4; i++) {
            size_t size = prng_below(&prng, sizeof(text));
            for (size_t j = 0; j < size; j++) {
                text[j] = "abcd"[prng_below(&prng, 4)];
            }
            text[size] = 0;
            slow(&regex, text, expected);
            if (strcmp(run(text), expected) != 0) {
                fail_msg("%s on %s: %s, not %s", pattern, text, covered, expected);
            }
            compared++;
        }
        regfree(&regex);
    }
    assert_true(compared > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(language), cmocka_unit_test(wrong),   cmocka_unit_test(lines),
        cmocka_unit_test(limits),   cmocka_unit_test(as_libc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
