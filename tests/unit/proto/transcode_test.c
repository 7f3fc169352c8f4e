/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/transcode.h"

#include "proto/guard.h"
#include "proto/wire.h"

#include "base/json_read.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "lib/file.h"
#include "lib/oracle.h"

#define DATA      "../shared/data/otlp/"
#define EXPORTERS DATA "generated__exporters-otel-js-0.208.0/"
#define TWINS     DATA "f5__otel-arrow-adapter/collector/receiver/filereceiver/testdata/"
#define EXAMPLES  DATA "open-telemetry__opentelemetry-proto/examples/"

static const struct {
    const char *path;
    enum schema_id root;
} texts[] = {
    {EXPORTERS "03_v1_traces_json_identity.json", SCHEMA_TRACES_REQUEST},
    {EXPORTERS "06_v1_logs_json_identity.json", SCHEMA_LOGS_REQUEST},
    {EXPORTERS "09_v1_metrics_json_identity.json", SCHEMA_METRICS_REQUEST},
    {EXPORTERS "10_v1_metrics_json_identity.json", SCHEMA_METRICS_REQUEST},
    {EXAMPLES "trace.json", SCHEMA_TRACES_REQUEST},
    {EXAMPLES "logs.json", SCHEMA_LOGS_REQUEST},
    {EXAMPLES "events.json", SCHEMA_LOGS_REQUEST},
    {EXAMPLES "metrics.json", SCHEMA_METRICS_REQUEST},
};

enum { TEXT_COUNT = sizeof(texts) / sizeof(texts[0]), OUT_SIZE_MAX = 1 << 22 };

static void from_json(struct slice json, enum schema_id root, struct buf *out)
{
    struct transcode_error error;

    buf_reset(out);
    if (transcode_from_json(json, root, out, &error) != STATUS_OK) {
        fail_msg("at %zu: %s", error.at, error.reason);
    }
}

static void to_json(struct slice message, enum schema_id root, struct buf *out)
{
    struct transcode_error error;
    struct json_write writer;

    buf_reset(out);
    json_write_init(&writer, out);
    if (transcode_to_json(message, root, &writer, &error) != STATUS_OK) {
        fail_msg("at %zu: %s", error.at, error.reason);
    }
    json_write_finish(&writer);
}

static void canonical(struct slice body, enum schema_id root, struct buf *out)
{
    size_t peak;

    buf_reset(out);
    assert_true(oracle_canonical(body, root, out, &peak));
}

/* From JSON to protobuf to JSON and back gives the same message; the guard and protobuf-c take
 * each form, and nothing is lost on the way: the texts of exporters come back as they were. */
static void real_texts(void **state)
{
    (void)state;
    struct buf wire;
    struct buf json;
    struct buf again;
    struct buf one;
    struct buf other;

    buf_init_growing(&wire, OUT_SIZE_MAX);
    buf_init_growing(&json, OUT_SIZE_MAX);
    buf_init_growing(&again, OUT_SIZE_MAX);
    buf_init_growing(&one, OUT_SIZE_MAX);
    buf_init_growing(&other, OUT_SIZE_MAX);
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        struct slice text = file_read(texts[i].path);
        struct guard_limits limits = GUARD_LIMITS_DEFAULT;
        struct guard_report report;
        from_json(text, texts[i].root, &wire);
        assert_int_equal(guard_check(buf_bytes(&wire), texts[i].root, &limits, &report), GUARD_OK);
        assert_true(report.record_count > 0);
        canonical(buf_bytes(&wire), texts[i].root, &one);
        to_json(buf_bytes(&wire), texts[i].root, &json);
        from_json(buf_bytes(&json), texts[i].root, &again);
        canonical(buf_bytes(&again), texts[i].root, &other);
        assert_true(slice_equal(buf_bytes(&one), buf_bytes(&other)));
        /* In the order of the table, our bytes are protobuf-c's. */
        assert_true(slice_equal(buf_bytes(&again), buf_bytes(&other)));
        file_free(text);
    }
    buf_fini(&wire);
    buf_fini(&json);
    buf_fini(&again);
    buf_fini(&one);
    buf_fini(&other);
}

/* Whether a member differs between two exports of the same telemetry: ids and times. */
static bool is_of_the_moment(struct json_string key)
{
    return slice_ends(key.raw, SLICE("UnixNano")) || slice_ends(key.raw, SLICE("Id"));
}

