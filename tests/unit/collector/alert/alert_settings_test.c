/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert.h"
#include "alert/alert_percent.h"
#include "alert/alert_shipped.h"
#include "rules/rules_shipped.h"

#include "base/arena.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct config {
    int before;
    struct alert_settings alert;
};

static const struct setting rows[] = {ALERT_SETTING_ROWS(config, alert)};
static struct config config;
static struct settings settings;
static struct arena arena;
static struct buf errors;
static unsigned char memory[65536];
static char error_memory[4096];

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    buf_init_fixed(&errors, error_memory, sizeof(error_memory));
    return settings_init(&settings, rows, sizeof(rows) / sizeof(*rows), &config, &arena, &errors) ==
                   STATUS_OK
               ? 0
               : -1;
}

static void set(const char *name, const char *value)
{
    assert_int_equal(
        settings_set(&settings, slice_from(name), slice_from(value), SETTING_FROM_ARGUMENT, "test"),
        STATUS_OK);
}

static void assert_wrong(const char *says)
{
    char error[256] = "";
    assert_int_not_equal(alert_check(&config.alert, error, sizeof(error)), STATUS_OK);
    if (strstr(error, says) == NULL) {
        print_error("%s\n", error);
    }
    assert_non_null(strstr(error, says));
}

/* The defaults are those of the documentation, and they are right. */
static void the_defaults_are_right(void **state)
{
    (void)state;
    char error[256] = "";
    assert_int_equal(alert_check(&config.alert, error, sizeof(error)), STATUS_OK);
    assert_true(config.alert.cold_start);
    assert_int_equal(config.alert.cold_start_minimum, 50);
    assert_int_equal(config.alert.cold_start_window_ns, 600 * ALERT_SECOND);
    assert_int_equal(config.alert.cold_start_for_ns, 300 * ALERT_SECOND);
    assert_int_equal(config.alert.cold_start_clear_for_ns, 600 * ALERT_SECOND);
    uint32_t ppm = 0;
    assert_true(alert_percent_parse(config.alert.cold_start_rate, &ppm) && ppm == 50000);
    assert_true(alert_percent_parse(config.alert.cold_start_clear, &ppm) && ppm == 30000);
}

/* Shares are percents, with or without the sign. */
static void shares_are_percents(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t ppm;
    } good[] = {{"5", 50000},      {"5%", 50000}, {" 5 % ", 50000}, {"0.5", 5000},
                {"100%", 1000000}, {"0", 0},      {"0.0001", 1}};
    static const char *const bad[] = {"", "%", "5%%", "-1", "100.0001", "0.00001", "five", "1,5"};
    uint32_t ppm = 7;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_true(alert_percent_parse(slice_from(good[i].text), &ppm));
        assert_int_equal(ppm, good[i].ppm);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_false(alert_percent_parse(slice_from(bad[i]), &ppm));
    }
}

/* What cannot be meant is refused with the name of the setting. */
static void wrong_settings_are_named(void **state)
{
    (void)state;
    set("alert-cold-start-rate", "many");
    assert_wrong("alert-cold-start-rate");
    set("alert-cold-start-rate", "5%");
    set("alert-cold-start-clear", "6%");
    assert_wrong("alert-cold-start-clear: above");
    set("alert-cold-start-clear", "-");
    assert_wrong("alert-cold-start-clear");
    set("alert-cold-start-clear", "5%");
    set("alert-budget", "cheap");
    assert_wrong("alert-budget");
    set("alert-budget", "200");
    set("rules", "/nobody/is/here.yml");
    assert_wrong("rules: /nobody/is/here.yml: No such file or directory");
    set("rules", "");
    char error[256] = "";
    assert_int_equal(alert_check(&config.alert, error, sizeof(error)), STATUS_OK);
}

/* The rules that come with it, as they are and with everything set, are right; the settings are in
 * them. */
