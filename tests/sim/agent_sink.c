/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_sink.h"

#include "base/ensure.h"
#include "base/hash.h"
#include "base/number.h"
#include "proto/names.h"

#include "otlp/logs.pb-c.h"
#include "otlp/metrics.pb-c.h"
#include "otlp/trace.pb-c.h"

#include <string.h>

static const struct hash_key key_zero = {{0, 0}};

/* Memory of one batch, decoded: a simulator that allocates each field spends its time with that. */
static _Alignas(16) unsigned char memory[64 << 20];
static size_t memory_used;

static void *take_memory(void *context, size_t size)
{
    (void)context;
    size = (size + 15) / 16 * 16;
    ENSURE(size <= sizeof(memory) - memory_used);
    void *taken = memory + memory_used;
    memory_used += size;
    return taken;
}

static void leave_memory(void *context, void *taken)
{
    (void)context;
    (void)taken;
}

static ProtobufCAllocator allocator = {.alloc = take_memory, .free = leave_memory};

void sink_init(struct sink *sink)
{
    memset(sink, 0, sizeof(*sink));
}

void sink_epoch(struct sink *sink, uint64_t epoch)
{
    ENSURE(sink->epoch_count < SINK_EPOCHS_MAX);
    sink->epochs[sink->epoch_count++] = epoch;
}

static struct slice bytes_of(const ProtobufCBinaryData *data)
{
    return slice_of(data->data, data->len);
}

/* The attribute, which must be there at most once. */
static const Thaw__Otlp__AnyValue *attribute(Thaw__Otlp__KeyValue *const *pairs, size_t count,
                                             struct slice key)
{
    const Thaw__Otlp__AnyValue *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(bytes_of(&pairs[i]->key), key)) {
            ENSURE(found == NULL);
            found = pairs[i]->value;
            ENSURE(found != NULL);
        }
    }
    return found;
}

static uint64_t attribute_u64(Thaw__Otlp__KeyValue *const *pairs, size_t count, struct slice key)
{
    const Thaw__Otlp__AnyValue *value = attribute(pairs, count, key);
    ENSURE(value != NULL && value->value_case == THAW__OTLP__ANY_VALUE__VALUE_INT_VALUE);
    ENSURE(value->int_value > 0);
    return (uint64_t)value->int_value;
}

static struct slice attribute_string(Thaw__Otlp__KeyValue *const *pairs, size_t count,
                                     struct slice key)
{
    const Thaw__Otlp__AnyValue *value = attribute(pairs, count, key);
    if (value == NULL) {
        return SLICE_EMPTY;
    }
    ENSURE(value->value_case == THAW__OTLP__ANY_VALUE__VALUE_STRING_VALUE);
    return bytes_of(&value->string_value);
}

/* A number is used once: the same number is the same record.  True: it is new. */
static bool note(struct sink *sink, uint64_t seq, uint64_t hash)
{
    for (size_t i = 0; i < sink->count; i++) {
        if (sink->records[i].epoch == sink->epoch && sink->records[i].seq == seq) {
            ENSURE(sink->records[i].hash == hash);
            return false;
        }
    }
    ENSURE(sink->count < SINK_RECORDS_MAX);
    sink->records[sink->count] = (struct sink_record){sink->epoch, seq, hash};
    sink->count++;
    return true;
}

static uint64_t hash_of(const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    size_t before = memory_used;
    unsigned char *bytes = take_memory(NULL, size);
    protobuf_c_message_pack(message, bytes);
    uint64_t hash = hash_sip64(&key_zero, slice_of(bytes, size));
    memory_used = before;
    return hash;
}