/* Both texts have the same tokens but for ids, times and stack traces. */
static void assert_same_telemetry(struct slice one, struct slice other)
{
    struct json_read left;
    struct json_read right;
    bool exempt = false;

    json_read_init(&left, one, JSON_DEPTH_MAX);
    json_read_init(&right, other, JSON_DEPTH_MAX);
    while (json_read_next(&left) > JSON_END) {
        assert_int_equal(json_read_next(&right), left.token);
        if (left.token == JSON_NUMBER) {
            assert_true(slice_equal(left.number, right.number));
        } else if ((left.token == JSON_STRING && !exempt) || left.token == JSON_KEY) {
            /* A stack trace tells who called, and that was not the same. */
            struct slice trace;
            struct slice wanted = left.string.raw;
            struct slice seen = right.string.raw;
            slice_cut(wanted, '\\', &wanted, &trace);
            slice_cut(seen, '\\', &seen, &trace);
            assert_true(slice_equal(seen, wanted));
        }
        exempt = left.token == JSON_KEY && is_of_the_moment(left.string);
    }
    assert_int_equal(left.token, JSON_END);
    assert_true(json_read_finish(&right));
}

/* The same telemetry, exported by one SDK as protobuf and as JSON, is the same but for its ids and
 * times. */
static void siblings(void **state)
{
    (void)state;
    const struct {
        const char *json;
        const char *wire;
        enum schema_id root;
    } pairs[] = {
        {EXPORTERS "03_v1_traces_json_identity.json", EXPORTERS "01_v1_traces_protobuf_identity.pb",
         SCHEMA_TRACES_REQUEST},
        {EXPORTERS "06_v1_logs_json_identity.json", EXPORTERS "05_v1_logs_protobuf_identity.pb",
         SCHEMA_LOGS_REQUEST},
    };
    struct buf wire;
    struct buf one;
    struct buf other;

    buf_init_growing(&wire, OUT_SIZE_MAX);
    buf_init_growing(&one, OUT_SIZE_MAX);
    buf_init_growing(&other, OUT_SIZE_MAX);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct slice json = file_read(pairs[i].json);
        struct slice sibling = file_read(pairs[i].wire);
        from_json(json, pairs[i].root, &wire);
        to_json(buf_bytes(&wire), pairs[i].root, &one);
        to_json(sibling, pairs[i].root, &other);
        assert_same_telemetry(buf_bytes(&one), buf_bytes(&other));
        file_free(json);
        file_free(sibling);
    }
    buf_fini(&wire);
    buf_fini(&one);
    buf_fini(&other);
}

/* Ten messages that were written as protobuf, each with its length in four bytes, and as lines of
 * JSON: exactly the same messages. */
static void twins(void **state)
{
    (void)state;
    struct slice json = file_read(TWINS "metrics.json");
    struct slice frames = file_read(TWINS "metrics.pb");
    struct slice lines = json;
    struct slice rest = frames;
    struct buf wire;
    struct buf one;
    struct buf other;
    unsigned count = 0;

    buf_init_growing(&wire, OUT_SIZE_MAX);
    buf_init_growing(&one, OUT_SIZE_MAX);
    buf_init_growing(&other, OUT_SIZE_MAX);
    while (rest.size > 4) {
        struct slice line;
        size_t size = (size_t)rest.base[0] << 24 | (size_t)rest.base[1] << 16 |
                      (size_t)rest.base[2] << 8 | rest.base[3];
        slice_cut(lines, '\n', &line, &lines);
        from_json(line, SCHEMA_METRICS_REQUEST, &wire);
        canonical(buf_bytes(&wire), SCHEMA_METRICS_REQUEST, &one);
        canonical(slice_take(slice_skip(rest, 4), size), SCHEMA_METRICS_REQUEST, &other);
        assert_true(slice_equal(buf_bytes(&one), buf_bytes(&other)));
        rest = slice_skip(rest, 4 + size);
        count++;
    }
    assert_int_equal(count, 10);
    assert_int_equal(rest.size, 0);
    assert_int_equal(slice_trim(lines).size, 0);
    buf_fini(&wire);
    buf_fini(&one);
    buf_fini(&other);
    file_free(json);
    file_free(frames);
}

