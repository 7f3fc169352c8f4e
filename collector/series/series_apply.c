/* SPDX-License-Identifier: Apache-2.0 */
#include "series/series_private.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "proto/names.h"
#include "series/metric_name.h"

#include <stdlib.h>
#include <string.h>

/* The count and the sum stand in front of buckets and quantiles. */
enum { APPLY_COUNT, APPLY_SUM, APPLY_PARTS };

/* The points of one metric while they are taken in. */
struct apply {
    struct series_store *store;
    const struct metric *source;
    const struct resource *resource; /* Whose labels these are: */
    struct series_labels sender;     /* */
    int64_t arrival_ms;
    enum series_kind kind;
    struct slice name;
    bool delta;
};

/* One of them. */
struct apply_point {
    const struct metric_point *point;
    struct series_key key;
    struct chunk_shape shape;
    double *values;            /* As many as the key's width. */
    int64_t time_ms, start_ms; /* start_ms: 0 where it is not told. */
};

static void apply_refuse(const struct apply *apply, enum series_reason reason, uint64_t count)
{
    struct slice name = apply->name.size > 0 ? apply->name : apply->source->name;
    series_refuse(apply->store, reason, series_labels_owner(&apply->sender), name, count);
}

static int64_t apply_ms(uint64_t time_ns)
{
    return (int64_t)(time_ns / CLOCK_NS_PER_MS);
}

/* ---- What a point says. ---- */

static bool apply_ascend(struct metric_doubles bounds)
{
    for (size_t i = 1; i < bounds.count; i++) {
        if (!(bounds.items[i - 1] < bounds.items[i])) {
            return false;
        }
    }
    return true;
}

static bool apply_histogram(struct apply_point *one)
{
    const struct metric_point *point = one->point;
    size_t count = point->counts.count;
    if ((count > 0 && count != point->bounds.count + 1) || count + APPLY_PARTS > SERIES_WIDTH_MAX ||
        !apply_ascend(point->bounds)) {
        return false;
    }
    one->values[APPLY_COUNT] = (double)point->count;
    one->values[APPLY_SUM] = point->sum;
    for (size_t i = 0; i < count; i++) {
        one->values[APPLY_PARTS + i] = (double)point->counts.items[i];
    }
    one->key.width = (uint16_t)(APPLY_PARTS + count);
    one->key.bounds = point->bounds.items;
    one->key.bound_count = (uint16_t)(count > 0 ? count - 1 : 0);
    return true;
}

static bool apply_summary(struct apply_point *one)
{
    const struct metric_point *point = one->point;
    size_t count = point->quantiles.count;
    if (count + APPLY_PARTS > SERIES_WIDTH_MAX || !apply_ascend(point->quantiles)) {
        return false;
    }
    one->values[APPLY_COUNT] = (double)point->count;
    one->values[APPLY_SUM] = point->sum;
    for (size_t i = 0; i < count; i++) {
        one->values[APPLY_PARTS + i] = point->values.items[i];
    }
    one->key.width = (uint16_t)(APPLY_PARTS + count);
    one->key.bounds = point->quantiles.items;
    one->key.bound_count = (uint16_t)count;
    return true;
}

static bool apply_exponential(struct apply_point *one)
{
    if (!series_shape_of(one->point, &one->shape)) {
        return false;
    }
    series_shape_values(one->point, &one->shape, one->values);
    one->key.width = (uint16_t)series_shape_width(&one->shape);
    one->key.shape = &one->shape;
    return true;
}

static bool apply_values(const struct apply *apply, struct apply_point *one)
{
    switch (apply->kind) {
    case SERIES_GAUGE:
    case SERIES_COUNTER:
        one->values[0] = one->point->value;
        one->key.width = 1;
        return true;
    case SERIES_HISTOGRAM:
        return apply_histogram(one);
    case SERIES_SUMMARY:
        return apply_summary(one);
    case SERIES_EXPONENTIAL:
        return apply_exponential(one);
    case SERIES_KIND_COUNT:
        break;
    }
    return false;
}

/* ---- Into a series that there is. ---- */

/* What grows from zero: its first value was an increase, too. */
static bool apply_grows(enum series_kind kind)
{
    return kind == SERIES_COUNTER || kind == SERIES_HISTOGRAM || kind == SERIES_EXPONENTIAL;
}

