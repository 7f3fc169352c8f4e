/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/app_json.h"

#include "lines.h"

#include <stdio.h>

#define HEX "0af7651916cd43dd8448eb211c80319c"
#define AT  INT64_C(1685705242355000000)

/* The runtimes' JSON format. */
static void runtimes(void **state)
{
    (void)state;
    struct line line = lines_app("{\"timestamp\":\"2023-06-02T11:27:22.355Z\",\"level\":\"WARN\","
                                 "\"message\":\"a \\\"b\\\"\",\"requestId\":\"" LINES_ID "\"}\n",
                                 SEVERITY_WARN, "a \\\"b\\\"");
    assert_true(line.json && line.text_escaped && line.has_request);
    assert_int_equal(line.time_ns, AT);
    assert_slice(line.level, "WARN");
    assert_int_equal(line.object.base[line.object.size - 1], '}');
    assert_true(lines_read("{\"message\":\"x\",\"AWSRequestId\":\"" LINES_ID "\"}").has_request);
    assert_true(
        lines_read("{\"requestId\":\"" LINES_ID "\",\"faas.invocation_id\":\"here\"}").has_request);
    /* How Python says that an invocation failed; and Node.js; and Java. */
    line =
        lines_app("{\"timestamp\":\"2023-06-02T11:27:22Z\",\"log_level\":\"ERROR\","
                  "\"errorMessage\":\"bad\",\"errorType\":\"ValueError\",\"requestId\":\"" LINES_ID
                  "\",\"stackTrace\":[\"  File x\"]}",
                  SEVERITY_ERROR, "bad");
    assert_true(line.unhandled && line.exception);
    assert_slice(line.error_type, "ValueError");
    line = lines_read("{\"level\":\"ERROR\",\"message\":\"Invoke Error \\tError: x\","
                      "\"errorType\":\"Error\",\"errorMessage\":\"x\",\"stackTrace\":[]}");
    assert_true(line.unhandled);
    line = lines_read("{\"level\":\"ERROR\",\"message\":{\"errorType\":\"RangeError\","
                      "\"errorMessage\":\"x\",\"stackTrace\":[]}}");
    assert_true(line.exception && !line.unhandled);
    assert_slice(line.error_type, "RangeError");
    line = lines_read("{\"level\":\"UNDEFINED\",\"message\":\"boom: java.lang.RuntimeException\\n"
                      "java.lang.RuntimeException: boom\"}");
    assert_true(line.unhandled);
    assert_slice(line.error_type, "java.lang.RuntimeException");
    line =
        lines_read("{\"errorMessage\":\"boom\",\"errorType\":\"errorString\",\"stackTrace\":[{}]}");
    assert_true(line.unhandled);
    assert_int_equal(line.severity, SEVERITY_ERROR);
    line = lines_read("{\"errorMessage\":\"boom\",\"errorType\":\"errorString\"}");
    assert_true(line.exception && !line.unhandled);
    assert_int_equal(line.doubt, DOUBT_LAST);
    line = lines_read("{\"errorMessage\":\"boom\",\"errorType\":\"errorString\",\"order\":7}");
    assert_int_equal(line.doubt, DOUBT_NONE);
}

