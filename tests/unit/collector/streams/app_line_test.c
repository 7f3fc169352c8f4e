/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/app_line.h"

#include "lines.h"

#include <stdio.h>
#include <string.h>

#define TIME    "2023-12-05T22:14:43.862Z"
#define TIME_NS INT64_C(1701814483862000000)
#define SHORT   "2023-06-02 11:27:22"
#define HEX     "0af7651916cd43dd8448eb211c80319c"

/* A line with a time and a request id besides. */
static void owned(const char *text, uint32_t severity, const char *said)
{
    struct line line = lines_app(text, severity, said);

    assert_int_equal(line.time_ns, TIME_NS);
    assert_true(line.has_request);
    assert_slice(line.request_text, LINES_ID);
}

/* Python: logging's format on the platform, and the runtime's own words. */
static void python(void **state)
{
    (void)state;
    owned("[INFO]\t" TIME "\t" LINES_ID "\thello\tworld\n", SEVERITY_INFO, "hello\tworld");
    owned("[WARNING]    " TIME "    " LINES_ID "    hello", SEVERITY_WARN, "hello");
    owned("[CRITICAL]\\t" TIME "\\t" LINES_ID "\\thello", SEVERITY_FATAL, "hello");
    owned("[WARNING]\t" TIME "\t" LINES_ID "\tLAMBDA_WARNING: Unhandled exception. The most",
          SEVERITY_WARN, "LAMBDA_WARNING: Unhandled exception. The most");
    struct line line =
        lines_app("[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File",
                  SEVERITY_ERROR, "KeyError: 'x'\nTraceback (most recent call last):\n  File");
    assert_true(line.unhandled && line.exception);
    assert_slice(line.error_type, "KeyError");
    line = lines_read("[ERROR] Runtime.ImportModuleError: Unable to import module 'x'");
    assert_true(line.unhandled);
    assert_slice(line.error_type, "Runtime.ImportModuleError");
    line =
        lines_read("[ERROR]\t" TIME "\t" LINES_ID "\tfailed\nTraceback (most recent call last):\n"
                   "  File \"x\", line 1, in f\nmy.errors.Thing: bad");
    assert_true(line.exception && !line.unhandled);
    assert_slice(line.error_type, "my.errors.Thing");
    line = lines_app("[ERROR] First test message", SEVERITY_ERROR, "First test message");
    assert_false(line.unhandled || line.exception);
    line = lines_read("[ERROR] MemoryError: x");
    assert_true(line.unhandled && line.out_of_memory);
    lines_app("INFO:root:hello", SEVERITY_INFO, "root:hello");
    line = lines_app(SHORT ",123 - my.logger - WARNING - careful", SEVERITY_WARN, "careful");
    assert_int_equal(line.time_ns, INT64_C(1685705242123000000));
    lines_app(SHORT ".123 | ERROR    | mod:f:12 - hello", SEVERITY_ERROR, "mod:f:12 - hello");
}

/* Node.js: the runtime's console, and how it tells that an invocation failed. */
static void node(void **state)
{
    (void)state;
    owned(TIME "\t" LINES_ID "\tINFO\ta picture\n", SEVERITY_INFO, "a picture");
    owned(TIME " " LINES_ID " DEBUG a picture", SEVERITY_DEBUG, "a picture");
    owned(TIME "\\t" LINES_ID "\\tWARN\\ta picture\\n", SEVERITY_WARN, "a picture\\n");
    struct line line = lines_app(TIME "\tundefined\tINFO\tLoading", SEVERITY_INFO, "Loading");
    assert_int_equal(line.request_text.size, 0);
    line = lines_read(TIME "\t" LINES_ID "\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\","
                           "\"errorMessage\":\"x\",\"stack\":[\"TypeError: x\"]}");
    assert_true(line.unhandled && line.exception && line.json);
    assert_slice(line.error_type, "TypeError");
    assert_int_equal(line.severity, SEVERITY_ERROR);
    assert_int_equal(line.object.base[0], '{');
    assert_true(lines_read(TIME "\tundefined\tERROR\tUncaught Exception \t{\"errorType\":\"X\"}")
                    .unhandled);
    assert_true(
        lines_read(TIME "\t" LINES_ID "\tERROR\tUnhandled Promise Rejection \t{}").unhandled);
    line = lines_read("TypeError: x is not a function\n    at f (/var/task/index.js:1:2)");
    assert_true(line.exception && !line.unhandled);
    assert_slice(line.error_type, "TypeError");
    assert_true(
        lines_read("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out "
                   "of memory")
            .out_of_memory);
    line = lines_app(TIME "\t" LINES_ID "\tINFO\t{\"level\":\"warn\",\"message\":\"inner\","
                          "\"trace_id\":\"" HEX "\"}",
                     SEVERITY_WARN, "inner");
    assert_true(line.json && line.has_trace && line.has_request);
    lines_app("\x1b[32minfo\x1b[39m: hello", SEVERITY_INFO, "hello");
}

