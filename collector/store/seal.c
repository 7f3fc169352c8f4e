/* SPDX-License-Identifier: Apache-2.0 */
#include "store/seal.h"

#include "base/ensure.h"
#include "columns/table.h"
#include "store/aside.h"
#include "store/codec.h"
#include "store/lookup.h"
#include "store/scan.h"
#include "store/seal_out.h"
#include "store/sealed_format.h"

#include <stdlib.h>
#include <string.h>

/* A segment while it is being sealed. */
struct sealing {
    const struct seal *seal;
    const struct segment *segment;
    struct seal_out out;
    struct draft *draft;
    unsigned char *body; /* Inflated, of the latest frame. */
    size_t body_capacity;
    struct aside aside;
    struct buf filters, directory;
    struct lookup_entry *entries;
    size_t entry_count, entry_capacity;
    struct sealed_foot foot;
    enum status status;
};

static void sealing_fail(struct sealing *sealing, enum status status)
{
    if (sealing->status == STATUS_OK) {
        sealing->status = status;
    }
}

/* ---- From the log. ---- */

/* Copy a frame as it is, past the draft: there may be many. */
static void sealing_copy(struct sealing *sealing, const struct frame_head *head,
                         const struct hash_128 *hash, struct slice stored)
{
    unsigned char bytes[FRAME_HEAD_SIZE];
    frame_head_write(head, sealing->seal->seed, bytes);
    (void)seal_out_append(&sealing->out, slice_of(bytes, sizeof(bytes)));
    (void)seal_out_append(&sealing->out, stored);
    draft_copy(sealing->draft, head, hash, SLICE_EMPTY);
}

static bool sealing_inflate(struct sealing *sealing, const struct frame_head *head,
                            struct slice stored)
{
    size_t size = (size_t)head->inflated_size + 1;
    if (size > sealing->body_capacity) {
        unsigned char *body = realloc(sealing->body, size);
        if (body == NULL) {
            sealing_fail(sealing, STATUS_FULL);
            return false;
        }
        sealing->body = body;
        sealing->body_capacity = size;
    }
    return codec_inflate(stored, (enum frame_codec)head->codec, sealing->body,
                         head->inflated_size) == STATUS_OK;
}

static void sealing_frame(void *context, const struct frame_head *head, struct slice stored)
{
    struct sealing *sealing = context;
    struct batch batch;
    if (sealing->status != STATUS_OK || sealing->draft->status != STATUS_OK) {
        return;
    }
    if (aside_has(&sealing->aside, head->offset) || !sealing_inflate(sealing, head, stored)) {
        sealing_copy(sealing, head, NULL, stored);
        return;
    }
    struct slice body = slice_of(sealing->body, head->inflated_size);
    struct hash_128 hash = frame_body_hash(sealing->seal->bulk, body);
    arena_reset(sealing->seal->arena);
    if (head->signal == SIGNAL_METRICS ||
        !sealing->seal->decode((enum signal)head->signal, body, sealing->seal->arena, &batch)) {
        sealing_copy(sealing, head, &hash, stored);
        return;
    }
    draft_add(sealing->draft, head, &hash, &batch);
}

/* The log's own head goes into the sealed one: later starts know of the log before it by that. */
static enum status sealing_head(struct sealing *sealing, int log)
{
    const struct seal *seal = sealing->seal;
    struct frame_log_head log_head;
    unsigned char
        bytes[SEALED_HEAD_SIZE > FRAME_LOG_HEAD_SIZE ? SEALED_HEAD_SIZE : FRAME_LOG_HEAD_SIZE];
    size_t got = 0;
    enum status status =
        seal->disk->read(seal->disk->self, log, 0, bytes, FRAME_LOG_HEAD_SIZE, &got);
    if (status != STATUS_OK) {
        return status;
    }
    if (frame_log_head_read(slice_of(bytes, got), &log_head) != FRAME_OK) {
        /* It was read by the number in its directory's name: the log before it has no known end. */
        log_head = (struct frame_log_head){.segment = sealing->segment->number};
    }
    struct sealed_head head = {
        .key = *seal->key,
        .segment = sealing->segment->number,
        .previous = log_head.previous,
        .previous_end = log_head.previous_end,
        .created_ns = log_head.created_ns,
        .seq = log_head.seq,
    };
    memcpy(head.store, seal->store, sizeof(head.store));
    sealed_head_write(&head, bytes);
    (void)seal_out_append(&sealing->out, slice_of(bytes, SEALED_HEAD_SIZE));
    return STATUS_OK;
}

