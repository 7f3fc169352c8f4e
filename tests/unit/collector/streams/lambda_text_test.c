/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/lambda_text.h"

#include "lines.h"

#include <string.h>

#define REPORT "REPORT RequestId: " LINES_ID "\t"

/* Fields are found by their names: in every one of their orders they are the same. */
static void every_order(void **state)
{
    (void)state;
    static const char *const fields[] = {("RequestId: " LINES_ID), "Duration: 8.40 ms",
                                         "Billed Duration: 9 ms", "Memory Size: 128 MB",
                                         "Max Memory Used: 66 MB"};
    unsigned orders = 0;

    for (unsigned number = 0; number < 3125; number++) {
        char text[400] = "REPORT";
        unsigned used = 0;
        unsigned digits = number;
        for (unsigned i = 0; i < 5; i++, digits /= 5) {
            used |= 1U << digits % 5;
            strcat(strcat(text, i == 0 ? " " : "\t"), fields[digits % 5]);
        }
        if (used != 31) {
            continue;
        }
        struct line line = lines_read(text);
        assert_int_equal(line.kind, LINE_REPORT);
        assert_true(line.has_request);
        assert_int_equal(line.duration_ns, 8400000);
        assert_int_equal(line.billed_ms, 9);
        assert_int_equal(line.memory_mb, 128);
        assert_int_equal(line.max_memory_mb, 66);
        orders++;
    }
    assert_int_equal(orders, 120);
}

/* What is no such number is refused by its name, and never 0. */
static void refused_numbers(void **state)
{
    (void)state;
    lines_refused(REPORT "Duration: *** ms\tBilled Duration: 9 ms", "Duration is no number");
    lines_refused(REPORT "Duration: ***\tBilled Duration: 9 ms", "Duration is no number");
    lines_refused(REPORT "Duration: NaN ms", "Duration is no number");
    lines_refused(REPORT "Duration: Infinity ms", "Duration is no number");
    lines_refused(REPORT "Duration: 1,234.5 ms", "Duration is no number");
    lines_refused(REPORT "Duration: 1.2.3 ms", "Duration is no number");
    lines_refused(REPORT "Duration: +3 ms", "Duration is no number");
    lines_refused(REPORT "Duration: -3 ms", "Duration is negative");
    lines_refused(REPORT "Duration: -0.00 ms", "Duration is negative");
    lines_refused(REPORT "Duration: 1e999 ms", "Duration is beyond what the platform can do");
    lines_refused(REPORT "Duration: 3600000.01 ms", "Duration is beyond what the platform can do");
    lines_refused(REPORT "Duration: \tBilled Duration: 9 ms", "Duration is empty");
    lines_refused(REPORT "Duration:", "Duration is empty");
    lines_refused(REPORT "Duration: 3", "Duration has no unit that we know");
    lines_refused(REPORT "Duration: 3 parsecs", "Duration has no unit that we know");
    lines_refused(REPORT "Duration: 3 ms\tDuration: 4 ms", "Duration is there twice and differs");
    lines_refused(REPORT "Billed Duration: 9.5 ms", "Billed Duration is no whole number");
    lines_refused(REPORT "Billed Duration: ?", "Billed Duration is no number");
    lines_refused(REPORT "Memory Size: 0 MB", "Memory Size is beyond what the platform can do");
    lines_refused(REPORT "Memory Size: 131073 MB",
                  "Memory Size is beyond what the platform can do");
    lines_refused(REPORT "Memory Size: 128 ms", "Memory Size has no unit that we know");
    lines_refused(REPORT "Max Memory Used: -1 MB", "Max Memory Used is negative");
    lines_refused(REPORT "Max Memory Used: 66.5 MB", "Max Memory Used is no whole number");
    lines_refused(REPORT "Memory Size: 128 MB\tMax Memory Used: 257 MB",
                  "more memory was used than twice the memory size");
    lines_refused(REPORT "Init Duration: x ms", "Init Duration is no number");
    lines_refused(REPORT "Restore Duration: x ms", "Restore Duration is no number");
    lines_refused(REPORT "Billed Restore Duration: x ms", "Billed Restore Duration is no number");
    lines_refused("INIT_REPORT Init Duration: *** ms\tPhase: init", "Init Duration is no number");
    lines_refused("RESTORE_REPORT Restore Duration: -1 ms", "Restore Duration is negative");
    lines_refused("2019-07-18T18:58:22.286Z " LINES_ID " Task timed out after *** seconds",
                  "Task timed out after is no number");
}

