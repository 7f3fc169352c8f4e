/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/azure_record.h"

#include "clouds/azure_text.h"

#include "base/hex.h"
#include "base/number.h"
#include "base/uuid.h"

#include <string.h>

const struct field_name azure_record_names[] = {
    {SLICE_INIT("time"), AZURE_TIME},
    {SLICE_INIT("timestamp"), AZURE_TIME},
    {SLICE_INIT("TimeGenerated"), AZURE_TIME},
    {SLICE_INIT("Type"), AZURE_TYPE},
    {SLICE_INIT("itemType"), AZURE_TYPE},
    {SLICE_INIT("$table"), AZURE_TYPE},
    {SLICE_INIT("category"), AZURE_TYPE},
    {SLICE_INIT("resourceId"), AZURE_RESOURCE},
    {SLICE_INIT("_ResourceId"), AZURE_RESOURCE},
    {SLICE_INIT("location"), AZURE_REGION},
    {SLICE_INIT("OperationId"), AZURE_OPERATION},
    {SLICE_INIT("operation_Id"), AZURE_OPERATION},
    {SLICE_INIT("OperationName"), AZURE_OPERATION_NAME},
    {SLICE_INIT("operation_Name"), AZURE_OPERATION_NAME},
    {SLICE_INIT("ParentId"), AZURE_PARENT},
    {SLICE_INIT("operation_ParentId"), AZURE_PARENT},
    {SLICE_INIT("Id"), AZURE_ID},
    {SLICE_INIT("Name"), AZURE_NAME},
    {SLICE_INIT("Success"), AZURE_SUCCESS},
    {SLICE_INIT("ResultCode"), AZURE_RESULT},
    {SLICE_INIT("responseCode"), AZURE_RESULT},
    {SLICE_INIT("DurationMs"), AZURE_DURATION},
    {SLICE_INIT("duration"), AZURE_DURATION},
    {SLICE_INIT("AppRoleName"), AZURE_ROLE},
    {SLICE_INIT("cloud_RoleName"), AZURE_ROLE},
    {SLICE_INIT("AppRoleInstance"), AZURE_INSTANCE},
    {SLICE_INIT("cloud_RoleInstance"), AZURE_INSTANCE},
    {SLICE_INIT("Properties"), AZURE_DIMENSIONS},
    {SLICE_INIT("customDimensions"), AZURE_DIMENSIONS},
    {SLICE_INIT("Message"), AZURE_MESSAGE},
    {SLICE_INIT("raw"), AZURE_MESSAGE},
    {SLICE_INIT("InnermostMessage"), AZURE_MESSAGE},
    {SLICE_INIT("OuterMessage"), AZURE_MESSAGE},
    {SLICE_INIT("exceptionMessage"), AZURE_MESSAGE},
    {SLICE_INIT("SeverityLevel"), AZURE_SEVERITY},
    {SLICE_INIT("level"), AZURE_SEVERITY},
    {SLICE_INIT("ExceptionType"), AZURE_EXCEPTION},
    {SLICE_INIT("problemId"), AZURE_EXCEPTION},
    {SLICE_INIT("outerType"), AZURE_EXCEPTION},
    {SLICE_INIT("typeName"), AZURE_EXCEPTION},
    {SLICE_INIT("InnermostType"), AZURE_EXCEPTION_INNERMOST},
    {SLICE_INIT("innermostExceptionType"), AZURE_EXCEPTION_INNERMOST},
    {SLICE_INIT("itemId"), AZURE_ITEM_ID},
    {SLICE_INIT("_ItemId"), AZURE_ITEM_ID},
    {SLICE_INIT("ItemCount"), AZURE_ITEM_COUNT},
    {SLICE_INIT("count"), AZURE_ITEM_COUNT},
    {SLICE_INIT("AppVersion"), AZURE_VERSION},
    {SLICE_INIT("application_Version"), AZURE_VERSION},
};
const size_t azure_record_name_count = sizeof(azure_record_names) / sizeof(*azure_record_names);

