/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of logs: any bytes as a log, once as the newest one and once with a known end.  Then
 * the same with checksums made right, so that what lies behind them is reached: every frame that is
 * shown lies inside and ascends.
 */
#include "base/ensure.h"
#include "store/frame.h"
#include "store/scan.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
    const unsigned char *bytes;
    size_t size;
};

static enum status read_file(void *self, int file, uint64_t offset, void *memory, size_t size,
                             size_t *got)
{
    const struct file *from = self;
    (void)file;
    size_t left = offset < from->size ? from->size - (size_t)offset : 0;
    *got = left < size ? left : size;
    if (*got > 0) {
        memcpy(memory, from->bytes + offset, *got);
    }
    return STATUS_OK;
}

struct check {
    uint64_t end;
    uint64_t seq;
    uint64_t size;
};

static void visit(void *context, const struct frame_head *head, struct slice stored)
{
    struct check *check = context;
    ENSURE(head->offset >= check->end && head->seq > check->seq);
    ENSURE(stored.size == head->stored_size);
    check->end = (uint64_t)head->offset + FRAME_HEAD_SIZE + stored.size;
    check->seq = head->seq;
    ENSURE(check->end <= check->size);
}

static void scan(const unsigned char *bytes, size_t size, bool end_known)
{
    struct file file = {.bytes = bytes, .size = size};
    struct disk disk = {.self = &file, .read = read_file};
    struct scan what = {
        .disk = &disk, .segment = 1, .seed = 7, .size = size, .end_known = end_known};
    struct scan_result result;
    struct check check = {.size = size};
    struct frame_log_head head;
    (void)!frame_log_head_read(slice_of(bytes, size), &head);
    if (scan_log(&what, visit, &check, &result) == STATUS_OK) {
        ENSURE(result.end <= size || size < FRAME_LOG_HEAD_SIZE);
        ENSURE(result.end >= check.end || check.end == 0);
    }
}

/* Lay out the input as frames: four bytes choose the fields, then up to 255 bytes of body. */
static size_t build(const uint8_t *data, size_t size, unsigned char *out)
{
    size_t end = FRAME_LOG_HEAD_SIZE;
    uint64_t seq = 0;
    memset(out, 0, FRAME_LOG_HEAD_SIZE);
    while (size >= 4) {
        size_t body = data[0] < size - 4 ? data[0] : size - 4;
        seq += data[1] % 4;
        struct frame_head head = {
            .stored_size = (uint32_t)(data[2] == 255 ? body + 1 : body),
            .inflated_size = (uint32_t)body,
            .signal = data[3] % 4,
            .segment = data[2] % 16 == 15 ? 2 : 1,
            .offset = (uint32_t)(data[1] % 32 == 31 ? end + 1 : end),
            .seq = seq,
            .synced_end = (uint32_t)(data[3] < 128 ? end : end + 200),
            .body_crc = frame_body_crc(7, slice_of(data + 4, body)),
        };
        if (data[2] == 14) {
            head.body_crc++;
        }
        frame_head_write(&head, 7, out + end);
        memcpy(out + end + FRAME_HEAD_SIZE, data + 4, body);
        end += FRAME_HEAD_SIZE + body;
        data += 4 + body;
        size -= 4 + body;
    }
    return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scan(data, size, false);
    scan(data, size, true);
    unsigned char *log =
        malloc(FRAME_LOG_HEAD_SIZE + size * (FRAME_HEAD_SIZE + 1) + FRAME_HEAD_SIZE);
    ENSURE(log != NULL);
    size_t end = build(data, size, log);
    scan(log, end, false);
    scan(log, end, true);
    free(log);
    return 0;
}
