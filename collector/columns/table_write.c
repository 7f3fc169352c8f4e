/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/table.h"

#include "columns/block_write.h"
#include "columns/dictionary_write.h"
#include "columns/gather.h"
#include "columns/order.h"
#include "columns/summary.h"
#include "columns/varint.h"

#include <stdlib.h>

/* Two signals, each in its own order. */
enum { SIGNALS = 2 };

struct writing {
    const struct table *table;
    const struct table_sink *sink;
    struct order orders[SIGNALS];
    struct gather gather;
    struct dictionary_texts texts;
    struct block_write write;
    struct summary summary;
    uint32_t *uses;   /* Of each text, by blocks. */
    uint32_t *latest; /* The block that used it latest, plus 1. */
};

static bool gather_block(struct writing *writing, const struct order *order, uint32_t block)
{
    uint32_t begin = order->blocks[block].begin;
    return gather_rows(&writing->gather, order->rows + begin, order->groups + begin,
                       order->blocks[block].end - begin);
}

/* Which texts does a row of a block use? */
static void count_uses(struct writing *writing, const struct row *row, uint32_t block)
{
    const struct gather *gather = &writing->gather;
    const struct shape_list *shapes = &writing->table->shapes;
    const struct shape *shape = &shapes->rows[row->shape];
    const uint32_t *columns = shape_list_columns(shapes, shape);
    const unsigned char *at = gather_values(gather, row);
    for (uint32_t k = 0; k < (uint32_t)shape->field_count + shape->attr_count; k++) {
        enum column_store store = (enum column_store)gather->stores[columns[k]];
        if (store == COLUMN_NONE) {
            continue;
        }
        if (store == COLUMN_INT) {
            varint_skip(&at);
            continue;
        }
        uint64_t number = varint_next(&at);
        if (store == COLUMN_BLOB) {
            at += number;
        } else if (writing->latest[number] != block) {
            writing->latest[number] = block;
            writing->uses[number]++;
        }
    }
}

static bool choose_texts(struct writing *writing)
{
    const struct shape_list *shapes = &writing->table->shapes;
    size_t count = (size_t)texts_count(writing->table->texts) + 1;
    writing->uses = calloc(count, sizeof(*writing->uses));
    writing->latest = calloc(count, sizeof(*writing->latest));
    if (writing->uses == NULL || writing->latest == NULL) {
        return false;
    }
    uint32_t block = 0;
    for (size_t i = 0; i < SIGNALS; i++) {
        const struct order *order = &writing->orders[i];
        for (uint32_t k = 0; k < order->block_count; k++) {
            block++;
            for (uint32_t row = order->blocks[k].begin; row < order->blocks[k].end; row++) {
                count_uses(writing, &writing->table->rows[order->rows[row]], block);
            }
        }
    }
    for (uint32_t i = 0; i < shapes->column_count; i++) {
        if (shapes->columns[i].field == FIELD_ATTR) {
            writing->uses[shapes->columns[i].key] = UINT32_MAX;
        }
    }
    return dictionary_write_choose(&writing->texts, writing->table, writing->uses);
}

static enum status write_blocks(struct writing *writing, const struct order *order)
{
    for (uint32_t i = 0; i < order->block_count; i++) {
        struct block_info info;
        struct slice bytes;
        if (!gather_block(writing, order, i) ||
            !summary_make(&writing->summary, &writing->gather, &info) ||
            !block_write_rows(&writing->write, &writing->gather, &bytes)) {
            return STATUS_FULL;
        }
        enum status status = writing->sink->block(writing->sink->context, bytes, &info);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status write_all(struct writing *writing)
{
    const struct table *table = writing->table;
    if (!order_make(&writing->orders[0], table, writing->sink, SIGNAL_TRACES) ||
        !order_make(&writing->orders[1], table, writing->sink, SIGNAL_LOGS) ||
        !gather_init(&writing->gather, table) || !choose_texts(writing) ||
        !block_write_init(&writing->write, table, writing->texts.numbers) ||
        !summary_init(&writing->summary, table, writing->sink->filter_key)) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < SIGNALS; i++) {
        enum status status = write_blocks(writing, &writing->orders[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    struct buf *out = &writing->write.out;
    buf_reset(out);
    dictionary_write(writing->write.ints, table, &writing->texts, out);
    return buf_overflowed(out) ? STATUS_FULL
                               : writing->sink->dictionary(writing->sink->context, buf_bytes(out));
}

enum status table_write(struct table *table, const struct table_sink *sink)
{
    struct writing *writing = calloc(1, sizeof(*writing));
    if (writing == NULL) {
        return STATUS_FULL;
    }
    writing->table = table;
    writing->sink = sink;
    enum status status = write_all(writing);
    for (size_t i = 0; i < SIGNALS; i++) {
        order_fini(&writing->orders[i]);
    }
    gather_fini(&writing->gather);
    dictionary_write_fini(&writing->texts);
    block_write_fini(&writing->write);
    summary_fini(&writing->summary);
    free(writing->uses);
    free(writing->latest);
    free(writing);
    return status;
}