/* Numbers that are all zero, in the second half of the scratch memory. */
static const double *apply_zeros(struct series_store *store, unsigned width)
{
    double *zeros = store->scratch + SERIES_WIDTH_MAX;
    memset(zeros, 0, width * sizeof(zeros[0]));
    return zeros;
}

/* Where a new counter was zero; SERIES_NEVER: that is not known. */
static int64_t apply_zero_ms(const struct apply *apply, const struct apply_point *one)
{
    int64_t step_ms = one->time_ms - SERIES_ZERO_STEP_MS;
    bool told = one->start_ms > 0 && one->start_ms <= one->time_ms;
    if (!apply->delta && (!told || one->time_ms - one->start_ms > SERIES_ZERO_START_MS)) {
        return SERIES_NEVER;
    }
    return told && one->start_ms < step_ms ? one->start_ms : step_ms;
}

/* Whether the end of an interval is one of the latest; else it is from now on.  *late: it is before
 * all that are remembered. */
static bool apply_seen(struct series_row *row, uint64_t end_ns, bool *late)
{
    size_t least = 0;
    for (size_t i = 0; i < SERIES_RECENT_COUNT; i++) {
        if (row->recent[i] == end_ns) {
            return true;
        }
        least = row->recent[i] < row->recent[least] ? i : least;
    }
    *late = end_ns < row->recent[least];
    if (!*late) {
        row->recent[least] = end_ns;
    }
    return false;
}

static bool apply_same(void *context, const struct series_sample *sample)
{
    const struct apply_point *one = context;
    return memcmp(&sample->values[0], &one->values[0], sizeof(double)) != 0;
}

/* A point that is not later than what there is: it came again, or too late. */
static void apply_past(const struct apply *apply, const struct apply_point *one, uint32_t number)
{
    struct apply_point copy = *one;
    if (series_samples(apply->store, number, one->time_ms, one->time_ms, apply_same, &copy)) {
        apply_refuse(apply, SERIES_OLD, 1);
    } else {
        apply->store->stats.repeated++;
    }
}

/* Bring a point's numbers into the shape of its row, or both into one. */
static bool apply_shape(struct series_store *store, struct series_row *row, struct apply_point *one)
{
    struct chunk_shape joined;
    double sums[SERIES_WIDTH_MAX];
    if (!series_shape_join(row->shape, &one->shape, &joined)) {
        return false;
    }
    unsigned width = series_shape_width(&joined);
    if (!series_shape_same(row->shape, &joined)) {
        memset(sums, 0, width * sizeof(sums[0]));
        series_shape_add(row->shape, row->values, &joined, sums);
        if (!series_keep_reshape(store, row, &joined, sums)) {
            return false;
        }
    }
    memset(sums, 0, width * sizeof(sums[0]));
    series_shape_add(&one->shape, one->values, &joined, sums);
    memcpy(one->values, sums, width * sizeof(sums[0]));
    one->shape = joined;
    one->key.width = (uint16_t)width;
    return true;
}

/* Add an interval's numbers to those that there are. */
static bool apply_delta(const struct apply *apply, const struct apply_point *one,
                        struct series_row *row)
{
    for (unsigned i = 0; i < row->width; i++) {
        one->values[i] += row->values[i];
    }
    if (one->time_ms > row->pending_ms) {
        return series_keep_put(apply->store, row, one->time_ms, one->values, false);
    }
    /* It is late: the latest sample has it, too. */
    memcpy(row->values, one->values, row->width * sizeof(row->values[0]));
    return true;
}

/* A counter that began again, and has reached more than it had, is shown to have been zero. */
static bool apply_restart(const struct apply *apply, const struct apply_point *one,
                          struct series_row *row)
{
    bool again = row->start_ns > 0 && one->point->start_ns > row->start_ns;
    int64_t zero_ms = one->start_ms > row->pending_ms ? one->start_ms : row->pending_ms + 1;
    if (!apply_grows(apply->kind) || !again || one->values[0] < row->values[0] ||
        zero_ms >= one->time_ms) {
        return true;
    }
    return series_keep_put(apply->store, row, zero_ms, apply_zeros(apply->store, row->width), true);
}

static bool apply_cumulative(const struct apply *apply, const struct apply_point *one,
                             struct series_row *row, bool apart)
{
    bool good = apply_restart(apply, one, row);
    row->start_ns = one->point->start_ns;
    return good && series_keep_put(apply->store, row, one->time_ms, one->values, apart);
}

