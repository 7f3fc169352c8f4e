/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void writer_accepting(struct writer *writer, const char *reason)
{
    bool accepting = reason == NULL;
    (void)pthread_mutex_lock(&writer->mutex);
    bool changed = writer->stats.accepting != accepting;
    writer->stats.accepting = accepting;
    (void)snprintf(writer->stats.reason, sizeof(writer->stats.reason), "%s",
                   accepting ? "" : reason);
    (void)pthread_mutex_unlock(&writer->mutex);
    if (changed && accepting) {
        log_info("store accepts", log_u64("segment", writer->active));
    } else if (changed) {
        log_error("store does not accept", log_string("reason", reason));
    }
}

enum status writer_rotate(struct writer *writer)
{
    if (writer->active != WRITER_NO_SEGMENT) {
        writer->disk->close(writer->disk->self, writer->active_file);
        writer->active = WRITER_NO_SEGMENT;
    }
    if (writer->segment_last == UINT32_MAX) {
        return STATUS_FULL;
    }
    /* A number is used once, also when making the segment fails half way. */
    uint32_t number = ++writer->segment_last;
    uint64_t now_ns = writer->wall_ns();
    struct frame_log_head head = {
        .segment = number,
        .previous = writer->previous,
        .previous_end = writer->previous_end,
        .created_ns = now_ns,
        .seq = writer->seq,
    };
    memcpy(head.store, writer->id, sizeof(head.store));
    struct segment segment = {.number = number, .end = FRAME_LOG_HEAD_SIZE};
    segment_name(number, now_ns, segment.name);
    int file;
    enum status status = segment_create(writer->disk, &head, segment.name, &file);
    if (status != STATUS_OK) {
        /* Recovery removes what this cannot. */
        (void)!segment_remove(writer->disk, segment.name);
        return status;
    }
    status = shelf_set(&writer->shelf, &segment);
    if (status == STATUS_OK) {
        status = index_open(writer->index, number);
    }
    if (status != STATUS_OK) {
        writer->disk->close(writer->disk->self, file);
        return status;
    }
    /* The list only tells what is missing; the directory is what there is. */
    char key[STORE_PATH_SIZE];
    (void)snprintf(key, sizeof(key), "segment/%08u", number);
    if (writer->catalog->put(writer->catalog->self, slice_from(key), slice_from(segment.name)) !=
        STATUS_OK) {
        log_warn("segment not listed", log_string("segment", segment.name));
    }
    writer->active = number;
    writer->active_file = file;
    writer->active_segment = segment;
    writer->active_records = 0;
    writer->active_made_ns = now_ns;
    writer_draft_begin(writer);
    writer->previous = number;
    writer->previous_end = FRAME_LOG_HEAD_SIZE;
    return STATUS_OK;
}

/*
 * After a failed write or sync nobody knows what the disk has: the segment ends at the last good
 * sync, which the next segment's head will say, and is not written to again.
 */
static void writer_abandon(struct writer *writer)
{
    ENSURE(writer->active != WRITER_NO_SEGMENT);
    log_error("segment closed early", log_string("segment", writer->active_segment.name),
              log_u64("end", writer->active_segment.end));
    writer->disk->close(writer->disk->self, writer->active_file);
    writer->active = WRITER_NO_SEGMENT;
}

/* Whether the active log is to be followed by a new one. */
static bool writer_full(const struct writer *writer)
{
    const struct segment *active = &writer->active_segment;
    uint64_t now_ns = writer->wall_ns();
    return active->end >= writer->options.segment_bytes_max ||
           writer->active_records >= STORE_SEGMENT_RECORDS_MAX ||
           (writer->draft != NULL && draft_full(writer->draft)) ||
           (active->frames > 0 && now_ns > writer->active_made_ns &&
            now_ns - writer->active_made_ns > STORE_SEGMENT_NS_MAX);
}