/* A refused line still tells whose it is, and what of it was good. */
static void refused_keeps_the_rest(void **state)
{
    (void)state;
    struct line line = lines_read(REPORT "Duration: \tBilled Duration: 9 ms");

    assert_true(line.has_request);
    assert_int_equal(line.duration_ns, STREAMS_UNKNOWN);
    assert_int_equal(line.billed_ms, 9);
}

/* Numbers are exact, at the limit too, and in the units that are seen. */
static void exact_numbers(void **state)
{
    (void)state;
    assert_int_equal(lines_read(REPORT "Duration: 8.40 ms").duration_ns, 8400000);
    assert_int_equal(lines_read(REPORT "Duration: 8.4ms").duration_ns, 8400000);
    assert_int_equal(lines_read(REPORT "Duration: 0.000001 ms").duration_ns, 1);
    assert_int_equal(lines_read(REPORT "Duration: 0.00 ms").duration_ns, 0);
    assert_int_equal(lines_read(REPORT "Duration: 1.5 s").duration_ns, 1500000000);
    assert_int_equal(lines_read(REPORT "Duration: 3600000.00 ms").duration_ns,
                     INT64_C(3600000000000));
    assert_int_equal(lines_read(REPORT "Duration: 899999.99 ms").duration_ns,
                     INT64_C(899999990000));
    assert_int_equal(lines_read(REPORT "Duration: 68058.8312345 ms").duration_ns,
                     INT64_C(68058831235));
    assert_int_equal(lines_read(REPORT "Billed Duration: 9.0 ms").billed_ms, 9);
    assert_int_equal(lines_read(REPORT "Billed Duration: 0 ms").billed_ms, 0);
    assert_int_equal(lines_read(REPORT "Memory Size: 131072 MB").memory_mb, 131072);
    assert_int_equal(lines_read(REPORT "Max Memory Used: 0 MB").max_memory_mb, 0);
    assert_int_equal(lines_read(REPORT "Duration: 3 ms\tDuration: 3 ms").duration_ns, 3000000);
}

/* What is not there is unknown; what we do not know is read over, with names that end as ours. */
static void unknown_fields(void **state)
{
    (void)state;
    struct line line = lines_read(REPORT "Extension Overhead Duration: 4 ms\tFoo: bar baz\tMemory "
                                         "Size: 128 MB\tEnergy: 3 J\tBilled Duration: 9 ms\t");
    assert_int_equal(line.kind, LINE_REPORT);
    assert_int_equal(line.duration_ns, STREAMS_UNKNOWN);
    assert_int_equal(line.memory_mb, 128);
    assert_int_equal(line.billed_ms, 9);
    assert_int_equal(line.init_ns, STREAMS_UNKNOWN);
    line = lines_read("REPORT RequestId: " LINES_ID " Duration: 3 ms Extension Duration: 4 ms "
                      "Load: 3 % Memory Size: 128 MB");
    assert_int_equal(line.duration_ns, 3000000);
    assert_int_equal(line.memory_mb, 128);
}

/* The lines around an invocation. */
static void start_and_end(void **state)
{
    (void)state;
    struct line line = lines_read("START RequestId: " LINES_ID " Version: $LATEST\n");
    assert_int_equal(line.kind, LINE_START);
    assert_slice(line.request_text, LINES_ID);
    assert_slice(line.version, "$LATEST");
    assert_int_equal(line.request_id.bytes[0], 0xff);
    assert_int_equal(line.request_id.bytes[15], 0xeb);
    line = lines_read("END RequestId: 4c1d\\n");
    assert_int_equal(line.kind, LINE_END);
    assert_slice(line.request_text, "4c1d");
    assert_false(line.has_request);
    line = lines_read("\xef\xbb\xbf\"END RequestId: " LINES_ID "\"\r\n");
    assert_int_equal(line.kind, LINE_END);
}

/* Inits and restores. */
static void inits(void **state)
{
    (void)state;
    struct line line = lines_read("INIT_START Runtime Version: python:3.13.v31\tRuntime Version "
                                  "ARN: arn:aws:lambda:eu-central-1::runtime:f713\n");
    assert_int_equal(line.kind, LINE_INIT_START);
    assert_slice(line.runtime, "python:3.13.v31");
    assert_slice(line.region, "eu-central-1");
    line = lines_read("RESTORE_START Runtime Version: java:11.v20 Runtime Version ARN: arn");
    assert_int_equal(line.kind, LINE_RESTORE_START);
    assert_slice(line.region, "");
    line = lines_read("RESTORE_REPORT Restore Duration: 511.25 ms");
    assert_int_equal(line.kind, LINE_RESTORE_REPORT);
    assert_int_equal(line.duration_ns, 511250000);
    assert_int_equal(line.restore_ns, STREAMS_UNKNOWN);
    line = lines_read("INIT_REPORT Status: error\tInit Duration: 5.00 ms");
    assert_int_equal(line.duration_ns, 5000000);
    assert_int_equal(line.init_ns, STREAMS_UNKNOWN);
    assert_int_equal(line.status, WORD_ERROR);
}

