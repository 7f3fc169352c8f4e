/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/oracle.h"

#include "base/ensure.h"

#include "otlp/common.pb-c.h"
#include "otlp/logs.pb-c.h"
#include "otlp/metrics.pb-c.h"
#include "otlp/rpc.pb-c.h"
#include "otlp/trace.pb-c.h"

#include <stdalign.h>
#include <stdlib.h>

/* NOLINTNEXTLINE(bugprone-macro-parentheses): an identifier is made of it. */
#define ROW(id, name) [SCHEMA_##id] = &thaw__otlp__##name##__descriptor

static const ProtobufCMessageDescriptor *const descriptors[SCHEMA_COUNT] = {
    ROW(TRACES_REQUEST, export_trace_service_request),
    ROW(LOGS_REQUEST, export_logs_service_request),
    ROW(METRICS_REQUEST, export_metrics_service_request),
    ROW(TRACES_RESPONSE, export_trace_service_response),
    ROW(LOGS_RESPONSE, export_logs_service_response),
    ROW(METRICS_RESPONSE, export_metrics_service_response),
    ROW(RPC_STATUS, rpc_status),
    ROW(ANY_VALUE, any_value),
    ROW(ARRAY_VALUE, array_value),
    ROW(KEY_VALUE_LIST, key_value_list),
    ROW(KEY_VALUE, key_value),
    ROW(SCOPE, instrumentation_scope),
    ROW(ENTITY_REF, entity_ref),
    ROW(RESOURCE, resource),
    ROW(RESOURCE_SPANS, resource_spans),
    ROW(SCOPE_SPANS, scope_spans),
    ROW(SPAN, span),
    ROW(SPAN_EVENT, span__event),
    ROW(SPAN_LINK, span__link),
    ROW(SPAN_STATUS, status),
    ROW(RESOURCE_LOGS, resource_logs),
    ROW(SCOPE_LOGS, scope_logs),
    ROW(LOG_RECORD, log_record),
    ROW(RESOURCE_METRICS, resource_metrics),
    ROW(SCOPE_METRICS, scope_metrics),
    ROW(METRIC, metric),
    ROW(GAUGE, gauge),
    ROW(SUM, sum),
    ROW(HISTOGRAM, histogram),
    ROW(EXPONENTIAL_HISTOGRAM, exponential_histogram),
    ROW(SUMMARY, summary),
    ROW(NUMBER_POINT, number_data_point),
    ROW(HISTOGRAM_POINT, histogram_data_point),
    ROW(EXPONENTIAL_HISTOGRAM_POINT, exponential_histogram_data_point),
    ROW(BUCKETS, exponential_histogram_data_point__buckets),
    ROW(SUMMARY_POINT, summary_data_point),
    ROW(QUANTILE, summary_data_point__value_at_quantile),
    ROW(EXEMPLAR, exemplar),
    ROW(TRACES_PARTIAL, export_trace_partial_success),
    ROW(LOGS_PARTIAL, export_logs_partial_success),
    ROW(METRICS_PARTIAL, export_metrics_partial_success),
    ROW(ANY, any),
};

const ProtobufCMessageDescriptor *oracle_descriptor(enum schema_id id)
{
    ENSURE(id > SCHEMA_NONE && id < SCHEMA_COUNT && descriptors[id] != NULL);
    return descriptors[id];
}

/* Counts what is allocated; each block has its size in front of it. */
struct tally {
    size_t used;
    size_t peak;
};

enum { TALLY_HEADER = alignof(max_align_t) };

static void *tally_alloc(void *context, size_t size)
{
    struct tally *tally = context;
    unsigned char *block = malloc(size + TALLY_HEADER);

    ENSURE(block != NULL);
    *(size_t *)(void *)block = size;
    tally->used += size;
    if (tally->used > tally->peak) {
        tally->peak = tally->used;
    }
    return block + TALLY_HEADER;
}

static void tally_free(void *context, void *memory)
{
    struct tally *tally = context;

    if (memory != NULL) {
        unsigned char *block = (unsigned char *)memory - TALLY_HEADER;
        tally->used -= *(size_t *)(void *)block;
        free(block);
    }
}

bool oracle_canonical(struct slice body, enum schema_id root, struct buf *out, size_t *peak)
{
    struct tally tally = {0};
    ProtobufCAllocator allocator = {
        .alloc = tally_alloc,
        .free = tally_free,
        .allocator_data = &tally,
    };
    /* protobuf-c copies from the pointer even if there is nothing to copy. */
    const unsigned char *base = body.base != NULL ? body.base : (const unsigned char *)"";
    ProtobufCMessage *message =
        protobuf_c_message_unpack(oracle_descriptor(root), &allocator, body.size, base);

    *peak = tally.peak;
    if (message == NULL) {
        ENSURE(tally.used == 0);
        return false;
    }
    size_t size = protobuf_c_message_get_packed_size(message);
    unsigned char *target = buf_reserve(out, size);
    ENSURE(target != NULL);
    ENSURE(protobuf_c_message_pack(message, target) == size);
    buf_commit(out, size);
    protobuf_c_message_free_unpacked(message, &allocator);
    ENSURE(tally.used == 0);
    return true;
}
