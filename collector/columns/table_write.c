/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/table.h"

#include "columns/block_write.h"
#include "columns/dictionary_write.h"
#include "columns/gather.h"
#include "columns/order.h"
#include "columns/summary.h"

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
};

static bool gather_block(struct writing *writing, const struct order *order, uint32_t block)
{
    uint32_t begin = order->blocks[block].begin;
    return gather_rows(&writing->gather, order->rows + begin, order->groups + begin,
                       order->blocks[block].end - begin);
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
        !gather_init(&writing->gather, table) || !dictionary_write_choose(&writing->texts, table) ||
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
    free(writing);
    return status;
}
