/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/flat.h"

#include "intake/intake_limits.h"
#include "lib/cm.h"
#include "lib/every.h"

#include <stdio.h>

static void assert_same_value(const struct object_value *one, const struct object_value *other)
{
    assert_int_equal(one->token, other->token);
    assert_ptr_equal(one->string.raw.base, other->string.raw.base);
    assert_int_equal(one->string.raw.size, other->string.raw.size);
    assert_int_equal(one->string.escaped, other->string.escaped);
}

/* What is taken is what the slow reader takes of the same text; the answer is whether it was. */
static bool compare(struct flat *flat, struct slice text)
{
    static struct object quick, slow;
    struct json_read reader;
    size_t size;
    json_read_init(&reader, text, INTAKE_JSON_DEPTH_MAX);
    bool read = object_read(&reader, &slow);
    if (!flat_read(flat, text, &quick, &size)) {
        return false;
    }
    assert_true(read);
    assert_int_equal(size, reader.position);
    assert_int_equal(quick.begin, slow.begin);
    assert_ptr_equal(quick.raw.base, slow.raw.base);
    assert_int_equal(quick.raw.size, slow.raw.size);
    assert_int_equal(quick.keys, slow.keys);
    assert_int_equal(quick.others, slow.others);
    for (unsigned key = 0; key < OBJECT_KEY_COUNT; key++) {
        if ((slow.keys >> key & 1) != 0) {
            assert_same_value(&quick.values[key], &slow.values[key]);
        }
    }
    return true;
}

static const char *const events[] = {
    "{\"logStreamName\":\"2025/09/01/[$LATEST]e483549e3eddf8541f71ee7d8c8f1f87\",\"timestamp\":"
    "1756684800001,\"message\":\"START RequestId: 8bdad56d\\tVersion: \\\"$LATEST\\\"\\n\","
    "\"ingestionTime\":1756684804322,\"eventId\":\"391763180045762871600000000000000000100\"},  ",
    "{\n            \"timestamp\": 1756684800001,\n            \"message\": \"\\u00fc\\ud83d\",\n"
    "            \"ingestionTime\": 0,\n\t\"other\" : null , \"id\":true,\"x\":false\n        }\n  "
    " ",
};

/* The usual forms are taken, the first time and when they come again. */
static void test_usual(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        struct flat flat = {0};
        for (unsigned turn = 0; turn < 3; turn++) {
            assert_true(compare(&flat, slice_from(events[i])));
        }
    }
}

/* One form after another: what was remembered of the one is no part of the other. */
static void test_turns(void **state)
{
    struct flat flat = {0};
    (void)state;
    for (size_t i = 0; i < 16; i++) {
        assert_true(compare(&flat, slice_from(events[i % 3 == 0])));
    }
}

/* What only the slow reader understands, or nobody, is left to it. */
static void test_others(void **state)
{
    static const char *const others[] = {
        "",
        "{",
        "{}",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1.5}",
        "{\"a\":-1}",
        "{\"a\":1e3}",
        "{\"a\":01}",
        "{\"a\":[1]}",
        "{\"a\":{}}",
        "{\"a\":nul}",
        "{a:1}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":1,}",
        "{\"a\":1]",
        "[1]",
        "{,\"a\":1}",
        "{\"a\":1 2}",
        "{\"a\" 1}",
        "{\"a\":\"x}",
        "{\"a\":tru}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct flat flat = {0};
        assert_false(compare(&flat, slice_from(others[i])));
    }
}

static void damaged(struct slice input, void *context)
{
    /* Both with nothing remembered, and with the event as it was. */
    struct flat fresh = {0};
    struct flat used = *(const struct flat *)context;
    bool taken = compare(&fresh, input);
    assert_true(compare(&used, input) == taken);
}

/* Every front, and every byte changed, with and without what was remembered. */
static void test_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        struct flat flat = {0};
        assert_true(compare(&flat, slice_from(events[i])));
        every_damage(slice_from(events[i]), damaged, &flat);
    }
}

/* More members, and more between them, than are remembered. */
static void test_limits(void **state)
{
    static char text[4096];
    struct flat flat = {0};
    size_t size = 0;
    (void)state;
    for (unsigned i = 0; i < FLAT_MEMBERS_MAX + 2; i++) {
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%c%*s\"k%u\":%u",
                                 i == 0 ? '{' : ',', (int)(FLAT_BETWEEN_MAX - 9 + i), "", i, i);
    }
    (void)snprintf(text + size, sizeof(text) - size, "}%*s", FLAT_BETWEEN_MAX, "");
    for (unsigned turn = 0; turn < 3; turn++) {
        assert_true(compare(&flat, slice_from(text)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual),  cmocka_unit_test(test_turns),  cmocka_unit_test(test_others),
        cmocka_unit_test(test_damage), cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