const struct field_name azure_record_dimensions[] = {
    {SLICE_INIT("InvocationId"), AZURE_INVOCATION},
    {SLICE_INIT("AzureFunctions_InvocationId"), AZURE_INVOCATION},
    {SLICE_INIT("functionInvocationId"), AZURE_INVOCATION},
    {SLICE_INIT("prop__invocationId"), AZURE_INVOCATION},
    {SLICE_INIT("HostInstanceId"), AZURE_HOST},
    {SLICE_INIT("FullName"), AZURE_FULL_NAME},
    {SLICE_INIT("functionName"), AZURE_FULL_NAME},
    {SLICE_INIT("prop__functionName"), AZURE_FULL_NAME},
    {SLICE_INIT("TriggerReason"), AZURE_REASON},
    {SLICE_INIT("Category"), AZURE_CATEGORY},
    {SLICE_INIT("FunctionExecutionTimeMs"), AZURE_HANDLER},
    {SLICE_INIT("HttpMethod"), AZURE_METHOD},
    /* Of the category FunctionAppLogs, which has all of it in its properties. */
    {SLICE_INIT("appName"), AZURE_ROLE},
    {SLICE_INIT("roleInstance"), AZURE_INSTANCE},
    {SLICE_INIT("message"), AZURE_MESSAGE},
    {SLICE_INIT("exceptionType"), AZURE_EXCEPTION},
};
const size_t azure_record_dimension_count =
    sizeof(azure_record_dimensions) / sizeof(*azure_record_dimensions);

enum kind { KIND_OTHER, KIND_REQUEST, KIND_TRACE, KIND_EXCEPTION };

/* A record, and what was found out about it. */
struct record {
    const struct azure_records *records;
    const struct field *fields;
    struct slice raw;
    int64_t time_ns;
    bool has_request; /* It names its invocation. */
    struct id16 request_id;
    bool has_trace;
    struct id16 trace_id;
};

static struct slice text_of(const struct record *record, enum azure_field field)
{
    return fields_text(&record->fields[field]);
}

static void refuse(const struct record *record, const char *why, uint64_t count)
{
    pool_refuse(record->records->pool, why, slice_take(record->raw, 256), count);
}

static enum kind kind_of(const struct field *fields)
{
    static const struct {
        struct slice name;
        enum kind kind;
    } kinds[] = {
        {SLICE_INIT("AppRequests"), KIND_REQUEST},
        {SLICE_INIT("request"), KIND_REQUEST},
        {SLICE_INIT("requests"), KIND_REQUEST},
        {SLICE_INIT("RequestData"), KIND_REQUEST},
        {SLICE_INIT("AppTraces"), KIND_TRACE},
        {SLICE_INIT("trace"), KIND_TRACE},
        {SLICE_INIT("traces"), KIND_TRACE},
        {SLICE_INIT("MessageData"), KIND_TRACE},
        {SLICE_INIT("message"), KIND_TRACE},
        {SLICE_INIT("AppExceptions"), KIND_EXCEPTION},
        {SLICE_INIT("exception"), KIND_EXCEPTION},
        {SLICE_INIT("exceptions"), KIND_EXCEPTION},
        {SLICE_INIT("ExceptionData"), KIND_EXCEPTION},
        {SLICE_INIT("basicException"), KIND_EXCEPTION},
        {SLICE_INIT("FunctionAppLogs"), KIND_TRACE},
    };
    struct slice type = fields_text(&fields[AZURE_TYPE]);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (slice_equal_nocase(kinds[i].name, type)) {
            return kinds[i].kind;
        }
    }
    /* Rows of a query do not always say what they are of, and an exception's row may have a column
     * of its own that is called type: what they have tells. */
    bool lasted =
        fields[AZURE_DURATION].kind != FIELD_NONE || fields[AZURE_TICKS].kind != FIELD_NONE;
    if (type.size > 0 && fields[AZURE_EXCEPTION_INNERMOST].kind == FIELD_NONE &&
        fields[AZURE_EXCEPTION].kind == FIELD_NONE) {
        return KIND_OTHER;
    }
    if (lasted) {
        return fields[AZURE_SUCCESS].kind != FIELD_NONE || fields[AZURE_RESULT].kind != FIELD_NONE
                   ? KIND_REQUEST
                   : KIND_OTHER;
    }
    if (fields[AZURE_EXCEPTION].kind != FIELD_NONE ||
        fields[AZURE_EXCEPTION_INNERMOST].kind != FIELD_NONE) {
        return KIND_EXCEPTION;
    }
    return fields[AZURE_MESSAGE].kind != FIELD_NONE ? KIND_TRACE : KIND_OTHER;
}

