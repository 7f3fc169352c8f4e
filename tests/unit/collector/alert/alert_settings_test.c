/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert.h"
#include "alert/alert_percent.h"

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
    char error[256] = "";
    assert_int_equal(alert_check(&config.alert, error, sizeof(error)), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_defaults_are_right, begin),
        cmocka_unit_test_setup(shares_are_percents, begin),
        cmocka_unit_test_setup(wrong_settings_are_named, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
