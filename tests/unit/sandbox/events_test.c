/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"

#include "base/clock.h"
#include "sandbox/events.h"

#include <string.h>

#define MS CLOCK_NS_PER_MS

/* 2026-01-02T03:04:05Z at monotonic 0. */
#define WALL_OFFSET_NS (UINT64_C(1767323045) * CLOCK_NS_PER_S)

static struct events_context context_make(void)
{
    return (struct events_context){
        .function_name = SLICE("f"),
        .function_version = SLICE("$LATEST"),
        .init_type = SLICE("on-demand"),
        .memory_mb = 128,
        .memory_used_mb = 30,
        .timeout_ns = 2000 * MS,
        .wall_offset_ns = WALL_OFFSET_NS,
        .request_id = SLICE("r-1"),
    };
}

static const char *json_of(const struct life_event *event)
{
    static unsigned char bytes[4096];
    struct events_context context = context_make();
    struct buf out;
    memset(bytes, 0, sizeof(bytes));
    buf_init_fixed(&out, bytes, sizeof(bytes) - 1);
    events_write_json(&context, event, &out);
    return (const char *)bytes;
}

/* The messages, one behind the other. */
static const char *messages_of(const struct events_context *context, const struct life_event *event,
                               struct events_text *text)
{
    static unsigned char bytes[4096];
    static struct buf out;
    memset(bytes, 0, sizeof(bytes));
    buf_init_fixed(&out, bytes, sizeof(bytes) - 1);
    *text = (struct events_text){.out = &out};
    events_write_text(context, event, text);
    return (const char *)bytes;
}

static const char *text_of(const struct life_event *event)
{
    struct events_context context = context_make();
    struct events_text text;
    return messages_of(&context, event, &text);
}

/* An event's time is that of the input that caused it, with milliseconds. */
static void test_time(void **state)
{
    (void)state;
    struct life_event event = {.kind = LIFE_EVENT_START, .time_ns = 751 * MS + 999999};
    assert_string_equal(json_of(&event),
                        "{\"time\":\"2026-01-02T03:04:05.751Z\",\"type\":\"platform.start\","
                        "\"record\":{\"requestId\":\"r-1\",\"version\":\"$LATEST\"}}");
}

/* A timeout has a status in its REPORT, and a line and an empty line behind it. */
static void test_timeout(void **state)
{
    (void)state;
    struct life_event event = {.kind = LIFE_EVENT_REPORT,
                               .time_ns = 2001 * MS,
                               .outcome = LIFE_TIMEOUT,
                               .error_type = "Sandbox.Timedout",
                               .duration_ns = 2000 * MS};
    assert_string_equal(text_of(&event),
                        "END RequestId: r-1\n"
                        "REPORT RequestId: r-1\tDuration: 2000.00 ms\tBilled Duration: 2000 ms\t"
                        "Memory Size: 128 MB\tMax Memory Used: 30 MB\tStatus: timeout\n"
                        "2026-01-02T03:04:07.001Z r-1 Task timed out after 2.00 seconds\n\n");
}

/* What the platform saw go wrong stands in the REPORT; an error of the function's own does not. */
static void test_errors(void **state)
{
    (void)state;
    struct life_event event = {.kind = LIFE_EVENT_REPORT,
                               .outcome = LIFE_ERROR,
                               .error_type = "Runtime.ExitError",
                               .duration_ns = 1500000};
    assert_string_equal(text_of(&event),
                        "END RequestId: r-1\n"
                        "REPORT RequestId: r-1\tDuration: 1.50 ms\tBilled Duration: 2 ms\t"
                        "Memory Size: 128 MB\tMax Memory Used: 30 MB\tStatus: error\t"
                        "Error Type: Runtime.ExitError\n");
    strcpy(event.error_type, "Function.Mine");
    event.init_ns = 20 * MS;
    assert_string_equal(text_of(&event),
                        "END RequestId: r-1\n"
                        "REPORT RequestId: r-1\tDuration: 1.50 ms\tBilled Duration: 22 ms\t"
                        "Memory Size: 128 MB\tMax Memory Used: 30 MB\tInit Duration: 20.00 ms\t\n");
}

