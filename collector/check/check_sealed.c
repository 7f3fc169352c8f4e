/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check_private.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

/*
 * A sealed file: its parts lie one behind the other with nothing between them, so that every byte
 * has a checksum; then what is in them.
 */
static const struct check_words part_lost = {
    CHECK_DAMAGE, "the collector does not serve this segment", "restore the file from a backup"};
static const struct check_words some_lost = {CHECK_DAMAGE, "a part of the segment is not served",
                                             "restore the file from a backup"};

/* Why a file could not be opened. */
static void sealed_tell_closed(struct check *check, const struct check_found *found)
{
    static const struct check_words unfinished = {
        CHECK_NOTE, "sealing was cut short; the log beside it has everything",
        "it is sealed again"};
    static const struct check_words damaged = {CHECK_DAMAGE,
                                               "the collector serves the log beside it",
                                               "remove the file: the segment is sealed again"};
    const struct check_words *words =
        !found->has_log ? &part_lost : (found->says_sealed ? &damaged : &unfinished);
    check_tell(check, words, "its head, foot, directory or starts are not right");
}

/* ---- Parts. ---- */

struct sealed_cursor {
    struct check *check;
    uint64_t next;
};

static void sealed_part(struct sealed_cursor *cursor, const struct sealed_part *part,
                        const char *name)
{
    if (part->offset != cursor->next) {
        check_tell_at(cursor->check, &part_lost, part->offset, part->size,
                      "%s does not begin where the part before it ends", name);
    }
    cursor->next = part->offset + part->size;
}

static void sealed_parts(struct check *check, const struct sealed *sealed)
{
    const struct sealed_part *sections = sealed->foot.sections;
    struct sealed_cursor cursor = {.check = check, .next = SEALED_HEAD_SIZE};
    sealed_part(&cursor, &sections[SEALED_FRAMES], "the part of frames");
    for (uint32_t i = 0; i < sealed->foot.block_count; i++) {
        sealed_part(&cursor, &sealed->entries[i].block, "a block");
    }
    sealed_part(&cursor, &sections[SEALED_DICTIONARY], "the dictionary");
    sealed_part(&cursor, &sections[SEALED_STARTS], "the part of starts");
    sealed_part(&cursor, &sections[SEALED_PAGES], "the part of pages");
    sealed_part(&cursor, &sections[SEALED_FILTERS], "the part of filters");
    sealed_part(&cursor, &sections[SEALED_BODIES], "the part of bodies");
    sealed_part(&cursor, &sections[SEALED_DIRECTORY], "the directory");
    if (cursor.next != sealed->size - SEALED_FOOT_SIZE) {
        check_tell_at(check, &part_lost, cursor.next, 0, "the foot does not follow the directory");
    }
    cursor = (struct sealed_cursor){.check = check};
    for (uint32_t i = 0; i < sealed->foot.block_count; i++) {
        sealed_part(&cursor, &sealed->entries[i].filter, "a filter");
    }
    if (cursor.next != sections[SEALED_FILTERS].size) {
        check_tell_at(check, &some_lost, sections[SEALED_FILTERS].offset, 0,
                      "the filters do not fill their part");
    }
}

/* ---- Frames that were copied. ---- */

struct sealed_frames_check {
    struct check *check;
    const struct sealed *sealed;
    uint64_t next, seq;
    uint32_t count;
};

static void sealed_frame(void *context, const struct frame_head *head, struct slice stored)
{
    static const struct check_words order = {CHECK_DAMAGE, "the file is not what was written",
                                             "restore the file from a backup"};
    struct sealed_frames_check *frames = context;
    if (head->seq <= frames->seq || head->seq > frames->sealed->foot.seq_last ||
        head->arrival_ns > frames->sealed->foot.arrival_last_ns) {
        check_tell_at(frames->check, &order, frames->next, FRAME_HEAD_SIZE,
                      "a frame is not in order");
    }
    check_body(frames->check, head, frames->next, stored);
    frames->seq = head->seq;
    frames->next += FRAME_HEAD_SIZE + stored.size;
    frames->count++;
}

