/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/jaeger.h"

#include "api/api_search.h"
#include "model/span_names.h"
#include "traces/jaeger_json.h"
#include "traces/jaeger_query.h"
#include "traces/trace_names.h"
#include "traces/trace_search.h"

/* ---- The envelope. ---- */

static void data_begin(struct json_write *writer)
{
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("data"));
}

/* Behind the data. */
static void data_end(struct json_write *writer, uint64_t total)
{
    json_write_array_end(writer);
    json_write_member_u64(writer, SLICE("total"), total);
    json_write_member_u64(writer, SLICE("limit"), 0);
    json_write_member_u64(writer, SLICE("offset"), 0);
    json_write_key(writer, SLICE("errors"));
}

/* Behind data that may not be all: an error beside it says so, as it does of traces that were asked
 * for by id and are missing. */
static void data_end_partly(struct api_call *call, uint64_t total, enum query_limit partial)
{
    struct json_write *writer = &call->writer;
    data_end(writer, total);
    if (partial == QUERY_LIMIT_NONE) {
        json_write_null(writer);
    } else {
        json_write_array_begin(writer);
        json_write_object_begin(writer);
        json_write_member_u64(writer, SLICE("code"), 206);
        json_write_key(writer, SLICE("msg"));
        json_write_printf(writer, "partial: %s", api_search_reason(partial));
        json_write_object_end(writer);
        json_write_array_end(writer);
        api_search_mark_partial(call, partial);
    }
    json_write_object_end(writer);
}

#define JAEGER_REFUSAL_SIZE 1024u

bool jaeger_refuse(struct web_request *request, const struct web_refusal *refusal,
                   struct web_answer *answer)
{
    struct json_write writer;
    struct buf out;
    unsigned char *memory = arena_alloc(web_arena(request), JAEGER_REFUSAL_SIZE);
    if (memory == NULL) {
        return false;
    }
    buf_init_fixed(&out, memory, JAEGER_REFUSAL_SIZE);
    json_write_init(&writer, &out);
    json_write_object_begin(&writer);
    json_write_member_null(&writer, SLICE("data"));
    json_write_member_u64(&writer, SLICE("total"), 0);
    json_write_member_u64(&writer, SLICE("limit"), 0);
    json_write_member_u64(&writer, SLICE("offset"), 0);
    json_write_member_array(&writer, SLICE("errors"));
    json_write_object_begin(&writer);
    json_write_member_u64(&writer, SLICE("code"), refusal->status);
    json_write_key(&writer, SLICE("msg"));
    json_write_printf(&writer, "%s%s%s", refusal->message, refusal->hint != NULL ? "; " : "",
                      refusal->hint != NULL ? refusal->hint : "");
    json_write_object_end(&writer);
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    answer->content_type = "application/json";
    answer->body = buf_bytes(&out);
    return !buf_overflowed(&out);
}

/* ---- Names. ---- */

void jaeger_services(struct api_call *call)
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
    data_begin(&call->writer);
    for (size_t i = 0; i < names.count; i++) {
        json_write_string(&call->writer, names.names[i].name);
    }
    data_end_partly(call, names.count, names.partial);
}

/* Each name once, whatever its kinds are: they stand in order. */
static void write_operations(struct api_call *call, const struct trace_names *names)
{
    uint64_t count = 0;
    data_begin(&call->writer);
    for (size_t i = 0; i < names->count; i++) {
        if (i == 0 || !slice_equal(names->names[i].name, names->names[i - 1].name)) {
            json_write_string(&call->writer, names->names[i].name);
            count++;
        }
    }
    data_end_partly(call, count, names->partial);
}

void jaeger_service_operations(struct api_call *call)
{
    const struct slice suffix = SLICE("/operations");
    struct trace_names names;
    struct deadline deadline;
    if (!slice_ends(call->rest, suffix) || call->rest.size == suffix.size) {
        api_call_refuse(call, 404, "not_found", "GET /api/services/{service}/operations",
                        "there is no such path");
        return;
    }
    struct slice service = slice_take(call->rest, call->rest.size - suffix.size);
    if (!api_search_deadline(call, &deadline)) {
        return;
    }
    if (trace_names_operations(call->query, service, deadline, call->arena, &names) != STATUS_OK) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    write_operations(call, &names);
}

void jaeger_operations(struct api_call *call)
{
    struct slice service = api_call_text(call, "service");
    struct slice kind = api_call_text(call, "spanKind");
    struct trace_names names;
    struct deadline deadline;
    uint64_t count = 0;
    if (service.size == 0) {
        api_call_refuse(call, 400, "bad_service", "name a service",
                        "parameter 'service' is required");
        return;
    }
    if (!api_search_deadline(call, &deadline)) {
        return;
    }
    if (trace_names_operations(call->query, service, deadline, call->arena, &names) != STATUS_OK) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    data_begin(&call->writer);
    for (size_t i = 0; i < names.count; i++) {
        struct slice name = span_name_of_kind(names.names[i].kind);
        if (kind.size == 0 || slice_equal(kind, name)) {
            json_write_object_begin(&call->writer);
            json_write_member_string(&call->writer, SLICE("name"), names.names[i].name);
            json_write_member_string(&call->writer, SLICE("spanKind"), name);
            json_write_object_end(&call->writer);
            count++;
        }
    }
    data_end_partly(call, count, names.partial);
}

