/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_json.h"
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

static void write_told(void *context, struct json_write *writer, uint64_t fingerprint)
{
    (void)context;
    assert_true(fingerprint != 0);
    json_write_member_array(writer, SLICE("notifications"));
    json_write_array_end(writer);
}

static const struct alert_json_told told = {write_told, NULL};

static void write_alerts(void)
{
    struct json_write writer;
    buf_reset(&out);
    json_write_init(&writer, &out);
    alert_json_alerts(&writer, &book, &terms.rule, &told);
    json_write_finish(&writer);
    assert_false(buf_overflowed(&out));
    assert_json();
}

/* A name of hostile bytes comes out as valid JSON that names no control character. */
static void hostile_names_are_escaped(void **state)
{
    (void)state;
    (void)world_evaluate(&book, &terms, WORLD_START_NS,
                         world_sample("\"}],\x01\x1b[31m\xff\n", 100, 50));
    write_alerts();
    for (size_t i = 0; i < out.size; i++) {
        assert_true(out.base[i] >= 0x20);
    }
}

/* Receivers know labels sorted by name, and the texts that the API has. */
static void pairs_are_sorted(void **state)
{
    (void)state;
    static const char *const names[] = {"account", "alertname", "function", "region", "severity"};
    struct alert_text_pairs pairs;
    (void)world_evaluate(&book, &terms, WORLD_START_NS, world_sample("checkout", 1240, 102));
    const struct alert_entry *entry = &book.entries[0];
    alert_text_label_pairs(&pairs, &entry->labels);
    assert_int_equal(pairs.count, 5);
    for (size_t i = 0; i < pairs.count; i++) {
        assert_true(slice_equal(pairs.items[i].name, slice_from(names[i])));
    }
    assert_true(slice_equal(pairs.items[2].value, SLICE("checkout")));
    const struct alert_text text = {.labels = &entry->labels,
                                    .rule = &terms.rule,
                                    .counts = &entry->fired_with,
                                    .examples = &entry->examples};
    alert_text_annotation_pairs(&pairs, &text);
    assert_int_equal(pairs.count, 7);
    assert_true(
        slice_equal(pairs.items[0].value, SLICE("cold starts 8.23 % > 5 % over 10m (n=1240)")));
    assert_true(slice_equal(pairs.items[5].value, SLICE("1240")));
    assert_int_equal(pairs.items[6].value.size, 65);
}

/* The API's answers, with every state. */
static void the_api_is_as_documented(void **state)
{
    (void)state;
    uint64_t t = WORLD_START_NS;
    (void)world_evaluate(&book, &terms, t, world_sample("resolved", 100, 50));
    (void)world_evaluate(&book, &terms, t + WORLD_SECOND, world_sample("resolved", 1000, 1));
    (void)world_evaluate(&book, &terms, t + 2 * WORLD_SECOND, world_sample("firing", 80, 40));
    terms.rule.for_ns = 300 * WORLD_SECOND;
    terms.rule.clear_for_ns = 300 * WORLD_SECOND;
    alert_book_begin(&book);
    struct alert_sample pending = world_sample("pending", 60, 30);
    (void)alert_book_count(&book, &terms, t + 4 * WORLD_SECOND, &pending);
    (void)alert_book_end(&book, &terms, t + 4 * WORLD_SECOND);

    struct json_write writer;
    write_alerts();
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
        cmocka_unit_test_setup_teardown(hostile_names_are_escaped, begin, end),
        cmocka_unit_test_setup_teardown(pairs_are_sorted, begin, end),
        cmocka_unit_test_setup_teardown(the_api_is_as_documented, begin, end),
        cmocka_unit_test_setup_teardown(numbers_read_well, begin, end),
        cmocka_unit_test_setup_teardown(texts_follow_the_rule, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
