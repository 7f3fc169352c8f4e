/* SPDX-License-Identifier: Apache-2.0 */
#include "store/saved.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/frame.h"
#include "store/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAVED_VERSION 1

static const unsigned char saved_magic[8] = {'T', 'H', 'A', 'W', 'S', 'A', 'V', 'E'};

void saved_head_write(const struct saved_head *head, unsigned char bytes[SAVED_HEAD_SIZE])
{
    memset(bytes, 0, SAVED_HEAD_SIZE);
    memcpy(bytes, saved_magic, sizeof(saved_magic));
    bytes_put32(bytes + 8, SAVED_VERSION);
    bytes_put32(bytes + 12, head->place.segment);
    memcpy(bytes + 16, head->store, sizeof(head->store));
    bytes_put32(bytes + 32, head->place.offset);
    bytes_put32(bytes + 36, head->forgotten);
    bytes_put64(bytes + 40, head->seq);
    bytes_put64(bytes + 48, head->size);
    bytes_put32(bytes + 56, head->crc);
    bytes_put32(bytes + 60, hash_crc32c(0, slice_of(bytes, 60)));
}

enum status saved_head_read(struct slice bytes, struct saved_head *head)
{
    const unsigned char *at = bytes.base;
    if (bytes.size < SAVED_HEAD_SIZE || memcmp(at, saved_magic, sizeof(saved_magic)) != 0 ||
        bytes_get32(at + 8) != SAVED_VERSION ||
        bytes_get32(at + 60) != hash_crc32c(0, slice_take(bytes, 60))) {
        return STATUS_BAD;
    }
    *head = (struct saved_head){
        .place = {.segment = bytes_get32(at + 12), .offset = bytes_get32(at + 32)},
        .forgotten = bytes_get32(at + 36),
        .seq = bytes_get64(at + 40),
        .size = bytes_get64(at + 48),
        .crc = bytes_get32(at + 56),
    };
    memcpy(head->store, at + 16, sizeof(head->store));
    return STATUS_OK;
}

void saved_name(struct frame_ref place, char name[STORE_PATH_SIZE])
{
    (void)snprintf(name, STORE_PATH_SIZE, "view-%08u-%010u", place.segment, place.offset);
}

bool saved_name_parse(const char *name, struct frame_ref *place)
{
    char again[STORE_PATH_SIZE];
    if (sscanf(name, "view-%8u-%10u", &place->segment, &place->offset) != 2) {
        return false;
    }
    saved_name(*place, again);
    return strcmp(name, again) == 0;
}

int saved_compare(struct frame_ref one, struct frame_ref other)
{
    if (one.segment != other.segment) {
        return one.segment < other.segment ? -1 : 1;
    }
    return one.offset < other.offset ? -1 : one.offset > other.offset;
}

/* ---- Saving. ---- */

/* What is written behind the head. */
struct saved_out {
    const struct disk *disk;
    int file;
    uint64_t size;
    uint32_t crc;
    enum status status;
};

static bool out_put(void *context, struct slice bytes)
{
    struct saved_out *out = context;
    if (out->status == STATUS_OK) {
        out->crc = hash_crc32c(out->crc, bytes);
        out->status = disk_write_all(out->disk, out->file, SAVED_HEAD_SIZE + out->size, bytes);
        out->size += bytes.size;
    }
    return out->status == STATUS_OK;
}

static enum status saved_write(struct writer *writer, struct saved_out *out)
{
    unsigned char bytes[SAVED_HEAD_SIZE];
    const struct saved *saved = &writer->saved;
    if (!dedupe_save(&writer->dedupe, out_put, out) || !index_save(writer->index, out_put, out)) {
        return out->status != STATUS_OK ? out->status : STATUS_FULL;
    }
    enum status status = writer->observer.save(writer->observer.context, out_put, out);
    if (status != STATUS_OK || out->status != STATUS_OK) {
        return out->status != STATUS_OK ? out->status : status;
    }
    struct saved_head head = {
        .place = saved->place,
        .forgotten = saved->forgotten,
        .seq = writer->seq,
        .size = out->size,
        .crc = out->crc,
    };
    memcpy(head.store, writer->id, sizeof(head.store));
    saved_head_write(&head, bytes);
    return disk_write_all(out->disk, out->file, 0, slice_of(bytes, sizeof(bytes)));
}

/* Count how it ended. */
static void saved_account(struct writer *writer, enum status status)
{
    const struct saved *saved = &writer->saved;
    uint64_t took_ns = clock_monotonic_ns() - saved->begun_ns;
    (void)pthread_mutex_lock(&writer->mutex);
    struct store_stats *stats = &writer->stats;
    if (status == STATUS_OK) {
        stats->saves++;
        stats->save_bytes = saved->size;
        stats->save_ns = took_ns;
        stats->save_reason[0] = '\0';
    } else {
        stats->save_failures++;
        (void)snprintf(stats->save_reason, sizeof(stats->save_reason), "%s",
                       status == STATUS_FULL ? "there is no room for it" : "the disk fails");
    }
    (void)pthread_mutex_unlock(&writer->mutex);
    if (status == STATUS_OK) {
        log_info("view saved", log_u64("segment", saved->place.segment),
                 log_u64("offset", saved->place.offset), log_u64("bytes", saved->size),
                 log_u64("ms", took_ns / CLOCK_NS_PER_MS));
    } else {
        log_error("view not saved", log_status(status));
    }
}

struct saved_old {
    struct writer *writer;
    struct frame_ref kept;
    char names[STORE_SAVED_COUNT_MAX][STORE_PATH_SIZE];
    size_t count;
};

