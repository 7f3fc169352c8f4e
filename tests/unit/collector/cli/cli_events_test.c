/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_events.h"

#include "cli/cli_tail_show.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static bool note(void *context, const struct cli_event *event)
{
    struct buf *out = context;
    buf_printf(out, "[" SLICE_FMT "|" SLICE_FMT "|" SLICE_FMT "]", SLICE_ARG(event->id),
               SLICE_ARG(event->type), SLICE_ARG(event->data));
    return true;
}

/* However the bytes are cut, the events are the same. */
static void check(struct slice text, const char *expected)
{
    for (size_t piece = 1; piece <= text.size; piece++) {
        char memory[4096];
        struct buf out;
        struct cli_events events;
        buf_init_fixed(&out, memory, sizeof(memory));
        cli_events_init(&events);
        for (size_t at = 0; at < text.size; at += piece) {
            assert_true(
                cli_events_take(&events, slice_take(slice_skip(text, at), piece), note, &out));
        }
        assert_true(slice_equal(buf_bytes(&out), slice_from(expected)));
        cli_events_fini(&events);
    }
}

static void events(void **state)
{
    (void)state;
    check(SLICE("id: 1\nevent: line\ndata: {}\n\n"), "[1|line|{}]");
    check(SLICE("data:a\ndata: b\n\n:\n\ndata\n\n"), "[|message|a\nb][|message|]");
    check(SLICE("id: 1\r\ndata: a\r\n\r\ndata: b\r\r"), "[1|message|a][1|message|b]");
    check(SLICE(": beat\n\nretry: 1000\nevent: x\n\ndata: y\n\n"), "[|message|y]");
    check(SLICE("data: unfinished\n"), "");
    check(SLICE("wibble: 1\ndata:  two spaces\n\n"), "[|message| two spaces]");
}

/* One event at the limit, one beyond it, and one behind. */
static void large(void **state)
{
    (void)state;
    char memory[256];
    struct buf out;
    struct cli_events events;
    static unsigned char filler[CLI_EVENT_SIZE_MAX];
    memset(filler, 'x', sizeof(filler));
    buf_init_fixed(&out, memory, sizeof(memory));
    cli_events_init(&events);
    assert_true(cli_events_take(&events, SLICE("data: "), note, &out));
    assert_true(cli_events_take(&events, slice_of(filler, sizeof(filler)), note, &out));
    assert_true(cli_events_take(&events, SLICE("\n\ndata: y\n\n"), note, &out));
    assert_true(slice_equal(buf_bytes(&out), SLICE("[|message|y]")));
    cli_events_fini(&events);
}

static bool refuse(void *context, const struct cli_event *event)
{
    (void)event;
    ++*(unsigned *)context;
    return false;
}

static void no_more(void **state)
{
    (void)state;
    unsigned count = 0;
    struct cli_events events;
    cli_events_init(&events);
    assert_false(cli_events_take(&events, SLICE("data: 1\n\ndata: 2\n\n"), refuse, &count));
    assert_int_equal(count, 1);
    cli_events_fini(&events);
}

static void shown(const char *type, const char *data, bool line, const char *expected)
{
    char memory[2048];
    struct buf out;
    const struct cli_screen screen = {.colour = false};
    const struct cli_event event = {.type = slice_from(type), .data = slice_from(data)};
    buf_init_fixed(&out, memory, sizeof(memory));
    assert_int_equal(cli_tail_show(&event, &screen, &out), line);
    buf_append_byte(&out, 0);
    assert_string_equal((const char *)out.base, expected);
}

static void people(void **state)
{
    (void)state;
    shown("line",
          "{\"time\":\"1735689600123000000\",\"function\":\"stock\",\"instance_no\":2,"
          "\"severity\":17,\"level\":\"ERROR\",\"message\":\"a\\u001b[31m\\nb\",\"body\":\"x\"}",
          true, "00:00:00.123 stock #2                ERROR   a\\x1b[31m\\nb\n");
    shown("invocation",
          "{\"time\":\"1735689600000000000\",\"function\":\"stock\",\"instance_no\":null,"
          "\"status\":\"error\",\"duration_ms\":212.6,\"billed_ms\":213,\"cold\":true,"
          "\"init_ms\":310,\"error_type\":\"Error.Stock\"}",
          true,
          "00:00:00.000 stock                   error   213 ms, billed 213 ms, cold (init 310 ms): "
          "Error.Stock\n");
    shown("limited", "{\"left_out\":1,\"rate\":5}", false,
          "thaw: 1 line was left out: more than 5 a second (--rate)\n");
    shown("gap", "{\"skipped\":null}", false,
          "thaw: the collector does not know what was missed meanwhile\n");
    shown("dropped", "{\"skipped\":2}", false, "thaw: too slow: 2 lines were missed\n");
    shown("wibble", "{}", false, "");
    shown("line", "{\"time\":", false, "");
}

static void programs(void **state)
{
    (void)state;
    char memory[256];
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    const struct cli_event event = {.type = SLICE("gap"), .data = SLICE("{\"skipped\":1}")};
    const struct cli_event empty = {.type = SLICE("bye"), .data = SLICE("{}")};
    cli_tail_show_json(&event, &out);
    cli_tail_show_json(&empty, &out);
    assert_true(slice_equal(buf_bytes(&out),
                            SLICE("{\"event\":\"gap\",\"skipped\":1}\n{\"event\":\"bye\"}\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events), cmocka_unit_test(large),    cmocka_unit_test(no_more),
        cmocka_unit_test(people), cmocka_unit_test(programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
