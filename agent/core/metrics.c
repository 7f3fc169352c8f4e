/* SPDX-License-Identifier: Apache-2.0 */
#include "core/metrics.h"

#include "base/ensure.h"
#include "otlp/attribute.h"
#include "otlp/block.h"
#include "proto/names.h"
#include "proto/wire.h"

enum {
    METRIC_NAME = 1,
    METRIC_UNIT = 3,
    METRIC_GAUGE = 5,
    METRIC_SUM = 7,
    METRIC_HISTOGRAM = 9,
    DATA_POINTS = 1,
    DATA_TEMPORALITY = 2,
    DATA_MONOTONIC = 3,
    POINT_START = 2,
    POINT_TIME = 3,
    POINT_AS_DOUBLE = 4,
    POINT_AS_INT = 6,
    POINT_COUNT = 4,
    POINT_SUM = 5,
    POINT_BUCKETS = 6,
    POINT_BOUNDS = 7,
    POINT_MIN = 11,
    POINT_MAX = 12,
    TEMPORALITY_DELTA = 1,
};

/* Room for one encoded metric: a histogram of 14 bounds is about 330 bytes. */
#define METRIC_SIZE_MAX 1024

#define NS_PER_SECOND 1e9
#define BYTES_PER_MB  1048576.0

/* As the semantic conventions advise for durations. */
static const double bounds_seconds[METRICS_BOUNDS_MAX] = {
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
};

/* They give none for memory: the sizes that a function can have, roughly. */
static const double bounds_bytes[METRICS_BOUNDS_MAX] = {
    32e6, 64e6, 96e6, 128e6, 192e6, 256e6, 384e6, 512e6, 768e6, 1e9, 2e9, 4e9, 8e9, 10e9,
};

void metrics_init(struct metrics *metrics, uint64_t mono_ns)
{
    *metrics = (struct metrics){.sent_mono_ns = mono_ns};
}

static void observe(struct metrics_histogram *histogram, const double *bounds, double value)
{
    size_t bucket = 0;
    while (bucket < METRICS_BOUNDS_MAX && value > bounds[bucket]) {
        bucket++;
    }
    histogram->buckets[bucket]++;
    histogram->min = histogram->count == 0 || value < histogram->min ? value : histogram->min;
    histogram->max = histogram->count == 0 || value > histogram->max ? value : histogram->max;
    histogram->count++;
    histogram->sum += value;
}

static struct metrics_values *begun(struct metrics *metrics, uint64_t wall_ns)
{
    if (metrics->values.start_ns == 0) {
        metrics->values.start_ns = wall_ns;
    }
    return &metrics->values;
}

void metrics_invocation(struct metrics *metrics, uint64_t wall_ns, enum metrics_outcome outcome,
                        int64_t duration_ns, int64_t memory_mb)
{
    struct metrics_values *values = begun(metrics, wall_ns);
    values->invocations += outcome == METRICS_SUCCESS ? 1 : 0;
    values->errors += outcome == METRICS_ERROR ? 1 : 0;
    values->timeouts += outcome == METRICS_TIMEOUT ? 1 : 0;
    if (duration_ns != INT64_MIN) {
        observe(&values->invoke_duration, bounds_seconds, (double)duration_ns / NS_PER_SECOND);
    }
    if (memory_mb != INT64_MIN) {
        observe(&values->memory, bounds_bytes, (double)memory_mb * BYTES_PER_MB);
    }
}

void metrics_cold_start(struct metrics *metrics, uint64_t wall_ns, int64_t init_ns)
{
    struct metrics_values *values = begun(metrics, wall_ns);
    values->coldstarts++;
    if (init_ns != INT64_MIN) {
        observe(&values->init_duration, bounds_seconds, (double)init_ns / NS_PER_SECOND);
    }
}

bool metrics_wait(const struct metrics *metrics)
{
    return metrics->values.start_ns != 0;
}

struct writer {
    struct buf *out;
    uint64_t start_ns;
    uint64_t time_ns;
};

static void write_number(const struct writer *writer, const struct metrics_number *number)
{
    unsigned char bytes[METRIC_SIZE_MAX];
    struct buf metric;
    if (number->value == 0 && !number->gauge) {
        return;
    }
    buf_init_fixed(&metric, bytes, sizeof(bytes));
    wire_write_bytes(&metric, METRIC_NAME, number->name);
    wire_write_bytes(&metric, METRIC_UNIT, number->unit);
    size_t data = wire_write_open(&metric, number->gauge ? METRIC_GAUGE : METRIC_SUM);
    size_t point = wire_write_open(&metric, DATA_POINTS);
    if (!number->gauge) {
        wire_write_fixed64(&metric, POINT_START, writer->start_ns);
    }
    wire_write_fixed64(&metric, POINT_TIME, writer->time_ns);
    if (number->nanoseconds) {
        wire_write_double(&metric, POINT_AS_DOUBLE, (double)number->value / NS_PER_SECOND);
    } else {
        wire_write_fixed64(&metric, POINT_AS_INT, number->value);
    }
    attribute_text_known(&metric, ATTRIBUTE_OF_POINT, NAME_THAW_DROP_REASON, number->reason);
    wire_write_close(&metric, point);
    if (!number->gauge) {
        wire_write_u64(&metric, DATA_TEMPORALITY, TEMPORALITY_DELTA);
        wire_write_bool(&metric, DATA_MONOTONIC, true);
    }
    wire_write_close(&metric, data);
    ENSURE(!buf_overflowed(&metric));
    block_record(writer->out, buf_bytes(&metric));
}

