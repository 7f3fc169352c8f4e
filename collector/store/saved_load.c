/* SPDX-License-Identifier: Apache-2.0 */
#include "store/saved.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/frame.h"
#include "store/writer.h"

#include <stdlib.h>
#include <string.h>

/* A mark with this offset is of a file: no frame begins in the head of a log. */
#define SAVED_MARK_OFFSET 2

/* The files that were found, the newest last. */
struct saved_found {
    struct frame_ref places[STORE_SAVED_COUNT_MAX];
    size_t count;
};

static void saved_note(void *context, const char *name)
{
    struct saved_found *found = context;
    struct frame_ref place;
    if (!saved_name_parse(name, &place) || found->count == STORE_SAVED_COUNT_MAX) {
        return;
    }
    size_t at = found->count++;
    while (at > 0 && saved_compare(found->places[at - 1], place) > 0) {
        found->places[at] = found->places[at - 1];
        at--;
    }
    found->places[at] = place;
}

/* Read a file of which the head is right.  The memory is the caller's. */
static enum status saved_read(const struct writer *writer, int file, struct saved_head *head,
                              unsigned char **memory)
{
    const struct disk *disk = writer->disk;
    unsigned char bytes[SAVED_HEAD_SIZE];
    uint64_t size;
    size_t got = 0;
    enum status status = disk->size(disk->self, file, &size);
    if (status == STATUS_OK) {
        status = disk->read(disk->self, file, 0, bytes, sizeof(bytes), &got);
    }
    if (status == STATUS_OK) {
        status = saved_head_read(slice_of(bytes, got), head);
    }
    if (status == STATUS_OK && (memcmp(head->store, writer->id, sizeof(head->store)) != 0 ||
                                head->size != size - SAVED_HEAD_SIZE)) {
        status = STATUS_BAD;
    }
    if (status != STATUS_OK) {
        return status;
    }
    *memory = malloc((size_t)head->size + 1);
    if (*memory == NULL) {
        return STATUS_FULL;
    }
    status = disk->read(disk->self, file, SAVED_HEAD_SIZE, *memory, (size_t)head->size, &got);
    if (status == STATUS_OK &&
        (got != head->size || hash_crc32c(writer->seed, slice_of(*memory, got)) != head->crc)) {
        status = STATUS_BAD;
    }
    return status;
}

/* Take in what a file holds; on any answer but STATUS_OK all is as if there were none. */
static enum status saved_take(struct writer *writer, const struct saved_terms *terms,
                              const struct saved_head *head, struct slice bytes,
                              const char **reason)
{
    *reason = "the index is damaged";
    enum status status = dedupe_load(&writer->dedupe, &bytes);
    if (status == STATUS_OK) {
        status = index_load(writer->index, head->place.segment, &bytes);
    }
    if (status == STATUS_OK && !terms->indexed(terms->context, head->place.segment)) {
        *reason = "what was sealed is damaged";
        status = STATUS_BAD;
    }
    if (status == STATUS_OK) {
        status = writer->observer.load(writer->observer.context, bytes, reason);
    }
    if (status != STATUS_OK) {
        dedupe_take_back(&writer->dedupe, UINT32_MAX);
        index_forget(writer->index, UINT32_MAX);
    }
    return status;
}

static enum status saved_try(struct writer *writer, const struct saved_terms *terms,
                             struct frame_ref place, struct saved_head *head)
{
    const struct disk *disk = writer->disk;
    char name[STORE_PATH_SIZE];
    unsigned char *memory = NULL;
    const char *reason = "the file is not whole";
    int file;
    saved_name(place, name);
    enum status status = disk->open(disk->self, name, false, &file);
    if (status == STATUS_OK) {
        status = saved_read(writer, file, head, &memory);
        disk->close(disk->self, file);
    }
    if (status == STATUS_OK && saved_compare(head->place, place) != 0) {
        status = STATUS_BAD;
    }
    if (status == STATUS_OK) {
        status = saved_take(writer, terms, head, slice_of(memory, (size_t)head->size), &reason);
    }
    free(memory);
    if (status != STATUS_OK) {
        log_warn("view not loaded", log_string("file", name), log_status(status),
                 log_string("reason", reason));
    }
    return status;
}

/* What was loaded is what frames before its place told, but for segments that went since. */
static void saved_adopt(struct writer *writer, const struct saved_head *head, uint32_t first)
{
    struct saved *saved = &writer->saved;
    saved->shown = saved->loaded = saved->kept = saved->place = head->place;
    saved->size = SAVED_HEAD_SIZE + head->size;
    saved->forgotten = head->forgotten;
    if (first > 0 && first - 1 > head->forgotten) {
        saved->forgotten = first - 1;
        index_forget(writer->index, first - 1);
        writer->observer.forget(writer->observer.context, first - 1);
    }
    /* Whatever is left of the log: new frames are behind the place. */
    if (writer->segment_last < head->place.segment) {
        writer->segment_last = head->place.segment;
    }
    if (writer->seq < head->seq) {
        writer->seq = head->seq;
    }
}

enum status saved_load(struct writer *writer, struct mark *mark, uint32_t first,
                       const struct saved_terms *terms)
{
    const struct disk *disk = writer->disk;
    struct saved_found found = {.count = 0};
    writer->saved.tried_ns = writer->wall_ns();
    if (writer->observer.load == NULL) {
        return STATUS_OK;
    }
    if (disk->list(disk->self, ".", saved_note, &found) != STATUS_OK) {
        log_warn("saved views not listed");
        return STATUS_OK;
    }
    for (size_t i = found.count; i > 0; i--) {
        struct frame_ref place = found.places[i - 1];
        struct frame_ref sign = {place.segment, SAVED_MARK_OFFSET};
        struct saved_head head;
        if (mark_skips(mark, sign) || !terms->usable(terms->context, place.segment)) {
            continue; /* It has ended processes, or is of no use. */
        }
        uint64_t before_ns = clock_monotonic_ns();
        mark_set(mark, sign);
        enum status status = saved_try(writer, terms, place, &head);
        mark_set(mark, (struct frame_ref){0, 0});
        if (status == STATUS_OK) {
            saved_adopt(writer, &head, first);
            log_info("view loaded", log_u64("segment", place.segment),
                     log_u64("offset", place.offset), log_u64("bytes", head.size),
                     log_u64("ms", (clock_monotonic_ns() - before_ns) / CLOCK_NS_PER_MS));
            return STATUS_OK;
        }
        if (status == STATUS_FULL) {
            return status;
        }
    }
    return STATUS_OK;
}
