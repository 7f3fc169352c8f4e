/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/histogram.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* --- bounds ----------------------------------------------------------------------------------- */

/* The upper bound of a bucket: 2^(index * 2^-schema), and the largest double where that is 2^1024.
 */
static double bound(int32_t index, int32_t schema)
{
    if (schema <= 0) {
        int64_t exponent = (int64_t)index * (INT64_C(1) << -schema);
        if (exponent == 1024) {
            return DBL_MAX;
        }
        exponent = exponent > 2000 ? 2000 : exponent < -2000 ? -2000 : exponent;
        return ldexp(1, (int)exponent);
    }
    int32_t steps = INT32_C(1) << schema;
    int32_t part = index & (steps - 1);
    int32_t exponent = index >> schema;
    if (part == 0 && exponent == 1024) {
        return DBL_MAX;
    }
    exponent = exponent > 2000 ? 2000 : exponent < -2000 ? -2000 : exponent;
    return ldexp(exp2((double)part / steps), exponent);
}

bool histogram_walk_next(struct histogram_walk *walk, struct histogram_range *range)
{
    const struct native_histogram *histogram = walk->histogram;
    size_t zero = histogram->zero_count > 0 ? 1 : 0;
    size_t all = histogram->negative_count + zero + histogram->positive_count;
    if (walk->visited >= all) {
        return false;
    }
    size_t at = walk->downwards ? all - 1 - walk->visited : walk->visited;
    walk->visited++;
    if (at < histogram->negative_count) {
        const struct histogram_bucket *bucket =
            &histogram->negative[histogram->negative_count - 1 - at];
        range->lower = -bound(bucket->index, histogram->schema);
        range->upper = -bound(bucket->index - 1, histogram->schema);
        range->count = bucket->count;
        return true;
    }
    at -= histogram->negative_count;
    if (at < zero) {
        range->lower = -histogram->zero_threshold;
        range->upper = histogram->zero_threshold;
        range->count = histogram->zero_count;
        return true;
    }
    const struct histogram_bucket *bucket = &histogram->positive[at - zero];
    range->lower = bound(bucket->index - 1, histogram->schema);
    range->upper = bound(bucket->index, histogram->schema);
    range->count = bucket->count;
    return true;
}

/* --- schemas ---------------------------------------------------------------------------------- */

static int32_t coarser_index(int32_t index, int32_t levels)
{
    return ((index - 1) >> levels) + 1;
}

/* --- the bucket of zero ----------------------------------------------------------------------- */

/* What of one side is within a threshold: its count, and a bucket that the threshold would cut
 * makes it larger (true). */
static bool count_within(const struct histogram_bucket *buckets, size_t size, int32_t schema,
                         double *threshold, double *count)
{
    for (size_t i = 0; i < size; i++) {
        if (bound(buckets[i].index - 1, schema) >= *threshold) {
            return false;
        }
        *count += buckets[i].count;
        double upper = bound(buckets[i].index, schema);
        if (upper > *threshold) {
            bool cut = buckets[i].count != 0;
            *threshold = cut ? upper : *threshold;
            return cut;
        }
    }
    return false;
}

/* The count of zero of a histogram under a threshold that is not smaller than its own. */
static double zero_within(const struct native_histogram *histogram, double *threshold)
{
    if (*threshold == histogram->zero_threshold) {
        return histogram->zero_count;
    }
    for (;;) {
        double count = histogram->zero_count;
        (void)count_within(histogram->positive, histogram->positive_count, histogram->schema,
                           threshold, &count);
        if (!count_within(histogram->negative, histogram->negative_count, histogram->schema,
                          threshold, &count)) {
            return count;
        }
    }
}

/* One threshold for both, and their counts of zero under it. */
static double common_zero(const struct native_histogram *one, const struct native_histogram *other,
                          double *one_count, double *other_count)
{
    double threshold =
        one->zero_threshold > other->zero_threshold ? one->zero_threshold : other->zero_threshold;
    for (;;) {
        double before = threshold;
        *one_count = zero_within(one, &threshold);
        *other_count = zero_within(other, &threshold);
        if (threshold == before) {
            return threshold;
        }
    }
}

/* --- merging ---------------------------------------------------------------------------------- */

struct side {
    const struct histogram_bucket *items;
    size_t count;
    int32_t schema;
};

