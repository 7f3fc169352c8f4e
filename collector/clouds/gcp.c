/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/gcp.h"

#include "clouds/clouds_limits.h"
#include "clouds/fields.h"
#include "clouds/gcp_text.h"
#include "clouds/pool.h"
#include "clouds/settle.h"

#include "base/hex.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gcp {
    struct cloud_options options;
    struct pool *pool;
    struct arena arena; /* Of the entry at hand. */
    void *memory;
};

/* Executions of one id: the first and so many retries of it are told apart. */
#define EXECUTION_COUNT_MAX 8

/* "started" and the beginning that "took" amounts to are of one execution when they are no further
 * apart: both are written by the platform, within moments. */
#define EXECUTION_GAP_NS INT64_C(1000000000)

enum {
    ENTRY_ID,
    ENTRY_TIME,
    ENTRY_RECEIVED,
    ENTRY_SEVERITY,
    ENTRY_TEXT,
    ENTRY_JSON,
    ENTRY_PROTO,
    ENTRY_HTTP,
    ENTRY_RESOURCE,
    ENTRY_LABELS,
    ENTRY_LOG,
    ENTRY_TRACE,
    ENTRY_SPAN,
    ENTRY_COUNT,
};

static const struct field_name entry_names[] = {
    {SLICE_INIT("insertId"), ENTRY_ID},
    {SLICE_INIT("timestamp"), ENTRY_TIME},
    {SLICE_INIT("receiveTimestamp"), ENTRY_RECEIVED},
    {SLICE_INIT("severity"), ENTRY_SEVERITY},
    {SLICE_INIT("textPayload"), ENTRY_TEXT},
    {SLICE_INIT("jsonPayload"), ENTRY_JSON},
    {SLICE_INIT("protoPayload"), ENTRY_PROTO},
    {SLICE_INIT("httpRequest"), ENTRY_HTTP},
    {SLICE_INIT("resource"), ENTRY_RESOURCE},
    {SLICE_INIT("labels"), ENTRY_LABELS},
    {SLICE_INIT("logName"), ENTRY_LOG},
    {SLICE_INIT("trace"), ENTRY_TRACE},
    {SLICE_INIT("spanId"), ENTRY_SPAN},
};

enum { HTTP_STATUS, HTTP_LATENCY, HTTP_AGENT, HTTP_COUNT };

static const struct field_name http_names[] = {
    {SLICE_INIT("status"), HTTP_STATUS},
    {SLICE_INIT("latency"), HTTP_LATENCY},
    {SLICE_INIT("userAgent"), HTTP_AGENT},
};

enum { RESOURCE_TYPE, RESOURCE_LABELS, RESOURCE_COUNT };

static const struct field_name resource_names[] = {
    {SLICE_INIT("type"), RESOURCE_TYPE},
    {SLICE_INIT("labels"), RESOURCE_LABELS},
};

enum {
    LABEL_NAME,
    LABEL_REVISION,
    LABEL_PROJECT,
    LABEL_REGION,
    LABEL_INSTANCE,
    LABEL_EXECUTION,
    LABEL_COUNT
};

static const struct field_name label_names[] = {
    {SLICE_INIT("service_name"), LABEL_NAME},
    {SLICE_INIT("function_name"), LABEL_NAME},
    {SLICE_INIT("job_name"), LABEL_NAME},
    {SLICE_INIT("revision_name"), LABEL_REVISION},
    {SLICE_INIT("project_id"), LABEL_PROJECT},
    {SLICE_INIT("location"), LABEL_REGION},
    {SLICE_INIT("region"), LABEL_REGION},
    {SLICE_INIT("instanceId"), LABEL_INSTANCE},
    {SLICE_INIT("instance_id"), LABEL_INSTANCE},
    {SLICE_INIT("execution_id"), LABEL_EXECUTION},
    /* A job's executions have a name of their own. */
    {SLICE_INIT("run.googleapis.com/execution_name"), LABEL_EXECUTION},
};

