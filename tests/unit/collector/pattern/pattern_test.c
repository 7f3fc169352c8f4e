/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern/pattern.h"

#include "lib/cm.h"
#include "pattern/pattern_limits.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

static alignas(ARENA_ALIGN) unsigned char memory[4 << 20];
static struct arena arena;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    return 0;
}

static const struct pattern *compiled(const char *text)
{
    const struct pattern *pattern = NULL;
    struct pattern_error error;
    assert_int_equal(pattern_compile(slice_from(text), &arena, &pattern, &error), STATUS_OK);
    return pattern;
}

static enum pattern_answer answer(const char *text, const char *subject)
{
    return pattern_match(compiled(text), slice_from(subject), &arena);
}

/* A pattern matches all of a text, alternatives included, and gives back what it used. */
static void whole(void **state)
{
    (void)state;
    assert_int_equal(answer("api|web", "api"), PATTERN_MATCHES);
    assert_int_equal(answer("api|web", "web"), PATTERN_MATCHES);
    assert_int_equal(answer("api|web", "apis"), PATTERN_DIFFERS);
    assert_int_equal(answer("api|web", "xweb"), PATTERN_DIFFERS);
    assert_int_equal(answer("a|ab", "ab"), PATTERN_MATCHES);
    assert_int_equal(answer("", ""), PATTERN_MATCHES);
    assert_int_equal(answer("", "a"), PATTERN_DIFFERS);
    assert_int_equal(answer(".*", "a\nb"), PATTERN_MATCHES);
    assert_int_equal(answer("a$", "a\n"), PATTERN_DIFFERS);
    assert_int_equal(answer("(?i:A)b", "ab"), PATTERN_MATCHES);
    assert_int_equal(answer("[[:alpha:]]+\\d{2}", "ab12"), PATTERN_MATCHES);
    assert_int_equal(answer(".", "\xc3\xa4"), PATTERN_MATCHES);
    assert_int_equal(answer("\\d", "\xd9\xa3"), PATTERN_DIFFERS);
    assert_int_equal(answer(".*", "a\xff"), PATTERN_DIFFERS);

    const struct pattern *pattern = compiled("(a+)+");
    size_t mark = arena_mark(&arena);
    assert_int_equal(pattern_match(pattern, SLICE("aaaa"), &arena), PATTERN_MATCHES);
    assert_int_equal(arena_mark(&arena), mark);
}

/* What RE2 does not have, or nobody can read, is refused with a reason. */
static void refused(void **state)
{
    (void)state;
    const char *bad[] = {"(",       "a**",      "[a",        "(a)\\1",    "(?R)",   "(?1)",
                         "(*UTF)a", "a(*SKIP)", "(?P>n)",    "(?C1)",     "\\C",    "a{2,1}",
                         "\\",      "(?=a)a",   "(?<!b)a",   "(a)\\g<1>", "(?-1)",  "\xff",
                         "*a",      "(?P=n)",   "(?(1)a|b)", "(?<=a)b",   "(?>a)b", "(?!a)b"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct pattern *pattern = NULL;
        struct pattern_error error;
        assert_int_equal(pattern_compile(slice_from(bad[i]), &arena, &pattern, &error), STATUS_BAD);
        assert_true(error.reason.size > 0);
        assert_true(error.offset <= strlen(bad[i]));
    }
    const char *good[] = {"\\(\\*",   "[(*]",  "[]()*]",   "[^](*]",
                          "\\Q(*\\E", "(?:a)", "(?P<n>a)", "(?-i)a"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_non_null(compiled(good[i]));
    }
}

