/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/encode_metric.h"

#include "proto/names.h"

/* Metric, Gauge and NumberDataPoint, and ScopeMetrics around them. */
enum {
    SCOPE_METRICS = 2,
    METRIC_NAME = 1,
    METRIC_UNIT = 3,
    METRIC_GAUGE = 5,
    GAUGE_POINTS = 1,
    POINT_TIME = 3,
    POINT_DOUBLE = 4,
    POINT_ATTRIBUTES = 7,
};

/* Bytes of a point, and of a metric, beside the texts in them. */
enum { POINT_SIZE = 128, METRIC_SIZE = 128 };

/* Dimensions of a point that are written: what the format allows. */
enum { DIMENSIONS_MAX = 30 };

static size_t dimensions_size(const struct attr *dimensions, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += PEN_ATTRIBUTE_SIZE + dimensions[i].key.size + dimensions[i].value.text.size;
    }
    return size;
}

static void write_point(struct pen *pen, const struct stream_metric *metric, double value,
                        const struct attr *dimensions, size_t count)
{
    uint64_t bits;
    unsigned char *point = pen_open(pen, GAUGE_POINTS);
    if (metric->time_ns > 0) {
        pen_fixed64(pen, POINT_TIME, (uint64_t)metric->time_ns);
    }
    memcpy(&bits, &value, sizeof(bits));
    pen_fixed64(pen, POINT_DOUBLE, bits);
    for (size_t i = 0; i < count; i++) {
        pen_attribute_text(pen, POINT_ATTRIBUTES, dimensions[i].key, dimensions[i].value.text);
    }
    pen_close(pen, point);
}

void encode_metric(struct encode_body *body, const struct stream_metric *metric)
{
    struct attr dimensions[DIMENSIONS_MAX + 1];
    size_t count = 0;
    struct slice name = encode_body_clean(body, metric->name);
    struct slice unit = encode_body_clean(body, metric->unit);
    if (metric->namespace.size > 0) {
        dimensions[count].key = NAME_THAW_EMF_NAMESPACE;
        dimensions[count++].value.text = encode_body_clean(body, metric->namespace);
    }
    for (size_t i = 0; i < metric->dimension_count && i < DIMENSIONS_MAX; i++) {
        if (metric->dimensions[i].value.kind == VALUE_STRING) {
            dimensions[count].key = encode_body_clean(body, metric->dimensions[i].key);
            dimensions[count++].value.text =
                encode_body_clean(body, metric->dimensions[i].value.text);
        }
    }
    size_t size = METRIC_SIZE + name.size + unit.size +
                  metric->value_count * (POINT_SIZE + dimensions_size(dimensions, count));
    struct pen pen = {encode_body_begin(body, metric->source, NULL, size)};
    if (pen.at == NULL) {
        return;
    }
    unsigned char *record = pen_open(&pen, SCOPE_METRICS);
    pen_text(&pen, METRIC_NAME, name);
    if (unit.size > 0 && !slice_equal(unit, SLICE("None"))) {
        pen_text(&pen, METRIC_UNIT, unit);
    }
    unsigned char *gauge = pen_open(&pen, METRIC_GAUGE);
    for (size_t i = 0; i < metric->value_count; i++) {
        write_point(&pen, metric, metric->values[i], dimensions, count);
    }
    pen_close(&pen, gauge);
    pen_close(&pen, record);
    encode_body_end(body, pen.at);
}
