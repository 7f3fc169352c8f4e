/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/schema.h"

#include "base/ensure.h"

/* ---- Enums. ---- */

static const struct schema_name span_kinds[] = {
    {SLICE_INIT("SPAN_KIND_UNSPECIFIED"), 0},
    {SLICE_INIT("SPAN_KIND_INTERNAL"), 1},
    {SLICE_INIT("SPAN_KIND_SERVER"), 2},
    {SLICE_INIT("SPAN_KIND_CLIENT"), 3},
    {SLICE_INIT("SPAN_KIND_PRODUCER"), 4},
    {SLICE_INIT("SPAN_KIND_CONSUMER"), 5},
    {SLICE_INIT(""), 0},
};

static const struct schema_name status_codes[] = {
    {SLICE_INIT("STATUS_CODE_UNSET"), 0},
    {SLICE_INIT("STATUS_CODE_OK"), 1},
    {SLICE_INIT("STATUS_CODE_ERROR"), 2},
    {SLICE_INIT(""), 0},
};

static const struct schema_name temporalities[] = {
    {SLICE_INIT("AGGREGATION_TEMPORALITY_UNSPECIFIED"), 0},
    {SLICE_INIT("AGGREGATION_TEMPORALITY_DELTA"), 1},
    {SLICE_INIT("AGGREGATION_TEMPORALITY_CUMULATIVE"), 2},
    {SLICE_INIT(""), 0},
};

static const struct schema_name severities[] = {
    {SLICE_INIT("SEVERITY_NUMBER_UNSPECIFIED"), 0}, {SLICE_INIT("SEVERITY_NUMBER_TRACE"), 1},
    {SLICE_INIT("SEVERITY_NUMBER_TRACE2"), 2},      {SLICE_INIT("SEVERITY_NUMBER_TRACE3"), 3},
    {SLICE_INIT("SEVERITY_NUMBER_TRACE4"), 4},      {SLICE_INIT("SEVERITY_NUMBER_DEBUG"), 5},
    {SLICE_INIT("SEVERITY_NUMBER_DEBUG2"), 6},      {SLICE_INIT("SEVERITY_NUMBER_DEBUG3"), 7},
    {SLICE_INIT("SEVERITY_NUMBER_DEBUG4"), 8},      {SLICE_INIT("SEVERITY_NUMBER_INFO"), 9},
    {SLICE_INIT("SEVERITY_NUMBER_INFO2"), 10},      {SLICE_INIT("SEVERITY_NUMBER_INFO3"), 11},
    {SLICE_INIT("SEVERITY_NUMBER_INFO4"), 12},      {SLICE_INIT("SEVERITY_NUMBER_WARN"), 13},
    {SLICE_INIT("SEVERITY_NUMBER_WARN2"), 14},      {SLICE_INIT("SEVERITY_NUMBER_WARN3"), 15},
    {SLICE_INIT("SEVERITY_NUMBER_WARN4"), 16},      {SLICE_INIT("SEVERITY_NUMBER_ERROR"), 17},
    {SLICE_INIT("SEVERITY_NUMBER_ERROR2"), 18},     {SLICE_INIT("SEVERITY_NUMBER_ERROR3"), 19},
    {SLICE_INIT("SEVERITY_NUMBER_ERROR4"), 20},     {SLICE_INIT("SEVERITY_NUMBER_FATAL"), 21},
    {SLICE_INIT("SEVERITY_NUMBER_FATAL2"), 22},     {SLICE_INIT("SEVERITY_NUMBER_FATAL3"), 23},
    {SLICE_INIT("SEVERITY_NUMBER_FATAL4"), 24},     {SLICE_INIT(""), 0},
};

const struct schema_name *schema_names(enum schema_enum names)
{
    static const struct schema_name *const all[SCHEMA_ENUMS] = {
        [SCHEMA_SPAN_KINDS] = span_kinds,
        [SCHEMA_STATUS_CODES] = status_codes,
        [SCHEMA_TEMPORALITIES] = temporalities,
        [SCHEMA_SEVERITIES] = severities,
    };
    ENSURE(names < SCHEMA_ENUMS);
    return all[names];
}