static enum status sealing_read_log(struct sealing *sealing, int log)
{
    const struct seal *seal = sealing->seal;
    sealing->draft = draft_create(sealing->segment->number, seal->key);
    enum status status = sealing->draft == NULL
                             ? STATUS_FULL
                             : aside_read(&sealing->aside, seal->catalog, sealing->segment->number);
    if (status != STATUS_OK) {
        return status;
    }
    struct scan scan = {
        .disk = seal->disk,
        .file = log,
        .segment = sealing->segment->number,
        .seed = seal->seed,
        .size = sealing->segment->end,
        .end_known = true,
    };
    struct scan_result result;
    status = scan_log(&scan, sealing_frame, sealing, &result);
    if (status == STATUS_OK && result.unreadable) {
        status = STATUS_IO; /* Perhaps it can be read another time: the log stays. */
    }
    if (status == STATUS_OK && (result.damaged_places > 0 || result.end != sealing->segment->end ||
                                result.frames != sealing->segment->frames)) {
        status = STATUS_BAD; /* What can be mended of it can be so in the log only. */
    }
    if (status == STATUS_OK) {
        status = sealing->status;
    }
    return status != STATUS_OK ? status : sealing->draft->status;
}

/* The head, and the frames that are copied: of the draft that there is, or out of the log. */
static enum status sealing_begin(struct sealing *sealing, int log)
{
    enum status status = sealing_head(sealing, log);
    uint64_t frames_at = seal_out_offset(&sealing->out);
    if (status == STATUS_OK && sealing->draft == NULL) {
        status = sealing_read_log(sealing, log);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const struct draft *draft = sealing->draft;
    (void)seal_out_append(&sealing->out, buf_bytes(&draft->copies));
    sealing->foot.frames = draft->frames;
    sealing->foot.frame_count = draft->copy_count;
    sealing->foot.seq_last = draft->seq_last;
    sealing->foot.arrival_last_ns = draft->arrival_last_ns;
    sealing->foot.sections[SEALED_FRAMES] = (struct sealed_part){
        .offset = frames_at, .size = seal_out_offset(&sealing->out) - frames_at};
    return STATUS_OK;
}

/* ---- To the file. ---- */

static bool sealing_reserve_entries(struct sealing *sealing, size_t more)
{
    if (more <= sealing->entry_capacity - sealing->entry_count) {
        return true;
    }
    size_t capacity = 2 * (sealing->entry_count + more);
    struct lookup_entry *entries = realloc(sealing->entries, capacity * sizeof(entries[0]));
    if (entries == NULL) {
        return false;
    }
    sealing->entries = entries;
    sealing->entry_capacity = capacity;
    return true;
}

static enum status sealing_add_ids(struct sealing *sealing, const struct block_info *info)
{
    if (!sealing_reserve_entries(sealing, info->id_count)) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < info->id_count; i++) {
        sealing->entries[sealing->entry_count++] = (struct lookup_entry){
            .hash = hash_sip64(sealing->seal->key,
                               slice_of(info->ids[i].bytes, sizeof(info->ids[i].bytes))),
            .block = (uint16_t)sealing->foot.block_count,
        };
    }
    return STATUS_OK;
}

/* A filter is told apart from those before it by its offset; where they begin is known later. */
static enum status sealing_block(void *context, struct slice bytes, const struct block_info *info)
{
    struct sealing *sealing = context;
    if (sealing->foot.block_count == LOOKUP_NO_BLOCK - 1) {
        return STATUS_FULL;
    }
    struct sealed_entry entry = {
        .block = seal_out_append(&sealing->out, bytes),
        .filter = {.offset = sealing->filters.size,
                   .size = info->filter.size,
                   .crc = hash_crc32c(0, info->filter)},
        .rows = info->rows,
        .flags = (uint16_t)info->flags,
        .signal = (uint8_t)info->signal,
        .first_ns = info->first_ns,
        .last_ns = info->last_ns,
        .first_arrival_ns = info->first_arrival_ns,
        .last_arrival_ns = info->last_arrival_ns,
        .duration_min_ns = info->duration_min_ns,
        .duration_max_ns = info->duration_max_ns,
    };
    unsigned char entry_bytes[SEALED_ENTRY_SIZE];
    sealed_entry_write(&entry, entry_bytes);
    buf_append(&sealing->directory, slice_of(entry_bytes, sizeof(entry_bytes)));
    buf_append(&sealing->filters, info->filter);
    *(info->signal == SIGNAL_TRACES ? &sealing->foot.spans : &sealing->foot.lines) += info->rows;
    enum status status = sealing_add_ids(sealing, info);
    sealing->foot.block_count++;
    return status != STATUS_OK ? status : sealing->out.status;
}

static enum status sealing_dictionary(void *context, struct slice bytes)
{
    struct sealing *sealing = context;
    sealing->foot.sections[SEALED_DICTIONARY] = seal_out_append(&sealing->out, bytes);
    return sealing->out.status;
}

struct sealing_known {
    struct sealing *sealing;
    size_t ids; /* Entries that are ids of records, ascending. */
    bool full;
};

static int sealing_compare(const void *one, const void *other)
{
    uint64_t a = ((const struct lookup_entry *)one)->hash;
    uint64_t b = ((const struct lookup_entry *)other)->hash;
    return (a > b) - (a < b);
}

