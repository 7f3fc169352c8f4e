/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip/gzip.h"

#include "agent_limits.h"
#include "base/ensure.h"
#include "gzip/crc.h"

/* The const variants of the input pointers. */
#define ZLIB_CONST
#include <zlib.h>

#include <limits.h>
#include <sched.h>
#include <string.h>

#define ALIGN 16u

/* deflate takes (1 << (bits + 2)) + (1 << (level + 9)) bytes and some: 32 KiB + 32 KiB here. */
#define WINDOW_BITS  13
#define MEMORY_LEVEL 6

/* 15 is the largest window a sender may use; negative means without a frame. */
#define WINDOW_BITS_ANY 15

/* A member begins with ten bytes, of which five say nothing of interest: no name, no time, made by
 * Unix; and ends with checksum and size. */
#define HEAD_SIZE 10u
#define TAIL_SIZE 8u

/* What else may stand before the body. */
#define FLAG_HEAD_CHECK 2u
#define FLAG_EXTRA      4u
#define FLAG_NAME       8u
#define FLAG_COMMENT    16u
#define FLAGS_KNOWN     31u

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

static void put_u32(unsigned char *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        bytes[i] = (unsigned char)(value >> 8 * i);
    }
}

static uint32_t get_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/*
 * Take the body in piece by piece, and let who waits for this processor go first between them: it
 * is the function, and a scheduler may leave us the processor for milliseconds once we have it.
 * False: what comes of it does not fit.
 */
static bool deflate_pieces(z_stream *stream, struct slice body)
{
    while (body.size > AGENT_PIECE_SIZE) {
        stream->next_in = body.base;
        stream->avail_in = (uInt)AGENT_PIECE_SIZE;
        if (deflate(stream, Z_NO_FLUSH) != Z_OK || stream->avail_in > 0) {
            return false;
        }
        body = slice_skip(body, AGENT_PIECE_SIZE);
        (void)sched_yield();
    }
    stream->next_in = body.base;
    stream->avail_in = (uInt)body.size;
    return deflate(stream, Z_FINISH) == Z_STREAM_END;
}

/* The size of the compressed body, or 0 if it does not fit. */
static size_t deflate_body(struct gzip *gzip, struct slice body, unsigned char *out, size_t size)
{
    z_stream stream;
    begin(gzip, &stream);
    ENSURE(deflateInit2(&stream, 1, Z_DEFLATED, -WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) ==
           Z_OK);
    stream.next_out = out;
    stream.avail_out = (uInt)size;
    bool fits = deflate_pieces(&stream, body);
    deflateEnd(&stream);
    return fits ? size - stream.avail_out : 0;
}

bool gzip_pack(struct gzip *gzip, struct slice body, struct buf *out)
{
    static const unsigned char head[HEAD_SIZE] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3};
    size_t room = buf_left(out);
    room = room < body.size ? room : body.size;
    if (room <= HEAD_SIZE + TAIL_SIZE || body.size > UINT_MAX) {
        return false;
    }
    unsigned char *place = buf_reserve(out, room);
    ENSURE(place != NULL);
    /* It has to be smaller, so a byte stays free. */
    size_t size = deflate_body(gzip, body, place + HEAD_SIZE, room - HEAD_SIZE - TAIL_SIZE - 1);
    if (size == 0) {
        return false;
    }
    memcpy(place, head, sizeof(head));
    put_u32(place + HEAD_SIZE + size, crc_of(body));
    put_u32(place + HEAD_SIZE + size + 4, (uint32_t)body.size);
    buf_commit(out, HEAD_SIZE + size + TAIL_SIZE);
    return true;
}

/* Skip a text and its NUL. */
static bool skip_text(struct slice *rest)
{
    struct slice text;
    return slice_cut(*rest, '\0', &text, rest);
}

/* Skip the head of a member. */
static bool skip_head(struct slice *rest)
{
    const struct slice whole = *rest;
    if (rest->size < HEAD_SIZE || rest->base[0] != 0x1f || rest->base[1] != 0x8b ||
        rest->base[2] != 8 || (rest->base[3] & ~FLAGS_KNOWN) != 0) {
        return false;
    }
    unsigned flags = rest->base[3];
    *rest = slice_skip(*rest, HEAD_SIZE);
    if ((flags & FLAG_EXTRA) != 0) {
        size_t size = rest->size < 2 ? SIZE_MAX : 2 + rest->base[0] + 256u * rest->base[1];
        if (size > rest->size) {
            return false;
        }
        *rest = slice_skip(*rest, size);
    }
    if (((flags & FLAG_NAME) != 0 && !skip_text(rest)) ||
        ((flags & FLAG_COMMENT) != 0 && !skip_text(rest))) {
        return false;
    }
    if ((flags & FLAG_HEAD_CHECK) != 0) {
        uint32_t check = crc_of(slice_take(whole, whole.size - rest->size)) & 0xffff;
        if (rest->size < 2 || rest->base[0] + 256u * rest->base[1] != check) {
            return false;
        }
        *rest = slice_skip(*rest, 2);
    }
    return true;
}

/* Append what the front of *rest is expanded to, and leave in *rest what follows it. */
static enum status inflate_body(struct gzip *gzip, struct slice *rest, struct buf *out)
{
    z_stream stream;
    size_t room = buf_left(out);
    unsigned char *place = buf_reserve(out, room);
    if (place == NULL || rest->size > UINT_MAX || room > UINT_MAX) {
        return STATUS_BAD;
    }
    begin(gzip, &stream);
    ENSURE(inflateInit2(&stream, -WINDOW_BITS_ANY) == Z_OK);
    stream.next_in = rest->base;
    stream.avail_in = (uInt)rest->size;
    stream.next_out = place;
    stream.avail_out = (uInt)room;
    int answer = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    if (answer == Z_STREAM_END) {
        buf_commit(out, room - stream.avail_out);
        *rest = slice_skip(*rest, rest->size - stream.avail_in);
        return STATUS_OK;
    }
    return answer == Z_BUF_ERROR && stream.avail_out == 0 ? STATUS_FULL : STATUS_BAD;
}

static enum status unpack_member(struct gzip *gzip, struct slice *rest, struct buf *out)
{
    size_t before = out->size;
    if (!skip_head(rest)) {
        return STATUS_BAD;
    }
    enum status status = inflate_body(gzip, rest, out);
    if (status != STATUS_OK) {
        return status;
    }
    struct slice body = slice_skip(buf_bytes(out), before);
    if (rest->size < TAIL_SIZE || get_u32(rest->base) != crc_of(body) ||
        get_u32(rest->base + 4) != (uint32_t)body.size) {
        return STATUS_BAD;
    }
    *rest = slice_skip(*rest, TAIL_SIZE);
    return STATUS_OK;
}

enum status gzip_unpack(struct gzip *gzip, struct slice body, struct buf *out)
{
    size_t before = out->size;
    enum status status = body.size == 0 || buf_overflowed(out) ? STATUS_BAD : STATUS_OK;
    while (status == STATUS_OK && body.size > 0) {
        status = unpack_member(gzip, &body, out);
    }
    if (status != STATUS_OK && out->size > before) {
        buf_rewind(out, before);
    }
    return status;
}
