/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_metrics.h"

#include "ingest/otlp_read.h"
#include "model/metric.h"
#include "proto/guard.h"

#include <string.h>

/* A point while it is read. */
struct metrics_one {
    struct otlp_read *read;
    struct metric *metric;
    struct metric_point *point;
    struct otlp_read_attrs attrs;
};

static bool metrics_double(struct fields *fields, double *target)
{
    uint64_t bits;
    bool good = fields_fixed64(fields, &bits);
    if (good) {
        memcpy(target, &bits, sizeof(bits));
    }
    return good;
}

static bool metrics_sint(struct fields *fields, int32_t *target)
{
    uint64_t folded = 0;
    bool good = fields_varint(fields, &folded);
    uint32_t value = (uint32_t)folded;
    *target = (int32_t)(value >> 1 ^ (0U - (value & 1)));
    return good;
}

/* ---- Lists of numbers, packed or not: counted, then read. ---- */

enum metrics_list { LIST_FIXED64, LIST_VARINT };

static size_t metrics_list_count(struct slice message, uint32_t number, enum metrics_list list)
{
    struct fields fields = fields_of(message);
    struct slice packed;
    size_t count = 0;
    uint32_t tag;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        if (tag != TAG_BYTES(number)) {
            count += tag == (list == LIST_VARINT ? TAG_VARINT(number) : TAG_FIXED64(number));
            if (!otlp_fields_other(&fields, tag, 0)) {
                break;
            }
            continue;
        }
        if (!fields_bytes(&fields, &packed)) {
            break;
        }
        if (list == LIST_FIXED64) {
            count += packed.size / 8;
            continue;
        }
        for (size_t i = 0; i < packed.size; i++) {
            count += packed.base[i] < 0x80;
        }
    }
    return count;
}

static bool metrics_list_one(struct fields *fields, enum metrics_list list, uint64_t *target)
{
    return list == LIST_VARINT ? fields_varint(fields, target) : fields_fixed64(fields, target);
}

/* All numbers of a field of a message, into the arena. */
static bool metrics_list(struct otlp_read *read, struct slice message, uint32_t number,
                         enum metrics_list list, struct metric_counts *target)
{
    size_t count = metrics_list_count(message, number, list);
    uint64_t *items = count > 0 ? arena_alloc_array(read->arena, count, sizeof(*items)) : NULL;
    struct fields fields = fields_of(message);
    uint32_t tag;
    *target = (struct metric_counts){items, count};
    if (count == 0) {
        return true;
    }
    if (items == NULL) {
        return false;
    }
    size_t at = 0;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        struct slice packed;
        if (tag == TAG_BYTES(number)) {
            if (!fields_bytes(&fields, &packed)) {
                return false;
            }
            struct fields inner = fields_of(packed);
            while (fields_left(&inner) > 0) {
                if (at == count || !metrics_list_one(&inner, list, &items[at++])) {
                    return false;
                }
            }
        } else if (tag == (list == LIST_VARINT ? TAG_VARINT(number) : TAG_FIXED64(number))) {
            if (at == count || !metrics_list_one(&fields, list, &items[at++])) {
                return false;
            }
        } else if (!otlp_fields_other(&fields, tag, 0)) {
            return false;
        }
    }
    return at == count;
}

static bool metrics_doubles(struct otlp_read *read, struct slice message, uint32_t number,
                            struct metric_doubles *target)
{
    struct metric_counts bits;
    _Static_assert(sizeof(double) == sizeof(uint64_t), "a double's bits are a number's");
    if (!metrics_list(read, message, number, LIST_FIXED64, &bits)) {
        return false;
    }
    *target = (struct metric_doubles){(const double *)(const void *)bits.items, bits.count};
    return true;
}

/* ---- Points.  The guard has accepted the body, so what is not known is passed over. ---- */

/* What points of all kinds have, under these numbers but for the attributes. */
static bool metrics_common(struct metrics_one *one, struct fields *fields, uint32_t tag,
                           bool *taken)
{
    *taken = true;
    switch (tag) {
    case TAG_FIXED64(2):
        return fields_fixed64(fields, &one->point->start_ns);
    case TAG_FIXED64(3):
        return fields_fixed64(fields, &one->point->time_ns);
    default:
        *taken = false;
        return true;
    }
}

static bool metrics_number(struct metrics_one *one, struct fields *fields, uint32_t tag)
{
    struct metric_point *point = one->point;
    uint64_t bits = 0;
    switch (tag) {
    case TAG_FIXED64(4):
        point->valued = true;
        return metrics_double(fields, &point->value);
    case TAG_FIXED64(6):
        point->valued = true;
        if (!fields_fixed64(fields, &bits)) {
            return false;
        }
        point->value = (double)(int64_t)bits;
        return true;
    case TAG_BYTES(7):
        return otlp_read_attrs(one->read, fields, tag, &one->attrs, OTLP_DEPTH_POINT);
    case TAG_VARINT(8):
        return otlp_read_u32(fields, &point->flags);
    default:
        return otlp_fields_other(fields, tag, 0);
    }
}