#define NAME_COUNT(names) (sizeof(names) / sizeof(*(names)))

/* One entry, read. */
struct entry {
    struct slice json;
    struct field fields[ENTRY_COUNT];
    struct field http[HTTP_COUNT];
    struct field labels[LABEL_COUNT];
    struct slice id;   /* insertId, else the entry itself. */
    struct slice type; /* Of the resource. */
    int64_t time_ns;
    bool has_trace;
    struct id16 trace_id;
    struct stream_source like;
    uint32_t source;
};

struct gcp *gcp_create(const struct cloud_options *options, const struct stream_sink *sink)
{
    struct gcp *gcp = calloc(1, sizeof(*gcp));
    if (gcp == NULL) {
        return NULL;
    }
    gcp->options = *options;
    gcp->pool = pool_create(sink, options->memory_mb);
    gcp->memory = malloc(CLOUDS_RECORD_SIZE_MAX);
    if (gcp->pool == NULL || gcp->memory == NULL) {
        gcp_free(gcp);
        return NULL;
    }
    arena_init(&gcp->arena, gcp->memory, CLOUDS_RECORD_SIZE_MAX);
    return gcp;
}

void gcp_free(struct gcp *gcp)
{
    if (gcp == NULL) {
        return;
    }
    pool_free(gcp->pool);
    free(gcp->memory);
    free(gcp);
}

bool gcp_is(struct slice json)
{
    struct json_read reader;
    struct json_string key;
    bool resource = false;
    bool entry = false;
    json_read_init(&reader, json, JSON_DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return false;
    }
    while (!(resource && entry) && json_read_member(&reader, &key)) {
        resource = resource || json_string_equal(key, SLICE("resource"));
        entry = entry || json_string_equal(key, SLICE("insertId")) ||
                json_string_equal(key, SLICE("logName")) ||
                json_string_equal(key, SLICE("textPayload"));
        json_read_skip(&reader);
    }
    return resource && entry;
}

/* ---- Reading. ---- */

static uint32_t severity_of(struct slice word)
{
    static const struct {
        struct slice word;
        uint32_t severity;
    } words[] = {
        {SLICE_INIT("DEBUG"), SEVERITY_DEBUG},     {SLICE_INIT("INFO"), SEVERITY_INFO},
        {SLICE_INIT("NOTICE"), SEVERITY_INFO + 1}, {SLICE_INIT("WARNING"), SEVERITY_WARN},
        {SLICE_INIT("ERROR"), SEVERITY_ERROR},     {SLICE_INIT("CRITICAL"), SEVERITY_FATAL},
        {SLICE_INIT("ALERT"), SEVERITY_FATAL + 1}, {SLICE_INIT("EMERGENCY"), SEVERITY_FATAL + 3},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (slice_equal(words[i].word, word)) {
            return words[i].severity;
        }
    }
    return SEVERITY_UNKNOWN; /* DEFAULT: the line itself may know. */
}

/* "projects/P/traces/<32 hex digits>", or the digits alone. */
static bool trace_parse(struct slice text, struct id16 *trace_id)
{
    static const struct id16 zero;
    size_t at = slice_find_last_byte(text, '/');
    struct slice digits = at == SLICE_NONE ? text : slice_skip(text, at + 1);
    return hex_decode(digits, trace_id->bytes, sizeof(trace_id->bytes)) &&
           memcmp(trace_id, &zero, sizeof(zero)) != 0;
}