/* A text and what comes back after it was protobuf. */
static const struct {
    enum schema_id root;
    const char *text;
    const char *back;
} round_trips[] = {
    {SCHEMA_SPAN, "{}", "{}"},
    /* Ids are hexadecimal of either case, and nothing else is. */
    {SCHEMA_SPAN,
     "{\"traceId\":\"5B8EFFF798038103D269B633813FC60C\",\"spanId\":\"\",\"parentSpanId\":\"aa\"}",
     "{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"parentSpanId\":\"aa\"}"},
    {SCHEMA_ANY_VALUE, "{\"bytesValue\":\"-_8\"}", "{\"bytesValue\":\"+/8=\"}"},
    {SCHEMA_ANY_VALUE, "{\"bytesValue\":\"\\/\\/8\\u003d\"}", "{\"bytesValue\":\"//8=\"}"},
    {SCHEMA_ANY_VALUE, "{\"bytesValue\":\"\"}", "{\"bytesValue\":\"\"}"},
    /* 64-bit integers are strings or numbers, and exact. */
    {SCHEMA_SPAN,
     "{\"startTimeUnixNano\":18446744073709551615,\"endTimeUnixNano\":\"9007199254740993\"}",
     "{\"startTimeUnixNano\":\"18446744073709551615\",\"endTimeUnixNano\":\"9007199254740993\"}"},
    {SCHEMA_ANY_VALUE, "{\"intValue\":\"-9223372036854775808\"}",
     "{\"intValue\":\"-9223372036854775808\"}"},
    {SCHEMA_ANY_VALUE, "{\"intValue\":1e3}", "{\"intValue\":\"1000\"}"},
    {SCHEMA_ANY_VALUE, "{\"intValue\":0}", "{\"intValue\":\"0\"}"},
    {SCHEMA_SPAN, "{\"flags\":\"256\",\"droppedLinksCount\":4294967295}",
     "{\"droppedLinksCount\":4294967295,\"flags\":256}"},
    /* Enums are integers or names; unknown integers are kept. */
    {SCHEMA_SPAN, "{\"kind\":\"SPAN_KIND_SERVER\"}", "{\"kind\":2}"},
    {SCHEMA_SPAN, "{\"kind\":3}", "{\"kind\":3}"},
    {SCHEMA_SPAN, "{\"kind\":77}", "{\"kind\":77}"},
    {SCHEMA_SPAN, "{\"kind\":\"-1\"}", "{\"kind\":-1}"},
    {SCHEMA_LOG_RECORD, "{\"severityNumber\":\"SEVERITY_NUMBER_ERROR2\"}",
     "{\"severityNumber\":18}"},
    {SCHEMA_SPAN_STATUS, "{\"code\":\"STATUS_CODE_ERROR\",\"message\":\"x\"}",
     "{\"message\":\"x\",\"code\":2}"},
    /* Doubles, with those that JSON has no number for. */
    {SCHEMA_ANY_VALUE, "{\"doubleValue\":\"NaN\"}", "{\"doubleValue\":\"NaN\"}"},
    {SCHEMA_ANY_VALUE, "{\"doubleValue\":\"-Infinity\"}", "{\"doubleValue\":\"-Infinity\"}"},
    {SCHEMA_ANY_VALUE, "{\"doubleValue\":\"0.1\"}", "{\"doubleValue\":0.1}"},
    {SCHEMA_ANY_VALUE, "{\"doubleValue\":0}", "{\"doubleValue\":0}"},
    {SCHEMA_ANY_VALUE, "{\"doubleValue\":-0.0}", "{\"doubleValue\":-0}"},
    /* Optional numbers are there when they were. */
    {SCHEMA_HISTOGRAM_POINT, "{\"count\":\"0\",\"sum\":0,\"min\":0}", "{\"sum\":0,\"min\":0}"},
    {SCHEMA_HISTOGRAM_POINT, "{\"bucketCounts\":[\"1\",2,0],\"explicitBounds\":[0.5,\"Infinity\"]}",
     "{\"bucketCounts\":[\"1\",\"2\",\"0\"],\"explicitBounds\":[0.5,\"Infinity\"]}"},
    {SCHEMA_HISTOGRAM_POINT, "{\"bucketCounts\":[],\"exemplars\":[]}", "{}"},
    {SCHEMA_EXPONENTIAL_HISTOGRAM_POINT,
     "{\"scale\":-3,\"positive\":{\"offset\":-2147483648,\"bucketCounts\":[\"300\",1]}}",
     "{\"scale\":-3,\"positive\":{\"offset\":-2147483648,\"bucketCounts\":[\"300\",\"1\"]}}"},
    {SCHEMA_NUMBER_POINT, "{\"asInt\":\"-1\"}", "{\"asInt\":\"-1\"}"},
    /* null is nothing; unknown keys, snake_case ones among them, are nothing. */
    {SCHEMA_SPAN, "{\"name\":null,\"attributes\":null,\"status\":null}", "{}"},
    {SCHEMA_SPAN, "{\"trace_id\":\"zz\",\"x\":[{\"y\":[[]]}],\"name\":\"n\"}", "{\"name\":\"n\"}"},
    /* Keys may be escaped, text decodes to valid UTF-8. */
    {SCHEMA_SPAN, "{\"n\\u0061me\":\"\\ud83d\\ude00\\ud83d\\u0000\"}",
     "{\"name\":\"\xf0\x9f\x98\x80\xef\xbf\xbd\\u0000\"}"},
    /* Values in values. */
    {SCHEMA_ANY_VALUE,
     "{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"arrayValue\":{\"values\":[{},"
     "{\"boolValue\":false},{\"stringValue\":\"\"}]}}}]}}",
     "{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"arrayValue\":{\"values\":[{},"
     "{\"boolValue\":false},{\"stringValue\":\"\"}]}}}]}}"},
    {SCHEMA_KEY_VALUE, "{\"key\":\"k\",\"value\":{}}", "{\"key\":\"k\",\"value\":{}}"},
    {SCHEMA_ENTITY_REF, "{\"idKeys\":[\"a\",\"\"]}", "{\"idKeys\":[\"a\",\"\"]}"},
    {SCHEMA_TRACES_RESPONSE, "{\"partialSuccess\":{\"rejectedSpans\":\"3\"}}",
     "{\"partialSuccess\":{\"rejectedSpans\":\"3\"}}"},
    {SCHEMA_RPC_STATUS, "{\"code\":3,\"details\":[{\"typeUrl\":\"t\",\"value\":\"AA==\"}]}",
     "{\"code\":3,\"details\":[{\"typeUrl\":\"t\",\"value\":\"AA==\"}]}"},
};