/* ---- Fields. ---- */

#define FIELD(n, text, scalar)                                                                     \
    {                                                                                              \
        .number = (n), .kind = SCHEMA_##scalar, .label = (text), .label_size = sizeof(text) - 1    \
    }
#define OPTIONAL(n, text, scalar)                                                                  \
    {                                                                                              \
        .number = (n), .kind = SCHEMA_##scalar, .label = (text), .label_size = sizeof(text) - 1,   \
        .presence = true                                                                           \
    }
#define ONEOF(n, text, scalar)                                                                     \
    {                                                                                              \
        .number = (n), .kind = SCHEMA_##scalar, .label = (text), .label_size = sizeof(text) - 1,   \
        .presence = true, .oneof = true                                                            \
    }
#define REPEATED(n, text, scalar)                                                                  \
    {                                                                                              \
        .number = (n), .kind = SCHEMA_##scalar, .label = (text), .label_size = sizeof(text) - 1,   \
        .repeated = true                                                                           \
    }
#define ENUM(n, text, table)                                                                       \
    {                                                                                              \
        .number = (n), .kind = SCHEMA_ENUM, .label = (text), .label_size = sizeof(text) - 1,       \
        .names = SCHEMA_##table                                                                    \
    }
#define ID(n, text, size)                                                                          \
    {                                                                                              \
        .number = (n), .kind = SCHEMA_ID_BYTES, .label = (text), .label_size = sizeof(text) - 1,   \
        .id_size = (size)                                                                          \
    }
#define MESSAGE(n, text, id)                                                                       \
    {                                                                                              \
        .number = (n), .kind = SCHEMA_MESSAGE, .label = (text), .label_size = sizeof(text) - 1,    \
        .message = SCHEMA_##id                                                                     \
    }
#define ONEOF_MESSAGE(n, text, id)                                                                 \
    {                                                                                              \
        .number = (n), .kind = SCHEMA_MESSAGE, .label = (text), .label_size = sizeof(text) - 1,    \
        .message = SCHEMA_##id, .oneof = true                                                      \
    }
#define MESSAGES(n, text, id)                                                                      \
    {                                                                                              \
        .number = (n), .kind = SCHEMA_MESSAGE, .label = (text), .label_size = sizeof(text) - 1,    \
        .message = SCHEMA_##id, .repeated = true                                                   \
    }

static const struct schema_field traces_request_fields[] = {
    MESSAGES(1, "resourceSpans", RESOURCE_SPANS),
};

static const struct schema_field logs_request_fields[] = {
    MESSAGES(1, "resourceLogs", RESOURCE_LOGS),
};

static const struct schema_field metrics_request_fields[] = {
    MESSAGES(1, "resourceMetrics", RESOURCE_METRICS),
};

static const struct schema_field traces_response_fields[] = {
    MESSAGE(1, "partialSuccess", TRACES_PARTIAL),
};

static const struct schema_field logs_response_fields[] = {
    MESSAGE(1, "partialSuccess", LOGS_PARTIAL),
};

static const struct schema_field metrics_response_fields[] = {
    MESSAGE(1, "partialSuccess", METRICS_PARTIAL),
};

static const struct schema_field rpc_status_fields[] = {
    FIELD(1, "code", INT32),
    FIELD(2, "message", STRING),
    MESSAGES(3, "details", ANY),
};

static const struct schema_field any_value_fields[] = {
    ONEOF(1, "stringValue", STRING),
    ONEOF(2, "boolValue", BOOL),
    ONEOF(3, "intValue", INT64),
    ONEOF(4, "doubleValue", DOUBLE),
    ONEOF_MESSAGE(5, "arrayValue", ARRAY_VALUE),
    ONEOF_MESSAGE(6, "kvlistValue", KEY_VALUE_LIST),
    ONEOF(7, "bytesValue", BYTES),
};

static const struct schema_field array_value_fields[] = {
    MESSAGES(1, "values", ANY_VALUE),
};