/* Why an entry is none of a function's, or NULL with all of it read but the source. */
static const char *read_entry(struct gcp *gcp, struct entry *entry)
{
    struct arena *arena = &gcp->arena;
    struct field resource[RESOURCE_COUNT] = {{.kind = FIELD_NONE}};
    if (!fields_read(entry->json, arena, entry_names, NAME_COUNT(entry_names), entry->fields)) {
        return "an entry that is no JSON object";
    }
    const struct field *fields = entry->fields;
    /* Objects within were checked as part of the whole; one that is missing has no members. */
    (void)!fields_read(fields[ENTRY_RESOURCE].value, arena, resource_names,
                       NAME_COUNT(resource_names), resource);
    (void)!fields_read(resource[RESOURCE_LABELS].value, arena, label_names, NAME_COUNT(label_names),
                       entry->labels);
    (void)!fields_read(fields[ENTRY_LABELS].value, arena, label_names, NAME_COUNT(label_names),
                       entry->labels);
    (void)!fields_read(fields[ENTRY_HTTP].value, arena, http_names, NAME_COUNT(http_names),
                       entry->http);
    if (arena_overflowed(arena)) {
        return "an entry that is too large";
    }
    entry->id = fields_text(&fields[ENTRY_ID]);
    entry->id = entry->id.size == 0 ? entry->json : entry->id;
    entry->type = fields_text(&resource[RESOURCE_TYPE]);
    if (entry->type.size > 0 && !slice_equal(entry->type, SLICE("cloud_run_revision")) &&
        !slice_equal(entry->type, SLICE("cloud_function")) &&
        !slice_equal(entry->type, SLICE("cloud_run_job"))) {
        return "an entry of another resource than a function";
    }
    if (fields[ENTRY_PROTO].kind != FIELD_NONE) {
        return "an audit entry, which is not of a run";
    }
    entry->time_ns = fields_time_ns(fields_text(&fields[ENTRY_TIME]));
    if (entry->time_ns == STREAMS_UNKNOWN) {
        entry->time_ns = fields_time_ns(fields_text(&fields[ENTRY_RECEIVED]));
    }
    entry->has_trace = trace_parse(fields_text(&fields[ENTRY_TRACE]), &entry->trace_id);
    return entry->time_ns == STREAMS_UNKNOWN ? "an entry without a time" : NULL;
}

static bool first_generation(const struct entry *entry)
{
    return slice_equal(entry->type, SLICE("cloud_function"));
}

static void find_source(struct gcp *gcp, struct entry *entry)
{
    struct slice name = fields_text(&entry->labels[LABEL_NAME]);
    bool made_up = name.size == 0;
    name = made_up ? gcp->options.function : name;
    entry->like = (struct stream_source){
        .provider = PROVIDER_GCP,
        .platform = first_generation(entry) ? SLICE("gcp_cloud_functions") : SLICE("gcp_cloud_run"),
        .account = fields_text(&entry->labels[LABEL_PROJECT]),
        .region = fields_text(&entry->labels[LABEL_REGION]),
        .stream = fields_text(&entry->labels[LABEL_INSTANCE]),
        .function = name.size == 0 ? SLICE("unknown") : name,
        .function_made_up = made_up,
        .version = fields_text(&entry->labels[LABEL_REVISION]),
        .memory_mb = STREAMS_UNKNOWN};
    entry->source = pool_source(gcp->pool, &entry->like);
}

static void refuse(struct gcp *gcp, const struct entry *entry, const char *why)
{
    pool_refuse(gcp->pool, why, slice_take(entry->json, 256), 1);
}

/* ---- Requests. ---- */

static struct slice trigger_of(struct slice agent)
{
    if (slice_starts(agent, SLICE("Google-Cloud-Scheduler"))) {
        return SLICE("timer");
    }
    if (slice_starts(agent, SLICE("APIs-Google")) ||
        slice_starts(agent, SLICE("Google-Cloud-Tasks")) ||
        slice_starts(agent, SLICE("CloudPubSub-Google"))) {
        return SLICE("pubsub");
    }
    return SLICE("http");
}

static void end_by_status(struct pool_call *call, uint32_t status)
{
    call->http_status = status;
    if (status == 504) {
        call->end = END_TIMEOUT;
        call->status = WORD_TIMEOUT;
    } else if (status >= 500 || call->no_instance) {
        call->end = END_ERROR;
        call->status = WORD_ERROR;
    } else if (status > 0) {
        call->end = END_OK;
        call->status = WORD_SUCCESS;
    }
}

