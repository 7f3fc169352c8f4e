/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include "base/ensure.h"
#include "base/log.h"
#include "store/codec.h"
#include "store/hold.h"
#include "store/recovery.h"
#include "store/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a log that a record takes at least, about: how many are in it is not counted again. */
#define RECORD_SIZE_LEAST 50

static void recovery_found(void *context, const char *name)
{
    struct recovery *recovery = context;
    uint32_t number;
    if (!segment_name_parse(name, &number)) {
        log_warn("not a segment", log_string("name", name));
        return;
    }
    if (recovery->count == recovery->capacity) {
        size_t capacity = recovery->capacity == 0 ? 16 : 2 * recovery->capacity;
        struct found *found = realloc(recovery->found, capacity * sizeof(*found));
        if (found == NULL) {
            recovery->no_memory = true;
            return;
        }
        recovery->found = found;
        recovery->capacity = capacity;
    }
    struct found *found = &recovery->found[recovery->count++];
    *found = (struct found){.number = number};
    (void)snprintf(found->name, sizeof(found->name), "%s", name);
}

static int recovery_compare(const void *one, const void *other)
{
    const struct found *a = one;
    const struct found *b = other;
    if (a->number != b->number) {
        return a->number < b->number ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

/* Read the size and the head of a log.  What is not there has neither. */
static void recovery_read_head(const struct recovery *recovery, struct found *found)
{
    const struct disk *disk = recovery->writer->disk;
    char directory[STORE_PATH_SIZE];
    char log[STORE_PATH_SIZE];
    segment_paths(found->name, directory, log);
    int file;
    enum status status = disk->open(disk->self, log, false, &file);
    if (status != STATUS_OK) {
        found->unreadable = status != STATUS_NOT_FOUND;
        return;
    }
    unsigned char bytes[FRAME_LOG_HEAD_SIZE];
    size_t got = 0;
    status = disk->size(disk->self, file, &found->size);
    if (status == STATUS_OK) {
        status = disk->read(disk->self, file, 0, bytes, sizeof(bytes), &got);
    }
    found->has_log = true;
    found->unreadable = status != STATUS_OK;
    if (status == STATUS_OK &&
        frame_log_head_read(slice_of(bytes, got), &found->head) == FRAME_OK) {
        found->has_head = found->head.segment == found->number;
    }
    disk->close(disk->self, file);
}

static enum status recovery_list(struct recovery *recovery)
{
    const struct disk *disk = recovery->writer->disk;
    enum status status = disk->make_directory(disk->self, "segments");
    if (status != STATUS_OK && status != STATUS_EXISTS) {
        return status;
    }
    /* Also when it is there: who made it may have died before this. */
    status = disk->sync_directory(disk->self, ".");
    if (status != STATUS_OK) {
        return status;
    }
    status = disk->list(disk->self, "segments", recovery_found, recovery);
    if (status != STATUS_OK) {
        return status;
    }
    if (recovery->no_memory) {
        return STATUS_FULL;
    }
    if (recovery->count > 0) {
        qsort(recovery->found, recovery->count, sizeof(*recovery->found), recovery_compare);
    }
    for (size_t i = 0; i < recovery->count; i++) {
        struct found *found = &recovery->found[i];
        recovery_read_head(recovery, found);
        if (found->unreadable) {
            /* Its head says where the one before it ends: without it, frames that were refused
             * could pass for kept ones. */
            log_error("segment unreadable", log_string("segment", found->name));
            return STATUS_IO;
        }
    }
    return STATUS_OK;
}

/* The identity: of the catalog, else of the newest segment that has one, else the new one. */
static enum status recovery_identify(struct recovery *recovery)
{
    struct writer *writer = recovery->writer;
    const struct catalog *catalog = writer->catalog;
    unsigned char memory[64];
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    struct slice id;
    enum status status = catalog->get(catalog->self, SLICE("store"), &arena, &id);
    if (status == STATUS_OK && id.size == sizeof(writer->id)) {
        memcpy(writer->id, id.base, sizeof(writer->id));
    } else if (status == STATUS_NOT_FOUND) {
        for (size_t i = recovery->count; i > 0; i--) {
            if (recovery->found[i - 1].has_head) {
                memcpy(writer->id, recovery->found[i - 1].head.store, sizeof(writer->id));
                break;
            }
        }
        status =
            catalog->put(catalog->self, SLICE("store"), slice_of(writer->id, sizeof(writer->id)));
    }
    if (status != STATUS_OK) {
        return status;
    }
    writer->seed = frame_seed(writer->id);
    for (size_t i = 0; i < recovery->count; i++) {
        struct found *found = &recovery->found[i];
        if (found->has_head && memcmp(found->head.store, writer->id, sizeof(writer->id)) != 0) {
            found->has_head = false;
            found->foreign = true;
        }
    }
    return STATUS_OK;
}

/* Remove what retention had dropped before the directory was gone. */
static enum status recovery_remove_dropped(struct recovery *recovery)
{
    const struct catalog *catalog = recovery->writer->catalog;
    unsigned char memory[64];
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    struct slice value;
    uint32_t first = 0;
    enum status status = catalog->get(catalog->self, SLICE("first"), &arena, &value);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    if (status == STATUS_OK && value.size == 4) {
        for (unsigned i = 0; i < 4; i++) {
            first |= (uint32_t)value.base[i] << (8 * i);
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < recovery->count; i++) {
        if (recovery->found[i].number >= first) {
            recovery->found[kept++] = recovery->found[i];
        } else if (segment_remove(recovery->writer->disk, recovery->found[i].name) != STATUS_OK) {
            log_warn("segment not removed", log_string("segment", recovery->found[i].name));
        }
    }
    recovery->count = kept;
    if (first > 0) {
        recovery->writer->segment_last = first - 1;
    }
    return STATUS_OK;
}

struct recovery_missing {
    struct recovery *recovery;
    uint32_t count;
};

/* A listed segment that is not there is lost: say it. */
static void recovery_check_listed(void *context, struct slice key, struct slice value)
{
    struct recovery_missing *missing = context;
    const struct recovery *recovery = missing->recovery;
    char name[SEGMENT_NAME_SIZE];
    uint32_t number;
    (void)key;
    if (!slice_copy_text(value, name, sizeof(name)) || !segment_name_parse(name, &number)) {
        return;
    }
    if (number > recovery->writer->segment_last) {
        recovery->writer->segment_last = number;
    }
    for (size_t i = 0; i < recovery->count; i++) {
        if (recovery->found[i].number == number) {
            return;
        }
    }
    /* Below the first one that is kept it was dropped. */
    if (recovery->count > 0 && number < recovery->found[0].number) {
        return;
    }
    log_error("segment missing", log_string("segment", name));
    missing->count++;
}

static bool recovery_reserve(struct recovery *recovery, size_t size)
{
    if (size <= recovery->body_capacity) {
        return true;
    }
    unsigned char *body = realloc(recovery->body, size);
    if (body == NULL) {
        return false;
    }
    recovery->body = body;
    recovery->body_capacity = size;
    return true;
}

void recovery_remember(struct recovery *recovery, const struct hash_128 *hash, uint64_t arrival_ns)
{
    struct dedupe *dedupe = &recovery->writer->dedupe;
    bool recent =
        recovery->now_ns < arrival_ns || recovery->now_ns - arrival_ns <= STORE_DEDUPE_NS_MAX;
    if (recent && !dedupe_find(dedupe, hash, arrival_ns)) {
        (void)dedupe_add(dedupe, hash, arrival_ns);
    }
}

void recovery_visit(void *context, const struct frame_head *head, struct slice stored)
{
    struct recovery *recovery = context;
    struct writer *writer = recovery->writer;
    struct frame_ref ref = {.segment = head->segment, .offset = head->offset};
    const struct store_observer *observer = &writer->observer;
    if (!recovery->stopped && observer->stopping != NULL && observer->stopping(observer->context)) {
        /* No frame is to blame for this end. */
        mark_set(&recovery->mark, (struct frame_ref){0, 0});
        recovery->stopped = true;
    }
    if (recovery->stopped) {
        return;
    }
    if (mark_skips(&recovery->mark, ref)) {
        writer->stats.quarantined++;
        return;
    }
    if (saved_covers(&writer->saved, ref)) {
        return;
    }
    /* At least one byte, so that an empty body has a place. */
    if (!recovery_reserve(recovery, (size_t)head->inflated_size + 1)) {
        recovery->no_memory = true;
        return;
    }
    if (codec_inflate(stored, (enum frame_codec)head->codec, recovery->body, head->inflated_size) !=
        STATUS_OK) {
        log_error("frame does not inflate", log_u64("segment", ref.segment),
                  log_u64("offset", ref.offset));
        writer->stats.quarantined++;
        return;
    }
    struct frame frame = {
        .signal = (enum signal)head->signal,
        .arrival_ns = head->arrival_ns,
        .body = slice_of(recovery->body, head->inflated_size),
    };
    if (recovery->now_ns < head->arrival_ns ||
        recovery->now_ns - head->arrival_ns <= STORE_DEDUPE_NS_MAX) {
        struct hash_128 hash = frame_body_hash(&writer->bulk, frame.body);
        memcpy(frame.hash.bytes, hash.bytes, sizeof(hash.bytes));
        recovery_remember(recovery, &hash, head->arrival_ns);
    }
    mark_set(&recovery->mark, ref);
    if (recovery->sealed) {
        ref.offset = HOLD_BLOCK_BIT; /* It is found by nothing. */
    }
    writer->observer.apply(writer->observer.context, writer->store, &frame, NULL, ref);
    writer->stats.recovered_frames++;
    writer->saved.bytes += FRAME_HEAD_SIZE + stored.size;
}

/* The end of a segment as a later one says it. */
static bool recovery_known_end(const struct recovery *recovery, size_t at, uint64_t *end)
{
    for (size_t i = at + 1; i < recovery->count; i++) {
        const struct found *later = &recovery->found[i];
        if (later->has_head && later->head.previous == recovery->found[at].number &&
            later->head.previous_end >= FRAME_LOG_HEAD_SIZE) {
            *end = later->head.previous_end;
            return true;
        }
    }
    return false;
}

/*
 * Write again what nobody says is durable.  If the sync before the crash had failed, the kernel has
 * those pages as clean, though they are not on the disk: a sync alone would do nothing for them.
 */
static enum status recovery_rewrite(struct recovery *recovery, int file,
                                    const struct scan_result *result)
{
    struct writer *writer = recovery->writer;
    const struct disk *disk = writer->disk;
    uint64_t offset = result->synced_end;
    while (offset < result->end) {
        uint64_t left = result->end - offset;
        size_t size = left < STORE_SCAN_CHUNK ? (size_t)left : (size_t)STORE_SCAN_CHUNK;
        size_t got = 0;
        enum status status = disk->read(disk->self, file, offset, writer->gather, size, &got);
        if (status != STATUS_OK || got != size) {
            return status != STATUS_OK ? status : STATUS_IO;
        }
        status = disk_write_all(disk, file, offset, slice_of(writer->gather, size));
        if (status != STATUS_OK) {
            return status;
        }
        offset += size;
    }
    return STATUS_OK;
}

/*
 * Keep what counts of a log whose end nobody knew, durably: it is shown, so it must not vanish.
 * That is the newest one, and one that could not be read when its successor was made.
 */
static enum status recovery_trim(struct recovery *recovery, const struct found *found, int file,
                                 const struct scan_result *result)
{
    struct writer *writer = recovery->writer;
    const struct disk *disk = writer->disk;
    enum status status = STATUS_OK;
    if (result->end < found->size) {
        status = disk->truncate(disk->self, file, result->end);
        writer->stats.cut_bytes += found->size - result->end;
        log_warn("torn tail cut", log_string("segment", found->name),
                 log_u64("bytes", found->size - result->end));
    }
    if (status == STATUS_OK) {
        status = recovery_rewrite(recovery, file, result);
    }
    if (status == STATUS_OK) {
        status = disk->sync(disk->self, file);
    }
    char directory[STORE_PATH_SIZE];
    char log[STORE_PATH_SIZE];
    segment_paths(found->name, directory, log);
    if (status == STATUS_OK) {
        status = disk->sync_directory(disk->self, directory);
    }
    if (status == STATUS_OK) {
        status = disk->sync_directory(disk->self, "segments");
    }
    return status;
}

static void recovery_account(struct recovery *recovery, const struct found *found,
                             const struct scan_result *result)
{
    struct store_stats *stats = &recovery->writer->stats;
    if (result->damaged_places > 0 || result->unreadable) {
        log_error("segment damaged", log_string("segment", found->name),
                  log_u64("places", result->damaged_places),
                  log_u64("bytes", result->damaged_bytes),
                  log_u64("unreadable", result->unreadable ? 1 : 0));
        stats->quarantined += result->damaged_places + (result->unreadable ? 1 : 0);
    }
    struct saved *saved = &recovery->writer->saved;
    struct frame_ref end = {found->number, (uint32_t)result->end};
    saved->blind = saved->blind || result->unreadable;
    saved->shown = saved_compare(saved->shown, end) < 0 ? end : saved->shown;
}

/* Take a scanned segment over: onto the shelf, and the newest whole one as the active one. */
static enum status recovery_adopt(struct recovery *recovery, const struct found *found, int file,
                                  const struct scan_result *result, bool newest)
{
    struct writer *writer = recovery->writer;
    struct segment segment = {
        .number = found->number,
        .end = result->end,
        .frames = result->frames,
        .arrival_last_ns = result->arrival_last_ns,
        /* What is hidden or damaged could not be seen again, or mended, but in the log. */
        .no_seal = result->unreadable || result->damaged_places > 0,
    };
    memcpy(segment.name, found->name, sizeof(segment.name));
    enum status status = shelf_set(&writer->shelf, &segment);
    if (status != STATUS_OK) {
        return status;
    }
    /* Of what could not be read, the end stays unknown. */
    writer->previous = result->unreadable ? 0 : found->number;
    writer->previous_end = result->unreadable ? 0 : (uint32_t)result->end;
    if (!result->end_known && !result->unreadable) {
        status = recovery_trim(recovery, found, file, result);
        /* Where less is left of it than was shown, frames would be taken for those. */
        struct frame_ref end = {found->number, (uint32_t)result->end};
        if (status == STATUS_OK && newest && found->has_head && found->sealed == NULL &&
            !saved_covers(&writer->saved, end)) {
            writer->active = found->number;
            writer->active_file = file;
            writer->active_segment = segment;
            writer->active_records = result->end / RECORD_SIZE_LEAST;
            writer->active_made_ns = found->head.created_ns;
        }
    }
    return status;
}

/* Show the frames of a log that is open. */
static enum status recovery_scan(struct recovery *recovery, size_t at, int file,
                                 struct scan_result *result)
{
    struct writer *writer = recovery->writer;
    const struct found *found = &recovery->found[at];
    struct scan scan = {
        .disk = writer->disk,
        .file = file,
        .segment = found->number,
        .seed = writer->seed,
        .size = found->size,
        .seq = found->has_head ? found->head.seq : 0,
    };
    uint64_t end;
    if (recovery_known_end(recovery, at, &end)) {
        if (end > found->size) {
            log_error("segment too short", log_string("segment", found->name),
                      log_u64("missing", end - found->size));
            writer->stats.quarantined++;
        }
        scan.end_known = true;
        scan.size = end < found->size ? end : found->size;
    }
    enum status status = STATUS_OK;
    if (found->number > index_latest(writer->index)) { /* Else it was loaded. */
        status = index_open(writer->index, found->number);
    }
    if (status == STATUS_OK) {
        status = scan_log(&scan, recovery_visit, recovery, result);
    }
    if (status == STATUS_OK && recovery->no_memory) {
        status = STATUS_FULL;
    }
    if (status == STATUS_OK && recovery->stopped) {
        status = STATUS_CLOSED;
    }
    if (status == STATUS_OK) {
        recovery_account(recovery, found, result);
        writer->seq = result->seq_last > writer->seq ? result->seq_last : writer->seq;
    }
    return status;
}

static enum status recovery_segment(struct recovery *recovery, size_t at)
{
    struct writer *writer = recovery->writer;
    struct found *found = &recovery->found[at];
    /* Of a log that is still there, frames may be behind the place that was saved. */
    bool told = found->number < writer->saved.loaded.segment;
    if (found->sealed != NULL && (told || !found->has_log)) {
        return recovery_sealed(recovery, found);
    }
    const struct disk *disk = writer->disk;
    char directory[STORE_PATH_SIZE];
    char log[STORE_PATH_SIZE];
    segment_paths(found->name, directory, log);
    int file;
    enum status status = disk->open(disk->self, log, false, &file);
    if (status == STATUS_NOT_FOUND) {
        /* Its making was cut short: nothing was ever acknowledged in it. */
        return segment_remove(disk, found->name);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct scan_result result;
    status = recovery_scan(recovery, at, file, &result);
    bool unfinished =
        status == STATUS_OK && !found->has_head && result.frames == 0 && !result.unreadable;
    if (status == STATUS_OK && !unfinished) {
        status = recovery_adopt(recovery, found, file, &result, at + 1 == recovery->count);
    }
    if (writer->active != found->number) {
        disk->close(disk->self, file);
    }
    if (status == STATUS_OK && found->sealed != NULL) {
        status = recovery_shelve(recovery, found);
        index_drop(writer->index, found->number);
    }
    return unfinished ? segment_remove(disk, found->name) : status;
}

static enum status recovery_segments(struct recovery *recovery)
{
    struct writer *writer = recovery->writer;
    for (size_t i = 0; i < recovery->count; i++) {
        const struct found *found = &recovery->found[i];
        if (found->number > writer->segment_last) {
            writer->segment_last = found->number;
        }
        if (found->foreign || (i > 0 && found[-1].number == found->number)) {
            log_error("segment of another store", log_string("segment", found->name));
            writer->stats.quarantined++;
            continue;
        }
        if (found->damaged && !found->has_log) {
            /* It is left as it is: perhaps it can be read, or mended, another time. */
            writer->saved.blind = writer->saved.blind || found->hidden;
            continue;
        }
        if (found->has_head && found->head.seq > writer->seq) {
            writer->seq = found->head.seq;
        }
        enum status status = recovery_segment(recovery, i);
        if (status != STATUS_OK && !recovery->stopped) {
            log_error("segment not recovered", log_string("segment", found->name),
                      log_status(status));
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status recovery_run(struct recovery *recovery, const char **step)
{
    const struct catalog *catalog = recovery->writer->catalog;
    *step = "listing the segments";
    enum status status = recovery_list(recovery);
    if (status != STATUS_OK) {
        return status;
    }
    *step = "reading the catalog";
    status = recovery_identify(recovery);
    if (status == STATUS_OK) {
        status = recovery_remove_dropped(recovery);
    }
    if (status == STATUS_OK) {
        status = recovery_open_sealed(recovery);
    }
    struct recovery_missing missing = {.recovery = recovery};
    uint32_t first = recovery->writer->segment_last + 1;
    if (status == STATUS_OK) {
        status = catalog->each(catalog->self, SLICE("segment/"), recovery_check_listed, &missing);
    }
    if (status == STATUS_OK) {
        status =
            mark_open(&recovery->mark, recovery->writer->disk, catalog, recovery->writer->seed);
    }
    if (status != STATUS_OK) {
        return status;
    }
    recovery->writer->stats.quarantined += missing.count;
    *step = "loading what was saved";
    const struct saved_terms terms = {recovery_usable, recovery_indexed, recovery};
    status = saved_load(recovery->writer, &recovery->mark, first, &terms);
    if (status != STATUS_OK) {
        return status;
    }
    *step = "reading the segments";
    status = recovery_segments(recovery);
    if (status == STATUS_OK) {
        mark_set(&recovery->mark, (struct frame_ref){0, 0});
    }
    return status;
}

enum status writer_recover(struct writer *writer, char *error, size_t error_size)
{
    struct recovery recovery = {
        .writer = writer,
        .mark = {.file = -1},
        .now_ns = writer->wall_ns(),
    };
    const char *step = "";
    enum status status = recovery_run(&recovery, &step);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "recovery failed while %s: %s", step,
                       status_name(status));
    }
    mark_close(&recovery.mark);
    for (size_t i = 0; i < recovery.count; i++) {
        sealed_free(recovery.found[i].sealed); /* Of a recovery that was not finished. */
    }
    free(recovery.found);
    free(recovery.body);
    return status;
}
