/* SPDX-License-Identifier: Apache-2.0 */
/* Previews of rules, beside what the same rules did for real. */
#include "alert/alert_preview.h"

#include "set_world.h"

#include "base/json_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS_NS    UINT64_C(1000000)
#define DELAY_NS (60 * UINT64_C(1000000000))
#define END      (SET_WORLD_NOW + 7 * SET_WORLD_MINUTE)

static struct set_world world;
static struct series_source source;
static struct buf out, errors;
static struct alert_preview_options options;
static uint64_t clock_ns, tick_ns;

static uint64_t monotonic(void)
{
    clock_ns += tick_ns;
    return clock_ns;
}

static int begin(void **state)
{
    static const struct alert_set_text text = {
        .name = SLICE_INIT("mine.yml"),
        .text = {(const unsigned char *)set_world_rules, sizeof(set_world_rules) - 1}};
    (void)state;
    set_world_init(&world, set_world_rules);
    set_world_live(&world);
    source = world.source;
    buf_init_growing(&out, 1 << 24);
    buf_init_growing(&errors, 1 << 20);
    clock_ns = tick_ns = 0;
    options = (struct alert_preview_options){
        .texts = &text,
        .text_count = 1,
        .from_ns = (uint64_t)SET_WORLD_NOW * MS_NS + DELAY_NS,
        .to_ns = (uint64_t)END * MS_NS + DELAY_NS,
        .interval_ms = 15000,
        .delay_ns = DELAY_NS,
        .source = &source,
        .key = set_world_key,
        .coarse_ms = INT64_MIN,
        .monotonic_ns = monotonic,
    };
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_fini(&out);
    buf_fini(&errors);
    set_world_fini(&world);
    return 0;
}

static enum status preview(void)
{
    struct json_write writer;
    buf_reset(&out);
    buf_reset(&errors);
    json_write_init(&writer, &out);
    enum status status = alert_preview_write(&options, &writer, &errors);
    buf_append_byte(&out, '\0');
    return status;
}

static bool says(const char *text)
{
    bool found = strstr((const char *)out.base, text) != NULL;
    if (!found) {
        print_message("%s\n", (const char *)out.base);
    }
    return found;
}

/* "fingerprint" and times of what fired, as they are for real. */
static void assert_fires(const char *function, int64_t from_min)
{
    char text[256];
    static const struct rule_alert none;
    const struct rule_alert *alert = &none;
    const struct rule_state *high = &world.set->rules[3].state;
    for (size_t i = 0; i < high->alert_count; i++) {
        struct slice name = labels_value(&high->alerts[i].labels, SLICE("function"));
        alert = slice_equal(name, slice_from(function)) ? &high->alerts[i] : alert;
    }
    assert_ptr_not_equal(alert, &none);
    (void)snprintf(text, sizeof(text), "{\"fingerprint\":\"%016llx\"",
                   (unsigned long long)alert->fingerprint);
    assert_true(says(text));
    (void)snprintf(
        text, sizeof(text), "{\"state\":\"firing\",\"from\":\"%llu\"",
        (unsigned long long)((uint64_t)(SET_WORLD_NOW + from_min * SET_WORLD_MINUTE) * MS_NS +
                             DELAY_NS));
    assert_true(says(text));
    assert_int_equal(alert->watch.fired_ms, SET_WORLD_NOW + from_min * SET_WORLD_MINUTE);
}

