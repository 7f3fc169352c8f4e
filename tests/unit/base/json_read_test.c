/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"

#include "lib/cm.h"
#include "lib/every.h"

#include <string.h>

static const char sample[] = " {\"a\": [1, -2.5e+3, true, false, null, {}, []], \"b\\u0063\": "
                             "\"x\\n\\\"\", \"d\":{\"e\":0}} ";

/* The tokens of a text, one letter each. */
static void tokens(struct slice text, char *letters, size_t size)
{
    static const char names[] = "!.{}[]ksntfz";
    struct json_read reader;
    size_t used = 0;
    enum json_token token;

    json_read_init(&reader, text, JSON_DEPTH_MAX);
    do {
        token = json_read_next(&reader);
        assert_true(used + 1 < size);
        letters[used++] = names[token];
    } while (token != JSON_BAD && token != JSON_END);
    letters[used] = '\0';
}

/* Every kind of token comes in its order. */
static void all_tokens(void **state)
{
    (void)state;
    char letters[100];

    tokens(slice_from(sample), letters, sizeof(letters));
    assert_string_equal(letters, "{k[nntfz{}[]]ksk{kn}}.");
    tokens(SLICE("3"), letters, sizeof(letters));
    assert_string_equal(letters, "n.");
    tokens(SLICE(""), letters, sizeof(letters));
    assert_string_equal(letters, "!");
}

/* An error says where, why, and whether the text only ends too early. */
static void errors(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t at;
        bool truncated;
    } cases[] = {
        {"", 0, true},
        {"  ", 2, true},
        {"[1,", 3, true},
        {"[1,]", 3, false},
        {"{\"a\"", 4, true},
        {"{\"a\":1,}", 7, false},
        {"{a:1}", 1, false},
        {"\"ab", 3, true},
        {"\"a\tb\"", 2, false},
        {"\"\\x\"", 2, false},
        {"\"\\u12g4\"", 5, false},
        {"\"\\u12", 5, true},
        {"tru", 3, true},
        {"trux", 3, false},
        {"-", 1, true},
        {"-x", 1, false},
        {"1.", 2, true},
        {"1.e1", 2, false},
        {"1e", 2, true},
        {"01", 1, false},
        {"[1 2]", 3, false},
        {"[}", 1, false},
        {"{]", 1, false},
        {"1 1", 2, false},
        {"nul\xc3", 3, false},
        {"[\"a\":1]", 4, false},
        {"{\"a\" 1}", 5, false},
        {"\xef\xbb\xbf{}", 0, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_read reader;
        json_read_init(&reader, slice_from(cases[i].text), JSON_DEPTH_MAX);
        while (json_read_next(&reader) > JSON_END) {
        }
        if (reader.token != JSON_BAD || reader.error_at != cases[i].at ||
            reader.truncated != cases[i].truncated) {
            fail_msg("<%s>: at %zu, %s", cases[i].text, reader.error_at,
                     reader.reason != NULL ? reader.reason : "no error");
        }
        assert_non_null(reader.reason);
        assert_int_equal(json_read_next(&reader), JSON_BAD);
        assert_false(json_read_finish(&reader));
    }
}

static bool nests(unsigned depth, unsigned depth_max, char open, char close)
{
    char text[2 * JSON_DEPTH_MAX + 8];
    struct json_read reader;

    memset(text, open, depth);
    memset(text + depth, close, depth);
    json_read_init(&reader, slice_of(text, 2 * depth), depth_max);
    while (json_read_next(&reader) > JSON_END) {
    }
    return reader.token == JSON_END;
}

/* Nesting is allowed up to the limit and not one level more. */
static void depth_limit(void **state)
{
    (void)state;
    const unsigned limits[] = {1, 2, 63, 64, 65, 128, JSON_DEPTH_MAX};

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        assert_true(nests(limits[i], limits[i], '[', ']'));
        if (limits[i] < JSON_DEPTH_MAX) {
            assert_false(nests(limits[i] + 1, limits[i], '[', ']'));
        }
    }
    assert_false(nests(JSON_DEPTH_MAX + 1, JSON_DEPTH_MAX, '[', ']'));
}