static void settings_are_in_the_shipped_rules(void **state)
{
    (void)state;
    const struct alert_shipped standard = {true,
                                           50000,
                                           30000,
                                           50,
                                           5 * ALERT_SECOND,
                                           600 * ALERT_SECOND,
                                           300 * ALERT_SECOND,
                                           600 * ALERT_SECOND,
                                           0};
    const struct alert_shipped other = {
        true, 125000, 1, 7, ALERT_SECOND / 2, 180 * ALERT_SECOND, 0, ALERT_SECOND, 99.5};
    struct buf text;
    buf_init_growing(&text, 1 << 20);
    alert_shipped_write(&standard, &text);
    /* But for the budget, which is written as an amount. */
    assert_int_equal(text.size, rules_shipped_size + 3);
    buf_reset(&text);
    alert_shipped_write(&other, &text);
    buf_append_byte(&text, '\0');
    const char *all = (const char *)text.base;
    assert_non_null(strstr(all, "\"0.125\", labels: {rule: ColdStartRate, window: 3m}"));
    assert_non_null(strstr(all, "\"0.000001\", labels: {rule: ColdStartRate}"));
    assert_non_null(strstr(all, "\"7\", labels: {rule: ColdStartRate}"));
    assert_non_null(strstr(all, "seconds\", expr: \"0.5\", labels: {rule: ColdStartRate}"));
    assert_non_null(strstr(all, "\"99.50\", labels: {rule: Budget"));
    assert_non_null(strstr(all, "for: 0s\n        keep_firing_for: 1s"));
    assert_non_null(strstr(all, "max_over_time(thaw_function_invocations_total[3m30s])"));
    assert_null(strstr(all, "[10m30s]"));
    buf_reset(&text);
    alert_shipped_write(&(struct alert_shipped){.cold_start = false}, &text);
    buf_append_byte(&text, '\0');
    assert_null(strstr((const char *)text.base, "alert: ColdStartRate"));
    assert_non_null(strstr((const char *)text.base, "alert: ErrorRate"));
    buf_fini(&text);
    char error[1024] = "";
    set("alert-cold-start-window", "3m");
    set("alert-cold-start-for", "0s");
    assert_int_equal(alert_check(&config.alert, error, sizeof(error)), STATUS_OK);
    set("alert-cold-start", "false");
    assert_int_equal(alert_check(&config.alert, error, sizeof(error)), STATUS_OK);
    set("alert-shipped", "false");
    assert_int_equal(alert_check(&config.alert, error, sizeof(error)), STATUS_OK);
}

/* A window is said where a threshold is, and counted where the rule is: they are the same. */
static void windows_are_as_they_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *window, *counted;
    } rules[] = {{"ColdStartRate", "10m", "cold_starts_total[10m30s]"},
                 {"ErrorRate", "5m", "errors_total[5m30s]"},
                 {"Timeouts", "5m", "timeouts_total[5m30s]"},
                 {"OutOfMemory", "5m", "oom_total[5m30s]"},
                 {"MemoryNearLimit", "15m", "memory_used_bytes_max[15m]"},
                 {"NearTimeout", "15m", "near_timeouts_total[15m30s]"},
                 {"Throttles", "5m", "throttled_total[5m30s]"},
                 {"AgentLost", "15m", "agent_invocations_total[15m30s]"},
                 {"EndUnknown", "30m", "end_unknown_total[30m30s]"},
                 {"InitSlower", "30m", "seconds_bucket[30m30s]"},
                 {"CostSpike", "1h", "dollars_total[1h30s]"},
                 {"Budget", "1d", "dollars_total[1d30s]"},
                 {"ScheduleSilent", "3h", "{trigger=\"schedule\"} offset 3h"}};
    char *text = calloc(1, rules_shipped_size + 1);
    memcpy(text, rules_shipped_text, rules_shipped_size);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        char said[128];
        (void)snprintf(said, sizeof(said), "labels: {rule: %s, window: %s", rules[i].rule,
                       rules[i].window);
        const char *at = strstr(text, said);
        assert_non_null(at);
        assert_non_null(strchr(",}", at[strlen(said)]));
        assert_non_null(strstr(text, rules[i].counted));
        (void)snprintf(said, sizeof(said), "- alert: %s\n", rules[i].rule);
        assert_non_null(strstr(text, said));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_defaults_are_right, begin),
        cmocka_unit_test_setup(shares_are_percents, begin),
        cmocka_unit_test_setup(wrong_settings_are_named, begin),
        cmocka_unit_test_setup(settings_are_in_the_shipped_rules, begin),
        cmocka_unit_test_setup(windows_are_as_they_are_told, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
