/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold.h"

#include "columns/block_scan.h"
#include "columns/select.h"
#include "store/hold_private.h"

#include <string.h>

struct measuring {
    struct store_hold *hold;
    const struct scan_query *query;
    struct select *select;
    struct places places;
    struct hold_blocks blocks;
    unsigned columns; /* enum store_measure */
    store_measure_visit *visit;
    void *context;
    uint64_t resources_id;
    bool enough;
    enum status status; /* STATUS_IO: some of it is damaged. */
};

static void measuring_show(struct measuring *measuring, struct store_measures *measures)
{
    measures->resources_id = measuring->resources_id;
    if (measures->count > 0) {
        measuring->enough = !measuring->visit(measuring->context, measures);
    }
}

static bool measures(const struct measuring *measuring, enum store_measure column)
{
    return (measuring->columns & column) != 0;
}

/* ---- Blocks. ---- */

/* All rows of a block, in columns. */
static enum status measure_all(struct measuring *measuring, struct block *block,
                               struct store_measures *all)
{
    struct arena *arena = &measuring->hold->desk->scratch;
    enum status status = STATUS_OK;
    if (measures(measuring, STORE_TIMES)) {
        status = hold_blocks_times(block, arena, &all->times_ns);
    }
    if (status == STATUS_OK && measures(measuring, STORE_DURATIONS)) {
        status = block_durations(block, &all->durations_ns);
    }
    if (status == STATUS_OK && measures(measuring, STORE_SENDERS)) {
        status = block_resources(block, &all->senders);
    }
    if (status == STATUS_OK && measures(measuring, STORE_ERRORS)) {
        bool *errors = arena_alloc(arena, block_row_count(block));
        if (errors == NULL) {
            return STATUS_FULL;
        }
        status = select_errors(block, errors);
        all->errors = errors;
    }
    return status;
}

/* Some rows of a column; NULL without room. */
static const void *some_of(struct arena *arena, const void *column, size_t size,
                           const uint32_t *rows, uint32_t count)
{
    const unsigned char *from = column;
    unsigned char *some = arena_alloc(arena, count * size);
    for (uint32_t i = 0; some != NULL && i < count; i++) {
        memcpy(some + i * size, from + rows[i] * size, size);
    }
    return some;
}

/* Leave some rows of all columns that there are; false: the arena is full. */
static bool keep_some(struct arena *arena, const uint32_t *rows, struct store_measures *all)
{
    uint32_t count = all->count;
    bool fits = true;
    if (all->times_ns != NULL) {
        all->times_ns = some_of(arena, all->times_ns, sizeof(all->times_ns[0]), rows, count);
        fits = all->times_ns != NULL;
    }
    if (all->durations_ns != NULL) {
        all->durations_ns =
            some_of(arena, all->durations_ns, sizeof(all->durations_ns[0]), rows, count);
        fits = fits && all->durations_ns != NULL;
    }
    if (all->errors != NULL) {
        all->errors = some_of(arena, all->errors, sizeof(all->errors[0]), rows, count);
        fits = fits && all->errors != NULL;
    }
    if (all->senders != NULL) {
        all->senders = some_of(arena, all->senders, sizeof(all->senders[0]), rows, count);
        fits = fits && all->senders != NULL;
    }
    return fits;
}

/* The rows that are wanted, in the scratch. */
static enum status choose_rows(struct measuring *measuring, struct block *block,
                               const uint32_t **rows, uint32_t *count)
{
    enum status status = select_rows(measuring->select, block, rows, count);
    const struct scan_look *look = measuring->query->look;
    if (status != STATUS_OK || look == NULL || look->wants == NULL || *count == 0) {
        return status;
    }
    uint32_t *wanted = arena_alloc(&measuring->hold->desk->scratch, *count * sizeof(wanted[0]));
    if (wanted == NULL) {
        return STATUS_FULL;
    }
    memcpy(wanted, *rows, *count * sizeof(wanted[0]));
    *rows = wanted;
    return hold_look_rows(measuring->query, block, wanted, count);
}

/* What some rows have of the bytes of all. */
static uint64_t share_of(uint64_t size, uint64_t some, uint64_t all)
{
    return all > 0 ? size * some / all : 0;
}

static enum status measure_rows(struct measuring *measuring, struct block *block, uint64_t size)
{
    const uint32_t *rows;
    struct store_measures all = {
        .signal = block_signal(block),
        .resource_count = dictionary_resource_count(measuring->blocks.dictionary),
    };
    enum status status = dictionary_resources(measuring->blocks.dictionary, &all.resources);
    if (status == STATUS_OK) {
        status = choose_rows(measuring, block, &rows, &all.count);
    }
    if (status == STATUS_OK && all.count > 0) {
        status = measure_all(measuring, block, &all);
    }
    if (status == STATUS_OK && all.count > 0 && all.count < block_row_count(block) &&
        !keep_some(&measuring->hold->desk->scratch, rows, &all)) {
        status = STATUS_FULL;
    }
    if (status == STATUS_OK) {
        all.size = share_of(size, all.count, block_row_count(block));
        measuring_show(measuring, &all);
    }
    return status;
}