/* The libraries that people use. */
static void libraries(void **state)
{
    (void)state;
    struct line line = lines_app("{\"level\":50,\"time\":1685705242355,\"msg\":\"hello\",\"err\":{"
                                 "\"type\":\"TypeError\",\"stack\":\"x\"}}",
                                 SEVERITY_ERROR, "hello");
    assert_int_equal(line.time_ns, AT);
    assert_slice(line.error_type, "TypeError");
    line = lines_app("{\"level\":\"error\",\"ts\":1685705242.355,\"msg\":\"hello\",\"stacktrace\":"
                     "\"main.f\"}",
                     SEVERITY_ERROR, "hello");
    assert_int_equal(line.time_ns, AT);
    assert_true(line.exception);
    line = lines_app("{\"@t\":\"2023-06-02T11:27:22.355Z\",\"@mt\":\"Hello {Name}\",\"@l\":"
                     "\"Warning\",\"@x\":\"System.Exception: x\",\"@tr\":\"" HEX "\"}",
                     SEVERITY_WARN, "Hello {Name}");
    assert_int_equal(line.time_ns, AT);
    assert_slice(line.error_type, "System.Exception");
    assert_true(line.has_trace);
    lines_app("{\"log.level\":\"info\",\"message\":\"m\"}", SEVERITY_INFO, "m");
    lines_app("{\"log\":{\"level\":\"warn\"},\"message\":\"m\"}", SEVERITY_WARN, "m");
    lines_app("{\"event\":\"m\",\"level\":\"info\"}", SEVERITY_INFO, "m");
    lines_app("{\"level\":200,\"level_name\":\"INFO\",\"message\":\"m\"}", SEVERITY_INFO, "m");
    lines_app("{\"severity\":\"CRITICAL\",\"message\":\"m\"}", SEVERITY_FATAL, "m");
    lines_app("{\"LogLevel\":\"Information\",\"Message\":\"m\"}", SEVERITY_INFO, "m");
    lines_app("{\"status\":\"info\",\"message\":\"m\"}", SEVERITY_INFO, "m");
    lines_app("{\"level\":\"40\",\"msg\":\"m\"}", SEVERITY_WARN, "m");
    lines_app("{\"status\":200,\"message\":\"m\"}", SEVERITY_UNKNOWN, "m");
    lines_app("{\"status\":\"done\",\"message\":\"m\"}", SEVERITY_UNKNOWN, "m");
    lines_app("{\"level\":7,\"short_message\":\"m\"}", SEVERITY_DEBUG, "m");
    line = lines_app("{\"level\":\"INFO\",\"message\":\"m\",\"function_request_id\":\"" LINES_ID
                     "\",\"request_id\":\"other\",\"xray_trace_id\":\"" LINES_ROOT
                     "\",\"trace_id\":\"" HEX "\",\"exception_name\":\"KeyError\",\"exception\":"
                     "\"Traceback\"}",
                     SEVERITY_INFO, "m");
    assert_slice(line.request_text, LINES_ID);
    assert_int_equal(line.trace_id.bytes[0], 0x5d);
    assert_slice(line.error_type, "KeyError");
}

/* All the ways in which a trace id is written. */
static void traces(void **state)
{
    (void)state;
    static const char *const values[] = {
        "\"trace_id\":\"5d88ad26af7e1cf86161c0887567eed0\"",
        "\"traceId\":\"" LINES_ROOT "\"",
        "\"xRayTraceId\":\"" LINES_ROOT "@2ea934c013374041\"",
        "\"xray_trace_id\":\"Root=" LINES_ROOT ";Parent=0efbd19962d95b05;Sampled=1\"",
        "\"traceparent\":\"00-5d88ad26af7e1cf86161c0887567eed0-b7ad6b7169203331-01\"",
        "\"AWS-XRAY-TRACE-ID\":\"" LINES_ROOT "\"",
        "\"trace_id\":\"5d88ad26-af7e-1cf8-6161-c0887567eed0\"",
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char text[300];
        snprintf(text, sizeof(text), "{\"message\":\"m\",%s}", values[i]);
        struct line line = lines_read(text);
        assert_true(line.has_trace);
        assert_int_equal(line.trace_id.bytes[0], 0x5d);
        assert_int_equal(line.trace_id.bytes[15], 0xd0);
    }
    assert_false(lines_read("{\"trace_id\":\"3172564172058669914\"}").has_trace);
    assert_false(lines_read("{\"trace_id\":17}").has_trace);
}

/* The error of a function that was called and ran out of its time: it is told, but its id is
 * another's. */
