/* SPDX-License-Identifier: Apache-2.0 */
#include "series/series_private.h"

#include "base/ensure.h"
#include "columns/varint.h"
#include "series/series_format.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that are read, and what they are no more. */
struct series_loading {
    struct series_store *store;
    struct slice rest;
    const char *reason;
    bool full;
    uint32_t *metrics; /* The rows of the metrics that were read. */
    uint64_t metric_count;
};

static bool load_bad(struct series_loading *loading, const char *reason)
{
    if (loading->reason == NULL) {
        loading->reason = reason;
    }
    return false;
}

static bool load_full(struct series_loading *loading)
{
    loading->full = true;
    return load_bad(loading, "there is no memory");
}

static bool load_number(struct series_loading *loading, uint64_t most, uint64_t *value)
{
    return (varint_take(&loading->rest, value) && *value <= most) ||
           load_bad(loading, "a number is wrong");
}

static bool load_signed(struct series_loading *loading, int64_t *value)
{
    uint64_t folded = 0;
    bool good = load_number(loading, UINT64_MAX, &folded);
    *value = varint_unfold(folded);
    return good;
}

static bool load_text(struct series_loading *loading, uint64_t most, struct slice *text)
{
    uint64_t size = 0;
    if (!load_number(loading, most, &size)) {
        return false;
    }
    if (size > loading->rest.size) {
        return load_bad(loading, "it ends inside of a text");
    }
    *text = slice_take(loading->rest, (size_t)size);
    loading->rest = slice_skip(loading->rest, (size_t)size);
    return true;
}

static bool load_raw(struct series_loading *loading, void *target, size_t size)
{
    if (size > loading->rest.size) {
        return load_bad(loading, "it ends inside of numbers");
    }
    if (size > 0) {
        memcpy(target, loading->rest.base, size);
    }
    loading->rest = slice_skip(loading->rest, size);
    return true;
}

/* ---- Metrics. ---- */

static bool load_metric(struct series_loading *loading, uint64_t index)
{
    uint64_t kind = 0;
    struct slice name, help, unit;
    if (!load_number(loading, SERIES_KIND_COUNT - 1, &kind) ||
        !load_text(loading, SERIES_NAME_SIZE_MAX, &name) ||
        !load_text(loading, SERIES_HELP_SIZE_MAX, &help) ||
        !load_text(loading, SERIES_UNIT_SIZE_MAX, &unit)) {
        return false;
    }
    uint32_t before = loading->store->metric_count;
    uint32_t row = series_table_metric(loading->store, name, (enum series_kind)kind, help, unit);
    if (row == ROW_NONE) {
        return load_full(loading);
    }
    if (name.size == 0 || row != before) {
        return load_bad(loading, "a metric is there twice, or has no name");
    }
    loading->metrics[index] = row;
    return true;
}

static bool load_metrics(struct series_loading *loading)
{
    if (!load_number(loading, SERIES_METRIC_COUNT_MAX, &loading->metric_count)) {
        return false;
    }
    loading->metrics = malloc((size_t)(loading->metric_count + 1) * sizeof(loading->metrics[0]));
    if (loading->metrics == NULL) {
        return load_full(loading);
    }
    for (uint64_t i = 0; i < loading->metric_count; i++) {
        if (!load_metric(loading, i)) {
            return false;
        }
    }
    return true;
}

/* ---- Chunks. ---- */

static bool load_chunk_head(struct series_loading *loading, struct chunk *head, struct slice *bytes)
{
    uint64_t count = 0;
    uint64_t width = 0;
    uint64_t tier = 0;
    uint64_t shaped = 0;
    bool good = load_signed(loading, &head->first_ms) && load_signed(loading, &head->last_ms) &&
                load_number(loading, UINT32_MAX, &count) &&
                load_number(loading, SERIES_WIDTH_MAX, &width) &&
                load_number(loading, SERIES_TIER_COUNT - 1, &tier) &&
                load_number(loading, 1, &shaped) && load_text(loading, UINT32_MAX, bytes);
    head->count = (uint32_t)count;
    head->width = (uint16_t)width;
    head->tier = (uint8_t)tier;
    head->shaped = shaped > 0;
    return good && (width > 0 || load_bad(loading, "a chunk has no numbers"));
}

