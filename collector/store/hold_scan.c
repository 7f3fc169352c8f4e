/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold_private.h"

#include "base/log.h"

struct scanning {
    struct store_hold *hold;
    struct moments span;
    struct places places;
    struct hold_blocks blocks;
    store_visit *visit;
    void *context;
    bool enough;        /* The visitor wants no more. */
    enum status status; /* STATUS_IO: some of it is damaged. */
};

/* What is damaged is not all: the rest is shown. */
static enum status scanning_pass(struct scanning *scanning, enum status status)
{
    if (status == STATUS_BAD || status == STATUS_IO) {
        scanning->status = STATUS_IO;
        return STATUS_OK;
    }
    return status;
}

/* ---- Blocks. ---- */

static bool show_batch(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct scanning *scanning = context;
    scanning->enough = !scanning->visit(scanning->context, arrival_ns, batch);
    return !scanning->enough;
}

/* Show the rows of a block that are of the span. */
static enum status show_rows(struct scanning *scanning, struct block *block)
{
    struct arena *arena = &scanning->hold->desk->scratch;
    const uint64_t *times_ns;
    uint32_t count = 0;
    uint32_t *rows = arena_alloc(arena, block_row_count(block) * sizeof(rows[0]));
    enum status status = rows != NULL ? hold_blocks_times(block, arena, &times_ns) : STATUS_FULL;
    for (uint32_t i = 0; status == STATUS_OK && i < block_row_count(block); i++) {
        rows[count] = i;
        count += moments_have(scanning->span, times_ns[i]);
    }
    return status == STATUS_OK ? block_rows_at(block, rows, count, show_batch, scanning) : status;
}

static enum status show_block(struct scanning *scanning, const struct place *place)
{
    struct store_hold *hold = scanning->hold;
    struct block *block;
    hold_scratch(hold);
    enum status status = hold_blocks_open(&scanning->blocks, place->segment, place->number,
                                          &hold->desk->scratch, &block);
    if (status == STATUS_OK) {
        status = show_rows(scanning, block);
    }
    if (status == STATUS_BAD) {
        log_error("records damaged", log_u64("segment", place->segment),
                  log_u64("block", place->number));
    }
    return status;
}

/* ---- Stretches of logs. ---- */

/* Those records of a batch that are of the span; false: the arena is full. */
static bool keep_records(struct scanning *scanning, const struct batch *batch, struct batch *kept)
{
    struct arena *arena = &scanning->hold->desk->scratch;
    struct span *spans = arena_alloc(arena, (batch->span_count + 1) * sizeof(spans[0]));
    struct log_line *logs = arena_alloc(arena, (batch->log_count + 1) * sizeof(logs[0]));
    *kept = *batch;
    if (spans == NULL || logs == NULL) {
        return false;
    }
    kept->spans = spans;
    kept->logs = logs;
    kept->span_count = kept->log_count = 0;
    for (size_t i = 0; i < batch->span_count; i++) {
        spans[kept->span_count] = batch->spans[i];
        kept->span_count += moments_have(scanning->span, moment_of(batch->spans[i].start_ns));
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        const struct log_line *line = &batch->logs[i];
        logs[kept->log_count] = *line;
        kept->log_count +=
            moments_have(scanning->span, moment_of_line(line->time_ns, line->observed_ns));
    }
    return true;
}

static void show_frame(void *context, const struct frame_head *head, const struct batch *batch)
{
    struct scanning *scanning = context;
    struct moments moments = MOMENTS_NONE;
    struct batch kept;
    if (batch == NULL || scanning->enough || scanning->status == STATUS_FULL) {
        return;
    }
    moments_add_batch(&moments, batch);
    if (!moments_meet(moments, scanning->span)) {
        return;
    }
    if (!keep_records(scanning, batch, &kept)) {
        scanning->status = STATUS_FULL;
    } else if (kept.span_count + kept.log_count > 0) {
        (void)show_batch(scanning, head->arrival_ns, &kept);
    }
}

/* ---- All of it. ---- */

static enum status show_piece(struct scanning *scanning)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < scanning->places.count && status == STATUS_OK; i++) {
        const struct place *place = &scanning->places.items[i];
        if (place->moments.last_ns < scanning->span.first_ns) {
            break;
        }
        if (!moments_meet(place->moments, scanning->span)) {
            continue;
        }
        status = place->end == 0 ? show_block(scanning, place)
                                 : hold_each_of_place(scanning->hold, place, show_frame, scanning);
        status = scanning_pass(scanning, status);
        if (scanning->enough) {
            status = STATUS_CLOSED;
        }
    }
    return status == STATUS_OK ? scanning->status : status;
}

enum status hold_scan(struct store_hold *hold, struct store_span span, store_visit *visit,
                      void *context, uint64_t *reached_ns)
{
    *reached_ns = span.to_ns;
    if (span.from_ns >= span.to_ns) {
        return STATUS_OK;
    }
    struct scanning scanning = {
        .hold = hold,
        .blocks = {.hold = hold},
        .span = {span.from_ns, span.to_ns - 1},
        .visit = visit,
        .context = context,
    };
    hold_scratch(hold);
    enum status status =
        scanning_pass(&scanning, hold_survey(hold, scanning.span, &scanning.places));
    if (status == STATUS_OK) {
        scanning.span.first_ns = places_begin(&scanning.places, scanning.span, span.records_max);
        status = show_piece(&scanning);
    }
    if (status == STATUS_OK || status == STATUS_IO) {
        *reached_ns = scanning.span.first_ns;
    }
    hold_blocks_fini(&scanning.blocks);
    places_fini(&scanning.places);
    return status;
}
