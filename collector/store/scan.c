/* SPDX-License-Identifier: Apache-2.0 */
#include "store/scan.h"

#include "base/ensure.h"
#include "store/codec.h"
#include "store/store_limits.h"

#include <stdlib.h>

enum scan_answer {
    SCAN_FRAME, /* A whole and right frame. */
    SCAN_WRONG, /* Something else. */
    SCAN_UNREADABLE,
    SCAN_NO_MEMORY,
};

/* What a scan works with. */
struct scan_work {
    const struct scan *scan;
    unsigned char *body; /* Stored body of the latest frame. */
    size_t body_capacity;
    unsigned char *chunk; /* For searching. */
    uint64_t seq;         /* Frames must have greater numbers. */
    uint64_t seq_last;
};

static bool scan_reserve(struct scan_work *work, size_t size)
{
    if (size <= work->body_capacity) {
        return true;
    }
    unsigned char *body = realloc(work->body, size);
    if (body == NULL) {
        return false;
    }
    work->body = body;
    work->body_capacity = size;
    return true;
}

/* Read the frame at offset and check everything about it. */
static enum scan_answer scan_frame(struct scan_work *work, uint64_t offset, struct frame_head *head)
{
    const struct scan *scan = work->scan;
    unsigned char bytes[FRAME_HEAD_SIZE];
    size_t got = 0;
    if (offset > scan->size || scan->size - offset < FRAME_HEAD_SIZE) {
        return SCAN_WRONG;
    }
    if (scan->disk->read(scan->disk->self, scan->file, offset, bytes, sizeof(bytes), &got) !=
        STATUS_OK) {
        return SCAN_UNREADABLE;
    }
    if (frame_head_read(slice_of(bytes, got), scan->seed, head) != FRAME_OK ||
        head->segment != scan->segment || head->offset != offset || head->seq <= work->seq ||
        head->stored_size > scan->size - offset - FRAME_HEAD_SIZE ||
        head->stored_size > codec_bound(STORE_BODY_SIZE_MAX)) {
        return SCAN_WRONG;
    }
    if (!scan_reserve(work, head->stored_size)) {
        return SCAN_NO_MEMORY;
    }
    if (head->stored_size > 0 &&
        scan->disk->read(scan->disk->self, scan->file, offset + FRAME_HEAD_SIZE, work->body,
                         head->stored_size, &got) != STATUS_OK) {
        return SCAN_UNREADABLE;
    }
    struct slice stored = slice_of(work->body, head->stored_size);
    if ((head->stored_size > 0 && got != head->stored_size) ||
        frame_body_crc(scan->seed, stored) != head->body_crc) {
        return SCAN_WRONG;
    }
    return SCAN_FRAME;
}

/* Find the first right frame at or behind from; SCAN_WRONG if there is none. */
static enum scan_answer scan_next_frame(struct scan_work *work, uint64_t from, uint64_t *offset,
                                        struct frame_head *head)
{
    const struct scan *scan = work->scan;
    if (work->chunk == NULL) {
        work->chunk = malloc(STORE_SCAN_CHUNK);
        if (work->chunk == NULL) {
            return SCAN_NO_MEMORY;
        }
    }
    while (from < scan->size) {
        uint64_t left = scan->size - from;
        size_t want = left < STORE_SCAN_CHUNK ? (size_t)left : (size_t)STORE_SCAN_CHUNK;
        size_t got = 0;
        if (scan->disk->read(scan->disk->self, scan->file, from, work->chunk, want, &got) !=
            STATUS_OK) {
            return SCAN_UNREADABLE;
        }
        struct slice chunk = slice_of(work->chunk, got);
        for (size_t at = frame_search(chunk, 0); at < chunk.size;
             at = frame_search(chunk, at + 1)) {
            enum scan_answer answer = scan_frame(work, from + at, head);
            if (answer != SCAN_WRONG) {
                *offset = from + at;
                return answer;
            }
        }
        if (got < want) {
            break;
        }
        from += got;
        /* A magic may stand across the border of two chunks. */
        if (from < scan->size) {
            from -= 3;
        }
    }
    return SCAN_WRONG;
}

