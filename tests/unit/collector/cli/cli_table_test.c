/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct cli_column columns[] = {
    {"NAME", false, false}, {"COUNT", true, true}, {"NOTE", false, false}};

static unsigned char memory[65536];
static struct arena arena;
static char text[4096];
static struct buf out;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    buf_init_fixed(&out, text, sizeof(text) - 1);
    return 0;
}

static void print(const struct cli_screen *screen)
{
    struct cli_table table;
    cli_table_init(&table, columns, 3, 2, &arena);
    cli_table_add(&table, SLICE("a"), CLI_PLAIN);
    cli_table_add(&table, SLICE("12"), CLI_PLAIN);
    cli_table_add(&table, SLICE("a rather long note on it"), CLI_PLAIN);
    cli_table_add(&table, SLICE("gr\xc3\xbc\xc3\x9f"), CLI_PLAIN);
    cli_table_add(&table, SLICE("123456"), CLI_RED);
    cli_table_add(&table, SLICE(""), CLI_PLAIN);
    cli_table_add(&table, SLICE("one too many"), CLI_PLAIN);
    cli_table_print(&table, screen, &arena, &out);
    text[out.size] = '\0';
}

/* Columns are aligned by characters, numbers to the right. */
static void columns_are_aligned(void **state)
{
    (void)state;
    const struct cli_screen screen = {.width = 0};
    print(&screen);
    assert_string_equal(text, "NAME   COUNT  NOTE\n"
                              "a         12  a rather long note on it\n"
                              "gr\xc3\xbc\xc3\x9f  123456  \n");
}

/* On a narrow screen the widest column of words is cut, never numbers. */
static void narrow_screens_cut_words(void **state)
{
    (void)state;
    const struct cli_screen screen = {.width = 24};
    print(&screen);
    assert_string_equal(text, "NAME   COUNT  NOTE\n"
                              "a         12  a rather ~\n"
                              "gr\xc3\xbc\xc3\x9f  123456  \n");
    begin(NULL);
    const struct cli_screen hopeless = {.width = 5};
    print(&hopeless);
    assert_string_equal(text, "NAME   COUNT  NOTE\n"
                              "a         12  a rathe~\n"
                              "gr\xc3\xbc\xc3\x9f  123456  \n");
}

/* Colours take no columns. */
static void colours_take_no_room(void **state)
{
    (void)state;
    const struct cli_screen screen = {.colour = true, .width = 0};
    print(&screen);
    assert_string_equal(text, "\x1b[1mNAME\x1b[0m   \x1b[1mCOUNT\x1b[0m  \x1b[1mNOTE\x1b[0m\n"
                              "a         12  a rather long note on it\n"
                              "gr\xc3\xbc\xc3\x9f  \x1b[31m123456\x1b[0m  \n");
}

/* A table without rows is its head; one without memory too. */
static void empty_tables_are_heads(void **state)
{
    (void)state;
    const struct cli_screen screen = {.width = 0};
    struct cli_table table;
    cli_table_init(&table, columns, 3, 0, &arena);
    cli_table_add(&table, SLICE("x"), CLI_PLAIN);
    cli_table_print(&table, &screen, &arena, &out);
    arena_init(&arena, memory, 16);
    cli_table_init(&table, columns, 3, 100, &arena);
    cli_table_add(&table, SLICE("x"), CLI_PLAIN);
    cli_table_print(&table, &screen, &arena, &out);
    text[out.size] = '\0';
    assert_string_equal(text, "NAME  COUNT  NOTE\nNAME  COUNT  NOTE\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(columns_are_aligned, begin),
        cmocka_unit_test_setup(narrow_screens_cut_words, begin),
        cmocka_unit_test_setup(colours_take_no_room, begin),
        cmocka_unit_test_setup(empty_tables_are_heads, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