static uint32_t severity_of(struct slice text)
{
    static const struct {
        struct slice word;
        uint32_t severity;
    } words[] = {
        {SLICE_INIT("0"), SEVERITY_DEBUG},          {SLICE_INIT("1"), SEVERITY_INFO},
        {SLICE_INIT("2"), SEVERITY_WARN},           {SLICE_INIT("3"), SEVERITY_ERROR},
        {SLICE_INIT("4"), SEVERITY_FATAL},          {SLICE_INIT("Verbose"), SEVERITY_DEBUG},
        {SLICE_INIT("Trace"), SEVERITY_TRACE},      {SLICE_INIT("Debug"), SEVERITY_DEBUG},
        {SLICE_INIT("Information"), SEVERITY_INFO}, {SLICE_INIT("Informational"), SEVERITY_INFO},
        {SLICE_INIT("Warning"), SEVERITY_WARN},     {SLICE_INIT("Error"), SEVERITY_ERROR},
        {SLICE_INIT("Critical"), SEVERITY_FATAL},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (slice_equal_nocase(words[i].word, text)) {
            return words[i].severity;
        }
    }
    return SEVERITY_UNKNOWN;
}

static struct id16 id_of(struct slice text)
{
    struct uuid uuid;
    struct id16 id;
    if (!uuid_parse(text, &uuid)) {
        return pool_hash(text, SLICE_EMPTY, 0);
    }
    memcpy(id.bytes, uuid.bytes, sizeof(id.bytes));
    return id;
}

/* The subscription of "/subscriptions/ID/resourceGroups/...", in either case. */
static struct slice subscription_of(struct slice resource)
{
    struct slice word;
    struct slice rest = resource;
    (void)slice_cut(rest, '/', &word, &rest);
    (void)slice_cut(rest, '/', &word, &rest);
    if (!slice_equal_nocase(word, SLICE("subscriptions"))) {
        return SLICE_EMPTY;
    }
    (void)slice_cut(rest, '/', &word, &rest);
    return word;
}

/* "Function.X.User" and "Function.X" name X. */
static struct slice function_of_category(struct slice category)
{
    struct slice name = SLICE_EMPTY;
    if (slice_starts(category, SLICE("Function."))) {
        struct slice rest;
        (void)slice_cut(slice_skip(category, sizeof("Function.") - 1), '.', &name, &rest);
    }
    return name;
}

/* The instance, by "role/function": a role is an app of several functions. */
static uint32_t source_of(const struct record *record, struct slice function)
{
    struct slice role = text_of(record, AZURE_ROLE);
    struct slice name = function;
    bool made_up = false;
    if (function.size == 0) {
        name = azure_text_function(text_of(record, AZURE_FULL_NAME));
    }
    if (name.size == 0) {
        name = function_of_category(text_of(record, AZURE_CATEGORY));
    }
    if (name.size == 0 && text_of(record, AZURE_CATEGORY).size == 0) {
        name = text_of(record, AZURE_OPERATION_NAME);
    }
    if (role.size > 0 && name.size > 0) {
        name = arena_printf(record->records->arena, SLICE_FMT "/" SLICE_FMT, SLICE_ARG(role),
                            SLICE_ARG(name));
    } else if (name.size == 0) {
        name = role;
    }
    if (name.size == 0) {
        made_up = true;
        name = record->records->options->function;
    }
    struct slice instance = text_of(record, AZURE_INSTANCE);
    const struct stream_source like = {
        .provider = PROVIDER_AZURE,
        .platform = record->records->options->azure_flex ? SLICE("azure.functions.flex")
                                                         : SLICE("azure.functions"),
        .account = subscription_of(text_of(record, AZURE_RESOURCE)),
        .region = text_of(record, AZURE_REGION),
        .stream = instance.size > 0 ? instance : text_of(record, AZURE_HOST),
        .function = name.size > 0 ? name : SLICE("unknown"),
        .function_made_up = made_up,
        .version = text_of(record, AZURE_VERSION),
        .memory_mb = STREAMS_UNKNOWN};
    return pool_source(record->records->pool, &like);
}

static void set_trace(const struct record *record, struct pool_call *call)
{
    if (!record->has_trace) {
        return;
    }
    call->has_trace = true;
    call->trace_id = record->trace_id;
    struct slice parent = text_of(record, AZURE_PARENT);
    call->has_parent =
        hex_decode(parent, call->parent_span_id.bytes, sizeof(call->parent_span_id.bytes));
}

/* ---- Requests. ---- */

/* The call that a record is of: by its invocation, else by the request's own id. */
static struct pool_call *call_of(const struct record *record, struct slice invocation,
                                 uint32_t source)
{
    struct slice operation = text_of(record, AZURE_OPERATION);
    struct slice own = text_of(record, AZURE_ID);
    struct slice text = invocation.size > 0 ? invocation : operation.size > 0 ? operation : own;
    struct id16 key = invocation.size > 0 ? pool_hash(invocation, SLICE("invocation"), 0)
                                          : pool_hash(operation, own, 1);
    struct pool_call *call = pool_call(record->records->pool, source, key, true);
    call->request_id = invocation.size == 0 && record->has_trace ? record->trace_id : id_of(text);
    pool_text(call->request_text, &call->request_text_size, text);
    return call;
}

