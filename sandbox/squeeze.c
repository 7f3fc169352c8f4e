/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/squeeze.h"

#include "base/ensure.h"

#define ZLIB_CONST
#include <zlib.h>

#include <limits.h>

#define WINDOW_BITS 15
#define FORMAT_GZIP 16

void squeeze(struct slice bytes, struct buf *out)
{
    z_stream stream = {.next_in = bytes.base, .avail_in = (uInt)bytes.size};
    ENSURE(bytes.size <= UINT_MAX);
    ENSURE(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS + FORMAT_GZIP, 8,
                        Z_DEFAULT_STRATEGY) == Z_OK);
    uLong room = deflateBound(&stream, (uLong)bytes.size);
    unsigned char *target = buf_reserve(out, room);
    if (target != NULL) {
        stream.next_out = target;
        stream.avail_out = (uInt)room;
        ENSURE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
        buf_commit(out, stream.total_out);
    }
    deflateEnd(&stream);
}
