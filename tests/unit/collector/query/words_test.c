/* SPDX-License-Identifier: Apache-2.0 */
#include "query/query.h"
#include "query/query_limits.h"
#include "query/words.h"

#include "lib/every.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

/* Each word means what it says, in any order, and all hold together. */
static void words_mean_what_they_say(void **state)
{
    (void)state;
    struct words words;
    struct words_error error;
    assert_true(words_parse(SLICE(""), &words, &error));
    assert_false(words.errors || words.cold || words.timeouts || words.has_id);
    assert_true(words_parse(SLICE("  cold function:stock\terrors timeouts "), &words, &error));
    assert_true(words.errors && words.cold && words.timeouts);
    assert_true(slice_equal(words.function, SLICE("stock")));
    assert_true(words_parse(SLICE("function:\"my stock\""), &words, &error));
    assert_true(slice_equal(words.function, SLICE("my stock")));
    assert_true(words_parse(SLICE("id:5759e988bd862e3fe1be46a994272793"), &words, &error));
    assert_true(words.has_id);
}

/* What is no word is named. */
static void unknown_words_are_named(void **state)
{
    (void)state;
    static const char *const wrong[] = {"bogus", "Cold", "function:", "id:xyz", "level:error"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct words words;
        struct words_error error;
        assert_false(words_parse(slice_from(wrong[i]), &words, &error));
        assert_true(slice_equal(error.word, slice_from(wrong[i])));
        assert_non_null(error.reason);
    }
}

/* At the limits of words and bytes, and one beyond. */
static void limits(void **state)
{
    (void)state;
    struct words words;
    struct words_error error;
    char text[SEARCH_TEXT_SIZE_MAX + 2];
    memset(text, ' ', sizeof(text));
    for (unsigned i = 0; i < SEARCH_WORD_COUNT_MAX; i++) {
        memcpy(text + (size_t)i * 5, "cold", 4);
    }
    assert_true(words_parse(slice_of(text, SEARCH_TEXT_SIZE_MAX - 1), &words, &error));
    assert_true(words_parse(slice_of(text, SEARCH_TEXT_SIZE_MAX), &words, &error));
    assert_false(words_parse(slice_of(text, SEARCH_TEXT_SIZE_MAX + 1), &words, &error));
    memcpy(text + (size_t)SEARCH_WORD_COUNT_MAX * 5, "cold", 4);
    assert_false(words_parse(slice_of(text, SEARCH_TEXT_SIZE_MAX), &words, &error));
}

static void any_text(struct slice input, void *context)
{
    struct words words;
    struct words_error error;
    struct id16 id;
    (void)context;
    if (!words_parse(input, &words, &error)) {
        assert_non_null(error.reason);
    }
    (void)!query_id_parse(input, &id);
}

/* No text makes it read outside of itself. */
static void damaged_texts(void **state)
{
    (void)state;
    every_damage(SLICE("function:\"a b\" id:1-5759e988-bd862e3fe1be46a994272793 errors cold"),
                 any_text, NULL);
    every_damage(SLICE("1-5759e988-bd862e3fe1be46a994272793"), any_text, NULL);
    every_damage(SLICE("11111111-2222-4333-8444-555555555555"), any_text, NULL);
}

/* The three forms of an id give the same bytes; nothing else is one. */
static void ids(void **state)
{
    (void)state;
    struct id16 one, other;
    assert_true(query_id_parse(SLICE("5759e988bd862e3fe1be46a994272793"), &one));
    assert_true(query_id_parse(SLICE("1-5759e988-bd862e3fe1be46a994272793"), &other));
    assert_memory_equal(&one, &other, sizeof(one));
    assert_true(query_id_parse(SLICE("5759E988-bd86-2e3f-e1be-46a994272793"), &other));
    assert_memory_equal(&one, &other, sizeof(one));
    assert_false(query_id_parse(SLICE("00000000000000000000000000000000"), &one));
    assert_false(query_id_parse(SLICE("5759e988bd862e3fe1be46a99427279"), &one));
    assert_false(query_id_parse(SLICE(""), &one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_mean_what_they_say),
        cmocka_unit_test(unknown_words_are_named),
        cmocka_unit_test(limits),
        cmocka_unit_test(damaged_texts),
        cmocka_unit_test(ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
