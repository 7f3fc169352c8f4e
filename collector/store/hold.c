/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold.h"

#include "base/ensure.h"
#include "base/log.h"
#include "store/codec.h"
#include "store/hold_private.h"
#include "store/seek.h"

#include <stdlib.h>
#include <string.h>

struct store_hold *hold_create(struct writer *writer)
{
    struct store_hold *hold = malloc(sizeof(*hold));
    if (hold == NULL) {
        return NULL;
    }
    hold->writer = writer;
    hold->kept_count = 0;
    /* In this order: what is sealed is put into the list, then dropped from the index. */
    hold->logged = index_hold(writer->index);
    hold->list = cabinet_hold(&writer->cabinet);
    hold->dictionaries = calloc(hold->list->count + 1, sizeof(hold->dictionaries[0]));
    hold->desk = cabinet_desk(&writer->cabinet);
    if (hold->logged == NULL || hold->dictionaries == NULL || hold->desk == NULL) {
        cabinet_desk_done(&writer->cabinet, hold->desk);
        free(hold->dictionaries);
        cabinet_release(&writer->cabinet, hold->list);
        index_release(writer->index, hold->logged);
        free(hold);
        return NULL;
    }
    return hold;
}

void hold_free(struct store_hold *hold)
{
    if (hold == NULL) {
        return;
    }
    struct cabinet *cabinet = &hold->writer->cabinet;
    for (size_t i = 0; i < hold->list->count; i++) {
        if (hold->dictionaries[i] != NULL) {
            cabinet_dictionary_done(cabinet, hold->list->items[i]);
        }
    }
    cabinet_release(cabinet, hold->list);
    index_release(hold->writer->index, hold->logged);
    cabinet_desk_done(cabinet, hold->desk);
    free(hold->dictionaries);
    free(hold);
}

/* ---- Finding. ---- */

static void hold_match(void *context, uint32_t segment, uint16_t block)
{
    struct refs *refs = context;
    if (block != LOOKUP_NO_BLOCK) {
        refs_add(refs, (struct frame_ref){segment, HOLD_BLOCK_BIT | block});
    }
}

/* What the index of the logs has, but for segments that are in the list. */
static void hold_find_logged(const struct store_hold *hold, const struct id16 *ids, size_t id_count,
                             struct refs *refs)
{
    size_t kept = 0;
    index_find(hold->writer->index, hold->logged, ids, id_count, refs);
    for (size_t i = 0; i < refs->count; i++) {
        if (cabinet_find(hold->list, refs->items[i].segment) == NULL) {
            refs->items[kept++] = refs->items[i];
        }
    }
    refs->count = kept;
}

size_t hold_find(struct store_hold *hold, const struct id16 *ids, size_t id_count,
                 struct frame_ref *refs, size_t refs_max)
{
    struct refs found = {.items = NULL};
    hold_find_logged(hold, ids, id_count, &found);
    bool all = seek_ids(hold->list, ids, id_count, hold_match, &found);
    if (found.failed || !all) {
        log_error("out of memory", log_string("while", "finding records"));
    }
    refs_settle(&found);
    size_t count = found.count;
    for (size_t i = 0; i < count && i < refs_max; i++) {
        refs[i] = found.items[i];
    }
    refs_fini(&found);
    return count;
}

/* ---- Frames of a log. ---- */

/* Read and check the stored body of a frame, which the caller frees. */
static enum status hold_read_stored(const struct writer *writer, const struct segment *segment,
                                    uint32_t offset, struct frame_head *head,
                                    unsigned char **stored)
{
    const struct disk *disk = writer->disk;
    char directory[STORE_PATH_SIZE];
    char log[STORE_PATH_SIZE];
    segment_paths(segment->name, directory, log);
    int file;
    enum status status = disk->open(disk->self, log, false, &file);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char bytes[FRAME_HEAD_SIZE];
    size_t got = 0;
    *stored = NULL;
    status = disk->read(disk->self, file, offset, bytes, sizeof(bytes), &got);
    if (status != STATUS_OK) {
        goto close_file;
    }
    status = STATUS_BAD;
    if (frame_head_read(slice_of(bytes, got), writer->seed, head) != FRAME_OK ||
        head->segment != segment->number || head->offset != offset ||
        head->stored_size > codec_bound(STORE_BODY_SIZE_MAX)) {
        goto close_file;
    }
    *stored = malloc((size_t)head->stored_size + 1);
    if (*stored == NULL) {
        status = STATUS_FULL;
        goto close_file;
    }
    status = disk->read(disk->self, file, (uint64_t)offset + FRAME_HEAD_SIZE, *stored,
                        head->stored_size, &got);
    if (status == STATUS_OK &&
        (got != head->stored_size ||
         frame_body_crc(writer->seed, slice_of(*stored, got)) != head->body_crc)) {
        status = STATUS_BAD;
    }
close_file:
    disk->close(disk->self, file);
    return status;
}

