/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_import_sum.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

static unsigned passed_on;

static void take_invocation(void *context, const struct stream_invocation *invocation)
{
    (void)context;
    (void)invocation;
    passed_on++;
}

static void take_init(void *context, const struct stream_init *init)
{
    (void)context;
    (void)init;
    passed_on++;
}

static void take_line(void *context, const struct stream_line *line)
{
    (void)context;
    (void)line;
    passed_on++;
}

static void take_refusal(void *context, const struct stream_refusal *refusal)
{
    (void)context;
    (void)refusal;
    passed_on++;
}

static const struct stream_sink taker = {
    .invocation = take_invocation,
    .init = take_init,
    .line = take_line,
    .refused = take_refusal,
};

static struct cli_import_sum sum;
static char memory[8192];

static void fill(void)
{
    const struct stream_sink *sink;
    passed_on = 0;
    cli_import_sum_init(&sum, &taker);
    sink = cli_import_sum_sink(&sum);
    struct stream_invocation one = {.final = true, .cold = true, .end = END_OK};
    sink->invocation(sink->context, &one);
    one = (struct stream_invocation){.final = true, .end = END_TIMEOUT};
    sink->invocation(sink->context, &one);
    one = (struct stream_invocation){.final = true, .cold = true, .proactive = true};
    sink->invocation(sink->context, &one);
    one = (struct stream_invocation){.final = false};
    sink->invocation(sink->context, &one);
    const struct stream_init init = {.start_ns = 1};
    sink->init(sink->context, &init);
    const struct stream_line line = {.has_request = false};
    sink->line(sink->context, &line);
    sink->line(sink->context, &line);
    const struct stream_metric metric = {.time_ns = 1};
    sink->metric(sink->context, &metric);
    const struct stream_refusal refusal = {
        .why = "Duration is no number", .sample = SLICE("REPORT \x1b[2J ***"), .count = 0};
    for (unsigned i = 0; i < CLI_EXAMPLES_MAX + 2; i++) {
        sink->refused(sink->context, &refusal);
    }
}

/* Everything is counted and passed on; a sink without metrics is fine. */
static void test_count(void **state)
{
    (void)state;
    fill();
    assert_int_equal(passed_on, 4 + 1 + 2 + CLI_EXAMPLES_MAX + 2);
    assert_int_equal(sum.invocations, 3);
    assert_int_equal(sum.open, 1);
    assert_int_equal(sum.cold_starts, 1);
    assert_int_equal(sum.errors, 1);
    assert_int_equal(sum.inits, 1);
    assert_int_equal(sum.lines, 2);
    assert_int_equal(sum.metrics, 1);
    assert_int_equal(sum.refused, CLI_EXAMPLES_MAX + 2);
    assert_int_equal(sum.refusals[0].example_count, CLI_EXAMPLES_MAX);
}

static bool has(const struct buf *out, const char *text)
{
    return slice_find(buf_bytes(out), slice_from(text)) != SLICE_NONE;
}

/* People read what was new, what did not fit, and nothing that commands their terminal. */
static void test_text(void **state)
{
    struct buf out;
    struct pour_result poured = {.intake = {.files = 2, .inflated = 2000000}};
    struct cli_post_result posted = {.bodies = 4, .known = 1};
    struct cli_import_end end = {.poured = &poured, .posted = &posted, .seconds = 0.5};
    (void)state;
    fill();
    buf_init_fixed(&out, memory, sizeof(memory));
    cli_import_sum_text(&sum, &end, &out);
    assert_true(has(&out, "2 files ("));
    assert_true(has(&out, "2.0 MB of text, 0.5 s, 4 MB/s"));
    assert_true(has(&out, "3 invocations, 1 with a cold start, 1 with an error; 2 lines; 1 "
                          "invocation without an end; 1 metric"));
    assert_true(has(&out, "5 did not fit anything:\n  5  Duration is no number\n"));
    assert_true(has(&out, "REPORT \\x1b[2J ***"));
    assert_true(has(&out, "the collector had 25 % of it"));
    assert_false(has(&out, "stopped"));
    buf_reset(&out);
    posted.known = 4;
    end.stopped = true;
    cli_import_sum_text(&sum, &end, &out);
    assert_true(has(&out, "the collector had all of it: nothing was added"));
    assert_true(has(&out, "run the same command again and it goes on"));
    buf_reset(&out);
    end.posted = NULL;
    cli_import_sum_text(&sum, &end, &out);
    assert_true(has(&out, "--dry-run"));
}