/*
 * How far the log was durable, as its frames behind a wrong place say.  All of them are looked at,
 * since any may be the one that was written after the sync.
 */
static enum scan_answer scan_durable_end(struct scan_work *work, uint64_t from, uint64_t *end)
{
    uint64_t seq = work->seq;
    *end = 0;
    for (;;) {
        uint64_t offset;
        struct frame_head head;
        enum scan_answer answer = scan_next_frame(work, from, &offset, &head);
        if (answer != SCAN_FRAME) {
            work->seq = seq;
            return answer == SCAN_WRONG ? SCAN_FRAME : answer;
        }
        if (head.synced_end > *end) {
            *end = head.synced_end;
        }
        if (head.seq > work->seq_last) {
            work->seq_last = head.seq;
        }
        work->seq = head.seq;
        from = offset + FRAME_HEAD_SIZE + head.stored_size;
    }
}

/*
 * The frame at offset is wrong: either the log ends there (SCAN_WRONG), or it is damaged, and
 * *offset becomes the place of the next right frame or of the end (SCAN_FRAME).
 */
static enum scan_answer scan_pass_over(struct scan_work *work, uint64_t *offset,
                                       uint64_t *durable_end, struct scan_result *result)
{
    struct frame_head head;
    if (*durable_end == 0) {
        if (work->scan->end_known) {
            *durable_end = work->scan->size;
        } else {
            enum scan_answer answer = scan_durable_end(work, *offset, durable_end);
            if (answer != SCAN_FRAME) {
                return answer;
            }
        }
    }
    if (*offset >= *durable_end) {
        return SCAN_WRONG;
    }
    uint64_t next;
    enum scan_answer answer = scan_next_frame(work, *offset + 1, &next, &head);
    if (answer == SCAN_UNREADABLE || answer == SCAN_NO_MEMORY) {
        return answer;
    }
    if (answer == SCAN_WRONG) {
        next = *durable_end;
    }
    result->damaged_bytes += next - *offset;
    result->damaged_places++;
    *offset = next;
    return SCAN_FRAME;
}

static enum scan_answer scan_frames(struct scan_work *work, scan_visit *visit, void *context,
                                    struct scan_result *result)
{
    uint64_t durable_end = 0;
    uint64_t offset = work->scan->from != 0 ? work->scan->from : FRAME_LOG_HEAD_SIZE;
    while (offset < work->scan->size) {
        struct frame_head head;
        enum scan_answer answer = scan_frame(work, offset, &head);
        if (answer == SCAN_WRONG) {
            answer = scan_pass_over(work, &offset, &durable_end, result);
            if (answer == SCAN_WRONG) {
                break;
            }
            if (answer == SCAN_FRAME) {
                continue;
            }
        }
        if (answer != SCAN_FRAME) {
            return answer;
        }
        visit(context, &head, slice_of(work->body, head.stored_size));
        work->seq = head.seq;
        result->frames++;
        if (head.synced_end > result->synced_end) {
            result->synced_end = head.synced_end;
        }
        if (head.arrival_ns > result->arrival_last_ns) {
            result->arrival_last_ns = head.arrival_ns;
        }
        offset += FRAME_HEAD_SIZE + head.stored_size;
        result->end = offset;
    }
    if (work->scan->end_known) {
        result->end = work->scan->size;
    }
    return SCAN_FRAME;
}

enum status scan_log(const struct scan *scan, scan_visit *visit, void *context,
                     struct scan_result *result)
{
    *result = (struct scan_result){
        .end = FRAME_LOG_HEAD_SIZE,
        .synced_end = FRAME_LOG_HEAD_SIZE,
        .end_known = scan->end_known,
    };
    struct scan_work work = {.scan = scan, .seq = scan->seq, .seq_last = scan->seq};
    enum scan_answer answer = scan_frames(&work, visit, context, result);
    result->seq_last = work.seq > work.seq_last ? work.seq : work.seq_last;
    result->unreadable = answer == SCAN_UNREADABLE;
    if (result->unreadable) {
        result->end = scan->size;
    }
    free(work.chunk);
    free(work.body);
    return answer == SCAN_NO_MEMORY ? STATUS_FULL : STATUS_OK;
}