/* The next bucket of a side in a coarser schema that is not within the bucket of zero. */
static bool take(struct side *side, int32_t schema, double threshold,
                 struct histogram_bucket *bucket)
{
    bool any = false;
    while (side->count > 0) {
        int32_t index = coarser_index(side->items[0].index, side->schema - schema);
        if (any && index != bucket->index) {
            break;
        }
        if (bound(side->items[0].index - 1, side->schema) >= threshold) {
            *bucket =
                (struct histogram_bucket){index, (any ? bucket->count : 0) + side->items[0].count};
            any = true;
        }
        side->items++;
        side->count--;
    }
    return any;
}

static void put(struct histogram_buckets *target, int32_t index, double count)
{
    if (count != 0) {
        target->items[target->count++] = (struct histogram_bucket){index, count};
    }
}

/* one + sign * other into target, which has room for both. */
static void merge_sides(struct side one, struct side other, double sign, int32_t schema,
                        double threshold, struct histogram_buckets *target)
{
    struct histogram_bucket left = {0}, right = {0};
    bool has_left = take(&one, schema, threshold, &left);
    bool has_right = take(&other, schema, threshold, &right);
    target->count = 0;
    while (has_left || has_right) {
        bool use_left = has_left && (!has_right || left.index <= right.index);
        bool use_right = has_right && (!has_left || right.index <= left.index);
        double count = (use_left ? left.count : 0) + (use_right ? sign * right.count : 0);
        put(target, use_left ? left.index : right.index, count);
        has_left = use_left ? take(&one, schema, threshold, &left) : has_left;
        has_right = use_right ? take(&other, schema, threshold, &right) : has_right;
    }
}

static struct side positive_of(const struct native_histogram *histogram)
{
    return (struct side){histogram->positive, histogram->positive_count, histogram->schema};
}

static struct side negative_of(const struct native_histogram *histogram)
{
    return (struct side){histogram->negative, histogram->negative_count, histogram->schema};
}

static bool make_room(struct histogram_buckets *buckets, size_t count, struct arena *arena)
{
    if (count > buckets->capacity) {
        size_t capacity = count + count / 2;
        buckets->items = arena_alloc_array(arena, capacity, sizeof(*buckets->items));
        buckets->capacity = buckets->items == NULL ? 0 : capacity;
    }
    return count <= buckets->capacity;
}

/* one + sign * other, with its buckets in these two buffers. */
static void combine(const struct native_histogram *one, const struct native_histogram *other,
                    double sign, struct histogram_buckets *positive,
                    struct histogram_buckets *negative, struct native_histogram *made)
{
    int32_t schema = one->schema < other->schema ? one->schema : other->schema;
    double one_zero = 0, other_zero = 0;
    double threshold = common_zero(one, other, &one_zero, &other_zero);
    merge_sides(positive_of(one), positive_of(other), sign, schema, threshold, positive);
    merge_sides(negative_of(one), negative_of(other), sign, schema, threshold, negative);
    *made = (struct native_histogram){.schema = schema,
                                      .zero_threshold = threshold,
                                      .zero_count = one_zero + sign * other_zero,
                                      .count = one->count + sign * other->count,
                                      .sum = one->sum + sign * other->sum,
                                      .positive = positive->items,
                                      .positive_count = positive->count,
                                      .negative = negative->items,
                                      .negative_count = negative->count};
}

const struct native_histogram *histogram_plus(const struct native_histogram *one,
                                              const struct native_histogram *other, double sign,
                                              struct arena *arena)
{
    struct histogram_buckets positive = {0}, negative = {0};
    struct native_histogram *made = arena_alloc(arena, sizeof(*made));
    if (made == NULL || !make_room(&positive, one->positive_count + other->positive_count, arena) ||
        !make_room(&negative, one->negative_count + other->negative_count, arena)) {
        return NULL;
    }
    combine(one, other, sign, &positive, &negative, made);
    return made;
}

const struct native_histogram *histogram_coarser(const struct native_histogram *histogram,
                                                 int32_t schema, struct arena *arena)
{
    const struct native_histogram nothing = {.schema = schema,
                                             .zero_threshold = histogram->zero_threshold};
    return schema >= histogram->schema ? histogram : histogram_plus(histogram, &nothing, 1, arena);
}

static struct histogram_bucket *scale_side(const struct histogram_bucket *items, size_t *count,
                                           double factor, struct arena *arena)
{
    if (*count == 0) {
        return NULL;
    }
    struct histogram_bucket *scaled = arena_alloc_array(arena, *count, sizeof(*scaled));
    size_t kept = 0;
    for (size_t i = 0; i < *count && scaled != NULL; i++) {
        double value = items[i].count * factor;
        if (value != 0) {
            scaled[kept++] = (struct histogram_bucket){items[i].index, value};
        }
    }
    *count = kept;
    return scaled;
}