/* Objects and arrays inside of each other close in the right order at every depth. */
static void mixed_nesting(void **state)
{
    (void)state;
    char text[JSON_DEPTH_MAX * 6];
    size_t used = 0;
    struct json_read reader;

    for (unsigned i = 0; i < JSON_DEPTH_MAX; i++) {
        const char *open = i % 3 == 0 ? "[" : "{\"\":";
        memcpy(text + used, open, strlen(open));
        used += strlen(open);
    }
    text[used++] = '1';
    for (unsigned i = JSON_DEPTH_MAX; i > 0; i--) {
        text[used++] = (i - 1) % 3 == 0 ? ']' : '}';
    }
    json_read_init(&reader, slice_of(text, used), JSON_DEPTH_MAX);
    json_read_skip(&reader);
    assert_true(json_read_finish(&reader));
    text[used - 7] = text[used - 7] == ']' ? '}' : ']';
    json_read_init(&reader, slice_of(text, used), JSON_DEPTH_MAX);
    json_read_skip(&reader);
    assert_int_equal(reader.error_at, used - 7);
}

/* By structure: members and elements come one by one, what is not wanted is skipped. */
static void by_structure(void **state)
{
    (void)state;
    struct json_read reader;
    struct json_string key;
    unsigned members = 0;
    unsigned elements = 0;

    json_read_init(&reader, slice_from(sample), JSON_DEPTH_MAX);
    assert_int_equal(json_read_object(&reader), JSON_GOT);
    while (json_read_member(&reader, &key)) {
        members++;
        if (json_string_equal(key, SLICE("a"))) {
            assert_int_equal(json_read_array(&reader), JSON_GOT);
            while (json_read_element(&reader)) {
                json_read_skip(&reader);
                elements++;
            }
        } else if (json_string_equal(key, SLICE("bc"))) {
            struct json_string value;
            assert_int_equal(json_read_string(&reader, &value), JSON_GOT);
            assert_true(json_string_equal(value, SLICE("x\n\"")));
        } else {
            struct slice raw;
            assert_int_equal(json_read_raw(&reader, &raw), JSON_GOT);
            assert_slice(raw, "{\"e\":0}");
        }
    }
    assert_int_equal(members, 3);
    assert_int_equal(elements, 7);
    assert_true(json_read_finish(&reader));
    assert_false(json_read_failed(&reader));
}

/* A value of another type is skipped as a whole, and nothing is stored. */
static void other_types(void **state)
{
    (void)state;
    struct json_read reader;
    struct json_string string = {.raw = SLICE("kept")};
    uint64_t u = 7;
    int64_t i = 7;
    double d = 7;
    bool b = true;

    json_read_init(&reader, SLICE("[[1,[2]],{\"a\":{}},null,\"x\",-1,1.5,1e400,3]"), 8);
    assert_int_equal(json_read_array(&reader), JSON_GOT);
    assert_int_equal(json_read_u64(&reader, &u), JSON_OTHER);
    assert_int_equal(json_read_string(&reader, &string), JSON_OTHER);
    assert_int_equal(json_read_string(&reader, &string), JSON_WAS_NULL);
    assert_int_equal(json_read_bool(&reader, &b), JSON_OTHER);
    assert_int_equal(json_read_u64(&reader, &u), JSON_OTHER);
    assert_int_equal(json_read_i64(&reader, &i), JSON_OTHER);
    assert_int_equal(json_read_double(&reader, &d), JSON_OTHER);
    assert_int_equal(json_read_object(&reader), JSON_OTHER);
    assert_false(json_read_element(&reader));
    assert_true(json_read_finish(&reader));
    assert_true(u == 7 && i == 7 && d == 7.0 && b);
    assert_slice(string.raw, "kept");
}

/* Numbers of every spelling become what they mean, and integers never pass through a double. */
static void numbers(void **state)
{
    (void)state;
    struct json_read reader;
    uint64_t u = 0;
    int64_t i = 0;
    double d = 0;

    json_read_init(&reader,
                   SLICE("[18446744073709551615,1.0,1e3,-9223372036854775808,9007199254740993,"
                         "147.156,0.5,-0]"),
                   8);
    assert_int_equal(json_read_array(&reader), JSON_GOT);
    assert_int_equal(json_read_u64(&reader, &u), JSON_GOT);
    assert_true(u == UINT64_MAX);
    assert_int_equal(json_read_u64(&reader, &u), JSON_GOT);
    assert_true(u == 1);
    assert_int_equal(json_read_i64(&reader, &i), JSON_GOT);
    assert_true(i == 1000);
    assert_int_equal(json_read_i64(&reader, &i), JSON_GOT);
    assert_true(i == INT64_MIN);
    assert_int_equal(json_read_i64(&reader, &i), JSON_GOT);
    assert_true(i == INT64_C(9007199254740993));
    assert_int_equal(json_read_scaled(&reader, 6, &i), JSON_GOT);
    assert_true(i == 147156000);
    assert_int_equal(json_read_double(&reader, &d), JSON_GOT);
    assert_true(d == 0.5);
    assert_int_equal(json_read_u64(&reader, &u), JSON_GOT);
    assert_true(u == 0);
}