/* The lines about X-Ray, extensions and images. */
static void others(void **state)
{
    (void)state;
    struct line line = lines_read("XRAY TraceId: " LINES_ROOT "\tSegmentId: 2ea934c013374041\t"
                                  "Sampled: true\t\n");
    assert_int_equal(line.kind, LINE_XRAY);
    assert_true(line.has_trace && line.has_segment);
    assert_int_equal(line.sampled, 1);
    assert_int_equal(lines_read("XRAY TraceId: ***\tSampled: false").has_trace, false);
    assert_int_equal(lines_read("EXTENSION Name: a b State: Ready Events: [INVOKE,SHUTDOWN]").kind,
                     LINE_EXTENSION);
    assert_int_equal(lines_read("LOGS\tName: x\tState: Subscribed\tTypes: [Platform]").kind,
                     LINE_EXTENSION);
    assert_int_equal(lines_read("IMAGE\tLaunch error: x\tEntrypoint: []\tCmd: []").kind,
                     LINE_PLATFORM);
}

/* Cut by the time limit. */
static void timeouts(void **state)
{
    (void)state;
    struct line line =
        lines_read("2019-07-18T18:58:22.286Z " LINES_ID " Task timed out after 30.03 seconds\n\n");
    assert_int_equal(line.kind, LINE_TIMEOUT);
    assert_true(line.has_request);
    assert_int_equal(line.duration_ns, INT64_C(30030000000));
    assert_int_equal(line.time_ns, INT64_C(1563476302286000000));
    assert_int_equal(line.status, WORD_TIMEOUT);
    line = lines_read("2019-07-18T18:58:22.286Z *** Task timed out after 3.00 seconds");
    assert_int_equal(line.kind, LINE_TIMEOUT);
    /* The platform writes a time and an id before it: without these somebody said so. */
    assert_int_equal(lines_read("Task timed out after 3.00 seconds").kind, LINE_APP);
    line = lines_read("2019-07-18T18:58:22.286Z Task timed out after 3.00 seconds");
    assert_int_equal(line.kind, LINE_APP);
    line =
        lines_read("2019-07-18T18:58:22.286Z\\t" LINES_ID "\\tTask timed out after 3 seconds\\n");
    assert_int_equal(line.kind, LINE_TIMEOUT);
    line = lines_read("\"2019-07-18T18:58:22.286Z " LINES_ID
                      " Task timed out after 3.00 seconds\\n\\n\"");
    assert_int_equal(line.kind, LINE_TIMEOUT);
    assert_true(line.has_request);
    line = lines_read("RequestId: " LINES_ID " Error: Task timed out after 3.00 seconds");
    assert_int_equal(line.kind, LINE_TIMEOUT);
    assert_true(line.has_request);
    assert_int_equal(lines_read("I say: Task timed out after 3.00 seconds").kind, LINE_APP);
}

/* Processes that ended. */
static void exits(void **state)
{
    (void)state;
    struct line line = lines_read("RequestId: " LINES_ID " Error: Runtime exited with error: "
                                  "signal: killed\nRuntime.ExitError\n");
    assert_int_equal(line.kind, LINE_EXIT);
    assert_true(line.has_request && line.killed && !line.out_of_memory);
    assert_slice(line.error_type, "Runtime.ExitError");
    line = lines_read("RequestId: " LINES_ID " Error: Runtime exited without providing a reason\\n"
                      "Runtime.ExitError");
    assert_int_equal(line.kind, LINE_EXIT);
    assert_false(line.killed);
    assert_slice(line.error_type, "Runtime.ExitError");
    line = lines_read("RequestId: " LINES_ID " Process exited before completing request\n");
    assert_int_equal(line.kind, LINE_EXIT);
    line = lines_read("RequestId " LINES_ID " Process exited before completing request");
    assert_int_equal(line.kind, LINE_EXIT);
    assert_true(line.has_request);
    line = lines_read("RequestId: " LINES_ID " Error: Runtime exited with error: signal: killed\n"
                      "Runtime.OutOfMemory");
    assert_true(line.out_of_memory);
    line = lines_read("2023-01-01T00:00:00Z " LINES_ID " Error: Runtime exited with error: exit "
                      "status 126 Runtime.ExitError");
    assert_int_equal(line.kind, LINE_EXIT);
    assert_true(line.has_request);
    assert_int_equal(lines_read("Process exited before completing request").kind, LINE_EXIT);
    assert_int_equal(lines_read("RequestId: " LINES_ID " was served").kind, LINE_APP);
}