static enum status sealed_check_frames(struct check *check, const struct sealed *sealed)
{
    const struct sealed_part *part = &sealed->foot.sections[SEALED_FRAMES];
    struct sealed_frames_check frames = {
        .check = check, .sealed = sealed, .next = part->offset, .seq = sealed->head.seq};
    enum status status = sealed_frames(sealed, check->seed, sealed_frame, &frames);
    if (status == STATUS_BAD) {
        check_tell_at(check, &some_lost, frames.next, part->offset + part->size - frames.next,
                      "there is no right frame");
        return STATUS_OK;
    }
    if (status == STATUS_OK && frames.count != sealed->foot.frame_count) {
        check_tell_at(check, &some_lost, part->offset, part->size,
                      "there are %u frames, and the foot says %u", frames.count,
                      sealed->foot.frame_count);
    }
    return status;
}

/* ---- Bodies. ---- */

struct sealed_bodies_check {
    uint64_t count, arrival_last_ns;
};

static void sealed_body(void *context, const struct hash_128 *hash, uint64_t arrival_ns)
{
    struct sealed_bodies_check *bodies = context;
    (void)hash;
    bodies->count++;
    if (arrival_ns > bodies->arrival_last_ns) {
        bodies->arrival_last_ns = arrival_ns;
    }
}

static enum status sealed_check_bodies(struct check *check, const struct sealed *sealed)
{
    static const struct check_words words = {
        CHECK_DAMAGE, "bodies that come again within minutes of a restart may be kept twice",
        "restore the file from a backup"};
    const struct sealed_part *part = &sealed->foot.sections[SEALED_BODIES];
    struct sealed_bodies_check bodies = {.count = 0};
    enum status status = sealed_bodies(sealed, sealed_body, &bodies);
    if (status == STATUS_BAD) {
        check_tell_at(check, &words, part->offset, part->size,
                      "the part of bodies does not have its checksum");
        return STATUS_OK;
    }
    if (status == STATUS_OK &&
        (part->size % SEALED_BODY_SIZE != 0 || bodies.count > sealed->foot.frames ||
         bodies.arrival_last_ns > sealed->foot.arrival_last_ns)) {
        check_tell_at(check, &words, part->offset, part->size,
                      "the bodies are not those of %llu frames",
                      (unsigned long long)sealed->foot.frames);
    }
    return status;
}

/* ---- All of it. ---- */

static void sealed_tell_status(struct check *check, enum status status)
{
    if (status != STATUS_OK) {
        check_tell_refused(check, status);
    }
}

static enum status sealed_check_records(struct check *check, const struct sealed *sealed)
{
    struct check_ids ids = {.items = NULL};
    enum status status = check_blocks(check, sealed, &ids);
    if (status == STATUS_OK) {
        status = check_pages(check, sealed, &ids);
    }
    free(ids.items);
    return status;
}

enum status check_sealed(struct check *check, struct check_found *found,
                         struct check_segment *segment)
{
    static const struct check_words unsealed = {
        CHECK_NOTE, "its log counts until the catalog says that it is sealed",
        "it is sealed again"};
    const struct sealed *sealed = found->sealed;
    char path[STORE_PATH_SIZE];
    segment_sealed_path(found->name, path);
    check_begin_file(check, path);
    if (sealed == NULL) {
        sealed_tell_closed(check, found);
        return STATUS_OK;
    }
    if (check->options->catalog != NULL && !found->says_sealed && found->has_log) {
        check_tell(check, &unsealed, "the catalog does not know that it is sealed");
    }
    sealed_parts(check, sealed);
    sealed_tell_status(check, sealed_check_frames(check, sealed));
    sealed_tell_status(check, sealed_check_bodies(check, sealed));
    sealed_tell_status(check, sealed_check_records(check, sealed));
    segment->sealed_bytes = sealed->size;
    segment->blocks = sealed->foot.block_count;
    segment->spans = sealed->foot.spans;
    segment->lines = sealed->foot.lines;
    segment->ids = sealed->foot.id_count;
    segment->sealed_frames = sealed->foot.frame_count;
    return check->no_memory ? STATUS_FULL : STATUS_OK;
}