/* Each rule of the encoding, there and back. */
static void rules(void **state)
{
    (void)state;
    struct buf wire;
    struct buf json;

    buf_init_growing(&wire, OUT_SIZE_MAX);
    buf_init_growing(&json, OUT_SIZE_MAX);
    for (size_t i = 0; i < sizeof(round_trips) / sizeof(round_trips[0]); i++) {
        from_json(slice_from(round_trips[i].text), round_trips[i].root, &wire);
        to_json(buf_bytes(&wire), round_trips[i].root, &json);
        assert_slice(buf_bytes(&json), round_trips[i].back);
    }
    buf_fini(&wire);
    buf_fini(&json);
}

/* An id may be of any length: what a wrong one means is for the receiver to say. */
static void long_ids(void **state)
{
    (void)state;
    struct buf text;
    struct buf wire;
    struct buf json;

    buf_init_growing(&text, OUT_SIZE_MAX);
    buf_init_growing(&wire, OUT_SIZE_MAX);
    buf_init_growing(&json, OUT_SIZE_MAX);
    for (size_t size = 2; size < 1000; size += 2) {
        buf_reset(&text);
        buf_append_text(&text, "{\"traceId\":\"");
        buf_append_fill(&text, 'a', size);
        buf_append_text(&text, "\"}");
        from_json(buf_bytes(&text), SCHEMA_SPAN, &wire);
        to_json(buf_bytes(&wire), SCHEMA_SPAN, &json);
        assert_true(slice_equal(buf_bytes(&json), buf_bytes(&text)));
    }
    buf_fini(&text);
    buf_fini(&wire);
    buf_fini(&json);
}

