/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/jaeger_v3.h"

#include "api/api_limits.h"
#include "api/api_search.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "model/span_names.h"
#include "traces/jaeger_query.h"
#include "traces/trace_names.h"
#include "traces/trace_otlp.h"
#include "traces/trace_search.h"
#include "traces/trace_summary.h"

#include <string.h>

#define REFUSAL_SIZE 1024u

bool jaeger_v3_refuse(struct web_request *request, const struct web_refusal *refusal,
                      struct web_answer *answer)
{
    struct json_write writer;
    struct buf out;
    unsigned char *memory = arena_alloc(web_arena(request), REFUSAL_SIZE);
    if (memory == NULL) {
        return false;
    }
    buf_init_fixed(&out, memory, REFUSAL_SIZE);
    json_write_init(&writer, &out);
    json_write_object_begin(&writer);
    json_write_member_object(&writer, SLICE("error"));
    json_write_member_u64(&writer, SLICE("httpCode"), refusal->status);
    json_write_key(&writer, SLICE("message"));
    json_write_printf(&writer, "%s%s%s", refusal->message, refusal->hint != NULL ? "; " : "",
                      refusal->hint != NULL ? refusal->hint : "");
    json_write_object_end(&writer);
    json_write_object_end(&writer);
    answer->content_type = "application/json";
    answer->body = buf_bytes(&out);
    return !buf_overflowed(&out);
}

/* ---- Names. ---- */

void jaeger_v3_services(struct api_call *call)
{
    struct trace_names names;
    struct deadline deadline;
    if (!api_search_deadline(call, &deadline)) {
        return;
    }
    if (trace_names_services(call->query, deadline, call->arena, &names) != STATUS_OK) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    api_search_mark_partial(call, names.partial);
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("services"));
    for (size_t i = 0; i < names.count; i++) {
        json_write_string(&call->writer, names.names[i].name);
    }
    json_write_array_end(&call->writer);
    json_write_object_end(&call->writer);
}

/* A parameter by either of its names. */
static struct slice either(const struct api_call *call, const char *name, const char *other)
{
    struct slice text = api_call_text(call, name);
    return text.size > 0 ? text : api_call_text(call, other);
}

void jaeger_v3_operations(struct api_call *call)
{
    struct slice kind = either(call, "spanKind", "span_kind");
    struct slice service = api_call_text(call, "service");
    struct trace_names names;
    struct deadline deadline;
    if (service.size == 0) {
        api_call_refuse(call, 400, "bad_service", NULL, "malformed parameter service: it is empty");
        return;
    }
    if (!api_search_deadline(call, &deadline)) {
        return;
    }
    if (trace_names_operations(call->query, service, deadline, call->arena, &names) != STATUS_OK) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    api_search_mark_partial(call, names.partial);
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("operations"));
    for (size_t i = 0; i < names.count; i++) {
        struct slice name = span_name_of_kind((enum span_kind)names.names[i].kind);
        if (kind.size == 0 || slice_equal(kind, name)) {
            json_write_object_begin(&call->writer);
            json_write_member_string(&call->writer, SLICE("name"), names.names[i].name);
            json_write_member_string(&call->writer, SLICE("spanKind"), name);
            json_write_object_end(&call->writer);
        }
    }
    json_write_array_end(&call->writer);
    json_write_object_end(&call->writer);
}

/* ---- What is asked for. ---- */

static void malformed(struct api_call *call, const char *name, const char *why)
{
    api_call_refuse(call, 400, "bad_parameter", NULL, "malformed parameter %s: %s", name, why);
}

/* RFC 3339.  A plus that nobody escaped is a space by now. */
static bool read_time(struct api_call *call, const char *name, const char *other, int64_t *time_ns)
{
    struct slice given = either(call, name, other);
    unsigned char *text = arena_alloc(call->arena, given.size + 1);
    uint64_t value;
    if (given.size == 0) {
        malformed(call, name, "it is required");
        return false;
    }
    if (text == NULL) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return false;
    }
    memcpy(text, given.base, given.size);
    for (size_t i = TIMESTAMP_SHAPE_SIZE; i < given.size; i++) {
        text[i] = text[i] == ' ' ? '+' : text[i];
    }
    if (!timestamp_parse(slice_of(text, given.size), &value) || value > INT64_MAX) {
        malformed(call, name, "write it as 2026-01-31T12:00:00Z");
        return false;
    }
    *time_ns = (int64_t)value;
    return true;
}

