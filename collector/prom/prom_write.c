/* SPDX-License-Identifier: Apache-2.0 */
#include "prom/prom_call.h"

#include <math.h>

/* Whether the ends of a bucket are in it, as Prometheus numbers it. */
enum write_bounds { BOUNDS_UPPER, BOUNDS_LOWER, BOUNDS_NEITHER, BOUNDS_BOTH };

/* Digits below the point of a time in seconds. */
#define WRITE_TIME_DIGITS 3

void prom_write_labels(struct json_write *writer, const struct label_set *labels)
{
    json_write_object_begin(writer);
    for (size_t i = 0; i < labels->count; i++) {
        json_write_member_string(writer, labels->items[i].name, labels->items[i].value);
    }
    json_write_object_end(writer);
}

/* A number, as text. */
static void write_number(struct json_write *writer, double value)
{
    unsigned char memory[512];
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    promql_format_number(value, &out);
    json_write_string(writer, buf_bytes(&out));
}

static void write_sample(struct json_write *writer, int64_t time_ms, double value)
{
    json_write_array_begin(writer);
    json_write_scaled(writer, time_ms, WRITE_TIME_DIGITS);
    write_number(writer, value);
    json_write_array_end(writer);
}

static void write_bucket(struct json_write *writer, enum write_bounds bounds, double low,
                         double high, double count)
{
    if (count == 0) {
        return;
    }
    json_write_array_begin(writer);
    json_write_u64(writer, bounds);
    write_number(writer, low);
    write_number(writer, high);
    write_number(writer, count);
    json_write_array_end(writer);
}

/* The upper bound of a bucket of this schema. */
static double write_bound(int32_t schema, int32_t index)
{
    return exp2((double)index * exp2(-(double)schema));
}

static void write_buckets(struct json_write *writer, const struct native_histogram *histogram)
{
    for (size_t i = histogram->negative_count; i > 0; i--) {
        const struct histogram_bucket *bucket = &histogram->negative[i - 1];
        write_bucket(writer, BOUNDS_LOWER, -write_bound(histogram->schema, bucket->index),
                     -write_bound(histogram->schema, bucket->index - 1), bucket->count);
    }
    write_bucket(writer, BOUNDS_BOTH, -histogram->zero_threshold, histogram->zero_threshold,
                 histogram->zero_count);
    for (size_t i = 0; i < histogram->positive_count; i++) {
        const struct histogram_bucket *bucket = &histogram->positive[i];
        write_bucket(writer, BOUNDS_UPPER, write_bound(histogram->schema, bucket->index - 1),
                     write_bound(histogram->schema, bucket->index), bucket->count);
    }
}

static void write_histogram(struct json_write *writer, const struct histogram_sample *sample)
{
    const struct native_histogram *histogram = sample->histogram;
    json_write_array_begin(writer);
    json_write_scaled(writer, sample->time_ms, WRITE_TIME_DIGITS);
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("count"));
    write_number(writer, histogram->count);
    json_write_key(writer, SLICE("sum"));
    write_number(writer, histogram->sum);
    if (histogram->zero_count != 0 || histogram->positive_count + histogram->negative_count > 0) {
        json_write_member_array(writer, SLICE("buckets"));
        write_buckets(writer, histogram);
        json_write_array_end(writer);
    }
    json_write_object_end(writer);
    json_write_array_end(writer);
}

static void write_instant(struct json_write *writer, const struct series *series)
{
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("metric"));
    prom_write_labels(writer, &series->labels);
    if (series->histogram_count > 0) {
        json_write_key(writer, SLICE("histogram"));
        write_histogram(writer, &series->histograms[0]);
    } else {
        json_write_key(writer, SLICE("value"));
        write_sample(writer, series->samples[0].time_ms, series->samples[0].value);
    }
    json_write_object_end(writer);
}

static void write_range(struct json_write *writer, const struct series *series)
{
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("metric"));
    prom_write_labels(writer, &series->labels);
    if (series->sample_count > 0) {
        json_write_member_array(writer, SLICE("values"));
        for (size_t i = 0; i < series->sample_count; i++) {
            write_sample(writer, series->samples[i].time_ms, series->samples[i].value);
        }
        json_write_array_end(writer);
    }
    if (series->histogram_count > 0) {
        json_write_member_array(writer, SLICE("histograms"));
        for (size_t i = 0; i < series->histogram_count; i++) {
            write_histogram(writer, &series->histograms[i]);
        }
        json_write_array_end(writer);
    }
    json_write_object_end(writer);
}

static void write_string(struct json_write *writer, int64_t time_ms, struct slice text)
{
    json_write_array_begin(writer);
    json_write_scaled(writer, time_ms, WRITE_TIME_DIGITS);
    json_write_string(writer, text);
    json_write_array_end(writer);
}

static const char *write_type(enum promql_type type)
{
    switch (type) {
    case PROMQL_SCALAR:
        return "scalar";
    case PROMQL_STRING:
        return "string";
    case PROMQL_VECTOR:
        return "vector";
    case PROMQL_MATRIX:
        break;
    }
    return "matrix";
}

static void write_series(struct prom_call *call, const struct promql_value *value, uint64_t limit)
{
    size_t count = value->series_count;
    if (limit > 0 && count > limit) {
        count = (size_t)limit;
        prom_call_warn(call, SLICE("results truncated due to limit"));
    }
    json_write_array_begin(&call->writer);
    for (size_t i = 0; i < count && !buf_overflowed(&call->body); i++) {
        if (value->type == PROMQL_VECTOR) {
            write_instant(&call->writer, &value->series[i]);
        } else {
            write_range(&call->writer, &value->series[i]);
        }
    }
    json_write_array_end(&call->writer);
}

void prom_write_value(struct prom_call *call, const struct promql_value *value, uint64_t limit)
{
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("resultType"), slice_from(write_type(value->type)));
    json_write_key(writer, SLICE("result"));
    switch (value->type) {
    case PROMQL_SCALAR:
        write_sample(writer, value->time_ms, value->scalar);
        break;
    case PROMQL_STRING:
        write_string(writer, value->time_ms, value->string);
        break;
    case PROMQL_VECTOR:
    case PROMQL_MATRIX:
        write_series(call, value, limit);
        break;
    }
    json_write_object_end(writer);
}