static const struct schema_field key_value_list_fields[] = {
    MESSAGES(1, "values", KEY_VALUE),
};

static const struct schema_field key_value_fields[] = {
    FIELD(1, "key", STRING),
    MESSAGE(2, "value", ANY_VALUE),
};

static const struct schema_field scope_fields[] = {
    FIELD(1, "name", STRING),
    FIELD(2, "version", STRING),
    MESSAGES(3, "attributes", KEY_VALUE),
    FIELD(4, "droppedAttributesCount", UINT32),
};

static const struct schema_field entity_ref_fields[] = {
    FIELD(1, "schemaUrl", STRING),
    FIELD(2, "type", STRING),
    REPEATED(3, "idKeys", STRING),
    REPEATED(4, "descriptionKeys", STRING),
};

static const struct schema_field resource_fields[] = {
    MESSAGES(1, "attributes", KEY_VALUE),
    FIELD(2, "droppedAttributesCount", UINT32),
    MESSAGES(3, "entityRefs", ENTITY_REF),
};

static const struct schema_field resource_spans_fields[] = {
    MESSAGE(1, "resource", RESOURCE),
    MESSAGES(2, "scopeSpans", SCOPE_SPANS),
    FIELD(3, "schemaUrl", STRING),
};

static const struct schema_field scope_spans_fields[] = {
    MESSAGE(1, "scope", SCOPE),
    MESSAGES(2, "spans", SPAN),
    FIELD(3, "schemaUrl", STRING),
};

static const struct schema_field span_fields[] = {
    ID(1, "traceId", 16),
    ID(2, "spanId", 8),
    FIELD(3, "traceState", STRING),
    ID(4, "parentSpanId", 8),
    FIELD(5, "name", STRING),
    ENUM(6, "kind", SPAN_KINDS),
    FIELD(7, "startTimeUnixNano", FIXED64),
    FIELD(8, "endTimeUnixNano", FIXED64),
    MESSAGES(9, "attributes", KEY_VALUE),
    FIELD(10, "droppedAttributesCount", UINT32),
    MESSAGES(11, "events", SPAN_EVENT),
    FIELD(12, "droppedEventsCount", UINT32),
    MESSAGES(13, "links", SPAN_LINK),
    FIELD(14, "droppedLinksCount", UINT32),
    MESSAGE(15, "status", SPAN_STATUS),
    FIELD(16, "flags", FIXED32),
};

static const struct schema_field span_event_fields[] = {
    FIELD(1, "timeUnixNano", FIXED64),
    FIELD(2, "name", STRING),
    MESSAGES(3, "attributes", KEY_VALUE),
    FIELD(4, "droppedAttributesCount", UINT32),
};

static const struct schema_field span_link_fields[] = {
    ID(1, "traceId", 16),
    ID(2, "spanId", 8),
    FIELD(3, "traceState", STRING),
    MESSAGES(4, "attributes", KEY_VALUE),
    FIELD(5, "droppedAttributesCount", UINT32),
    FIELD(6, "flags", FIXED32),
};

static const struct schema_field span_status_fields[] = {
    FIELD(2, "message", STRING),
    ENUM(3, "code", STATUS_CODES),
};

static const struct schema_field resource_logs_fields[] = {
    MESSAGE(1, "resource", RESOURCE),
    MESSAGES(2, "scopeLogs", SCOPE_LOGS),
    FIELD(3, "schemaUrl", STRING),
};

static const struct schema_field scope_logs_fields[] = {
    MESSAGE(1, "scope", SCOPE),
    MESSAGES(2, "logRecords", LOG_RECORD),
    FIELD(3, "schemaUrl", STRING),
};

static const struct schema_field log_record_fields[] = {
    FIELD(1, "timeUnixNano", FIXED64),
    ENUM(2, "severityNumber", SEVERITIES),
    FIELD(3, "severityText", STRING),
    MESSAGE(5, "body", ANY_VALUE),
    MESSAGES(6, "attributes", KEY_VALUE),
    FIELD(7, "droppedAttributesCount", UINT32),
    FIELD(8, "flags", FIXED32),
    ID(9, "traceId", 16),
    ID(10, "spanId", 8),
    FIELD(11, "observedTimeUnixNano", FIXED64),
    FIELD(12, "eventName", STRING),
};

