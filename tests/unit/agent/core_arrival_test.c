/* SPDX-License-Identifier: Apache-2.0 */
#include "core_drive.h"
#include "proto/names.h"
#include "trigger/trigger_read.h"

#include "otlp/logs.pb-c.h"
#include "otlp/trace.pb-c.h"

#define REQUEST "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
#define ROOT    "5759e988bd862e3fe1be46a994272793"
#define W3C     "0af7651916cd43dd8448eb211c80319c"

/* What was sent, as text: a line per span and per faas.invocation, with what the tests look at. */
static char sent[1 << 19];

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *format, ...)
{
    size_t size = strlen(sent);
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(sent + size, sizeof(sent) - size, format, arguments);
    va_end(arguments);
    assert_true(added >= 0 && (size_t)added < sizeof(sent) - size);
}

static void put_hex(const ProtobufCBinaryData *bytes)
{
    for (size_t i = 0; i < bytes->len; i++) {
        put("%02x", bytes->data[i]);
    }
}

static void put_attributes(Thaw__Otlp__KeyValue *const *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Thaw__Otlp__AnyValue *value = pairs[i]->value;
        struct slice key = slice_of(pairs[i]->key.data, pairs[i]->key.len);
        if (slice_equal(key, NAME_THAW_SEQ) || slice_equal(key, NAME_FAAS_INVOCATION_ID) ||
            slice_equal(key, NAME_THAW_ATTEMPT)) {
            continue;
        }
        put(" " SLICE_FMT "=", SLICE_ARG(key));
        switch ((int)value->value_case) {
        case THAW__OTLP__ANY_VALUE__VALUE_STRING_VALUE:
            put(SLICE_FMT, SLICE_ARG(slice_of(value->string_value.data, value->string_value.len)));
            break;
        case THAW__OTLP__ANY_VALUE__VALUE_INT_VALUE:
            put("%lld", (long long)value->int_value);
            break;
        default:
            put("%s", value->bool_value ? "true" : "false");
            break;
        }
    }
}

static void put_span(const Thaw__Otlp__Span *span)
{
    put(SLICE_FMT "/%d ", SLICE_ARG(slice_of(span->name.data, span->name.len)), (int)span->kind);
    put_hex(&span->trace_id);
    put(" %lld ms parent ",
        (long long)(span->end_time_unix_nano - span->start_time_unix_nano) / 1000000);
    put_hex(&span->parent_span_id);
    put_attributes(span->attributes, span->n_attributes);
    for (size_t i = 0; i < span->n_links; i++) {
        put(" -> ");
        put_hex(&span->links[i]->trace_id);
        put_attributes(span->links[i]->attributes, span->links[i]->n_attributes);
    }
    if (span->dropped_links_count > 0) {
        put(" and %u", span->dropped_links_count);
    }
    put("\n");
}

static void read_traces(struct slice body)
{
    Thaw__Otlp__ExportTraceServiceRequest *data =
        thaw__otlp__export_trace_service_request__unpack(NULL, body.size, body.base);
    assert_non_null(data);
    for (size_t r = 0; r < data->n_resource_spans; r++) {
        for (size_t s = 0; s < data->resource_spans[r]->n_scope_spans; s++) {
            const Thaw__Otlp__ScopeSpans *scope = data->resource_spans[r]->scope_spans[s];
            for (size_t i = 0; i < scope->n_spans; i++) {
                put_span(scope->spans[i]);
            }
        }
    }
    thaw__otlp__export_trace_service_request__free_unpacked(data, NULL);
}

static void read_logs(struct slice body)
{
    Thaw__Otlp__ExportLogsServiceRequest *data =
        thaw__otlp__export_logs_service_request__unpack(NULL, body.size, body.base);
    assert_non_null(data);
    for (size_t r = 0; r < data->n_resource_logs; r++) {
        for (size_t s = 0; s < data->resource_logs[r]->n_scope_logs; s++) {
            const Thaw__Otlp__ScopeLogs *scope = data->resource_logs[r]->scope_logs[s];
            for (size_t i = 0; i < scope->n_log_records; i++) {
                const Thaw__Otlp__LogRecord *log = scope->log_records[i];
                put("event ");
                put_hex(&log->trace_id);
                put_attributes(log->attributes, log->n_attributes);
                put("\n");
            }
        }
    }
    thaw__otlp__export_logs_service_request__free_unpacked(data, NULL);
}

static void read_all(void)
{
    while (actions.send) {
        if (actions.signal == BLOCK_TRACES) {
            read_traces(actions.body);
        } else if (actions.signal == BLOCK_LOGS) {
            read_logs(actions.body);
        }
        answer(200);
    }
}

static struct trigger_read reader;

static void trigger(const char *id, const char *event)
{
    trigger_read_init(&reader);
    trigger_read_feed(&reader, slice_from(event));
    step((struct core_input){
        .kind = CORE_TRIGGER,
        .trigger = {.request_id = slice_from(id), .trigger = trigger_read_end(&reader)}});
}

