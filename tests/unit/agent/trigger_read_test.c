/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/trigger_read.h"

#include "base/buf.h"
#include "base/prng.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "lib/file.h"
#include "trigger_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA "../shared/data/lambda-events/"

static struct trigger_read reader;
static char seen[TRIGGER_TEXT_SIZE];

/* Read an event whose pieces end at the offsets that cut() gives, and tell what it says. */
typedef size_t cut_after(size_t left, void *context);

static const char *read_cut(struct slice event, cut_after *cut, void *context)
{
    trigger_read_init(&reader);
    while (event.size > 0) {
        /* A copy of its own, so that nobody reads what is not there yet, or not any more. */
        size_t size = cut(event.size, context);
        unsigned char *piece = malloc(size);
        assert_non_null(piece);
        memcpy(piece, event.base, size);
        trigger_read_feed(&reader, slice_of(piece, size));
        memset(piece, 'x', size);
        free(piece);
        event = slice_skip(event, size);
    }
    trigger_text(trigger_read_end(&reader), seen);
    return seen;
}

static size_t cut_all(size_t left, void *context)
{
    (void)context;
    return left;
}

static size_t cut_one(size_t left, void *context)
{
    (void)left;
    (void)context;
    return 1;
}

static size_t cut_any(size_t left, void *context)
{
    size_t size = 1 + (size_t)prng_below(context, 40);
    return size < left ? size : left;
}

static const char *told(const char *event)
{
    return read_cut(slice_from(event), cut_all, NULL);
}

static const struct {
    const char *name;
    const char *told;
} events[] = {
#define EVENT(name, told) {name, told},
#include "trigger_events.def"
#undef EVENT
};

#define EVENT_COUNT (sizeof(events) / sizeof(events[0]))

static bool used[EVENT_COUNT];

static void unfinished(struct slice prefix, void *context)
{
    struct slice event = *(struct slice *)context;
    trigger_read_init(&reader);
    trigger_read_feed(&reader, prefix);
    const struct trigger *trigger = trigger_read_end(&reader);
    if (prefix.size < slice_trim(event).size) {
        assert_int_equal(trigger->kind, TRIGGER_UNKNOWN);
        assert_true(trigger->source_count == 0 && trigger->link_count == 0);
    }
}

static void check_event(const char *name, struct slice content, void *context)
{
    struct prng prng;
    struct slice stem = slice_from(name);
    (void)context;
    stem = slice_take(stem, stem.size - strlen(".json"));
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        if (!slice_equal(stem, slice_from(events[i].name))) {
            continue;
        }
        used[i] = true;
        assert_string_equal(read_cut(content, cut_all, NULL), events[i].told);
        assert_string_equal(read_cut(content, cut_one, NULL), events[i].told);
        for (uint64_t seed = 0; seed < 20; seed++) {
            prng_init(&prng, seed);
            assert_string_equal(read_cut(content, cut_any, &prng), events[i].told);
        }
        every_prefix(content, unfinished, &content);
        return;
    }
    fail_msg("nobody says what %s tells", name);
}

/* Every event of the corpus tells what it should, however it is cut, and nothing when it is cut
 * off. */
static void corpus(void **state)
{
    (void)state;
    (void)file_each(DATA "DataDog__datadog-lambda-extension/bottlecap/tests/payloads", check_event,
                    NULL);
    (void)file_each(DATA "aws-powertools__powertools-lambda-python/tests/events", check_event,
                    NULL);
    (void)file_each(DATA "dev7a__serverless-otlp-forwarder/packages/node/lambda-otel-lite/"
                         "__tests__/fixtures",
                    check_event, NULL);
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        assert_true(used[i]);
    }
}