static void write_sum(const struct writer *writer, struct slice name, struct slice unit,
                      uint64_t value)
{
    const struct metrics_number number = {.name = name, .unit = unit, .value = value};
    write_number(writer, &number);
}

static void write_packed(struct buf *metric, uint32_t field, const double *values, size_t count)
{
    size_t packed = wire_write_open(metric, field);
    for (size_t i = 0; i < count; i++) {
        union {
            double number;
            uint64_t bits;
        } value = {.number = values[i]};
        wire_write_raw64(metric, value.bits);
    }
    wire_write_close(metric, packed);
}

static void write_histogram(const struct writer *writer, struct slice name, struct slice unit,
                            const struct metrics_histogram *histogram, const double *bounds)
{
    unsigned char bytes[METRIC_SIZE_MAX];
    struct buf metric;
    if (histogram->count == 0) {
        return;
    }
    buf_init_fixed(&metric, bytes, sizeof(bytes));
    wire_write_bytes(&metric, METRIC_NAME, name);
    wire_write_bytes(&metric, METRIC_UNIT, unit);
    size_t data = wire_write_open(&metric, METRIC_HISTOGRAM);
    size_t point = wire_write_open(&metric, DATA_POINTS);
    wire_write_fixed64(&metric, POINT_START, writer->start_ns);
    wire_write_fixed64(&metric, POINT_TIME, writer->time_ns);
    wire_write_fixed64(&metric, POINT_COUNT, histogram->count);
    wire_write_double(&metric, POINT_SUM, histogram->sum);
    size_t packed = wire_write_open(&metric, POINT_BUCKETS);
    for (size_t i = 0; i <= METRICS_BOUNDS_MAX; i++) {
        wire_write_raw64(&metric, histogram->buckets[i]);
    }
    wire_write_close(&metric, packed);
    write_packed(&metric, POINT_BOUNDS, bounds, METRICS_BOUNDS_MAX);
    wire_write_double(&metric, POINT_MIN, histogram->min);
    wire_write_double(&metric, POINT_MAX, histogram->max);
    wire_write_close(&metric, point);
    wire_write_u64(&metric, DATA_TEMPORALITY, TEMPORALITY_DELTA);
    wire_write_close(&metric, data);
    ENSURE(!buf_overflowed(&metric));
    block_record(writer->out, buf_bytes(&metric));
}

void metrics_take(struct metrics *metrics, const struct resource *resource, uint64_t wall_ns,
                  const struct metrics_number *numbers, size_t count, struct buf *out)
{
    ENSURE(metrics->values.start_ns != 0 && metrics->under_way.start_ns == 0);
    metrics->under_way = metrics->values;
    metrics->values = (struct metrics_values){.start_ns = 0};

    const struct metrics_values *values = &metrics->under_way;
    struct writer writer = {.out = out, .start_ns = values->start_ns, .time_ns = wall_ns};
    struct block_own own = block_own_open(resource, out);
    write_sum(&writer, NAME_METRIC_FAAS_INVOCATIONS, SLICE("{invocation}"), values->invocations);
    write_sum(&writer, NAME_METRIC_FAAS_ERRORS, SLICE("{error}"), values->errors);
    write_sum(&writer, NAME_METRIC_FAAS_TIMEOUTS, SLICE("{timeout}"), values->timeouts);
    write_sum(&writer, NAME_METRIC_FAAS_COLDSTARTS, SLICE("{coldstart}"), values->coldstarts);
    write_histogram(&writer, NAME_METRIC_FAAS_INVOKE_DURATION, SLICE("s"), &values->invoke_duration,
                    bounds_seconds);
    write_histogram(&writer, NAME_METRIC_FAAS_INIT_DURATION, SLICE("s"), &values->init_duration,
                    bounds_seconds);
    write_histogram(&writer, NAME_METRIC_FAAS_MEM_USAGE, SLICE("By"), &values->memory,
                    bounds_bytes);
    /* They go on where they were told of last, or since the agent began. */
    writer.start_ns = metrics->sent_wall_ns > 0 ? metrics->sent_wall_ns : resource->epoch_ns;
    for (size_t i = 0; i < count; i++) {
        write_number(&writer, &numbers[i]);
    }
    metrics->sent_wall_ns = wall_ns;
    block_own_close(out, own);
}

static void histogram_add(struct metrics_histogram *target, const struct metrics_histogram *source)
{
    if (source->count == 0) {
        return;
    }
    if (target->count == 0) {
        *target = *source;
        return;
    }
    target->count += source->count;
    target->sum += source->sum;
    target->min = source->min < target->min ? source->min : target->min;
    target->max = source->max > target->max ? source->max : target->max;
    for (size_t i = 0; i <= METRICS_BOUNDS_MAX; i++) {
        target->buckets[i] += source->buckets[i];
    }
}

void metrics_done(struct metrics *metrics, bool taken)
{
    struct metrics_values *under_way = &metrics->under_way;
    if (!taken && under_way->start_ns != 0) {
        struct metrics_values *values = &metrics->values;
        values->start_ns = under_way->start_ns;
        values->invocations += under_way->invocations;
        values->errors += under_way->errors;
        values->timeouts += under_way->timeouts;
        values->coldstarts += under_way->coldstarts;
        histogram_add(&values->invoke_duration, &under_way->invoke_duration);
        histogram_add(&values->init_duration, &under_way->init_duration);
        histogram_add(&values->memory, &under_way->memory);
    }
    *under_way = (struct metrics_values){.start_ns = 0};
}
