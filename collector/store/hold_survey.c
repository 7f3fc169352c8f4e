/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold_private.h"

#include "store/stretch.h"

#include <stdlib.h>

struct surveying {
    struct store_hold *hold;
    struct moments span;
    struct places *places;
    enum status status; /* STATUS_IO: some of it is damaged. */
};

static void survey_blocks(struct surveying *surveying, const struct sealed *sealed)
{
    for (uint32_t i = 0; i < sealed->foot.block_count; i++) {
        const struct sealed_entry *entry = &sealed->entries[i];
        struct place place = {
            .segment = sealed->segment.number,
            .number = i,
            .records = entry->rows,
            .moments = {moment_of(entry->first_ns), moment_of(entry->last_ns)},
        };
        if (moments_meet(place.moments, surveying->span)) {
            places_add(surveying->places, &place);
        }
    }
}

static void survey_stretch(struct surveying *surveying, const struct stretch *stretch, bool closed)
{
    struct place place = {
        .segment = stretch->segment,
        .number = stretch->offset,
        .end = stretch->end,
        .closed = closed,
        .records = stretch->records,
        .moments = stretch->moments,
    };
    if (moments_meet(place.moments, surveying->span)) {
        places_add(surveying->places, &place);
    }
}

/* Frames that are read for the first time since the start. */
struct learning {
    struct surveying *surveying;
    struct stretch stretch; /* Of those since the latest that was told; none where it is empty. */
};

static void learning_tell(struct learning *learning)
{
    if (learning->stretch.offset < learning->stretch.end) {
        stretches_add(&learning->surveying->hold->writer->stretches, &learning->stretch);
        survey_stretch(learning->surveying, &learning->stretch, false);
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

static enum status survey_gap(struct surveying *surveying, const struct segment *segment,
                              uint32_t from, uint32_t end)
{
    struct learning learning = {.surveying = surveying};
    if (from >= end) {
        return STATUS_OK;
    }
    enum status status =
        hold_each_frame(surveying->hold, segment, from, end, learning_frame, &learning);
    if (status == STATUS_OK || status == STATUS_IO) {
        learning_tell(&learning);
    }
    if (status == STATUS_IO) { /* What is damaged is not all. */
        surveying->status = STATUS_IO;
        status = STATUS_OK;
    }
    return status;
}

/* The stretches of a log, which may be closed, and what lies between them. */
static enum status survey_log(struct surveying *surveying, const struct segment *segment,
                              bool closed)
{
    struct stretch *stretches;
    size_t count;
    uint32_t known = FRAME_LOG_HEAD_SIZE;
    enum status status =
        stretches_copy(&surveying->hold->writer->stretches, segment->number, &stretches, &count);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = survey_gap(surveying, segment, known, stretches[i].offset);
        survey_stretch(surveying, &stretches[i], closed || i + 1 < count);
        known = stretches[i].end;
    }
    if (status == STATUS_OK) {
        status = survey_gap(surveying, segment, known, (uint32_t)segment->end);
    }
    free(stretches);
    return status;
}

static enum status survey(struct surveying *surveying)
{
    struct store_hold *hold = surveying->hold;
    struct segment *logs;
    size_t count;
    for (size_t i = 0; i < hold->list->count; i++) {
        survey_blocks(surveying, hold->list->items[i]->sealed);
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
            status = survey_log(surveying, &logs[i], i + 1 < count);
        }
    }
    free(logs);
    if (status == STATUS_OK && surveying->places->failed) {
        status = STATUS_FULL;
    }
    places_sort(surveying->places);
    return status;
}

enum status hold_survey(struct store_hold *hold, struct moments span, struct places *places)
{
    struct surveying surveying = {.hold = hold, .span = span, .places = places};
    enum status status = survey(&surveying);
    return status == STATUS_OK ? surveying.status : status;
}
