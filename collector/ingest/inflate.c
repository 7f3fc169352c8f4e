/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/inflate.h"

#include "base/ensure.h"
#include "ingest/ingest_limits.h"

#include <libdeflate.h>

#include <string.h>

/* Bytes that a body may inflate to before it is a bomb. */
static uint64_t inflate_ratio_most(struct slice body)
{
    uint64_t most = (uint64_t)body.size * INGEST_RATIO_MAX + INGEST_RATIO_MAX - 1;
    return most > INGEST_RATIO_SIZE_MIN ? most : INGEST_RATIO_SIZE_MIN;
}

/* Inflate all members into room bytes; STATUS_FULL when there are more. */
static enum status inflate_members(struct libdeflate_decompressor *decompressor, struct slice body,
                                   unsigned char *memory, size_t room, size_t *size)
{
    *size = 0;
    while (body.size > 0) {
        size_t consumed = 0;
        size_t produced = 0;
        switch (libdeflate_gzip_decompress_ex(decompressor, body.base, body.size, memory + *size,
                                              room - *size, &consumed, &produced)) {
        case LIBDEFLATE_SUCCESS:
            break;
        case LIBDEFLATE_INSUFFICIENT_SPACE:
            return STATUS_FULL;
        case LIBDEFLATE_BAD_DATA:
        case LIBDEFLATE_SHORT_OUTPUT:
            return STATUS_BAD;
        }
        *size += produced;
        body = slice_skip(body, consumed);
    }
    return STATUS_OK;
}

enum inflate_answer inflate_gzip(struct slice body, uint64_t size_max, struct arena *arena,
                                 struct slice *out)
{
    if (body.size == 0) {
        return INFLATE_BAD;
    }
    /* Address space only: what is not written to takes no memory. */
    uint64_t ratio_most = inflate_ratio_most(body);
    size_t room = (size_t)(ratio_most < size_max ? ratio_most : size_max);
    size_t mark = arena_mark(arena);
    unsigned char *memory = arena_alloc(arena, room > 0 ? room : 1);
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (memory == NULL || decompressor == NULL) {
        libdeflate_free_decompressor(decompressor);
        arena_rewind(arena, mark);
        return INFLATE_NO_MEMORY;
    }
    size_t size;
    enum status status = inflate_members(decompressor, body, memory, room, &size);
    libdeflate_free_decompressor(decompressor);
    arena_rewind(arena, mark);
    if (status != STATUS_OK) {
        return status == STATUS_BAD ? INFLATE_BAD
               : room == ratio_most ? INFLATE_RATIO
                                    : INFLATE_TOO_LARGE;
    }
    /* The same place, for as much as there is. */
    unsigned char *kept = arena_alloc(arena, size > 0 ? size : 1);
    ENSURE(kept == memory);
    *out = slice_of(kept, size);
    return INFLATE_OK;
}