/* A shape that series_shape.c may have made. */
static bool load_shape_valid(const struct chunk_shape *shape)
{
    return shape->scale >= SERIES_SCALE_MIN && shape->scale <= SERIES_SCALE_MAX &&
           series_shape_width(shape) <= SERIES_WIDTH_MAX;
}

static bool load_chunk(struct series_loading *loading, struct series_row *row, bool shaped)
{
    struct chunk head = {.count = 0};
    struct slice bytes;
    struct series_chunks *chunks = &row->chunks;
    if (!load_chunk_head(loading, &head, &bytes)) {
        return false;
    }
    struct chunk *chunk = malloc(sizeof(*chunk) + bytes.size);
    if (chunk == NULL) {
        return load_full(loading);
    }
    *chunk = head;
    chunk->size = chunk->capacity = (uint32_t)bytes.size;
    if (bytes.size > 0) {
        memcpy(chunk->bytes, bytes.base, bytes.size);
    }
    bool good = chunk->shaped == shaped && (shaped || chunk->width == row->width) &&
                chunk_valid(chunk, loading->store->scratch);
    if (good && shaped) {
        struct chunk_shape shape = chunk_shape(chunk);
        good = load_shape_valid(&shape);
    }
    if (!good || (chunks->tail != NULL && chunks->tail->last_ms >= chunk->first_ms) ||
        chunk->last_ms > row->pending_ms) {
        free(chunk);
        return load_bad(loading, "samples are not what their heads say");
    }
    if (chunks->tail == NULL) {
        chunks->first = chunk;
    } else {
        chunks->tail->next = chunk;
    }
    chunks->tail = chunk;
    loading->store->stats.bytes += chunk_memory(chunk);
    loading->store->stats.samples += chunk->count;
    return true;
}

/* ---- Rows. ---- */

/* What makes a row, and what else it has. */
struct load_head {
    struct series_key key;
    uint64_t has;
    uint64_t start_ns;
    int64_t pending_ms;
    struct slice values, bounds, recent;
    struct chunk_shape shape;
};

static bool load_part(struct series_loading *loading, size_t size, struct slice *part)
{
    *part = slice_take(loading->rest, size);
    loading->rest = slice_skip(loading->rest, size);
    return part->size == size || load_bad(loading, "it ends inside of a series");
}

static bool load_head(struct series_loading *loading, struct load_head *head)
{
    uint64_t metric = 0;
    uint64_t width = 0;
    uint64_t bounds = 0;
    if (!load_number(loading, UINT32_MAX, &metric) ||
        !load_text(loading, UINT32_MAX, &head->key.identity) ||
        !load_number(loading, SERIES_WIDTH_MAX, &width) ||
        !load_number(loading, SERIES_WIDTH_MAX, &bounds) ||
        !load_number(loading, SERIES_HAS_RECENT | SERIES_HAS_SHAPE, &head->has) ||
        !load_number(loading, UINT64_MAX, &head->start_ns) ||
        !load_signed(loading, &head->pending_ms) ||
        !load_part(loading, (size_t)width * 8, &head->values) ||
        !load_part(loading, (size_t)bounds * 8, &head->bounds)) {
        return false;
    }
    if (width == 0 || metric >= loading->metric_count || head->pending_ms == SERIES_NEVER ||
        !series_labels_valid(head->key.identity)) {
        return load_bad(loading, "a series is wrong");
    }
    if ((head->has & SERIES_HAS_RECENT) != 0 &&
        !load_part(loading, SERIES_RECENT_COUNT * sizeof(uint64_t), &head->recent)) {
        return false;
    }
    head->key.metric = loading->metrics[metric];
    head->key.width = (uint16_t)width;
    head->key.bound_count = (uint16_t)bounds;
    if ((head->has & SERIES_HAS_SHAPE) != 0) {
        if (!load_raw(loading, &head->shape, sizeof(head->shape))) {
            return false;
        }
        head->key.shape = &head->shape;
        if (!load_shape_valid(&head->shape) || series_shape_width(&head->shape) != width) {
            return load_bad(loading, "buckets are wrong");
        }
    }
    return true;
}