/* Java: log4j, logback, Spring, java.util.logging, and the runtime. */
static void java(void **state)
{
    (void)state;
    struct line line = lines_app(SHORT " " LINES_ID " INFO  Handler:57 - hello", SEVERITY_INFO,
                                 "Handler:57 - hello");
    assert_true(line.has_request);
    lines_app("11:27:22.123 [main] WARN  c.e.App - hello", SEVERITY_WARN, "c.e.App - hello");
    lines_app(SHORT ".123  INFO 8 --- [main] c.e.App : hello", SEVERITY_INFO,
              "8 --- [main] c.e.App : hello");
    lines_app(SHORT ".123 [main] ERROR c.e.App - hello", SEVERITY_ERROR, "c.e.App - hello");
    lines_app("Jan 02, 2023 3:04:05 PM com.example.Handler handle\nSEVERE: hello", SEVERITY_ERROR,
              "hello");
    line =
        lines_read("boom: java.lang.RuntimeException\njava.lang.RuntimeException: boom\n\tat a.b");
    assert_true(line.unhandled && line.exception);
    assert_slice(line.error_type, "java.lang.RuntimeException");
    line = lines_read("Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space");
    assert_true(line.exception && line.out_of_memory);
    assert_slice(line.error_type, "java.lang.OutOfMemoryError");
    assert_slice(lines_read("Caused by: java.io.IOException: x").error_type, "java.io.IOException");
}

/* .NET, Ruby, Go, PowerShell. */
static void others(void **state)
{
    (void)state;
    owned(TIME "\t" LINES_ID "\tinfo\thello", SEVERITY_INFO, "hello");
    owned(TIME "\t" LINES_ID "\tfail\thello", SEVERITY_ERROR, "hello");
    owned(TIME " " LINES_ID " error handling was improved", SEVERITY_UNKNOWN,
          "error handling was improved");
    lines_app("info: Category[0]\n      hello", SEVERITY_INFO, "Category[0]\n      hello");
    lines_app(SHORT ".1234|INFO|Class|hello", SEVERITY_INFO, "|Class|hello");
    assert_true(lines_read("Unhandled exception. System.Exception: x\n   at A.B()").unhandled);
    struct line line =
        lines_app("I, [2023-06-02T11:27:22.000000 #8]  INFO -- : hello", SEVERITY_INFO, "hello");
    assert_int_equal(line.time_ns, INT64_C(1685705242000000000));
    line = lines_app("E, [2023-06-02T11:27:22.000000 #8] ERROR " LINES_ID " -- prog: hello",
                     SEVERITY_ERROR, "hello");
    assert_true(line.has_request);
    line = lines_read("Error raised from handler method\n{\n  \"errorMessage\": \"boom\",\n"
                      "  \"errorType\": \"Function<StandardError>\",\n  \"stackTrace\": []\n}");
    assert_true(line.unhandled && line.json);
    assert_slice(line.error_type, "Function<StandardError>");
    line = lines_app("2023/06/02 11:27:22 started", SEVERITY_UNKNOWN, "started");
    assert_int_equal(line.time_ns, INT64_C(1685705242000000000));
    lines_app("2023/06/02 11:27:22 WARN started k=v", SEVERITY_WARN, "started k=v");
    line = lines_read("panic: boom\n\ngoroutine 1 [running]:\nmain.main()");
    assert_true(line.unhandled && line.exception);
    assert_int_equal(line.severity, SEVERITY_FATAL);
    assert_true(lines_read("fatal error: runtime: out of memory").out_of_memory);
    lines_app("[Information] - hello", SEVERITY_INFO, "hello");
    lines_app("[Error] - hello", SEVERITY_ERROR, "hello");
    assert_true(lines_read("failed to allocate memory (NoMemoryError)").out_of_memory);
}