static void end_request(const struct record *record, struct pool_call *call)
{
    struct slice success = text_of(record, AZURE_SUCCESS);
    bool failed = slice_equal_nocase(success, SLICE("false")) || slice_equal(success, SLICE("0"));
    uint64_t status = 0;
    if (number_parse_u64(text_of(record, AZURE_RESULT), &status) != NUMBER_OK || status < 100 ||
        status > 599) {
        status = 0; /* Of other triggers it is 0, or a word. */
    }
    call->http_status = (uint32_t)status;
    /* An answer below 500 is the function's own word to its caller, and no failure of it. */
    bool error = status >= 500 || (failed && status == 0);
    call->end = error ? END_ERROR : END_OK;
    call->status = error ? WORD_ERROR : WORD_SUCCESS;
    if (slice_ends(slice_of(call->error_type, call->error_type_size),
                   SLICE("FunctionTimeoutException"))) {
        call->end = END_TIMEOUT;
        call->status = WORD_TIMEOUT;
    }
}

static bool duration_of(const struct record *record, int64_t *ns)
{
    struct slice text = text_of(record, AZURE_DURATION);
    if (record->fields[AZURE_TICKS].kind != FIELD_NONE) {
        return fields_duration(text_of(record, AZURE_TICKS), 2, ns);
    }
    *ns = STREAMS_UNKNOWN;
    if (slice_find_byte(text, ':') != SLICE_NONE) {
        return fields_duration_net(text, ns);
    }
    return text.size == 0 || fields_duration(text, 6, ns);
}

static void take_request(const struct record *record)
{
    int64_t duration_ns = STREAMS_UNKNOWN;
    int64_t handler_ns = STREAMS_UNKNOWN;
    uint64_t item_count = 1;
    if (!duration_of(record, &duration_ns)) {
        refuse(record, "a duration that is none", 1);
        return;
    }
    struct slice handler = text_of(record, AZURE_HANDLER);
    if (handler.size > 0 && !fields_duration(handler, 6, &handler_ns)) {
        refuse(record, "an execution time that is none", 1);
        return;
    }
    if (number_parse_u64(text_of(record, AZURE_ITEM_COUNT), &item_count) == NUMBER_OK &&
        item_count > 1) {
        refuse(record, "sampled: a record stands for others that were not kept", item_count - 1);
    }
    struct slice function = azure_text_function(text_of(record, AZURE_FULL_NAME));
    if (function.size == 0) {
        function = text_of(record, AZURE_OPERATION_NAME);
    }
    if (function.size == 0) {
        function = text_of(record, AZURE_NAME);
    }
    uint32_t source = source_of(record, function);
    struct pool_call *call = call_of(record, text_of(record, AZURE_INVOCATION), source);
    call->source = source;
    call->from_request = true;
    set_trace(record, call);
    call->start_seen = true;
    call->start_ns = record->time_ns;
    call->reported_ns = duration_ns;
    call->handler_ns = handler_ns != STREAMS_UNKNOWN ? handler_ns : duration_ns;
    call->report_seen = duration_ns != STREAMS_UNKNOWN;
    call->end_seen = true;
    call->end_ns = call->report_seen ? record->time_ns + duration_ns : STREAMS_UNKNOWN;
    struct slice trigger = azure_text_trigger(text_of(record, AZURE_REASON));
    call->trigger = text_of(record, AZURE_METHOD).size > 0 ? SLICE("http") : trigger;
    end_request(record, call);
}

/* ---- Traces and exceptions. ---- */

/* What the host says of an invocation: it stands in for a request that was sampled out. */
static void take_host(const struct record *record, const struct azure_text *said)
{
    uint32_t source = source_of(record, said->function);
    struct pool_call *call = call_of(record, said->id, source);
    struct slice trigger = azure_text_trigger(said->reason);
    call->trigger = call->trigger.size > 0 ? call->trigger : trigger;
    if (call->from_request) {
        return;
    }
    set_trace(record, call);
    if (said->kind == AZURE_TEXT_EXECUTING) {
        call->start_seen = true;
        call->start_ns = record->time_ns;
        return;
    }
    call->end_seen = true;
    call->end_ns = record->time_ns;
    call->report_seen = said->duration_ns != STREAMS_UNKNOWN;
    call->reported_ns = said->duration_ns;
    call->handler_ns = said->duration_ns;
    if (!call->start_seen && call->report_seen) {
        call->start_ns = record->time_ns - said->duration_ns;
    }
    if (call->end != END_TIMEOUT) {
        call->end = said->succeeded ? END_OK : END_ERROR;
        call->status = said->succeeded ? WORD_SUCCESS : WORD_ERROR;
    }
}