/* The first sample of a series, and the zero in front of it. */
static bool apply_first(const struct apply *apply, const struct apply_point *one,
                        struct series_row *row)
{
    int64_t zero_ms = apply_grows(apply->kind) ? apply_zero_ms(apply, one) : SERIES_NEVER;
    row->start_ns = one->point->start_ns;
    if (zero_ms != SERIES_NEVER &&
        !series_keep_put(apply->store, row, zero_ms, apply_zeros(apply->store, row->width), true)) {
        return false;
    }
    return series_keep_put(apply->store, row, one->time_ms, one->values, true);
}

/* Remember the ends of intervals from now on. */
static bool apply_remember(const struct apply *apply, struct series_row *row)
{
    if (apply->delta && row->recent == NULL) {
        row->recent = calloc(SERIES_RECENT_COUNT, sizeof(row->recent[0]));
    }
    return !apply->delta || row->recent != NULL;
}

static void apply_to_row(const struct apply *apply, struct apply_point *one, uint32_t number)
{
    struct series_store *store = apply->store;
    struct series_row *row = &store->rows[number];
    bool first = row->pending_ms == SERIES_NEVER;
    bool late = false;
    bool good = apply_remember(apply, row);
    if (good && apply->delta && one->point->time_ns > 0 &&
        apply_seen(row, one->point->time_ns, &late)) {
        store->stats.repeated++;
        return;
    }
    if (late || (!apply->delta && !first && one->time_ms <= row->pending_ms)) {
        apply_past(apply, one, number);
        return;
    }
    if (good && row->shape != NULL && !apply_shape(store, row, one)) {
        apply_refuse(apply, SERIES_SHAPE, 1);
        return;
    }
    if (good) {
        good = first          ? apply_first(apply, one, row)
               : apply->delta ? apply_delta(apply, one, row)
                              : apply_cumulative(apply, one, row, false);
    }
    if (good) {
        store->stats.points++;
    } else {
        apply_refuse(apply, SERIES_MEMORY, 1);
        if (row->pending_ms == SERIES_NEVER) {
            series_table_remove(store, number);
        }
    }
}

/* The sender says that there is no value: the series ends until there is one again. */
static void apply_no_value(const struct apply *apply, struct apply_point *one)
{
    static const uint64_t stale_bits = UINT64_C(0x7ff0000000000002); /* Prometheus's. */
    uint32_t number = series_table_find(apply->store, &one->key);
    if (number == ROW_NONE || apply->delta) {
        return;
    }
    struct series_row *row = &apply->store->rows[number];
    if (one->time_ms <= row->pending_ms) {
        return;
    }
    for (unsigned i = 0; i < row->width; i++) {
        memcpy(&one->values[i], &stale_bits, sizeof(stale_bits));
    }
    if (!series_keep_put(apply->store, row, one->time_ms, one->values, true)) {
        apply_refuse(apply, SERIES_MEMORY, 1);
    }
}

/* ---- Whose a point is. ---- */

static bool apply_identity(const struct apply *apply, struct apply_point *one)
{
    struct arena *arena = &apply->store->arena;
    struct series_labels labels = apply->sender;
    enum status status = series_labels_point(&labels, one->point->attrs, arena);
    if (status == STATUS_OK) {
        one->key.identity = series_labels_encode(&labels, arena);
        status = one->key.identity.size > 0 ? STATUS_OK : STATUS_FULL;
    }
    if (status != STATUS_OK) {
        apply_refuse(apply, SERIES_LABELS, 1);
    }
    one->key.owner = series_labels_owner(&labels);
    return status == STATUS_OK;
}

static bool apply_time(const struct apply *apply, struct apply_point *one)
{
    int64_t oldest_ms = apply->arrival_ms - SERIES_AGE_MAX_MS;
    one->time_ms = one->point->time_ns > 0 ? apply_ms(one->point->time_ns) : apply->arrival_ms;
    one->start_ms = apply_ms(one->point->start_ns);
    if (one->time_ms > apply->arrival_ms + SERIES_AHEAD_MS) {
        apply_refuse(apply, SERIES_AHEAD, 1);
        return false;
    }
    if (one->time_ms < oldest_ms || one->time_ms <= 0) {
        apply_refuse(apply, SERIES_OLD, 1);
        return false;
    }
    return true;
}

