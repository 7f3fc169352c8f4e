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

/* The same where the highest bit is not set, without a branch. */
static inline unsigned narrow_width_of(uint64_t value)
{
    return 63 - (unsigned)__builtin_clzll(value << 1 | 1);
}

static int64_t minus(int64_t one, int64_t other)
{
    return (int64_t)((uint64_t)one - (uint64_t)other);
}

/* Values that lie so close together have distances and differences of less than 63 bits. */
#define NARROW_MAX (UINT64_MAX >> 3)

/* What a column looks like. */
struct look {
    int64_t low, high;
    size_t runs;
};

static struct look look_at(const int64_t *values, size_t count)
{
    struct look look = {.low = values[0], .high = values[0], .runs = 1};
    for (size_t i = 1; i < count; i++) {
        look.low = values[i] < look.low ? values[i] : look.low;
        look.high = values[i] > look.high ? values[i] : look.high;
        look.runs += values[i] != values[i - 1];
    }
    return look;
}

/* Whether differences take less than distances to the lowest, by the sums of their widths. */
static bool look_for_delta(const int64_t *values, size_t count, const struct look *look)
{
    bool narrow = (uint64_t)minus(look->high, look->low) <= NARROW_MAX;
    int64_t low = look->low;
    uint64_t bits = narrow ? narrow_width_of((uint64_t)minus(values[0], low))
                           : width_of((uint64_t)minus(values[0], low));
    uint64_t delta_bits = 0;
    for (size_t i = 1; narrow && i < count; i++) {
        bits += narrow_width_of((uint64_t)minus(values[i], low));
        delta_bits += narrow_width_of(varint_fold(minus(values[i], values[i - 1])));
    }
    for (size_t i = 1; !narrow && i < count; i++) {
        bits += width_of((uint64_t)minus(values[i], low));
        delta_bits += width_of(varint_fold(minus(values[i], values[i - 1])));
    }
    return delta_bits + delta_bits / 8 < bits;
}

/* Times are often whole milliseconds or microseconds.  Divisors that the compiler knows take it no
 * division. */
enum { SCALES = 4 };
static const int64_t scales[SCALES] = {1000000000, 1000000, 1000, 1};

static inline int64_t scaled(int64_t value, unsigned scale)
{
    switch (scale) {
    case 0:
        return value / 1000000000;
    case 1:
        return value / 1000000;
    case 2:
        return value / 1000;
    default:
        return value;
    }
}

/* The number of the largest one that divides all. */
static unsigned scale_of(const int64_t *values, size_t count, const struct look *look)
{
    unsigned k = 0;
    for (; k < SCALES - 1; k++) {
        size_t i = 0;
        if (look->high < scales[k] && look->low > -scales[k]) {
            continue;
        }
        while (i < count && scaled(values[i], k) * scales[k] == values[i]) {
            i++;
        }
        if (i == count) {
            break;
        }
    }
    return k;
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

/* Bytes or bits, whichever takes less.  head is where the method stands already; low and high are
 * the ends of the values. */
static void write_distances(struct ints_writer *writer, struct buf *out, size_t head,
                            const int64_t *values, size_t count, int64_t low, int64_t high)
{
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

/* Differences in place of values, one less than there were, and their ends. */
static void write_differences(struct ints_writer *writer, struct buf *out, size_t head,
                              const int64_t *values, size_t count, unsigned scale, int64_t *turned)
{
    int64_t before = scaled(values[0], scale);
    int64_t low = INT64_MAX;
    int64_t high = INT64_MIN;
    varint_put(out, varint_fold(before));
    for (size_t i = 1; i < count; i++) {
        int64_t value = scaled(values[i], scale);
        int64_t step = minus(value, before);
        low = step < low ? step : low;
        high = step > high ? step : high;
        turned[i - 1] = step;
        before = value;
    }
    write_distances(writer, out, head, turned, count - 1, low, high);
}

static void write_turned(struct ints_writer *writer, struct buf *out, const int64_t *values,
                         size_t count, const struct look *look, unsigned level)
{
    unsigned scale = scale_of(values, count, look);
    bool delta = look_for_delta(values, count, look);
    int64_t *turned = writer->turned[level];
    size_t head = out->size;
    buf_append_byte(
        out, (unsigned char)((delta ? WITH_DELTA : 0) | (scale < SCALES - 1 ? WITH_SCALE : 0)));
    if (scale < SCALES - 1) {
        varint_put(out, (uint64_t)scales[scale]);
    }
    if (buf_overflowed(out)) {
        return;
    }
    if (delta) {
        write_differences(writer, out, head, values, count, scale, turned);
        return;
    }
    for (size_t i = 0; scale < SCALES - 1 && i < count; i++) {
        turned[i] = scaled(values[i], scale);
    }
    write_distances(writer, out, head, scale < SCALES - 1 ? turned : values, count,
                    scaled(look->low, scale), scaled(look->high, scale));
}

static void write_level(struct ints_writer *writer, struct buf *out, const int64_t *values,
                        size_t count, unsigned level)
{
    struct look look = look_at(values, count);
    if (look.runs == 1) {
        write_constant(out, 0, values[0]);
    } else if (level == 0 && look.runs <= count / RUN_LENGTH_MIN) {
        write_runs(writer, out, values, count);
    } else {
        write_turned(writer, out, values, count, &look, level);
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
