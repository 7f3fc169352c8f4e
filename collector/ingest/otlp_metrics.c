/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_metrics.h"

#include "ingest/otlp_read.h"
#include "proto/guard.h"

#include "otlp/metrics.pb-c.h"

/* --- Memory of protobuf-c: the arena, until it is full. --- */

static void *metrics_alloc(void *data, size_t size)
{
    return arena_alloc(data, size > 0 ? size : 1);
}

static void metrics_free(void *data, void *memory)
{
    /* The arena gives back everything at once. */
    (void)data;
    (void)memory;
}

static size_t metrics_points(const Thaw__Otlp__Metric *metric)
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

static bool metrics_metric(struct otlp_read *read, struct slice source)
{
    static const unsigned char nothing[1] = {0};
    ProtobufCAllocator allocator = {metrics_alloc, metrics_free, read->arena};
    size_t mark = arena_mark(read->arena);
    const Thaw__Otlp__Metric *metric = thaw__otlp__metric__unpack(
        &allocator, source.size, source.size > 0 ? source.base : nothing);
    if (metric == NULL) {
        return false;
    }
    read->batch->point_count += read->scope->agent ? 0 : metrics_points(metric);
    arena_rewind(read->arena, mark);
    return true;
}

bool otlp_metrics_decode(struct slice body, struct arena *arena, struct batch *batch)
{
    struct otlp_read read = {.arena = arena, .batch = batch, .record = metrics_metric};
    const struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    return guard_check(body, SCHEMA_METRICS_REQUEST, &limits, &report) == GUARD_OK &&
           otlp_read_body(&read, body);
}
