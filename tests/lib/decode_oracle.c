/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/decode_oracle.h"

#include "proto/names.h"

#include "otlp/logs.pb-c.h"
#include "otlp/metrics.pb-c.h"
#include "otlp/trace.pb-c.h"

#include <string.h>

typedef Thaw__Otlp__AnyValue otlp_any;
typedef Thaw__Otlp__KeyValue otlp_pair;

/* --- Memory of protobuf-c: the arena, until it is full. --- */

static void *otlp_alloc(void *data, size_t size)
{
    return arena_alloc(data, size > 0 ? size : 1);
}

static void otlp_free(void *data, void *memory)
{
    (void)data;
    (void)memory; /* The arena gives back everything at once. */
}

static ProtobufCMessage *otlp_message(const ProtobufCMessageDescriptor *descriptor,
                                      struct slice body, struct arena *arena)
{
    static const unsigned char nothing[1] = {0};
    ProtobufCAllocator allocator = {otlp_alloc, otlp_free, arena};
    return protobuf_c_message_unpack(descriptor, &allocator, body.size,
                                     body.size > 0 ? body.base : nothing);
}

/* --- Values. --- */

static struct slice otlp_slice(ProtobufCBinaryData data)
{
    return slice_of(data.data, data.len);
}

/* A list or map whose members are still to be translated. */
struct otlp_todo {
    struct otlp_todo *next;
    const otlp_any *source;
    struct value *target;
};

/* Translate one value.  Containers go on the list instead of being descended into. */
static bool otlp_value(struct arena *arena, const otlp_any *source, struct value *target,
                       struct otlp_todo **todo)
{
    target->kind = VALUE_EMPTY;
    if (source == NULL) {
        return true;
    }
    switch (source->value_case) {
    case THAW__OTLP__ANY_VALUE__VALUE_STRING_VALUE:
        target->kind = VALUE_STRING;
        target->text = otlp_slice(source->string_value);
        return true;
    case THAW__OTLP__ANY_VALUE__VALUE_BOOL_VALUE:
        target->kind = VALUE_BOOL;
        target->boolean = source->bool_value != 0;
        return true;
    case THAW__OTLP__ANY_VALUE__VALUE_INT_VALUE:
        target->kind = VALUE_INT;
        target->integer = source->int_value;
        return true;
    case THAW__OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE:
        target->kind = VALUE_DOUBLE;
        target->number = source->double_value;
        return true;
    case THAW__OTLP__ANY_VALUE__VALUE_BYTES_VALUE:
        target->kind = VALUE_BYTES;
        target->text = otlp_slice(source->bytes_value);
        return true;
    case THAW__OTLP__ANY_VALUE__VALUE_ARRAY_VALUE:
        target->kind = VALUE_ARRAY;
        target->array.items = NULL;
        target->array.count = 0;
        break;
    case THAW__OTLP__ANY_VALUE__VALUE_KVLIST_VALUE:
        target->kind = VALUE_MAP;
        target->map.items = NULL;
        target->map.count = 0;
        break;
    case THAW__OTLP__ANY_VALUE__VALUE__NOT_SET:
    case _THAW__OTLP__ANY_VALUE__VALUE__CASE_IS_INT_SIZE:
    default:
        return true;
    }
    struct otlp_todo *one = arena_alloc(arena, sizeof(*one));
    if (one == NULL) {
        return false;
    }
    *one = (struct otlp_todo){.next = *todo, .source = source, .target = target};
    *todo = one;
    return true;
}

static bool otlp_array(struct arena *arena, const Thaw__Otlp__ArrayValue *source,
                       struct value *target, struct otlp_todo **todo)
{
    if (source == NULL || source->n_values == 0) {
        return true;
    }
    struct value *items = arena_alloc_array(arena, source->n_values, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < source->n_values; i++) {
        if (!otlp_value(arena, source->values[i], &items[i], todo)) {
            return false;
        }
    }
    target->array.items = items;
    target->array.count = source->n_values;
    return true;
}

static bool otlp_pairs(struct arena *arena, otlp_pair *const *pairs, size_t count,
                       const struct attr **out, struct otlp_todo **todo)
{
    *out = NULL;
    if (count == 0) {
        return true;
    }
    struct attr *items = arena_alloc_array(arena, count, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        items[i].key = otlp_slice(pairs[i]->key);
        if (!otlp_value(arena, pairs[i]->value, &items[i].value, todo)) {
            return false;
        }
    }
    *out = items;
    return true;
}