static const struct schema_field resource_metrics_fields[] = {
    MESSAGE(1, "resource", RESOURCE),
    MESSAGES(2, "scopeMetrics", SCOPE_METRICS),
    FIELD(3, "schemaUrl", STRING),
};

static const struct schema_field scope_metrics_fields[] = {
    MESSAGE(1, "scope", SCOPE),
    MESSAGES(2, "metrics", METRIC),
    FIELD(3, "schemaUrl", STRING),
};

static const struct schema_field metric_fields[] = {
    FIELD(1, "name", STRING),
    FIELD(2, "description", STRING),
    FIELD(3, "unit", STRING),
    ONEOF_MESSAGE(5, "gauge", GAUGE),
    ONEOF_MESSAGE(7, "sum", SUM),
    ONEOF_MESSAGE(9, "histogram", HISTOGRAM),
    ONEOF_MESSAGE(10, "exponentialHistogram", EXPONENTIAL_HISTOGRAM),
    ONEOF_MESSAGE(11, "summary", SUMMARY),
    MESSAGES(12, "metadata", KEY_VALUE),
};

static const struct schema_field gauge_fields[] = {
    MESSAGES(1, "dataPoints", NUMBER_POINT),
};

static const struct schema_field sum_fields[] = {
    MESSAGES(1, "dataPoints", NUMBER_POINT),
    ENUM(2, "aggregationTemporality", TEMPORALITIES),
    FIELD(3, "isMonotonic", BOOL),
};

static const struct schema_field histogram_fields[] = {
    MESSAGES(1, "dataPoints", HISTOGRAM_POINT),
    ENUM(2, "aggregationTemporality", TEMPORALITIES),
};

static const struct schema_field exponential_histogram_fields[] = {
    MESSAGES(1, "dataPoints", EXPONENTIAL_HISTOGRAM_POINT),
    ENUM(2, "aggregationTemporality", TEMPORALITIES),
};

static const struct schema_field summary_fields[] = {
    MESSAGES(1, "dataPoints", SUMMARY_POINT),
};

static const struct schema_field number_point_fields[] = {
    FIELD(2, "startTimeUnixNano", FIXED64),
    FIELD(3, "timeUnixNano", FIXED64),
    ONEOF(4, "asDouble", DOUBLE),
    MESSAGES(5, "exemplars", EXEMPLAR),
    ONEOF(6, "asInt", SFIXED64),
    MESSAGES(7, "attributes", KEY_VALUE),
    FIELD(8, "flags", UINT32),
};

static const struct schema_field histogram_point_fields[] = {
    FIELD(2, "startTimeUnixNano", FIXED64),
    FIELD(3, "timeUnixNano", FIXED64),
    FIELD(4, "count", FIXED64),
    OPTIONAL(5, "sum", DOUBLE),
    REPEATED(6, "bucketCounts", FIXED64),
    REPEATED(7, "explicitBounds", DOUBLE),
    MESSAGES(8, "exemplars", EXEMPLAR),
    MESSAGES(9, "attributes", KEY_VALUE),
    FIELD(10, "flags", UINT32),
    OPTIONAL(11, "min", DOUBLE),
    OPTIONAL(12, "max", DOUBLE),
};

static const struct schema_field exponential_histogram_point_fields[] = {
    MESSAGES(1, "attributes", KEY_VALUE), FIELD(2, "startTimeUnixNano", FIXED64),
    FIELD(3, "timeUnixNano", FIXED64),    FIELD(4, "count", FIXED64),
    OPTIONAL(5, "sum", DOUBLE),           FIELD(6, "scale", SINT32),
    FIELD(7, "zeroCount", FIXED64),       MESSAGE(8, "positive", BUCKETS),
    MESSAGE(9, "negative", BUCKETS),      FIELD(10, "flags", UINT32),
    MESSAGES(11, "exemplars", EXEMPLAR),  OPTIONAL(12, "min", DOUBLE),
    OPTIONAL(13, "max", DOUBLE),          FIELD(14, "zeroThreshold", DOUBLE),
};

