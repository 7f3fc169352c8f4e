/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/lambda_json.h"

#include "lines.h"

#define EVENT(type, record)                                                                        \
    "{\"time\":\"2022-10-12T00:00:15.064Z\",\"type\":\"platform." type "\",\"record\":" record "}"
#define ID              "\"requestId\":\"" LINES_ID "\""
#define TIME_NS         INT64_C(1665532815064000000)
#define METRICS         "\"metrics\":{"
#define REPORT(metrics) EVENT("report", "{" ID ",\"status\":\"success\"," METRICS metrics "}}")

/* A report has the same facts as the line of text. */
static void report(void **state)
{
    (void)state;
    struct line line = lines_read(EVENT(
        "report", "{" ID ",\"status\":\"error\",\"errorType\":\"Runtime.OutOfMemory\"," METRICS
                  "\"durationMs\":147.156,\"billedDurationMs\":201,\"memorySizeMB\":512,"
                  "\"maxMemoryUsedMB\":91,\"initDurationMs\":170.13,\"restoreDurationMs\":"
                  "500.795,\"billedRestoreDurationMs\":53.0},\"spans\":[{\"name\":"
                  "\"extensionOverhead\",\"start\":\"x\",\"durationMs\":0.4}],\"tracing\":{"
                  "\"spanId\":\"54565fb41ac79632\",\"type\":\"X-Amzn-Trace-Id\",\"value\":"
                  "\"Root=" LINES_ROOT ";Parent=0efbd19962d95b05;Sampled=0\"}}"));

    assert_int_equal(line.kind, LINE_REPORT);
    assert_true(line.json && line.has_request && line.out_of_memory);
    assert_int_equal(line.time_ns, TIME_NS);
    assert_int_equal(line.status, WORD_ERROR);
    assert_slice(line.error_type, "Runtime.OutOfMemory");
    assert_int_equal(line.duration_ns, 147156000);
    assert_int_equal(line.billed_ms, 201);
    assert_int_equal(line.memory_mb, 512);
    assert_int_equal(line.max_memory_mb, 91);
    assert_int_equal(line.init_ns, 170130000);
    assert_int_equal(line.restore_ns, 500795000);
    assert_int_equal(line.billed_restore_ms, 53);
    assert_int_equal(line.post_handler_ns, 400000);
    assert_true(line.has_trace && line.has_segment);
    assert_int_equal(line.segment_id.bytes[0], 0x54);
    assert_int_equal(line.sampled, 0);
}

/* Start and done. */
static void start_and_done(void **state)
{
    (void)state;
    struct line line = lines_read(
        EVENT("start", "{" ID ",\"version\":\"$LATEST\",\"tracing\":{\"value\":\"Root=" LINES_ROOT
                       ";Parent=0efbd19962d95b05;Sampled=1\"}}"));
    assert_int_equal(line.kind, LINE_START);
    assert_slice(line.version, "$LATEST");
    assert_int_equal(line.sampled, 1);
    assert_false(line.has_segment);
    line = lines_read(EVENT(
        "runtimeDone",
        "{" ID
        ",\"status\":\"timeout\",\"spans\":[{\"name\":\"responseLatency\",\"durationMs\":1.5},"
        "{\"name\":\"responseDuration\",\"durationMs\":0.25},{\"name\":\"runtimeOverhead\","
        "\"durationMs\":3},{\"name\":\"other\",\"durationMs\":\"x\"}]," METRICS
        "\"durationMs\":140.0,\"producedBytes\":16}}"));
    assert_int_equal(line.kind, LINE_RUNTIME_DONE);
    assert_int_equal(line.status, WORD_TIMEOUT);
    assert_int_equal(line.duration_ns, 140000000);
    assert_int_equal(line.produced_bytes, 16);
    assert_int_equal(line.response_latency_ns, 1500000);
    assert_int_equal(line.response_duration_ns, 250000);
    assert_int_equal(line.runtime_overhead_ns, 3000000);
    line = lines_read(EVENT("end", "{" ID "}"));
    assert_int_equal(line.kind, LINE_END);
}