/* A list of texts tells them, sorted and each once; its escapes are taken away. */
static void texts(void **state)
{
    (void)state;
    size_t count = 0;
    const struct slice *list = pattern_texts(compiled("web|a\\.b|api|web|"), &count);
    assert_non_null(list);
    assert_int_equal(count, 4);
    assert_slice(list[0], "");
    assert_slice(list[1], "a.b");
    assert_slice(list[2], "api");
    assert_slice(list[3], "web");
    assert_int_equal(answer("web|a\\.b|", "a.b"), PATTERN_MATCHES);
    assert_int_equal(answer("web|a\\.b|", "axb"), PATTERN_DIFFERS);
    assert_int_equal(answer("web|a\\.b|", ""), PATTERN_MATCHES);
    assert_null(pattern_texts(compiled("web|a.b"), &count));
    assert_null(pattern_texts(compiled("(?:a|b)"), &count));
    struct slice group;
    assert_int_equal(pattern_match_groups(compiled("a|b"), SLICE("b"), &arena, &group, 1),
                     PATTERN_MATCHES);
    assert_slice(group, "b");
}

/* A pattern that would take for ever is given up. */
static void hostile(void **state)
{
    (void)state;
    const char *subject = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab=c";
    assert_int_equal(answer("(a|aa|a?)+c", subject), PATTERN_LIMIT);
    assert_int_equal(answer("(.*)*(.*)*(.*)*=", subject), PATTERN_LIMIT);
}

/* Longer than the limit, nested deeper, or without room: an answer, not a crash. */
static void limits(void **state)
{
    (void)state;
    const struct pattern *pattern = NULL;
    struct pattern_error error;
    static char text[PATTERN_SIZE_MAX + 1];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = i % 2 == 0 ? 'a' : '|';
    }
    assert_int_equal(pattern_compile(slice_of(text, sizeof(text) - 1), &arena, &pattern, &error),
                     STATUS_OK);
    assert_int_equal(pattern_compile(slice_of(text, sizeof(text)), &arena, &pattern, &error),
                     STATUS_FULL);

    memset(text, '.', sizeof(text));
    assert_int_equal(pattern_compile(slice_of(text, 30000), &arena, &pattern, &error), STATUS_OK);
    text[0] = '(';
    memset(text + 1, 'a', sizeof(text) - 1);
    text[sizeof(text) - 2] = ')';
    assert_int_equal(pattern_compile(slice_of(text, sizeof(text) - 1), &arena, &pattern, &error),
                     STATUS_BAD);

    char deep[2 * PATTERN_DEPTH_MAX + 8] = "";
    memset(deep, '(', PATTERN_DEPTH_MAX + 1);
    memset(deep + PATTERN_DEPTH_MAX + 1, ')', PATTERN_DEPTH_MAX + 1);
    assert_int_equal(pattern_compile(slice_from(deep), &arena, &pattern, &error), STATUS_BAD);

    for (size_t size = 16; size < 2048; size += 16) {
        struct arena small;
        arena_init(&small, memory, size);
        enum status status = pattern_compile(SLICE("(a|b)+c"), &small, &pattern, &error);
        assert_true(status == STATUS_OK || status == STATUS_FULL);
        if (status == STATUS_OK) {
            enum pattern_answer seen = pattern_match(pattern, SLICE("abc"), &small);
            assert_true(seen == PATTERN_LIMIT || seen == PATTERN_MATCHES);
        }
    }
}

/* Groups by number and name; one that took no part is empty. */
static void groups(void **state)
{
    (void)state;
    const struct pattern *pattern = compiled("(a+)(?P<rest>b+)?(c)|d");
    assert_int_equal(pattern_group_count(pattern), 4);
    assert_int_equal(pattern_group_named(pattern, SLICE("rest")), 2);
    assert_true(pattern_group_named(pattern, SLICE("none")) == SLICE_NONE);

    struct slice seen[4];
    enum pattern_answer matched = pattern_match_groups(pattern, SLICE("aac"), &arena, seen, 4);
    assert_int_equal(matched, PATTERN_MATCHES);
    assert_slice(seen[0], "aac");
    assert_slice(seen[1], "aa");
    assert_slice(seen[2], "");
    assert_slice(seen[3], "c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(whole, start),   cmocka_unit_test_setup(refused, start),
        cmocka_unit_test_setup(hostile, start), cmocka_unit_test_setup(limits, start),
        cmocka_unit_test_setup(groups, start),  cmocka_unit_test_setup(texts, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
