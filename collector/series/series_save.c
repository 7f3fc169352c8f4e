/* SPDX-License-Identifier: Apache-2.0 */
#include "series/series_private.h"

#include "columns/varint.h"
#include "series/series_format.h"

#include <stdlib.h>

/* Bytes are given to the sink in pieces of about so many. */
#define SAVE_PIECE_SIZE (UINT32_C(64) << 10)

struct series_saving {
    series_sink *sink;
    void *context;
    struct buf out;
    bool closed; /* The sink wants no more. */
};

static void save_flush(struct series_saving *saving)
{
    if (!saving->closed && saving->out.size > 0 && !buf_overflowed(&saving->out)) {
        saving->closed = !saving->sink(saving->context, buf_bytes(&saving->out));
        buf_reset(&saving->out);
    }
}

static void save_number(struct series_saving *saving, uint64_t value)
{
    varint_put(&saving->out, value);
}

static void save_signed(struct series_saving *saving, int64_t value)
{
    varint_put(&saving->out, varint_fold(value));
}

static void save_text(struct series_saving *saving, struct slice text)
{
    save_number(saving, text.size);
    buf_append(&saving->out, text);
}

static void save_raw(struct series_saving *saving, const void *items, size_t size)
{
    if (size > 0) {
        buf_append(&saving->out, slice_of(items, size));
    }
}

static void save_chunk(struct series_saving *saving, const struct chunk *chunk)
{
    save_signed(saving, chunk->first_ms);
    save_signed(saving, chunk->last_ms);
    save_number(saving, chunk->count);
    save_number(saving, chunk->width);
    save_number(saving, chunk->tier);
    save_number(saving, chunk->shaped ? 1 : 0);
    save_text(saving, slice_of(chunk->bytes, chunk->size));
}

static void save_chunks(struct series_saving *saving, const struct series_chunks *chunks)
{
    const struct chunk *open =
        chunks->open != NULL && chunks->open->count > 0 ? chunks->open : NULL;
    uint64_t count = open != NULL ? 1 : 0;
    for (const struct chunk *chunk = chunks->first; chunk != NULL; chunk = chunk->next) {
        count++;
    }
    save_number(saving, count);
    for (const struct chunk *chunk = chunks->first; chunk != NULL; chunk = chunk->next) {
        save_chunk(saving, chunk);
    }
    if (open != NULL) {
        save_chunk(saving, open);
    }
}

static void save_row(struct series_saving *saving, const struct series_row *row, uint32_t metric)
{
    save_number(saving, metric);
    save_text(saving, slice_of(row->identity, row->identity_size));
    save_number(saving, row->width);
    save_number(saving, row->bound_count);
    save_number(saving, (row->recent != NULL ? SERIES_HAS_RECENT : 0U) |
                            (row->shape != NULL ? SERIES_HAS_SHAPE : 0U));
    save_number(saving, row->start_ns);
    save_signed(saving, row->pending_ms);
    save_raw(saving, row->values, row->width * sizeof(row->values[0]));
    save_raw(saving, row->bounds, row->bound_count * sizeof(row->bounds[0]));
    if (row->recent != NULL) {
        save_raw(saving, row->recent, SERIES_RECENT_COUNT * sizeof(row->recent[0]));
    }
    if (row->shape != NULL) {
        save_raw(saving, row->shape, sizeof(*row->shape));
    }
    save_chunks(saving, &row->chunks);
    if (saving->out.size >= SAVE_PIECE_SIZE) {
        save_flush(saving);
    }
}

/* The metrics that are used, and which of them each is. */
static void save_metrics(struct series_saving *saving, const struct series_store *store,
                         uint32_t *numbers)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < store->metric_count; i++) {
        numbers[i] = count;
        count += store->metrics[i].used;
    }
    save_number(saving, count);
    for (uint32_t i = 0; i < store->metric_count; i++) {
        struct series_metric metric;
        if (series_metric(store, i, &metric)) {
            save_number(saving, metric.kind);
            save_text(saving, metric.name);
            save_text(saving, metric.help);
            save_text(saving, metric.unit);
        }
        if (saving->out.size >= SAVE_PIECE_SIZE) {
            save_flush(saving);
        }
    }
}

enum status series_save(const struct series_store *store, series_sink *sink, void *context)
{
    struct series_saving saving = {.sink = sink, .context = context};
    uint32_t *numbers = malloc((store->metric_count + 1) * sizeof(numbers[0]));
    if (numbers == NULL) {
        return STATUS_FULL;
    }
    buf_init_growing(&saving.out, SIZE_MAX / 4);
    save_raw(&saving, SERIES_MAGIC, SERIES_MAGIC_SIZE);
    save_number(&saving, SERIES_VERSION);
    save_number(&saving, store->stats.points);
    save_number(&saving, store->stats.repeated);
    save_number(&saving, store->stats.evicted);
    save_number(&saving, store->stats.cut);
    save_number(&saving, store->stats.pressure);
    save_metrics(&saving, store, numbers);
    save_number(&saving, store->stats.count);
    for (uint32_t i = 0; i < store->row_count && !saving.closed; i++) {
        if (store->rows[i].used) {
            save_row(&saving, &store->rows[i], numbers[store->rows[i].metric]);
        }
    }
    buf_append_byte(&saving.out, SERIES_END);
    enum status status = buf_overflowed(&saving.out) ? STATUS_FULL : STATUS_OK;
    save_flush(&saving);
    status = saving.closed ? STATUS_IO : status;
    buf_fini(&saving.out);
    free(numbers);
    return status;
}