/* A text that breaks off inside of a loop ends the loop and is told at the end. */
static void broken_loops(void **state)
{
    (void)state;
    struct json_read reader;
    struct json_string key;
    unsigned members = 0;

    json_read_init(&reader, SLICE("{\"a\":[1,2"), 8);
    assert_int_equal(json_read_object(&reader), JSON_GOT);
    while (json_read_member(&reader, &key)) {
        members++;
        json_read_skip(&reader);
    }
    assert_int_equal(members, 1);
    assert_true(json_read_failed(&reader));
    assert_true(reader.truncated);
    uint64_t u;
    assert_int_equal(json_read_u64(&reader, &u), JSON_ERROR);
    assert_false(json_read_element(&reader));
}

/* A caller may find a text wrong himself. */
static void caller_fails(void **state)
{
    (void)state;
    struct json_read reader;

    json_read_init(&reader, SLICE("[1,22]"), 8);
    json_read_next(&reader);
    json_read_next(&reader);
    json_read_next(&reader);
    json_read_fail(&reader, "too many");
    assert_int_equal(json_read_next(&reader), JSON_BAD);
    assert_string_equal(reader.reason, "too many");
    assert_int_equal(reader.error_at, 3);
    assert_false(reader.truncated);
}

/* Peeking does not consume. */
static void peeking(void **state)
{
    (void)state;
    struct json_read reader;

    json_read_init(&reader, SLICE("[1]"), 8);
    assert_int_equal(json_read_peek(&reader), JSON_ARRAY_BEGIN);
    assert_int_equal(json_read_peek(&reader), JSON_ARRAY_BEGIN);
    assert_int_equal(json_read_next(&reader), JSON_ARRAY_BEGIN);
    assert_int_equal(json_read_next(&reader), JSON_NUMBER);
    assert_int_equal(json_read_next(&reader), JSON_ARRAY_END);
    assert_int_equal(json_read_peek(&reader), JSON_END);
    assert_true(json_read_finish(&reader));
}

static void read_all(struct slice input, void *context)
{
    struct json_read reader;
    size_t before = 0;

    (void)context;
    json_read_init(&reader, input, 16);
    while (json_read_next(&reader) > JSON_END) {
        assert_true(reader.token_at >= before && reader.position > reader.token_at);
        before = reader.token_at;
    }
    if (reader.token == JSON_BAD) {
        assert_true(reader.error_at <= input.size);
        assert_int_equal(reader.truncated, reader.error_at == input.size);
    }
}

static void prefix_is_truncated(struct slice input, void *context)
{
    struct json_read reader;
    size_t whole = *(const size_t *)context;

    json_read_init(&reader, input, 16);
    while (json_read_next(&reader) > JSON_END) {
    }
    if (input.size + 1 < whole) { /* The last byte is a space. */
        assert_int_equal(reader.token, JSON_BAD);
        assert_true(reader.truncated);
    } else {
        assert_int_equal(reader.token, JSON_END);
    }
}

/* Every prefix is called truncated; every damage is read to an end within the text. */
static void damage(void **state)
{
    (void)state;
    size_t size = strlen(sample);

    every_prefix(slice_from(sample), prefix_is_truncated, &size);
    every_damage(slice_from(sample), read_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_tokens),   cmocka_unit_test(errors),
        cmocka_unit_test(depth_limit),  cmocka_unit_test(mixed_nesting),
        cmocka_unit_test(by_structure), cmocka_unit_test(other_types),
        cmocka_unit_test(numbers),      cmocka_unit_test(broken_loops),
        cmocka_unit_test(caller_fails), cmocka_unit_test(peeking),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
