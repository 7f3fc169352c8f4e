/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/labels.h"
#include "promql/matcher.h"

#include "lib/cm.h"

#include <stdalign.h>

static alignas(ARENA_ALIGN) unsigned char memory[1 << 20];

#define LABEL(one, other)                                                                          \
    {                                                                                              \
        SLICE_INIT(one), SLICE_INIT(other)                                                         \
    }

/* Names are put in order; of two the last counts, and what is empty is not there. */
static void normalise(void **state)
{
    (void)state;
    struct label items[] = {LABEL("b", "1"), LABEL("a", "2"), LABEL("b", "3"), LABEL("c", ""),
                            LABEL("", "4")};
    size_t count = labels_normalise(items, 5);
    assert_int_equal(count, 2);
    assert_slice(items[0].name, "a");
    assert_slice(items[1].name, "b");
    assert_slice(items[1].value, "3");

    struct label gone[] = {LABEL("a", "1"), LABEL("a", "")};
    assert_int_equal(labels_normalise(gone, 2), 0);
}

/* Order is that of the first label that differs; equal sets have equal hashes. */
static void compare(void **state)
{
    (void)state;
    const struct hash_key key = {{1, 2}};
    const struct label first[] = {LABEL("a", "1"), LABEL("b", "2")};
    const struct label second[] = {LABEL("a", "1"), LABEL("b", "3")};
    const struct label third[] = {LABEL("a", "12")};
    struct label_set one = {first, 2}, other = {second, 2}, prefix = {first, 1},
                     longer = {third, 1};
    assert_true(labels_compare(&one, &other) < 0);
    assert_true(labels_compare(&prefix, &one) < 0);
    assert_true(labels_compare(&longer, &one) > 0);
    assert_int_equal(labels_compare(&one, &one), 0);
    assert_true(labels_equal(&one, &one));
    assert_false(labels_equal(&one, &other));
    assert_true(labels_hash(&key, &one) != labels_hash(&key, &other));
    assert_slice(labels_value(&one, SLICE("b")), "2");
    assert_slice(labels_value(&one, SLICE("z")), "");
}

/* A copy has texts of its own; where the arena is too small there is none. */
static void copies(void **state)
{
    (void)state;
    struct arena arena;
    char value[] = "1";
    const struct label items[] = {{SLICE_INIT("a"), {(const unsigned char *)value, 1}},
                                  LABEL("b", "2")};
    struct label_set labels = {items, 2}, copy;
    arena_init(&arena, memory, sizeof(memory));
    assert_true(labels_dup(&labels, &arena, &copy));
    assert_true(labels_equal(&labels, &copy));
    value[0] = '3';
    assert_slice(copy.items[0].value, "1");
    arena_init(&arena, memory, sizeof(struct label));
    assert_false(labels_dup(&labels, &arena, &copy));
}

/* Each kind of matcher, with a label that is there and with one that is not. */
static void matchers(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    const struct pattern *pattern = NULL, *slow = NULL;
    struct pattern_error error;
    assert_int_equal(pattern_compile(SLICE("x.*|()"), &arena, &pattern, &error), STATUS_OK);
    assert_int_equal(pattern_compile(SLICE("(a|aa|a?)+c"), &arena, &slow, &error), STATUS_OK);
    const struct label items[] = {LABEL("a", "xy"),
                                  LABEL("b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc")};
    struct label_set labels = {items, 2};
    const struct {
        struct matcher matcher;
        enum pattern_answer answer;
    } cases[] = {
        {{MATCHER_EQUAL, SLICE_INIT("a"), SLICE_INIT("xy"), NULL}, PATTERN_MATCHES},
        {{MATCHER_EQUAL, SLICE_INIT("c"), SLICE_INIT(""), NULL}, PATTERN_MATCHES},
        {{MATCHER_NOT_EQUAL, SLICE_INIT("a"), SLICE_INIT("xy"), NULL}, PATTERN_DIFFERS},
        {{MATCHER_NOT_EQUAL, SLICE_INIT("c"), SLICE_INIT("xy"), NULL}, PATTERN_MATCHES},
        {{MATCHER_PATTERN, SLICE_INIT("a"), SLICE_INIT(""), pattern}, PATTERN_MATCHES},
        {{MATCHER_PATTERN, SLICE_INIT("c"), SLICE_INIT(""), pattern}, PATTERN_MATCHES},
        {{MATCHER_NOT_PATTERN, SLICE_INIT("c"), SLICE_INIT(""), pattern}, PATTERN_DIFFERS},
        {{MATCHER_NOT_PATTERN, SLICE_INIT("b"), SLICE_INIT(""), pattern}, PATTERN_MATCHES},
        {{MATCHER_NOT_PATTERN, SLICE_INIT("b"), SLICE_INIT(""), slow}, PATTERN_LIMIT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum pattern_answer seen = matchers_match(&cases[i].matcher, 1, &labels, &arena);
        assert_int_equal(seen, cases[i].answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalise),
        cmocka_unit_test(compare),
        cmocka_unit_test(copies),
        cmocka_unit_test(matchers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
