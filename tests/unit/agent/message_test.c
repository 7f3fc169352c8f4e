/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/message.h"

#include "base/buf.h"
#include "lib/cm.h"
#include "proto/guard.h"
#include "proto/wire.h"

#include <string.h>

static struct redact redact;
static uint64_t counts[REDACT_DETECTORS];
static unsigned char bytes[1u << 20];
static unsigned char before[1u << 20];

static void put_pair(struct buf *out, uint32_t field, const char *key, const char *value)
{
    size_t pair = wire_write_open(out, field);
    wire_write_bytes(out, 1, slice_from(key));
    size_t any = wire_write_open(out, 2);
    wire_write_bytes(out, 1, slice_from(value));
    wire_write_close(out, any);
    wire_write_close(out, pair);
}

/* One log record with this body and these attributes, in all that is around it. */
static struct buf logs(struct slice body, const char *const (*pairs)[2], size_t count)
{
    struct buf out;
    buf_init_fixed(&out, bytes, sizeof(bytes));
    size_t block = wire_write_open(&out, 1);
    size_t scope = wire_write_open(&out, 2);
    size_t record = wire_write_open(&out, 2);
    wire_write_fixed64(&out, 1, 1);
    size_t any = wire_write_open(&out, 5);
    wire_write_bytes(&out, 1, body);
    wire_write_close(&out, any);
    for (size_t i = 0; i < count; i++) {
        put_pair(&out, 6, pairs[i][0], pairs[i][1]);
    }
    wire_write_close(&out, record);
    wire_write_close(&out, scope);
    wire_write_close(&out, block);
    assert_false(buf_overflowed(&out));
    return out;
}

static void run(const struct buf *message)
{
    memcpy(before, bytes, message->size);
    memset(counts, 0, sizeof(counts));
    message_redact(&redact, SCHEMA_LOGS_REQUEST, bytes, message->size, counts);
    struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    assert_int_equal(
        guard_check(slice_of(bytes, message->size), SCHEMA_LOGS_REQUEST, &limits, &report),
        GUARD_OK);
}

static bool holds(const struct buf *message, const char *text)
{
    return slice_find(slice_of(bytes, message->size), slice_from(text)) != SLICE_NONE;
}

/* Bodies and attributes, by their form or by their names; what has neither stays. */
static void texts(void **state)
{
    static const char *const pairs[][2] = {
        {"http.request.header.authorization", "Bearer x"},
        {"user.mail", "john@example.com"},
        {"db.password", "hunter2"},
        {"url.full", "https://u:s3cret@h/p"},
        {"plain", "stays as it is"},
    };
    (void)state;
    redact_init(&redact, REDACT_BUILT_IN);
    struct buf message = logs(SLICE("pan 4111111111111111 of john@example.com"), pairs, 5);
    run(&message);
    static const char *const gone[] = {"4111", "john", "Bearer", "hunter2", "s3cret"};
    for (size_t i = 0; i < 5; i++) {
        assert_false(holds(&message, gone[i]));
    }
    assert_true(holds(&message, "pan [redacted:card]* of [redacted:email]"));
    assert_true(holds(&message, "db.password") && holds(&message, "stays as it is"));
    assert_int_equal(counts[REDACT_EMAIL], 2);
    assert_int_equal(counts[REDACT_SECRET], 1);
    assert_int_equal(counts[REDACT_AUTHORIZATION], 1);
    /* Without anything to find not a byte changes. */
    redact_init(&redact, REDACT_BIT(REDACT_JWT));
    message = logs(SLICE("pan 4111111111111111"), pairs, 5);
    run(&message);
    assert_memory_equal(bytes, before, message.size);
}

/* A text that is larger than what is looked at in one go; the secret lies over every joint. */
static void large(void **state)
{
    static unsigned char text[3 * REDACT_WINDOW_MAX];
    static const size_t joints[] = {REDACT_WINDOW_MAX, REDACT_WINDOW_MAX - REDACT_AHEAD,
                                    2 * REDACT_WINDOW_MAX - REDACT_AHEAD};
    (void)state;
    redact_init(&redact, REDACT_BUILT_IN);
    for (size_t i = 0; i < sizeof(joints) / sizeof(joints[0]); i++) {
        for (size_t back = 0; back <= 16; back++) {
            memset(text, ' ', sizeof(text));
            memcpy(text + joints[i] - back, "john@example.com", 16);
            struct buf message = logs(slice_of(text, sizeof(text)), NULL, 0);
            run(&message);
            assert_false(holds(&message, "john") || holds(&message, "exam") ||
                         holds(&message, ".com"));
        }
    }
}

/* A value of a value, and so on, under a name that makes all of it secret. */
static void nested(void **state)
{
    struct buf out;
    (void)state;
    redact_init(&redact, REDACT_BUILT_IN);
    buf_init_fixed(&out, bytes, sizeof(bytes));
    size_t opened[4];
    opened[0] = wire_write_open(&out, 1);
    opened[1] = wire_write_open(&out, 1); /* Resource. */
    opened[2] = wire_write_open(&out, 1); /* KeyValue, the value before the name. */
    opened[3] = wire_write_open(&out, 2);
    size_t list = wire_write_open(&out, 6);
    put_pair(&out, 1, "inner", "zyxwv");
    wire_write_close(&out, list);
    wire_write_close(&out, opened[3]);
    wire_write_bytes(&out, 1, SLICE("my_secret"));
    for (size_t i = 3; i > 0; i--) {
        wire_write_close(&out, opened[i - 1]);
    }
    run(&out);
    assert_true(!holds(&out, "zyxwv") && holds(&out, "my_secret") && holds(&out, "*****"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(large),
        cmocka_unit_test(nested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