/* Kinds that the corpus has no event of. */
static void kinds(void **state)
{
    (void)state;
    assert_string_equal(
        told("{\"version\":\"0\",\"id\":\"i\",\"detail-type\":\"Scheduled Event\",\"source\":"
             "\"aws.events\",\"time\":\"2024-01-01T00:00:00Z\",\"resources\":"
             "[\"arn:aws:events:us-east-1:1:rule/nightly\"],\"detail\":{}}"),
        "schedule | nightly arn=arn:aws:events:us-east-1:1:rule/nightly id=i "
        "@1704067200000000000~");
    assert_string_equal(
        told(
            "{\"eventSourceArn\":\"arn:aws:rds:us-east-1:1:cluster:c\",\"eventSource\":"
            "\"aws:docdb\",\"events\":[{\"event\":{\"_id\":{\"_data\":\"0\"},\"clusterTime\":"
            "{\"$timestamp\":{\"t\":1676588775,\"i\":9}},\"ns\":{\"db\":\"d\",\"coll\":\"people\"},"
            "\"operationType\":\"update\"}}]}"),
        "documentdb detail=update operation=edit n=1 | people "
        "arn=arn:aws:rds:us-east-1:1:cluster:c @1676588775000000000~");
    assert_string_equal(
        told(
            "{\"Records\":[{\"cf\":{\"config\":{\"distributionDomainName\":\"d.cloudfront.net\","
            "\"distributionId\":\"EDFDVBD6\",\"eventType\":\"viewer-request\",\"requestId\":\"r\"},"
            "\"request\":{\"method\":\"GET\",\"uri\":\"/a\",\"querystring\":\"s=1\",\"headers\":"
            "{\"traceparent\":[{\"key\":\"traceparent\",\"value\":"
            "\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}]}}}}]}"),
        "cloudfront GET path=/a detail=viewer-request | EDFDVBD6 | => "
        "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1");
    assert_string_equal(
        told("{\"version\":\"1.0\",\"session\":{\"new\":true,\"application\":{\"applicationId\":"
             "\"amzn1.ask.skill.1\"}},\"context\":{\"System\":{\"application\":{\"applicationId\":"
             "\"amzn1.ask.skill.1\"}}},\"request\":{\"type\":\"LaunchRequest\",\"timestamp\":"
             "\"2016-10-27T18:21:44Z\"}}"),
        "alexa detail=LaunchRequest | amzn1.ask.skill.1");
    assert_string_equal(
        told(
            "{\"messageVersion\":\"1.0\",\"invocationSource\":\"DialogCodeHook\",\"bot\":{\"name\":"
            "\"OrderFlowers\",\"version\":\"1\"},\"sessionState\":{\"intent\":{\"name\":\"Order\"}}"
            ","
            "\"inputTranscript\":\"secret\"}"),
        "lex detail=Order | OrderFlowers");
    assert_string_equal(
        told("{\"Records\":[{\"codecommit\":{\"references\":[{\"ref\":\"refs/heads/m\"}]},"
             "\"eventSource\":\"aws:codecommit\",\"eventSourceARN\":"
             "\"arn:aws:codecommit:us-east-1:1:repo\",\"eventTime\":\"2016-01-01T23:59:59.000Z\"}]"
             "}"),
        "codecommit n=1 | repo arn=arn:aws:codecommit:us-east-1:1:repo @1451692799000000000");
    assert_string_equal(
        told("{\"version\":\"1.0\",\"timestamp\":\"2019-11-14T18:16:05.568Z\",\"requestContext\":"
             "{\"requestId\":\"r\",\"functionArn\":\"arn:aws:lambda:us-east-1:1:function:f:$"
             "LATEST\","
             "\"condition\":\"RetriesExhausted\"},\"requestPayload\":{\"headers\":{}},"
             "\"responsePayload\":{}}"),
        "destination detail=RetriesExhausted | arn:aws:lambda:us-east-1:1:function:f:$LATEST "
        "arn=arn:aws:lambda:us-east-1:1:function:f:$LATEST id=r @1573755365568000000");
    assert_string_equal(
        told("{\"serialNumber\":\"G0\",\"batteryVoltage\":\"1568mV\",\"clickType\":\"SINGLE\"}"),
        "iot");
    assert_string_equal(
        told("[{\"messageId\":\"m\",\"body\":\"b\",\"attributes\":{\"SentTimestamp\":"
             "\"1523232000000\"},\"eventSource\":\"aws:sqs\",\"eventSourceARN\":"
             "\"arn:aws:sqs:us-east-1:1:piped\"}]"),
        "sqs n=1 | piped arn=arn:aws:sqs:us-east-1:1:piped id=m @1523232000000000000");
}

