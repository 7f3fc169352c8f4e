/* SPDX-License-Identifier: Apache-2.0 */
#include "series/chunk.h"

#include "base/ensure.h"
#include "columns/varint.h"
#include "series/series_limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_CAPACITY_MIN = 64,
    CHUNK_NUMBER_SIZE_MAX = VARINT_SIZE_MAX + VARINT_SIZE_MAX, /* With how many follow. */
};

/* Whole numbers up to this are exact, and so are their differences in 64 bits. */
#define CHUNK_WHOLE_MAX 9007199254740992.0

static uint64_t chunk_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* Whether it is a whole number that comes back with the same bits. */
static bool chunk_whole(double value)
{
    return value >= -CHUNK_WHOLE_MAX && value <= CHUNK_WHOLE_MAX &&
           chunk_bits((double)(int64_t)value) == chunk_bits(value);
}

struct chunk *chunk_create(unsigned width, uint8_t tier, const struct chunk_shape *shape)
{
    ENSURE(width > 0 && width <= SERIES_WIDTH_MAX);
    size_t capacity = CHUNK_CAPACITY_MIN + (shape != NULL ? sizeof(*shape) : 0);
    struct chunk *chunk = malloc(sizeof(*chunk) + capacity);
    if (chunk == NULL) {
        return NULL;
    }
    *chunk = (struct chunk){
        .width = (uint16_t)width,
        .tier = tier,
        .capacity = (uint32_t)capacity,
        .shaped = shape != NULL,
    };
    if (shape != NULL) {
        memcpy(chunk->bytes, shape, sizeof(*shape));
        chunk->size = sizeof(*shape);
    }
    return chunk;
}

struct chunk_shape chunk_shape(const struct chunk *chunk)
{
    struct chunk_shape shape = {.scale = 0};
    if (chunk->shaped) {
        memcpy(&shape, chunk->bytes, sizeof(shape));
    }
    return shape;
}

/* ---- Writing. ---- */

static unsigned char *chunk_put_bits(unsigned char *at, uint64_t bits)
{
    unsigned shift = (unsigned)__builtin_ctzll(bits) / 8;
    bits >>= 8 * shift;
    unsigned size = (71 - (unsigned)__builtin_clzll(bits)) / 8;
    *at++ = (unsigned char)(1 | (size - 1) << 1 | shift << 4);
    for (unsigned i = 0; i < size; i++) {
        *at++ = (unsigned char)(bits >> (8 * i));
    }
    return at;
}

static unsigned char *chunk_put_values(unsigned char *at, const double *before,
                                       const double *values, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        uint64_t differs = chunk_bits(before[i]) ^ chunk_bits(values[i]);
        if (differs == 0) {
            unsigned run = i + 1;
            while (run < width && chunk_bits(before[run]) == chunk_bits(values[run])) {
                run++;
            }
            *at++ = 0;
            if (width > 1) {
                at += varint_write(at, run - i - 1);
            }
            i = run - 1;
        } else if (chunk_whole(before[i]) && chunk_whole(values[i])) {
            int64_t difference = (int64_t)values[i] - (int64_t)before[i];
            at += varint_write(at, varint_fold(difference) << 1);
        } else {
            at = chunk_put_bits(at, differs);
        }
    }
    return at;
}

/* Room for one more sample of the greatest size. */
static bool chunk_reserve(struct chunk **chunk)
{
    struct chunk *old = *chunk;
    size_t most = VARINT_SIZE_MAX + (size_t)old->width * CHUNK_NUMBER_SIZE_MAX;
    if (old->capacity - old->size >= most) {
        return true;
    }
    size_t capacity = old->size + most + old->size / 2;
    struct chunk *grown = realloc(old, sizeof(*grown) + capacity);
    if (grown == NULL) {
        return false;
    }
    grown->capacity = (uint32_t)capacity;
    *chunk = grown;
    return true;
}

bool chunk_append(struct chunk **chunk, struct chunk_last *last, int64_t time_ms,
                  const double *values)
{
    ENSURE((*chunk)->count == 0 || time_ms > last->time_ms);
    if (!chunk_reserve(chunk)) {
        return false;
    }
    struct chunk *target = *chunk;
    unsigned char *begin = target->bytes + target->size;
    unsigned char *at = begin;
    int64_t delta_ms = 0;
    if (target->count == 0) {
        target->first_ms = time_ms;
        memset(last->values, 0, target->width * sizeof(last->values[0]));
    } else {
        delta_ms = time_ms - last->time_ms;
        at += varint_write(at, varint_fold(delta_ms - last->delta_ms));
    }
    at = chunk_put_values(at, last->values, values, target->width);
    target->size += (uint32_t)(at - begin);
    target->count++;
    target->last_ms = time_ms;
    last->time_ms = time_ms;
    last->delta_ms = delta_ms;
    memcpy(last->values, values, target->width * sizeof(last->values[0]));
    return true;
}