static bool read_duration(struct api_call *call, const char *name, const char *other,
                          enum trace_op op, struct trace_tests *tests)
{
    struct slice text = either(call, name, other);
    int64_t duration_ns;
    if (text.size == 0 || jaeger_query_duration(tests, text, op, &duration_ns)) {
        return true;
    }
    malformed(call, name, "write it as 1.2s or 100ms");
    return false;
}

static bool read_depth(struct api_call *call, uint32_t *limit)
{
    struct slice text = either(call, "query.searchDepth", "query.search_depth");
    uint64_t value = TRACES_JAEGER_DEFAULT;
    text = text.size > 0 ? text : either(call, "query.numTraces", "query.num_traces");
    if (text.size > 0 && (number_parse_u64(text, &value) == NUMBER_BAD || value == 0)) {
        malformed(call, "query.searchDepth", "give a whole number");
        return false;
    }
    *limit = value < TRACES_LIMIT_MAX ? (uint32_t)value : TRACES_LIMIT_MAX;
    return true;
}

static bool read_query(struct api_call *call, struct trace_tests *tests,
                       struct trace_search *search)
{
    struct slice attributes = api_call_text(call, "query.attributes");
    tests->count = 0;
    *search = (struct trace_search){.tests = tests};
    if (api_call_text(call, "query.filter").size > 0) {
        malformed(call, "query.filter", "filters are not supported; query.attributes is");
        return false;
    }
    if (!jaeger_query_service(tests, either(call, "query.serviceName", "query.service_name"),
                              either(call, "query.operationName", "query.operation_name")) ||
        (attributes.size > 0 && !jaeger_query_tags(tests, attributes, call->arena))) {
        malformed(call, "query.attributes", "give a JSON object of strings, at most 32");
        return false;
    }
    if (!read_duration(call, "query.durationMin", "query.duration_min", TRACE_MORE_EQUAL, tests) ||
        !read_duration(call, "query.durationMax", "query.duration_max", TRACE_LESS_EQUAL, tests) ||
        !read_time(call, "query.startTimeMin", "query.start_time_min", &search->range.from_ns) ||
        !read_time(call, "query.startTimeMax", "query.start_time_max", &search->range.to_ns) ||
        !read_depth(call, &search->limit) || !api_search_deadline(call, &search->deadline)) {
        return false;
    }
    if (search->range.from_ns >= search->range.to_ns) {
        malformed(call, "query.startTimeMax", "it is not after query.startTimeMin");
        return false;
    }
    return true;
}

/* ---- Traces. ---- */

struct telling {
    struct api_call *call;
    struct otlp_json otlp;
    struct buf text; /* Of the spans. */
    bool raw, full;
    enum query_limit partial;
    uint64_t count;
    struct trace_summary summary;
};

static bool asked_raw(const struct api_call *call)
{
    return slice_equal(either(call, "rawTraces", "raw_traces"), SLICE("true")) ||
           slice_equal(either(call, "query.rawTraces", "query.raw_traces"), SLICE("true"));
}

static bool tell_spans(void *context, const struct trace *trace, const uint32_t *matched,
                       uint32_t matched_count)
{
    struct telling *telling = context;
    (void)matched;
    (void)matched_count;
    telling->full = !trace_otlp_write(&telling->otlp, trace, telling->raw, telling->call->arena) ||
                    buf_overflowed(&telling->text);
    telling->count++;
    return !telling->full;
}

/* {"result": {"resourceSpans": [...]}}: what otlp_json writes is put into the object around it. */
static void begin_result(struct telling *telling)
{
    buf_init_growing(&telling->text, API_ANSWER_SIZE_MAX);
    otlp_json_begin_plain(&telling->otlp, &telling->text);
}

static void end_result(struct telling *telling)
{
    struct api_call *call = telling->call;
    if (telling->full) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
    } else if (telling->count == 0 && telling->partial != QUERY_LIMIT_NONE && !call->answered) {
        api_call_refuse(call, 503, "partial", "ask for a shorter time", "no traces found yet: %s",
                        api_search_reason(telling->partial));
    } else if (telling->count == 0 && !call->answered) {
        api_call_refuse(call, 404, "not_found", NULL, "No traces found");
    } else if (!call->answered) {
        otlp_json_end(&telling->otlp);
        json_write_object_begin(&call->writer);
        json_write_key(&call->writer, SLICE("result"));
        json_write_raw(&call->writer, slice_trim(buf_bytes(&telling->text)));
        json_write_object_end(&call->writer);
    }
    buf_fini(&telling->text);
}

