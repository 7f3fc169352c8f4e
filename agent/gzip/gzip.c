/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip/gzip.h"

#include "base/ensure.h"

/* The const variants of the input pointers. */
#define ZLIB_CONST
#include <zlib.h>

#include <limits.h>

#define ALIGN 16u

/* deflate takes (1 << (bits + 2)) + (1 << (level + 9)) bytes and some: 32 KiB + 32 KiB here. */
#define WINDOW_BITS  13
#define MEMORY_LEVEL 6

/* zlib: 15 is the largest window a sender may use; 16 more means the gzip format. */
#define WINDOW_BITS_ANY 15
#define FORMAT_GZIP     16

void gzip_init(struct gzip *gzip, void *memory)
{
    gzip->memory = memory;
    gzip->used = 0;
}

static voidpf allocate(voidpf context, uInt count, uInt size)
{
    struct gzip *gzip = context;
    size_t bytes = (size_t)count * size;
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    /* The sizes depend on nothing but our constants, so running out is our bug. */
    ENSURE(bytes <= GZIP_MEMORY_SIZE - gzip->used);
    voidpf memory = gzip->memory + gzip->used;
    gzip->used += bytes;
    return memory;
}

/* Everything is given back at once, when the next stream begins. */
static void release(voidpf context, voidpf memory)
{
    (void)context;
    (void)memory;
}

static void begin(struct gzip *gzip, z_stream *stream)
{
    gzip->used = 0;
    *stream = (z_stream){.zalloc = allocate, .zfree = release, .opaque = gzip};
}

bool gzip_pack(struct gzip *gzip, struct slice body, struct buf *out)
{
    z_stream stream;
    size_t room = buf_left(out);
    room = room < body.size ? room : body.size;
    if (body.size == 0 || body.size > UINT_MAX) {
        return false;
    }
    unsigned char *place = buf_reserve(out, room);
    ENSURE(place != NULL);
    begin(gzip, &stream);
    ENSURE(deflateInit2(&stream, 1, Z_DEFLATED, WINDOW_BITS + FORMAT_GZIP, MEMORY_LEVEL,
                        Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_in = body.base;
    stream.avail_in = (uInt)body.size;
    stream.next_out = place;
    stream.avail_out = (uInt)room;
    bool fits = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    if (fits) {
        buf_commit(out, room - stream.avail_out);
    }
    deflateEnd(&stream);
    return fits;
}

/* One member or several, one behind the other. */
static int inflate_members(z_stream *stream)
{
    int answer = inflate(stream, Z_FINISH);
    while (answer == Z_STREAM_END && stream->avail_in > 0) {
        ENSURE(inflateReset(stream) == Z_OK);
        answer = inflate(stream, Z_FINISH);
    }
    return answer;
}

enum status gzip_unpack(struct gzip *gzip, struct slice body, struct buf *out)
{
    z_stream stream;
    size_t room = buf_left(out);
    enum status status = STATUS_BAD;
    unsigned char *place = buf_reserve(out, room);
    if (place == NULL || body.size == 0 || body.size > UINT_MAX || room > UINT_MAX) {
        return STATUS_BAD;
    }
    begin(gzip, &stream);
    ENSURE(inflateInit2(&stream, WINDOW_BITS_ANY + FORMAT_GZIP) == Z_OK);
    stream.next_in = body.base;
    stream.avail_in = (uInt)body.size;
    stream.next_out = place;
    stream.avail_out = (uInt)room;
    int answer = inflate_members(&stream);
    if (answer == Z_STREAM_END) {
        status = STATUS_OK;
        buf_commit(out, room - stream.avail_out);
    } else if (answer == Z_BUF_ERROR && stream.avail_out == 0) {
        status = STATUS_FULL;
    }
    inflateEnd(&stream);
    return status;
}