/* "HTTP 503", until a line says more. */
static void weak_error(struct pool_call *call, struct slice status)
{
    char text[16];
    int size = snprintf(text, sizeof(text), "HTTP " SLICE_FMT, SLICE_ARG(slice_take(status, 3)));
    pool_text(call->error_type, &call->error_type_size, slice_of(text, (size_t)size));
    call->error_weak = true;
}

static void set_trace(struct pool_call *call, const struct entry *entry)
{
    if (!entry->has_trace) {
        return;
    }
    call->has_trace = true;
    call->trace_id = entry->trace_id;
    call->has_parent = hex_decode(fields_text(&entry->fields[ENTRY_SPAN]),
                                  call->parent_span_id.bytes, sizeof(call->parent_span_id.bytes));
}

static void take_request(struct gcp *gcp, const struct entry *entry, struct pool_held *held)
{
    int64_t latency_ns = STREAMS_UNKNOWN;
    uint64_t status = 0;
    struct slice status_text = fields_text(&entry->http[HTTP_STATUS]);
    if (entry->http[HTTP_LATENCY].kind != FIELD_NONE &&
        !fields_duration_google(&entry->http[HTTP_LATENCY], &latency_ns)) {
        refuse(gcp, entry, "a latency that is no duration");
        return;
    }
    if (status_text.size > 0 &&
        (number_parse_u64(status_text, &status) != NUMBER_OK || status > 999)) {
        refuse(gcp, entry, "a status that is none");
        return;
    }
    struct id16 key = pool_hash(entry->id, SLICE("request"), entry->source);
    struct pool_call *call = pool_call(gcp->pool, entry->source, key, true);
    call->request_id = entry->has_trace ? entry->trace_id : pool_hash(entry->id, SLICE_EMPTY, 0);
    char digits[32];
    hex_encode(slice_of(call->request_id.bytes, sizeof(call->request_id.bytes)), digits);
    bool named = entry->fields[ENTRY_ID].kind != FIELD_NONE;
    pool_text(call->request_text, &call->request_text_size,
              entry->has_trace || !named ? slice_of(digits, sizeof(digits)) : entry->id);
    held->has_request = true;
    held->request_id = call->request_id;
    set_trace(call, entry);
    call->start_seen = true;
    call->start_ns = entry->time_ns;
    call->reported_ns = latency_ns;
    call->handler_ns = latency_ns;
    call->report_seen = latency_ns != STREAMS_UNKNOWN;
    call->end_seen = call->report_seen;
    call->end_ns = call->report_seen ? entry->time_ns + latency_ns : STREAMS_UNKNOWN;
    call->trigger = trigger_of(fields_text(&entry->http[HTTP_AGENT]));
    struct slice text = fields_text(&entry->fields[ENTRY_TEXT]);
    call->no_instance = (status == 429 && entry->like.stream.size == 0) ||
                        slice_find(text, SLICE("no available instance")) != SLICE_NONE;
    end_by_status(call, (uint32_t)status);
    if (call->no_instance) {
        /* Nothing ran: how long the refusal took is no duration of a function. */
        call->reported_ns = STREAMS_UNKNOWN;
        call->handler_ns = STREAMS_UNKNOWN;
        call->report_seen = false;
        pool_text(call->error_type, &call->error_type_size, SLICE("no available instance"));
    } else if (call->end == END_ERROR) {
        weak_error(call, status_text);
    }
}

/* ---- Executions of the first generation. ---- */

static bool may_go_with(const struct pool_call *call, bool took, int64_t start_ns)
{
    bool there = took ? call->report_seen : call->start_seen;
    if (there) {
        return false;
    }
    int64_t apart_ns = call->start_ns - start_ns;
    return apart_ns <= EXECUTION_GAP_NS && apart_ns >= -EXECUTION_GAP_NS;
}

