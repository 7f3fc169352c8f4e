/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_json.h"
#include "alert/alert_prometheus.h"

#include "lib/file.h"
#include "set_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct set_world world;
static struct buf out;

static int begin(void **state)
{
    (void)state;
    set_world_init(&world, set_world_rules);
    set_world_live(&world);
    struct rule_alert *alert = &world.set->rules[3].state.alerts[0];
    memset(alert->examples, 0x5a, sizeof(alert->examples));
    alert->example_count = 2;
    (void)snprintf(world.set->rules[4].state.error, sizeof(world.set->rules[4].state.error),
                   "it cannot be");
    buf_init_growing(&out, ALERT_ANSWER_SIZE_MAX);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_fini(&out);
    set_world_fini(&world);
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

static struct alert_run_sight sight(void)
{
    return (struct alert_run_sight){
        .set = world.set,
        .evaluated_ns = (uint64_t)(SET_WORLD_NOW + 8 * SET_WORLD_MINUTE) * 1000000,
        .loaded_ns = (uint64_t)SET_WORLD_NOW * 1000000,
        .delay_ns = UINT64_C(60000000000),
        .interval_ns = UINT64_C(15000000000),
        .load_error = SLICE("bad.yml:1:1: a file of rules begins with groups:"),
    };
}

static void write_told(void *context, struct json_write *writer, uint64_t fingerprint)
{
    (void)context;
    (void)fingerprint;
    json_write_member_array(writer, SLICE("notifications"));
    json_write_array_end(writer);
}

/* Alerts with what was decided, the one that fires first. */
static void alerts_are_as_documented(void **state)
{
    (void)state;
    struct json_write writer;
    struct alert_run_sight now = sight();
    const struct alert_json_told told = {write_told, NULL};
    json_write_init(&writer, &out);
    alert_json_alerts(&writer, &now, &told, &world.arena);
    json_write_finish(&writer);
    assert_golden("tests/unit/collector/alert/golden/alerts.json");
}

/* Rules with their states, alerts before what is recorded. */
static void rules_are_as_documented(void **state)
{
    (void)state;
    struct json_write writer;
    struct alert_run_sight now = sight();
    json_write_init(&writer, &out);
    alert_json_rules(&writer, &now);
    json_write_finish(&writer);
    assert_golden("tests/unit/collector/alert/golden/rules.json");
}

/* The same in Prometheus's shapes. */
static void prometheus_is_as_prometheus(void **state)
{
    (void)state;
    struct json_write writer;
    struct alert_run_sight now = sight();
    json_write_init(&writer, &out);
    json_write_object_begin(&writer);
    json_write_member_array(&writer, SLICE("groups"));
    alert_prometheus_groups(&writer, &now, ALERT_PROMETHEUS_ALL);
    alert_prometheus_groups(&writer, &now, ALERT_PROMETHEUS_RECORD);
    json_write_array_end(&writer);
    json_write_member_array(&writer, SLICE("alerts"));
    alert_prometheus_alerts(&writer, &now);
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
    assert_golden("tests/unit/collector/alert/golden/prometheus.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(alerts_are_as_documented, begin, end),
        cmocka_unit_test_setup_teardown(rules_are_as_documented, begin, end),
        cmocka_unit_test_setup_teardown(prometheus_is_as_prometheus, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