/* ---- Traces. ---- */

/* Traces that are being written, and those that there are not. */
struct writing {
    struct api_call *call;
    bool raw;
    uint64_t count;
    struct slice missing[TRACES_LIMIT_MAX];
    size_t missing_count;
    bool bad_id, full;
};

static bool asked_raw(const struct api_call *call)
{
    return slice_equal(api_call_text(call, "raw"), SLICE("true"));
}

static bool write_trace(void *context, const struct trace *trace, const uint32_t *matched,
                        uint32_t matched_count)
{
    struct writing *writing = context;
    struct api_call *call = writing->call;
    (void)matched;
    (void)matched_count;
    writing->full =
        !jaeger_json_trace(&call->writer, trace, writing->raw, &call->query->key, call->arena) ||
        buf_overflowed(&call->body);
    writing->count++;
    return !writing->full;
}

/* One trace that is asked for by its id. */
static void write_named(struct writing *writing, struct slice text)
{
    struct api_call *call = writing->call;
    struct trace trace;
    struct id16 id;
    size_t mark = arena_mark(call->arena);
    if (writing->count + writing->missing_count == TRACES_LIMIT_MAX || writing->full) {
        return;
    }
    if (!trace_id_parse(text, &id)) {
        writing->bad_id = true;
        return;
    }
    enum status status = trace_read(call->query, id, call->arena, &trace);
    if (status == STATUS_OK) {
        (void)write_trace(writing, &trace, NULL, 0);
    } else if (status == STATUS_NOT_FOUND) {
        writing->missing[writing->missing_count++] = text;
    } else {
        writing->full = true;
    }
    trace_release(&trace);
    arena_rewind(call->arena, mark);
}

static void write_missing(struct api_call *call, const struct writing *writing)
{
    struct json_write *writer = &call->writer;
    data_end(writer, writing->count);
    if (writing->missing_count == 0) {
        json_write_null(writer);
    } else {
        json_write_array_begin(writer);
        for (size_t i = 0; i < writing->missing_count; i++) {
            json_write_object_begin(writer);
            json_write_member_u64(writer, SLICE("code"), 404);
            json_write_member_string(writer, SLICE("msg"), SLICE("trace not found"));
            json_write_member_string(writer, SLICE("traceID"), slice_take(writing->missing[i], 64));
            json_write_object_end(writer);
        }
        json_write_array_end(writer);
    }
    json_write_object_end(writer);
}

static void write_each(void *context, struct slice name, struct slice value)
{
    if (slice_equal(name, SLICE("traceID"))) {
        write_named(context, value);
    }
}

static void refuse_id(struct api_call *call)
{
    api_call_refuse(call, 400, "bad_id", "a trace id is up to 32 hexadecimal digits",
                    "cannot parse the trace id");
}

static void search_traces(struct api_call *call, struct writing *writing)
{
    struct trace_tests *tests = arena_alloc(call->arena, sizeof(*tests));
    struct trace_search search;
    struct trace_search_facts facts;
    if (tests == NULL) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    if (!jaeger_query_read(call, tests, &search)) {
        return;
    }
    data_begin(&call->writer);
    enum status status =
        trace_search_run(call->query, &search, call->arena, write_trace, writing, &facts);
    if (writing->full || status != STATUS_OK) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    data_end_partly(call, writing->count, facts.partial);
}

void jaeger_traces(struct api_call *call)
{
    struct writing *writing = arena_alloc_array(call->arena, 1, sizeof(*writing));
    struct slice id;
    if (writing == NULL) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    writing->call = call;
    writing->raw = asked_raw(call);
    if (!web_query(call->request, "traceID", &id)) {
        search_traces(call, writing);
        return;
    }
    data_begin(&call->writer);
    web_query_each(call->request, write_each, writing);
    if (writing->bad_id) {
        refuse_id(call);
    } else if (writing->full) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
    } else {
        write_missing(call, writing);
    }
}

void jaeger_trace(struct api_call *call)
{
    struct writing *writing = arena_alloc_array(call->arena, 1, sizeof(*writing));
    if (writing == NULL) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
        return;
    }
    writing->call = call;
    writing->raw = asked_raw(call);
    data_begin(&call->writer);
    write_named(writing, call->rest);
    if (writing->bad_id) {
        refuse_id(call);
    } else if (writing->full) {
        api_call_refuse_large(call, "ask for fewer traces or a shorter time");
    } else if (writing->missing_count > 0) {
        api_call_refuse(call, 404, "not_found", NULL, "trace not found");
    } else {
        data_end_partly(call, writing->count, QUERY_LIMIT_NONE);
    }
}
