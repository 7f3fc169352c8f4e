/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "lib/cm.h"
#include "teller.h"

#include "cli/cli_text.h"

#include <stdio.h>

static const char hostile[] = "\x1b[2J\xe2\x80\xae<script>alert(1)</script>\x07\xff\r\n next";

/* A little of everything, some of it hostile. */
static void tell_all(struct teller *teller)
{
    teller->source.function = SLICE("check\x1b[31mout-of-a-shop-with-a-very-long-name-indeed-so-"
                                    "that-it-has-to-be-cut-somewhere");
    for (unsigned i = 0; i < 12; i++) {
        struct stream_invocation invocation = teller_invocation(teller, i);
        invocation.cold = i % 4 == 0;
        invocation.init_ns = i % 4 == 0 ? (int64_t)(i + 1) * 90 * TELLER_MS : STREAMS_UNKNOWN;
        invocation.memory_mb = 1024;
        invocation.end = i == 5 ? END_TIMEOUT : i % 3 == 2 ? END_ERROR : END_OK;
        invocation.error_type = i % 3 == 2 ? SLICE("Bo\x1bom") : SLICE_EMPTY;
        teller_line(teller, &invocation, SEVERITY_INFO, hostile);
        teller_exception(teller, &invocation, "Bo\x1bom", hostile);
        teller_tell(teller, &invocation);
    }
    const struct stream_sink *sink = report_sink(teller->report);
    sink->refused(sink->context, &(struct stream_refusal){.why = "Duration is no number",
                                                          .sample = slice_from(hostile),
                                                          .count = 1});
}

/* Nothing from a log commands the terminal, and no line is wider than it. */
static void test_fits_and_is_safe(void **state)
{
    static const size_t widths[] = {80, 100, 132, 200};
    (void)state;
    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        struct teller teller;
        struct slice line;
        teller_begin(&teller);
        tell_all(&teller);
        struct slice text = teller_text(&teller, widths[i]);
        assert_true(teller_has(text, "\\x1b[2J\\u{202e}<script>"));
        while (text.size > 0) {
            (void)slice_cut(text, '\n', &line, &text);
            for (size_t at = 0; at < line.size; at++) {
                assert_true(line.base[at] >= 0x20 && line.base[at] != 0x7f);
            }
            if (cli_text_width(line) > widths[i]) {
                print_error("%zu: " SLICE_FMT "\n", widths[i], SLICE_ARG(line));
                fail();
            }
        }
        teller_end(&teller);
    }
}

/* What a reader looks for is there, in words. */
static void test_says(void **state)
{
    static const char *const parts[] = {
        "12 of 1 function; 4 failed (33.3 %), of them timeouts 1",
        "3 of 12 invocations (25.0 %)",
        "no INIT_START line",
        "gross for 1.20 s billed",
        "Init durations",
        "What the cost is made of",
        "Price table",
        "The worst requests",
        "128 MB would do",
        "What logs cannot know",
        "1 x Duration is no number",
    };
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    tell_all(&teller);
    struct slice text = teller_text(&teller, 200);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!teller_has(text, parts[i])) {
            print_error("no \"%s\" in\n" SLICE_FMT "\n", parts[i], SLICE_ARG(text));
            fail();
        }
    }
    teller_end(&teller);
}

/* Nothing at all is a report, too. */
static void test_empty(void **state)
{
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    assert_true(teller_has(teller_text(&teller, 80), "0 of 0 functions"));
    teller_end(&teller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits_and_is_safe),
        cmocka_unit_test(test_says),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
