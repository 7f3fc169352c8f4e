/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/unpack.h"

#include "base/base64.h"
#include "base/ensure.h"
#include "base/utf8.h"
#include "intake/intake_limits.h"

/* zlib reads its input and does not change it; this makes its header say so. */
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include <stdint.h>
#include <stdlib.h>

/* 15 bits of window, and 16 for: a gzip header and nothing else. */
#define UNPACK_WINDOW_BITS (15 + 16)

struct unpack {
    enum unpack_kind kind;
    z_stream gzip;
    ZSTD_DStream *zstd;
    bool whole;            /* Between members, or nowhere inside of a unit. */
    uint32_t bits;         /* base64: those not yet given out, */
    unsigned letters;      /* of so many letters. */
    bool big_endian;       /* UTF-16: the order of bytes, */
    bool marked;           /* once its mark was seen; */
    unsigned char half[2]; /* the first byte of a unit, */
    unsigned held;
    uint32_t high; /* and the first of a pair, 0 without one. */
    unsigned char piece[INTAKE_PIECE_SIZE];
};

struct unpack *unpack_create(enum unpack_kind kind)
{
    struct unpack *unpack = calloc(1, sizeof(*unpack));
    if (unpack == NULL) {
        return NULL;
    }
    unpack->kind = kind;
    unpack->whole = kind == UNPACK_BASE64 || kind == UNPACK_UTF16;
    bool ready = true;
    if (kind == UNPACK_GZIP) {
        ready = inflateInit2(&unpack->gzip, UNPACK_WINDOW_BITS) == Z_OK;
    } else if (kind == UNPACK_ZSTD) {
        unpack->zstd = ZSTD_createDStream();
        ready = unpack->zstd != NULL;
    }
    if (!ready) {
        free(unpack);
        return NULL;
    }
    return unpack;
}

void unpack_free(struct unpack *unpack)
{
    if (unpack == NULL) {
        return;
    }
    if (unpack->kind == UNPACK_GZIP) {
        (void)inflateEnd(&unpack->gzip);
    }
    ZSTD_freeDStream(unpack->zstd);
    free(unpack);
}

static enum status unpack_gzip(struct unpack *unpack, struct slice *bytes, struct slice *out)
{
    z_stream *stream = &unpack->gzip;
    if (unpack->whole && bytes->size > 0) {
        /* Zeros behind the last member are padding, as of tapes and blocks. */
        while (bytes->size > 0 && bytes->base[0] == 0) {
            *bytes = slice_skip(*bytes, 1);
        }
        if (bytes->size == 0) {
            return STATUS_OK;
        }
        if (inflateReset(stream) != Z_OK) {
            return STATUS_BAD;
        }
        unpack->whole = false;
    }
    stream->next_in = bytes->base;
    stream->avail_in = bytes->size > UINT32_MAX ? UINT32_MAX : (uInt)bytes->size;
    stream->next_out = unpack->piece;
    stream->avail_out = INTAKE_PIECE_SIZE;
    uInt given = stream->avail_in;
    int answer = unpack->whole ? Z_OK : inflate(stream, Z_NO_FLUSH);
    *bytes = slice_skip(*bytes, given - stream->avail_in);
    *out = slice_of(unpack->piece, INTAKE_PIECE_SIZE - stream->avail_out);
    if (answer == Z_STREAM_END) {
        unpack->whole = true;
        return STATUS_OK;
    }
    if (answer == Z_MEM_ERROR) {
        return STATUS_FULL;
    }
    return answer == Z_OK || answer == Z_BUF_ERROR ? STATUS_OK : STATUS_BAD;
}

static enum status unpack_zstd(struct unpack *unpack, struct slice *bytes, struct slice *out)
{
    ZSTD_inBuffer in = {bytes->base, bytes->size, 0};
    ZSTD_outBuffer to = {unpack->piece, INTAKE_PIECE_SIZE, 0};
    if (unpack->whole && bytes->size == 0) {
        return STATUS_OK;
    }
    size_t answer = ZSTD_decompressStream(unpack->zstd, &to, &in);
    *bytes = slice_skip(*bytes, in.pos);
    *out = slice_of(unpack->piece, to.pos);
    if (ZSTD_isError(answer)) {
        return STATUS_BAD;
    }
    unpack->whole = answer == 0;
    return STATUS_OK;
}