static void response(const char *id, unsigned code)
{
    step((struct core_input){
        .kind = CORE_RESPONSE,
        .response = {.request_id = slice_from(id), .status_code = code, .bytes = 17}});
}

#define TRACING "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

static void start_traced(const char *id)
{
    tell((struct event){
        .type = EVENT_START, .request_id = slice_from(id), .tracing_value = SLICE(TRACING)});
}

static void invoke_traced(const char *id)
{
    step((struct core_input){.kind = CORE_INVOKE,
                             .invoke = {.request_id = slice_from(id),
                                        .tracing = SLICE(TRACING),
                                        .deadline_ns = now.wall_ns + MS(3000)}});
}

#define HTTP                                                                                       \
    "{\"version\":\"2.0\",\"routeKey\":\"GET /a/{b}\",\"rawPath\":\"/a/7\",\"headers\":{"          \
    "\"traceparent\":\"00-" W3C "-b7ad6b7169203331-01\",\"tracestate\":\"k=v\"},"                  \
    "\"requestContext\":{\"apiId\":\"api\",\"http\":{\"method\":\"GET\"},\"timeEpoch\":"           \
    "1794999999990}}"

/* The whole life of a request, with its parts in this order: t(rigger), i(nvoke), s(tart). */
static void life(const char *order)
{
    sent[0] = 0;
    begin(CORE_FLUSH_END, 0);
    for (const char *part = order; *part != 0; part++) {
        if (*part == 't') {
            trigger(REQUEST, HTTP);
        } else if (*part == 'i') {
            invoke_traced(REQUEST);
        } else {
            start_traced(REQUEST);
        }
    }
    response(REQUEST, 404);
    now.wall_ns += MS(5);
    now.mono_ns += MS(5);
    done(REQUEST);
    read_all();
}

/* The caller of a request is the parent; what it asked and what it got is told; the time in the
 * gateway is a span; all that whatever comes first. */
static void request(void **state)
{
    (void)state;
    static const char *const orders[] = {"tis", "its", "ist", "tsi", "sti", "sit"};
    static char first[sizeof(sent)];
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        life(orders[i]);
        assert_non_null(strstr(sent, "event " W3C));
        assert_non_null(strstr(sent, "fn/2 " W3C " 5 ms parent b7ad6b7169203331"));
        assert_non_null(strstr(sent, "thaw.trigger=api_gateway_http faas.trigger=http "
                                     "thaw.trigger.caller_waits=true http.request.method=GET "
                                     "http.route=/a/{b} url.path=/a/7"));
        assert_non_null(strstr(sent, "http.response.status_code=404 thaw.response_bytes=17"));
        assert_non_null(strstr(sent, "api wait/1 " W3C " 10 ms"));
        assert_non_null(strstr(sent, "thaw.xray.header=Root=1-5759e988-bd862e3fe1be46a994272793"));
        if (i > 0) {
            assert_string_equal(sent, first);
        }
        strcpy(first, sent);
    }
}

/* Without a context in the event the platform's counts. */
static void no_parent(void **state)
{
    (void)state;
    sent[0] = 0;
    begin(CORE_FLUSH_END, 0);
    trigger(REQUEST, "{}");
    invoke_traced(REQUEST);
    start(REQUEST);
    done(REQUEST);
    read_all();
    assert_non_null(strstr(sent, "fn/2 " ROOT " 0 ms parent 53995c3f42cd8ad8"));
    assert_non_null(strstr(sent, "thaw.trigger=other faas.trigger=other"));
    assert_null(strstr(sent, " wait/"));
}

/* Messages are links, whatever their number; the oldest tells the wait. */
static void batch(void **state)
{
    (void)state;
    sent[0] = 0;
    begin(CORE_FLUSH_END, 0);
    invoke_traced(REQUEST);
    trigger(REQUEST,
            "{\"Records\":[{\"messageId\":\"m1\",\"attributes\":{\"SentTimestamp\":"
            "\"1794999998000\",\"AWSTraceHeader\":\"Root=1-11111111-111111111111111111111111;"
            "Parent=2222222222222222;Sampled=1\"},\"eventSource\":\"aws:sqs\",\"eventSourceARN\":"
            "\"arn:aws:sqs:r:1:q\"},{\"messageId\":\"m2\",\"attributes\":{\"SentTimestamp\":"
            "\"1794999997000\"},\"eventSource\":\"aws:sqs\",\"eventSourceARN\":"
            "\"arn:aws:sqs:r:1:q\"}]}");
    start(REQUEST);
    done(REQUEST);
    read_all();
    assert_non_null(strstr(sent, "fn/2 " ROOT " 0 ms parent 53995c3f42cd8ad8"));
    assert_non_null(strstr(sent, "-> 11111111111111111111111111111111 messaging.message.id=m1\n"));
    assert_non_null(strstr(sent, "messaging.batch.message_count=2 thaw.trigger.source=q"));
    assert_non_null(strstr(sent, "q wait/5 " ROOT " 3000 ms"));
    assert_non_null(strstr(sent, "messaging.message.id=m2\n"));
}