/* The execution that began about then: of one id there are several when it was retried. */
static struct pool_call *execution_at(struct gcp *gcp, const struct entry *entry, bool took,
                                      int64_t start_ns)
{
    struct slice id = fields_text(&entry->labels[LABEL_EXECUTION]);
    struct pool_call *call = NULL;
    for (uint64_t n = 0; n < EXECUTION_COUNT_MAX; n++) {
        struct id16 key = pool_hash(id, entry->like.function, n + 1);
        call = pool_call(gcp->pool, entry->source, key, false);
        if (call == NULL) {
            call = pool_call(gcp->pool, entry->source, key, true);
            call->request_id = pool_hash(id, SLICE_EMPTY, 0);
            pool_text(call->request_text, &call->request_text_size, id);
            set_trace(call, entry);
            call->start_ns = start_ns;
            return call;
        }
        if (may_go_with(call, took, start_ns)) {
            return call;
        }
    }
    return NULL;
}

static void take_execution(struct gcp *gcp, const struct entry *entry, const struct gcp_text *said)
{
    bool took = said->kind == GCP_TEXT_TOOK;
    int64_t start_ns = took ? entry->time_ns - said->took_ns : entry->time_ns;
    if (entry->labels[LABEL_EXECUTION].kind == FIELD_NONE) {
        refuse(gcp, entry, "an execution without its id");
        return;
    }
    struct pool_call *call = execution_at(gcp, entry, took, start_ns);
    if (call == NULL) {
        refuse(gcp, entry, "more executions of one id than are told apart");
        return;
    }
    if (!took) {
        call->start_seen = true;
        call->start_ns = entry->time_ns;
        return;
    }
    call->report_seen = true;
    call->end_seen = true;
    call->end_ns = entry->time_ns;
    call->reported_ns = said->took_ns;
    call->handler_ns = said->took_ns;
    end_by_status(call, said->http_status);
    if (said->http_status > 0) {
        call->trigger = SLICE("http");
    } else if (slice_equal(said->status, SLICE("ok"))) {
        call->end = END_OK;
        call->status = WORD_SUCCESS;
    } else if (slice_equal(said->status, SLICE("timeout"))) {
        call->end = END_TIMEOUT;
        call->status = WORD_TIMEOUT;
    } else if (said->status.size > 0) {
        call->end = END_ERROR;
        call->status = WORD_ERROR;
        call->out_of_memory =
            call->out_of_memory || slice_equal(said->status, SLICE("out of memory"));
        pool_text(call->error_type, &call->error_type_size, said->status);
        call->error_weak = true;
    }
}

/* ---- Lines. ---- */

/* JSON without the white space that a printer put between its tokens. */
static struct slice compact(struct arena *arena, struct slice json)
{
    unsigned char *out = arena_alloc(arena, json.size + 1);
    size_t size = 0;
    bool inside = false;
    if (out == NULL) {
        return json;
    }
    for (size_t i = 0; i < json.size; i++) {
        unsigned char byte = json.base[i];
        bool space = byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
        if (inside && byte == '\\' && i + 1 < json.size) {
            out[size++] = byte;
            byte = json.base[++i];
        } else if (byte == '"') {
            inside = !inside;
        } else if (space && !inside) {
            continue;
        }
        out[size++] = byte;
    }
    return slice_of(out, size);
}

static void take_line(struct gcp *gcp, const struct entry *entry, struct pool_held *held)
{
    struct slice message = fields_text(&entry->fields[ENTRY_TEXT]);
    if (message.size == 0) {
        message = entry->fields[ENTRY_JSON].kind == FIELD_OBJECT
                      ? compact(&gcp->arena, entry->fields[ENTRY_JSON].value)
                      : SLICE_EMPTY;
    }
    if (message.size == 0) {
        return; /* An entry that says nothing. */
    }
    struct slice error_type = held->out_of_memory ? SLICE("out of memory") : SLICE_EMPTY;
    if (!held->out_of_memory) {
        struct line line;
        struct slice rest;
        line_read(message, &line, &rest);
        held->failure =
            line.kind == LINE_APP && line.error_type.size > 0 &&
            (line.exception || line.unhandled || line.severity >= SEVERITY_ERROR ||
             severity_of(fields_text(&entry->fields[ENTRY_SEVERITY])) >= SEVERITY_ERROR);
        error_type = held->failure ? line.error_type : SLICE_EMPTY;
    }
    struct slice execution = fields_text(&entry->labels[LABEL_EXECUTION]);
    held->line = true;
    held->source = entry->source;
    held->time_ns = entry->time_ns;
    held->severity = severity_of(fields_text(&entry->fields[ENTRY_SEVERITY]));
    held->has_trace = entry->has_trace;
    held->trace_id = entry->trace_id;
    if (first_generation(entry) && execution.size > 0) {
        held->has_request = true;
        held->request_id = pool_hash(execution, SLICE_EMPTY, 0);
    } else if (!held->has_request && !first_generation(entry) && entry->has_trace) {
        held->has_request = true;
        held->request_id = entry->trace_id;
    }
    struct slice id = fields_text(&entry->fields[ENTRY_ID]);
    pool_hold(gcp->pool, held, message, id, error_type);
}

