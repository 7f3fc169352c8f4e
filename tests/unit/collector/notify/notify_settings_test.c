/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify.h"
#include "notify/notify_plan_make.h"

#include "base/arena.h"
#include "base/buf.h"
#include "rules/rules_shipped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct config {
    int before;
    struct notify_settings notify;
};

static const struct setting rows[] = {NOTIFY_SETTING_ROWS(config, notify)};
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

static enum status check(void)
{
    buf_reset(&errors);
    enum status status = notify_check(&config.notify, &errors);
    buf_append_byte(&errors, '\0');
    return status;
}

static void assert_wrong(const char *says)
{
    assert_int_not_equal(check(), STATUS_OK);
    if (strstr(error_memory, says) == NULL) {
        print_error("%s\n", error_memory);
    }
    assert_non_null(strstr(error_memory, says));
}

/* A webhook is an http or https address, and it is never repeated. */
static void webhooks_are_addresses(void **state)
{
    (void)state;
    static const char *const bad[] = {"ftp://secret/", "secret",           "file:///secret",
                                      "http://",       "https://[secret/", "gopher://secret/"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        set("alert-webhook", bad[i]);
        assert_int_equal(check(), STATUS_BAD);
        assert_null(strstr(error_memory, "secret"));
    }
    set("alert-webhook", "https://hooks.example.com/services/T0/B0/x?y=z");
    assert_int_equal(check(), STATUS_OK);
}

/* The address may stand in a file; an empty file or none is told. */
static void webhooks_may_stand_in_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/thaw-webhook-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    set("alert-webhook-file", path);
    assert_wrong("no address in it");
    static const char text[] = "  http://127.0.0.1:9/hook\t\nsecond line\n";
    assert_int_equal(write(descriptor, text, sizeof(text) - 1), sizeof(text) - 1);
    assert_int_equal(check(), STATUS_OK);
    assert_int_equal(close(descriptor), 0);
    assert_int_equal(unlink(path), 0);
    assert_wrong("No such file");
}

/* The file of receivers is read, and its mistakes have places. */
static void a_file_is_read(void **state)
{
    (void)state;
    char path[] = "/tmp/thaw-notify-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    set("notify", path);
    assert_wrong("nothing stands in it");
    static const char text[] = "route: {receiver: nobody}\n";
    assert_int_equal(write(descriptor, text, sizeof(text) - 1), sizeof(text) - 1);
    assert_wrong(":1:9: there is no receiver 'nobody'");
    assert_int_equal(close(descriptor), 0);
    assert_int_equal(unlink(path), 0);
    assert_wrong("No such file");
}

static bool matches(const struct notify_matcher *matchers, size_t count, const char *name,
                    const char *severity)
{
    const struct notify_pair labels[] = {{SLICE("alertname"), slice_from(name)},
                                         {SLICE("function"), SLICE("f")},
                                         {SLICE("severity"), slice_from(severity)}};
    const struct notify_alert alert = {.labels = labels, .label_count = 3};
    return notify_matchers_match(matchers, count, &alert);
}

static bool is_shipped(const char *name)
{
    char line[128];
    int size = snprintf(line, sizeof(line), "- alert: %s\n", name);
    struct slice text = slice_of(rules_shipped_text, rules_shipped_size);
    return slice_find(text, slice_of(line, (size_t)size)) != SLICE_NONE;
}

/* Without a file, causes inhibit what follows from them; all of them are rules that there are. */
static void what_is_shipped_inhibits(void **state)
{
    (void)state;
    static const struct {
        const char *source, *target;
        size_t labels;
    } pairs[] = {{"Throttles", "NearTimeout", 3},   {"Throttles", "InitSlower", 3},
                 {"Timeouts", "NearTimeout", 3},    {"OutOfMemory", "MemoryNearLimit", 3},
                 {"AgentLost", "EndUnknown", 3},    {"IngestBehind", "ScheduleSilent", 0},
                 {"IngestRefused", "AgentLost", 0}, {"IngestBehind", "EndUnknown", 0}};
    struct notify_plan *plan = NULL;
    assert_int_equal(notify_plan_make(&plan, &config.notify, SLICE("http://here"), &errors),
                     STATUS_OK);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        bool found = false;
        assert_true(is_shipped(pairs[i].source));
        assert_true(is_shipped(pairs[i].target));
        for (size_t j = 0; j < plan->inhibition_count; j++) {
            const struct notify_inhibition *each = &plan->inhibitions[j];
            found =
                found || (matches(each->source, each->source_count, pairs[i].source, "warning") &&
                          matches(each->target, each->target_count, pairs[i].target, "warning") &&
                          each->equal_count == pairs[i].labels);
        }
        assert_true(found);
    }
    notify_plan_drop(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(webhooks_are_addresses, begin),
        cmocka_unit_test_setup(a_file_is_read, begin),
        cmocka_unit_test_setup(what_is_shipped_inhibits, begin),
        cmocka_unit_test_setup(webhooks_may_stand_in_a_file, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