/* Levels in front, as many libraries write them; logfmt. */
static void levels(void **state)
{
    (void)state;
    lines_app("ERROR: hello", SEVERITY_ERROR, "hello");
    lines_app("WARN hello", SEVERITY_WARN, "hello");
    lines_app("13 Mar 2021 20:43:37,640 [INFO] (rapid) hello", SEVERITY_INFO, "(rapid) hello");
    lines_app("DEBUG\thello", SEVERITY_DEBUG, "hello");
    lines_app("Warning: hello", SEVERITY_WARN, "hello");
    lines_app("[trace] hello", SEVERITY_TRACE, "hello");
    assert_true(
        lines_app("ERROR RequestId: " LINES_ID " hello", SEVERITY_ERROR, "hello").has_request);
    struct line line = lines_app("time=\"2023-06-02T11:27:22Z\" level=warning msg=\"a \\\"b\\\"\" "
                                 "requestId=" LINES_ID " trace_id=" HEX,
                                 SEVERITY_WARN, "a \\\"b\\\"");
    assert_true(line.text_escaped && line.has_request && line.has_trace);
    assert_int_equal(line.time_ns, INT64_C(1685705242000000000));
    lines_app("ts=1685705242.5 level=error msg=bad", SEVERITY_ERROR, "bad");
}

/* A word in the middle of a sentence is no level, and a sentence no form. */
static void sentences(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "The ERROR was found",
        "Error invoking invite lambda: x",
        "Info for you",
        "information is all",
        "[1,\"NR_LAMBDA_MONITORING\",{}]",
        "{'version': '2.0'}",
        "User ERROR123 is x",
        "2 463657938898 eni-9f825df9 - NODATA",
        "x",
        "[",
        "12:00",
        "level",
        "a = b",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct line line = lines_app(texts[i], SEVERITY_UNKNOWN, texts[i]);
        assert_false(line.exception || line.unhandled);
        assert_int_equal(line.error_type.size, 0);
    }
    assert_slice(lines_read("   \r\n").text, "");
    assert_slice(lines_read("").text, "");
}

/* Trace ids near the beginning of a text. */
static void traces(void **state)
{
    (void)state;
    struct line line = lines_read("[dd.trace_id=" HEX " dd.span_id=b7ad6b7169203331] hello");
    assert_true(line.has_trace && line.has_segment);
    assert_int_equal(line.trace_id.bytes[0], 0x0a);
    line = lines_read(TIME "\t" LINES_ID "\tINFO\ttraceId=" LINES_ROOT " hello");
    assert_true(line.has_trace);
    assert_int_equal(line.trace_id.bytes[0], 0x5d);
    /* 64 bits of somebody else's are not the id of a trace. */
    line = lines_read("[dd.trace_id=3172564172058669914 dd.span_id=14292093692483532556] x");
    assert_false(line.has_trace || line.has_segment);
    assert_false(lines_read("race_id="
                            "00000000000000000000000000000000")
                     .has_trace);
}

/* The usual form of id and level is read by a way of its own, which says what the other one says:
 * that takes a tab more. */
static void usual(void **state)
{
    static const char *const words[] = {"INFO",  "WARN", "ERROR", "DEBUG", "TRACE",   "FATAL",
                                        "OTHER", "Info", "INFO:", "",      "CRITICAL"};
    static const char *const ids[] = {LINES_ID, "undefined", "FF09E3F9-691F-4006-B566-CE40B25BA4EB",
                                      "xx09e3f9-691f-4006-b566-ce40b25ba4eb"};
    static const char *const texts[] = {"hello", "- hello", "  ", "", "Invoke Error \t{}", "a=b"};
    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) * 24; i++) {
        char one[256], other[256];
        const char *word = words[i / 24], *id = ids[i / 6 % 4], *text = texts[i % 6];
        (void)snprintf(one, sizeof(one), TIME "\t%s\t%s\t%s", id, word, text);
        (void)snprintf(other, sizeof(other), TIME "\t\t%s\t%s\t%s", id, word, text);
        struct line quick = lines_read(one);
        struct line slow = lines_read(other);
        assert_int_equal(quick.severity, slow.severity);
        assert_true(slice_equal(quick.level, slow.level));
        assert_true(slice_equal(quick.text, slow.text) ||
                    (quick.text.size == strlen(one) && slow.text.size == strlen(other)));
        assert_int_equal(quick.has_request, slow.has_request);
        assert_true(slice_equal(quick.request_text, slow.request_text));
        assert_int_equal(quick.time_ns, slow.time_ns);
        assert_int_equal(quick.unhandled, slow.unhandled);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python), cmocka_unit_test(node),   cmocka_unit_test(java),
        cmocka_unit_test(others), cmocka_unit_test(levels), cmocka_unit_test(sentences),
        cmocka_unit_test(traces), cmocka_unit_test(usual),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
