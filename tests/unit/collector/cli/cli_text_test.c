/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static unsigned char memory[65536];
static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    return 0;
}

static void assert_text(struct slice text, const char *expected)
{
    if (!slice_equal(text, slice_from(expected))) {
        print_error("\"%.*s\" is not \"%s\"\n", (int)text.size, (const char *)text.base, expected);
    }
    assert_true(slice_equal(text, slice_from(expected)));
}

/* Control bytes, C1 controls, direction changes and invalid bytes are shown as escapes. */
static void hostile_text_is_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"plain text", "plain text"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"\x1b[31m", "\\x1b[31m"},
        {"a\nb\tc\rd\x7f", "a\\nb\\tc\\x0dd\\x7f"},
        {"\xc2\x9b", "\\x9b"},
        {"\xe2\x80\xae", "\\u{202e}"},
        {"\xe2\x80\x8b", "\\u{200b}"},
        {"\xff\xc3", "\\xff\\xc3"},
        {"\xf3\xa0\x80\x81", "\\u{e0001}"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_text(cli_text_cell(slice_from(cases[i].text), 0, &arena), cases[i].shown);
    }
}

/* Cells are cut at a column, not at a byte, and say so. */
static void cells_are_cut_at_columns(void **state)
{
    (void)state;
    assert_text(cli_text_cell(SLICE("abcdef"), 6, &arena), "abcdef");
    assert_text(cli_text_cell(SLICE("abcdef"), 5, &arena), "abcd~");
    assert_text(cli_text_cell(SLICE("\xc3\xa4\xc3\xb6\xc3\xbc"), 2, &arena), "\xc3\xa4~");
    assert_text(cli_text_cell(SLICE("\xe6\x97\xa5\xe6\x9c\xac"), 3, &arena), "\xe6\x97\xa5~");
    assert_int_equal(cli_text_width(SLICE("\xe6\x97\xa5\xe6\x9c\xac")), 4);
    assert_int_equal(cli_text_width(SLICE("e\xcc\x81")), 1);
}

/* Durations have a unit that fits them. */
static void durations_fit(void **state)
{
    (void)state;
    static const struct {
        double ms;
        const char *text;
    } cases[] = {{0, "0 ms"},        {0.5, "0.50 ms"},    {9.994, "9.99 ms"}, {9.996, "10.0 ms"},
                 {99.94, "99.9 ms"}, {99.96, "100 ms"},   {999, "999 ms"},    {1000, "1.00 s"},
                 {61000, "61.00 s"}, {120000, "2.0 min"}, {3600000, "1.0 h"}, {-12.5, "-12.5 ms"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_text(cli_text_duration(cases[i].ms, &arena), cases[i].text);
    }
}

/* Money is rounded to six digits that count, with cents at least. */
static void money_is_rounded(void **state)
{
    (void)state;
    static const struct {
        const char *amount;
        const char *text;
    } cases[] = {
        {"0", "$0"},
        {"0.0000058500117", "$0.00000585001"},
        {"0.00000270000500", "$0.00000270001"},
        {"0.0000009999996", "$0.000001000000"},
        {"1234567.891", "$1234567.89"},
        {"9999999.999", "$10000000.00"},
        {"12.5", "$12.5"},
        {"-0.1234567", "-$0.123457"},
        {"0.99999999", "$1.000000"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_text(cli_text_money(slice_from(cases[i].amount), &arena), cases[i].text);
    }
}

/* Counts have separators, shares one decimal, instants no letters. */
static void other_numbers(void **state)
{
    (void)state;
    assert_text(cli_text_count(0, &arena), "0");
    assert_text(cli_text_count(999, &arena), "999");
    assert_text(cli_text_count(1240, &arena), "1,240");
    assert_text(cli_text_count(1234567, &arena), "1,234,567");
    assert_text(cli_text_share(0.0823, &arena), "8.2 %");
    assert_text(cli_text_share(0.0001, &arena), "0.010 %");
    assert_text(cli_text_instant(UINT64_C(1795392000123456789), &arena), "2026-11-23 00:00:00.123");
    uint64_t now_ns = UINT64_C(1795392000000000000);
    assert_text(cli_text_ago(0, now_ns, &arena), "-");
    assert_text(cli_text_ago(now_ns - UINT64_C(5000000000), now_ns, &arena), "5 s ago");
    assert_text(cli_text_ago(now_ns - UINT64_C(600000000000), now_ns, &arena), "10 min ago");
    assert_text(cli_text_ago(now_ns - UINT64_C(7200000000000), now_ns, &arena), "2 h ago");
    assert_text(cli_text_ago(now_ns - UINT64_C(864000000000000), now_ns, &arena), "10 days ago");
}

/* One is one. */
static void words_have_forms(void **state)
{
    (void)state;
    assert_string_equal(cli_text_form(0, "line", "lines"), "lines");
    assert_string_equal(cli_text_form(1, "line", "lines"), "line");
    assert_string_equal(cli_text_form(2, "line", "lines"), "lines");
}

/* Without an arena's room there is no text, and the arena knows. */
static void no_room_is_no_text(void **state)
{
    (void)state;
    unsigned char little[16];
    struct arena small;
    arena_init(&small, little, sizeof(little));
    assert_int_equal(cli_text_cell(SLICE("0123456789"), 0, &small).size, 0);
    assert_true(arena_overflowed(&small));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(hostile_text_is_escaped, begin),
        cmocka_unit_test_setup(cells_are_cut_at_columns, begin),
        cmocka_unit_test_setup(durations_fit, begin),
        cmocka_unit_test_setup(money_is_rounded, begin),
        cmocka_unit_test_setup(other_numbers, begin),
        cmocka_unit_test_setup(words_have_forms, begin),
        cmocka_unit_test_setup(no_room_is_no_text, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