static bool otlp_work_off(struct arena *arena, struct otlp_todo *todo)
{
    while (todo != NULL) {
        const struct otlp_todo *one = todo;
        todo = one->next;
        if (one->target->kind == VALUE_ARRAY) {
            if (!otlp_array(arena, one->source->array_value, one->target, &todo)) {
                return false;
            }
            continue;
        }
        const Thaw__Otlp__KeyValueList *list = one->source->kvlist_value;
        if (list != NULL) {
            if (!otlp_pairs(arena, list->values, list->n_values, &one->target->map.items, &todo)) {
                return false;
            }
            one->target->map.count = list->n_values;
        }
    }
    return true;
}

static bool otlp_attrs(struct arena *arena, otlp_pair *const *pairs, size_t count, uint32_t dropped,
                       struct attrs *attrs)
{
    struct otlp_todo *todo = NULL;
    if (!otlp_pairs(arena, pairs, count, &attrs->items, &todo)) {
        return false;
    }
    attrs->count = count;
    attrs->dropped = dropped;
    return otlp_work_off(arena, todo);
}

/* --- Ids, resource and scope. --- */

static bool otlp_id(ProtobufCBinaryData data, unsigned char *bytes, size_t size)
{
    static const unsigned char zero[16] = {0};
    if (data.len != size || memcmp(data.data, zero, size) == 0) {
        memset(bytes, 0, size);
        return false;
    }
    memcpy(bytes, data.data, size);
    return true;
}

static bool otlp_resource(struct arena *arena, const Thaw__Otlp__Resource *source,
                          struct resource *target)
{
    if (source == NULL) {
        return true;
    }
    if (!otlp_attrs(arena, source->attributes, source->n_attributes,
                    source->dropped_attributes_count, &target->attrs)) {
        return false;
    }
    record_name_sender(target);
    return true;
}

/* What a scope of log streams says of its lines. */
static bool otlp_scope_attrs(struct arena *arena, const Thaw__Otlp__InstrumentationScope *source,
                             struct attrs *attrs)
{
    struct attrs all = {NULL, 0, 0};
    struct attr *kept = arena_alloc_array(arena, source->n_attributes + 1, sizeof(*kept));
    if (kept == NULL || !otlp_attrs(arena, source->attributes, source->n_attributes, 0, &all)) {
        return false;
    }
    const struct slice names[] = {NAME_THAW_SOURCE, NAME_FAAS_INVOCATION_ID, NAME_THAW_PHASE};
    *attrs = (struct attrs){.items = kept};
    for (size_t i = 0; i < 3 * all.count; i++) {
        const struct attr *one = &all.items[i / 3];
        if (one->value.kind == VALUE_STRING && slice_equal(one->key, names[i % 3]) &&
            attrs_find(*attrs, one->key) == NULL) {
            kept[attrs->count++] = *one;
        }
    }
    return true;
}

static struct scope *otlp_scope(struct arena *arena, const Thaw__Otlp__InstrumentationScope *source,
                                const struct resource *resource)
{
    struct scope *scope = arena_alloc_array(arena, 1, sizeof(*scope));
    if (scope != NULL && source != NULL) {
        scope->name = otlp_slice(source->name);
        scope->version = otlp_slice(source->version);
        scope->agent = resource->epoch > 0 && slice_equal(scope->name, NAME_SCOPE_AGENT);
        scope->logs = slice_equal(scope->name, NAME_SCOPE_LOGS);
        return !scope->logs || otlp_scope_attrs(arena, source, &scope->attrs) ? scope : NULL;
    }
    return scope;
}

/* --- Logs. --- */

/* The first of what says whose a line of the agent is (ingest/otlp_logs.c). */
static size_t otlp_line_identity(otlp_pair **pairs, size_t count)
{
    enum { SEQ, SOURCE, INVOCATION, ATTEMPT, PHASE, COUNT };
    const struct slice names[COUNT] = {
        [SEQ] = NAME_THAW_SEQ,
        [SOURCE] = NAME_THAW_SOURCE,
        [INVOCATION] = NAME_FAAS_INVOCATION_ID,
        [ATTEMPT] = NAME_THAW_ATTEMPT,
        [PHASE] = NAME_THAW_PHASE,
    };
    bool taken[COUNT] = {false};
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice key = otlp_slice(pairs[i]->key);
        unsigned name = 0;
        while (name < COUNT && !slice_equal(key, names[name])) {
            name++;
        }
        if (name < COUNT && taken[name]) {
            continue;
        }
        if (name < COUNT) {
            taken[name] = true;
            taken[INVOCATION] = taken[INVOCATION] || name == PHASE;
            taken[ATTEMPT] = taken[ATTEMPT] || name == PHASE;
            taken[PHASE] = taken[PHASE] || name == INVOCATION;
        }
        pairs[kept++] = pairs[i];
    }
    return kept;
}

