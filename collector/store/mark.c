/* SPDX-License-Identifier: Apache-2.0 */
#include "store/mark.h"

#include "base/log.h"
#include "store/frame.h"
#include "store/store_limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Segment, offset, count and a checksum; of this machine's order, for it is read here only. */
enum { MARK_WORDS = 4, MARK_SIZE = 16 };

static void mark_write(const struct mark *mark, struct frame_ref ref, uint32_t count)
{
    if (mark->file < 0) {
        return;
    }
    uint32_t words[MARK_WORDS] = {ref.segment, ref.offset, count, 0};
    unsigned char bytes[MARK_SIZE];
    words[3] = frame_body_crc(mark->seed, slice_of(words, 12));
    memcpy(bytes, words, sizeof(bytes));
    /* Best effort: without the mark a frame that ends recoveries is not known. */
    if (disk_write_all(mark->disk, mark->file, 0, slice_of(bytes, sizeof(bytes))) != STATUS_OK) {
        log_warn("replay mark not written");
    }
}

/* The frames that are set aside, from keys like skip/00000003/0000000064. */
static void mark_add_skip(void *context, struct slice key, struct slice value)
{
    struct mark *mark = context;
    char text[64];
    struct frame_ref ref;
    (void)value;
    if (!slice_copy_text(key, text, sizeof(text)) ||
        sscanf(text, "skip/%u/%u", &ref.segment, &ref.offset) != 2) {
        return;
    }
    struct frame_ref *skip = realloc(mark->skip, (mark->skip_count + 1) * sizeof(*skip));
    if (skip == NULL) {
        mark->no_memory = true;
        return;
    }
    mark->skip = skip;
    mark->skip[mark->skip_count++] = ref;
}

static enum status mark_set_aside(struct mark *mark)
{
    char key[64];
    log_error("frame set aside", log_u64("segment", mark->ref.segment),
              log_u64("offset", mark->ref.offset), log_u64("ended_recoveries", mark->count));
    (void)snprintf(key, sizeof(key), "skip/%08u/%010u", mark->ref.segment, mark->ref.offset);
    enum status status =
        mark->catalog->put(mark->catalog->self, slice_from(key), SLICE("ended recoveries"));
    if (status == STATUS_OK) {
        mark->ref = (struct frame_ref){0, 0};
        mark_set(mark, mark->ref);
    }
    return status;
}

/* Read the file; what is not whole says nothing. */
static void mark_read(struct mark *mark)
{
    const struct disk *disk = mark->disk;
    unsigned char bytes[MARK_SIZE];
    uint32_t words[MARK_WORDS];
    size_t got = 0;
    if (disk->open(disk->self, "replay", false, &mark->file) != STATUS_OK &&
        disk->open(disk->self, "replay", true, &mark->file) != STATUS_OK) {
        mark->file = -1;
        return;
    }
    if (disk->read(disk->self, mark->file, 0, bytes, sizeof(bytes), &got) != STATUS_OK ||
        got != sizeof(bytes)) {
        return;
    }
    memcpy(words, bytes, sizeof(words));
    if (words[3] == frame_body_crc(mark->seed, slice_of(bytes, 12)) && words[1] != 0) {
        mark->ref = (struct frame_ref){.segment = words[0], .offset = words[1]};
        mark->count = words[2];
    }
}

enum status mark_open(struct mark *mark, const struct disk *disk, const struct catalog *catalog,
                      uint32_t seed)
{
    *mark = (struct mark){.disk = disk, .catalog = catalog, .seed = seed, .file = -1};
    mark_read(mark);
    enum status status = STATUS_OK;
    if (mark->ref.offset != 0 && mark->count >= STORE_REPLAY_ATTEMPTS_MAX) {
        status = mark_set_aside(mark);
    }
    if (status == STATUS_OK) {
        status = catalog->each(catalog->self, SLICE("skip/"), mark_add_skip, mark);
    }
    return status == STATUS_OK && mark->no_memory ? STATUS_FULL : status;
}

void mark_close(struct mark *mark)
{
    if (mark->file >= 0) {
        mark->disk->close(mark->disk->self, mark->file);
        mark->file = -1;
    }
    free(mark->skip);
    mark->skip = NULL;
}

bool mark_skips(const struct mark *mark, struct frame_ref ref)
{
    for (size_t i = 0; i < mark->skip_count; i++) {
        if (mark->skip[i].segment == ref.segment && mark->skip[i].offset == ref.offset) {
            return true;
        }
    }
    return false;
}

void mark_set(const struct mark *mark, struct frame_ref ref)
{
    bool again = mark->ref.segment == ref.segment && mark->ref.offset == ref.offset;
    mark_write(mark, ref, ref.offset == 0 ? 0 : (again ? mark->count : 0) + 1);
}
