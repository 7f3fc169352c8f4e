/* SPDX-License-Identifier: Apache-2.0 */
#include "series/series_private.h"

#include <string.h>

/* OTLP's finest; beyond it buckets are narrower than doubles are. */
#define SHAPE_SCALE_OTLP 20

/* The numbers in front of the buckets. */
enum { SHAPE_COUNT, SHAPE_SUM, SHAPE_ZERO, SHAPE_BUCKETS };

/* One side of a shape. */
struct shape_side {
    int64_t offset, count;
};

/* A bucket's index at a scale that is so much coarser. */
static int64_t shape_coarser(int64_t index, unsigned by)
{
    return index >> by;
}

static struct shape_side side_coarser(struct shape_side side, unsigned by)
{
    if (side.count == 0) {
        return (struct shape_side){0, 0};
    }
    int64_t first = shape_coarser(side.offset, by);
    return (struct shape_side){first, shape_coarser(side.offset + side.count - 1, by) - first + 1};
}

static struct shape_side side_join(struct shape_side one, struct shape_side other)
{
    if (one.count == 0 || other.count == 0) {
        return one.count == 0 ? other : one;
    }
    int64_t first = one.offset < other.offset ? one.offset : other.offset;
    int64_t end_one = one.offset + one.count;
    int64_t end_other = other.offset + other.count;
    return (struct shape_side){first, (end_one > end_other ? end_one : end_other) - first};
}

/* Two sides as a shape, coarser if they would be too wide. */
static bool shape_fit(struct shape_side positive, struct shape_side negative, int32_t scale,
                      struct chunk_shape *shape)
{
    while (positive.count + negative.count + SHAPE_BUCKETS > SERIES_WIDTH_MAX ||
           scale > SERIES_SCALE_MAX) {
        if (scale <= SERIES_SCALE_MIN) {
            return false;
        }
        positive = side_coarser(positive, 1);
        negative = side_coarser(negative, 1);
        scale--;
    }
    if (scale < SERIES_SCALE_MIN || positive.offset < INT32_MIN || positive.offset > INT32_MAX ||
        negative.offset < INT32_MIN || negative.offset > INT32_MAX) {
        return false;
    }
    shape->scale = scale;
    shape->positive_offset = (int32_t)positive.offset;
    shape->positive_count = (uint16_t)positive.count;
    shape->negative_offset = (int32_t)negative.offset;
    shape->negative_count = (uint16_t)negative.count;
    return true;
}

/* The buckets of a side that count anything: the others say nothing. */
static struct shape_side side_of(const struct metric_buckets *buckets)
{
    size_t first = 0;
    size_t end = buckets->counts.count;
    while (end > 0 && buckets->counts.items[end - 1] == 0) {
        end--;
    }
    while (first < end && buckets->counts.items[first] == 0) {
        first++;
    }
    return first == end ? (struct shape_side){0, 0}
                        : (struct shape_side){(int64_t)buckets->offset + (int64_t)first,
                                              (int64_t)(end - first)};
}

bool series_shape_of(const struct metric_point *point, struct chunk_shape *shape)
{
    memset(shape, 0, sizeof(*shape));
    shape->zero_threshold = point->zero_threshold;
    return point->scale <= SHAPE_SCALE_OTLP &&
           shape_fit(side_of(&point->positive), side_of(&point->negative), point->scale, shape);
}

static void values_of_side(const struct metric_buckets *buckets, unsigned by, int64_t offset,
                           double *values)
{
    for (size_t i = 0; i < buckets->counts.count; i++) {
        if (buckets->counts.items[i] > 0) {
            int64_t index = shape_coarser((int64_t)buckets->offset + (int64_t)i, by);
            values[index - offset] += (double)buckets->counts.items[i];
        }
    }
}

void series_shape_values(const struct metric_point *point, const struct chunk_shape *shape,
                         double *values)
{
    unsigned by = (unsigned)(point->scale - shape->scale);
    memset(values, 0, series_shape_width(shape) * sizeof(values[0]));
    values[SHAPE_COUNT] = (double)point->count;
    values[SHAPE_SUM] = point->sum;
    values[SHAPE_ZERO] = (double)point->zero_count;
    values_of_side(&point->positive, by, shape->positive_offset, values + SHAPE_BUCKETS);
    values_of_side(&point->negative, by, shape->negative_offset,
                   values + SHAPE_BUCKETS + shape->positive_count);
}

static struct shape_side shape_positive(const struct chunk_shape *shape, int32_t scale)
{
    return side_coarser((struct shape_side){shape->positive_offset, shape->positive_count},
                        (unsigned)(shape->scale - scale));
}

static struct shape_side shape_negative(const struct chunk_shape *shape, int32_t scale)
{
    return side_coarser((struct shape_side){shape->negative_offset, shape->negative_count},
                        (unsigned)(shape->scale - scale));
}

bool series_shape_join(const struct chunk_shape *one, const struct chunk_shape *other,
                       struct chunk_shape *joined)
{
    int32_t scale = one->scale < other->scale ? one->scale : other->scale;
    memset(joined, 0, sizeof(*joined));
    joined->zero_threshold =
        one->zero_threshold > other->zero_threshold ? one->zero_threshold : other->zero_threshold;
    return shape_fit(side_join(shape_positive(one, scale), shape_positive(other, scale)),
                     side_join(shape_negative(one, scale), shape_negative(other, scale)), scale,
                     joined);
}

bool series_shape_same(const struct chunk_shape *one, const struct chunk_shape *other)
{
    return one->scale == other->scale && one->positive_count == other->positive_count &&
           one->negative_count == other->negative_count &&
           (one->positive_count == 0 || one->positive_offset == other->positive_offset) &&
           (one->negative_count == 0 || one->negative_offset == other->negative_offset) &&
           memcmp(&one->zero_threshold, &other->zero_threshold, sizeof(double)) == 0;
}

static void add_side(const double *from, int64_t offset, unsigned count, unsigned by,
                     int64_t to_offset, double *to)
{
    for (unsigned i = 0; i < count; i++) {
        to[shape_coarser(offset + i, by) - to_offset] += from[i];
    }
}

void series_shape_add(const struct chunk_shape *from, const double *values,
                      const struct chunk_shape *to, double *sums)
{
    unsigned by = (unsigned)(from->scale - to->scale);
    for (unsigned i = 0; i < SHAPE_BUCKETS; i++) {
        sums[i] += values[i];
    }
    add_side(values + SHAPE_BUCKETS, from->positive_offset, from->positive_count, by,
             to->positive_offset, sums + SHAPE_BUCKETS);
    add_side(values + SHAPE_BUCKETS + from->positive_count, from->negative_offset,
             from->negative_count, by, to->negative_offset,
             sums + SHAPE_BUCKETS + to->positive_count);
}
