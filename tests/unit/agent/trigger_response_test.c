/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/response_read.h"

#include "lib/cm.h"

#include <string.h>

static unsigned code(struct slice answer, size_t piece)
{
    struct response_read reader;
    response_read_init(&reader);
    uint64_t size = answer.size;
    while (answer.size > 0) {
        response_read_feed(&reader, slice_take(answer, piece));
        answer = slice_skip(answer, piece);
    }
    assert_true(reader.size == size);
    return response_read_end(&reader);
}

/* The status code is found wherever it stands at the top, and nowhere else. */
static void finds(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        unsigned code;
    } rows[] = {
        {"{\"statusCode\":200,\"body\":\"x\"}", 200},
        {" { \"body\" : \"{\\\"statusCode\\\":500}\" , \"statusCode\" : \"404\" } ", 404},
        {"{\"headers\":{\"statusCode\":500},\"statusCode\":302}", 302},
        {"{\"statusCode\":200.5}", 0},
        {"{\"statusCode\":99}", 0},
        {"{\"statusCode\":100}", 100},
        {"{\"statusCode\":599}", 599},
        {"{\"statusCode\":600}", 0},
        {"{\"statusCode\":null}", 0},
        {"{\"body\":{\"statusCode\":200}}", 0},
        {"[{\"statusCode\":200}]", 0},
        {"\"statusCode\"", 0},
        {"statusCode: 200", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t piece = 1; piece < 60; piece++) {
            assert_int_equal(code(slice_from(rows[i].answer), piece), rows[i].code);
        }
    }
}

/* A streamed answer begins with a prelude, eight zeros, and then whatever it is. */
static void prelude(void **state)
{
    (void)state;
    static const char answer[] =
        "{\"statusCode\":201,\"cookies\":[]}\0\0\0\0\0\0\0\0{\"statusCode\":500}";
    for (size_t piece = 1; piece < sizeof(answer); piece++) {
        assert_int_equal(code(slice_of(answer, sizeof(answer) - 1), piece), 201);
    }
}

/* Nothing beyond the limit is read. */
static void limit(void **state)
{
    (void)state;
    static char answer[RESPONSE_PREFIX_MAX + 64];
    for (size_t over = 0; over < 3; over++) {
        /* The last byte that matters is the one behind the number. */
        size_t at = RESPONSE_PREFIX_MAX - strlen("\"statusCode\":200,") - 1 + over;
        memset(answer, ' ', sizeof(answer));
        answer[0] = '{';
        memcpy(answer + at, "\"statusCode\":200,", strlen("\"statusCode\":200,"));
        assert_int_equal(code(slice_of(answer, sizeof(answer)), 1000), over <= 1 ? 200 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds), cmocka_unit_test(prelude),
                                       cmocka_unit_test(limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