static void hold(const struct record *record, struct slice message, struct slice error_type)
{
    struct pool_held held = {.source = source_of(record, SLICE_EMPTY),
                             .time_ns = record->time_ns,
                             .has_request = record->has_request,
                             .request_id = record->request_id,
                             .has_trace = record->has_trace,
                             .trace_id = record->trace_id,
                             .line = true,
                             .failure = error_type.size > 0,
                             .max_memory_mb = STREAMS_UNKNOWN,
                             .severity = severity_of(text_of(record, AZURE_SEVERITY))};
    pool_hold(record->records->pool, &held, message, text_of(record, AZURE_ITEM_ID), error_type);
}

static void take_trace(const struct record *record)
{
    struct azure_text said;
    struct slice message = text_of(record, AZURE_MESSAGE);
    struct slice category = text_of(record, AZURE_CATEGORY);
    azure_text(message, &said);
    if (said.kind == AZURE_TEXT_REFUSED) {
        refuse(record, "a line of the host with a duration that is none", 1);
    } else if (said.kind != AZURE_TEXT_OTHER) {
        take_host(record, &said);
    } else if (message.size > 0) {
        /* The host's own small talk is no line of a function. */
        bool host =
            slice_starts(category, SLICE("Host.")) || slice_starts(category, SLICE("Microsoft."));
        if (!host || record->has_request ||
            severity_of(text_of(record, AZURE_SEVERITY)) >= SEVERITY_WARN) {
            hold(record, message, text_of(record, AZURE_EXCEPTION));
        }
    }
}

static void take_exception(const struct record *record)
{
    struct slice type = text_of(record, AZURE_EXCEPTION_INNERMOST);
    struct slice message = text_of(record, AZURE_MESSAGE);
    type = type.size > 0 ? type : text_of(record, AZURE_EXCEPTION);
    /* A problemId is "Type at Method". */
    size_t at = slice_find(type, SLICE(" at "));
    type = at == SLICE_NONE ? type : slice_take(type, at);
    struct slice text = message.size == 0
                            ? type
                            : arena_printf(record->records->arena, SLICE_FMT ": " SLICE_FMT,
                                           SLICE_ARG(type), SLICE_ARG(message));
    /* Of what does not fit together the message is kept. */
    text = type.size == 0 || text.size == 0 ? message : text;
    if (text.size == 0) {
        refuse(record, "an exception that says nothing", 1);
        return;
    }
    hold(record, text, type);
}

void azure_record(const struct azure_records *records, struct field fields[AZURE_FIELD_COUNT],
                  struct slice raw)
{
    struct record record = {.records = records, .fields = fields, .raw = raw};
    const struct field *dimensions = &fields[AZURE_DIMENSIONS];
    if (dimensions->kind == FIELD_OBJECT || dimensions->kind == FIELD_TEXT) {
        /* Dimensions that are no object are a text of the function's: they name nothing. */
        (void)!fields_read(dimensions->value, records->arena, azure_record_dimensions,
                           azure_record_dimension_count, fields);
    }
    struct slice id = text_of(&record, AZURE_ITEM_ID);
    if (pool_seen(records->pool, id.size > 0 ? id : raw,
                  id.size > 0 ? SLICE("item") : SLICE_EMPTY)) {
        return;
    }
    if (arena_overflowed(records->arena)) {
        refuse(&record, "a record that is too large", 1);
        return;
    }
    record.time_ns = fields_time_ns(text_of(&record, AZURE_TIME));
    if (record.time_ns == STREAMS_UNKNOWN) {
        refuse(&record, "a record without a time", 1);
        return;
    }
    struct slice invocation = text_of(&record, AZURE_INVOCATION);
    record.has_request = invocation.size > 0;
    record.request_id = id_of(invocation);
    record.has_trace = hex_decode(text_of(&record, AZURE_OPERATION), record.trace_id.bytes,
                                  sizeof(record.trace_id.bytes));
    switch (kind_of(fields)) {
    case KIND_REQUEST:
        take_request(&record);
        break;
    case KIND_TRACE:
        take_trace(&record);
        break;
    case KIND_EXCEPTION:
        take_exception(&record);
        break;
    case KIND_OTHER:
        refuse(&record, "telemetry of another kind than requests, traces and exceptions", 1);
        break;
    }
}