bool chunk_full(const struct chunk *chunk)
{
    return chunk->count >= SERIES_CHUNK_COUNT_MAX || chunk->size >= SERIES_CHUNK_SIZE_MAX;
}

void chunk_close(struct chunk **chunk)
{
    struct chunk *smaller = realloc(*chunk, sizeof(*smaller) + (*chunk)->size);
    if (smaller != NULL) {
        smaller->capacity = smaller->size;
        *chunk = smaller;
    }
}

/* ---- Reading. ---- */

void chunk_read(struct chunk_reader *reader, const struct chunk *chunk, double *values)
{
    *reader = (struct chunk_reader){
        .at = chunk->bytes + (chunk->shaped ? sizeof(struct chunk_shape) : 0),
        .end = chunk->bytes + chunk->size,
        .time_ms = chunk->first_ms,
        .values = values,
        .left = chunk->count,
        .width = chunk->width,
        .first = true,
    };
    memset(values, 0, chunk->width * sizeof(values[0]));
}

static bool chunk_take(struct chunk_reader *reader, uint64_t *value)
{
    struct slice rest = slice_of(reader->at, (size_t)(reader->end - reader->at));
    if (!varint_take(&rest, value)) {
        return false;
    }
    reader->at = rest.base;
    return true;
}

static bool chunk_take_bits(struct chunk_reader *reader, double *value)
{
    unsigned head = *reader->at++;
    unsigned size = (head >> 1 & 7) + 1;
    unsigned shift = head >> 4 & 7;
    uint64_t bits = 0;
    if ((size_t)(reader->end - reader->at) < size || size + shift > 8 || head > 127) {
        return false;
    }
    for (unsigned i = 0; i < size; i++) {
        bits |= (uint64_t)*reader->at++ << (8 * i);
    }
    bits = bits << (8 * shift) ^ chunk_bits(*value);
    memcpy(value, &bits, sizeof(bits));
    return true;
}

static bool chunk_take_values(struct chunk_reader *reader)
{
    for (unsigned i = 0; i < reader->width; i++) {
        double *value = &reader->values[i];
        uint64_t number;
        if (reader->at == reader->end) {
            return false;
        }
        if ((*reader->at & 1) != 0) {
            if (!chunk_take_bits(reader, value)) {
                return false;
            }
            continue;
        }
        if (!chunk_take(reader, &number)) {
            return false;
        }
        if (number == 0) {
            uint64_t more = 0;
            if (reader->width > 1 && (!chunk_take(reader, &more) || more >= reader->width - i)) {
                return false;
            }
            i += (unsigned)more;
            continue;
        }
        if (!chunk_whole(*value)) {
            return false;
        }
        int64_t sum;
        if (__builtin_add_overflow((int64_t)*value, varint_unfold(number >> 1), &sum)) {
            return false;
        }
        *value = (double)sum;
    }
    return true;
}

bool chunk_next(struct chunk_reader *reader)
{
    if (reader->left == 0 || reader->failed) {
        return false;
    }
    if (!reader->first) {
        uint64_t folded;
        int64_t delta_ms = 0;
        if (!chunk_take(reader, &folded) ||
            __builtin_add_overflow(reader->delta_ms, varint_unfold(folded), &delta_ms) ||
            delta_ms <= 0 || __builtin_add_overflow(reader->time_ms, delta_ms, &reader->time_ms)) {
            reader->failed = true;
            return false;
        }
        reader->delta_ms = delta_ms;
    }
    reader->first = false;
    reader->failed = !chunk_take_values(reader);
    reader->left--;
    return !reader->failed;
}

bool chunk_valid(const struct chunk *chunk, double *values)
{
    struct chunk_reader reader;
    if (chunk->shaped && chunk->size < sizeof(struct chunk_shape)) {
        return false;
    }
    if (chunk->shaped) {
        struct chunk_shape shape = chunk_shape(chunk);
        if ((unsigned)shape.positive_count + shape.negative_count + 3 != chunk->width) {
            return false;
        }
    }
    chunk_read(&reader, chunk, values);
    while (chunk_next(&reader)) {
    }
    return chunk->count > 0 && !reader.failed && reader.at == reader.end &&
           reader.time_ms == chunk->last_ms;
}