/* What is nothing known is "other", and what is no JSON is "unknown"; neither tells anything. */
static void strangers(void **state)
{
    (void)state;
    static const char *const other[] = {"{}",       "[]",   "17",
                                        "\"text\"", "null", "{\"key1\":\"v\"}",
                                        "[[1],{}]", "true", " {\"Records\":[{\"body\":\"x\"}]} "};
    static const char *const unknown[] = {
        "",         " ",        "hello", "{",
        "{\"a\":}", "\x80\xff", "{}{}",  "{\"Records\":[{\"eventSource\":\"aws:sqs\"}"};
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        assert_int_equal(strncmp(told(other[i]), "other", 5), 0);
        assert_true(reader.trigger.parent.known == false && reader.trigger.link_count == 0);
    }
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_string_equal(told(unknown[i]), "unknown");
    }
}

#define W3C   "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define REST  "{\"resource\":\"/\",\"httpMethod\":\"GET\",\"requestContext\":{},"
#define OTHER "11111111111111111111111111111111-2222222222222222"

/* W3C before B3 before X-Ray with a parent; what is malformed or there twice counts as none. */
static void contexts(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        const char *context; /* What follows the rest, or "". */
    } rows[] = {
        {"\"headers\":{\"TraceParent\":\"" W3C "\",\"tracestate\":\"a=b\"}",
         " | => 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1"},
        {"\"headers\":{\"traceparent\":\"" W3C "\"},\"multiValueHeaders\":{\"traceparent\":"
         "[\"" W3C "\",\"" W3C "\"]}",
         ""},
        {"\"multiValueHeaders\":{\"traceparent\":[\"" W3C "\"]}",
         " | => 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1"},
        {"\"headers\":{\"traceparent\":\"" W3C "," W3C "\"}", ""},
        {"\"headers\":{\"traceparent\":\"00-00000000000000000000000000000000-b7ad6b7169203331-"
         "01\"}",
         ""},
        {"\"headers\":{\"b3\":\"" OTHER "-1\",\"X-Amzn-Trace-Id\":"
         "\"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1\"}",
         " | => " OTHER "-1 | -> 5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-1"},
        {"\"headers\":{\"b3\":\"0\"}", ""},
        {"\"headers\":{\"b3\":\"3333333333333333-2222222222222222-d-4444444444444444\"}",
         " | => 00000000000000003333333333333333-2222222222222222-1"},
        {"\"headers\":{\"X-B3-TraceId\":\"3333333333333333\",\"X-B3-SpanId\":\"2222222222222222\","
         "\"X-B3-Sampled\":\"0\"}",
         " | => 00000000000000003333333333333333-2222222222222222-0"},
        {"\"headers\":{\"X-Amzn-Trace-Id\":"
         "\"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0\"}",
         " | => 5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-0"},
        {"\"headers\":{\"x-datadog-trace-id\":\"0\",\"x-datadog-parent-id\":\"1\"}", ""},
        {"\"headers\":{\"x-datadog-trace-id\":\"-1\",\"x-datadog-parent-id\":\"1\"}", ""},
        {"\"headers\":{\"x-datadog-trace-id\":\"18446744073709551615\",\"x-datadog-parent-id\":"
         "\"1\",\"x-datadog-tags\":\"a=b, _dd.p.tid=66e1,_dd.p.tid=66e1000000000000\"}",
         " | -> 66e1000000000000ffffffffffffffff-0000000000000001-0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char event[1024];
        snprintf(event, sizeof(event), REST "%s}", rows[i].headers);
        const char *text = told(event);
        const char *context = strstr(text, " | =>");
        context = context != NULL ? context : strstr(text, " | ->");
        assert_string_equal(context != NULL ? context : "", rows[i].context);
    }
}

