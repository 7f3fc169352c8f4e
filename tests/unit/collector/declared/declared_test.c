/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/declared.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static unsigned char memory[1 << 16];
static unsigned char error_memory[4096];

static enum status read_text(const char *text, struct declared *declared, struct buf *errors)
{
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    buf_init_fixed(errors, error_memory, sizeof(error_memory));
    return declared_read(slice_from(text), "f.yml", &arena, errors, declared);
}

static void assert_text(struct slice text, const char *expected)
{
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.base, expected, text.size);
}

static void all_of_it(void **state)
{
    (void)state;
    struct declared declared;
    struct buf errors;
    assert_int_equal(read_text("savings_plan_percent: 12\n"
                               "functions:\n"
                               "  - function: checkout\n"
                               "    labels: {team: payments, tier: \"1\"}\n"
                               "    ephemeral_storage_mb: 2048\n"
                               "    provisioned:\n"
                               "      - instances: 10\n"
                               "        memory_mb: 1536\n"
                               "        from: 2026-11-01\n"
                               "        to: 2026-11-01T08:00:00Z\n"
                               "    snapshots:\n"
                               "      - {size_mb: 1024, from: 2026-11-01T01:00:00Z}\n"
                               "  - function: check*\n"
                               "    labels: {team: others}\n",
                               &declared, &errors),
                     STATUS_OK);
    assert_int_equal(declared.savings_percent, 12);
    assert_int_equal(declared.function_count, 2);
    const struct declared_function *function = declared_of(&declared, SLICE("checkout"));
    assert_ptr_equal(function, &declared.functions[0]);
    assert_text(declared_label_of(function, SLICE("tier")), "1");
    assert_int_equal(function->storage_mb, 2048);
    assert_int_equal(function->provisioned[0].instances, 10);
    assert_int_equal(function->provisioned[0].memory_mb, 1536);
    assert_int_equal(function->provisioned[0].to_ns - function->provisioned[0].from_ns,
                     INT64_C(28800000000000));
    assert_int_equal(function->snapshots[0].size_mb, 1024);
    assert_int_equal(function->snapshots[0].to_ns, DECLARED_NO_END);
    assert_text(declared_label_of(declared_of(&declared, SLICE("checkouts")), SLICE("team")),
                "others");
    assert_null(declared_of(&declared, SLICE("chec")));
    assert_text(declared_label_of(NULL, SLICE("team")), "");
    assert_true(declared_has_label(&declared, SLICE("tier")));
    assert_false(declared_has_label(&declared, SLICE("Tier")));
}

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"- a\n", "f.yml:1:1: the file is a map with functions, and savings_plan_percent\n"},
        {"function: []\n",
         "f.yml:1:1: there is no field 'function' here, only: functions savings_plan_percent\n"},
        {"savings_plan_percent: 100\n",
         "f.yml:1:23: savings_plan_percent is a whole number from 0 to 99\n"},
        {"functions:\n  - labels: {team: a}\n",
         "f.yml:2:5: say whose entry it is: function: NAME, or the beginning of names and *\n"},
        {"functions:\n  - {function: a, ephemeral_storage_mb: 511}\n",
         "f.yml:2:41: ephemeral_storage_mb is a whole number from 512 to 10240\n"},
        {"functions:\n  - {function: a, labels: {version: a}}\n",
         "f.yml:2:28: costs are grouped by version already: give the label another name\n"},
        {"functions:\n  - {function: a, labels: [team]}\n",
         "f.yml:2:19: labels is a map of names and values\n"},
        {"functions:\n  - {function: a, provisioned: [{instances: 1, from: 2026-11-01}]}\n",
         "f.yml:2:33: say how many instances, and of which memory_mb\n"},
        {"functions:\n  - {function: a, provisioned: [{instances: 1, memory_mb: 128}]}\n",
         "f.yml:2:33: it has a beginning: write from: 2026-11-27T08:00:00Z\n"},
        {"functions:\n  - {function: a, snapshots: [{size_mb: 1, from: 2026-11-02, to: "
         "2026-11-01}]}\n",
         "f.yml:2:31: its end is before its beginning\n"},
        {"functions:\n  - {function: a, snapshots: [{size_mb: 1, from: tomorrow}]}\n",
         "f.yml:2:44: from is a time such as 2026-11-27T08:00:00Z, or a day\n"
         "f.yml:2:31: it has a beginning: write from: 2026-11-27T08:00:00Z\n"},
        {"functions:\n  - {function: a*, snapshots: [{size_mb: 1, from: 2026-11-02}]}\n",
         "f.yml:2:5: instances and snapshots are kept for one function: write its whole name\n"},
        {"functions: [a]\n",
         "f.yml:1:13: an entry of functions is a map that begins with function: NAME\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct declared declared;
        struct buf errors;
        assert_int_equal(read_text(cases[i].text, &declared, &errors), STATUS_BAD);
        assert_text(buf_bytes(&errors), cases[i].error);
    }
}

static void nothing_is_fine(void **state)
{
    (void)state;
    struct declared declared;
    struct buf errors;
    assert_int_equal(read_text("", &declared, &errors), STATUS_OK);
    assert_int_equal(declared.function_count, 0);
    struct declared *loaded = NULL;
    assert_int_equal(declared_load(&loaded, SLICE_EMPTY, &errors), STATUS_OK);
    assert_null(declared_of(loaded, SLICE("a")));
    declared_free(loaded);
}

static void a_file(void **state)
{
    (void)state;
    struct declared *loaded = NULL;
    struct buf errors;
    char path[] = "/tmp/declared-XXXXXX";
    int file = mkstemp(path);
    static const char text[] = "functions: [{function: a, labels: {team: b}}]\n";
    assert_int_equal(write(file, text, sizeof(text) - 1), sizeof(text) - 1);
    (void)close(file);
    buf_init_fixed(&errors, error_memory, sizeof(error_memory));
    assert_int_equal(declared_load(&loaded, slice_from(path), &errors), STATUS_OK);
    assert_text(declared_label_of(declared_of(loaded, SLICE("a")), SLICE("team")), "b");
    declared_free(loaded);
    (void)unlink(path);
    assert_int_equal(declared_load(&loaded, SLICE("/nowhere/f.yml"), &errors), STATUS_IO);
    assert_text(buf_bytes(&errors), "/nowhere/f.yml: No such file or directory\n");
    assert_null(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(nothing_is_fine),
        cmocka_unit_test(a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
