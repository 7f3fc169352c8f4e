/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/app_key.h"

#include "proto/names.h"

#include <string.h>

struct key_name {
    const char *name;
    unsigned char key;
    unsigned char rank;
};

/* A name of exactly that size: else this does not compile. */
#define KEY(size, name, key, rank)                                                                 \
    {                                                                                              \
        (name) + 0 * sizeof(char[sizeof(name) == (size) + 1 ? 1 : -1]), (key), (rank)              \
    }

static const struct key_name key_2[] = {
    KEY(2, "ts", APP_TIME, 4),    KEY(2, "@t", APP_TIME, 9),  KEY(2, "@l", APP_LEVEL, 9),
    KEY(2, "@m", APP_MESSAGE, 9), KEY(2, "@x", APP_STACK, 9),
};
static const struct key_name key_3[] = {
    KEY(3, "msg", APP_MESSAGE, 8), KEY(3, "lvl", APP_LEVEL, 7), KEY(3, "err", APP_ERROR, 5),
    KEY(3, "@mt", APP_MESSAGE, 7), KEY(3, "@tr", APP_TRACE, 9), KEY(3, "@sp", APP_SPAN, 9),
    KEY(3, "log", APP_LOG, 5),
};
static const struct key_name key_4[] = {
    KEY(4, "time", APP_TIME, 8), KEY(4, "type", APP_TYPE, 5), KEY(4, "_aws", APP_AWS, 5),
    KEY(4, "name", APP_NAME, 5), KEY(4, "date", APP_TIME, 3), KEY(4, "Type", APP_TYPE, 4),
    KEY(4, "Time", APP_TIME, 3),
};
static const struct key_name key_5[] = {
    KEY(5, "level", APP_LEVEL, 8), KEY(5, "Level", APP_LEVEL, 8),   KEY(5, "error", APP_ERROR, 6),
    KEY(5, "stack", APP_STACK, 6), KEY(5, "event", APP_MESSAGE, 2), KEY(5, "Error", APP_ERROR, 4),
    KEY(5, "class", APP_NAME, 4),
};
static const struct key_name key_6[] = {
    KEY(6, "record", APP_RECORD, 5), KEY(6, "status", APP_LEVEL, 2), KEY(6, "spanId", APP_SPAN, 8),
    KEY(6, "SpanId", APP_SPAN, 8),   KEY(6, "spanID", APP_SPAN, 7),
};
static const struct key_name key_7[] = {
    KEY(7, "message", APP_MESSAGE, 9), KEY(7, "Message", APP_MESSAGE, 8),
    KEY(7, "traceId", APP_TRACE, 8),   KEY(7, "TraceId", APP_TRACE, 8),
    KEY(7, "traceID", APP_TRACE, 7),   KEY(7, "traceid", APP_TRACE, 7),
    KEY(7, "span_id", APP_SPAN, 8),    KEY(7, "span.id", APP_SPAN, 8),
    KEY(7, "asctime", APP_TIME, 5),
};
static const struct key_name key_8[] = {
    KEY(8, "severity", APP_LEVEL, 7), KEY(8, "logLevel", APP_LEVEL, 7),
    KEY(8, "LogLevel", APP_LEVEL, 8), KEY(8, "loglevel", APP_LEVEL, 7),
    KEY(8, "Severity", APP_LEVEL, 6), KEY(8, "trace_id", APP_TRACE, 8),
    KEY(8, "trace.id", APP_TRACE, 8), KEY(8, "datetime", APP_TIME, 5),
    KEY(8, "exc_info", APP_STACK, 5),
};
static const struct key_name key_9[] = {
    KEY(9, "timestamp", APP_TIME, 9),    KEY(9, "Timestamp", APP_TIME, 8),
    KEY(9, "requestId", APP_REQUEST, 5), KEY(9, "requestID", APP_REQUEST, 4),
    KEY(9, "RequestId", APP_REQUEST, 5), KEY(9, "errorType", APP_ERROR_TYPE, 9),
    KEY(9, "levelname", APP_LEVEL, 9),   KEY(9, "log.level", APP_LEVEL, 8),
    KEY(9, "log_level", APP_LEVEL, 7),   KEY(9, "exception", APP_STACK, 4),
    KEY(9, "Exception", APP_STACK, 4),   KEY(9, "errorName", APP_ERROR_TYPE, 7),
};
static const struct key_name key_10[] = {
    KEY(10, "@timestamp", APP_TIME, 9),       KEY(10, "request_id", APP_REQUEST, 4),
    KEY(10, "stackTrace", APP_STACK, 8),      KEY(10, "StackTrace", APP_STACK, 7),
    KEY(10, "stacktrace", APP_STACK, 7),      KEY(10, "error_type", APP_ERROR_TYPE, 8),
    KEY(10, "error.type", APP_ERROR_TYPE, 8), KEY(10, "level_name", APP_LEVEL, 9),
    KEY(10, "otelSpanID", APP_SPAN, 7),       KEY(10, "timeMillis", APP_TIME, 4),
};
static const struct key_name key_11[] = {
    KEY(11, "xrayTraceId", APP_XRAY, 8),  KEY(11, "XRayTraceId", APP_XRAY, 8),
    KEY(11, "xRayTraceId", APP_XRAY, 8),  KEY(11, "traceparent", APP_TRACE, 9),
    KEY(11, "dd.trace_id", APP_TRACE, 6), KEY(11, "otelTraceID", APP_TRACE, 7),
    KEY(11, "stack_trace", APP_STACK, 8), KEY(11, "error.stack", APP_STACK, 7),
};
static const struct key_name key_12[] = {
    KEY(12, "errorMessage", APP_ERROR_MESSAGE, 9), KEY(12, "AWSRequestId", APP_REQUEST, 8),
    KEY(12, "awsRequestId", APP_REQUEST, 8),       KEY(12, "severityText", APP_LEVEL, 9),
    KEY(12, "SeverityText", APP_LEVEL, 9),
};
static const struct key_name key_13[] = {
    KEY(13, "xray_trace_id", APP_XRAY, 9),          KEY(13, "xray-trace-id", APP_XRAY, 8),
    KEY(13, "severity_text", APP_LEVEL, 9),         KEY(13, "error_message", APP_ERROR_MESSAGE, 7),
    KEY(13, "error.message", APP_ERROR_MESSAGE, 7), KEY(13, "exceptionType", APP_ERROR_TYPE, 7),
    KEY(13, "short_message", APP_MESSAGE, 6),
};
static const struct key_name key_14[] = {
    KEY(14, "aws_request_id", APP_REQUEST, 8),
    KEY(14, "exception_name", APP_ERROR_TYPE, 8),
    KEY(14, "exception.type", APP_ERROR_TYPE, 8),
};
static const struct key_name key_15[] = {
    KEY(15, "lambdaRequestId", APP_REQUEST, 8),
    KEY(15, "RenderedMessage", APP_MESSAGE, 9),
};
static const struct key_name key_17[] = {
    KEY(17, "AWS-XRAY-TRACE-ID", APP_XRAY, 9),
    KEY(17, "aws.xray.trace_id", APP_XRAY, 9),
    KEY(17, "functionRequestId", APP_REQUEST, 9),
    KEY(17, "FunctionRequestId", APP_REQUEST, 9),
    KEY(17, "lambda_request_id", APP_REQUEST, 8),
    KEY(17, "exception.message", APP_ERROR_MESSAGE, 6),
};
static const struct key_name key_19[] = {
    KEY(19, "function_request_id", APP_REQUEST, 9),
};

#define KEYS(size) [size] = {key_##size, sizeof(key_##size) / sizeof(key_##size[0])}

static const struct {
    const struct key_name *names;
    size_t count;
} keys[] = {
    KEYS(2),  KEYS(3),  KEYS(4),  KEYS(5),  KEYS(6),  KEYS(7),  KEYS(8),  KEYS(9),
    KEYS(10), KEYS(11), KEYS(12), KEYS(13), KEYS(14), KEYS(15), KEYS(17), KEYS(19),
};

unsigned app_key_find(struct slice name, enum app_key *key)
{
    *key = APP_TIME;
    if (slice_equal(name, NAME_FAAS_INVOCATION_ID)) {
        *key = APP_REQUEST;
        return 9;
    }
    if (name.size >= sizeof(keys) / sizeof(keys[0])) {
        return 0;
    }
    const struct key_name *names = keys[name.size].names;
    for (size_t i = 0; i < keys[name.size].count; i++) {
        if ((unsigned char)names[i].name[0] == name.base[0] &&
            memcmp(names[i].name, name.base, name.size) == 0) {
            *key = (enum app_key)names[i].key;
            return names[i].rank;
        }
    }
    return 0;
}
