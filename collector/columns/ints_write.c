/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/ints.h"

#include "columns/ints_format.h"
#include "columns/varint.h"

#include <stdlib.h>

/* A run is worth its length when runs are this long on average. */
#define RUN_LENGTH_MIN 4

/* Values, and the values of runs of values. */
enum { LEVELS = 2 };

struct ints_writer {
    struct bytes_writer *bytes;
    int64_t *turned[LEVELS];           /* What is left after a division and differences. */
    int64_t *run_values, *run_lengths; /* Of the first level. */
    unsigned char *plane;
    size_t capacity;
};

struct ints_writer *ints_writer_create(void)
{
    struct ints_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL) {
        return NULL;
    }
    writer->bytes = bytes_writer_create();
    if (writer->bytes == NULL) {
        free(writer);
        return NULL;
    }
    return writer;
}

static void drop_room(struct ints_writer *writer)
{
    for (size_t i = 0; i < LEVELS; i++) {
        free(writer->turned[i]);
        writer->turned[i] = NULL;
    }
    free(writer->run_values);
    free(writer->run_lengths);
    free(writer->plane);
    writer->run_values = writer->run_lengths = NULL;
    writer->plane = NULL;
    writer->capacity = 0;
}

void ints_writer_free(struct ints_writer *writer)
{
    if (writer != NULL) {
        drop_room(writer);
        bytes_writer_free(writer->bytes);
        free(writer);
    }
}

struct bytes_writer *ints_bytes(const struct ints_writer *writer)
{
    return writer->bytes;
}

static bool make_room(struct ints_writer *writer, size_t count)
{
    if (count <= writer->capacity) {
        return true;
    }
    drop_room(writer);
    size_t size = count * sizeof(int64_t);
    for (size_t i = 0; i < LEVELS; i++) {
        writer->turned[i] = malloc(size);
    }
    writer->run_values = malloc(size);
    writer->run_lengths = malloc(size);
    writer->plane = malloc(count);
    if (writer->turned[0] == NULL || writer->turned[1] == NULL || writer->run_values == NULL ||
        writer->run_lengths == NULL || writer->plane == NULL) {
        drop_room(writer);
        return false;
    }
    writer->capacity = count;
    return true;
}

/* ---- Looking at a column. ---- */

static unsigned width_of(uint64_t value)
{
    return value == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value);
}

static int64_t minus(int64_t one, int64_t other)
{
    return (int64_t)((uint64_t)one - (uint64_t)other);
}

/* What a column looks like. */
struct look {
    int64_t low, high;
    size_t runs;
    uint64_t bits, delta_bits; /* Sums of the widths of distances to low, of differences. */
};

static struct look look_at(const int64_t *values, size_t count)
{
    struct look look = {.low = values[0], .high = values[0], .runs = 1};
    for (size_t i = 1; i < count; i++) {
        look.low = values[i] < look.low ? values[i] : look.low;
        look.high = values[i] > look.high ? values[i] : look.high;
        look.runs += values[i] != values[i - 1];
    }
    for (size_t i = 0; i < count; i++) {
        look.bits += width_of((uint64_t)minus(values[i], look.low));
    }
    for (size_t i = 1; i < count; i++) {
        look.delta_bits += width_of(varint_fold(minus(values[i], values[i - 1])));
    }
    return look;
}

/* Times are often whole milliseconds or microseconds. */
static int64_t scale_of(const int64_t *values, size_t count, const struct look *look)
{
    static const int64_t scales[] = {1000000000, 1000000, 1000};
    for (size_t k = 0; k < sizeof(scales) / sizeof(scales[0]); k++) {
        size_t i = 0;
        if (look->high < scales[k] && look->low > -scales[k]) {
            continue;
        }
        while (i < count && values[i] % scales[k] == 0) {
            i++;
        }
        if (i == count) {
            return scales[k];
        }
    }
    return 1;
}

/* ---- Writing. ---- */

static void write_level(struct ints_writer *writer, struct buf *out, const int64_t *values,
                        size_t count, unsigned level);

static void write_constant(struct buf *out, unsigned with, int64_t value)
{
    buf_append_byte(out, (unsigned char)(METHOD_CONSTANT | with));
    varint_put(out, varint_fold(value));
}

static void write_runs(struct ints_writer *writer, struct buf *out, const int64_t *values,
                       size_t count)
{
    size_t runs = 0;
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && values[end] == values[i]) {
            end++;
        }
        writer->run_values[runs] = values[i];
        writer->run_lengths[runs++] = (int64_t)(end - i - 1);
        i = end;
    }
    buf_append_byte(out, METHOD_RUNS);
    varint_put(out, runs);
    write_level(writer, out, writer->run_values, runs, 1);
    write_level(writer, out, writer->run_lengths, runs, 1);
}

