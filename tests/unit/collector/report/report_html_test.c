/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "lib/cm.h"
#include "teller.h"

#include <stdio.h>

static const char hostile[] =
    "\x1b[2J\xe2\x80\xae<script>alert(\"1\")</script>&amp;'\x07\xff\r\n x";

static void tell_all(struct teller *teller)
{
    teller->source.function = SLICE("<b>check</b>\"out'");
    teller->source.runtime = SLICE("python:<i>");
    for (unsigned i = 0; i < 12; i++) {
        struct stream_invocation invocation = teller_invocation(teller, i);
        invocation.cold = i % 4 == 0;
        invocation.init_ns = i % 4 == 0 ? (int64_t)(i + 1) * 90 * TELLER_MS : STREAMS_UNKNOWN;
        invocation.end = i == 5 ? END_TIMEOUT : i % 3 == 2 ? END_ERROR : END_OK;
        invocation.error_type = i % 3 == 2 ? SLICE("<Boom>") : SLICE_EMPTY;
        teller_exception(teller, &invocation, "<Boom>", hostile);
        teller_tell(teller, &invocation);
    }
    const struct stream_sink *sink = report_sink(teller->report);
    sink->refused(sink->context, &(struct stream_refusal){.why = "Duration is no number",
                                                          .sample = slice_from(hostile),
                                                          .count = 1});
}

/* Nothing from a log is markup, and the page asks for nothing from anywhere. */
static void test_safe(void **state)
{
    static const char *const never[] = {"<script",  "<b>check", "<i>\"",        "<Boom",
                                        "\x1b",     "\xff",     "\xe2\x80\xae", "http://",
                                        "https://", "src=",     "href=",        "url("};
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    tell_all(&teller);
    struct slice page = teller_html(&teller);
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        if (teller_has(page, never[i])) {
            print_error("there is %s\n", never[i]);
            fail();
        }
    }
    assert_true(
        teller_has(page, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;&#39;"));
    assert_true(teller_has(page, "&lt;b&gt;check&lt;/b&gt;&quot;out&#39;"));
    teller_end(&teller);
}

static size_t count_of(struct slice text, const char *part)
{
    size_t count = 0;
    for (;;) {
        size_t at = slice_find(text, slice_from(part));
        if (at == SLICE_NONE) {
            return count;
        }
        count++;
        text = slice_skip(text, at + 1);
    }
}

/* What is opened is closed, with everything in it and with nothing. */
static void test_balanced(void **state)
{
    static const char *const tags[] = {"section", "table", "tr",   "td", "svg",  "g",   "div",
                                       "details", "pre",   "span", "dl", "main", "html"};
    (void)state;
    for (int full = 0; full < 2; full++) {
        struct teller teller;
        char open[32];
        char spaced[32];
        char close[32];
        teller_begin(&teller);
        if (full == 1) {
            tell_all(&teller);
        }
        struct slice page = teller_html(&teller);
        assert_true(slice_starts(page, SLICE("<!doctype html>\n")));
        assert_true(slice_ends(page, SLICE("</html>\n")));
        for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
            (void)snprintf(open, sizeof(open), "<%s>", tags[i]);
            (void)snprintf(spaced, sizeof(spaced), "<%s ", tags[i]);
            (void)snprintf(close, sizeof(close), "</%s>", tags[i]);
            size_t opened = count_of(page, open) + count_of(page, spaced);
            if (opened != count_of(page, close)) {
                print_error("%s is opened %zu times, closed %zu\n", tags[i], opened,
                            count_of(page, close));
                fail();
            }
        }
        teller_end(&teller);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_safe),
        cmocka_unit_test(test_balanced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