static bool metrics_histogram(struct metrics_one *one, struct fields *fields, uint32_t tag)
{
    struct metric_point *point = one->point;
    switch (tag) {
    case TAG_FIXED64(4):
        return fields_fixed64(fields, &point->count);
    case TAG_FIXED64(5):
        point->summed = true;
        return metrics_double(fields, &point->sum);
    case TAG_BYTES(9):
        return otlp_read_attrs(one->read, fields, tag, &one->attrs, OTLP_DEPTH_POINT);
    case TAG_VARINT(10):
        return otlp_read_u32(fields, &point->flags);
    default:
        return otlp_fields_other(fields, tag, 0);
    }
}

static bool metrics_buckets(struct otlp_read *read, struct fields *outer,
                            struct metric_buckets *buckets)
{
    struct slice message;
    uint32_t tag;
    if (!fields_bytes(outer, &message)) {
        return false;
    }
    struct fields fields = fields_of(message);
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool good = tag == TAG_VARINT(1) ? metrics_sint(&fields, &buckets->offset)
                                         : otlp_fields_other(&fields, tag, 0);
        if (!good) {
            return false;
        }
    }
    return metrics_list(read, message, 2, LIST_VARINT, &buckets->counts);
}

static bool metrics_exponential(struct metrics_one *one, struct fields *fields, uint32_t tag)
{
    struct metric_point *point = one->point;
    switch (tag) {
    case TAG_BYTES(1):
        return otlp_read_attrs(one->read, fields, tag, &one->attrs, OTLP_DEPTH_POINT);
    case TAG_FIXED64(4):
        return fields_fixed64(fields, &point->count);
    case TAG_FIXED64(5):
        point->summed = true;
        return metrics_double(fields, &point->sum);
    case TAG_VARINT(6):
        return metrics_sint(fields, &point->scale);
    case TAG_FIXED64(7):
        return fields_fixed64(fields, &point->zero_count);
    case TAG_BYTES(8):
        return metrics_buckets(one->read, fields, &point->positive);
    case TAG_BYTES(9):
        return metrics_buckets(one->read, fields, &point->negative);
    case TAG_VARINT(10):
        return otlp_read_u32(fields, &point->flags);
    case TAG_FIXED64(14):
        return metrics_double(fields, &point->zero_threshold);
    default:
        return otlp_fields_other(fields, tag, 0);
    }
}

static bool metrics_summary(struct metrics_one *one, struct fields *fields, uint32_t tag)
{
    struct metric_point *point = one->point;
    switch (tag) {
    case TAG_FIXED64(4):
        return fields_fixed64(fields, &point->count);
    case TAG_FIXED64(5):
        point->summed = true;
        return metrics_double(fields, &point->sum);
    case TAG_BYTES(7):
        return otlp_read_attrs(one->read, fields, tag, &one->attrs, OTLP_DEPTH_POINT);
    case TAG_VARINT(8):
        return otlp_read_u32(fields, &point->flags);
    default:
        return otlp_fields_other(fields, tag, 0);
    }
}

/* The quantiles of a summary's point, each a message of two numbers. */
static bool metrics_quantiles(struct otlp_read *read, struct slice message,
                              struct metric_point *point)
{
    size_t count = otlp_fields_count(message, TAG_BYTES(6));
    struct fields fields = fields_of(message);
    struct slice part;
    if (count == 0) {
        return true;
    }
    double *quantiles = arena_alloc_array(read->arena, count, sizeof(*quantiles));
    double *values = arena_alloc_array(read->arena, count, sizeof(*values));
    if (quantiles == NULL || values == NULL) {
        return false;
    }
    size_t at = 0;
    while (at < count && otlp_read_part(&fields, TAG_BYTES(6), &part)) {
        struct fields inner = fields_of(part);
        uint32_t tag;
        while ((tag = fields_tag(&inner)) != FIELDS_END) {
            bool good = tag == TAG_FIXED64(1)   ? metrics_double(&inner, &quantiles[at])
                        : tag == TAG_FIXED64(2) ? metrics_double(&inner, &values[at])
                                                : otlp_fields_other(&inner, tag, 0);
            if (!good) {
                return false;
            }
        }
        at++;
    }
    point->quantiles = (struct metric_doubles){quantiles, at};
    point->values = (struct metric_doubles){values, at};
    return true;
}

/* What a point has beside its fields of one number. */
static bool metrics_lists(struct metrics_one *one, struct slice message)
{
    struct metric_point *point = one->point;
    switch (one->metric->kind) {
    case METRIC_HISTOGRAM:
        return metrics_list(one->read, message, 6, LIST_FIXED64, &point->counts) &&
               metrics_doubles(one->read, message, 7, &point->bounds);
    case METRIC_SUMMARY:
        return metrics_quantiles(one->read, message, point);
    case METRIC_NONE:
    case METRIC_GAUGE:
    case METRIC_SUM:
    case METRIC_EXPONENTIAL:
        break;
    }
    return true;
}

typedef bool metrics_field(struct metrics_one *one, struct fields *fields, uint32_t tag);

