/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"

#include "lib/cm.h"

#include <math.h>

/* Commas and colons come where they belong, at every level. */
static void structure(void **state)
{
    (void)state;
    struct buf buf;
    struct json_write writer;

    buf_init_growing(&buf, 1000);
    json_write_init(&writer, &buf);
    json_write_object_begin(&writer);
    json_write_member_u64(&writer, SLICE("a"), 1);
    json_write_member_array(&writer, SLICE("b"));
    json_write_array_begin(&writer);
    json_write_array_end(&writer);
    json_write_object_begin(&writer);
    json_write_object_end(&writer);
    json_write_null(&writer);
    json_write_bool(&writer, true);
    json_write_array_end(&writer);
    json_write_member_object(&writer, SLICE("c"));
    json_write_member_string(&writer, SLICE("d"), SLICE("e"));
    json_write_object_end(&writer);
    json_write_member_bool(&writer, SLICE("f"), false);
    json_write_member_i64(&writer, SLICE("g"), -1);
    json_write_member_u64_text(&writer, SLICE("h"), UINT64_MAX);
    json_write_member_null(&writer, SLICE("i"));
    json_write_key(&writer, SLICE("j"));
    json_write_raw(&writer, SLICE("[1]"));
    json_write_object_end(&writer);
    json_write_finish(&writer);
    assert_slice(buf_bytes(&buf),
                 "{\"a\":1,\"b\":[[],{},null,true],\"c\":{\"d\":\"e\"},\"f\":false,\"g\":-1,"
                 "\"h\":\"18446744073709551615\",\"i\":null,\"j\":[1]}");
    buf_fini(&buf);
}

/* Scalars of every kind. */
static void scalars(void **state)
{
    (void)state;
    struct buf buf;
    struct json_write writer;

    buf_init_growing(&buf, 1000);
    json_write_init(&writer, &buf);
    json_write_array_begin(&writer);
    json_write_i64(&writer, INT64_MIN);
    json_write_i64_text(&writer, INT64_MIN);
    json_write_scaled(&writer, 147156000, 6);
    json_write_double(&writer, 0.1, JSON_NONFINITE_NULL);
    json_write_double(&writer, (double)NAN, JSON_NONFINITE_NULL);
    json_write_double(&writer, (double)NAN, JSON_NONFINITE_TEXT);
    json_write_double(&writer, -(double)INFINITY, JSON_NONFINITE_TEXT);
    json_write_hex(&writer, SLICE("\x0a\xff"));
    json_write_base64(&writer, SLICE("foob"));
    json_write_printf(&writer, "%d\"", 3);
    json_write_array_end(&writer);
    assert_slice(buf_bytes(&buf),
                 "[-9223372036854775808,\"-9223372036854775808\",147.156,0.1,null,\"NaN\","
                 "\"-Infinity\",\"0aff\",\"Zm9vYg==\",\"3\\\"\"]");
    buf_fini(&buf);
}

/* Text is escaped, and what is not UTF-8 is replaced. */
static void escaping(void **state)
{
    (void)state;
    struct buf buf;
    struct json_write writer;

    buf_init_growing(&buf, 1000);
    json_write_init(&writer, &buf);
    json_write_string(&writer, SLICE("\"\\/\n\r\t\b\x01\x1f\x7f\0 \xc3\xa4\xff<"));
    assert_slice(buf_bytes(&buf), "\"\\\"\\\\/\\n\\r\\t\\u0008\\u0001\\u001f\\u007f\\u0000 "
                                  "\xc3\xa4\xef\xbf\xbd<\"");
    buf_fini(&buf);
}

/* Running out of room is told by the buf, not by a crash. */
static void out_of_room(void **state)
{
    (void)state;
    for (size_t size = 0; size < 20; size++) {
        unsigned char memory[20];
        struct buf buf;
        struct json_write writer;
        buf_init_fixed(&buf, memory, size);
        json_write_init(&writer, &buf);
        json_write_array_begin(&writer);
        json_write_string(&writer, SLICE("a\nb"));
        json_write_u64(&writer, 1234567);
        json_write_array_end(&writer);
        json_write_finish(&writer);
        assert_int_equal(buf_overflowed(&buf), size < 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure),
        cmocka_unit_test(scalars),
        cmocka_unit_test(escaping),
        cmocka_unit_test(out_of_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