static enum status unpack_base64(struct unpack *unpack, struct slice *bytes, struct slice *out)
{
    size_t size = 0, at = 0;
    for (; at < bytes->size && size + 3 <= INTAKE_PIECE_SIZE; at++) {
        unsigned char byte = bytes->base[at];
        int letter = base64_digit(byte);
        if (byte <= ' ' || byte == '"' || byte == ',') {
            continue; /* Newlines, and the quotes that query tools leave around it. */
        }
        if (letter < 0 && byte != '=') {
            *bytes = slice_skip(*bytes, at);
            *out = slice_of(unpack->piece, size);
            return STATUS_BAD;
        }
        if (letter >= 0) {
            unpack->bits = unpack->bits << 6 | (uint32_t)letter;
            unpack->letters++;
        }
        if (unpack->letters == 4) {
            unpack->piece[size++] = (unsigned char)(unpack->bits >> 16);
            unpack->piece[size++] = (unsigned char)(unpack->bits >> 8);
            unpack->piece[size++] = (unsigned char)unpack->bits;
            unpack->letters = 0;
        } else if (letter < 0 && unpack->letters > 1) {
            /* The end of one of several. */
            uint32_t bits = unpack->bits << (6 * (4 - unpack->letters));
            unpack->piece[size++] = (unsigned char)(bits >> 16);
            if (unpack->letters == 3) {
                unpack->piece[size++] = (unsigned char)(bits >> 8);
            }
            unpack->letters = 0;
        }
    }
    *bytes = slice_skip(*bytes, at);
    *out = slice_of(unpack->piece, size);
    return STATUS_OK;
}

static size_t unpack_unit(struct unpack *unpack, uint32_t unit, unsigned char *to)
{
    size_t size = 0;
    uint32_t high = unpack->high;
    unpack->high = 0;
    if (high != 0 && unit >= 0xdc00 && unit <= 0xdfff) {
        return utf8_encode(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00), to);
    }
    if (high != 0) {
        size = utf8_encode(UTF8_REPLACEMENT, to);
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
        unpack->high = unit;
        return size;
    }
    bool lone = unit >= 0xdc00 && unit <= 0xdfff;
    return size + utf8_encode(lone ? UTF8_REPLACEMENT : unit, to + size);
}

static enum status unpack_utf16(struct unpack *unpack, struct slice *bytes, struct slice *out)
{
    size_t size = 0, at = 0;
    for (; at < bytes->size && size + UTF8_SIZE_MAX + UTF8_SIZE_MAX <= INTAKE_PIECE_SIZE; at++) {
        unpack->half[unpack->held++] = bytes->base[at];
        if (unpack->held < 2) {
            continue;
        }
        unpack->held = 0;
        if (!unpack->marked) {
            unpack->big_endian = unpack->half[0] == 0xfe;
            unpack->marked = true;
            continue;
        }
        unsigned char first = unpack->half[unpack->big_endian ? 0 : 1];
        unsigned char second = unpack->half[unpack->big_endian ? 1 : 0];
        uint32_t unit = (uint32_t)first << 8 | second;
        size += unpack_unit(unpack, unit, unpack->piece + size);
    }
    *bytes = slice_skip(*bytes, at);
    *out = slice_of(unpack->piece, size);
    return STATUS_OK;
}

enum status unpack_read(struct unpack *unpack, struct slice *bytes, struct slice *out)
{
    *out = SLICE_EMPTY;
    switch (unpack->kind) {
    case UNPACK_GZIP:
        return unpack_gzip(unpack, bytes, out);
    case UNPACK_ZSTD:
        return unpack_zstd(unpack, bytes, out);
    case UNPACK_BASE64:
        return unpack_base64(unpack, bytes, out);
    case UNPACK_UTF16:
        break;
    }
    return unpack_utf16(unpack, bytes, out);
}

bool unpack_is_whole(const struct unpack *unpack)
{
    if (unpack->kind == UNPACK_BASE64) {
        /* Without padding the last letters are read as far as they go: none may be alone. */
        return unpack->letters == 0;
    }
    return unpack->kind == UNPACK_UTF16 ? unpack->held == 0 : unpack->whole;
}
