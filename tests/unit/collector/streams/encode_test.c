/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of what streams tell, read back by the collector's own decoder. */
#include "told.h"

#include "streams/encode.h"

#include "base/arena.h"
#include "ingest/otlp_decode.h"
#include "lib/cm.h"
#include "proto/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ONE "2026/11/23/[$LATEST]00000000000000000000000000000001"
#define MS  INT64_C(1000000)

enum { ARENA_SIZE = 16 << 20, BODY_MAX = 64 << 10 };

/* What was given out, and the last body decoded. */
struct fixture {
    struct encode *encode;
    struct merge *merge;
    struct buf bytes; /* All bodies, one behind the other. */
    size_t body_size_max;
    unsigned bodies[3];
    uint64_t records;
    struct batch logs;
    struct batch metrics;
    struct arena arena;
    void *memory;
};

static void take_body(void *context, enum signal signal, struct slice bytes, uint64_t records)
{
    struct fixture *f = context;
    struct batch *batch = signal == SIGNAL_LOGS ? &f->logs : &f->metrics;
    assert_true(bytes.size <= f->body_size_max);
    f->bodies[signal]++;
    assert_true(otlp_decode(signal, bytes, &f->arena, batch));
    assert_int_equal(signal == SIGNAL_LOGS ? batch->log_count : records, records);
    f->records += records;
    buf_append(&f->bytes, bytes);
}

static void take_refused(void *context, const struct stream_refusal *refusal)
{
    (void)context;
    (void)refusal;
}

static void begin_sized(struct fixture *f, size_t body_size_max)
{
    *f = (struct fixture){.body_size_max = body_size_max};
    buf_init_growing(&f->bytes, 64 << 20);
    f->memory = malloc(ARENA_SIZE);
    arena_init(&f->arena, f->memory, ARENA_SIZE);
    struct encode_options options = {
        .body_size_max = body_size_max, .body = take_body, .refused = take_refused, .context = f};
    f->encode = encode_create(&options);
    assert_non_null(f->encode);
    struct merge_options merge = {.piece = false};
    f->merge = merge_create(&merge, encode_sink(f->encode));
    assert_non_null(f->merge);
}

static void begin(struct fixture *f)
{
    begin_sized(f, BODY_MAX);
}

static void finish(struct fixture *f)
{
    merge_finish(f->merge);
    encode_finish(f->encode);
}

static void end(struct fixture *f)
{
    merge_free(f->merge);
    encode_free(f->encode);
    buf_fini(&f->bytes);
    free(f->memory);
}

static void has_text(struct attrs attrs, struct slice key, const char *expected)
{
    struct slice text = SLICE_EMPTY;
    if (!attrs_find_text(attrs, key, &text)) {
        fail_msg("no " SLICE_FMT, SLICE_ARG(key));
    }
    assert_slice(text, expected);
}

static void has_int(struct attrs attrs, struct slice key, int64_t expected)
{
    int64_t value = 0;
    if (!attrs_find_int(attrs, key, &value)) {
        fail_msg("no " SLICE_FMT, SLICE_ARG(key));
    }
    assert_int_equal(value, expected);
}

static void has_bool(struct attrs attrs, struct slice key, bool expected)
{
    bool value = !expected;
    assert_true(attrs_find_bool(attrs, key, &value));
    assert_int_equal(value, expected);
}

static void feed_instance(struct merge *merge)
{
    told_feed(merge, ONE, 0,
              "INIT_START Runtime Version: python:3.13.v31\tRuntime Version ARN: "
              "arn:aws:lambda:eu-west-1::runtime:f7\n");
    told_feed(merge, ONE, 100, "START RequestId: $a Version: $LATEST\n");
    told_feed(merge, ONE, 110, "hello\n");
    told_feed(merge, ONE, 120, "END RequestId: $a\n");
    told_feed(
        merge, ONE, 120,
        "REPORT RequestId: $a\tDuration: 20.00 ms\tBilled Duration: 20 ms\tMemory Size: 128 "
        "MB\tMax Memory Used: 66 MB\tInit Duration: 98.00 ms\t\nXRAY TraceId: "
        "1-5e61292c-0123456789abcdef01234567\tSegmentId: 0123456789abcdef\tSampled: true\t\n");
}

