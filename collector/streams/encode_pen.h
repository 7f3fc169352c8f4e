/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_ENCODE_PEN_H
#define THAW_STREAMS_ENCODE_PEN_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Writes protobuf in the shape of OTLP into memory that is known to be enough, in the caller's
 * code: an import writes a record per line, and proto/wire.h, which checks each byte, would take
 * more time than all that comes before it.
 *
 * A message whose size is not known yet has its length in PEN_LENGTH_SIZE bytes, whatever it is:
 * every reader understands that.
 */
struct pen {
    unsigned char *at;
};

enum { PEN_LENGTH_SIZE = 4 };

/* Bytes that an attribute takes at most, without its key and its text. */
enum { PEN_ATTRIBUTE_SIZE = 32 };

static inline void pen_varint(struct pen *pen, uint64_t value)
{
    while (value >= 0x80) {
        *pen->at++ = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    *pen->at++ = (unsigned char)value;
}

static inline size_t pen_varint_size(uint64_t value)
{
    size_t size = 1;
    for (; value >= 0x80; value >>= 7) {
        size++;
    }
    return size;
}

static inline void pen_bytes(struct pen *pen, struct slice bytes)
{
    if (bytes.size > 0) {
        memcpy(pen->at, bytes.base, bytes.size);
        pen->at += bytes.size;
    }
}

/* Fields of numbers below 16: their tags have one byte. */
static inline void pen_tag(struct pen *pen, unsigned number, unsigned type)
{
    *pen->at++ = (unsigned char)(number << 3 | type);
}

static inline void pen_number(struct pen *pen, unsigned number, uint64_t value)
{
    pen_tag(pen, number, 0);
    pen_varint(pen, value);
}

static inline void pen_fixed64(struct pen *pen, unsigned number, uint64_t value)
{
    pen_tag(pen, number, 1);
    for (unsigned i = 0; i < 8; i++) {
        *pen->at++ = (unsigned char)(value >> (8 * i));
    }
}

static inline void pen_text(struct pen *pen, unsigned number, struct slice text)
{
    pen_tag(pen, number, 2);
    pen_varint(pen, text.size);
    pen_bytes(pen, text);
}

/* Begin a message; pen_close() with the answer fills in its length. */
static inline unsigned char *pen_open(struct pen *pen, unsigned number)
{
    pen_tag(pen, number, 2);
    pen->at += PEN_LENGTH_SIZE;
    return pen->at;
}

/* Store a length in front of the content that begins at opened. */
static inline void pen_length(unsigned char *opened, size_t size)
{
    for (unsigned i = 0; i < PEN_LENGTH_SIZE; i++) {
        unsigned char more = i + 1 < PEN_LENGTH_SIZE ? 0x80 : 0;
        opened[(int)i - PEN_LENGTH_SIZE] = (unsigned char)((size >> (7 * i) & 0x7f) | more);
    }
}

static inline void pen_close(const struct pen *pen, unsigned char *opened)
{
    pen_length(opened, (size_t)(pen->at - opened));
}

/* ---- AnyValue, and KeyValue around it. ---- */

static inline void pen_pair(struct pen *pen, unsigned number, struct slice key, size_t any_size)
{
    size_t key_size = 1 + pen_varint_size(key.size) + key.size;
    pen_tag(pen, number, 2);
    pen_varint(pen, key_size + 1 + pen_varint_size(any_size) + any_size);
    pen_text(pen, 1, key);
    pen_tag(pen, 2, 2);
    pen_varint(pen, any_size);
}

/* text is valid UTF-8. */
static inline void pen_attribute_text(struct pen *pen, unsigned number, struct slice key,
                                      struct slice text)
{
    pen_pair(pen, number, key, 1 + pen_varint_size(text.size) + text.size);
    pen_text(pen, 1, text);
}

static inline void pen_attribute_int(struct pen *pen, unsigned number, struct slice key,
                                     int64_t value)
{
    pen_pair(pen, number, key, 1 + pen_varint_size((uint64_t)value));
    pen_number(pen, 3, (uint64_t)value);
}

static inline void pen_attribute_bool(struct pen *pen, unsigned number, struct slice key,
                                      bool value)
{
    pen_pair(pen, number, key, 2);
    pen_number(pen, 2, value ? 1 : 0);
}

static inline void pen_attribute_double(struct pen *pen, unsigned number, struct slice key,
                                        double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    pen_pair(pen, number, key, 9);
    pen_fixed64(pen, 4, bits);
}

/* A list of one text. */
static inline void pen_attribute_list(struct pen *pen, unsigned number, struct slice key,
                                      struct slice text)
{
    size_t item = 1 + pen_varint_size(text.size) + text.size;
    size_t list = 1 + pen_varint_size(item) + item;
    pen_pair(pen, number, key, 1 + pen_varint_size(list) + list);
    pen_tag(pen, 5, 2);
    pen_varint(pen, list);
    pen_tag(pen, 1, 2);
    pen_varint(pen, item);
    pen_text(pen, 1, text);
}

#endif