/* What the scope says of a line, and then what it says itself, which counts more. */
static bool otlp_inherit(struct arena *arena, struct log_line *line)
{
    const struct attrs own = line->attrs, *scope = &line->scope->attrs;
    struct attr *all = arena_alloc_array(arena, scope->count + own.count + 1, sizeof(*all));
    line->attrs.items = all;
    line->attrs.count = 0;
    for (size_t i = 0; all != NULL && i < scope->count + own.count; i++) {
        bool of_scope = i < scope->count;
        if (!of_scope || attrs_find(own, scope->items[i].key) == NULL) {
            all[line->attrs.count++] = of_scope ? scope->items[i] : own.items[i - scope->count];
        }
    }
    return all != NULL;
}

static bool otlp_log(struct arena *arena, const Thaw__Otlp__LogRecord *source,
                     struct log_line *target)
{
    struct otlp_todo *todo = NULL;
    target->time_ns = source->time_unix_nano;
    target->observed_ns = source->observed_time_unix_nano;
    bool severe = source->severity_number >= 0 && source->severity_number <= 24;
    target->severity = severe ? (uint32_t)source->severity_number : 0;
    target->severity_text = otlp_slice(source->severity_text);
    target->event_name = otlp_slice(source->event_name);
    target->has_trace =
        otlp_id(source->trace_id, target->trace_id.bytes, sizeof(target->trace_id.bytes));
    (void)otlp_id(source->span_id, target->span_id.bytes, sizeof(target->span_id.bytes));
    size_t count = source->n_attributes;
    if (target->scope->agent && target->event_name.size == 0) {
        count = otlp_line_identity(source->attributes, count);
    }
    if (!otlp_value(arena, source->body, &target->body, &todo) || !otlp_work_off(arena, todo) ||
        !otlp_attrs(arena, source->attributes, count, source->dropped_attributes_count,
                    &target->attrs)) {
        return false;
    }
    if (target->scope->agent) {
        target->seq = record_number(target->attrs, NAME_THAW_SEQ);
    }
    return target->event_name.size > 0 || otlp_inherit(arena, target);
}

static bool otlp_scope_logs(struct arena *arena, const Thaw__Otlp__ScopeLogs *source,
                            const struct resource *resource, struct log_line *logs,
                            struct batch *batch)
{
    const struct scope *scope = otlp_scope(arena, source->scope, resource);
    if (scope == NULL) {
        return false;
    }
    for (size_t i = 0; i < source->n_log_records; i++) {
        struct log_line *log = &logs[batch->log_count];
        log->resource = resource;
        log->scope = scope;
        if (!otlp_log(arena, source->log_records[i], log)) {
            return false;
        }
        batch->log_count++;
    }
    return true;
}

static bool otlp_logs(struct slice body, struct arena *arena, struct batch *batch)
{
    const Thaw__Otlp__ExportLogsServiceRequest *request =
        (const Thaw__Otlp__ExportLogsServiceRequest *)otlp_message(
            &thaw__otlp__export_logs_service_request__descriptor, body, arena);
    if (request == NULL || request->n_resource_logs == 0) {
        return request != NULL;
    }
    size_t count = 0;
    for (size_t i = 0; i < request->n_resource_logs; i++) {
        const Thaw__Otlp__ResourceLogs *block = request->resource_logs[i];
        for (size_t k = 0; k < block->n_scope_logs; k++) {
            count += block->scope_logs[k]->n_log_records;
        }
    }
    struct resource *resources =
        arena_alloc_array(arena, request->n_resource_logs, sizeof(*resources));
    struct log_line *logs = arena_alloc_array(arena, count + 1, sizeof(*logs));
    if (resources == NULL || logs == NULL) {
        return false;
    }
    batch->resources = resources;
    batch->resource_count = request->n_resource_logs;
    batch->logs = logs;
    for (size_t i = 0; i < request->n_resource_logs; i++) {
        const Thaw__Otlp__ResourceLogs *block = request->resource_logs[i];
        if (!otlp_resource(arena, block->resource, &resources[i])) {
            return false;
        }
        for (size_t k = 0; k < block->n_scope_logs; k++) {
            if (!otlp_scope_logs(arena, block->scope_logs[k], &resources[i], logs, batch)) {
                return false;
            }
        }
    }
    return true;
}