/* What is wrong is refused, with its place. */
static void refusals(void **state)
{
    (void)state;
    const struct {
        enum schema_id root;
        const char *text;
        size_t at;
    } cases[] = {
        {SCHEMA_SPAN, "", 0},
        {SCHEMA_SPAN, "[]", 0},
        {SCHEMA_SPAN, "null", 0},
        {SCHEMA_SPAN, "{} x", 3},
        {SCHEMA_SPAN, "{\"name\":\"a\"", 11},
        {SCHEMA_SPAN, "{\"name\":1}", 8},
        {SCHEMA_SPAN, "{\"name\":{}}", 8},
        {SCHEMA_SPAN, "{\"traceId\":\"xy\"}", 11},
        {SCHEMA_SPAN, "{\"traceId\":\"abc\"}", 11},
        {SCHEMA_SPAN, "{\"kind\":\"SPAN_KIND_NONE\"}", 8},
        {SCHEMA_SPAN, "{\"kind\":2147483648}", 8},
        {SCHEMA_SPAN, "{\"kind\":true}", 8},
        {SCHEMA_SPAN, "{\"flags\":4294967296}", 9},
        {SCHEMA_SPAN, "{\"flags\":-1}", 9},
        {SCHEMA_SPAN, "{\"startTimeUnixNano\":\"18446744073709551616\"}", 21},
        {SCHEMA_SPAN, "{\"startTimeUnixNano\":1.5}", 21},
        {SCHEMA_SPAN, "{\"startTimeUnixNano\":\"\"}", 21},
        {SCHEMA_SPAN, "{\"status\":[]}", 10},
        {SCHEMA_SPAN, "{\"status\":{},\"status\":{}}", 22},
        {SCHEMA_SPAN, "{\"events\":{}}", 10},
        {SCHEMA_SPAN, "{\"events\":[null]}", 11},
        {SCHEMA_SPAN, "{\"events\":[{},3]}", 14},
        {SCHEMA_ANY_VALUE, "{\"boolValue\":\"true\"}", 13},
        {SCHEMA_ANY_VALUE, "{\"boolValue\":1}", 13},
        {SCHEMA_ANY_VALUE, "{\"bytesValue\":\"A\"}", 14},
        {SCHEMA_ANY_VALUE, "{\"doubleValue\":\"nan\"}", 15},
        {SCHEMA_ANY_VALUE, "{\"doubleValue\":1e400}", 15},
        {SCHEMA_ANY_VALUE, "{\"intValue\":[1]}", 12},
    };
    struct buf wire;

    buf_init_growing(&wire, OUT_SIZE_MAX);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct transcode_error error;
        buf_reset(&wire);
        enum status status =
            transcode_from_json(slice_from(cases[i].text), cases[i].root, &wire, &error);
        if (status != STATUS_BAD || error.at != cases[i].at || error.reason == NULL) {
            fail_msg("<%s>: at %zu: %s", cases[i].text, error.at, error.reason);
        }
    }
    buf_fini(&wire);
}

/* Values nest as deep as the guard allows; deeper texts are refused here already. */
static void depth_limit(void **state)
{
    (void)state;
    static const char open[] = "{\"arrayValue\":{\"values\":[";
    static const char close[] = "]}}";

    for (unsigned levels = OTLP_MESSAGE_DEPTH_MAX / 2 - 1; levels <= OTLP_MESSAGE_DEPTH_MAX / 2 + 1;
         levels++) {
        struct buf text;
        struct buf wire;
        struct transcode_error error;
        struct guard_limits limits = GUARD_LIMITS_DEFAULT;
        struct guard_report report;
        buf_init_growing(&text, OUT_SIZE_MAX);
        buf_init_growing(&wire, OUT_SIZE_MAX);
        for (unsigned i = 0; i < levels; i++) {
            buf_append_text(&text, open);
        }
        for (unsigned i = 0; i < levels; i++) {
            buf_append_text(&text, close);
        }
        enum status status = transcode_from_json(buf_bytes(&text), SCHEMA_ANY_VALUE, &wire, &error);
        if (2 * levels <= OTLP_MESSAGE_DEPTH_MAX) {
            assert_int_equal(status, STATUS_OK);
            assert_int_equal(guard_check(buf_bytes(&wire), SCHEMA_ANY_VALUE, &limits, &report),
                             GUARD_OK);
            assert_int_equal(report.depth, 2 * levels);
        } else {
            assert_int_equal(status, STATUS_BAD);
            assert_string_equal(error.reason, "nested too deep");
        }
        buf_fini(&text);
        buf_fini(&wire);
    }
}

