/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_json.h"

#include "lib/every.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct record {
    struct slice text;
    struct cli_number number;
    uint64_t instant_ns;
    bool flag;
    struct slice money;
    struct slice raw;
};

static const struct cli_json_field fields[] = {
    CLI_JSON_FIELD(record, "text", CLI_JSON_TEXT, text),
    CLI_JSON_FIELD(record, "number", CLI_JSON_NUMBER, number),
    CLI_JSON_FIELD(record, "instant", CLI_JSON_INSTANT, instant_ns),
    CLI_JSON_FIELD(record, "flag", CLI_JSON_FLAG, flag),
    CLI_JSON_FIELD(record, "money", CLI_JSON_MONEY, money),
    CLI_JSON_FIELD(record, "raw", CLI_JSON_RAW, raw),
};

static unsigned char memory[65536];
static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    return 0;
}

static bool read(const char *json, struct record *record)
{
    *record = (struct record){.flag = false};
    return cli_json_object(slice_from(json), fields, 6, record, &arena);
}

/* Every kind of member is read, and what is not in the table is skipped. */
static void members_are_read(void **state)
{
    (void)state;
    struct record record;
    assert_true(read("{\"other\":[{}],\"text\":\"a\\u0062\",\"number\":1.5,\"instant\":\"17\","
                     "\"flag\":true,\"money\":{\"mb_ms\":1,\"amount\":\"0.5\"},\"raw\":[1, 2]}",
                     &record));
    assert_true(slice_equal(record.text, SLICE("ab")));
    assert_true(record.number.known && record.number.value > 1.4 && record.number.value < 1.6);
    assert_int_equal(record.instant_ns, 17);
    assert_true(record.flag);
    assert_true(slice_equal(record.money, SLICE("0.5")));
    assert_true(slice_equal(record.raw, SLICE("[1, 2]")));
    assert_true(read("{\"money\":\"0.25\",\"text\":\"\"}", &record));
    assert_true(slice_equal(record.money, SLICE("0.25")));
    assert_non_null(record.text.base);
}

/* Null, another type and nothing are all unknown; what is no object is refused. */
static void the_rest_is_unknown(void **state)
{
    (void)state;
    static const char nulls[] = "{\"text\":null,\"number\":null,\"instant\":null,\"flag\":null,"
                                "\"money\":null,\"raw\":null}";
    static const char others[] =
        "{\"text\":7,\"number\":\"7\",\"instant\":7,\"flag\":7,\"money\":7}";
    static const char *const jsons[] = {"{}", nulls, others, "{\"instant\":\"-1\",\"money\":{}}"};
    for (size_t i = 0; i < sizeof(jsons) / sizeof(*jsons); i++) {
        struct record record;
        assert_true(read(jsons[i], &record));
        assert_null(record.text.base);
        assert_false(record.number.known);
        assert_int_equal(record.instant_ns, 0);
        assert_false(record.flag);
        assert_null(record.money.base);
        assert_null(record.raw.base);
    }
    static const char *const bad[] = {"", "[]", "7", "null", "{", "{}x", "{\"text\":}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct record record;
        assert_false(read(bad[i], &record));
    }
}

/* Lists of objects become rows; elements that are none are left out. */
static void lists_become_rows(void **state)
{
    (void)state;
    size_t count = 0;
    const struct record *rows = cli_json_rows(SLICE(" [ {\"text\":\"a\"}, 7 ,[],{\"text\":\"b\"}]"),
                                              fields, 6, sizeof(struct record), &count, &arena);
    assert_int_equal(count, 2);
    assert_true(slice_equal(rows[1].text, SLICE("b")));
    assert_int_equal(cli_json_count(SLICE("[1,[2,3],{\"a\":4}]")), 3);
    static const char *const empty[] = {"", "[]", "{}", "7", "null", "[,]"};
    for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++) {
        assert_int_equal(cli_json_count(slice_from(empty[i])), 0);
    }
}

static void read_anything(struct slice input, void *context)
{
    (void)context;
    struct record record = {.flag = false};
    size_t count = 0;
    begin(NULL);
    (void)cli_json_object(input, fields, 6, &record, &arena);
    (void)cli_json_rows(record.raw, fields, 6, sizeof(record), &count, &arena);
    (void)cli_json_text(input, &arena);
}

/* No damage makes the reader touch what it must not. */
static void damage_is_read_safely(void **state)
{
    (void)state;
    every_damage(SLICE("{\"raw\":[{\"text\":\"a\\u00e9\"},{\"money\":{\"amount\":\"1\"}}],"
                       "\"number\":1e9,\"instant\":\"99\",\"flag\":false}"),
                 read_anything, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(members_are_read, begin),
        cmocka_unit_test_setup(the_rest_is_unknown, begin),
        cmocka_unit_test_setup(lists_become_rows, begin),
        cmocka_unit_test_setup(damage_is_read_safely, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