/* --- Spans. --- */

static enum span_kind otlp_span_kind(int kind)
{
    /* Enums are open: what is unknown counts as internal. */
    return kind >= SPAN_UNSPECIFIED && kind <= SPAN_CONSUMER ? (enum span_kind)kind : SPAN_INTERNAL;
}

static bool otlp_span_events(struct arena *arena, const Thaw__Otlp__Span *source,
                             struct span *target)
{
    if (source->n_events == 0) {
        return true;
    }
    struct span_event *events = arena_alloc_array(arena, source->n_events, sizeof(*events));
    if (events == NULL) {
        return false;
    }
    for (size_t i = 0; i < source->n_events; i++) {
        const Thaw__Otlp__Span__Event *event = source->events[i];
        events[i].time_ns = event->time_unix_nano;
        events[i].name = otlp_slice(event->name);
        if (!otlp_attrs(arena, event->attributes, event->n_attributes,
                        event->dropped_attributes_count, &events[i].attrs)) {
            return false;
        }
    }
    target->events = events;
    target->event_count = source->n_events;
    return true;
}

static bool otlp_span_links(struct arena *arena, const Thaw__Otlp__Span *source,
                            struct span *target)
{
    if (source->n_links == 0) {
        return true;
    }
    struct span_link *links = arena_alloc_array(arena, source->n_links, sizeof(*links));
    if (links == NULL) {
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < source->n_links; i++) {
        const Thaw__Otlp__Span__Link *link = source->links[i];
        struct span_link *one = &links[count];
        if (!otlp_id(link->trace_id, one->trace_id.bytes, sizeof(one->trace_id.bytes)) ||
            !otlp_id(link->span_id, one->span_id.bytes, sizeof(one->span_id.bytes))) {
            continue;
        }
        if (!otlp_attrs(arena, link->attributes, link->n_attributes, link->dropped_attributes_count,
                        &one->attrs)) {
            return false;
        }
        count++;
    }
    target->links = links;
    target->link_count = count;
    return true;
}

static bool otlp_span(struct arena *arena, const Thaw__Otlp__Span *source, struct span *target)
{
    (void)otlp_id(source->parent_span_id, target->parent_span_id.bytes,
                  sizeof(target->parent_span_id.bytes));
    target->trace_state = otlp_slice(source->trace_state);
    target->name = otlp_slice(source->name);
    target->kind = otlp_span_kind((int)source->kind);
    target->flags = source->flags;
    target->start_ns = source->start_time_unix_nano;
    target->end_ns = source->end_time_unix_nano;
    if (source->status != NULL) {
        int code = (int)source->status->code;
        target->status = code >= SPAN_STATUS_UNSET && code <= SPAN_STATUS_ERROR
                             ? (enum span_status)code
                             : SPAN_STATUS_UNSET;
        target->status_message = otlp_slice(source->status->message);
    }
    if (!otlp_attrs(arena, source->attributes, source->n_attributes,
                    source->dropped_attributes_count, &target->attrs)) {
        return false;
    }
    if (target->scope->agent) {
        target->seq = record_number(target->attrs, NAME_THAW_SEQ);
    }
    return otlp_span_events(arena, source, target) && otlp_span_links(arena, source, target);
}

static bool otlp_scope_spans(struct arena *arena, const Thaw__Otlp__ScopeSpans *source,
                             const struct resource *resource, struct span *spans,
                             struct batch *batch)
{
    const struct scope *scope = otlp_scope(arena, source->scope, resource);
    if (scope == NULL) {
        return false;
    }
    for (size_t i = 0; i < source->n_spans; i++) {
        struct span *span = &spans[batch->span_count];
        span->resource = resource;
        span->scope = scope;
        if (!otlp_id(source->spans[i]->trace_id, span->trace_id.bytes,
                     sizeof(span->trace_id.bytes)) ||
            !otlp_id(source->spans[i]->span_id, span->span_id.bytes, sizeof(span->span_id.bytes))) {
            batch->rejected++;
            batch->rejected_reason = SLICE("spans without a valid trace id and span id");
            continue;
        }
        if (!otlp_span(arena, source->spans[i], span)) {
            return false;
        }
        batch->span_count++;
    }
    return true;
}

