/* SPDX-License-Identifier: Apache-2.0 */

/* The small parts: rows of CSV, strings of JSON, members of objects, prefixes, paths, archives. */
#include "intake/csv.h"
#include "intake/marked.h"
#include "intake/object.h"
#include "intake/origin.h"
#include "intake/prefix.h"
#include "intake/tar.h"
#include "intake/teller.h"
#include "intake/unescape.h"

#include "base/utf8.h"
#include "lib/cm.h"
#include "lib/every.h"

#include <stdio.h>
#include <string.h>

#define STREAM "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"

/* ---- CSV. ---- */

static void row_is(const char *text, const char *fields, size_t size)
{
    struct csv_field memory[8];
    struct csv_row row = {.fields = memory, .room = 8};
    struct buf out, joined;
    buf_init_growing(&out, 1000);
    buf_init_growing(&joined, 1000);
    assert_int_equal(csv_read(slice_from(text), ',', true, &row), CSV_OK);
    for (size_t i = 0; i < row.count; i++) {
        buf_append_text(&joined, i == 0 ? "" : "|");
        buf_append(&joined, csv_text(&memory[i], &out));
    }
    assert_slice(buf_bytes(&joined), fields);
    assert_int_equal(row.size, size);
    buf_fini(&joined);
    buf_fini(&out);
}

static void test_csv(void **state)
{
    (void)state;
    row_is("a,b\nc", "a|b", 4);
    row_is("a,b\r\nc", "a|b", 5);
    row_is("\"a,\"\"b\"\"\n\",c", "a,\"b\"\n|c", 12);
    row_is("\"\",,\n", "||", 5);
    row_is("\"a\"junk,b", "a|b", 9);
    row_is("a\"b,c", "a\"b|c", 5);
    row_is("0123456789012345678901234567890123456789,x\n",
           "0123456789012345678901234567890123456789|x", 43);
    row_is("\"\"\"\"", "\"", 4);
}

static void visit_csv(struct slice input, void *context)
{
    struct csv_field memory[3];
    struct csv_row row = {.fields = memory, .room = 3};
    (void)context;
    for (unsigned last = 0; last < 2 && input.size > 0; last++) {
        enum csv_answer answer = csv_read(input, ',', last == 1, &row);
        if (answer != CSV_MORE) {
            assert_true(row.size > 0 && row.size <= input.size);
            assert_true(row.count > 0 && row.count <= 3);
        }
    }
}

static void visit_marked(struct slice input, void *context)
{
    struct csv_field memory[4];
    struct csv_row row = {.fields = memory, .room = 4};
    (void)context;
    for (unsigned last = 0; last < 2 && input.size > 0; last++) {
        enum csv_answer answer = marked_read(input, last == 1, &row);
        assert_true(answer != CSV_MORE || last == 0);
        if (answer != CSV_MORE) {
            assert_true(row.size > 0 && row.size <= input.size && row.count <= 4);
            marked_join(&row, 2, 1);
        }
    }
}

/* A table in text stays within it, and bars more than its header has are its message's. */
static void test_marked(void **state)
{
    static const char text[] = "| a | b | c\nd | e |\n";
    struct csv_field memory[4];
    struct csv_row row = {.fields = memory, .room = 4};
    (void)state;
    every_damage(slice_from(text), visit_marked, NULL);
    for (size_t size = 1; size < sizeof(text) - 1; size++) {
        assert_int_equal(marked_read(slice_of(text, size), false, &row), CSV_MORE);
    }
    assert_int_equal(marked_read(slice_from(text), false, &row), CSV_OK);
    assert_int_equal(row.count, 4);
    marked_join(&row, 3, 1);
    assert_int_equal(row.count, 3);
    assert_slice(memory[1].raw, "b | c\nd");
    assert_slice(memory[2].raw, "e");
    assert_true(marked_is_rule(SLICE("|---|:--:|\r\n")));
    assert_false(marked_is_rule(SLICE("| - | a |")));
}

