/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages from answers of a collector.  The fixtures hold hostile names; the golden pages show what a
 * person sees.
 */
#include "cli/cli_show.h"

#include "base/arena.h"
#include "lib/every.h"
#include "lib/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURES "tests/unit/collector/cli/fixtures/"
#define GOLDEN   "tests/unit/collector/cli/golden/"

#define ARENA_SIZE (4u << 20)

static const struct cli_screen plain = {
    .utf8 = false, .width = 0, .now_ns = UINT64_C(1795450000000000000)};
static const struct cli_screen terminal = {
    .colour = true, .utf8 = true, .width = 80, .now_ns = UINT64_C(1795450000000000000)};

static struct arena arena;
static struct buf out;

static int begin(void **state)
{
    (void)state;
    void *memory = malloc(ARENA_SIZE);
    buf_init_growing(&out, ARENA_SIZE);
    if (memory != NULL) {
        arena_init(&arena, memory, ARENA_SIZE);
    }
    return memory == NULL ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    free(arena.base);
    buf_fini(&out);
    return 0;
}

static enum cli_found show(enum cli_command command, struct slice answer,
                           const struct cli_screen *screen)
{
    const struct cli_page page = {.screen = screen, .arena = &arena, .out = &out};
    arena_reset(&arena);
    buf_reset(&out);
    return cli_show(command, answer, &page);
}

/* Nothing on a page may command a terminal: no control byte but line feeds and our own colours, no
 * C1 control, no change of direction. */
static void assert_harmless(bool colour)
{
    for (size_t i = 0; i < out.size; i++) {
        unsigned char byte = out.base[i];
        if (byte == 0x1b) {
            assert_true(colour && i + 3 < out.size && out.base[i + 1] == '[');
            i += 2;
            while (out.base[i] >= '0' && out.base[i] <= '9') {
                i++;
            }
            assert_int_equal(out.base[i], 'm');
            continue;
        }
        assert_true(byte == '\n' || (byte >= 0x20 && byte != 0x7f));
        bool c1 = byte == 0xc2 && i + 1 < out.size && out.base[i + 1] < 0xa0;
        bool bidi = byte == 0xe2 && i + 2 < out.size && out.base[i + 1] == 0x80 &&
                    out.base[i + 2] >= 0xa8 && out.base[i + 2] <= 0xae;
        assert_false(c1 || bidi);
    }
}

/* Compare with a golden file; THAW_GOLDEN=write writes it anew. */
static void assert_golden(const char *name, const char *kind)
{
    char path[200];
    (void)snprintf(path, sizeof(path), GOLDEN "%s.%s", name, kind);
    const char *mode = getenv("THAW_GOLDEN");
    if (mode != NULL && strcmp(mode, "write") == 0) {
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(out.base, 1, out.size, file), out.size);
        assert_int_equal(fclose(file), 0);
    }
    struct slice golden = file_read(path);
    if (!slice_equal(buf_bytes(&out), golden)) {
        print_error("%s:\n%.*s\n", path, (int)out.size, (const char *)out.base);
    }
    assert_true(slice_equal(buf_bytes(&out), golden));
    file_free(golden);
}

static const struct {
    enum cli_command command;
    const char *name;
    const char *nothing; /* A well-formed answer without anything in it. */
} pages[] = {
    {CLI_FUNCTIONS, "functions", "{\"functions\":[]}"},
    {CLI_SEARCH, "search", "{\"transactions\":[],\"next_cursor\":null}"},
    {CLI_SPANS, "spans", "{\"spans\":[],\"partial\":{\"reason\":\"no time\"}}"},
    {CLI_LOGS, "logs", "{\"logs\":[],\"next_cursor\":null}"},
    {CLI_TRACE, "trace", NULL},
    {CLI_ALERTS, "alerts", "{\"alerts\":[],\"evaluated_at\":null}"},
    {CLI_DEPLOYS, "deploys", "{\"deploys\":[],\"more\":false}"},
    {CLI_COST, "cost_besides", NULL},
    {CLI_COST, "cost", "{\"total\":{\"amount\":\"0\"},\"by\":[]}"},
    {CLI_COLD, "cold", "{\"rate\":null,\"invocations\":0,\"by\":[]}"},
    {CLI_ERRORS, "errors", "{\"errors\":[]}"},
    {CLI_STORED, "stored", "{\"functions\":[],\"spans\":0,\"lines\":0,\"bytes\":0}"},
    {CLI_QUERY, "query", "{\"data\":{\"resultType\":\"vector\",\"result\":[]}}"},
    {CLI_QUERY, "query_range", "{\"data\":{\"resultType\":\"matrix\",\"result\":[]}}"},
};

#define PAGE_COUNT (sizeof(pages) / sizeof(pages[0]))

/* Each page, for a pipe and for a terminal of 80 columns with colours. */
static void pages_look_as_they_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAGE_COUNT; i++) {
        char path[200];
        (void)snprintf(path, sizeof(path), FIXTURES "%s.json", pages[i].name);
        struct slice answer = file_read(path);
        assert_int_equal(show(pages[i].command, answer, &plain), CLI_FOUND);
        assert_harmless(false);
        assert_golden(pages[i].name, "txt");
        assert_int_equal(show(pages[i].command, answer, &terminal), CLI_FOUND);
        assert_harmless(true);
        assert_golden(pages[i].name, "ansi");
        file_free(answer);
    }
}

