/* SPDX-License-Identifier: Apache-2.0 */
#include "http/watch.h"

#include "http/reload.h"
#include "lib/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/thaw-watch-XXXXXX";
static char paths[2][64];
static struct slice files[2];

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Nothing has changed, nothing is to be done. */
static void test_same(void **state)
{
    struct watch watch;
    (void)state;
    watch_init(&watch, files, 2);
    assert_false(watch_look(&watch));
    assert_false(watch_look(&watch));
}

/* A change counts once it has stayed for a look, and once only. */
static void test_settles(void **state)
{
    struct watch watch;
    (void)state;
    watch_init(&watch, files, 2);
    write_file(paths[0], "other");
    assert_false(watch_look(&watch));
    write_file(paths[1], "other, too");
    assert_false(watch_look(&watch));
    assert_true(watch_look(&watch));
    assert_false(watch_look(&watch));
}

/* What is taken by force is not found changed afterwards. */
static void test_take(void **state)
{
    struct watch watch;
    (void)state;
    watch_init(&watch, files, 2);
    write_file(paths[0], "once more");
    watch_take(&watch);
    assert_false(watch_look(&watch));
    assert_false(watch_look(&watch));
}

/* A file that goes, and one that comes in its place with the same size, are changes. */
static void test_other_file(void **state)
{
    struct watch watch;
    char beside[128];
    (void)state;
    watch_init(&watch, files, 2);
    (void)snprintf(beside, sizeof(beside), "%s/beside", folder);
    write_file(beside, "once more");
    assert_int_equal(rename(beside, paths[0]), 0);
    assert_false(watch_look(&watch));
    assert_true(watch_look(&watch));
    assert_int_equal(unlink(paths[0]), 0);
    assert_false(watch_look(&watch));
    assert_true(watch_look(&watch));
    assert_false(watch_look(&watch));
    write_file(paths[0], "there again");
    assert_false(watch_look(&watch));
    assert_true(watch_look(&watch));
}

struct loads {
    unsigned count;
    bool fail;
};

static enum status load(void *context, char *error, size_t error_size)
{
    struct loads *loads = context;
    loads->count++;
    if (loads->fail) {
        (void)snprintf(error, error_size, "it is wrong");
        return STATUS_BAD;
    }
    return STATUS_OK;
}

static const struct reload_kind kind = {
    .done = "loaded",
    .failed = "not loaded",
    .done_count = COUNTER_RELOADS_TLS,
    .failed_count = COUNTER_RELOADS_TLS_FAILED,
    .load = load,
};

/* What fails is counted and shown until it goes well; it is tried once for each change. */
static void test_reload(void **state)
{
    struct loads loads = {.fail = true};
    struct reload reload;
    struct reload_facts facts;
    (void)state;
    assert_int_equal(reload_init(&reload, &kind, &loads, files, 2), STATUS_OK);
    reload_step(&reload, false);
    assert_int_equal(loads.count, 0);
    write_file(paths[0], "changed");
    reload_step(&reload, false);
    assert_int_equal(loads.count, 0);
    reload_step(&reload, false);
    reload_step(&reload, false);
    assert_int_equal(loads.count, 1);
    reload_facts(&reload, &facts);
    assert_true(facts.used && facts.failing);
    assert_string_equal(facts.error, "it is wrong");
    assert_int_equal(counters_get(COUNTER_RELOADS_TLS_FAILED), 1);

    loads.fail = false;
    reload_step(&reload, true);
    assert_int_equal(loads.count, 2);
    reload_facts(&reload, &facts);
    assert_false(facts.failing);
    assert_string_equal(facts.error, "");
    assert_int_equal(counters_get(COUNTER_RELOADS_TLS), 1);
    reload_fini(&reload);
}

/* Where no files are named, nothing is loaded, not even by force. */
static void test_unused(void **state)
{
    struct loads loads = {.count = 0};
    struct reload reload;
    struct reload_facts facts;
    (void)state;
    assert_int_equal(reload_init(&reload, &kind, &loads, files, 0), STATUS_OK);
    reload_step(&reload, true);
    assert_int_equal(loads.count, 0);
    reload_facts(&reload, &facts);
    assert_false(facts.used);
    reload_fini(&reload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),   cmocka_unit_test(test_settles),
        cmocka_unit_test(test_take),   cmocka_unit_test(test_other_file),
        cmocka_unit_test(test_reload), cmocka_unit_test(test_unused),
    };
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(paths[i], sizeof(paths[i]), "%s/%zu", folder, i);
        write_file(paths[i], "first");
        files[i] = slice_from(paths[i]);
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(paths[0]);
    (void)unlink(paths[1]);
    (void)rmdir(folder);
    return failed;
}