static void write_packed(struct buf *out, const int64_t *values, size_t count, int64_t low,
                         unsigned width)
{
    size_t size = (count * width + 7) / 8;
    unsigned char *target = buf_reserve(out, size);
    uint64_t gathered = 0;
    unsigned bits = 0;
    if (target == NULL) {
        return;
    }
    unsigned char *at = target;
    for (size_t i = 0; i < count; i++) {
        gathered |= (uint64_t)minus(values[i], low) << bits;
        bits += width;
        for (; bits >= 8; bits -= 8) {
            *at++ = (unsigned char)gathered;
            gathered >>= 8;
        }
    }
    if (bits > 0) {
        *at++ = (unsigned char)gathered;
    }
    ENSURE((size_t)(at - target) == size);
    buf_commit(out, size);
}

static void write_planes(struct ints_writer *writer, struct buf *out, const int64_t *values,
                         size_t count, int64_t low, unsigned planes)
{
    for (unsigned k = 0; k < planes; k++) {
        for (size_t i = 0; i < count; i++) {
            writer->plane[i] = (unsigned char)((uint64_t)minus(values[i], low) >> (8 * k));
        }
        bytes_write(writer->bytes, out, slice_of(writer->plane, count), BYTES_NUMBER);
    }
}

/* Bytes or bits, whichever takes less.  head is where the method stands already. */
static void write_distances(struct ints_writer *writer, struct buf *out, size_t head,
                            const int64_t *values, size_t count)
{
    int64_t low = values[0];
    int64_t high = values[0];
    for (size_t i = 1; i < count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    unsigned width = width_of((uint64_t)minus(high, low));
    varint_put(out, varint_fold(low));
    if (width == 0) {
        return; /* METHOD_CONSTANT stands there. */
    }
    size_t begin = out->size;
    buf_append_byte(out, (unsigned char)((width + 7) / 8));
    write_planes(writer, out, values, count, low, (width + 7) / 8);
    unsigned method = METHOD_PLANES;
    if (width <= PACKED_WIDTH_MAX && (count * width + 7) / 8 + 1 <= out->size - begin) {
        buf_rewind(out, begin);
        buf_append_byte(out, (unsigned char)width);
        write_packed(out, values, count, low, width);
        method = METHOD_PACKED;
    }
    if (!buf_overflowed(out)) {
        out->base[head] |= (unsigned char)method;
    }
}

static void write_turned(struct ints_writer *writer, struct buf *out, const int64_t *values,
                         size_t count, unsigned level)
{
    struct look look = look_at(values, count);
    int64_t scale = scale_of(values, count, &look);
    bool delta = look.delta_bits + look.delta_bits / 8 < look.bits;
    int64_t *turned = writer->turned[level];
    size_t head = out->size;
    for (size_t i = 0; i < count; i++) {
        turned[i] = scale == 1 ? values[i] : values[i] / scale;
    }
    buf_append_byte(out, (unsigned char)((delta ? WITH_DELTA : 0) | (scale != 1 ? WITH_SCALE : 0)));
    if (scale != 1) {
        varint_put(out, (uint64_t)scale);
    }
    if (delta) {
        varint_put(out, varint_fold(turned[0]));
        for (size_t i = 0; i + 1 < count; i++) {
            turned[i] = minus(turned[i + 1], turned[i]);
        }
        count--;
    }
    if (!buf_overflowed(out)) {
        write_distances(writer, out, head, turned, count);
    }
}

static void write_level(struct ints_writer *writer, struct buf *out, const int64_t *values,
                        size_t count, unsigned level)
{
    size_t runs = 1;
    for (size_t i = 1; i < count; i++) {
        runs += values[i] != values[i - 1];
    }
    if (runs == 1) {
        write_constant(out, 0, values[0]);
    } else if (level == 0 && runs <= count / RUN_LENGTH_MIN) {
        write_runs(writer, out, values, count);
    } else {
        write_turned(writer, out, values, count, level);
    }
}

void ints_write(struct ints_writer *writer, struct buf *out, const int64_t *values, size_t count)
{
    ENSURE(count <= INTS_COUNT_MAX);
    if (count == 0) {
        return;
    }
    if (!make_room(writer, count)) {
        out->overflowed = true;
        return;
    }
    write_level(writer, out, values, count, 0);
}
