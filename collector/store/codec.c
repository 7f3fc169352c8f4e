/* SPDX-License-Identifier: Apache-2.0 */
#include "store/codec.h"

#include "base/ensure.h"
#include "store/store_limits.h"

#include <lz4.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <string.h>

/* Bodies up to this size, as agents send them, are stored as they are: half of so little is saved,
 * a sync writes whole pages anyway, and the log is gone when it is sealed. */
#define CODEC_SHORT_SIZE ((size_t)4 << 10)

/* A body is compressed before it is answered, and its log is there until it is sealed.  LZ4 takes a
 * third of the instructions of zstd's fast levels, and two thirds of their time, for a sixth more
 * bytes of spans; at twice its usual speed a tenth less time again, for one percent. */
#define CODEC_SPEED 2

_Static_assert(STORE_BODY_SIZE_MAX <= LZ4_MAX_INPUT_SIZE, "a body is one block of LZ4");

size_t codec_bound(size_t body_size)
{
    ENSURE(body_size <= STORE_BODY_SIZE_MAX);
    return (size_t)LZ4_compressBound((int)body_size);
}

enum frame_codec codec_deflate(struct slice body, unsigned char *memory, size_t *size)
{
    if (body.size > CODEC_SHORT_SIZE) {
        int answer = LZ4_compress_fast((const char *)body.base, (char *)memory, (int)body.size,
                                       (int)codec_bound(body.size), CODEC_SPEED);
        if (answer > 0 && (size_t)answer < body.size) {
            *size = (size_t)answer;
            return FRAME_CODEC_LZ4;
        }
    }
    if (body.size > 0) {
        memcpy(memory, body.base, body.size);
    }
    *size = body.size;
    return FRAME_CODEC_RAW;
}

static enum status inflate_raw(struct slice stored, unsigned char *memory, size_t size)
{
    if (stored.size != size) {
        return STATUS_BAD;
    }
    if (size > 0) {
        memcpy(memory, stored.base, size);
    }
    return STATUS_OK;
}

static enum status inflate_lz4(struct slice stored, unsigned char *memory, size_t size)
{
    if (stored.size > STORE_BODY_SIZE_MAX || size > STORE_BODY_SIZE_MAX) {
        return STATUS_BAD;
    }
    int answer =
        LZ4_decompress_safe((const char *)stored.base, (char *)memory, (int)stored.size, (int)size);
    return answer >= 0 && (size_t)answer == size ? STATUS_OK : STATUS_BAD;
}

/* Of logs that were written before LZ4 was; a context for each, because those are few. */
static enum status inflate_zstd(struct slice stored, unsigned char *memory, size_t size)
{
    size_t answer = ZSTD_decompress(memory, size, stored.base, stored.size);
    if (ZSTD_getErrorCode(answer) == ZSTD_error_memory_allocation) {
        return STATUS_FULL;
    }
    return ZSTD_isError(answer) == 0 && answer == size ? STATUS_OK : STATUS_BAD;
}

enum status codec_inflate(struct slice stored, enum frame_codec kind, unsigned char *memory,
                          size_t size)
{
    switch (kind) {
    case FRAME_CODEC_RAW:
        return inflate_raw(stored, memory, size);
    case FRAME_CODEC_ZSTD:
        return inflate_zstd(stored, memory, size);
    case FRAME_CODEC_LZ4:
        return inflate_lz4(stored, memory, size);
    }
    return STATUS_BAD;
}