static const struct schema_field buckets_fields[] = {
    FIELD(1, "offset", SINT32),
    REPEATED(2, "bucketCounts", UINT64),
};

static const struct schema_field summary_point_fields[] = {
    FIELD(2, "startTimeUnixNano", FIXED64),
    FIELD(3, "timeUnixNano", FIXED64),
    FIELD(4, "count", FIXED64),
    FIELD(5, "sum", DOUBLE),
    MESSAGES(6, "quantileValues", QUANTILE),
    MESSAGES(7, "attributes", KEY_VALUE),
    FIELD(8, "flags", UINT32),
};

static const struct schema_field quantile_fields[] = {
    FIELD(1, "quantile", DOUBLE),
    FIELD(2, "value", DOUBLE),
};

static const struct schema_field exemplar_fields[] = {
    FIELD(2, "timeUnixNano", FIXED64),
    ONEOF(3, "asDouble", DOUBLE),
    ID(4, "spanId", 8),
    ID(5, "traceId", 16),
    ONEOF(6, "asInt", SFIXED64),
    MESSAGES(7, "filteredAttributes", KEY_VALUE),
};

static const struct schema_field traces_partial_fields[] = {
    FIELD(1, "rejectedSpans", INT64),
    FIELD(2, "errorMessage", STRING),
};

static const struct schema_field logs_partial_fields[] = {
    FIELD(1, "rejectedLogRecords", INT64),
    FIELD(2, "errorMessage", STRING),
};

static const struct schema_field metrics_partial_fields[] = {
    FIELD(1, "rejectedDataPoints", INT64),
    FIELD(2, "errorMessage", STRING),
};

static const struct schema_field any_fields[] = {
    FIELD(1, "typeUrl", STRING),
    FIELD(2, "value", BYTES),
};

/* ---- Messages. ---- */

#define MESSAGE_ROW(id, table, text, size)                                                         \
    [SCHEMA_##id] = {                                                                              \
        .name = (text),                                                                            \
        .fields = (table),                                                                         \
        .count = sizeof(table) / sizeof((table)[0]),                                               \
        .unpacked_size = (size),                                                                   \
    }

/* The sizes are those of protobuf-c's structs where pointers have 64 bits, rounded up to 48 for
 * small ones; the unit test compares them. */