/* Inits and restores. */
static void inits(void **state)
{
    (void)state;
    struct line line = lines_read(EVENT(
        "initStart", "{\"initializationType\":\"on-demand\",\"phase\":\"init\",\"runtimeVersion\":"
                     "\"nodejs-14.v3\",\"runtimeVersionArn\":\"arn:aws:lambda:eu-west-1::runtime:"
                     "abc\",\"functionName\":\"f\",\"functionVersion\":\"7\",\"instanceId\":"
                     "\"2023/01/01/[7]abc\",\"instanceMaxMemory\":268435456}"));
    assert_int_equal(line.kind, LINE_INIT_START);
    assert_slice(line.init_type, "on-demand");
    assert_slice(line.phase, "init");
    assert_slice(line.runtime, "nodejs-14.v3");
    assert_slice(line.region, "eu-west-1");
    assert_slice(line.function, "f");
    assert_slice(line.version, "7");
    assert_slice(line.instance, "2023/01/01/[7]abc");
    assert_int_equal(line.memory_mb, 256);
    line = lines_read(EVENT("initReport",
                            "{\"initializationType\":\"snap-start\",\"phase\":\"init\","
                            "\"status\":\"success\"," METRICS "\"durationMs\":125.33}}"));
    assert_int_equal(line.kind, LINE_INIT_REPORT);
    assert_int_equal(line.duration_ns, 125330000);
    assert_int_equal(lines_read(EVENT("initRuntimeDone", "{\"status\":\"success\"}")).kind,
                     LINE_INIT_RUNTIME_DONE);
    assert_int_equal(lines_read(EVENT("restoreStart", "{\"functionName\":\"f\"}")).kind,
                     LINE_RESTORE_START);
    line = lines_read(
        EVENT("restoreReport", "{\"status\":\"success\"," METRICS "\"durationMs\":70.87}}"));
    assert_int_equal(line.kind, LINE_RESTORE_REPORT);
    assert_int_equal(line.duration_ns, 70870000);
    assert_int_equal(lines_read(EVENT("restoreRuntimeDone", "{\"status\":\"error\"}")).kind,
                     LINE_PLATFORM);
}

/* The others, and one that nobody knows yet. */
static void others(void **state)
{
    (void)state;
    struct line line = lines_read(EVENT(
        "logsDropped", "{\"droppedBytes\":12345,\"droppedRecords\":123,\"reason\":\"slow\"}"));
    assert_int_equal(line.kind, LINE_LOGS_DROPPED);
    assert_int_equal(line.dropped_bytes, 12345);
    assert_int_equal(line.dropped_records, 123);
    assert_int_equal(lines_read(EVENT("extension", "{\"name\":\"x\"}")).kind, LINE_EXTENSION);
    assert_int_equal(lines_read(EVENT("telemetrySubscription", "{}")).kind, LINE_EXTENSION);
    assert_int_equal(lines_read(EVENT("logsSubscription", "{}")).kind, LINE_EXTENSION);
    assert_int_equal(lines_read(EVENT("somethingNew", "[1]")).kind, LINE_PLATFORM);
    assert_int_equal(lines_read(EVENT("invokeSummary", "{\"x\":1}")).kind, LINE_PLATFORM);
    line = lines_read(EVENT("fault", "\"RequestId: " LINES_ID
                                     " Error: Runtime exited with error: signal: killed\\n"
                                     "Runtime.ExitError\""));
    assert_int_equal(line.kind, LINE_EXIT);
    assert_true(line.has_request && line.killed);
    assert_slice(line.error_type, "Runtime.ExitError");
    assert_int_equal(lines_read(EVENT("fault", "\"something else\"")).kind, LINE_PLATFORM);
}

/* Members in another order and with white space are the same event. */
static void reordered(void **state)
{
    (void)state;
    struct line line =
        lines_read("{\n  \"record\" : { \"metrics\" : { \"durationMs\" : 1.5 } ,\n"
                   "  \"requestId\" : \"" LINES_ID "\" } ,\n \"type\" : "
                   "\"platform.report\" , \"time\" : \"2022-10-12T00:00:15.064Z\"\n}");
    assert_int_equal(line.kind, LINE_REPORT);
    assert_int_equal(line.duration_ns, 1500000);
    assert_int_equal(line.time_ns, TIME_NS);
}