/* A clock that runs behind, or an event that is played again, makes no wait. */
static void odd_clocks(void **state)
{
    (void)state;
    static const struct {
        const char *time;
        bool wait;
    } rows[] = {{"1795000000000", true},
                {"1795000000001", false},
                {"1763377600000", true},
                {"1763377599999", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char event[512];
        (void)snprintf(event, sizeof(event),
                       "{\"Records\":[{\"attributes\":{\"SentTimestamp\":\"%s\"},\"eventSource\":"
                       "\"aws:sqs\",\"eventSourceARN\":\"arn:aws:sqs:r:1:q\"}]}",
                       rows[i].time);
        sent[0] = 0;
        begin(CORE_FLUSH_END, 0);
        invoke(REQUEST);
        trigger(REQUEST, event);
        start(REQUEST);
        done(REQUEST);
        read_all();
        assert_int_equal(strstr(sent, "q wait") != NULL, rows[i].wait);
    }
}

/* An init that the invocation waited for is no part of the wait in front. */
static void init_apart(void **state)
{
    (void)state;
    sent[0] = 0;
    begin(CORE_FLUSH_END, 0);
    now.wall_ns += MS(20);
    tell((struct event){.type = EVENT_INIT_START});
    now.wall_ns += MS(300);
    tell((struct event){.type = EVENT_INIT_REPORT});
    invoke(REQUEST);
    trigger(REQUEST, HTTP);
    start(REQUEST);
    done(REQUEST);
    read_all();
    assert_non_null(strstr(sent, "api wait/1 " W3C " 30 ms"));
}

/* Names that are no UTF-8 are mended, in spans' names too. */
static void odd_names(void **state)
{
    (void)state;
    sent[0] = 0;
    begin(CORE_FLUSH_END, 0);
    invoke(REQUEST);
    trigger(REQUEST, "{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventTime\":"
                     "\"2026-11-18T11:06:39.5Z\",\"s3\":{\"bucket\":{\"name\":\"b\xff\"}}}]}");
    start(REQUEST);
    done(REQUEST);
    read_all();
    assert_non_null(strstr(sent, "b\xef\xbf\xbd wait/5"));
    assert_null(strstr(sent, "b\xff"));
}

/* Each attempt of a request has a trigger of its own. */
static void attempts(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    for (unsigned attempt = 1; attempt <= 3; attempt++) {
        sent[0] = 0;
        trigger(REQUEST, HTTP);
        invoke_traced(REQUEST);
        start(REQUEST);
        done(REQUEST);
        read_all();
        assert_int_equal(core.attributed->attempt, attempt);
        assert_non_null(strstr(sent, "thaw.trigger=api_gateway_http"));
        now.wall_ns += MS(10);
        now.mono_ns += MS(10);
    }
}

/* With more invocations at once than there is room for triggers, each is told all the same. */
static void crowd(void **state)
{
    (void)state;
    char id[16];
    begin(CORE_FLUSH_PERIODIC, MS(1000000));
    for (unsigned i = 0; i < 3 * AGENT_INVOCATIONS_MAX; i++) {
        (void)snprintf(id, sizeof(id), "r%u", i);
        trigger(id, HTTP);
        invoke(id);
        start(id);
    }
    sent[0] = 0;
    pass(MS(2000000));
    read_all();
    step((struct core_input){.kind = CORE_SHUTDOWN, .shutdown = {.reason = SLICE("failure")}});
    pass(AGENT_REPORT_WAIT_NS);
    read_all();
    unsigned told = 0;
    for (const char *at = sent; (at = strstr(at, "thaw.trigger=api")) != NULL; at++) {
        told++;
    }
    assert_true(told >= 3 * AGENT_INVOCATIONS_MAX);
}

/* A line names an invocation that is known by its trigger alone, because deliveries came in another
 * order: it is that one's, and has a trace when that is known. */
static void line_before_start(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    trigger(REQUEST, "{}");
    tell((struct event){.type = EVENT_LINE_FUNCTION,
                        .object = SLICE("{\"requestId\":\"" REQUEST "\",\"message\":\"early\"}")});
    start_traced(REQUEST);
    const struct invocation *row = invocation_find(&core.invocations, SLICE(REQUEST));
    assert_true(row != NULL && row->traced && row->has_parent);
    assert_int_equal(core.counters.received, 1);
}

/* An id that cannot be one is counted, and an answer to nothing is nothing. */
static void strangers(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    trigger("", HTTP);
    assert_int_equal(core.counters.events_useless, 1);
    response("nobody", 200);
    trigger(REQUEST, HTTP);
    response(REQUEST, 200);
    invoke_traced(REQUEST);
    done(REQUEST);
    take_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request),
        cmocka_unit_test(no_parent),
        cmocka_unit_test(batch),
        cmocka_unit_test(odd_clocks),
        cmocka_unit_test(attempts),
        cmocka_unit_test(odd_names),
        cmocka_unit_test(init_apart),
        cmocka_unit_test(crowd),
        cmocka_unit_test(line_before_start),
        cmocka_unit_test(strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