/* A rule that is loaded did in the preview what it did. */
static void test_loaded(void **state)
{
    (void)state;
    options.rule = SLICE("High");
    assert_int_equal(preview(), STATUS_OK);
    assert_fires("fires", 4);
    assert_fires("over", 1);
    assert_true(says("\"file\":\"mine.yml\",\"line\":8,\"kind\":\"alert\""));
    assert_true(says("\"step_s\":60,\"evaluations\":"));
    assert_true(says("\"fired\":2,\"resolved\":1"));
    assert_true(says("\"state\":\"pending\""));
    assert_true(says("\"partial\":false,\"reasons\":[],\"coarse_before\":null"));
    /* Its threshold is of another rule, which is evaluated with it. */
    assert_true(says("\"threshold\":[5,5,5,5,5,5,5,5]"));
    assert_true(says("\"reads\":[{\"metric\":\"v\",\"first\":\"1795000020000000000\"}]"));
    assert_true(says("\"messages\":null"));
    options.rule = SLICE("NoSuch");
    assert_int_equal(preview(), STATUS_NOT_FOUND);
    options.rule = SLICE("High");
    options.group = SLICE("other");
    assert_int_equal(preview(), STATUS_NOT_FOUND);
    options.group = SLICE("g");
    assert_int_equal(preview(), STATUS_OK);
}

/* What is recorded has a chart and no alerts. */
static void test_record(void **state)
{
    (void)state;
    options.rule = SLICE("twice");
    assert_int_equal(preview(), STATUS_OK);
    assert_true(says("\"kind\":\"record\""));
    assert_true(says("\"alerts\":[],\"left_out\":0"));
    assert_true(says("\"values\":[2,2,2,13,13,13,13,13]"));
}

/* A draft stands in the place of what it would replace, and reads what is recorded already. */
static void test_draft(void **state)
{
    (void)state;
    options.draft = SLICE("alert: Draft\nexpr: twice > on () group_left () thaw:threshold\n");
    assert_int_equal(preview(), STATUS_OK);
    assert_true(says("\"name\":\"Draft\",\"group\":\"draft\",\"file\":\"draft\",\"line\":1"));
    assert_true(says("\"step_s\":15"));
    assert_true(says("\"fired\":3,"));
    options.draft =
        SLICE("- {record: 'thaw:threshold', expr: '8', labels: {rule: High, window: 10m, unit: "
              "seconds}}\n"
              "- {alert: Draft, expr: v > on () group_left () thaw:threshold}\n");
    assert_int_equal(preview(), STATUS_OK);
    assert_true(says("\"fired\":1,"));
    options.draft = SLICE("- {record: twice, expr: v * 3}\n");
    assert_int_equal(preview(), STATUS_OK);
    assert_true(says("\"values\":[3,3,3,3"));
    options.step_ms = 120000;
    assert_int_equal(preview(), STATUS_OK);
    assert_true(says("\"step_s\":120"));
}

static void test_wrong(void **state)
{
    (void)state;
    options.draft = SLICE("alert: Draft\nexpr: 'v >'\n");
    assert_int_equal(preview(), STATUS_BAD);
    assert_memory_equal(errors.base, "draft:2:7: expr: ", 17);
    options.draft = SLICE("groups: []\n");
    assert_int_equal(preview(), STATUS_NOT_FOUND);
    options.draft = SLICE("- {alert: Draft, expr: v * on () v}\n");
    assert_int_equal(preview(), STATUS_OK);
    assert_true(says("\"failures\":"));
    assert_true(says("\"error\":\"found duplicate series") || says("\"error\":\"many-to-many"));
}

/* What takes too long says how far it came; what is known by the hour says so. */
static void test_partial(void **state)
{
    (void)state;
    options.rule = SLICE("High");
    options.coarse_ms = SET_WORLD_NOW + SET_WORLD_MINUTE;
    assert_int_equal(preview(), STATUS_OK);
    assert_true(says("\"partial\":true"));
    assert_true(says("\"coarse_before\":\"1795000080000000000\""));
    options.coarse_ms = INT64_MIN;
    tick_ns = ALERT_PREVIEW_NS / 4;
    assert_int_equal(preview(), STATUS_OK);
    assert_true(says("\"partial\":true,\"reasons\":[\"it took longer than 20 s"));
    assert_true(says("\"until\":null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_loaded, begin, end),
        cmocka_unit_test_setup_teardown(test_record, begin, end),
        cmocka_unit_test_setup_teardown(test_draft, begin, end),
        cmocka_unit_test_setup_teardown(test_wrong, begin, end),
        cmocka_unit_test_setup_teardown(test_partial, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