const struct native_histogram *histogram_scaled(const struct native_histogram *histogram,
                                                double factor, struct arena *arena)
{
    struct native_histogram *made = arena_alloc(arena, sizeof(*made));
    if (made == NULL) {
        return NULL;
    }
    *made = *histogram;
    made->zero_count *= factor;
    made->count *= factor;
    made->sum *= factor;
    made->positive = scale_side(histogram->positive, &made->positive_count, factor, arena);
    made->negative = scale_side(histogram->negative, &made->negative_count, factor, arena);
    if ((made->positive == NULL && made->positive_count > 0) ||
        (made->negative == NULL && made->negative_count > 0)) {
        return NULL;
    }
    return made;
}

/* --- sums ------------------------------------------------------------------------------------- */

void histogram_sum_begin(struct histogram_sum *sum, struct arena *arena)
{
    sum->arena = arena;
    sum->count = 0;
    sum->observed = (struct kahan){0};
    sum->total = (struct native_histogram){0};
}

bool histogram_sum_add_one(struct histogram_sum *sum, const struct native_histogram *histogram)
{
    size_t positive = sum->total.positive_count + histogram->positive_count;
    size_t negative = sum->total.negative_count + histogram->negative_count;
    if (!make_room(&sum->positive[1], positive, sum->arena) ||
        !make_room(&sum->negative[1], negative, sum->arena)) {
        return false;
    }
    if (sum->count == 0) {
        sum->total = (struct native_histogram){.schema = histogram->schema,
                                               .zero_threshold = histogram->zero_threshold};
    }
    struct native_histogram made;
    combine(&sum->total, histogram, 1, &sum->positive[1], &sum->negative[1], &made);
    struct histogram_buckets spare = sum->positive[0];
    sum->positive[0] = sum->positive[1];
    sum->positive[1] = spare;
    spare = sum->negative[0];
    sum->negative[0] = sum->negative[1];
    sum->negative[1] = spare;
    kahan_add(&sum->observed, histogram->sum);
    made.sum = kahan_value(&sum->observed);
    sum->total = made;
    sum->count++;
    return true;
}

const struct native_histogram *histogram_sum_end(struct histogram_sum *sum, double factor)
{
    return histogram_scaled(&sum->total, factor, sum->arena);
}

/* --- comparing -------------------------------------------------------------------------------- */

static bool same_number(double one, double other)
{
    return memcmp(&one, &other, sizeof(one)) == 0;
}

static bool same_side(struct side one, struct side other)
{
    struct histogram_bucket left = {0}, right = {0};
    for (;;) {
        bool has_left = false, has_right = false;
        do {
            has_left = take(&one, one.schema, -1, &left);
        } while (has_left && left.count == 0);
        do {
            has_right = take(&other, other.schema, -1, &right);
        } while (has_right && right.count == 0);
        if (!has_left || !has_right) {
            return has_left == has_right;
        }
        if (left.index != right.index || !same_number(left.count, right.count)) {
            return false;
        }
    }
}

bool histogram_equal(const struct native_histogram *one, const struct native_histogram *other)
{
    return one->schema == other->schema && same_number(one->count, other->count) &&
           same_number(one->sum, other->sum) && one->zero_threshold == other->zero_threshold &&
           same_number(one->zero_count, other->zero_count) &&
           same_side(positive_of(one), positive_of(other)) &&
           same_side(negative_of(one), negative_of(other));
}

/* Whether a bucket of the earlier side counts more than that of the later one. */
static bool side_was_reset(struct side earlier, struct side later, int32_t schema, double threshold)
{
    struct histogram_bucket before = {0}, after = {0};
    bool has_after = take(&later, schema, threshold, &after);
    while (take(&earlier, schema, threshold, &before)) {
        while (has_after && after.index < before.index) {
            has_after = take(&later, schema, threshold, &after);
        }
        double count = has_after && after.index == before.index ? after.count : 0;
        if (count < before.count) {
            return true;
        }
    }
    return false;
}

bool histogram_was_reset(const struct native_histogram *earlier,
                         const struct native_histogram *later)
{
    if (later->count < earlier->count || later->schema > earlier->schema ||
        later->zero_threshold < earlier->zero_threshold) {
        return true;
    }
    double threshold = later->zero_threshold;
    double before = zero_within(earlier, &threshold);
    if (threshold != later->zero_threshold || later->zero_count < before) {
        return true;
    }
    return side_was_reset(positive_of(earlier), positive_of(later), later->schema, threshold) ||
           side_was_reset(negative_of(earlier), negative_of(later), later->schema, threshold);
}