static void take_start(struct gcp *gcp, const struct entry *entry, const struct gcp_text *said)
{
    bool begun = said->kind == GCP_TEXT_INSTANCE;
    if (entry->like.stream.size == 0) {
        refuse(gcp, entry, "a start of an instance without its id");
        return;
    }
    const struct pool_start start = {.start_ns = begun ? entry->time_ns : STREAMS_UNKNOWN,
                                     .ready_ns = begun ? STREAMS_UNKNOWN : entry->time_ns,
                                     .asked_for = said->asked_for,
                                     .failed = said->kind == GCP_TEXT_NOT_READY};
    pool_start(gcp->pool, entry->source, &start);
}

static void take_text(struct gcp *gcp, const struct entry *entry)
{
    struct gcp_text said;
    struct pool_held held = {.max_memory_mb = STREAMS_UNKNOWN};
    gcp_text(fields_text(&entry->fields[ENTRY_TEXT]), &said);
    switch (said.kind) {
    case GCP_TEXT_STARTED:
    case GCP_TEXT_TOOK:
        take_execution(gcp, entry, &said);
        return;
    case GCP_TEXT_INSTANCE:
    case GCP_TEXT_READY:
    case GCP_TEXT_NOT_READY:
        take_start(gcp, entry, &said);
        return;
    case GCP_TEXT_REFUSED:
        refuse(gcp, entry, "a line of the platform with a number that cannot be");
        return;
    case GCP_TEXT_MEMORY:
        pool_memory(gcp->pool, entry->source, said.memory_mb);
        held.failure = true;
        held.out_of_memory = true;
        held.max_memory_mb = said.used_mb;
        break;
    case GCP_TEXT_OTHER:
        break;
    }
    take_line(gcp, entry, &held);
}

void gcp_entry(struct gcp *gcp, struct slice json)
{
    struct entry entry = {.json = json};
    arena_reset(&gcp->arena);
    const char *why = read_entry(gcp, &entry);
    struct slice log = fields_text(&entry.fields[ENTRY_LOG]);
    struct slice id = entry.id.size == 0 ? json : entry.id;
    if (pool_seen(gcp->pool, id, fields_text(&entry.fields[ENTRY_TIME]))) {
        return;
    }
    if (why != NULL) {
        refuse(gcp, &entry, why);
        return;
    }
    find_source(gcp, &entry);
    /* Applications may log with an httpRequest, too: theirs are lines. */
    bool request = entry.fields[ENTRY_HTTP].kind == FIELD_OBJECT &&
                   (log.size == 0 || slice_ends(log, SLICE("run.googleapis.com%2Frequests")) ||
                    slice_ends(log, SLICE("run.googleapis.com/requests")));
    if (request) {
        struct pool_held held = {.max_memory_mb = STREAMS_UNKNOWN};
        take_request(gcp, &entry, &held);
        take_line(gcp, &entry, &held);
    } else {
        take_text(gcp, &entry);
    }
}

void gcp_finish(struct gcp *gcp)
{
    settle(gcp->pool, UINT64_MAX);
}