/* An instance: its resource, its line, its init and its invocation with every fact. */
static void records_say_what_lines_say(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    feed_instance(f.merge);
    finish(&f);
    assert_int_equal(f.logs.log_count, 3);
    const struct log_line *line = &f.logs.logs[0];
    const struct log_line *init = &f.logs.logs[1];
    const struct log_line *inv = &f.logs.logs[2];
    assert_true(line->scope->logs && init->scope->logs && inv->scope->logs);
    assert_slice(line->body.text, "hello");
    assert_int_equal(line->time_ns, TOLD_EPOCH_NS + 110 * MS);
    has_text(line->attrs, NAME_FAAS_INVOCATION_ID, TOLD_ID("a"));
    has_text(line->attrs, NAME_THAW_SOURCE, "function");

    assert_slice(init->event_name, "faas.instance.start");
    has_text(init->attrs, NAME_THAW_INIT_PHASE, "init");
    has_int(init->attrs, NAME_THAW_INIT_START_NS, TOLD_EPOCH_NS);
    has_int(init->attrs, NAME_THAW_INIT_END_NS, TOLD_EPOCH_NS + 98 * MS);
    has_int(init->attrs, NAME_THAW_INIT_NS, 98 * MS);

    assert_slice(inv->event_name, "faas.invocation");
    assert_int_equal(inv->time_ns, TOLD_EPOCH_NS + 100 * MS);
    assert_true(inv->has_trace);
    assert_int_equal(inv->trace_id.bytes[0], 0x5e);
    has_text(inv->attrs, NAME_FAAS_INVOCATION_ID, TOLD_ID("a"));
    has_bool(inv->attrs, NAME_FAAS_COLDSTART, true);
    has_text(inv->attrs, NAME_THAW_INVOCATION_STATE, "reported");
    assert_null(attrs_find(inv->attrs, NAME_THAW_INVOCATION_STATUS));
    has_int(inv->attrs, NAME_THAW_START_NS, TOLD_EPOCH_NS + 100 * MS);
    has_int(inv->attrs, NAME_THAW_END_NS, TOLD_EPOCH_NS + 120 * MS);
    has_int(inv->attrs, NAME_THAW_REPORTED_NS, 20 * MS);
    has_int(inv->attrs, NAME_THAW_BILLED_MS, 20);
    has_int(inv->attrs, NAME_THAW_MEMORY_SIZE_MB, 128);
    has_int(inv->attrs, NAME_THAW_MAX_MEMORY_USED_MB, 66);
    has_int(inv->attrs, NAME_THAW_INIT_NS, 98 * MS);
    has_text(inv->attrs, NAME_THAW_XRAY_SEGMENT_ID, "0123456789abcdef");
    assert_null(attrs_find(inv->attrs, NAME_THAW_ATTEMPT));
    assert_null(attrs_find(inv->attrs, NAME_THAW_HANDLER_NS));

    const struct resource *resource = inv->resource;
    assert_slice(resource->function, "shop");
    assert_slice(resource->instance, ONE);
    assert_slice(resource->region, "eu-west-1");
    assert_slice(resource->version, "$LATEST");
    assert_int_equal(resource->epoch, 0);
    has_text(resource->attrs, NAME_CLOUD_PLATFORM, "aws_lambda");
    has_text(resource->attrs, NAME_THAW_RUNTIME, "python:3.13.v31");
    has_int(resource->attrs, NAME_FAAS_MAX_MEMORY, 128 * 1048576);
    const struct value *streams = attrs_find(resource->attrs, NAME_AWS_LOG_STREAM_NAMES);
    assert_non_null(streams);
    assert_int_equal(streams->array.count, 1);
    assert_slice(streams->array.items[0].text, ONE);
    end(&f);
}