/* What a row is does not depend on what follows it, and a cut one asks for more. */
static void test_csv_damage(void **state)
{
    static const char text[] = "ab,\"c\"\"d\ne\",\"f\"\n";
    struct csv_field memory[3];
    struct csv_row row = {.fields = memory, .room = 3};
    (void)state;
    every_damage(slice_from(text), visit_csv, NULL);
    for (size_t size = 1; size < sizeof(text) - 1; size++) {
        assert_int_equal(csv_read(slice_of(text, size), ',', false, &row), CSV_MORE);
    }
    assert_int_equal(csv_read(slice_from(text), ',', false, &row), CSV_OK);
    row.room = 2;
    assert_int_equal(csv_read(slice_from(text), ',', false, &row), CSV_WIDE);
}

/* ---- JSON. ---- */

static void visit_string(struct slice input, void *context)
{
    struct json_read reader;
    struct json_string string;
    struct buf out, wanted;
    (void)context;
    json_read_init(&reader, input, 1);
    if (json_read_string(&reader, &string) != JSON_GOT) {
        return;
    }
    buf_init_growing(&out, 1000);
    buf_init_growing(&wanted, 1000);
    json_string_decode(string, &wanted);
    struct buf seen;
    buf_init_growing(&seen, 1000);
    struct slice text = unescape(string, &out);
    utf8_sanitise(text, &seen);
    assert_int_equal(seen.size, wanted.size);
    assert_true(slice_equal(buf_bytes(&seen), buf_bytes(&wanted)));
    buf_fini(&seen);
    buf_fini(&wanted);
    buf_fini(&out);
}

/* Strings become what the house's slower reader makes of them. */
static void test_unescape(void **state)
{
    (void)state;
    every_damage(SLICE("\"a\\n\\\"\\\\\\/\\b\\f\\r\\t\\u00e4\\ud83d\\ude00\\ud83d\\u0041x\""),
                 visit_string, NULL);
}

/* Every known member is found, and nothing like it. */
static void test_keys(void **state)
{
    static const char *const names[] = {
#define OBJECT_KEY(name, text) text,
#include "intake/object.def"
#undef OBJECT_KEY
    };
    (void)state;
    for (unsigned i = 0; i < OBJECT_KEY_COUNT; i++) {
        struct json_string name = {.raw = slice_from(names[i])};
        assert_int_equal(object_key(name), i);
        name.raw.size--;
        assert_true(object_key(name) != i);
        assert_true(i == 0 || strlen(names[i]) >= strlen(names[i - 1]));
    }
    for (size_t size = 0; size < 60; size++) {
        char text[60];
        memset(text, 'x', sizeof(text));
        struct json_string name = {.raw = slice_of(text, size)};
        assert_int_equal(object_key(name), OBJECT_KEY_COUNT);
    }
}

/* ---- Lines. ---- */

static void prefix_is(enum prefix_form form, const char *line, const char *group,
                      const char *stream, const char *time, const char *message)
{
    struct prefix prefix;
    struct moment_minute minute = {.begin_ns = 0};
    assert_true(prefix_read(form, slice_from(line), &minute, &prefix));
    assert_slice(prefix.group, group);
    assert_slice(prefix.stream, stream);
    assert_slice(prefix.time, time);
    assert_slice(slice_skip(slice_from(line), prefix.size), message);
}

static void test_prefix(void **state)
{
    struct prefix prefix;
    struct moment_minute minute = {.begin_ns = 0};
    (void)state;
    prefix_is(PREFIX_TIME, "2026-11-23T14:53:25.123Z hello", "", "", "2026-11-23T14:53:25.123Z",
              "hello");
    prefix_is(PREFIX_TIME, "1795445605123\thello", "", "", "1795445605123", "hello");
    prefix_is(PREFIX_TIME, "2026-11-23T14:53:25.123Z", "", "", "2026-11-23T14:53:25.123Z", "");
    prefix_is(PREFIX_GROUP_STREAM, "g " STREAM " m", "g", STREAM, "", "m");
    prefix_is(PREFIX_STREAM_TIME, STREAM "\t1795445605123\tm\tn", "", STREAM, "1795445605123",
              "m\tn");
    assert_false(prefix_read(PREFIX_TIME, SLICE("2026-11-23 14:53:25 INFO x"), &minute, &prefix));
    assert_false(prefix_read(PREFIX_TIME, SLICE("2026-11-23T14:53:25.123Zx"), &minute, &prefix));
    assert_false(prefix_read(PREFIX_TIME, SLICE("17954456051234 x"), &minute, &prefix));
    assert_false(prefix_read(PREFIX_STREAM, SLICE("2026/11/23 14:53:25 x"), &minute, &prefix));
}

