/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"
#include "lib/every.h"

#include "base/clock.h"
#include "sandbox/fan_event.h"

#include <string.h>

static const struct fan_place place = {.region = SLICE_INIT("eu-west-1"),
                                       .account = SLICE_INIT("123456789012"),
                                       .id = SLICE_INIT("m-1"),
                                       .wall_ns = UINT64_C(1767323045751) * CLOCK_NS_PER_MS};

static char text[8192];
static struct buf out;

static void clear(void)
{
    memset(text, 0, sizeof(text));
    buf_init_fixed(&out, text, sizeof(text) - 1);
}

/* Values are decoded; a broken escape is what it is; a key that begins alike is another. */
static void test_form(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"a=1&b=x+y%26%C3%A9", "b", "x y&\xc3\xa9"},
        {"ab=2&a=%zz%4", "a", "%zz%4"},
        {"a&b=", "a", ""},
        {"a=1=2", "a", "1=2"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        clear();
        assert_true(fan_event_form(slice_from(rows[i][0]), rows[i][1], &out));
        assert_string_equal(text, rows[i][2]);
    }
    assert_false(fan_event_form(SLICE("ab=1"), "a", &out));
    assert_false(fan_event_form(SLICE_EMPTY, "a", &out));
}

/* A message with its attributes. */
static void test_topic(void **state)
{
    (void)state;
    clear();
    assert_true(fan_event_topic(SLICE("Message=hi&MessageAttributes.entry.1.Name=k&"
                                      "MessageAttributes.entry.1.Value.DataType=Binary&"
                                      "MessageAttributes.entry.1.Value.BinaryValue=AA%3D%3D"),
                                SLICE("news"), &place, &out));
    assert_string_equal(
        text, "{\"Records\":[{\"EventSource\":\"aws:sns\",\"EventVersion\":\"1.0\","
              "\"EventSubscriptionArn\":\"arn:aws:sns:eu-west-1:123456789012:news:sandbox\","
              "\"Sns\":{\"Type\":\"Notification\",\"MessageId\":\"m-1\","
              "\"TopicArn\":\"arn:aws:sns:eu-west-1:123456789012:news\",\"Subject\":null,"
              "\"Message\":\"hi\",\"Timestamp\":\"2026-01-02T03:04:05.751Z\","
              "\"SignatureVersion\":\"1\",\"Signature\":\"none\","
              "\"MessageAttributes\":{\"k\":{\"Type\":\"Binary\",\"Value\":\"AA==\"}}}}]}");
    clear();
    assert_false(fan_event_topic(SLICE("Message="), SLICE("news"), &place, &out));
}

static bool bus_of(const char *entry, struct buf *trace, struct buf *bus)
{
    struct json_read reader;
    clear();
    json_read_init(&reader, slice_from(entry), 64);
    return fan_event_bus(&reader, &place, trace, bus, &out);
}

/* An entry becomes an event; what lacks its parts does not. */
static void test_bus(void **state)
{
    (void)state;
    unsigned char memory[2][256];
    struct buf trace;
    struct buf bus;
    buf_init_fixed(&trace, memory[0], sizeof(memory[0]));
    buf_init_fixed(&bus, memory[1], sizeof(memory[1]));
    assert_true(bus_of("{\"Source\":\"s\",\"DetailType\":\"t\",\"Detail\":\"{\\\"a\\\":1}\","
                       "\"TraceHeader\":\"Root=1\",\"EventBusName\":\"b\",\"Other\":[]}",
                       &trace, &bus));
    assert_string_equal(text, "{\"version\":\"0\",\"id\":\"m-1\",\"detail-type\":\"t\","
                              "\"source\":\"s\",\"account\":\"123456789012\","
                              "\"time\":\"2026-01-02T03:04:05Z\",\"region\":\"eu-west-1\","
                              "\"resources\":[],\"detail\":{\"a\":1}}");
    assert_slice(buf_bytes(&trace), "Root=1");
    assert_slice(buf_bytes(&bus), "b");
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"Source\":\"s\",\"DetailType\":\"t\"}",
        "{\"Source\":\"s\",\"DetailType\":\"t\",\"Detail\":\"[]\"}",
        "{\"Source\":\"s\",\"DetailType\":\"t\",\"Detail\":\"{\"}",
        "{\"Source\":\"s\",\"Detail\":\"{}\"}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(bus_of(bad[i], &trace, &bus));
        assert_int_equal(out.size, 0);
    }
}

static void read_any(struct slice input, void *context)
{
    (void)context;
    struct json_read reader;
    unsigned char memory[2][256];
    struct buf trace;
    struct buf bus;
    clear();
    (void)fan_event_topic(input, SLICE("news"), &place, &out);
    clear();
    buf_init_fixed(&trace, memory[0], sizeof(memory[0]));
    buf_init_fixed(&bus, memory[1], sizeof(memory[1]));
    json_read_init(&reader, input, 64);
    (void)fan_event_bus(&reader, &place, &trace, &bus, &out);
}

/* Any damage is survived. */
static void test_damage(void **state)
{
    (void)state;
    every_damage(SLICE("Message=hi%20&MessageAttributes.entry.1.Name=k&Subject=x"), read_any, NULL);
    every_damage(SLICE("{\"Source\":\"s\",\"DetailType\":\"t\",\"Detail\":\"{\\\"a\\\":1}\"}"),
                 read_any, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_topic),
        cmocka_unit_test(test_bus),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
