/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"

#include "lib/cm.h"

static struct json_string read_string(const char *text)
{
    struct json_read reader;
    struct json_string string = {.escaped = false};

    json_read_init(&reader, slice_from(text), 1);
    assert_int_equal(json_read_string(&reader, &string), JSON_GOT);
    assert_true(json_read_finish(&reader));
    return string;
}

/* Escapes, surrogate pairs, lone surrogates and invalid bytes decode to valid UTF-8. */
static void decoding(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *decoded;
    } cases[] = {
        {"\"\"", ""},
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e4\\u20AC\"", "A\xc3\xa4\xe2\x82\xac"},
        {"\"\\uD83D\\uDE00\"", "\xf0\x9f\x98\x80"},
        {"\"\\uD83D\"", "\xef\xbf\xbd"},
        {"\"\\uDE00x\"", "\xef\xbf\xbdx"},
        {"\"\\uD83D\\u0041\"", "\xef\xbf\xbd"
                               "A"},
        {"\"\\uD83D\\uD83D\\uDE00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
        {"\"\\uD83D\\n\"", "\xef\xbf\xbd\n"},
        {"\"a\xff\\n\"", "a\xef\xbf\xbd\n"},
        {"\"a\xff\"", "a\xef\xbf\xbd"},
    };
    unsigned char memory[1024];
    struct arena arena;
    struct buf buf;

    buf_init_growing(&buf, 100);
    arena_init(&arena, memory, sizeof(memory));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_string string = read_string(cases[i].text);
        buf_reset(&buf);
        json_string_decode(string, &buf);
        assert_slice(buf_bytes(&buf), cases[i].decoded);
        if (slice_find_byte(string.raw, 0xff) == SLICE_NONE) {
            assert_slice(json_string_text(string, &arena), cases[i].decoded);
            assert_true(json_string_equal(string, slice_from(cases[i].decoded)));
        }
        assert_false(json_string_equal(string, SLICE("something else")));
    }
    assert_false(arena_overflowed(&arena));
    buf_fini(&buf);
}

/* An escaped NUL is a character like any other. */
static void escaped_nul(void **state)
{
    (void)state;
    assert_true(json_string_equal(read_string("\"a\\u0000b\""), SLICE("a\0b")));
    assert_false(json_string_equal(read_string("\"a\\u0000b\""), SLICE("a")));
    assert_false(json_string_equal(read_string("\"a\""), SLICE("a\0b")));
}

/* Comparing knows prefixes from the whole, either way round. */
static void prefixes(void **state)
{
    (void)state;
    assert_false(json_string_equal(read_string("\"\\u0061bc\""), SLICE("ab")));
    assert_false(json_string_equal(read_string("\"\\u0061b\""), SLICE("abc")));
    assert_true(json_string_equal(read_string("\"\\u0061bc\""), SLICE("abc")));
}

/* What has no escapes is not copied; what does not fit is empty, and the arena knows. */
static void memory_use(void **state)
{
    (void)state;
    struct arena arena;
    unsigned char memory[16];
    struct json_string plain = read_string("\"plain\"");

    arena_init(&arena, NULL, 0);
    assert_ptr_equal(json_string_text(plain, &arena).base, plain.raw.base);
    assert_false(arena_overflowed(&arena));
    assert_slice(json_string_text(read_string("\"\\n\""), &arena), "");
    assert_true(arena_overflowed(&arena));
    arena_init(&arena, memory, sizeof(memory));
    assert_slice(json_string_text(read_string("\"\\nx\""), &arena), "\nx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding),
        cmocka_unit_test(escaped_nul),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(memory_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
