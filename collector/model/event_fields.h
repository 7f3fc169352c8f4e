/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_EVENT_FIELDS_H
#define THAW_COLLECTOR_MODEL_EVENT_FIELDS_H

#include "model/record.h"

/*
 * The attributes of an event that the view knows, found in one pass: an event has some twenty, the
 * view asks for twice as many, and looking for each of them was most of what an event took.
 *
 *     const struct value *values[EVENT_FIELD_COUNT];
 *     event_fields_find(line->attrs, values);
 *     values[FIELD_ERROR_TYPE]            what attrs_find(line->attrs, NAME_ERROR_TYPE) answers
 */
#define EVENT_FIELDS(X)                                                                            \
    X(FIELD_THAW_INVOCATION_STATE, NAME_THAW_INVOCATION_STATE)                                     \
    X(FIELD_THAW_XRAY_HEADER, NAME_THAW_XRAY_HEADER)                                               \
    X(FIELD_THAW_XRAY_SEGMENT_ID, NAME_THAW_XRAY_SEGMENT_ID)                                       \
    X(FIELD_THAW_TRIGGER, NAME_THAW_TRIGGER)                                                       \
    X(FIELD_THAW_TRIGGER_SOURCE, NAME_THAW_TRIGGER_SOURCE)                                         \
    X(FIELD_THAW_TRIGGER_ORIGIN, NAME_THAW_TRIGGER_ORIGIN)                                         \
    X(FIELD_HTTP_REQUEST_METHOD, NAME_HTTP_REQUEST_METHOD)                                         \
    X(FIELD_HTTP_ROUTE, NAME_HTTP_ROUTE)                                                           \
    X(FIELD_THAW_TRIGGER_TIME_NS, NAME_THAW_TRIGGER_TIME_NS)                                       \
    X(FIELD_MESSAGING_BATCH_MESSAGE_COUNT, NAME_MESSAGING_BATCH_MESSAGE_COUNT)                     \
    X(FIELD_THAW_TRIGGER_CALLER_WAITS, NAME_THAW_TRIGGER_CALLER_WAITS)                             \
    X(FIELD_HTTP_RESPONSE_STATUS_CODE, NAME_HTTP_RESPONSE_STATUS_CODE)                             \
    X(FIELD_THAW_TRIGGER_XRAY_HEADER, NAME_THAW_TRIGGER_XRAY_HEADER)                               \
    X(FIELD_THAW_INVOCATION_STATUS, NAME_THAW_INVOCATION_STATUS)                                   \
    X(FIELD_ERROR_TYPE, NAME_ERROR_TYPE)                                                           \
    X(FIELD_AWS_LAMBDA_INVOKED_ARN, NAME_AWS_LAMBDA_INVOKED_ARN)                                   \
    X(FIELD_THAW_INIT_PHASE, NAME_THAW_INIT_PHASE)                                                 \
    X(FIELD_THAW_START_NS, NAME_THAW_START_NS)                                                     \
    X(FIELD_THAW_DEADLINE_NS, NAME_THAW_DEADLINE_NS)                                               \
    X(FIELD_THAW_DONE_NS, NAME_THAW_DONE_NS)                                                       \
    X(FIELD_THAW_END_NS, NAME_THAW_END_NS)                                                         \
    X(FIELD_THAW_HANDLER_NS, NAME_THAW_HANDLER_NS)                                                 \
    X(FIELD_THAW_RESPONSE_LATENCY_NS, NAME_THAW_RESPONSE_LATENCY_NS)                               \
    X(FIELD_THAW_RESPONSE_DURATION_NS, NAME_THAW_RESPONSE_DURATION_NS)                             \
    X(FIELD_THAW_POST_HANDLER_NS, NAME_THAW_POST_HANDLER_NS)                                       \
    X(FIELD_THAW_REPORTED_NS, NAME_THAW_REPORTED_NS)                                               \
    X(FIELD_THAW_BILLED_MS, NAME_THAW_BILLED_MS)                                                   \
    X(FIELD_THAW_MEMORY_SIZE_MB, NAME_THAW_MEMORY_SIZE_MB)                                         \
    X(FIELD_THAW_MAX_MEMORY_USED_MB, NAME_THAW_MAX_MEMORY_USED_MB)                                 \
    X(FIELD_THAW_INIT_NS, NAME_THAW_INIT_NS)                                                       \
    X(FIELD_THAW_RESTORE_NS, NAME_THAW_RESTORE_NS)                                                 \
    X(FIELD_THAW_BILLED_RESTORE_MS, NAME_THAW_BILLED_RESTORE_MS)                                   \
    X(FIELD_THAW_PRODUCED_BYTES, NAME_THAW_PRODUCED_BYTES)                                         \
    X(FIELD_THAW_AGENT_HELD_NS, NAME_THAW_AGENT_HELD_NS)                                           \
    X(FIELD_THAW_AGENT_CPU_NS, NAME_THAW_AGENT_CPU_NS)                                             \
    X(FIELD_THAW_AGENT_WIRE_BYTES, NAME_THAW_AGENT_WIRE_BYTES)                                     \
    X(FIELD_THAW_LINES_HELD_BACK, NAME_THAW_LINES_HELD_BACK)                                       \
    X(FIELD_THAW_LINES_OVER_BUDGET, NAME_THAW_LINES_OVER_BUDGET)                                   \
    X(FIELD_THAW_LINES_REDACTED, NAME_THAW_LINES_REDACTED)                                         \
    X(FIELD_THAW_AGENT_WAITING_RECORDS, NAME_THAW_AGENT_WAITING_RECORDS)                           \
    X(FIELD_THAW_AGENT_WAITING_SINCE_NS, NAME_THAW_AGENT_WAITING_SINCE_NS)                         \
    X(FIELD_THAW_AGENT_MEMORY_BYTES, NAME_THAW_AGENT_MEMORY_BYTES)                                 \
    X(FIELD_FAAS_COLDSTART, NAME_FAAS_COLDSTART)

enum event_field {
#define EVENT_FIELD(field, name) field,
    EVENT_FIELDS(EVENT_FIELD)
#undef EVENT_FIELD
        EVENT_FIELD_COUNT
};

/* The value of each field, the last one where it stands twice, or NULL.  Any thread. */
void event_fields_find(struct attrs attrs, const struct value *values[EVENT_FIELD_COUNT]);

#endif