/* Whether there is a place to write to; if not, why. */
static enum status writer_ready(struct writer *writer)
{
    uint64_t free_bytes;
    enum status status = writer->disk->free_bytes(writer->disk->self, &free_bytes);
    if (status != STATUS_OK) {
        writer_accepting(writer, "the disk does not answer");
        return status;
    }
    if (free_bytes < STORE_DISK_RESERVE) {
        writer_accepting(writer, "the disk is full: less than the reserve of 64 MiB is free");
        return STATUS_FULL;
    }
    if (writer->active == WRITER_NO_SEGMENT || writer_full(writer)) {
        status = writer_rotate(writer);
        if (status != STATUS_OK) {
            writer_accepting(writer, status == STATUS_FULL
                                         ? "the disk is full: a new segment cannot be made"
                                         : "the disk fails: a new segment cannot be made");
            return status;
        }
        writer_retain(writer);
    }
    writer_accepting(writer, NULL);
    return STATUS_OK;
}

static enum status writer_flush(struct writer *writer, uint64_t *end)
{
    struct slice bytes = slice_of(writer->gather, writer->gathered);
    writer->gathered = 0;
    if (bytes.size == 0) {
        return STATUS_OK;
    }
    enum status status = disk_write_all(writer->disk, writer->active_file, *end, bytes);
    *end += bytes.size;
    return status;
}