/* A client context makes an invocation that tells nothing else a direct one, and carries contexts;
 * so does the event itself. */
static void direct(void **state)
{
    (void)state;
    trigger_read_init(&reader);
    trigger_read_headers(
        &reader, SLICE("{\"client\":{},\"custom\":{\"traceparent\":\"" W3C "\"},\"env\":{}}"),
        SLICE("Root=1-5759e988-bd862e3fe1be46a994272793"));
    trigger_read_feed(&reader, SLICE("{\"a\":1}"));
    trigger_text(trigger_read_end(&reader), seen);
    assert_string_equal(seen, "invoke tracing=Root=1-5759e988-bd862e3fe1be46a994272793 | => "
                              "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1");
    trigger_read_init(&reader);
    trigger_read_headers(&reader, SLICE("{\"custom\":"), SLICE_EMPTY);
    trigger_read_feed(&reader, SLICE("{}"));
    trigger_text(trigger_read_end(&reader), seen);
    assert_string_equal(seen, "invoke");
    assert_string_equal(told("{\"traceparent\":\"" W3C "\"}"),
                        "other | => 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1");
    assert_string_equal(
        told("{\"_datadog\":{\"traceparent\":\"" W3C "\"},\"order\":{\"traceparent\":\"x\"}}"),
        "other | => 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1");
}

/* Build a batch of SQS: what each message has is told by put. */
static char batch_text[4 << 20];

static const char *batch(size_t count, void (*put)(struct buf *out, size_t index))
{
    struct buf out;
    buf_init_fixed(&out, batch_text, sizeof(batch_text) - 1);
    buf_append_text(&out, "{\"Records\":[");
    for (size_t i = 0; i < count; i++) {
        buf_printf(&out, "%s{\"messageId\":\"m%zu\",", i > 0 ? "," : "", i);
        put(&out, i);
        buf_append_text(&out, "\"eventSource\":\"aws:sqs\",\"eventSourceARN\":\"arn:a:b:q\"}");
    }
    buf_append_text(&out, "]}");
    assert_false(buf_overflowed(&out));
    batch_text[out.size] = 0;
    return batch_text;
}

static void put_context(struct buf *out, size_t index)
{
    buf_printf(out,
               "\"attributes\":{\"SentTimestamp\":\"15232320000%02zu\"},\"messageAttributes\":"
               "{\"traceparent\":{\"stringValue\":"
               "\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692%05zx-00\",\"dataType\":"
               "\"String\"}},",
               99 - index, index + 1);
}

/* Links are counted beyond their limit, and the oldest message is found wherever it is. */
static void links(void **state)
{
    (void)state;
    for (size_t count = TRIGGER_LINKS_MAX - 1; count <= TRIGGER_LINKS_MAX + 1; count++) {
        (void)told(batch(count, put_context));
        const struct trigger *trigger = &reader.trigger;
        size_t kept = count < TRIGGER_LINKS_MAX ? count : TRIGGER_LINKS_MAX;
        assert_int_equal(trigger->link_count, kept);
        assert_int_equal(trigger->links_more, count - kept);
        assert_int_equal(trigger->messages, count);
        assert_slice(trigger->links[2].message_id, "m2");
        assert_int_equal(trigger->links[2].context.span_id[7], 3);
        assert_false(trigger->parent.known);
        char id[8];
        snprintf(id, sizeof(id), "m%zu", count - 1);
        assert_slice(trigger->sources[0].message_id, id);
        assert_true(trigger->sources[0].since_ns ==
                    (UINT64_C(1523232000000) + 99 - (count - 1)) * 1000000);
    }
}

static void put_source(struct buf *out, size_t index)
{
    buf_printf(out, "\"body\":\"{\\\"TopicArn\\\":\\\"arn:x:t%zu\\\"}\",", index);
}