enum status hold_frame(struct store_hold *hold, struct frame_ref ref, struct arena *arena,
                       struct frame *frame)
{
    struct writer *writer = hold->writer;
    struct segment segment;
    if (!shelf_get(&writer->shelf, ref.segment, &segment) || ref.offset >= segment.end) {
        return STATUS_NOT_FOUND;
    }
    struct frame_head head;
    unsigned char *stored = NULL;
    enum status status = hold_read_stored(writer, &segment, ref.offset, &head, &stored);
    unsigned char *body = NULL;
    if (status == STATUS_OK) {
        body = arena_alloc(arena, (size_t)head.inflated_size + 1);
        status = body == NULL
                     ? STATUS_FULL
                     : codec_inflate(slice_of(stored, head.stored_size),
                                     (enum frame_codec)head.codec, body, head.inflated_size);
    }
    if (status == STATUS_OK) {
        *frame = (struct frame){
            .signal = (enum signal)head.signal,
            .arrival_ns = head.arrival_ns,
            .body = slice_of(body, head.inflated_size),
        };
    }
    free(stored);
    return status;
}

/* ---- Blocks of a sealed segment. ---- */

enum status hold_dictionary(struct store_hold *hold, struct cabinet_item *item,
                            const struct dictionary **dictionary)
{
    size_t at = 0;
    while (hold->list->items[at] != item) {
        at++;
    }
    enum status status = STATUS_OK;
    if (hold->dictionaries[at] == NULL) {
        status = cabinet_dictionary(&hold->writer->cabinet, item, &hold->dictionaries[at]);
    }
    *dictionary = hold->dictionaries[at];
    return status;
}

/* Which rows of a block are to be shown. */
struct hold_rows {
    const struct id16 *ids; /* Those that have one of these, */
    size_t id_count;
    const uint32_t *rows; /* or these. */
    uint32_t count;
};

static enum status hold_show(const struct hold_kept *opened, const struct hold_rows *rows,
                             store_visit *visit, void *context)
{
    if (opened->block == NULL) {
        if (opened->batch != NULL) {
            (void)visit(context, opened->arrival_ns, opened->batch);
        }
        return STATUS_OK;
    }
    return rows->rows != NULL
               ? block_rows_at(opened->block, rows->rows, rows->count, visit, context)
               : block_rows(opened->block, rows->ids, rows->id_count, visit, context);
}

static enum status hold_show_place(struct store_hold *hold, struct frame_ref ref,
                                   const struct hold_rows *rows, struct arena *arena,
                                   store_visit *visit, void *context)
{
    struct hold_kept opened;
    enum status status = hold_open(hold, ref, arena, &opened);
    if (status == STATUS_OK) {
        status = hold_show(&opened, rows, visit, context);
    }
    if (status != STATUS_OK) {
        hold_forget(hold, ref);
    }
    if (status == STATUS_BAD) {
        log_error("records damaged", log_u64("segment", ref.segment),
                  log_u64("offset", ref.offset));
        status = STATUS_IO;
    }
    return status;
}

enum status hold_load(struct store_hold *hold, struct frame_ref ref, const struct id16 *ids,
                      size_t id_count, struct arena *arena, store_visit *visit, void *context)
{
    const struct hold_rows rows = {.ids = ids, .id_count = id_count};
    return hold_show_place(hold, ref, &rows, arena, visit, context);
}

enum status hold_load_rows(struct store_hold *hold, struct frame_ref ref, const uint32_t *numbers,
                           uint32_t count, struct arena *arena, store_visit *visit, void *context)
{
    const struct hold_rows rows = {.rows = numbers, .count = count};
    return hold_show_place(hold, ref, &rows, arena, visit, context);
}
