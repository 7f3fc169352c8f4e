/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/tempo.h"

#include "api/api_limits.h"
#include "api/api_search.h"
#include "base/number.h"
#include "proto/names.h"
#include "proto/transcode.h"
#include "proto/wire.h"
#include "traces/trace_duration.h"
#include "traces/trace_otlp.h"
#include "traces/trace_search.h"
#include "traces/trace_summary.h"
#include "traces/traceql.h"

#include <string.h>

#define NS_PER_MS 1000000

static void answer(struct api_call *call, const char *type, struct slice body)
{
    call->answered = true;
    web_answer(call->request,
               &(struct web_answer){.status = 200, .content_type = type, .body = body});
}

bool tempo_refuse(struct web_request *request, const struct web_refusal *refusal,
                  struct web_answer *answer)
{
    bool hint = refusal->hint != NULL;
    answer->content_type = "text/plain; charset=utf-8";
    answer->body = arena_printf(web_arena(request), "%s%s%s\n", refusal->message, hint ? "; " : "",
                                hint ? refusal->hint : "");
    return answer->body.size > 0;
}

/* ---- Who is asked. ---- */

void tempo_echo(struct api_call *call)
{
    answer(call, "text/plain; charset=utf-8", SLICE("echo"));
}

void tempo_ready(struct api_call *call)
{
    answer(call, "text/plain; charset=utf-8", SLICE("ready\n"));
}

void tempo_buildinfo(struct api_call *call)
{
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("version"), SLICE("2.6.0"));
    json_write_member_string(writer, SLICE("revision"), SLICE("thaw-" THAW_VERSION));
    json_write_member_string(writer, SLICE("branch"), SLICE("thaw"));
    json_write_member_string(writer, SLICE("buildUser"), SLICE_EMPTY);
    json_write_member_string(writer, SLICE("buildDate"), SLICE_EMPTY);
    json_write_member_string(writer, SLICE("goVersion"), SLICE_EMPTY);
    json_write_object_end(writer);
}

/* ---- One trace. ---- */

/* Whether the client wants protobuf: the first of its types that we have. */
static bool wants_protobuf(const struct api_call *call)
{
    struct slice rest, type, parameters;
    if (!web_header(call->request, "Accept", &rest)) {
        return false;
    }
    for (bool more = true; more;) {
        more = slice_cut(rest, ',', &type, &rest);
        (void)slice_cut(type, ';', &type, &parameters);
        type = slice_trim(type);
        if (slice_equal_nocase(type, SLICE("application/protobuf")) ||
            slice_equal_nocase(type, SLICE("application/x-protobuf"))) {
            return true;
        }
        if (slice_equal_nocase(type, SLICE("application/json"))) {
            return false;
        }
    }
    return false;
}

/* The trace as OTLP/JSON; false: it was refused. */
static bool read_trace(struct api_call *call, struct buf *json)
{
    struct trace trace;
    struct id16 id;
    struct otlp_json otlp;
    if (!trace_id_parse(call->rest, &id)) {
        api_call_refuse(call, 400, "bad_id", "a trace id is up to 32 hexadecimal digits",
                        "this is no trace id");
        return false;
    }
    enum status status = trace_read(call->query, id, call->arena, &trace);
    if (status == STATUS_OK) {
        otlp_json_begin_plain(&otlp, json);
        if (!trace_otlp_write(&otlp, &trace, false, call->arena)) {
            status = STATUS_FULL;
        }
        otlp_json_end(&otlp);
    }
    trace_release(&trace);
    if (status == STATUS_NOT_FOUND) {
        api_call_refuse(call, 404, "not_found", NULL, "trace not found");
    } else if (status != STATUS_OK || buf_overflowed(json)) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
    }
    return !call->answered;
}

/* {"resourceSpans":[...]} without its end of line: what is inside. */
static struct slice inside(const struct buf *json)
{
    static const size_t head = sizeof("{\"resourceSpans\":") - 1;
    struct slice text = slice_trim(buf_bytes(json));
    return slice_take(slice_skip(text, head), text.size - head - 1);
}

static bool answer_protobuf(struct api_call *call, const struct buf *json, bool wrapped)
{
    struct transcode_error error;
    buf_reset(&call->body);
    size_t opened = 0;
    if (wrapped) {
        opened = wire_write_open(&call->body, 1);
    }
    if (transcode_from_json(buf_bytes(json), SCHEMA_TRACES_REQUEST, &call->body, &error) !=
        STATUS_OK) {
        return false;
    }
    if (wrapped) {
        wire_write_close(&call->body, opened);
        wire_write_bytes(&call->body, 2, SLICE_EMPTY); /* Metrics: none. */
    }
    if (buf_overflowed(&call->body)) {
        return false;
    }
    answer(call, "application/protobuf", buf_bytes(&call->body));
    return true;
}