static metrics_field *metrics_field_of(enum metric_kind kind)
{
    switch (kind) {
    case METRIC_HISTOGRAM:
        return metrics_histogram;
    case METRIC_EXPONENTIAL:
        return metrics_exponential;
    case METRIC_SUMMARY:
        return metrics_summary;
    case METRIC_NONE:
    case METRIC_GAUGE:
    case METRIC_SUM:
        break;
    }
    return metrics_number;
}

static bool metrics_point(struct otlp_read *read, struct metric *metric, struct slice message,
                          struct metric_point *point)
{
    struct metrics_one one = {.read = read, .metric = metric, .point = point};
    metrics_field *field = metrics_field_of(metric->kind);
    struct fields fields = fields_of(message);
    uint32_t tag;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool taken;
        if (!metrics_common(&one, &fields, tag, &taken) || (!taken && !field(&one, &fields, tag))) {
            return false;
        }
    }
    if (!otlp_read_settle(read) || !metrics_lists(&one, message)) {
        return false;
    }
    read->attrs_expected = one.attrs.count;
    point->attrs.items = one.attrs.items;
    point->attrs.count = one.attrs.count;
    return true;
}

/* ---- Metrics. ---- */

/* The message of a metric's data: what it says beside its points. */
static bool metrics_data(struct metric *metric, struct slice data)
{
    struct fields fields = fields_of(data);
    uint64_t number = 0;
    uint32_t tag;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool good = true;
        if (tag == TAG_VARINT(2)) {
            good = fields_varint(&fields, &number);
            metric->temporality = number == METRIC_DELTA        ? METRIC_DELTA
                                  : number == METRIC_CUMULATIVE ? METRIC_CUMULATIVE
                                                                : METRIC_UNSPECIFIED;
        } else if (tag == TAG_VARINT(3) && metric->kind == METRIC_SUM) {
            good = fields_varint(&fields, &number);
            metric->monotonic = number != 0;
        } else {
            good = otlp_fields_other(&fields, tag, 0);
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

static bool metrics_points(struct otlp_read *read, struct metric *metric, struct slice data)
{
    size_t count = otlp_fields_count(data, TAG_BYTES(1));
    struct fields fields = fields_of(data);
    struct slice part;
    struct metric_point *points =
        count > 0 ? arena_alloc_array(read->arena, count, sizeof(*points)) : NULL;
    if (count == 0) {
        return true;
    }
    if (points == NULL) {
        return false;
    }
    while (metric->point_count < count && otlp_read_part(&fields, TAG_BYTES(1), &part)) {
        if (!metrics_point(read, metric, part, &points[metric->point_count])) {
            return false;
        }
        metric->point_count++;
    }
    metric->points = points;
    return metric->point_count == count;
}

static enum metric_kind metrics_kind(uint32_t tag)
{
    switch (tag) {
    case TAG_BYTES(5):
        return METRIC_GAUGE;
    case TAG_BYTES(7):
        return METRIC_SUM;
    case TAG_BYTES(9):
        return METRIC_HISTOGRAM;
    case TAG_BYTES(10):
        return METRIC_EXPONENTIAL;
    case TAG_BYTES(11):
        return METRIC_SUMMARY;
    default:
        return METRIC_NONE;
    }
}

static bool metrics_metric(struct otlp_read *read, struct slice source)
{
    struct metric *metrics = read->records;
    struct metric *metric = &metrics[read->batch->metric_count];
    struct fields fields = fields_of(source);
    struct slice data = SLICE_EMPTY;
    uint32_t tag;
    if (read->scope->agent) {
        return true; /* The collector derives its own. */
    }
    *metric = (struct metric){.resource = read->resource, .scope = read->scope};
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        enum metric_kind kind = metrics_kind(tag);
        bool good = kind != METRIC_NONE   ? fields_bytes(&fields, &data)
                    : tag == TAG_BYTES(1) ? fields_bytes(&fields, &metric->name)
                    : tag == TAG_BYTES(2) ? fields_bytes(&fields, &metric->description)
                    : tag == TAG_BYTES(3) ? fields_bytes(&fields, &metric->unit)
                                          : otlp_fields_other(&fields, tag, 0);
        if (!good) {
            return false;
        }
        metric->kind = kind != METRIC_NONE ? kind : metric->kind;
    }
    if (!metrics_data(metric, data) || !metrics_points(read, metric, data)) {
        return false;
    }
    read->batch->metric_count++;
    read->batch->point_count += metric->point_count;
    return true;
}

bool otlp_metrics_decode(struct slice body, struct arena *arena, struct batch *batch)
{
    struct otlp_read read = {.arena = arena, .batch = batch, .record = metrics_metric};
    const struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    if (guard_check(body, SCHEMA_METRICS_REQUEST, &limits, &report) != GUARD_OK) {
        return false;
    }
    struct metric *metrics = arena_alloc_array(arena, otlp_read_count(body) + 1, sizeof(*metrics));
    if (metrics == NULL) {
        return false;
    }
    read.records = metrics;
    batch->metrics = metrics;
    return otlp_read_body(&read, body);
}