/* Whether the numbers of a series are as many as those of its kind. */
static bool load_kind_valid(const struct series_store *store, const struct series_key *key)
{
    switch (store->metrics[key->metric].kind) {
    case SERIES_GAUGE:
    case SERIES_COUNTER:
        return key->width == 1 && key->bound_count == 0 && key->shape == NULL;
    case SERIES_HISTOGRAM:
        return key->shape == NULL &&
               (key->width == key->bound_count + 3 || (key->width == 2 && key->bound_count == 0));
    case SERIES_SUMMARY:
        return key->shape == NULL && key->width == key->bound_count + 2;
    case SERIES_EXPONENTIAL:
        return key->shape != NULL && key->bound_count == 0;
    case SERIES_KIND_COUNT:
        break;
    }
    return false;
}

static struct slice load_owner(struct slice identity)
{
    struct series_labels labels = {.count = 0};
    identity = slice_skip(identity, 1);
    while (series_labels_next(&identity, &labels.items[labels.count])) {
        labels.count++;
    }
    return series_labels_owner(&labels);
}

static bool load_row(struct series_loading *loading)
{
    struct series_store *store = loading->store;
    struct load_head head = {.has = 0};
    double bounds[SERIES_WIDTH_MAX];
    enum series_reason reason;
    uint64_t chunks = 0;
    if (!load_head(loading, &head)) {
        return false;
    }
    if (head.bounds.size > 0) {
        memcpy(bounds, head.bounds.base, head.bounds.size);
    }
    head.key.bounds = bounds;
    head.key.owner = load_owner(head.key.identity);
    if (!load_kind_valid(store, &head.key) || series_table_find(store, &head.key) != ROW_NONE) {
        return load_bad(loading, "a series is there twice, or is not of its metric's kind");
    }
    uint32_t number = series_table_make(store, &head.key, &reason);
    if (number == ROW_NONE) {
        return load_full(loading);
    }
    struct series_row *row = &store->rows[number];
    row->start_ns = head.start_ns;
    row->pending_ms = head.pending_ms;
    memcpy(row->values, head.values.base, head.values.size);
    if (head.recent.size > 0) {
        row->recent = malloc(head.recent.size);
        if (row->recent == NULL) {
            return load_full(loading);
        }
        memcpy(row->recent, head.recent.base, head.recent.size);
    }
    if (!load_number(loading, UINT32_MAX, &chunks)) {
        return false;
    }
    for (uint64_t i = 0; i < chunks; i++) {
        if (!load_chunk(loading, row, head.key.shape != NULL)) {
            return false;
        }
    }
    return true;
}

static bool load_all(struct series_loading *loading)
{
    struct series_stats *stats = &loading->store->stats;
    uint64_t number = 0;
    if (!slice_starts(loading->rest, SLICE(SERIES_MAGIC))) {
        return load_bad(loading, "these are no series");
    }
    loading->rest = slice_skip(loading->rest, SERIES_MAGIC_SIZE);
    if (!load_number(loading, UINT64_MAX, &number)) {
        return false;
    }
    if (number != SERIES_VERSION) {
        return load_bad(loading, "series of another version of the program");
    }
    if (!load_number(loading, UINT64_MAX, &stats->points) ||
        !load_number(loading, UINT64_MAX, &stats->repeated) ||
        !load_number(loading, UINT64_MAX, &stats->evicted) ||
        !load_number(loading, UINT64_MAX, &stats->cut) ||
        !load_number(loading, SERIES_PRESSURE_MAX, &number)) {
        return false;
    }
    stats->pressure = (unsigned)number;
    if (!load_metrics(loading) || !load_number(loading, SERIES_COUNT_MAX, &number)) {
        return false;
    }
    for (uint64_t i = 0; i < number; i++) {
        if (!load_row(loading)) {
            return false;
        }
    }
    for (uint64_t i = 0; i < loading->metric_count; i++) {
        if (loading->store->metrics[loading->metrics[i]].count == 0) {
            return load_bad(loading, "a metric has no series");
        }
    }
    return (loading->rest.size == 1 && loading->rest.base[0] == SERIES_END) ||
           load_bad(loading, "it does not end where it should");
}

enum status series_load(struct series_store *store, struct slice bytes, const char **reason)
{
    struct series_loading loading = {.store = store, .rest = bytes};
    ENSURE(store->row_count == 0);
    (void)pthread_mutex_lock(&store->lock);
    bool good = load_all(&loading);
    (void)pthread_mutex_unlock(&store->lock);
    free(loading.metrics);
    *reason = loading.reason;
    return good ? STATUS_OK : loading.full ? STATUS_FULL : STATUS_BAD;
}