/* To JSON: elements apart become one list, and the last of what may be there once counts. */
static void odd_wire(void **state)
{
    (void)state;
    struct buf wire;
    struct buf json;

    buf_init_growing(&wire, 1000);
    buf_init_growing(&json, 1000);
    size_t event = wire_write_open(&wire, 11);
    wire_write_bytes(&wire, 2, SLICE("first"));
    wire_write_close(&wire, event);
    wire_write_bytes(&wire, 5, SLICE("one"));
    wire_write_bytes(&wire, 5, SLICE("two\xff"));
    event = wire_write_open(&wire, 11);
    wire_write_bytes(&wire, 2, SLICE("second"));
    wire_write_close(&wire, event);
    wire_write_u64(&wire, 999, 1);
    to_json(buf_bytes(&wire), SCHEMA_SPAN, &json);
    assert_slice(buf_bytes(&json), "{\"name\":\"two\xef\xbf\xbd\","
                                   "\"events\":[{\"name\":\"first\"},{\"name\":\"second\"}]}");

    buf_reset(&wire);
    wire_write_u64(&wire, 3, 1);
    wire_write_bytes(&wire, 1, SLICE("last"));
    to_json(buf_bytes(&wire), SCHEMA_ANY_VALUE, &json);
    assert_slice(buf_bytes(&json), "{\"stringValue\":\"last\"}");

    buf_reset(&wire);
    wire_write_u64(&wire, 2, 1);
    size_t packed = wire_write_open(&wire, 2);
    wire_write_varint(&wire, 2);
    wire_write_varint(&wire, 300);
    wire_write_close(&wire, packed);
    to_json(buf_bytes(&wire), SCHEMA_BUCKETS, &json);
    assert_slice(buf_bytes(&json), "{\"bucketCounts\":[\"1\",\"2\",\"300\"]}");

    struct json_write writer;
    struct transcode_error error;
    buf_reset(&json);
    json_write_init(&writer, &json);
    assert_int_equal(transcode_to_json(SLICE("\x0a\x05"), SCHEMA_SPAN, &writer, &error),
                     STATUS_BAD);
    assert_non_null(error.reason);
    assert_int_equal(json.size, 0);
    buf_fini(&wire);
    buf_fini(&json);
}

static const char sample[] =
    "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"a\",\"value\":{\"arrayValue\":"
    "{\"values\":[{\"intValue\":\"5\"},{\"bytesValue\":\"AAEC\"},{\"doubleValue\":1.5}]}}}]},"
    "\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":\"1\",\"severityNumber\":9,\"traceId\":"
    "\"5b8efff798038103d269b633813fc60c\",\"body\":{\"stringValue\":\"\\u00e4\"}}]}]}]}";

static void transcode_any(struct slice input, void *context)
{
    struct buf *bufs = context;
    struct transcode_error error;

    buf_reset(&bufs[0]);
    if (transcode_from_json(input, SCHEMA_LOGS_REQUEST, &bufs[0], &error) != STATUS_OK) {
        assert_true(error.at <= input.size && error.reason != NULL);
        return;
    }
    struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    assert_int_equal(guard_check(buf_bytes(&bufs[0]), SCHEMA_LOGS_REQUEST, &limits, &report),
                     GUARD_OK);
    canonical(buf_bytes(&bufs[0]), SCHEMA_LOGS_REQUEST, &bufs[1]);
}

/* Any damage is refused or becomes a message that the guard and protobuf-c accept. */
static void damage(void **state)
{
    (void)state;
    struct buf bufs[2];

    buf_init_growing(&bufs[0], OUT_SIZE_MAX);
    buf_init_growing(&bufs[1], OUT_SIZE_MAX);
    every_damage(slice_from(sample), transcode_any, bufs);
    buf_fini(&bufs[0]);
    buf_fini(&bufs[1]);
}

/* A buf of any size that is too small makes STATUS_FULL and nothing worse. */
static void out_of_room(void **state)
{
    (void)state;
    unsigned char memory[1000];
    struct transcode_error error;
    struct buf whole;

    buf_init_fixed(&whole, memory, sizeof(memory));
    assert_int_equal(transcode_from_json(slice_from(sample), SCHEMA_LOGS_REQUEST, &whole, &error),
                     STATUS_OK);
    bool fitted = false;
    for (size_t size = 0; size < whole.size + 64; size++) {
        unsigned char less[1000];
        struct buf buf;
        buf_init_fixed(&buf, less, size);
        enum status status =
            transcode_from_json(slice_from(sample), SCHEMA_LOGS_REQUEST, &buf, &error);
        assert_true(status == (size < whole.size ? STATUS_FULL : STATUS_OK) ||
                    (status == STATUS_FULL && !fitted));
        fitted = fitted || status == STATUS_OK;

        unsigned char text[1000];
        struct json_write writer;
        buf_init_fixed(&buf, text, size);
        json_write_init(&writer, &buf);
        assert_int_equal(transcode_to_json(buf_bytes(&whole), SCHEMA_LOGS_REQUEST, &writer, &error),
                         STATUS_FULL);
    }
    assert_true(fitted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_texts),  cmocka_unit_test(twins),       cmocka_unit_test(siblings),
        cmocka_unit_test(rules),       cmocka_unit_test(refusals),    cmocka_unit_test(odd_wire),
        cmocka_unit_test(long_ids),    cmocka_unit_test(depth_limit), cmocka_unit_test(damage),
        cmocka_unit_test(out_of_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
