/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/gunzip.h"

#include "intake/intake_limits.h"

/* zlib reads its input and does not change it; this makes its header say so. */
#define ZLIB_CONST
#include <zlib.h>

/* 15 bits of window, and 16 for: a gzip header and nothing else. */
#define GUNZIP_WINDOW_BITS (15 + 16)

static enum status gunzip_members(z_stream *stream, struct slice bytes, uint64_t size_max,
                                  struct buf *out)
{
    stream->next_in = bytes.base;
    stream->avail_in = (uInt)bytes.size;
    for (;;) {
        unsigned char *room = buf_reserve(out, INTAKE_PIECE_SIZE);
        if (room == NULL) {
            return STATUS_FULL;
        }
        stream->next_out = room;
        stream->avail_out = INTAKE_PIECE_SIZE;
        int answer = inflate(stream, Z_NO_FLUSH);
        buf_commit(out, INTAKE_PIECE_SIZE - stream->avail_out);
        if (out->size > size_max) {
            return STATUS_FULL;
        }
        if (answer == Z_STREAM_END) {
            if (stream->avail_in == 0) {
                return STATUS_OK;
            }
            if (stream->next_in[0] != 0x1f || inflateReset(stream) != Z_OK) {
                return STATUS_BAD;
            }
        } else if (answer != Z_OK) {
            return answer == Z_MEM_ERROR ? STATUS_FULL : STATUS_BAD;
        }
    }
}

enum status gunzip(struct slice bytes, uint64_t size_max, struct buf *out)
{
    z_stream stream = {.next_in = NULL};
    if (bytes.size > INTAKE_RECORD_SIZE_MAX || inflateInit2(&stream, GUNZIP_WINDOW_BITS) != Z_OK) {
        return STATUS_FULL;
    }
    enum status status = gunzip_members(&stream, bytes, size_max, out);
    (void)inflateEnd(&stream);
    return status;
}