/* A time limit makes a deadline, from which the view knows the limit. */
static void a_timeout_tells_the_deadline(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 100, "START RequestId: $a Version: $LATEST\n");
    told_feed(f.merge, ONE, 3100,
              "2026-11-23T00:00:03.100Z $a Task timed out after 3.00 seconds\n\n");
    told_feed(f.merge, ONE, 3100, "END RequestId: $a\n");
    finish(&f);
    assert_int_equal(f.logs.log_count, 1);
    has_text(f.logs.logs[0].attrs, NAME_THAW_INVOCATION_STATUS, "timeout");
    has_int(f.logs.logs[0].attrs, NAME_THAW_DEADLINE_NS, TOLD_EPOCH_NS + 3100 * MS);
    end(&f);
}

/* The root of a trace is its 32 digits, whichever line tells it. */
static void roots_are_trace_ids(void **state)
{
    (void)state;
    static const unsigned char expected[16] = {0x5d, 0x88, 0xad, 0x26, 0xaf, 0x7e, 0x1c, 0xf8,
                                               0x61, 0x62, 0xc0, 0x88, 0x75, 0x67, 0xee, 0xd0};
#define ROOT "1-5d88ad26-af7e1cf86162c0887567eed0"
#define PLAIN                                                                                      \
    "REPORT RequestId: $a\tDuration: 20.00 ms\tBilled Duration: 20 ms\tMemory Size: 128 MB\tMax "  \
    "Memory Used: 66 MB\t"
#define XRAY "XRAY TraceId: " ROOT "\tSegmentId: 2ea934c013374041\tSampled: true\t"
    static const char *const cases[][2] = {
        {"START RequestId: $a Version: $LATEST\n", PLAIN "\n" XRAY "\n"},
        {"START RequestId: $a Version: $LATEST\n", PLAIN XRAY},
        {"START RequestId: $a Version: $LATEST\n", XRAY},
        {"{\"time\":\"2026-11-23T00:00:00.000Z\",\"type\":\"platform.start\",\"record\":{"
         "\"requestId\":\"$a\",\"version\":\"$LATEST\",\"tracing\":{\"spanId\":"
         "\"2ea934c013374041\",\"type\":\"X-Amzn-Trace-Id\",\"value\":\"Root=" ROOT
         ";Parent=2ea934c013374042;Sampled=1\"}}}",
         PLAIN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        begin(&f);
        told_feed(f.merge, ONE, 100, cases[i][0]);
        told_feed(f.merge, ONE, 120, cases[i][1]);
        finish(&f);
        assert_int_equal(f.logs.log_count, 1);
        assert_true(f.logs.logs[0].has_trace);
        assert_memory_equal(f.logs.logs[0].trace_id.bytes, expected, sizeof(expected));
        has_text(f.logs.logs[0].attrs, NAME_THAW_XRAY_SEGMENT_ID, "2ea934c013374041");
        end(&f);
    }
#undef ROOT
#undef PLAIN
#undef XRAY
}

/* A JSON line is its message; its members are attributes, but for those that are ours to say. */
static void json_lines_become_attributes(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, NULL, 0,
              "{\"level\":\"WARN\",\"message\":\"a \\\"b\\\"\",\"requestId\":\"$a\",\"count\":3,"
              "\"ratio\":0.5,\"ok\":true,\"thaw.phase\":\"idle\",\"faas.invocation_id\":\"$a\","
              "\"nested\":{\"a\":1},\"who\":\"\\u00e9\"}\n");
    finish(&f);
    assert_int_equal(f.logs.log_count, 1);
    const struct log_line *line = &f.logs.logs[0];
    assert_slice(line->body.text, "a \"b\"");
    assert_int_equal(line->severity, 13);
    has_text(line->attrs, NAME_FAAS_INVOCATION_ID, TOLD_ID("a"));
    has_int(line->attrs, SLICE("count"), 3);
    has_bool(line->attrs, SLICE("ok"), true);
    has_text(line->attrs, SLICE("who"), "\xc3\xa9");
    assert_null(attrs_find(line->attrs, NAME_THAW_PHASE));
    assert_null(attrs_find(line->attrs, SLICE("nested")));
    unsigned named = 0;
    for (size_t i = 0; i < line->attrs.count; i++) {
        named += slice_equal(line->attrs.items[i].key, NAME_FAAS_INVOCATION_ID) ? 1 : 0;
    }
    assert_int_equal(named, 1);
    assert_slice(line->resource->instance, "no stream");
    has_bool(line->resource->attrs, NAME_THAW_INSTANCE_MADE_UP, true);
    end(&f);
}