static enum status measure_block(struct measuring *measuring, const struct place *place)
{
    const struct cabinet_item *before = measuring->blocks.item;
    struct block *block;
    enum status status = hold_blocks_select(&measuring->blocks, measuring->select, place, &block);
    if (measuring->blocks.item != before) {
        measuring->resources_id++;
    }
    if (status != STATUS_OK || block == NULL) {
        return status;
    }
    const struct sealed_entry *entry = &measuring->blocks.item->sealed->entries[place->number];
    return measure_rows(measuring, block, entry->block.size + entry->filter.size);
}

/* ---- Logs. ---- */

/* The columns of records that are made, one by one. */
struct measured {
    uint64_t *times_ns;
    int64_t *durations_ns;
    bool *errors;
    uint32_t *senders;
    uint32_t count;
};

static bool measured_init(struct measured *measured, struct arena *arena, size_t count)
{
    *measured = (struct measured){
        .times_ns = arena_alloc(arena, (count + 1) * sizeof(measured->times_ns[0])),
        .durations_ns = arena_alloc(arena, (count + 1) * sizeof(measured->durations_ns[0])),
        .errors = arena_alloc(arena, (count + 1) * sizeof(measured->errors[0])),
        .senders = arena_alloc(arena, (count + 1) * sizeof(measured->senders[0])),
    };
    return measured->times_ns != NULL && measured->durations_ns != NULL &&
           measured->errors != NULL && measured->senders != NULL;
}

static void measure_batch(struct measuring *measuring, const struct batch *batch,
                          struct measured *measured)
{
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        if (select_span(measuring->select, span) && hold_look_span(measuring->query, span)) {
            measured->times_ns[measured->count] = moment_of(span->start_ns);
            measured->durations_ns[measured->count] = (int64_t)(span->end_ns - span->start_ns);
            measured->errors[measured->count] = span->status == SPAN_STATUS_ERROR;
            measured->senders[measured->count++] = (uint32_t)(span->resource - batch->resources);
        }
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        const struct log_line *line = &batch->logs[i];
        if (select_line(measuring->select, line) && hold_look_line(measuring->query, line)) {
            measured->times_ns[measured->count] = moment_of_line(line->time_ns, line->observed_ns);
            measured->durations_ns[measured->count] = (int64_t)(line->observed_ns - line->time_ns);
            measured->errors[measured->count] = line->severity >= SELECT_SEVERITY_ERROR;
            measured->senders[measured->count++] = (uint32_t)(line->resource - batch->resources);
        }
    }
}

static void measure_frame(void *context, const struct frame_head *head, const struct batch *batch)
{
    struct measuring *measuring = context;
    struct measured measured;
    if (batch == NULL || measuring->enough) {
        return;
    }
    if (!measured_init(&measured, &measuring->hold->desk->scratch,
                       batch->span_count + batch->log_count)) {
        measuring->status = STATUS_FULL;
        return;
    }
    measure_batch(measuring, batch, &measured);
    measuring->resources_id++;
    struct store_measures all = {
        .signal = batch->signal,
        .count = measured.count,
        .times_ns = measures(measuring, STORE_TIMES) ? measured.times_ns : NULL,
        .durations_ns = measures(measuring, STORE_DURATIONS) ? measured.durations_ns : NULL,
        .errors = measures(measuring, STORE_ERRORS) ? measured.errors : NULL,
        .senders = measures(measuring, STORE_SENDERS) ? measured.senders : NULL,
        .resources = batch->resources,
        .resource_count = (uint32_t)batch->resource_count,
        .size = share_of(FRAME_HEAD_SIZE + head->stored_size, measured.count,
                         batch->span_count + batch->log_count),
    };
    measuring_show(measuring, &all);
}

/* ---- All of it. ---- */

static enum status measure_places(struct measuring *measuring)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < measuring->places.count && status == STATUS_OK; i++) {
        const struct place *place = &measuring->places.items[i];
        if (hold_look_stop(measuring->query, place, i == 0)) {
            break;
        }
        status = place->end == 0 ? measure_block(measuring, place)
                                 : hold_select_of_place(measuring->hold, measuring->select, place,
                                                        measure_frame, measuring);
        if (status == STATUS_BAD || status == STATUS_IO) { /* What is damaged is not all. */
            measuring->status = STATUS_IO;
            status = STATUS_OK;
        }
        if (measuring->status == STATUS_FULL) {
            status = STATUS_FULL;
        }
        if (measuring->enough || hold_look_cut(measuring->query, place)) {
            break;
        }
    }
    return status;
}

enum status hold_measure(struct store_hold *hold, const struct scan_query *query, unsigned columns,
                         store_measure_visit *visit, void *context)
{
    struct measuring measuring = {
        .hold = hold,
        .query = query,
        .blocks = {.hold = hold},
        .columns = columns,
        .visit = visit,
        .context = context,
    };
    if (query->look != NULL) {
        query->look->reached_ns = query->from_ns;
    }
    enum status status = select_create(&measuring.select, query, &hold->writer->key);
    if (status != STATUS_OK) {
        return status;
    }
    hold_scratch(hold);
    if (query->from_ns < query->to_ns) {
        struct moments span = {query->from_ns, query->to_ns - 1};
        status = hold_survey(hold, span, &measuring.places);
        if (status == STATUS_IO) {
            measuring.status = STATUS_IO;
            status = STATUS_OK;
        }
        status = status == STATUS_OK ? measure_places(&measuring) : status;
    }
    hold_blocks_fini(&measuring.blocks);
    places_fini(&measuring.places);
    select_free(measuring.select);
    return status == STATUS_OK ? measuring.status : status;
}
