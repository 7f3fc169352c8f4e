/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_json.h"
#include "alert/alert_message.h"
#include "alert/alert_text.h"

#include "base/json_read.h"
#include "book_world.h"
#include "lib/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct alert_book book;
static struct alert_terms terms;
static struct buf out;

static int begin(void **state)
{
    (void)state;
    terms = world_terms();
    buf_init_growing(&out, ALERT_STATE_SIZE_MAX);
    return alert_book_init(&book) == STATUS_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    alert_book_fini(&book);
    buf_fini(&out);
    return 0;
}

/* Compare with a golden file; THAW_GOLDEN=write writes it anew. */
static void assert_golden(const char *path)
{
    const char *mode = getenv("THAW_GOLDEN");
    if (mode != NULL && strcmp(mode, "write") == 0) {
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(out.base, 1, out.size, file), out.size);
        assert_int_equal(fclose(file), 0);
    }
    struct slice golden = file_read(path);
    if (!slice_equal(buf_bytes(&out), golden)) {
        print_error("%.*s\n", (int)out.size, (const char *)out.base);
    }
    assert_true(slice_equal(buf_bytes(&out), golden));
    file_free(golden);
}

static void assert_json(void)
{
    struct json_read reader;
    json_read_init(&reader, buf_bytes(&out), JSON_DEPTH_MAX);
    json_read_skip(&reader);
    assert_true(json_read_finish(&reader));
}

static void write_notice(unsigned number)
{
    buf_reset(&out);
    alert_message_write(alert_book_notice(&book, number), SLICE("http://thaw.example:4318"), &out);
    assert_false(buf_overflowed(&out));
    assert_json();
}

/* The bodies that a receiver gets, as Alertmanager's receivers know them. */
static void the_webhook_is_as_documented(void **state)
{
    (void)state;
    (void)world_evaluate(&book, &terms, WORLD_START_NS, world_sample("checkout", 1240, 102));
    (void)world_evaluate(&book, &terms, WORLD_START_NS + 900 * WORLD_SECOND + 1500000,
                         world_sample("checkout", 2000, 44));
    write_notice(1);
    assert_golden("tests/unit/collector/alert/golden/firing.json");
    write_notice(2);
    assert_golden("tests/unit/collector/alert/golden/resolved.json");
}

/* A name of hostile bytes comes out as valid JSON that names no control character. */
static void hostile_names_are_escaped(void **state)
{
    (void)state;
    (void)world_evaluate(&book, &terms, WORLD_START_NS,
                         world_sample("\"}],\x01\x1b[31m\xff\n", 100, 50));
    write_notice(1);
    for (size_t i = 0; i < out.size; i++) {
        assert_true(out.base[i] >= 0x20);
    }
}

/* The API's answers, with every state and delivery. */
static void the_api_is_as_documented(void **state)
{
    (void)state;
    uint64_t t = WORLD_START_NS;
    (void)world_evaluate(&book, &terms, t, world_sample("resolved", 100, 50));
    (void)world_evaluate(&book, &terms, t + WORLD_SECOND, world_sample("resolved", 1000, 1));
    (void)world_evaluate(&book, &terms, t + 2 * WORLD_SECOND, world_sample("firing", 80, 40));
    alert_book_attempted(alert_book_notice(&book, 1), ALERT_ATTEMPT_TAKEN, "", t + WORLD_SECOND);
    alert_book_attempted(alert_book_notice(&book, 2), ALERT_ATTEMPT_REFUSED,
                         "the receiver answered 404", t + 2 * WORLD_SECOND);
    alert_book_attempted(alert_book_notice(&book, 3), ALERT_ATTEMPT_LATER, "Timeout was reached",
                         t + 3 * WORLD_SECOND);
    terms.rule.for_ns = 300 * WORLD_SECOND;
    terms.rule.clear_for_ns = 300 * WORLD_SECOND;
    alert_book_begin(&book);
    struct alert_sample pending = world_sample("pending", 60, 30);
    (void)alert_book_count(&book, &terms, t + 4 * WORLD_SECOND, &pending);
    (void)alert_book_end(&book, &terms, t + 4 * WORLD_SECOND);

    struct json_write writer;
    json_write_init(&writer, &out);
    alert_json_alerts(&writer, &book, &terms.rule);
    json_write_finish(&writer);
    assert_json();
    assert_golden("tests/unit/collector/alert/golden/alerts.json");
    buf_reset(&out);
    json_write_init(&writer, &out);
    alert_json_rules(&writer, &book, &terms.rule);
    assert_golden("tests/unit/collector/alert/golden/rules.json");
    buf_reset(&out);
    json_write_init(&writer, &out);
    alert_json_no_rules(&writer);
    assert_true(slice_equal(buf_bytes(&out), SLICE("{\"rules\":[]}")));
}