/* END, REPORT and a timeout are events of their own; the trace is a part of the REPORT, and of a
 * sampled request only. */
static void test_messages(void **state)
{
    (void)state;
    static const char end[] = "END RequestId: r-1\n";
    static const char report[] =
        "REPORT RequestId: r-1\tDuration: 2000.00 ms\tBilled Duration: 2000 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 30 MB\tStatus: timeout\n"
        "XRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegmentId: 53995c3f42cd8ad8\t"
        "Sampled: true\t\n";
    struct trace trace = {.root = "1-5759e988-bd862e3fe1be46a994272793",
                          .span_id = "53995c3f42cd8ad8",
                          .sampled = true};
    struct life_event event = {
        .kind = LIFE_EVENT_REPORT, .outcome = LIFE_TIMEOUT, .duration_ns = 2000 * MS};
    struct events_context context = context_make();
    struct events_text text;
    context.trace = &trace;
    const char *all = messages_of(&context, &event, &text);
    assert_int_equal(text.count, 3);
    assert_int_equal(text.ends[0], strlen(end));
    assert_int_equal(text.ends[1], strlen(end) + strlen(report));
    assert_int_equal(text.ends[2], strlen(all));
    assert_memory_equal(all, end, strlen(end));
    assert_memory_equal(all + text.ends[0], report, strlen(report));
    trace.sampled = false;
    assert_null(strstr(messages_of(&context, &event, &text), "XRAY"));
}

/* Events that succeed in silence have no line. */
static void test_silent(void **state)
{
    (void)state;
    struct life_event event = {.kind = LIFE_EVENT_RUNTIME_DONE};
    assert_string_equal(text_of(&event), "");
    event.kind = LIFE_EVENT_INIT_REPORT;
    assert_string_equal(text_of(&event), "");
    event.outcome = LIFE_TIMEOUT;
    event.duration_ns = 10000 * MS;
    assert_string_equal(text_of(&event),
                        "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout\n");
}

/* A restore begins a stream, has a report, and is billed with the invocation behind it: rounded
 * up by itself, as real lines have it. */
static void test_restore(void **state)
{
    (void)state;
    assert_string_equal(text_of(&(struct life_event){.kind = LIFE_EVENT_RESTORE_START}),
                        "RESTORE_START Runtime Version: \tRuntime Version ARN: \n");
    assert_string_equal(text_of(&(struct life_event){.kind = LIFE_EVENT_RESTORE_REPORT,
                                                     .duration_ns = 51125 * MS / 100}),
                        "RESTORE_REPORT Restore Duration: 511.25 ms\n");
    struct life_event report = {.kind = LIFE_EVENT_REPORT,
                                .duration_ns = 147156 * MS / 1000,
                                .restore_ns = 52100 * MS / 1000};
    assert_string_equal(text_of(&report),
                        "END RequestId: r-1\n"
                        "REPORT RequestId: r-1\tDuration: 147.16 ms\tBilled Duration: 201 ms\t"
                        "Memory Size: 128 MB\tMax Memory Used: 30 MB\tRestore Duration: 52.10 ms\t"
                        "Billed Restore Duration: 53 ms\t\n");
    assert_non_null(
        strstr(json_of(&report), "\"restoreDurationMs\":52.1,\"billedRestoreDurationMs\":53"));
}

/* A managed instance reports how long it took, and nothing else. */
static void test_managed(void **state)
{
    (void)state;
    unsigned char bytes[4096] = {0};
    struct events_context context = context_make();
    struct buf out;
    buf_init_fixed(&out, bytes, sizeof(bytes) - 1);
    context.managed = true;
    events_write_json(
        &context, &(struct life_event){.kind = LIFE_EVENT_REPORT, .duration_ns = 1500000}, &out);
    assert_non_null(strstr((const char *)bytes, "{\"requestId\":\"r-1\",\"status\":\"success\","
                                                "\"metrics\":{\"durationMs\":1.5}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),    cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_errors),  cmocka_unit_test(test_messages),
        cmocka_unit_test(test_silent),  cmocka_unit_test(test_restore),
        cmocka_unit_test(test_managed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