/* Sources beyond their limit are left out, and that is said. */
static void sources(void **state)
{
    (void)state;
    /* The queue is one of them. */
    for (size_t topics = TRIGGER_SOURCES_MAX - 2; topics <= TRIGGER_SOURCES_MAX; topics++) {
        (void)told(batch(topics, put_source));
        bool fits = topics + 1 <= TRIGGER_SOURCES_MAX;
        assert_int_equal(reader.trigger.source_count, fits ? topics + 1 : TRIGGER_SOURCES_MAX);
        assert_int_equal(reader.trigger.cut, !fits);
    }
}

static void put_body(struct buf *out, size_t index)
{
    (void)index;
    buf_append_text(out, "\"body\":\"{\\\"a\\\":\\\"");
    buf_append_fill(out, 'b', (size_t)200 * 1024);
    buf_append_text(out, "\\\",\\\"TopicArn\\\":\\\"arn:x:topic\\\"}\",");
}

/* Beyond a megabyte of texts no more are looked into; all else is read. */
static void inner_limit(void **state)
{
    (void)state;
    for (size_t count = 5; count <= 6; count++) {
        (void)told(batch(count, put_body));
        assert_int_equal(reader.trigger.cut, count == 6);
        assert_int_equal(reader.trigger.messages, count);
        assert_int_equal(reader.trigger.sources[1].messages, 5);
    }
}

/* Texts, ARNs and ids are told up to their limits, and not at all beyond them. */
static void text_limits(void **state)
{
    (void)state;
    char event[4096];
    char name[1024];
    for (size_t size = TRIGGER_TEXT_MAX - 1; size <= TRIGGER_TEXT_MAX + 1; size++) {
        memset(name, 'n', size);
        name[size] = 0;
        snprintf(
            event, sizeof(event),
            "{\"Records\":[{\"eventSource\":\"aws:s3\",\"s3\":{\"bucket\":{\"name\":\"%s\"}}}]}",
            name);
        (void)told(event);
        assert_int_equal(reader.trigger.sources[0].name.size, size <= TRIGGER_TEXT_MAX ? size : 0);
    }
    for (size_t size = TRIGGER_ARN_MAX - 1; size <= TRIGGER_ARN_MAX + 1; size++) {
        memset(name, 'n', size);
        name[size - 2] = ':';
        name[size] = 0;
        snprintf(event, sizeof(event),
                 "{\"Records\":[{\"eventSource\":\"aws:sqs\",\"eventSourceARN\":\"%s\"}]}", name);
        (void)told(event);
        assert_int_equal(reader.trigger.sources[0].arn.size, size <= TRIGGER_ARN_MAX ? size : 0);
        assert_slice(reader.trigger.sources[0].name, "n");
    }
    for (size_t size = TRIGGER_MESSAGE_ID_MAX - 1; size <= TRIGGER_MESSAGE_ID_MAX + 1; size++) {
        memset(name, 'n', size);
        name[size] = 0;
        snprintf(event, sizeof(event),
                 "{\"Records\":[{\"eventSource\":\"aws:sqs\",\"messageId\":\"%s\"}]}", name);
        (void)told(event);
        assert_int_equal(reader.trigger.sources[0].message_id.size,
                         size <= TRIGGER_MESSAGE_ID_MAX ? size : 0);
    }
}

/* A path has no query. */
static void privacy(void **state)
{
    (void)state;
    assert_string_equal(told(REST "\"path\":\"/a?token=secret\"}"),
                        "api_gateway_rest GET route=/ path=/a |");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corpus),   cmocka_unit_test(kinds),       cmocka_unit_test(strangers),
        cmocka_unit_test(contexts), cmocka_unit_test(direct),      cmocka_unit_test(links),
        cmocka_unit_test(sources),  cmocka_unit_test(inner_limit), cmocka_unit_test(text_limits),
        cmocka_unit_test(privacy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