static void timeouts(void **state)
{
    (void)state;
    struct line line = lines_read("{\"errorMessage\":\"2025-03-25T14:59:02.758Z " LINES_ID
                                  " Task timed out after 902.11 seconds\"}");
    assert_int_equal(line.kind, LINE_APP);
    assert_int_equal(line.status, WORD_TIMEOUT);
    assert_int_equal(line.duration_ns, INT64_C(902110000000));
    assert_false(line.has_request || line.unhandled);
    line = lines_read("{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: " LINES_ID
                      " Error: Task timed out after 3.00 seconds\"}");
    assert_int_equal(line.status, WORD_TIMEOUT);
    line = lines_read("{\"level\":\"ERROR\",\"message\":\"2025-03-25T14:59:02.758Z " LINES_ID
                      " Task timed out after 3.00 seconds\"}");
    assert_int_equal(line.status, WORD_TIMEOUT);
    line = lines_read("{\"message\":\"we say that Task timed out after 3.00 seconds\"}");
    assert_int_equal(line.status, WORD_NONE);
    assert_int_equal(line.duration_ns, STREAMS_UNKNOWN);
}

/* Embedded metrics are known by their member. */
static void metrics(void **state)
{
    (void)state;
    assert_true(lines_read("{\"_aws\":{\"Timestamp\":1,\"CloudWatchMetrics\":[]},\"x\":1}").emf);
    assert_false(lines_read("{\"_aws\":{\"Timestamp\":1},\"x\":1}").emf);
    assert_false(lines_read("{\"x\":\"_aws CloudWatchMetrics\"}").emf);
}

/* Several objects in a message are read one by one; text that begins with an object is a text. */
static void several(void **state)
{
    (void)state;
    struct line line;
    struct slice rest = SLICE("{\"a\":1}\n{\"b\":2}{\"c\":3}");
    unsigned count = 0;

    while (rest.size > 0) {
        line_read(rest, &line, &rest);
        assert_true(line.json);
        count++;
    }
    assert_int_equal(count, 3);
    lines_app("{\"a\":1} was received", SEVERITY_UNKNOWN, "{\"a\":1} was received");
    assert_false(lines_read("{'a': 1}").json);
    assert_false(lines_read("{\"a\":1").json);
    assert_false(lines_read("{\"a\"}").json);
    lines_app("{}", SEVERITY_UNKNOWN, "{}");
}

/* Escapes that JSON does not have make no object, and no text that could be unescaped. */
static void escapes(void **state)
{
    (void)state;
    assert_false(lines_read("{\"message\":\"a\\x1b\"}").json);
    assert_false(lines_read("{\"message\":\"a\\u12g4\"}").json);
    assert_true(lines_read("{\"message\":\"a\\u12a4\"}").text_escaped);
    struct line line = lines_app("level=info msg=\"a\\x1b\\n\"", SEVERITY_INFO, "a\\x1b\\n");
    assert_false(line.text_escaped);
}

/* Hostile nesting and hostile beginnings take time in proportion to their size. */
static void hostile(void **state)
{
    (void)state;
    static const char *const units[] = {
        "{\"time\":{",
        "{\"time\":[",
        "{",
        "[{\"time\":\"x\",\"type\":\"platform.start\",\"record\":",
        "{\"time\":\"x\",\"type\":\"platform.start\",\"record\":{",
        "{\"time\":\"x\",\"type\":\"platform.x\",\"r\":[1],\"s\":\"\\\"",
        "=trace_id",
        "trace_id=",
        "RequestId: ",
        "\\n",
        "- ",
        "[INFO]",
        "\xe2\x80",
        "Foo::",
        ", ",
    };
    enum { SIZE = 1 << 20 };
    static unsigned char text[SIZE];

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        struct slice unit = slice_from(units[i]);
        for (size_t at = 0; at < SIZE; at++) {
            text[at] = unit.base[at % unit.size];
        }
        struct slice rest = slice_of(text, SIZE);
        unsigned pieces = 0;
        while (rest.size > 0) {
            struct line line;
            line_read(rest, &line, &rest);
            pieces++;
        }
        assert_true(pieces >= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runtimes), cmocka_unit_test(libraries), cmocka_unit_test(traces),
        cmocka_unit_test(timeouts), cmocka_unit_test(metrics),   cmocka_unit_test(several),
        cmocka_unit_test(hostile),  cmocka_unit_test(escapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
