/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/ensure.h"
#include "base/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first allocation of a growing buf: most answers and lines fit in it. */
enum { BUF_FIRST_SIZE = 256 };

static void buf_assert(const struct buf *buf)
{
    ENSURE(buf->size <= buf->capacity);
    ENSURE(buf->capacity <= buf->capacity_max);
    ENSURE(buf->base != NULL || buf->capacity == 0);
    ENSURE(buf->growing || buf->capacity == buf->capacity_max);
}

void buf_init_fixed(struct buf *buf, void *memory, size_t capacity)
{
    *buf = (struct buf){.base = memory, .capacity = capacity, .capacity_max = capacity};
    buf_assert(buf);
}

void buf_init_growing(struct buf *buf, size_t capacity_max)
{
    *buf = (struct buf){.capacity_max = capacity_max, .growing = true};
    buf_assert(buf);
}

void buf_fini(struct buf *buf)
{
    if (buf->growing) {
        free(buf->base);
    }
    *buf = (struct buf){.base = NULL};
}

void buf_reset(struct buf *buf)
{
    buf->size = 0;
    buf->overflowed = false;
}

struct slice buf_bytes(const struct buf *buf)
{
    return slice_of(buf->base, buf->size);
}

size_t buf_left(const struct buf *buf)
{
    return buf->capacity_max - buf->size;
}

bool buf_overflowed(const struct buf *buf)
{
    return buf->overflowed;
}

/* Make room for size more bytes, of which there are enough below the cap. */
static bool buf_grow(struct buf *buf, size_t size)
{
    size_t needed = buf->size + size;
    size_t capacity = buf->capacity < BUF_FIRST_SIZE ? BUF_FIRST_SIZE : buf->capacity;

    while (capacity < needed) {
        capacity = capacity > buf->capacity_max / 2 ? buf->capacity_max : capacity * 2;
    }
    if (capacity > buf->capacity_max) {
        capacity = buf->capacity_max;
    }
    unsigned char *base = realloc(buf->base, capacity);
    if (base == NULL) {
        return false;
    }
    buf->base = base;
    buf->capacity = capacity;
    return true;
}

unsigned char *buf_reserve(struct buf *buf, size_t size)
{
    buf_assert(buf);
    if (buf->overflowed) {
        return NULL;
    }
    if (size > buf->capacity - buf->size) {
        if (!buf->growing || size > buf->capacity_max - buf->size || !buf_grow(buf, size)) {
            buf->overflowed = true;
            return NULL;
        }
    }
    if (buf->base == NULL) {
        /* Nothing was asked for and nothing is there: any address will do. */
        static unsigned char nothing;
        return &nothing;
    }
    return buf->base + buf->size;
}

void buf_commit(struct buf *buf, size_t size)
{
    ENSURE(size <= buf->capacity - buf->size);
    buf->size += size;
}

void buf_append(struct buf *buf, struct slice slice)
{
    unsigned char *target = buf_reserve(buf, slice.size);

    if (target != NULL && slice.size > 0) {
        memcpy(target, slice.base, slice.size);
        buf_commit(buf, slice.size);
    }
}

void buf_append_text(struct buf *buf, const char *text)
{
    buf_append(buf, slice_from(text));
}

void buf_append_byte(struct buf *buf, unsigned char byte)
{
    buf_append_fill(buf, byte, 1);
}

void buf_append_fill(struct buf *buf, unsigned char byte, size_t count)
{
    unsigned char *target = buf_reserve(buf, count);

    if (target != NULL && count > 0) {
        memset(target, byte, count);
        buf_commit(buf, count);
    }
}

void buf_append_u64(struct buf *buf, uint64_t value)
{
    char text[NUMBER_TEXT_SIZE];

    buf_append(buf, slice_of(text, number_format_u64(value, text)));
}

void buf_append_i64(struct buf *buf, int64_t value)
{
    char text[NUMBER_TEXT_SIZE];

    buf_append(buf, slice_of(text, number_format_i64(value, text)));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    /* vsnprintf() writes a NUL behind the text, for which a full buf has no room. */
    char small[BUF_FIRST_SIZE];
    va_list values;

    va_start(values, format);
    int size = vsnprintf(small, sizeof(small), format, values);
    va_end(values);
    ENSURE(size >= 0);
    if (buf->overflowed || (size_t)size > buf_left(buf)) {
        buf->overflowed = true;
        return;
    }
    if ((size_t)size < sizeof(small)) {
        buf_append(buf, slice_of(small, (size_t)size));
        return;
    }
    unsigned char *target = buf_reserve(buf, (size_t)size + 1);
    if (target == NULL) {
        return;
    }
    va_start(values, format);
    vsnprintf((char *)target, (size_t)size + 1, format, values);
    va_end(values);
    buf_commit(buf, (size_t)size);
}

void buf_consume(struct buf *buf, size_t size)
{
    ENSURE(size <= buf->size);
    if (size > 0) {
        memmove(buf->base, buf->base + size, buf->size - size);
        buf->size -= size;
    }
}

void buf_rewind(struct buf *buf, size_t size)
{
    ENSURE(size <= buf->size);
    buf->size = size;
    buf->overflowed = false;
}
