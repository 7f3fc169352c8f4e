/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_VARINT_H
#define THAW_COLUMNS_VARINT_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Integers of one to ten bytes, seven bits each, the lowest first; all but the last byte have the
 * highest bit set.  Signed ones are folded first, so that small ones of either sign are short.
 */
enum { VARINT_SIZE_MAX = 10 };

/* Write at memory with room for VARINT_SIZE_MAX bytes; answers how many it took. */
static inline size_t varint_write(unsigned char *memory, uint64_t value)
{
    size_t size = 0;
    while (value >= 128) {
        memory[size++] = (unsigned char)(value | 128);
        value >>= 7;
    }
    memory[size++] = (unsigned char)value;
    return size;
}

static inline void varint_put(struct buf *out, uint64_t value)
{
    unsigned char memory[VARINT_SIZE_MAX];
    buf_append(out, slice_of(memory, varint_write(memory, value)));
}

/* Take one from the front of source.  False: it ends inside, or is longer than ten bytes. */
static inline bool varint_take(struct slice *source, uint64_t *value)
{
    uint64_t answer = 0;
    for (size_t i = 0; i < source->size && i < VARINT_SIZE_MAX; i++) {
        unsigned char byte = source->base[i];
        answer |= (uint64_t)(byte & 127) << (7 * i);
        if (byte < 128) {
            *value = answer;
            source->base += i + 1;
            source->size -= i + 1;
            return true;
        }
    }
    return false;
}

/* The same of one that is known to be right. */
static inline uint64_t varint_next(const unsigned char **at)
{
    const unsigned char *here = *at;
    uint64_t byte = *here++;
    uint64_t answer = byte & 127;
    for (unsigned shift = 7; byte >= 128; shift += 7) {
        byte = *here++;
        answer |= (byte & 127) << shift;
    }
    *at = here;
    return answer;
}

/* Past one that is known to be right. */
static inline void varint_skip(const unsigned char **at)
{
    while (*(*at)++ >= 128) {
    }
}

static inline uint64_t varint_fold(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t varint_unfold(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

#endif