static struct telling *telling_create(struct api_call *call)
{
    struct telling *telling = arena_alloc_array(call->arena, 1, sizeof(*telling));
    if (telling == NULL) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return NULL;
    }
    telling->call = call;
    telling->raw = asked_raw(call);
    return telling;
}

void jaeger_v3_trace(struct api_call *call)
{
    struct telling *telling = telling_create(call);
    struct trace trace;
    struct id16 id;
    if (telling == NULL) {
        return;
    }
    if (!trace_id_parse(call->rest, &id)) {
        malformed(call, "trace_id", "it is up to 32 hexadecimal digits");
        return;
    }
    begin_result(telling);
    enum status status = trace_read(call->query, id, call->arena, &trace);
    if (status == STATUS_OK) {
        (void)tell_spans(telling, &trace, NULL, 0);
    }
    telling->full = telling->full || (status != STATUS_OK && status != STATUS_NOT_FOUND);
    trace_release(&trace);
    end_result(telling);
}

/* Search, and let visit tell what is found; false: it was refused. */
static bool search(struct telling *telling, trace_search_visit *visit)
{
    struct api_call *call = telling->call;
    struct trace_tests *tests = arena_alloc(call->arena, sizeof(*tests));
    struct trace_search search;
    struct trace_search_facts facts;
    if (tests == NULL) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return false;
    }
    if (!read_query(call, tests, &search)) {
        return false;
    }
    enum status status =
        trace_search_run(call->query, &search, call->arena, visit, telling, &facts);
    telling->full = telling->full || status != STATUS_OK;
    telling->partial = facts.partial;
    api_search_mark_partial(call, facts.partial);
    return true;
}

void jaeger_v3_traces(struct api_call *call)
{
    struct telling *telling = telling_create(call);
    if (telling == NULL) {
        return;
    }
    begin_result(telling);
    (void)search(telling, tell_spans); /* Where it is refused, that was answered. */
    end_result(telling);
}

/* ---- Summaries. ---- */

static bool tell_summary(void *context, const struct trace *trace, const uint32_t *matched,
                         uint32_t matched_count)
{
    struct telling *telling = context;
    struct json_write *writer = &telling->call->writer;
    const struct trace_summary *summary = &telling->summary;
    (void)matched;
    (void)matched_count;
    trace_summary_make(trace, &telling->summary);
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("traceId"));
    json_write_hex(writer, slice_of(trace->id.bytes, sizeof(trace->id.bytes)));
    json_write_member_string(writer, SLICE("rootServiceName"), summary->root_service);
    json_write_member_string(writer, SLICE("rootOperationName"), summary->root_name);
    json_write_member_u64_text(writer, SLICE("minStartTimeUnixNano"), (uint64_t)trace->start_ns);
    json_write_member_u64_text(writer, SLICE("maxEndTimeUnixNano"), (uint64_t)trace->end_ns);
    json_write_member_u64(writer, SLICE("spanCount"), trace->span_count);
    json_write_member_u64(writer, SLICE("errorSpanCount"), summary->errors);
    json_write_member_u64(writer, SLICE("orphanSpanCount"), summary->orphans);
    json_write_member_array(writer, SLICE("services"));
    for (uint32_t i = 0; i < summary->service_count; i++) {
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("name"), summary->services[i].name);
        json_write_member_u64(writer, SLICE("spanCount"), summary->services[i].spans);
        json_write_member_u64(writer, SLICE("errorSpanCount"), summary->services[i].errors);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
    telling->full = buf_overflowed(&telling->call->body);
    return !telling->full;
}

void jaeger_v3_summaries(struct api_call *call)
{
    struct telling *telling = telling_create(call);
    if (telling == NULL) {
        return;
    }
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("summaries"));
    if (!search(telling, tell_summary)) {
        return;
    }
    if (telling->full) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    json_write_array_end(&call->writer);
    json_write_object_end(&call->writer);
}
