/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/inflate.h"

#include "base/ensure.h"
#include "ingest/ingest_limits.h"

/* zlib reads its input and does not change it; this makes its header say so. */
#define ZLIB_CONST
#include <zlib.h>

#include <limits.h>
#include <string.h>

/* 15 bits of window, and 16 for: a gzip header and nothing else. */
#define INFLATE_WINDOW_BITS (15 + 16)

/* Output is asked for in pieces, so that a bomb is noticed long before it has gone off. */
#define INFLATE_PIECE (UINT32_C(1) << 20)

static bool inflate_is_bomb(size_t in, size_t out)
{
    return out > INGEST_RATIO_SIZE_MIN && out / INGEST_RATIO_MAX > in;
}

/* Inflate all members into memory of room bytes; one byte of room more than size_max is an
 * overflow. */
static enum inflate_answer inflate_members(z_stream *stream, struct slice body,
                                           unsigned char *memory, size_t room, size_t *size)
{
    size_t consumed = 0;
    size_t produced = 0;
    bool between = false; /* A member has ended and the next one has not begun. */
    for (;;) {
        if (between && consumed == body.size) {
            *size = produced;
            return INFLATE_OK;
        }
        if (between && inflateReset(stream) != Z_OK) {
            return INFLATE_BAD;
        }
        between = false;
        size_t left = body.size - consumed;
        uInt give = left > INFLATE_PIECE ? INFLATE_PIECE : (uInt)left;
        uInt take = room - produced > INFLATE_PIECE ? INFLATE_PIECE : (uInt)(room - produced);
        stream->next_in = body.base + consumed;
        stream->avail_in = give;
        stream->next_out = memory + produced;
        stream->avail_out = take;
        int answer = inflate(stream, Z_NO_FLUSH);
        consumed += give - stream->avail_in;
        produced += take - stream->avail_out;
        if (inflate_is_bomb(consumed, produced)) {
            return INFLATE_RATIO;
        }
        if (produced == room) {
            return INFLATE_TOO_LARGE;
        }
        if (answer == Z_STREAM_END) {
            between = true;
        } else if (answer == Z_MEM_ERROR) {
            return INFLATE_NO_MEMORY;
        } else if (answer != Z_OK || (stream->avail_in == give && stream->avail_out == take)) {
            /* Damaged, or no progress: the input ends inside of a member. */
            return INFLATE_BAD;
        }
    }
}

enum inflate_answer inflate_gzip(struct slice body, uint64_t size_max, struct arena *arena,
                                 struct slice *out)
{
    if (body.size == 0) {
        return INFLATE_BAD;
    }
    /* Address space only: what is not written to takes no memory. */
    size_t mark = arena_mark(arena);
    size_t room = (size_t)size_max + 1;
    unsigned char *memory = arena_alloc(arena, room);
    if (memory == NULL) {
        return INFLATE_NO_MEMORY;
    }
    z_stream stream = {.next_in = NULL};
    if (inflateInit2(&stream, INFLATE_WINDOW_BITS) != Z_OK) {
        arena_rewind(arena, mark);
        return INFLATE_NO_MEMORY;
    }
    size_t size = 0;
    enum inflate_answer answer = inflate_members(&stream, body, memory, room, &size);
    (void)inflateEnd(&stream);
    arena_rewind(arena, mark);
    if (answer == INFLATE_OK) {
        /* The same place, for as much as there is. */
        unsigned char *kept = arena_alloc(arena, size > 0 ? size : 1);
        ENSURE(kept == memory);
        *out = slice_of(kept, size);
    }
    return answer;
}
