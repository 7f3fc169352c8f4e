/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold_private.h"

#include "base/log.h"
#include "columns/block_scan.h"
#include "store/places.h"
#include "store/stretch.h"

#include <stdlib.h>

struct scanning {
    struct store_hold *hold;
    struct moments span;
    struct places places;
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

/* ---- What there is. ---- */

static void survey_blocks(struct scanning *scanning, const struct sealed *sealed)
{
    for (uint32_t i = 0; i < sealed->foot.block_count; i++) {
        const struct sealed_entry *entry = &sealed->entries[i];
        struct place place = {
            .segment = sealed->segment.number,
            .number = i,
            .records = entry->rows,
            .moments = {moment_of(entry->first_ns), moment_of(entry->last_ns)},
        };
        if (moments_meet(place.moments, scanning->span)) {
            places_add(&scanning->places, &place);
        }
    }
}

static void survey_stretch(struct scanning *scanning, const struct stretch *stretch)
{
    struct place place = {
        .segment = stretch->segment,
        .number = stretch->offset,
        .end = stretch->end,
        .records = stretch->records,
        .moments = stretch->moments,
    };
    if (moments_meet(place.moments, scanning->span)) {
        places_add(&scanning->places, &place);
    }
}

/* Frames that are read for the first time since the start. */
struct learning {
    struct scanning *scanning;
    struct stretch stretch; /* Of those since the latest that was told; none where it is empty. */
};

static void learning_tell(struct learning *learning)
{
    if (learning->stretch.offset < learning->stretch.end) {
        stretches_add(&learning->scanning->hold->writer->stretches, &learning->stretch);
        survey_stretch(learning->scanning, &learning->stretch);
    }
}

static void learning_frame(void *context, const struct frame_head *head, const struct batch *batch)
{
    struct learning *learning = context;
    struct stretch *stretch = &learning->stretch;
    uint32_t size = FRAME_HEAD_SIZE + head->stored_size;
    if (head->offset != stretch->end || stretch->records >= STORE_STRETCH_RECORDS ||
        stretch->end - stretch->offset >= STORE_STRETCH_SIZE) {
        learning_tell(learning);
        *stretch = (struct stretch){
            .segment = head->segment, .offset = head->offset, .moments = MOMENTS_NONE};
    }
    stretch->end = head->offset + size;
    if (batch != NULL) {
        stretch->records += (uint32_t)(batch->span_count + batch->log_count);
        moments_add_batch(&stretch->moments, batch);
    }
}

static enum status survey_gap(struct scanning *scanning, const struct segment *segment,
                              uint32_t from, uint32_t end)
{
    struct learning learning = {.scanning = scanning};
    if (from >= end) {
        return STATUS_OK;
    }
    enum status status =
        hold_each_frame(scanning->hold, segment, from, end, learning_frame, &learning);
    if (status == STATUS_OK || status == STATUS_IO) {
        learning_tell(&learning);
    }
    return scanning_pass(scanning, status);
}

/* The stretches of a log, and what lies between them. */
static enum status survey_log(struct scanning *scanning, const struct segment *segment)
{
    struct stretch *stretches;
    size_t count;
    uint32_t known = FRAME_LOG_HEAD_SIZE;
    enum status status =
        stretches_copy(&scanning->hold->writer->stretches, segment->number, &stretches, &count);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = survey_gap(scanning, segment, known, stretches[i].offset);
        survey_stretch(scanning, &stretches[i]);
        known = stretches[i].end;
    }
    if (status == STATUS_OK) {
        status = survey_gap(scanning, segment, known, (uint32_t)segment->end);
    }
    free(stretches);
    return status;
}