/* What is no UTF-8 is mended: one such byte would make the whole body be refused. */
static void broken_text_is_mended(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge,
              "str\xff"
              "eam",
              0, "broken \xff text\n");
    finish(&f);
    assert_slice(f.logs.logs[0].body.text, "broken \xef\xbf\xbd text");
    assert_slice(f.logs.logs[0].resource->instance, "str\xef\xbf\xbd"
                                                    "eam");
    end(&f);
}

/* Bodies keep to their size, whatever comes, and lose nothing. */
static void bodies_keep_their_size(void **state)
{
    (void)state;
    static char text[4000];
    for (size_t size = 1000; size < 3900; size += 700) {
        struct fixture f;
        begin_sized(&f, 4096 * 4);
        for (int i = 0; i < 100; i++) {
            char stream[64];
            (void)snprintf(stream, sizeof(stream), "stream %d", i / 10);
            memset(text, 'x', size);
            text[size] = '\0';
            told_feed(f.merge, stream, i, text);
        }
        finish(&f);
        assert_int_equal(f.records, 100);
        assert_true(f.bodies[SIGNAL_LOGS] > 5);
        end(&f);
    }
}

/* A line that is too long for a body is cut, and says so. */
static void long_lines_are_cut(void **state)
{
    (void)state;
    struct fixture f;
    size_t size = 100000;
    char *text = malloc(size);
    begin_sized(&f, 4096 * 4);
    memset(text, 'x', size);
    struct log_event event = {
        .stream = SLICE("one"), .time_ns = TOLD_EPOCH_NS, .message = slice_of(text, size)};
    merge_event(f.merge, &event);
    finish(&f);
    assert_true(slice_ends(f.logs.logs[0].body.text, SLICE("... (95904 bytes cut)")));
    free(text);
    end(&f);
}

/* The same input makes the same bytes. */
static void bytes_depend_on_the_input_alone(void **state)
{
    (void)state;
    struct fixture one;
    struct fixture other;
    begin(&one);
    begin(&other);
    feed_instance(one.merge);
    feed_instance(other.merge);
    finish(&one);
    finish(&other);
    assert_true(slice_equal(buf_bytes(&one.bytes), buf_bytes(&other.bytes)));
    end(&one);
    end(&other);
}

/* An embedded metric is a body of metrics; the line stays. */
static void embedded_metrics_have_their_own_body(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 0,
              "{\"_aws\":{\"Timestamp\":1795392000000,\"CloudWatchMetrics\":[{\"Namespace\":"
              "\"shop\",\"Dimensions\":[[\"service\"]],\"Metrics\":[{\"Name\":\"orders\",\"Unit\":"
              "\"Count\"}]}]},\"service\":\"checkout\",\"orders\":[1,2]}\n");
    finish(&f);
    assert_int_equal(f.bodies[SIGNAL_LOGS], 1);
    assert_int_equal(f.bodies[SIGNAL_METRICS], 1);
    assert_int_equal(f.metrics.point_count, 2);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_say_what_lines_say),
        cmocka_unit_test(a_timeout_tells_the_deadline),
        cmocka_unit_test(roots_are_trace_ids),
        cmocka_unit_test(json_lines_become_attributes),
        cmocka_unit_test(broken_text_is_mended),
        cmocka_unit_test(bodies_keep_their_size),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(bytes_depend_on_the_input_alone),
        cmocka_unit_test(embedded_metrics_have_their_own_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
