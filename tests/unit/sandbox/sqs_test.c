/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"
#include "lib/every.h"

#include "sandbox/sqs.h"

#include <stdio.h>
#include <string.h>

static const char request[] =
    "{\"QueueUrl\":\"http:\\/\\/localhost:9000/123456789012/orders\",\"MessageBody\":"
    "\"hello \\u00e4\",\"DelaySeconds\":3,\"Id\":\"one\",\"MessageAttributes\":{"
    "\"z\":{\"DataType\":\"Binary\",\"BinaryValue\":\"AQI=\"},"
    "\"a\":{\"DataType\":\"String\",\"StringValue\":\"b\"}}}";

/* An entry is read: body, delay, id, attributes sorted, and the sums that clients check. */
static void test_entry(void **state)
{
    (void)state;
    struct sqs_entry entry;
    sqs_entry_read(slice_from(request), SLICE("Root=1-x"), &entry);
    assert_null(entry.error);
    assert_slice(buf_bytes(&entry.message->body), "hello \xc3\xa4");
    assert_slice(buf_bytes(&entry.message->trace), "Root=1-x");
    assert_string_equal(entry.id, "one");
    assert_int_equal(entry.delay_s, 3);
    assert_slice(buf_bytes(&entry.message->attributes),
                 "{\"a\":{\"stringValue\":\"b\",\"stringListValues\":[],\"binaryListValues\":[],"
                 "\"dataType\":\"String\"},\"z\":{\"binaryValue\":\"AQI=\","
                 "\"stringListValues\":[],\"binaryListValues\":[],\"dataType\":\"Binary\"}}");
    assert_string_equal(entry.message->body_md5, "11ec4d0e2664ddfdce95a1ad6247b481");
    assert_string_equal(entry.attributes_md5, "5e5a1f36ddb310713cafda61a03cc8fa");
    queue_message_free(entry.message);
}

/* A system attribute replaces the header of the request. */
static void test_system(void **state)
{
    (void)state;
    struct sqs_entry entry;
    sqs_entry_read(SLICE("{\"MessageBody\":\"x\",\"MessageSystemAttributes\":{\"AWSTraceHeader\":{"
                         "\"DataType\":\"String\",\"StringValue\":\"Root=1-y\"}}}"),
                   SLICE("Root=1-x"), &entry);
    assert_slice(buf_bytes(&entry.message->trace), "Root=1-y");
    assert_string_equal(entry.attributes_md5, "");
    queue_message_free(entry.message);
}

/* A request without a body is refused. */
static void test_no_body(void **state)
{
    (void)state;
    struct sqs_entry entry;
    sqs_entry_read(SLICE("{}"), SLICE_EMPTY, &entry);
    assert_string_equal(entry.error, "MissingParameter");
    queue_message_free(entry.message);
}

static void read_any(struct slice input, void *context)
{
    (void)context;
    struct sqs_entry entry;
    char name[512];
    sqs_entry_read(input, SLICE_EMPTY, &entry);
    assert_non_null(entry.message);
    queue_message_free(entry.message);
    (void)!sqs_queue_name(input, name, sizeof(name));
    (void)sqs_answer_failed(input, "a");
}

/* Any damage is survived. */
static void test_damage(void **state)
{
    (void)state;
    every_damage(slice_from(request), read_any, NULL);
    every_damage(SLICE("{\"batchItemFailures\":[{\"itemIdentifier\":\"a\"}]}"), read_any, NULL);
}

/* The queue is the last part of its URL, or its name. */
static void test_name(void **state)
{
    (void)state;
    char name[64];
    assert_true(sqs_queue_name(slice_from(request), name, sizeof(name)));
    assert_string_equal(name, "orders");
    assert_true(sqs_queue_name(SLICE("{\"QueueName\":\"q\"}"), name, sizeof(name)));
    assert_string_equal(name, "q");
    assert_false(sqs_queue_name(SLICE("{\"QueueName\":7}"), name, sizeof(name)));
    assert_false(sqs_queue_name(SLICE("{}"), name, sizeof(name)));
}

/* The event has the shape that consumers know. */
static void test_event(void **state)
{
    (void)state;
    struct sqs_origin origin = {SLICE("us-east-1"), SLICE("123456789012"), SLICE("orders")};
    struct queue_message *message = queue_message_create();
    char text[2048];
    struct buf out;
    snprintf(message->id, sizeof(message->id), "m-1");
    snprintf(message->receipt, sizeof(message->receipt), "r-1");
    snprintf(message->body_md5, sizeof(message->body_md5), "sum");
    buf_append_text(&message->body, "hi");
    buf_append_text(&message->trace, "Root=1-z");
    buf_append_text(&message->attributes, "{}");
    message->receives = 2;
    message->sent_ms = 5;
    message->first_ms = 6;
    buf_init_fixed(&out, text, sizeof(text));
    sqs_event_write(&origin, &message, 1, &out);
    assert_slice(buf_bytes(&out),
                 "{\"Records\":[{\"messageId\":\"m-1\",\"receiptHandle\":\"r-1\",\"body\":\"hi\","
                 "\"attributes\":{\"ApproximateReceiveCount\":\"2\",\"AWSTraceHeader\":"
                 "\"Root=1-z\",\"SentTimestamp\":\"5\",\"SenderId\":\"123456789012\","
                 "\"ApproximateFirstReceiveTimestamp\":\"6\"},\"messageAttributes\":{},"
                 "\"md5OfBody\":\"sum\",\"eventSource\":\"aws:sqs\",\"eventSourceARN\":"
                 "\"arn:aws:sqs:us-east-1:123456789012:orders\",\"awsRegion\":\"us-east-1\"}]}");
    queue_message_free(message);
}

/* Which messages an answer names; nonsense names all. */
static void test_failures(void **state)
{
    (void)state;
    assert_false(sqs_answer_failed(SLICE("null"), "a"));
    assert_false(sqs_answer_failed(SLICE("{\"batchItemFailures\":[]}"), "a"));
    assert_false(
        sqs_answer_failed(SLICE("{\"batchItemFailures\":[{\"itemIdentifier\":\"b\"}]}"), "a"));
    assert_true(
        sqs_answer_failed(SLICE("{\"batchItemFailures\":[{\"itemIdentifier\":\"a\"}]}"), "a"));
    assert_true(
        sqs_answer_failed(SLICE("{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}"), "a"));
    assert_true(sqs_answer_failed(SLICE("{\"batchItemFailures\":[{}]}"), "a"));
    assert_true(sqs_answer_failed(SLICE("nonsense"), "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entry),    cmocka_unit_test(test_system),
        cmocka_unit_test(test_no_body),  cmocka_unit_test(test_damage),
        cmocka_unit_test(test_name),     cmocka_unit_test(test_event),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