/* What was noted in the segment and is no id of its records is known without a block. */
static void sealing_known(void *context, uint64_t hash)
{
    struct sealing_known *known = context;
    struct sealing *sealing = known->sealing;
    struct lookup_entry entry = {.hash = hash, .block = LOOKUP_NO_BLOCK};
    if (known->ids > 0 &&
        bsearch(&entry, sealing->entries, known->ids, sizeof(entry), sealing_compare) != NULL) {
        return;
    }
    if (!sealing_reserve_entries(sealing, 1)) {
        known->full = true;
        return;
    }
    sealing->entries[sealing->entry_count++] = entry;
}

static enum status sealing_write_ids(struct sealing *sealing)
{
    struct sealing_known known = {.sealing = sealing, .ids = sealing->entry_count};
    lookup_sort(sealing->entries, known.ids);
    if (!index_each(sealing->seal->index, sealing->segment->number, sealing_known, &known)) {
        return STATUS_FULL;
    }
    struct buf buf;
    buf_init_growing(&buf, SIZE_MAX);
    size_t count = lookup_write(sealing->entries, sealing->entry_count, &buf);
    enum status status = known.full || buf_overflowed(&buf) ? STATUS_FULL : STATUS_OK;
    if (status == STATUS_OK) {
        size_t starts = lookup_starts_size((uint32_t)count);
        sealing->foot.id_count = (uint32_t)count;
        sealing->foot.sections[SEALED_STARTS] =
            seal_out_append(&sealing->out, slice_take(buf_bytes(&buf), starts));
        sealing->foot.sections[SEALED_PAGES] =
            seal_out_append(&sealing->out, slice_skip(buf_bytes(&buf), starts));
    }
    buf_fini(&buf);
    return status;
}

static enum status sealing_write_rest(struct sealing *sealing)
{
    struct seal_out *out = &sealing->out;
    struct sealed_foot *foot = &sealing->foot;
    unsigned char bytes[SEALED_FOOT_SIZE];
    if (buf_overflowed(&sealing->filters) || buf_overflowed(&sealing->directory)) {
        return STATUS_FULL;
    }
    foot->sections[SEALED_FILTERS] = seal_out_append(out, buf_bytes(&sealing->filters));
    foot->sections[SEALED_BODIES] = seal_out_append(out, buf_bytes(&sealing->draft->bodies));
    foot->sections[SEALED_DIRECTORY] = seal_out_append(out, buf_bytes(&sealing->directory));
    sealed_foot_write(foot, bytes);
    (void)seal_out_append(out, slice_of(bytes, sizeof(bytes)));
    return seal_out_finish(out);
}

static enum status sealing_write(struct sealing *sealing)
{
    const struct seal *seal = sealing->seal;
    char directory[STORE_PATH_SIZE];
    char path[STORE_PATH_SIZE];
    int log;
    segment_paths(sealing->segment->name, directory, path);
    enum status status = seal->disk->open(seal->disk->self, path, false, &log);
    if (status != STATUS_OK) {
        return status;
    }
    status = sealing_begin(sealing, log);
    seal->disk->close(seal->disk->self, log);
    struct table_sink sink = {
        .context = sealing,
        .block = sealing_block,
        .dictionary = sealing_dictionary,
        .filter_key = seal->key,
    };
    if (status == STATUS_OK) {
        status = table_write(sealing->draft->table, &sink);
    }
    if (status == STATUS_OK) {
        status = sealing_write_ids(sealing);
    }
    return status != STATUS_OK ? status : sealing_write_rest(sealing);
}

static void sealing_fini(struct sealing *sealing)
{
    draft_free(sealing->draft);
    free(sealing->body);
    aside_fini(&sealing->aside);
    free(sealing->entries);
    buf_fini(&sealing->filters);
    buf_fini(&sealing->directory);
    seal_out_fini(&sealing->out);
}

enum status seal_segment(const struct seal *seal, const struct segment *segment,
                         struct draft *draft)
{
    const struct disk *disk = seal->disk;
    char directory[STORE_PATH_SIZE];
    char path[STORE_PATH_SIZE];
    segment_paths(segment->name, directory, path);
    segment_sealed_path(segment->name, path);
    enum status status = disk->remove_file(disk->self, path); /* Of an attempt before. */
    int file;
    if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        status = disk->open(disk->self, path, true, &file);
    }
    if (status != STATUS_OK) {
        draft_free(draft);
        return status;
    }
    struct sealing sealing = {.seal = seal, .segment = segment, .draft = draft};
    seal_out_init(&sealing.out, disk, file);
    buf_init_growing(&sealing.filters, SIZE_MAX);
    buf_init_growing(&sealing.directory, SIZE_MAX);
    if (draft != NULL && (draft->status != STATUS_OK || draft->frames != segment->frames)) {
        draft_free(draft);
        sealing.draft = NULL;
    }
    status = sealing_write(&sealing);
    sealing_fini(&sealing);
    disk->close(disk->self, file);
    if (status == STATUS_OK) {
        status = disk->sync_directory(disk->self, directory);
    }
    if (status != STATUS_OK) {
        (void)!disk->remove_file(disk->self, path);
    }
    return status;
}