static void write_trace(struct api_call *call, bool v2)
{
    struct buf json;
    buf_init_growing(&json, API_ANSWER_SIZE_MAX);
    if (!read_trace(call, &json)) {
        buf_fini(&json);
        return;
    }
    if (wants_protobuf(call)) {
        if (!answer_protobuf(call, &json, v2)) {
            api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        }
    } else if (v2) {
        json_write_object_begin(&call->writer);
        json_write_member_object(&call->writer, SLICE("trace"));
        json_write_key(&call->writer, SLICE("resourceSpans"));
        json_write_raw(&call->writer, inside(&json));
        json_write_object_end(&call->writer);
        json_write_member_object(&call->writer, SLICE("metrics"));
        json_write_object_end(&call->writer);
        json_write_member_string(&call->writer, SLICE("status"), SLICE("COMPLETE"));
        json_write_member_string(&call->writer, SLICE("message"), SLICE_EMPTY);
        json_write_object_end(&call->writer);
    } else {
        json_write_object_begin(&call->writer);
        json_write_key(&call->writer, SLICE("batches"));
        json_write_raw(&call->writer, inside(&json));
        json_write_object_end(&call->writer);
    }
    buf_fini(&json);
}

void tempo_trace(struct api_call *call)
{
    write_trace(call, false);
}

void tempo_trace_v2(struct api_call *call)
{
    write_trace(call, true);
}

/* ---- Search. ---- */

static bool read_seconds(struct api_call *call, const char *name, int64_t otherwise,
                         int64_t *time_ns)
{
    struct slice text = api_call_text(call, name);
    *time_ns = otherwise;
    if (text.size == 0) {
        return true;
    }
    if (number_parse_scaled(text, 9, time_ns) != NUMBER_BAD && *time_ns >= 0) {
        return true;
    }
    api_call_refuse(call, 400, "bad_time", "give seconds since 1970", "%s is no time", name);
    return false;
}

bool tempo_range(struct api_call *call, struct query_range *range)
{
    /* What begins within the last second belongs to it. */
    if (!read_seconds(call, "end", call->now_ns, &range->to_ns)) {
        return false;
    }
    range->to_ns += range->to_ns < INT64_MAX - 1000 * NS_PER_MS ? 1000 * NS_PER_MS : 0;
    int64_t from_ns =
        range->to_ns > TRACES_JAEGER_BACK_NS ? range->to_ns - TRACES_JAEGER_BACK_NS : 0;
    if (!read_seconds(call, "start", from_ns, &range->from_ns)) {
        return false;
    }
    if (range->from_ns >= range->to_ns) {
        api_call_refuse(call, 400, "bad_range", "start must be before end",
                        "start is not before end");
        return false;
    }
    return true;
}

static bool read_duration(struct api_call *call, const char *name, enum trace_op op,
                          struct trace_tests *tests)
{
    struct slice text = api_call_text(call, name);
    struct trace_test test = {.field = TRACE_WHOLE_DURATION, .op = op};
    if (text.size == 0 ||
        (trace_duration_parse(text, &test.duration_ns) && trace_tests_add(tests, &test))) {
        return true;
    }
    api_call_refuse(call, 400, "bad_duration", "write it as 1.2s or 100ms", "%s is no duration",
                    name);
    return false;
}

static bool read_query(struct api_call *call, struct trace_tests *tests)
{
    struct traceql_error error;
    struct slice q = api_call_text(call, "q");
    struct slice tags = api_call_text(call, "tags");
    tests->count = 0;
    bool good = q.size > 0 ? traceql_parse(q, call->arena, tests, &error)
                           : traceql_tags(tags, call->arena, tests, &error);
    if (!good) {
        api_call_refuse(call, 400, "bad_query", "docs/reference/api.md says what is supported",
                        "%s: %s, at byte %zu", q.size > 0 ? "q" : "tags", error.reason, error.at);
        return false;
    }
    return read_duration(call, "minDuration", TRACE_MORE_EQUAL, tests) &&
           read_duration(call, "maxDuration", TRACE_LESS_EQUAL, tests);
}

struct searching {
    struct api_call *call;
    const struct trace_tests *tests;
    struct trace_summary summary;
    uint64_t spans_per_trace;
};

static void write_ns(struct json_write *writer, struct slice key, int64_t ns)
{
    json_write_member_u64_text(writer, key, ns > 0 ? (uint64_t)ns : 0);
}

/* The attributes that were asked about. */
static void write_asked(struct searching *searching, const struct span *span)
{
    struct json_write *writer = &searching->call->writer;
    json_write_member_array(writer, SLICE("attributes"));
    for (size_t i = 0; i < searching->tests->count; i++) {
        const struct trace_test *test = &searching->tests->tests[i];
        if (test->field != TRACE_ATTR) {
            continue;
        }
        const struct value *value = attrs_find(span->attrs, test->key);
        value = value != NULL ? value : attrs_find(span->resource->attrs, test->key);
        if (value != NULL) {
            const struct attr attr = {test->key, *value};
            otlp_json_attr(writer, &attr);
        }
    }
    json_write_array_end(writer);
}

