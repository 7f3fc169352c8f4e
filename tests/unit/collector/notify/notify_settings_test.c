/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify.h"

#include "base/arena.h"
#include "base/buf.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(webhooks_are_addresses, begin),
        cmocka_unit_test_setup(a_file_is_read, begin),
        cmocka_unit_test_setup(webhooks_may_stand_in_a_file, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
