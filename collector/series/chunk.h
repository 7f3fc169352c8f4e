/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SERIES_CHUNK_H
#define THAW_SERIES_CHUNK_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Samples in few bytes: each has a time in milliseconds and as many numbers as the others (one; or
 * the buckets, the sum and the count of a histogram).  Times ascend strictly.
 *
 *   sample:  how much its distance from the one before differs from the one of that (folded varint;
 *            of the first one nothing is written: the head has its time), then its numbers
 *   number:  against the same number of the sample before, or 0:
 *            even varint  both are whole numbers: half of it is the difference, folded;
 *                         of several numbers, 0 is followed by how many more are unchanged
 *            odd byte     bits 1 to 3: bytes less one, 4 to 6: bytes that are shifted out;
 *                         then those bytes of the exclusive or of both, the lowest first
 *
 * So an unchanged number takes a byte, or with its neighbours two, and a counter of a busy function
 * two.  Pure but for malloc; whoever has the chunk, one thread at a time.
 */

/* What the numbers of an exponential histogram mean: count, sum, zero count, positive, negative. */
struct chunk_shape {
    double zero_threshold;
    int32_t scale;
    int32_t positive_offset, negative_offset;
    uint16_t positive_count, negative_count;
};

struct chunk {
    struct chunk *next; /* The one of later samples. */
    int64_t first_ms, last_ms;
    uint32_t count;    /* Samples. */
    uint32_t size;     /* Of bytes, that are used, */
    uint32_t capacity; /* and that there are. */
    uint16_t width;    /* Numbers of a sample. */
    uint8_t tier;      /* How dense it was made. */
    bool shaped;       /* A struct chunk_shape stands in front of the samples. */
    unsigned char bytes[];
};

/* The latest sample of a chunk, which the next one is written against. */
struct chunk_last {
    int64_t time_ms, delta_ms;
    double *values; /* As many as the chunk's width; the caller's. */
};

/* Bytes of memory. */
static inline uint64_t chunk_memory(const struct chunk *chunk)
{
    return sizeof(*chunk) + chunk->capacity;
}

/* An empty chunk; NULL without memory.  shape may be NULL. */
struct chunk *chunk_create(unsigned width, uint8_t tier,
                           const struct chunk_shape *shape) THAW_CHECK;

struct chunk_shape chunk_shape(const struct chunk *chunk);

/* Add a sample later than all others; *chunk may move.  False, and nothing is changed, without
 * memory.  last is zero for the first sample, but for its values' memory. */
bool chunk_append(struct chunk **chunk, struct chunk_last *last, int64_t time_ms,
                  const double *values) THAW_CHECK;

/* Whether it should not grow any more. */
bool chunk_full(const struct chunk *chunk);

/* Give back what is not used; *chunk may move. */
void chunk_close(struct chunk **chunk);

/*
 * Reading from front to end.  values is memory of the caller for one sample.  chunk_next() answers
 * false at the end, and where the bytes are not what chunk_append() writes: then failed.
 */
struct chunk_reader {
    const unsigned char *at, *end;
    int64_t time_ms, delta_ms;
    double *values;
    uint32_t left;
    uint16_t width;
    bool first, failed;
};

void chunk_read(struct chunk_reader *reader, const struct chunk *chunk, double *values);
bool chunk_next(struct chunk_reader *reader);

/* Whether what was not written here is right to the last byte; values is memory for one sample. */
bool chunk_valid(const struct chunk *chunk, double *values);

#endif