/* Nothing found is said, and is another answer than one that is not understood. */
static void nothing_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAGE_COUNT; i++) {
        if (pages[i].nothing != NULL) {
            assert_int_equal(show(pages[i].command, slice_from(pages[i].nothing), &plain),
                             CLI_NOTHING);
            assert_true(out.size > 10);
        }
        static const char *const unclear[] = {
            "",      "[]", "null", "7", "{}", "{", "{\"id\":7}", "{\"functions\":{},\"by\":7}",
            "<html>"};
        for (size_t j = 0; j < sizeof(unclear) / sizeof(*unclear); j++) {
            assert_int_equal(show(pages[i].command, slice_from(unclear[j]), &plain), CLI_UNCLEAR);
        }
    }
}

static void show_all(struct slice input, void *context)
{
    const enum cli_command *command = context;
    (void)show(*command, input, &terminal);
    assert_harmless(true);
}

/* Whatever is wrong with an answer, the page is harmless. */
static void damaged_answers_are_harmless(void **state)
{
    (void)state;
    static const struct {
        enum cli_command command;
        const char *answer;
    } cases[] = {
        {CLI_TRACE, "{\"id\":\"a\",\"start\":\"5\",\"elapsed_ms\":9,\"invocations\":[{\"span_id\":"
                    "\"b\",\"parent_span_id\":\"b\",\"cold\":true,\"init_ms\":3,\"start\":\"6\"}],"
                    "\"logs\":[{\"body\":\"\\u001b[0m\"}]}"},
        {CLI_COST,
         "{\"total\":{\"amount\":\"1.99999999\"},\"by\":[{\"key\":\"k\",\"invocations\":1}"
         "]}"},
        {CLI_LOGS, "{\"logs\":[{\"time\":\"5\",\"severity\":17,\"level\":\"E\",\"body\":"
                   "\"\\u001b[0m\"}],\"next_cursor\":\"x\",\"partial\":{\"reason\":\"r\"}}"},
        {CLI_SPANS, "{\"spans\":[{\"start\":\"5\",\"name\":\"\\u001b[0m\",\"duration_ms\":1e99}]}"},
        {CLI_ALERTS, "{\"alerts\":[{\"state\":\"firing\",\"labels\":{\"function\":\"f\"},"
                     "\"examples\":[{\"trace_id\":\"t\"}]}]}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        enum cli_command command = cases[i].command;
        every_damage(slice_from(cases[i].answer), show_all, &command);
    }
}

/* Absurd numbers are shown, not computed with. */
static void absurd_numbers_are_shown(void **state)
{
    (void)state;
    static const char answer[] =
        "{\"id\":\"a\",\"start\":\"18446744073709551615\",\"elapsed_ms\":1e308,\"wait_ms\":-1e308,"
        "\"invocations\":[{\"start\":\"1\",\"handler_ms\":1e308,\"post_handler_ms\":1e308,"
        "\"init_ms\":-5,\"cold\":true,\"instance_no\":1e300,\"billed_ms\":-1,\"memory_mb\":1e99,"
        "\"max_memory_mb\":-1e99,\"shared\":{\"messages\":1e99,\"served\":-1},"
        "\"cost\":{\"amount\":\"-\"},\"cost_share\":{\"amount\":\"99999999999999.9999999\"}},"
        "{\"start\":\"18446744073709551615\",\"handler_ms\":-1e308,\"elapsed_ms\":0}]}";
    assert_int_equal(show(CLI_TRACE, slice_from(answer), &terminal), CLI_FOUND);
    assert_harmless(true);
}

/* An error answer becomes one sentence. */
static void errors_become_sentences(void **state)
{
    (void)state;
    struct slice message = SLICE_EMPTY;
    arena_reset(&arena);
    assert_true(cli_show_error(SLICE("{\"error\":{\"code\":\"x\",\"message\":\"no\\u001b\","
                                     "\"hint\":\"do\"}}"),
                               &arena, &message));
    assert_true(slice_equal(message, SLICE("no\\x1b; do")));
    assert_true(
        cli_show_error(SLICE("{\"error\":{\"message\":\"no\",\"hint\":null}}"), &arena, &message));
    assert_true(slice_equal(message, SLICE("no")));
    assert_false(cli_show_error(SLICE("<html>"), &arena, &message));
    assert_false(cli_show_error(SLICE("{\"error\":\"no\"}"), &arena, &message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_look_as_they_should, begin, end),
        cmocka_unit_test_setup_teardown(nothing_is_said, begin, end),
        cmocka_unit_test_setup_teardown(damaged_answers_are_harmless, begin, end),
        cmocka_unit_test_setup_teardown(absurd_numbers_are_shown, begin, end),
        cmocka_unit_test_setup_teardown(errors_become_sentences, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
