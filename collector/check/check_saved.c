/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check_private.h"

#include "store/dedupe.h"
#include "store/index.h"

#include <stdlib.h>
#include <string.h>

/* A saved view: its checksums, what is in it, and that its place is one of the log. */
static const struct check_words saved_wrong = {
    CHECK_DAMAGE, "a start reads the segments instead, which takes longer",
    "remove the file: it is made again"};

static const struct check_words saved_other = {
    CHECK_NOTE, "the first start reads the segments instead, which takes longer", ""};

/* Read all behind the head. */
static enum status saved_bytes(struct check *check, int file, const struct saved_head *head,
                               unsigned char **memory)
{
    const struct disk *disk = check->options->disk;
    size_t got = 0;
    *memory = malloc((size_t)head->size + 1);
    if (*memory == NULL) {
        return STATUS_FULL;
    }
    enum status status =
        disk->read(disk->self, file, SAVED_HEAD_SIZE, *memory, (size_t)head->size, &got);
    return status == STATUS_OK && (got != head->size ||
                                   hash_crc32c(check->seed, slice_of(*memory, got)) != head->crc)
               ? STATUS_BAD
               : status;
}

/* Load it as a start would. */
static enum status saved_take(struct check *check, const struct saved_head *head,
                              struct slice bytes)
{
    struct dedupe dedupe;
    struct index *index;
    const char *reason = "what recognises bodies, or the index, is wrong";
    enum status status = dedupe_init(&dedupe, STORE_DEDUPE_COUNT_MAX, STORE_DEDUPE_NS_MAX);
    if (status != STATUS_OK) {
        return status;
    }
    status = index_create(&index, &check->secret);
    if (status != STATUS_OK) {
        dedupe_fini(&dedupe);
        return status;
    }
    status = dedupe_load(&dedupe, &bytes);
    if (status == STATUS_OK) {
        status = index_load(index, head->place.segment, &bytes);
    }
    if (status == STATUS_OK && check->options->load != NULL && check->has_secret) {
        status = check->options->load(&check->secret, bytes, &reason);
    }
    if (status == STATUS_BAD || status == STATUS_DENIED) {
        check_tell_at(check, status == STATUS_BAD ? &saved_wrong : &saved_other, SAVED_HEAD_SIZE,
                      head->size, "%s", reason);
        status = STATUS_OK;
    }
    index_free(index);
    dedupe_fini(&dedupe);
    return status;
}

/* Frames before the place are known to have been durable. */
static void saved_place(struct check *check, struct frame_ref place)
{
    static const struct check_words behind = {CHECK_DAMAGE,
                                              "frames at the end of the log were kept and are lost",
                                              "restore the segment from a backup"};
    const struct check_found *found = check_segment_of(check, place.segment);
    if (found != NULL && found->there && found->has_log && found->log_end < place.offset) {
        check_tell_at(check, &behind, 32, 4, "it has seen segment %s up to %u, and it ends at %llu",
                      found->name, place.offset, (unsigned long long)found->log_end);
    }
}

static enum status saved_check(struct check *check, int file, struct frame_ref place)
{
    const struct disk *disk = check->options->disk;
    unsigned char bytes[SAVED_HEAD_SIZE];
    struct saved_head head;
    uint64_t size = 0;
    size_t got = 0;
    unsigned char *memory = NULL;
    enum status status = disk->size(disk->self, file, &size);
    check->totals.bytes += size;
    if (status == STATUS_OK) {
        status = disk->read(disk->self, file, 0, bytes, sizeof(bytes), &got);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (saved_head_read(slice_of(bytes, got), &head) != STATUS_OK ||
        memcmp(head.store, check->totals.store, sizeof(head.store)) != 0 ||
        head.size != size - SAVED_HEAD_SIZE || saved_compare(head.place, place) != 0) {
        check_tell_at(check, &saved_wrong, 0, SAVED_HEAD_SIZE,
                      "it does not begin with the right head");
        return STATUS_OK;
    }
    status = saved_bytes(check, file, &head, &memory);
    if (status == STATUS_OK) {
        status = saved_take(check, &head, slice_of(memory, (size_t)head.size));
    } else if (status == STATUS_BAD) {
        check_tell_at(check, &saved_wrong, SAVED_HEAD_SIZE, head.size,
                      "it does not have its checksum");
        status = STATUS_OK;
    }
    free(memory);
    saved_place(check, place);
    return status;
}

enum status check_saved(struct check *check, struct frame_ref place)
{
    const struct disk *disk = check->options->disk;
    char name[STORE_PATH_SIZE];
    int file;
    saved_name(place, name);
    check_begin_file(check, name);
    enum status status = disk->open(disk->self, name, false, &file);
    if (status == STATUS_OK) {
        status = saved_check(check, file, place);
        disk->close(disk->self, file);
    }
    if (status != STATUS_OK) {
        check_tell_refused(check, status);
    }
    return check->no_memory ? STATUS_FULL : STATUS_OK;
}
