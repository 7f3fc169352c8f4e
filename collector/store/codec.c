/* SPDX-License-Identifier: Apache-2.0 */
#include "store/codec.h"

#include <zstd.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Contexts that are kept: one per thread that stores or reads at a time; more are made and freed.
 */
#define CODEC_KEPT 8

/* Bodies up to this size, as agents send them, are stored as they are: zstd builds its tables for
 * each, which takes 3 us of a body of 650 bytes and 7 of one of 1400 for half of them or less, and
 * the log is gone when it is sealed. */
#define CODEC_SHORT_SIZE ((size_t)4 << 10)

/* Fast levels: a body is compressed before it is answered, and its log is there until it is sealed.
 * Requests of 20 spans take 30 % fewer instructions than at level 1, and 7 % more bytes. */
#define CODEC_LEVEL (-1)

/* Bodies that are longer than the size below, as imports and gateways make them, are compressed
 * well enough to go further: a quarter fewer instructions than at level 1, for a fifth more bytes.
 * The table of matches stays in the processor's nearest cache. */
#define CODEC_LONG_SIZE      ((size_t)128 << 10)
#define CODEC_LONG_LEVEL     (-3)
#define CODEC_LONG_MATCH_MIN 6
#define CODEC_LONG_HASH_LOG  13

struct codec {
    pthread_mutex_t mutex;
    ZSTD_CCtx *deflate[CODEC_KEPT];
    size_t deflate_count;
    ZSTD_DCtx *inflate[CODEC_KEPT];
    size_t inflate_count;
};

enum status codec_create(struct codec **codec)
{
    struct codec *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    if (pthread_mutex_init(&made->mutex, NULL) != 0) {
        free(made);
        return STATUS_FULL;
    }
    *codec = made;
    return STATUS_OK;
}

void codec_free(struct codec *codec)
{
    if (codec == NULL) {
        return;
    }
    while (codec->deflate_count > 0) {
        (void)ZSTD_freeCCtx(codec->deflate[--codec->deflate_count]);
    }
    while (codec->inflate_count > 0) {
        (void)ZSTD_freeDCtx(codec->inflate[--codec->inflate_count]);
    }
    (void)pthread_mutex_destroy(&codec->mutex);
    free(codec);
}

size_t codec_bound(size_t body_size)
{
    return ZSTD_compressBound(body_size);
}

static ZSTD_CCtx *codec_take_deflate(struct codec *codec)
{
    ZSTD_CCtx *context = NULL;
    (void)pthread_mutex_lock(&codec->mutex);
    if (codec->deflate_count > 0) {
        context = codec->deflate[--codec->deflate_count];
    }
    (void)pthread_mutex_unlock(&codec->mutex);
    return context != NULL ? context : ZSTD_createCCtx();
}

static void codec_put_deflate(struct codec *codec, ZSTD_CCtx *context)
{
    (void)pthread_mutex_lock(&codec->mutex);
    bool kept = codec->deflate_count < CODEC_KEPT;
    if (kept) {
        codec->deflate[codec->deflate_count++] = context;
    }
    (void)pthread_mutex_unlock(&codec->mutex);
    if (!kept) {
        (void)ZSTD_freeCCtx(context);
    }
}

static ZSTD_DCtx *codec_take_inflate(struct codec *codec)
{
    ZSTD_DCtx *context = NULL;
    (void)pthread_mutex_lock(&codec->mutex);
    if (codec->inflate_count > 0) {
        context = codec->inflate[--codec->inflate_count];
    }
    (void)pthread_mutex_unlock(&codec->mutex);
    return context != NULL ? context : ZSTD_createDCtx();
}

static void codec_put_inflate(struct codec *codec, ZSTD_DCtx *context)
{
    (void)pthread_mutex_lock(&codec->mutex);
    bool kept = codec->inflate_count < CODEC_KEPT;
    if (kept) {
        codec->inflate[codec->inflate_count++] = context;
    }
    (void)pthread_mutex_unlock(&codec->mutex);
    if (!kept) {
        (void)ZSTD_freeDCtx(context);
    }
}

/* As it is. */
static void store_raw(struct slice body, unsigned char *memory, size_t *size,
                      enum frame_codec *kind)
{
    if (body.size > 0) {
        memcpy(memory, body.base, body.size);
    }
    *size = body.size;
    *kind = FRAME_CODEC_RAW;
}

enum status codec_deflate(struct codec *codec, struct slice body, unsigned char *memory,
                          size_t *size, enum frame_codec *kind)
{
    if (body.size <= CODEC_SHORT_SIZE) {
        store_raw(body, memory, size, kind);
        return STATUS_OK;
    }
    ZSTD_CCtx *context = codec_take_deflate(codec);
    if (context == NULL) {
        return STATUS_FULL;
    }
    bool is_long = body.size > CODEC_LONG_SIZE;
    /* The values are within their bounds; what is 0 is the level's. */
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel,
                                 is_long ? CODEC_LONG_LEVEL : CODEC_LEVEL);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, is_long ? CODEC_LONG_MATCH_MIN : 0);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, is_long ? CODEC_LONG_HASH_LOG : 0);
    size_t answer = ZSTD_compress2(context, memory, codec_bound(body.size), body.base, body.size);
    codec_put_deflate(codec, context);
    if (ZSTD_isError(answer) == 0 && answer < body.size) {
        *size = answer;
        *kind = FRAME_CODEC_ZSTD;
        return STATUS_OK;
    }
    store_raw(body, memory, size, kind);
    return STATUS_OK;
}

enum status codec_inflate(struct codec *codec, struct slice stored, enum frame_codec kind,
                          unsigned char *memory, size_t size)
{
    if (kind == FRAME_CODEC_RAW) {
        if (stored.size != size) {
            return STATUS_BAD;
        }
        if (size > 0) {
            memcpy(memory, stored.base, size);
        }
        return STATUS_OK;
    }
    ZSTD_DCtx *context = codec_take_inflate(codec);
    if (context == NULL) {
        return STATUS_FULL;
    }
    size_t answer = ZSTD_decompressDCtx(context, memory, size, stored.base, stored.size);
    codec_put_inflate(codec, context);
    return ZSTD_isError(answer) == 0 && answer == size ? STATUS_OK : STATUS_BAD;
}