static void write_matched(struct searching *searching, const struct transaction_span *row)
{
    struct json_write *writer = &searching->call->writer;
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("spanID"));
    json_write_hex(writer, slice_of(row->span->span_id.bytes, sizeof(row->span->span_id.bytes)));
    json_write_member_string(writer, SLICE("name"), row->span->name);
    write_ns(writer, SLICE("startTimeUnixNano"), row->start_ns);
    write_ns(writer, SLICE("durationNanos"), row->end_ns - row->start_ns);
    write_asked(searching, row->span);
    json_write_object_end(writer);
}

static void write_spans(struct searching *searching, const struct trace *trace,
                        const uint32_t *matched, uint32_t count)
{
    struct json_write *writer = &searching->call->writer;
    json_write_member_array(writer, SLICE("spans"));
    for (uint32_t i = 0; i < count && i < searching->spans_per_trace; i++) {
        write_matched(searching, trace->spans[matched[i]]);
    }
    json_write_array_end(writer);
    json_write_member_u64(writer, SLICE("matched"), count);
}

static void write_services(struct json_write *writer, const struct trace_summary *summary)
{
    json_write_member_object(writer, SLICE("serviceStats"));
    for (uint32_t i = 0; i < summary->service_count; i++) {
        json_write_member_object(writer, summary->services[i].name);
        json_write_member_u64(writer, SLICE("spanCount"), summary->services[i].spans);
        json_write_member_u64(writer, SLICE("errorCount"), summary->services[i].errors);
        json_write_object_end(writer);
    }
    json_write_object_end(writer);
}

static bool write_found(void *context, const struct trace *trace, const uint32_t *matched,
                        uint32_t count)
{
    struct searching *searching = context;
    struct json_write *writer = &searching->call->writer;
    const struct trace_summary *summary = &searching->summary;
    trace_summary_make(trace, &searching->summary);
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("traceID"));
    json_write_hex(writer, slice_of(trace->id.bytes, sizeof(trace->id.bytes)));
    json_write_member_string(writer, SLICE("rootServiceName"),
                             trace->root != NULL ? summary->root_service
                                                 : SLICE("<root span not yet received>"));
    json_write_member_string(writer, SLICE("rootTraceName"), summary->root_name);
    write_ns(writer, SLICE("startTimeUnixNano"), trace->start_ns);
    json_write_member_u64(writer, SLICE("durationMs"),
                          (uint64_t)(trace->end_ns - trace->start_ns) / NS_PER_MS);
    json_write_member_array(writer, SLICE("spanSets"));
    json_write_object_begin(writer);
    write_spans(searching, trace, matched, count);
    json_write_object_end(writer);
    json_write_array_end(writer);
    write_services(writer, summary);
    json_write_object_end(writer);
    return !buf_overflowed(&searching->call->body);
}

static void write_metrics(struct json_write *writer, const struct trace_search_facts *facts)
{
    json_write_member_object(writer, SLICE("metrics"));
    json_write_member_u64(writer, SLICE("inspectedTraces"), facts->traces);
    json_write_member_u64_text(writer, SLICE("inspectedBytes"), 0);
    json_write_member_u64_text(writer, SLICE("inspectedSpans"), facts->spans);
    json_write_member_u64(writer, SLICE("totalBlocks"), 0);
    json_write_member_u64(writer, SLICE("completedJobs"), facts->partial == QUERY_LIMIT_NONE);
    json_write_member_u64(writer, SLICE("totalJobs"), 1);
    json_write_object_end(writer);
}

void tempo_search(struct api_call *call)
{
    struct trace_tests *tests = arena_alloc(call->arena, sizeof(*tests));
    struct searching *searching = arena_alloc(call->arena, sizeof(*searching));
    struct trace_search search = {.tests = tests};
    struct trace_search_facts facts;
    uint64_t limit;
    if (tests == NULL || searching == NULL) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    searching->call = call;
    searching->tests = tests;
    if (!read_query(call, tests) || !tempo_range(call, &search.range) ||
        !api_search_deadline(call, &search.deadline) ||
        !api_call_number(call, "limit", 1, UINT32_MAX, TRACES_TEMPO_DEFAULT, &limit) ||
        !api_call_number(call, "spss", 0, UINT32_MAX, TRACES_TEMPO_SPANS,
                         &searching->spans_per_trace)) {
        return;
    }
    search.limit = limit < TRACES_LIMIT_MAX ? (uint32_t)limit : TRACES_LIMIT_MAX;
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("traces"));
    enum status status =
        trace_search_run(call->query, &search, call->arena, write_found, searching, &facts);
    if (status != STATUS_OK) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    api_search_mark_partial(call, facts.partial);
    json_write_array_end(&call->writer);
    write_metrics(&call->writer, &facts);
    json_write_object_end(&call->writer);
}