/* Words that begin a sentence begin no line of the platform. */
static void sentences(void **state)
{
    (void)state;
    static const char *const texts[] = {"REPORT on the weather",
                                        "START of something",
                                        "END",
                                        "END of the story: RequestId: x",
                                        "EXTENSION cords",
                                        "LOGS are fine",
                                        "XRAY vision",
                                        "STARTRequestId: x",
                                        "INIT_START",
                                        "IMAGE of a cat",
                                        "Task timed out",
                                        "REPORT RequestId: 1234 is what we saw",
                                        "START RequestId: abc",
                                        "END RequestId: foo bar",
                                        "report RequestId: x"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct line line = lines_read(texts[i]);
        assert_int_equal(line.kind, LINE_APP);
        assert_slice(line.text, texts[i]);
    }
}

/* Lines of the platform that share a message are read one by one. */
static void several(void **state)
{
    (void)state;
    struct slice rest = SLICE("START RequestId: 4c1d Version: 7\nhello\nEND RequestId: 4c1d\n"
                              "REPORT RequestId: 4c1d\tDuration: 3 ms\t\nXRAY TraceId: " LINES_ROOT
                              "\tSampled: true\nSTART RequestId: 4c1e Version: 7\n");
    static const enum line_kind kinds[] = {LINE_START, LINE_APP};
    struct line line;

    for (size_t i = 0; i < 2; i++) {
        line_read(rest, &line, &rest);
        assert_int_equal(line.kind, kinds[i]);
    }
    rest = SLICE(
        "END RequestId: 4c1d\nREPORT RequestId: 4c1d\tDuration: 3 ms\t\nXRAY TraceId: " LINES_ROOT
        "\tSampled: true\nSTART RequestId: 4c1e Version: 7\n");
    line_read(rest, &line, &rest);
    assert_int_equal(line.kind, LINE_END);
    line_read(rest, &line, &rest);
    assert_int_equal(line.kind, LINE_REPORT);
    assert_true(line.has_trace);
    assert_int_equal(line.sampled, 1);
    line_read(rest, &line, &rest);
    assert_int_equal(line.kind, LINE_START);
    assert_slice(line.request_text, "4c1e");
    assert_int_equal(rest.size, 0);
}

/* What exports put in front is taken off. */
static void containers(void **state)
{
    (void)state;
    static const char *const prefixes[] = {
        "2023/06/02/[72]88ab219a63d343d294d0a9947e8ab36a 2023-06-02T11:27:25.060000 ",
        "2023-06-02T11:27:25.060000+00:00 2023/06/02/[72]88ab219a63d343d294d0a9947e8ab36a ",
        "/aws/lambda/f 2023/06/02/[72]88ab219a63d343d294d0a9947e8ab36a 2023-06-02T11:27:25.060Z ",
        "2023-06-02T11:27:25.060Z ",
        "2023-06-02 11:27:25.060\t",
        "2023/06/02/fn[$LATEST][88ab219a63d343d294d0a9947e8ab36a] 2023-06-02T11:27:25.060Z ",
    };

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        char text[300] = "";
        strcat(strcat(text, prefixes[i]), "END RequestId: " LINES_ID "\n");
        struct line line = lines_read(text);
        assert_int_equal(line.kind, LINE_END);
        assert_int_equal(line.time_ns, INT64_C(1685705245060000000));
    }
    struct line line = lines_app("2023/06/02/[72]88ab219a63d343d294d0a9947e8ab36a "
                                 "2023-06-02T11:27:25.060000 some text",
                                 0, "some text");
    assert_int_equal(line.time_ns, INT64_C(1685705245060000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order),    cmocka_unit_test(refused_numbers),
        cmocka_unit_test(exact_numbers),  cmocka_unit_test(refused_keeps_the_rest),
        cmocka_unit_test(unknown_fields), cmocka_unit_test(start_and_end),
        cmocka_unit_test(inits),          cmocka_unit_test(others),
        cmocka_unit_test(timeouts),       cmocka_unit_test(exits),
        cmocka_unit_test(sentences),      cmocka_unit_test(several),
        cmocka_unit_test(containers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