/* What is no such number is refused by its name; null says nothing. */
static void refused(void **state)
{
    (void)state;
    lines_refused(REPORT("\"durationMs\":\"***\""), "durationMs is no number");
    lines_refused(REPORT("\"durationMs\":NaN"), "durationMs is no number");
    lines_refused(REPORT("\"durationMs\":-1"), "durationMs is negative");
    lines_refused(REPORT("\"durationMs\":1e999"), "durationMs is beyond what the platform can do");
    lines_refused(REPORT("\"billedDurationMs\":1.5"), "billedDurationMs is no whole number");
    lines_refused(REPORT("\"memorySizeMB\":0"), "memorySizeMB is beyond what the platform can do");
    lines_refused(REPORT("\"maxMemoryUsedMB\":{}"), "maxMemoryUsedMB is no number");
    lines_refused(EVENT("logsDropped", "{\"droppedBytes\":true}"), "droppedBytes is no number");
    lines_refused(EVENT("report", "{}"), "a platform event has no requestId");
    lines_refused(EVENT("start", "null"), "a platform event has no requestId");
    lines_refused(EVENT("runtimeDone", "{" ID ",\"spans\":[{\"durationMs\":-1,\"name\":"
                                       "\"responseLatency\"}]}"),
                  "responseLatency is negative");
    lines_refused("{\"time\":\"2022-10-12T00:00:15.064Z\",\"type\":\"platform.report\",\"rec",
                  "a platform event is cut off or no JSON");
    struct line line = lines_read(REPORT("\"durationMs\":null,\"billedDurationMs\":3"));
    assert_int_equal(line.kind, LINE_REPORT);
    assert_int_equal(line.duration_ns, STREAMS_UNKNOWN);
    assert_int_equal(line.billed_ms, 3);
}

/* Read all pieces of a message. */
static void pieces(const char *text, const enum line_kind *kinds, const char *const *texts,
                   size_t count)
{
    struct slice rest = slice_from(text);

    for (size_t i = 0; i < count; i++) {
        struct line line;
        line_read(rest, &line, &rest);
        assert_int_equal(line.kind, kinds[i]);
        if (texts[i] != NULL) {
            assert_slice(line.text, texts[i]);
        }
    }
    assert_int_equal(rest.size, 0);
}

/* Objects and text without a newline between them are read piece by piece. */
static void glued(void **state)
{
    (void)state;
    pieces("text" EVENT("start", "{" ID "}") EVENT("end", "{" ID "}") "more text",
           (const enum line_kind[]){LINE_APP, LINE_START, LINE_END, LINE_APP},
           (const char *const[]){"text", NULL, NULL, "more text"}, 4);
    pieces(
        "{\"level\":\"info\",\"message\":\"a\"}" EVENT("end", "{" ID "}") "\n{\"message\":\"b\"}",
        (const enum line_kind[]){LINE_APP, LINE_END, LINE_APP},
        (const char *const[]){"a", NULL, "b"}, 3);
    pieces("Working ... " EVENT("end", "{" ID "}"), (const enum line_kind[]){LINE_APP, LINE_END},
           (const char *const[]){"Working ...", NULL}, 2);
    pieces("START RequestId: 1 Version: 2" EVENT("end", "{" ID "}"),
           (const enum line_kind[]){LINE_START, LINE_END}, (const char *const[]){NULL, NULL}, 2);
    pieces("{\"time\":\"x\",\"type\":\"platform.start\",\"record\":{" EVENT("end", "{" ID "}"),
           (const enum line_kind[]){LINE_REFUSED, LINE_END}, (const char *const[]){NULL, NULL}, 2);
}

/* An object that a text speaks of is what somebody printed, and no event. */
static void printed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Received: " EVENT("end", "{" ID "}"),
        "batch [" EVENT("end", "{" ID "}") "," EVENT("end", "{" ID "}") "]",
        "event=" EVENT("end", "{" ID "}"),
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(lines_read(texts[i]).kind, LINE_APP);
    }
    struct line line =
        lines_read("2023-12-05T22:10:47.468Z\t" LINES_ID "\tINFO\t" EVENT("end", "{" ID "}"));
    assert_int_equal(line.kind, LINE_APP);
    assert_int_equal(line.severity, SEVERITY_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report), cmocka_unit_test(start_and_done), cmocka_unit_test(inits),
        cmocka_unit_test(others), cmocka_unit_test(reordered),      cmocka_unit_test(refused),
        cmocka_unit_test(glued),  cmocka_unit_test(printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