static void saved_note_old(void *context, const char *name)
{
    struct saved_old *old = context;
    struct frame_ref place;
    if (saved_name_parse(name, &place) && saved_compare(place, old->kept) != 0 &&
        old->count < STORE_SAVED_COUNT_MAX) {
        (void)snprintf(old->names[old->count++], STORE_PATH_SIZE, "%s", name);
    }
}

/* Remove all files but the newest; what remains is removed the next time. */
static void saved_remove_old(struct writer *writer, struct frame_ref kept)
{
    const struct disk *disk = writer->disk;
    struct saved_old old = {.writer = writer, .kept = kept};
    if (disk->list(disk->self, ".", saved_note_old, &old) != STATUS_OK) {
        return;
    }
    for (size_t i = 0; i < old.count; i++) {
        (void)!disk->remove_file(disk->self, old.names[i]);
    }
}

/* The part that waits for the disk. */
static void *saved_finish(void *context)
{
    struct writer *writer = context;
    struct saved *saved = &writer->saved;
    const struct disk *disk = writer->disk;
    char name[STORE_PATH_SIZE];
    saved_name(saved->place, name);
    enum status status = disk->sync(disk->self, saved->file);
    disk->close(disk->self, saved->file);
    if (status == STATUS_OK) {
        status = disk->sync_directory(disk->self, ".");
    }
    if (status == STATUS_OK) {
        (void)pthread_mutex_lock(&writer->mutex);
        saved->kept = saved->place;
        (void)pthread_mutex_unlock(&writer->mutex);
        saved_remove_old(writer, saved->place);
    } else {
        (void)!disk->remove_file(disk->self, name);
    }
    saved_account(writer, status);
    return NULL;
}

/* Make a new file; one of this name is left of an attempt that failed. */
static enum status saved_create(const struct disk *disk, const char *name, int *file)
{
    enum status status = disk->open(disk->self, name, true, file);
    if (status == STATUS_EXISTS) {
        status = disk->remove_file(disk->self, name);
        status = status == STATUS_OK ? disk->open(disk->self, name, true, file) : status;
    }
    return status;
}

/* Whether the disk has room for it, and for what comes meanwhile. */
static enum status saved_room(const struct writer *writer)
{
    uint64_t free_bytes;
    enum status status = writer->disk->free_bytes(writer->disk->self, &free_bytes);
    if (status != STATUS_OK) {
        return status;
    }
    return free_bytes / 2 < STORE_DISK_RESERVE + writer->saved.size ? STATUS_FULL : STATUS_OK;
}

/* Where a start is to go on: behind what was shown, or in a segment that was begun since and has
 * nothing yet, for the index has it, too. */
static struct frame_ref saved_place_now(const struct writer *writer)
{
    uint32_t latest = index_latest(writer->index);
    return latest > writer->saved.shown.segment ? (struct frame_ref){latest, FRAME_LOG_HEAD_SIZE}
                                                : writer->saved.shown;
}

static void saved_begin(struct writer *writer)
{
    struct saved *saved = &writer->saved;
    char name[STORE_PATH_SIZE];
    saved_wait(saved);
    saved->bytes = 0;
    saved->tried_ns = writer->wall_ns();
    saved->begun_ns = clock_monotonic_ns();
    saved->place = saved_place_now(writer);
    saved_name(saved->place, name);
    enum status status = saved_room(writer);
    if (status == STATUS_OK) {
        status = saved_create(writer->disk, name, &saved->file);
    }
    if (status != STATUS_OK) {
        saved_account(writer, status);
        return;
    }
    struct saved_out out = {.disk = writer->disk, .file = saved->file, .crc = writer->seed};
    status = saved_write(writer, &out);
    saved->size = SAVED_HEAD_SIZE + out.size;
    if (status != STATUS_OK) {
        writer->disk->close(writer->disk->self, saved->file);
        (void)!writer->disk->remove_file(writer->disk->self, name);
        saved_account(writer, status);
        return;
    }
    saved->writer = writer;
    saved->waiting =
        saved->threaded && pthread_create(&saved->thread, NULL, saved_finish, writer) == 0;
    if (!saved->waiting) {
        (void)saved_finish(writer);
    }
}

struct frame_ref saved_kept(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->mutex);
    struct frame_ref kept = writer->saved.kept;
    (void)pthread_mutex_unlock(&writer->mutex);
    return kept;
}

void saved_wait(struct saved *saved)
{
    if (saved->waiting) {
        (void)pthread_join(saved->thread, NULL);
        saved->waiting = false;
    }
}

/* Whether what the observer knows may be kept at all. */
static bool saved_may(const struct writer *writer)
{
    const struct saved *saved = &writer->saved;
    return writer->observer.save != NULL && !saved->blind && saved->shown.segment != 0;
}

/* Whether enough has come since the last attempt, or something long ago.  A large file is not
 * written for little: its place saves no more than showing that little. */
static bool saved_due(const struct writer *writer)
{
    const struct saved *saved = &writer->saved;
    uint64_t now_ns = writer->wall_ns();
    uint64_t most = writer->options.save_bytes > 0 ? writer->options.save_bytes : STORE_SAVE_BYTES;
    bool late = now_ns > saved->tried_ns && now_ns - saved->tried_ns > STORE_SAVE_NS;
    return (saved->bytes >= most && saved->bytes >= saved->size) ||
           (late && saved->bytes > saved->size / STORE_SAVE_PART);
}

void saved_tend(struct writer *writer)
{
    if (writer->saved.bytes > 0 && saved_due(writer) && saved_may(writer)) {
        saved_begin(writer);
    }
}

void saved_now(struct writer *writer)
{
    struct saved *saved = &writer->saved;
    saved_wait(saved);
    if (saved_may(writer) && saved_compare(saved->shown, saved_kept(writer)) != 0) {
        saved_begin(writer);
    }
    saved_wait(saved);
}