/* All formats are told: how many files were of each, or the one that all are of. */
static void test_formats(void **state)
{
    struct buf out;
    struct pour_result poured = {.intake = {.files = 3},
                                 .formats = {[INTAKE_INSIGHTS_CSV] = 2, [INTAKE_TEXT] = 1}};
    struct cli_import_end end = {.poured = &poured, .seconds = 0.5};
    char wanted[128];
    (void)state;
    cli_import_sum_init(&sum, &taker);
    buf_init_fixed(&out, memory, sizeof(memory));
    cli_import_sum_text(&sum, &end, &out);
    cli_import_sum_json(&sum, &end, &out);
    (void)snprintf(wanted, sizeof(wanted), "2 %s", intake_format_name(INTAKE_INSIGHTS_CSV));
    assert_true(has(&out, wanted));
    (void)snprintf(wanted, sizeof(wanted), "1 %s", intake_format_name(INTAKE_TEXT));
    assert_true(has(&out, wanted));
    assert_true(has(&out, "\"format\":\"mixed\",\"formats\":{"));
    (void)snprintf(wanted, sizeof(wanted), "\"%s\":2", intake_format_name(INTAKE_INSIGHTS_CSV));
    assert_true(has(&out, wanted));
    buf_reset(&out);
    poured.formats[INTAKE_TEXT] = 0;
    cli_import_sum_text(&sum, &end, &out);
    (void)snprintf(wanted, sizeof(wanted), "3 files (%s), ",
                   intake_format_name(INTAKE_INSIGHTS_CSV));
    assert_true(has(&out, wanted));
}

/* One is singular.  Where a function's name was made up, or nothing was known, the user is told
 * what helps; else not. */
static void test_hints(void **state)
{
    struct buf out;
    struct pour_result poured = {.intake = {.files = 1}, .merge = {.events = 1, .streams = 1}};
    struct cli_import_end end = {.poured = &poured, .seconds = 0.5};
    struct stream_source source = {.function_made_up = false};
    const struct stream_line line = {.source = &source};
    (void)state;
    buf_init_fixed(&out, memory, sizeof(memory));
    cli_import_sum_init(&sum, &taker);
    const struct stream_sink *sink = cli_import_sum_sink(&sum);
    sink->line(sink->context, &line);
    cli_import_sum_text(&sum, &end, &out);
    assert_true(has(&out, "1 file ("));
    assert_true(has(&out, "1 event of 1 stream\n"));
    assert_true(has(&out, "; 1 line\n"));
    assert_false(has(&out, "--function"));
    assert_false(has(&out, "log-formats.md"));
    source.function_made_up = true;
    sink->line(sink->context, &line);
    cli_import_sum_text(&sum, &end, &out);
    assert_true(has(&out, "--function NAME names it"));
    buf_reset(&out);
    poured.merge.events = 0;
    cli_import_sum_init(&sum, &taker);
    cli_import_sum_text(&sum, &end, &out);
    assert_true(has(&out, "log-formats.md"));
    assert_false(has(&out, "--function"));
}

/* Programs read one object. */
static void test_json(void **state)
{
    struct buf out;
    struct pour_result poured = {.intake = {.files = 2, .inflated = 2000000}};
    struct cli_post_result posted = {.bodies = 4, .known = 1};
    struct cli_import_end end = {.poured = &poured, .posted = &posted, .error = "x \"y\""};
    (void)state;
    fill();
    buf_init_fixed(&out, memory, sizeof(memory));
    cli_import_sum_json(&sum, &end, &out);
    assert_true(slice_ends(buf_bytes(&out), SLICE("}\n")));
    assert_true(has(&out, "\"files\":2,"));
    assert_true(has(&out, "\"invocations\":3,\"invocations_open\":1,\"cold_starts\":1,"));
    assert_true(has(&out, "\"bodies\":4,\"bodies_known\":1,"));
    assert_true(has(&out, "{\"reason\":\"Duration is no number\",\"count\":5,\"examples\":["));
    assert_true(has(&out, "\"dry_run\":false,\"stopped\":false,\"error\":\"x \\\"y\\\"\"}"));
}

/* Bodies for this machine are not compressed. */
static void test_near(void **state)
{
    static const char *const near[] = {"http://127.0.0.1:4318", "https://localhost", "127.0.0.1:1",
                                       "http://[::1]:4318/"};
    static const char *const far[] = {"http://10.0.0.1:4318", "https://thaw.example", "", "x://",
                                      "http://example/127.0.0.1"};
    (void)state;
    for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
        assert_true(cli_post_is_near(slice_from(near[i])));
    }
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
        assert_false(cli_post_is_near(slice_from(far[i])));
    }
}

/* The collector's words are the message of a google.rpc.Status; another's answer has none. */
static void test_words(void **state)
{
    static const struct {
        struct slice answer;
        const char *words;
    } cases[] = {
        {SLICE_INIT("\x08\x08\x12\x08too much"), "too much"},
        {SLICE_INIT("\x12\x01x\x12\x02no"), "no"},
        {SLICE_INIT("\x08\x08"), ""},
        {SLICE_INIT(""), ""},
        {SLICE_INIT("\x08\x08\x12\x09too much"), ""},
        {SLICE_INIT("\x12\x02no<html>"), ""},
        {SLICE_INIT("<html>Bad Gateway</html>"), ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(slice_equal(cli_post_words(cases[i].answer), slice_from(cases[i].words)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count), cmocka_unit_test(test_text), cmocka_unit_test(test_formats),
        cmocka_unit_test(test_hints), cmocka_unit_test(test_json), cmocka_unit_test(test_near),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