static enum status survey(struct scanning *scanning)
{
    struct store_hold *hold = scanning->hold;
    struct segment *logs;
    size_t count;
    for (size_t i = 0; i < hold->list->count; i++) {
        survey_blocks(scanning, hold->list->items[i]->sealed);
    }
    /* Before the stretches are looked at, so that these reach at least as far. */
    enum status status = shelf_copy(&hold->writer->shelf, &logs, &count);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (cabinet_find(hold->list, logs[i].number) != NULL) {
            continue;
        }
        if (logs[i].end == 0) { /* Sealed since, and its log is gone. */
            status = STATUS_NOT_FOUND;
        } else if (hold->writer->options.decode != NULL) {
            status = survey_log(scanning, &logs[i]);
        }
    }
    free(logs);
    if (status == STATUS_OK && scanning->places.failed) {
        status = STATUS_FULL;
    }
    places_sort(&scanning->places);
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
    const uint64_t *starts_ns;
    const int64_t *durations_ns;
    uint32_t count = 0;
    bool lines = block_signal(block) == SIGNAL_LOGS;
    uint32_t *rows =
        arena_alloc(&scanning->hold->scratch, block_row_count(block) * sizeof(rows[0]));
    enum status status = rows != NULL ? block_starts(block, &starts_ns) : STATUS_FULL;
    if (status == STATUS_OK) {
        status = block_durations(block, &durations_ns);
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (uint32_t i = 0; i < block_row_count(block); i++) {
        uint64_t observed_ns = starts_ns[i] + (uint64_t)durations_ns[i];
        uint64_t time_ns =
            lines ? moment_of_line(starts_ns[i], observed_ns) : moment_of(starts_ns[i]);
        rows[count] = i;
        count += moments_have(scanning->span, time_ns);
    }
    return block_rows_at(block, rows, count, show_batch, scanning);
}

static enum status show_block(struct scanning *scanning, const struct place *place)
{
    struct store_hold *hold = scanning->hold;
    struct cabinet *cabinet = &hold->writer->cabinet;
    struct cabinet_item *item = cabinet_find(hold->list, place->segment);
    const struct dictionary *dictionary;
    enum status status = hold_dictionary(hold, item, &dictionary);
    if (status == STATUS_OK) {
        status = hold_scratch(hold);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct bytes_reader *reader = cabinet_reader(cabinet);
    if (reader == NULL) {
        return STATUS_FULL;
    }
    struct block *block;
    status = sealed_block(item->sealed, place->number, dictionary, reader, &hold->scratch, &block);
    if (status == STATUS_OK) {
        status = show_rows(scanning, block);
    }
    cabinet_reader_done(cabinet, reader);
    if (status == STATUS_BAD) {
        log_error("records damaged", log_string("segment", item->sealed->segment.name),
                  log_u64("block", place->number));
    }
    return status;
}

/* ---- Stretches of logs. ---- */

/* Those records of a batch that are of the span; false: the arena is full. */
static bool keep_records(struct scanning *scanning, const struct batch *batch, struct batch *kept)
{
    struct arena *arena = &scanning->hold->scratch;
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

static enum status show_stretch(struct scanning *scanning, const struct place *place)
{
    struct segment segment;
    if (!shelf_get(&scanning->hold->writer->shelf, place->segment, &segment)) {
        return STATUS_OK; /* Retention took it. */
    }
    return hold_each_frame(scanning->hold, &segment, place->number, place->end, show_frame,
                           scanning);
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
        status = place->end == 0 ? show_block(scanning, place) : show_stretch(scanning, place);
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
        .span = {span.from_ns, span.to_ns - 1},
        .visit = visit,
        .context = context,
    };
    enum status status = hold_scratch(hold);
    if (status == STATUS_OK) {
        status = survey(&scanning);
    }
    if (status == STATUS_OK) {
        scanning.span.first_ns = places_begin(&scanning.places, scanning.span, span.records_max);
        status = show_piece(&scanning);
    }
    if (status == STATUS_OK || status == STATUS_IO) {
        *reached_ns = scanning.span.first_ns;
    }
    places_fini(&scanning.places);
    return status;
}