static void check_resource(struct sink *sink, const Thaw__Otlp__Resource *resource)
{
    Thaw__Otlp__KeyValue *const *pairs = resource->attributes;
    size_t count = resource->n_attributes;
    struct slice instance = attribute_string(pairs, count, NAME_FAAS_INSTANCE);
    ENSURE(instance.size > 0 && instance.size <= sizeof(sink->instance_text));
    if (sink->instance_size == 0) {
        memcpy(sink->instance_text, instance.base, instance.size);
        sink->instance_size = instance.size;
    }
    ENSURE(!sink->one_instance ||
           slice_equal(instance, slice_of(sink->instance_text, sink->instance_size)));
    sink->epoch = attribute_u64(pairs, count, NAME_THAW_EPOCH);
    size_t i = 0;
    while (i < sink->epoch_count && sink->epochs[i] != sink->epoch) {
        i++;
    }
    ENSURE(i < sink->epoch_count);
    ENSURE(slice_equal(attribute_string(pairs, count, NAME_FAAS_NAME), SLICE("shop")));
    ENSURE(slice_equal(attribute_string(pairs, count, NAME_CLOUD_PROVIDER), SLICE("aws")));
}

/* "block <token>" was sent with its own service.name, which stays. */
static size_t take_block(struct sink *sink, const Thaw__Otlp__Resource *resource,
                         const Thaw__Otlp__InstrumentationScope *scope,
                         const ProtobufCMessage *items)
{
    uint64_t token = 0;
    struct slice name = bytes_of(&scope->name);
    ENSURE(slice_starts(name, SLICE("block ")));
    ENSURE(number_parse_u64(slice_skip(name, 6), &token) == NUMBER_OK && token < SINK_TOKENS_MAX);
    ENSURE(slice_equal(
        attribute_string(resource->attributes, resource->n_attributes, NAME_SERVICE_NAME),
        SLICE("sdk")));
    uint64_t seq = attribute_u64(resource->attributes, resource->n_attributes, NAME_THAW_SEQ);
    if (note(sink, seq, hash_of(items))) {
        sink->blocks[token]++;
    }
    return 1;
}

static void check_line(struct sink *sink, const Thaw__Otlp__LogRecord *log)
{
    struct slice text;
    struct slice word;
    struct slice id;
    uint64_t token = 0;
    uint64_t attempt = 0;
    ENSURE(log->body != NULL && log->body->value_case == THAW__OTLP__ANY_VALUE__VALUE_STRING_VALUE);
    text = bytes_of(&log->body->string_value);
    slice_cut(text, ' ', &word, &text);
    if (slice_equal(word, SLICE("thaw:"))) {
        return; /* The agent's own, of what a budget left out. */
    }
    ENSURE(slice_equal(word, SLICE("line")));
    slice_cut(text, ' ', &word, &text);
    ENSURE(number_parse_u64(word, &token) == NUMBER_OK && token < SINK_TOKENS_MAX);
    sink->lines[token]++;
    ENSURE(sink->lines[token] == 1);
    slice_cut(text, ' ', &id, &word);
    ENSURE(number_parse_u64(word, &attempt) == NUMBER_OK);
    if (!sink->attributed) {
        return;
    }
    struct slice seen =
        attribute_string(log->attributes, log->n_attributes, NAME_FAAS_INVOCATION_ID);
    if (slice_equal(id, SLICE("-"))) {
        ENSURE(seen.size == 0 && log->span_id.len == 0);
        return;
    }
    ENSURE(slice_equal(seen, id));
    ENSURE(attribute_u64(log->attributes, log->n_attributes, NAME_THAW_ATTEMPT) == attempt);
    ENSURE(log->span_id.len == 8 && log->trace_id.len == 16);
}

static void take_log(struct sink *sink, const Thaw__Otlp__LogRecord *log)
{
    struct slice event = bytes_of(&log->event_name);
    uint64_t seq = attribute_u64(log->attributes, log->n_attributes, NAME_THAW_SEQ);
    if (!note(sink, seq, hash_of(&log->base))) {
        return;
    }
    if (event.size == 0) {
        check_line(sink, log);
    } else if (slice_equal(event, NAME_EVENT_INSTANCE_STOP)) {
        sink->stops++;
    } else if (slice_equal(event, NAME_EVENT_INVOCATION)) {
        ENSURE(attribute_u64(log->attributes, log->n_attributes, NAME_THAW_ATTEMPT) > 0);
        ENSURE(log->span_id.len == 8 && log->trace_id.len == 16);
        sink->reported += slice_equal(attribute_string(log->attributes, log->n_attributes,
                                                       NAME_THAW_INVOCATION_STATE),
                                      SLICE("reported"))
                              ? 1
                              : 0;
    }
}

