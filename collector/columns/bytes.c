/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/bytes.h"

#include "columns/varint.h"

#include <zstd.h>

#include <stdlib.h>

/* Shorter strings are not worth a frame: its head and tables are about this long. */
#define BYTES_SIZE_MIN 24

/* Levels: planes gain nothing from more, and take a twentieth more in a hurry, at two thirds of the
 * work; texts gain 3 % from 3 and are written once. */
#define BYTES_LEVEL_NUMBER 1
#define BYTES_LEVEL_HURRY  (-1)
#define BYTES_LEVEL_TEXT   3

/* Planes that would gain less than a twelfth are left as they are: they are read more often than
 * written, and their last bits cost the most time. */
#define BYTES_GAIN_NUMBER 12

struct bytes_writer {
    ZSTD_CCtx *context;
    bool hurry;
};

struct bytes_reader {
    ZSTD_DCtx *context;
};

struct bytes_writer *bytes_writer_create(void)
{
    struct bytes_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL) {
        return NULL;
    }
    writer->context = ZSTD_createCCtx();
    if (writer->context == NULL) {
        free(writer);
        return NULL;
    }
    return writer;
}

void bytes_writer_free(struct bytes_writer *writer)
{
    if (writer != NULL) {
        (void)ZSTD_freeCCtx(writer->context);
        free(writer);
    }
}

void bytes_writer_hurry(struct bytes_writer *writer, bool hurry)
{
    writer->hurry = hurry;
}

struct bytes_reader *bytes_reader_create(void)
{
    struct bytes_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        return NULL;
    }
    reader->context = ZSTD_createDCtx();
    if (reader->context == NULL) {
        free(reader);
        return NULL;
    }
    return reader;
}

void bytes_reader_free(struct bytes_reader *reader)
{
    if (reader != NULL) {
        (void)ZSTD_freeDCtx(reader->context);
        free(reader);
    }
}

static void write_raw(struct buf *out, struct slice bytes)
{
    varint_put(out, (uint64_t)bytes.size << 1);
    buf_append(out, bytes);
}

static int level_of(const struct bytes_writer *writer, enum bytes_effort effort)
{
    if (effort == BYTES_TEXT) {
        return BYTES_LEVEL_TEXT;
    }
    return writer->hurry ? BYTES_LEVEL_HURRY : BYTES_LEVEL_NUMBER;
}

void bytes_write(struct bytes_writer *writer, struct buf *out, struct slice bytes,
                 enum bytes_effort effort)
{
    if (effort == BYTES_RAW || bytes.size < BYTES_SIZE_MIN) {
        write_raw(out, bytes);
        return;
    }
    size_t begin = out->size;
    unsigned char head[2 * VARINT_SIZE_MAX];
    size_t bound = ZSTD_compressBound(bytes.size);
    unsigned char *target = buf_reserve(out, sizeof(head) + bound);
    if (target == NULL) {
        return;
    }
    size_t size = ZSTD_compressCCtx(writer->context, target + sizeof(head), bound, bytes.base,
                                    bytes.size, level_of(writer, effort));
    size_t head_size = varint_write(head, (uint64_t)bytes.size << 1 | 1);
    head_size += varint_write(head + head_size, size);
    size_t gain_min = effort == BYTES_NUMBER ? bytes.size / BYTES_GAIN_NUMBER : 0;
    if (ZSTD_isError(size) != 0 || head_size + size + gain_min >= bytes.size) {
        write_raw(out, bytes);
        return;
    }
    memcpy(target, head, head_size);
    memmove(target + head_size, target + sizeof(head), size);
    buf_commit(out, head_size + size);
    ENSURE(out->size == begin + head_size + size);
}

enum status bytes_read(struct bytes_reader *reader, struct slice *source, size_t size_max,
                       struct arena *arena, struct slice *bytes)
{
    uint64_t head;
    uint64_t stored;
    if (!varint_take(source, &head) || head >> 1 > size_max) {
        return STATUS_BAD;
    }
    size_t size = (size_t)(head >> 1);
    stored = size;
    if ((head & 1) != 0 && !varint_take(source, &stored)) {
        return STATUS_BAD;
    }
    if (stored > source->size) {
        return STATUS_BAD;
    }
    struct slice body = slice_take(*source, (size_t)stored);
    *source = slice_skip(*source, (size_t)stored);
    if ((head & 1) == 0) {
        *bytes = body;
        return STATUS_OK;
    }
    unsigned char *memory = size > 0 ? arena_alloc(arena, size) : NULL;
    if (memory == NULL) {
        return size == 0 ? STATUS_BAD : STATUS_FULL;
    }
    size_t answer = ZSTD_decompressDCtx(reader->context, memory, size, body.base, body.size);
    if (ZSTD_isError(answer) != 0 || answer != size) {
        return STATUS_BAD;
    }
    *bytes = slice_of(memory, size);
    return STATUS_OK;
}