/* ---- Names. ---- */

static void test_origin(void **state)
{
    struct origin origin;
    (void)state;
    origin_read(SLICE("b/exportedlogs/1-2/2026-11-23-[$LATEST]ab-cd/000001.gz"), &origin);
    assert_slice(origin.stream, "2026/11/23/[$LATEST]ab-cd");
    assert_slice(origin.group, "");
    assert_slice(origin.function, "");
    origin_read(SLICE("s3/aws/lambda/check-out/1-2/2026-11-23-check-out[3]ab/000001.gz"), &origin);
    assert_slice(origin.stream, "2026/11/23/check-out[3]ab");
    assert_slice(origin.group, "/aws/lambda/check-out");
    origin_read(SLICE("logs/checkout.json.gz"), &origin);
    assert_slice(origin.stream, "");
    assert_slice(origin.function, "checkout");
    origin_read(SLICE("-"), &origin);
    assert_slice(origin.function, "");
    origin_read(SLICE(""), &origin);
    assert_slice(origin.function, "");
    origin_read(SLICE("2026-11-23-[$LATEST]ab"), &origin);
    assert_slice(origin.stream, "");
}

/* Groups of other services are none of a function's, unless the stream is Lambda's. */
static void test_foreign(void **state)
{
    (void)state;
    assert_null(teller_foreign(SLICE("/aws/lambda/a"), SLICE("anything")));
    assert_null(teller_foreign(SLICE("my-group"), SLICE("anything")));
    assert_null(teller_foreign(SLICE(""), SLICE("")));
    assert_null(teller_foreign(SLICE("/aws/vendedlogs/x"), SLICE("2026/11/23/f[$LATEST]ab")));
    assert_non_null(teller_foreign(SLICE("/aws/vendedlogs/x"), SLICE("states/1")));
    assert_non_null(teller_foreign(SLICE("/aws/rds/x"), SLICE("db")));
    assert_non_null(teller_foreign(SLICE("/aws/anything/x"), SLICE("1")));
    assert_non_null(teller_foreign(SLICE("/aws/lambda-insights"), SLICE("checkout")));
    assert_non_null(teller_foreign(SLICE("flows"), SLICE("eni-0123-all")));
    assert_non_null(teller_foreign(SLICE(""), SLICE("1_CloudTrail_us-east-1")));
}

/* ---- Archives. ---- */

static void visit_tar(struct slice input, void *context)
{
    static struct tar tar;
    struct slice data;
    size_t bytes = 0;
    (void)context;
    tar_init(&tar);
    for (unsigned steps = 0;; steps++) {
        assert_true(steps < 100);
        enum tar_step step = tar_read(&tar, &input, &data);
        if (step == TAR_MORE) {
            break;
        }
        if (step == TAR_BYTES) {
            bytes += data.size;
        }
        assert_true(tar_name(&tar).size <= INTAKE_PATH_SIZE_MAX);
    }
    assert_int_equal(input.size, 0);
    assert_true(bytes < 2000);
}

/* An archive that is damaged at any byte of its header is read or refused, never beyond its end. */
static void test_tar(void **state)
{
    static unsigned char archive[3 * TAR_BLOCK_SIZE];
    unsigned sum = 0;
    (void)state;
    memcpy(archive, "a/b.json", 8);
    memcpy(archive + 124, "00000000005", 11);
    memcpy(archive + 257, "ustar\00000", 8);
    archive[156] = '0';
    memset(archive + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK_SIZE; i++) {
        sum += archive[i];
    }
    char text[8];
    snprintf(text, sizeof(text), "%06o", sum);
    memcpy(archive + 148, text, 7);
    memcpy(archive + TAR_BLOCK_SIZE, "hello", 5);
    assert_true(tar_is_header(slice_of(archive, TAR_BLOCK_SIZE)));
    assert_false(tar_is_header(slice_of(archive, TAR_BLOCK_SIZE - 1)));
    every_prefix(slice_of(archive, sizeof(archive)), visit_tar, NULL);
    every_byte_change(slice_of(archive, TAR_BLOCK_SIZE), visit_tar, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),    cmocka_unit_test(test_csv_damage),
        cmocka_unit_test(test_marked), cmocka_unit_test(test_unescape),
        cmocka_unit_test(test_keys),   cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_origin), cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_tar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