/* Write one frame behind what is gathered; *end is how far is written. */
static enum status writer_write(struct writer *writer, struct pending *pending, uint64_t *end)
{
    struct slice bytes = slice_of(pending->bytes, pending->size);
    if (bytes.size > STORE_SCAN_CHUNK - writer->gathered) {
        enum status status = writer_flush(writer, end);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (bytes.size > STORE_SCAN_CHUNK) {
        enum status status = disk_write_all(writer->disk, writer->active_file, *end, bytes);
        *end += bytes.size;
        return status;
    }
    memcpy(writer->gather + writer->gathered, bytes.base, bytes.size);
    writer->gathered += bytes.size;
    return STATUS_OK;
}

static void writer_head(struct writer *writer, struct pending *pending, uint64_t offset)
{
    pending->ref = (struct frame_ref){.segment = writer->active, .offset = (uint32_t)offset};
    pending->head.segment = writer->active;
    pending->head.offset = (uint32_t)offset;
    pending->head.seq = ++writer->seq;
    pending->head.synced_end = (uint32_t)writer->active_segment.end;
    frame_head_write(&pending->head, writer->seed, pending->bytes);
}

/* Write and sync the frames that are new; *added is how many bodies are remembered for it. */
static enum status writer_write_group(struct writer *writer, struct pending *list, uint32_t *added,
                                      uint64_t *end_after)
{
    uint64_t written = writer->active_segment.end;
    uint64_t offset = written;
    enum status status = STATUS_OK;
    bool any = false;
    *added = 0;
    writer->gathered = 0;
    for (struct pending *pending = list; pending != NULL; pending = pending->next) {
        uint64_t arrival_ns = pending->frame.arrival_ns;
        pending->repeated = dedupe_find(&writer->dedupe, &pending->hash, arrival_ns);
        if (pending->repeated) {
            continue;
        }
        any = true;
        *added += dedupe_add(&writer->dedupe, &pending->hash, arrival_ns) ? 1 : 0;
        ENSURE(offset <= STORE_SEGMENT_SIZE_MAX);
        writer_head(writer, pending, offset);
        offset += pending->size;
        status = writer_write(writer, pending, &written);
        if (status != STATUS_OK) {
            return status;
        }
    }
    status = writer_flush(writer, &written);
    if (status == STATUS_OK && any) {
        uint64_t before_ns = clock_monotonic_ns();
        status = writer->disk->sync(writer->disk->self, writer->active_file);
        uint64_t took_ns = clock_monotonic_ns() - before_ns;
        (void)pthread_mutex_lock(&writer->mutex);
        writer->stats.syncs++;
        writer->stats.last_sync_ns = took_ns;
        (void)pthread_mutex_unlock(&writer->mutex);
    }
    *end_after = offset;
    return status;
}

/* When the records of a frame happened, where that is known. */
static void writer_stretch(struct writer *writer, const struct pending *pending)
{
    struct stretch stretch = {
        .segment = pending->ref.segment,
        .offset = pending->ref.offset,
        .end = pending->ref.offset + (uint32_t)pending->size,
        .moments = MOMENTS_NONE,
    };
    if (pending->batch != NULL) {
        stretch.records = (uint32_t)(pending->batch->span_count + pending->batch->log_count);
        moments_add_batch(&stretch.moments, pending->batch);
        stretches_add(&writer->stretches, &stretch);
    }
}

static void writer_publish(struct writer *writer, struct pending *list, uint64_t end)
{
    struct segment *segment = &writer->active_segment;
    uint64_t before = segment->end;
    segment->end = end;
    for (const struct pending *pending = list; pending != NULL; pending = pending->next) {
        if (!pending->repeated) {
            segment->frames++;
            writer_stretch(writer, pending);
            writer->active_records +=
                pending->batch != NULL ? pending->batch->span_count + pending->batch->log_count : 1;
            if (pending->frame.arrival_ns > segment->arrival_last_ns) {
                segment->arrival_last_ns = pending->frame.arrival_ns;
            }
        }
    }
    writer->previous_end = (uint32_t)end;
    /* The segment is on the shelf, so this changes it and cannot fail. */
    enum status status = shelf_set(&writer->shelf, segment);
    ENSURE(status == STATUS_OK);
    writer->saved.bytes += end - before;
    writer->saved.shown = (struct frame_ref){writer->active, (uint32_t)end};
    for (struct pending *pending = list; pending != NULL; pending = pending->next) {
        pending->status = pending->repeated ? STATUS_EXISTS : STATUS_OK;
        if (!pending->repeated) {
            writer->observer.apply(writer->observer.context, writer->store, &pending->frame,
                                   pending->batch, pending->ref);
            writer_draft_add(writer, pending);
        }
    }
}

void writer_commit(struct writer *writer, struct pending *list)
{
    if (writer_ready(writer) != STATUS_OK) {
        for (struct pending *pending = list; pending != NULL; pending = pending->next) {
            pending->status = STATUS_IO;
        }
        return;
    }
    uint32_t added;
    uint64_t end = 0;
    enum status status = writer_write_group(writer, list, &added, &end);
    if (status == STATUS_OK) {
        writer_publish(writer, list, end);
        return;
    }
    dedupe_take_back(&writer->dedupe, added);
    writer_abandon(writer);
    for (struct pending *pending = list; pending != NULL; pending = pending->next) {
        /* A repetition of what was durable before stays one; of what was in this group, it is not.
         */
        bool kept = pending->repeated &&
                    dedupe_find(&writer->dedupe, &pending->hash, pending->frame.arrival_ns);
        pending->status = kept ? STATUS_EXISTS : STATUS_IO;
    }
    writer_accepting(writer, status == STATUS_FULL ? "the disk is full" : "the disk fails");
}

void writer_tend(struct writer *writer)
{
    if (writer_ready(writer) == STATUS_OK) {
        writer_retain(writer);
    }
}

static void writer_fini(struct writer *writer)
{
    writer_draft_end(writer);
    writer_guide_end(writer);
    free(writer->gather);
    index_free(writer->index);
    dedupe_fini(&writer->dedupe);
    cabinet_fini(&writer->cabinet);
    shelf_fini(&writer->shelf);
    digests_fini(&writer->digests);
    stretches_fini(&writer->stretches);
    (void)pthread_mutex_destroy(&writer->mutex);
}

static enum status writer_init(struct writer *writer, uint32_t dedupe_count)
{
    enum status status = shelf_init(&writer->shelf);
    if (status != STATUS_OK) {
        return status;
    }
    status = stretches_init(&writer->stretches);
    if (status != STATUS_OK) {
        goto fini_shelf;
    }
    status = digests_init(&writer->digests);
    if (status != STATUS_OK) {
        goto fini_stretches;
    }
    if (pthread_mutex_init(&writer->mutex, NULL) != 0) {
        status = STATUS_FULL;
        goto fini_digests;
    }
    status = cabinet_init(&writer->cabinet);
    if (status != STATUS_OK) {
        goto destroy_mutex;
    }
    status = dedupe_init(&writer->dedupe, dedupe_count > 0 ? dedupe_count : STORE_DEDUPE_COUNT_MAX,
                         STORE_DEDUPE_NS_MAX);
    if (status != STATUS_OK) {
        goto fini_cabinet;
    }
    status = index_create(&writer->index, &writer->key);
    if (status != STATUS_OK) {
        goto fini_dedupe;
    }
    writer->gather = malloc(STORE_SCAN_CHUNK);
    if (writer->gather != NULL) {
        return STATUS_OK;
    }
    status = STATUS_FULL;
    index_free(writer->index);
fini_dedupe:
    dedupe_fini(&writer->dedupe);
fini_cabinet:
    cabinet_fini(&writer->cabinet);
destroy_mutex:
    (void)pthread_mutex_destroy(&writer->mutex);
fini_digests:
    digests_fini(&writer->digests);
fini_stretches:
    stretches_fini(&writer->stretches);
fini_shelf:
    shelf_fini(&writer->shelf);
    return status;
}

/* The secret: of the catalog, else the new one.  What is kept by its hashes is of no use with
 * another. */
static enum status writer_secret(struct writer *writer)
{
    const struct catalog *catalog = writer->catalog;
    unsigned char memory[64];
    struct arena arena;
    struct slice secret;
    arena_init(&arena, memory, sizeof(memory));
    enum status status = catalog->get(catalog->self, SLICE("secret"), &arena, &secret);
    if (status == STATUS_OK && secret.size == sizeof(writer->key)) {
        memcpy(&writer->key, secret.base, sizeof(writer->key));
    } else if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        status = catalog->put(catalog->self, SLICE("secret"),
                              slice_of(&writer->key, sizeof(writer->key)));
    }
    hash_bulk_init(&writer->bulk, &writer->key);
    return status;
}