static const struct schema_message messages[SCHEMA_COUNT] = {
    MESSAGE_ROW(TRACES_REQUEST, traces_request_fields, "ExportTraceServiceRequest", 48),
    MESSAGE_ROW(LOGS_REQUEST, logs_request_fields, "ExportLogsServiceRequest", 48),
    MESSAGE_ROW(METRICS_REQUEST, metrics_request_fields, "ExportMetricsServiceRequest", 48),
    MESSAGE_ROW(TRACES_RESPONSE, traces_response_fields, "ExportTraceServiceResponse", 48),
    MESSAGE_ROW(LOGS_RESPONSE, logs_response_fields, "ExportLogsServiceResponse", 48),
    MESSAGE_ROW(METRICS_RESPONSE, metrics_response_fields, "ExportMetricsServiceResponse", 48),
    MESSAGE_ROW(RPC_STATUS, rpc_status_fields, "Status", 64),
    MESSAGE_ROW(ANY_VALUE, any_value_fields, "AnyValue", 48),
    MESSAGE_ROW(ARRAY_VALUE, array_value_fields, "ArrayValue", 48),
    MESSAGE_ROW(KEY_VALUE_LIST, key_value_list_fields, "KeyValueList", 48),
    MESSAGE_ROW(KEY_VALUE, key_value_fields, "KeyValue", 48),
    MESSAGE_ROW(SCOPE, scope_fields, "InstrumentationScope", 80),
    MESSAGE_ROW(ENTITY_REF, entity_ref_fields, "EntityRef", 88),
    MESSAGE_ROW(RESOURCE, resource_fields, "Resource", 64),
    MESSAGE_ROW(RESOURCE_SPANS, resource_spans_fields, "ResourceSpans", 64),
    MESSAGE_ROW(SCOPE_SPANS, scope_spans_fields, "ScopeSpans", 64),
    MESSAGE_ROW(SPAN, span_fields, "Span", 216),
    MESSAGE_ROW(SPAN_EVENT, span_event_fields, "Span.Event", 72),
    MESSAGE_ROW(SPAN_LINK, span_link_fields, "Span.Link", 96),
    MESSAGE_ROW(SPAN_STATUS, span_status_fields, "Status", 48),
    MESSAGE_ROW(RESOURCE_LOGS, resource_logs_fields, "ResourceLogs", 64),
    MESSAGE_ROW(SCOPE_LOGS, scope_logs_fields, "ScopeLogs", 64),
    MESSAGE_ROW(LOG_RECORD, log_record_fields, "LogRecord", 144),
    MESSAGE_ROW(RESOURCE_METRICS, resource_metrics_fields, "ResourceMetrics", 64),
    MESSAGE_ROW(SCOPE_METRICS, scope_metrics_fields, "ScopeMetrics", 64),
    MESSAGE_ROW(METRIC, metric_fields, "Metric", 104),
    MESSAGE_ROW(GAUGE, gauge_fields, "Gauge", 48),
    MESSAGE_ROW(SUM, sum_fields, "Sum", 48),
    MESSAGE_ROW(HISTOGRAM, histogram_fields, "Histogram", 48),
    MESSAGE_ROW(EXPONENTIAL_HISTOGRAM, exponential_histogram_fields, "ExponentialHistogram", 48),
    MESSAGE_ROW(SUMMARY, summary_fields, "Summary", 48),
    MESSAGE_ROW(NUMBER_POINT, number_point_fields, "NumberDataPoint", 88),
    MESSAGE_ROW(HISTOGRAM_POINT, histogram_point_fields, "HistogramDataPoint", 160),
    MESSAGE_ROW(EXPONENTIAL_HISTOGRAM_POINT, exponential_histogram_point_fields,
                "ExponentialHistogramDataPoint", 176),
    MESSAGE_ROW(BUCKETS, buckets_fields, "Buckets", 48),
    MESSAGE_ROW(SUMMARY_POINT, summary_point_fields, "SummaryDataPoint", 96),
    MESSAGE_ROW(QUANTILE, quantile_fields, "ValueAtQuantile", 48),
    MESSAGE_ROW(EXEMPLAR, exemplar_fields, "Exemplar", 96),
    MESSAGE_ROW(TRACES_PARTIAL, traces_partial_fields, "ExportTracePartialSuccess", 48),
    MESSAGE_ROW(LOGS_PARTIAL, logs_partial_fields, "ExportLogsPartialSuccess", 48),
    MESSAGE_ROW(METRICS_PARTIAL, metrics_partial_fields, "ExportMetricsPartialSuccess", 48),
    MESSAGE_ROW(ANY, any_fields, "Any", 56),
};

const struct schema_message *schema_message(enum schema_id id)
{
    ENSURE(id > SCHEMA_NONE && id < SCHEMA_COUNT);
    return &messages[id];
}

const struct schema_field *schema_field_by_number(const struct schema_message *message,
                                                  uint32_t number)
{
    /* Most messages have their fields from 1 on without a gap. */
    if (number - 1 < message->count && message->fields[number - 1].number == number) {
        return &message->fields[number - 1];
    }
    for (size_t i = 0; i < message->count; i++) {
        if (message->fields[i].number == number) {
            return &message->fields[i];
        }
    }
    return NULL;
}

const struct schema_field *schema_field_by_name(const struct schema_message *message,
                                                struct slice name)
{
    for (size_t i = 0; i < message->count; i++) {
        if (slice_equal(schema_field_name(&message->fields[i]), name)) {
            return &message->fields[i];
        }
    }
    return NULL;
}