static bool otlp_traces(struct slice body, struct arena *arena, struct batch *batch)
{
    const Thaw__Otlp__ExportTraceServiceRequest *request =
        (const Thaw__Otlp__ExportTraceServiceRequest *)otlp_message(
            &thaw__otlp__export_trace_service_request__descriptor, body, arena);
    if (request == NULL || request->n_resource_spans == 0) {
        return request != NULL;
    }
    size_t count = 0;
    for (size_t i = 0; i < request->n_resource_spans; i++) {
        const Thaw__Otlp__ResourceSpans *block = request->resource_spans[i];
        for (size_t k = 0; k < block->n_scope_spans; k++) {
            count += block->scope_spans[k]->n_spans;
        }
    }
    struct resource *resources =
        arena_alloc_array(arena, request->n_resource_spans, sizeof(*resources));
    struct span *spans = arena_alloc_array(arena, count + 1, sizeof(*spans));
    if (resources == NULL || spans == NULL) {
        return false;
    }
    batch->resources = resources;
    batch->resource_count = request->n_resource_spans;
    batch->spans = spans;
    for (size_t i = 0; i < request->n_resource_spans; i++) {
        const Thaw__Otlp__ResourceSpans *block = request->resource_spans[i];
        if (!otlp_resource(arena, block->resource, &resources[i])) {
            return false;
        }
        for (size_t k = 0; k < block->n_scope_spans; k++) {
            if (!otlp_scope_spans(arena, block->scope_spans[k], &resources[i], spans, batch)) {
                return false;
            }
        }
    }
    return true;
}

/* --- Metrics. --- */

static size_t otlp_points(const Thaw__Otlp__Metric *metric)
{
    switch (metric->data_case) {
    case THAW__OTLP__METRIC__DATA_GAUGE:
        return metric->gauge == NULL ? 0 : metric->gauge->n_data_points;
    case THAW__OTLP__METRIC__DATA_SUM:
        return metric->sum == NULL ? 0 : metric->sum->n_data_points;
    case THAW__OTLP__METRIC__DATA_HISTOGRAM:
        return metric->histogram == NULL ? 0 : metric->histogram->n_data_points;
    case THAW__OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM:
        return metric->exponential_histogram == NULL ? 0
                                                     : metric->exponential_histogram->n_data_points;
    case THAW__OTLP__METRIC__DATA_SUMMARY:
        return metric->summary == NULL ? 0 : metric->summary->n_data_points;
    case THAW__OTLP__METRIC__DATA__NOT_SET:
    case _THAW__OTLP__METRIC__DATA__CASE_IS_INT_SIZE:
    default:
        return 0;
    }
}

static bool otlp_metrics(struct slice body, struct arena *arena, struct batch *batch)
{
    const Thaw__Otlp__ExportMetricsServiceRequest *request =
        (const Thaw__Otlp__ExportMetricsServiceRequest *)otlp_message(
            &thaw__otlp__export_metrics_service_request__descriptor, body, arena);
    if (request == NULL || request->n_resource_metrics == 0) {
        return request != NULL;
    }
    struct resource *resources =
        arena_alloc_array(arena, request->n_resource_metrics, sizeof(*resources));
    if (resources == NULL) {
        return false;
    }
    batch->resources = resources;
    batch->resource_count = request->n_resource_metrics;
    for (size_t i = 0; i < request->n_resource_metrics; i++) {
        const Thaw__Otlp__ResourceMetrics *block = request->resource_metrics[i];
        if (!otlp_resource(arena, block->resource, &resources[i])) {
            return false;
        }
        for (size_t k = 0; k < block->n_scope_metrics; k++) {
            const Thaw__Otlp__ScopeMetrics *metrics = block->scope_metrics[k];
            const struct scope *scope = otlp_scope(arena, metrics->scope, &resources[i]);
            if (scope == NULL) {
                return false;
            }
            for (size_t m = 0; m < metrics->n_metrics && !scope->agent; m++) {
                batch->point_count += otlp_points(metrics->metrics[m]);
            }
        }
    }
    return true;
}

bool decode_oracle(enum signal signal, struct slice body, struct arena *arena, struct batch *batch)
{
    *batch = (struct batch){.signal = signal};
    switch (signal) {
    case SIGNAL_TRACES:
        return otlp_traces(body, arena, batch);
    case SIGNAL_LOGS:
        return otlp_logs(body, arena, batch);
    case SIGNAL_METRICS:
        return otlp_metrics(body, arena, batch);
    }
    return false;
}