static size_t take_logs(struct sink *sink, struct slice body)
{
    size_t records = 0;
    Thaw__Otlp__ExportLogsServiceRequest *request =
        thaw__otlp__export_logs_service_request__unpack(&allocator, body.size, body.base);
    ENSURE(request != NULL);
    for (size_t i = 0; i < request->n_resource_logs; i++) {
        const Thaw__Otlp__ResourceLogs *block = request->resource_logs[i];
        ENSURE(block->n_scope_logs == 1);
        const Thaw__Otlp__ScopeLogs *items = block->scope_logs[0];
        check_resource(sink, block->resource);
        if (!slice_equal(bytes_of(&items->scope->name), NAME_SCOPE_AGENT)) {
            records += take_block(sink, block->resource, items->scope, &items->base);
            continue;
        }
        for (size_t j = 0; j < items->n_log_records; j++) {
            take_log(sink, items->log_records[j]);
            records++;
        }
    }
    return records;
}

static size_t take_traces(struct sink *sink, struct slice body)
{
    size_t records = 0;
    Thaw__Otlp__ExportTraceServiceRequest *request =
        thaw__otlp__export_trace_service_request__unpack(&allocator, body.size, body.base);
    ENSURE(request != NULL);
    for (size_t i = 0; i < request->n_resource_spans; i++) {
        const Thaw__Otlp__ResourceSpans *block = request->resource_spans[i];
        ENSURE(block->n_scope_spans == 1);
        const Thaw__Otlp__ScopeSpans *items = block->scope_spans[0];
        check_resource(sink, block->resource);
        if (!slice_equal(bytes_of(&items->scope->name), NAME_SCOPE_AGENT)) {
            records += take_block(sink, block->resource, items->scope, &items->base);
            continue;
        }
        for (size_t j = 0; j < items->n_spans; j++) {
            const Thaw__Otlp__Span *span = items->spans[j];
            uint64_t seq = attribute_u64(span->attributes, span->n_attributes, NAME_THAW_SEQ);
            ENSURE(span->trace_id.len == 16 && span->span_id.len == 8);
            ENSURE(span->end_time_unix_nano >= span->start_time_unix_nano);
            (void)note(sink, seq, hash_of(&span->base));
            records++;
        }
    }
    return records;
}

static size_t take_metrics(struct sink *sink, struct slice body)
{
    size_t records = 0;
    Thaw__Otlp__ExportMetricsServiceRequest *request =
        thaw__otlp__export_metrics_service_request__unpack(&allocator, body.size, body.base);
    ENSURE(request != NULL);
    for (size_t i = 0; i < request->n_resource_metrics; i++) {
        const Thaw__Otlp__ResourceMetrics *block = request->resource_metrics[i];
        ENSURE(block->n_scope_metrics == 1);
        const Thaw__Otlp__ScopeMetrics *items = block->scope_metrics[0];
        check_resource(sink, block->resource);
        if (!slice_equal(bytes_of(&items->scope->name), NAME_SCOPE_AGENT)) {
            records += take_block(sink, block->resource, items->scope, &items->base);
        }
    }
    return records;
}

size_t sink_take(struct sink *sink, enum block_signal signal, struct slice body)
{
    memory_used = 0;
    switch (signal) {
    case BLOCK_LOGS:
        return take_logs(sink, body);
    case BLOCK_TRACES:
        return take_traces(sink, body);
    case BLOCK_METRICS:
        return take_metrics(sink, body);
    case BLOCK_SIGNALS:
        break;
    }
    ENSURE(signal < BLOCK_SIGNALS);
    return 0;
}