enum status writer_open(struct writer *writer, const struct store_parts *parts,
                        const struct store_options *options, const struct store_observer *observer,
                        struct store *store, char *error, size_t error_size)
{
    *writer = (struct writer){
        .store = store,
        .options = *options,
        .observer = *observer,
        .disk = parts->disk,
        .catalog = parts->catalog,
        .wall_ns = parts->wall_ns,
        .key = parts->key,
        .active = WRITER_NO_SEGMENT,
        .saved = {.threaded = parts->threaded},
    };
    memcpy(writer->id, parts->id, sizeof(writer->id));
    enum status status = writer_secret(writer);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "the catalog does not answer: %s", status_name(status));
        return status;
    }
    status = writer_init(writer, parts->dedupe_count);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "out of memory");
        return status;
    }
    if (observer->begin != NULL) {
        status = observer->begin(observer->context, &writer->key);
    }
    if (status == STATUS_OK) {
        status = writer_recover(writer, error, error_size);
    } else {
        (void)snprintf(error, error_size, "the view does not begin: %s", status_name(status));
    }
    if (status != STATUS_OK) {
        writer_close(writer);
        return status;
    }
    writer_guide_open(writer);
    writer_tend(writer);
    return STATUS_OK;
}

void writer_close(struct writer *writer)
{
    if (writer->active != WRITER_NO_SEGMENT) {
        writer->disk->close(writer->disk->self, writer->active_file);
        writer->active = WRITER_NO_SEGMENT;
    }
    writer_fini(writer);
}