static void assert_text(const char *expected)
{
    struct slice text = buf_bytes(&out);
    if (!slice_equal(text, slice_from(expected))) {
        print_error("%.*s\n", (int)text.size, (const char *)text.base);
    }
    assert_true(slice_equal(text, slice_from(expected)));
    buf_reset(&out);
}

/* Durations and rates read as people write them. */
static void numbers_read_well(void **state)
{
    (void)state;
    static const struct {
        uint64_t ns;
        const char *text;
    } durations[] = {{600 * WORLD_SECOND, "10m"},    {90 * WORLD_SECOND, "1m30s"},
                     {5400 * WORLD_SECOND, "1h30m"}, {3600 * WORLD_SECOND, "1h"},
                     {45 * WORLD_SECOND, "45s"},     {0, "0ms"},
                     {WORLD_SECOND / 4, "250ms"},    {86400 * WORLD_SECOND, "24h"}};
    for (size_t i = 0; i < sizeof(durations) / sizeof(*durations); i++) {
        alert_text_duration(durations[i].ns, &out);
        assert_text(durations[i].text);
    }
    static const struct {
        uint64_t ppm;
        const char *text;
    } rates[] = {{0, "0 %"},      {50000, "5 %"}, {82258, "8.23 %"}, {1000000, "100 %"},
                 {5000, "0.5 %"}, {49, "0 %"},    {50, "0.01 %"}};
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        alert_text_rate(rates[i].ppm, &out);
        assert_text(rates[i].text);
    }
    const struct alert_counts third = {3, 1};
    const struct alert_counts huge = {UINT64_MAX, UINT64_MAX};
    const struct alert_counts none = {0, 0};
    assert_int_equal(alert_text_ppm(&third), 333333);
    assert_int_equal(alert_text_ppm(&huge), 1000000);
    assert_int_equal(alert_text_ppm(&none), 0);
}

/* The texts say what was decided: the rule's real numbers, whatever they are. */
static void texts_follow_the_rule(void **state)
{
    (void)state;
    struct alert_rule rule = terms.rule;
    rule.threshold_ppm = 125000;
    rule.clear_ppm = 1000;
    rule.minimum = 7;
    rule.window_ns = 120 * WORLD_SECOND;
    rule.for_ns = 30 * WORLD_SECOND;
    rule.clear_for_ns = 90 * WORLD_SECOND;
    alert_text_sentence(&rule, &out);
    assert_text("Fires above 12.5 % of at least 7 invocations in 2m, proven to 95 %, for 30s; "
                "resolved below 0.1 % for 1m30s.");
    alert_text_expression(&rule, &out);
    assert_text("cold_starts / invocations > 12.5 % over 2m by function");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_webhook_is_as_documented, begin, end),
        cmocka_unit_test_setup_teardown(hostile_names_are_escaped, begin, end),
        cmocka_unit_test_setup_teardown(the_api_is_as_documented, begin, end),
        cmocka_unit_test_setup_teardown(numbers_read_well, begin, end),
        cmocka_unit_test_setup_teardown(texts_follow_the_rule, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