static void apply_point(const struct apply *apply, const struct metric_point *point)
{
    struct series_store *store = apply->store;
    struct apply_point one = {.point = point, .values = store->scratch};
    enum series_reason reason;
    bool valued = (point->flags & METRIC_POINT_NO_VALUE) == 0;
    if (valued && !point->valued &&
        (apply->kind == SERIES_GAUGE || apply->kind == SERIES_COUNTER)) {
        return;
    }
    if (!apply_time(apply, &one)) {
        return;
    }
    if (!apply_values(apply, &one)) {
        apply_refuse(apply, SERIES_SHAPE, 1);
        return;
    }
    if (!apply_identity(apply, &one)) {
        return;
    }
    one.key.metric = series_table_metric(store, apply->name, apply->kind,
                                         apply->source->description, apply->source->unit);
    if (one.key.metric == ROW_NONE) {
        apply_refuse(apply, SERIES_MEMORY, 1);
        return;
    }
    if (!valued) {
        apply_no_value(apply, &one);
        series_table_release(store, one.key.metric);
        return;
    }
    uint32_t row = series_table_find(store, &one.key);
    if (row == ROW_NONE) {
        row = series_table_make(store, &one.key, &reason);
    }
    if (row == ROW_NONE) {
        apply_refuse(apply, reason, 1);
        return;
    }
    apply_to_row(apply, &one, row);
}

/* ---- Metrics. ---- */

/* What a metric becomes; false: nothing, for a reason. */
static bool apply_kind(struct apply *apply, enum series_reason *reason)
{
    const struct metric *metric = apply->source;
    bool adds = metric->kind == METRIC_SUM || metric->kind == METRIC_HISTOGRAM ||
                metric->kind == METRIC_EXPONENTIAL;
    apply->delta = adds && metric->temporality == METRIC_DELTA;
    *reason = SERIES_UNSPECIFIED;
    if (adds && metric->temporality == METRIC_UNSPECIFIED) {
        return false;
    }
    switch (metric->kind) {
    case METRIC_GAUGE:
        apply->kind = SERIES_GAUGE;
        return true;
    case METRIC_SUM:
        apply->kind = metric->monotonic ? SERIES_COUNTER : SERIES_GAUGE;
        return true;
    case METRIC_HISTOGRAM:
        apply->kind = SERIES_HISTOGRAM;
        return true;
    case METRIC_EXPONENTIAL:
        apply->kind = SERIES_EXPONENTIAL;
        return true;
    case METRIC_SUMMARY:
        apply->kind = SERIES_SUMMARY;
        return true;
    case METRIC_NONE:
        break;
    }
    *reason = SERIES_NAMELESS;
    return false;
}

static void apply_metric(struct apply *apply)
{
    const struct metric *metric = apply->source;
    unsigned char memory[SERIES_NAME_SIZE_MAX];
    enum series_reason reason;
    struct buf name;
    if (apply->resource != metric->resource) {
        arena_reset(&apply->store->sender);
        bool room = series_labels_resource(&apply->sender, metric->resource, &apply->store->sender);
        ENSURE(room);
        apply->resource = metric->resource;
    }
    buf_init_fixed(&name, memory, sizeof(memory));
    metric_name_write(metric, &name);
    apply->name = buf_bytes(&name);
    bool good = apply_kind(apply, &reason);
    if (buf_overflowed(&name) || apply->name.size == 0) {
        good = false;
        reason = SERIES_NAMELESS;
    }
    if (!good) {
        apply_refuse(apply, reason, metric->point_count);
        return;
    }
    for (size_t i = 0; i < metric->point_count; i++) {
        arena_reset(&apply->store->arena);
        apply_point(apply, &metric->points[i]);
    }
}

void series_apply(struct series_store *store, uint64_t arrival_ns, const struct batch *batch)
{
    struct apply apply = {.store = store, .arrival_ms = apply_ms(arrival_ns)};
    if (batch->metric_count == 0) {
        return;
    }
    (void)pthread_mutex_lock(&store->lock);
    store->now_ns = arrival_ns > store->now_ns ? arrival_ns : store->now_ns;
    for (size_t i = 0; i < batch->metric_count; i++) {
        const struct metric *metric = &batch->metrics[i];
        if (!slice_equal(metric->scope->name, NAME_SCOPE_AGENT)) {
            apply.source = metric;
            apply_metric(&apply);
        }
    }
    (void)pthread_mutex_unlock(&store->lock);
}
