/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/ints.h"

#include "columns/ints_format.h"
#include "columns/varint.h"

struct source {
    struct bytes_reader *reader;
    struct slice *bytes;
    struct arena *arena;
};

static enum status read_level(const struct source *source, size_t count, unsigned level,
                              int64_t *values);

static bool take_signed(struct slice *bytes, int64_t *value)
{
    uint64_t folded;
    if (!varint_take(bytes, &folded)) {
        return false;
    }
    *value = varint_unfold(folded);
    return true;
}

static bool take_byte(struct slice *bytes, unsigned *value)
{
    if (bytes->size == 0) {
        return false;
    }
    *value = bytes->base[0];
    *bytes = slice_skip(*bytes, 1);
    return true;
}

/* The values of runs, and where each ends. */
static enum status open_runs(const struct source *source, size_t count, size_t *runs,
                             int64_t **values, int64_t **ends)
{
    uint64_t told;
    if (!varint_take(source->bytes, &told) || told == 0 || told > count) {
        return STATUS_BAD;
    }
    *runs = (size_t)told;
    *values = arena_alloc(source->arena, *runs * sizeof(**values));
    *ends = arena_alloc(source->arena, *runs * sizeof(**ends));
    if (*values == NULL || *ends == NULL) {
        return STATUS_FULL;
    }
    enum status status = read_level(source, *runs, 1, *values);
    if (status == STATUS_OK) {
        status = read_level(source, *runs, 1, *ends);
    }
    size_t done = 0;
    for (size_t i = 0; status == STATUS_OK && i < *runs; i++) {
        if ((*ends)[i] < 0 || (uint64_t)(*ends)[i] >= count - done) {
            return STATUS_BAD;
        }
        done += (size_t)(*ends)[i] + 1;
        (*ends)[i] = (int64_t)done;
    }
    return status == STATUS_OK && done != count ? STATUS_BAD : status;
}

static enum status read_runs(const struct source *source, size_t count, int64_t *values)
{
    size_t runs;
    int64_t *run_values;
    int64_t *ends;
    enum status status = open_runs(source, count, &runs, &run_values, &ends);
    size_t at = 0;
    for (size_t i = 0; status == STATUS_OK && i < runs; i++) {
        for (; at < (size_t)ends[i]; at++) {
            values[at] = run_values[i];
        }
    }
    return status;
}

static uint64_t load_bits(const unsigned char *at, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, at, size);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static enum status read_packed(const struct source *source, size_t count, int64_t low,
                               int64_t *values)
{
    unsigned width;
    if (!take_byte(source->bytes, &width) || width == 0 || width > PACKED_WIDTH_MAX) {
        return STATUS_BAD;
    }
    size_t size = (count * width + 7) / 8;
    if (source->bytes->size < size) {
        return STATUS_BAD;
    }
    const unsigned char *base = source->bytes->base;
    uint64_t mask = (UINT64_C(1) << width) - 1;
    size_t i = 0;
    for (size_t bit = 0; i < count && bit / 8 + 8 <= size; i++, bit += width) {
        uint64_t word = load_bits(base + bit / 8, 8) >> bit % 8;
        values[i] = (int64_t)((uint64_t)low + (word & mask));
    }
    for (size_t bit = i * width; i < count; i++, bit += width) {
        uint64_t word = load_bits(base + bit / 8, size - bit / 8) >> bit % 8;
        values[i] = (int64_t)((uint64_t)low + (word & mask));
    }
    *source->bytes = slice_skip(*source->bytes, size);
    return STATUS_OK;
}

#define PLANES_MAX 8

/* The planes of a column: bytes of all values, the lowest first. */
struct planes {
    unsigned count;
    const unsigned char *bytes[PLANES_MAX];
};

static enum status open_planes(const struct source *source, size_t count, struct planes *planes)
{
    if (!take_byte(source->bytes, &planes->count) || planes->count == 0 ||
        planes->count > PLANES_MAX) {
        return STATUS_BAD;
    }
    for (unsigned k = 0; k < planes->count; k++) {
        struct slice plane;
        enum status status =
            bytes_read(source->reader, source->bytes, count, source->arena, &plane);
        if (status != STATUS_OK || plane.size != count) {
            return status != STATUS_OK ? status : STATUS_BAD;
        }
        planes->bytes[k] = plane.base;
    }
    return STATUS_OK;
}

/* Two planes at once: to add to a value costs as much as to make it. */
static void add_planes(int64_t *restrict values, size_t count, const unsigned char *restrict low,
                       const unsigned char *restrict high, unsigned shift)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t both = (uint64_t)low[i] | (uint64_t)high[i] << 8;
        values[i] = (int64_t)((uint64_t)values[i] + (both << shift));
    }
}

static void add_plane(int64_t *restrict values, size_t count, const unsigned char *restrict plane,
                      unsigned shift)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = (int64_t)((uint64_t)values[i] + ((uint64_t)plane[i] << shift));
    }
}

static enum status read_planes(const struct source *source, size_t count, int64_t low,
                               int64_t *values)
{
    struct planes planes;
    enum status status = open_planes(source, count, &planes);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = low;
    }
    unsigned k = 0;
    for (; k + 1 < planes.count; k += 2) {
        add_planes(values, count, planes.bytes[k], planes.bytes[k + 1], 8 * k);
    }
    if (k < planes.count) {
        add_plane(values, count, planes.bytes[k], 8 * k);
    }
    return STATUS_OK;
}

static enum status read_method(const struct source *source, unsigned method, size_t count,
                               unsigned level, int64_t *values)
{
    int64_t low;
    if (method == METHOD_RUNS) {
        return level == 0 ? read_runs(source, count, values) : STATUS_BAD;
    }
    if (!take_signed(source->bytes, &low)) {
        return STATUS_BAD;
    }
    if (method == METHOD_PACKED) {
        return read_packed(source, count, low, values);
    }
    if (method == METHOD_PLANES) {
        return read_planes(source, count, low, values);
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = low;
    }
    return STATUS_OK;
}

static enum status read_level(const struct source *source, size_t count, unsigned level,
                              int64_t *values)
{
    unsigned head;
    uint64_t scale = 1;
    if (!take_byte(source->bytes, &head) || head > WITH_ALL ||
        ((head & WITH_SCALE) != 0 && !varint_take(source->bytes, &scale))) {
        return STATUS_BAD;
    }
    size_t first = (head & WITH_DELTA) != 0 ? 1 : 0;
    if (first > 0 && !take_signed(source->bytes, values)) {
        return STATUS_BAD;
    }
    enum status status =
        read_method(source, head & METHOD_MASK, count - first, level, values + first);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 1; first > 0 && i < count; i++) {
        values[i] = (int64_t)((uint64_t)values[i] + (uint64_t)values[i - 1]);
    }
    for (size_t i = 0; scale != 1 && i < count; i++) {
        values[i] = (int64_t)((uint64_t)values[i] * scale);
    }
    return STATUS_OK;
}

enum status ints_read(struct bytes_reader *reader, struct slice *source, size_t count,
                      struct arena *arena, int64_t **values)
{
    struct source from = {reader, source, arena};
    *values = NULL;
    if (count == 0) {
        return STATUS_OK;
    }
    if (count > INTS_COUNT_MAX) {
        return STATUS_BAD;
    }
    *values = arena_alloc(arena, count * sizeof(**values));
    if (*values == NULL) {
        return STATUS_FULL;
    }
    size_t mark = arena_mark(arena);
    enum status status = read_level(&from, count, 0, *values);
    arena_rewind(arena, mark);
    return status;
}

/* ---- Some of a column. ---- */

static enum status some_runs(const struct source *source, size_t count, struct ints_some some,
                             int64_t *values)
{
    size_t runs;
    int64_t *run_values;
    int64_t *ends;
    enum status status = open_runs(source, count, &runs, &run_values, &ends);
    size_t run = 0;
    for (size_t i = 0; status == STATUS_OK && i < some.count; i++) {
        while ((size_t)ends[run] <= some.positions[i]) {
            run++;
        }
        values[i] = run_values[run];
    }
    return status;
}

static enum status some_planes(const struct source *source, size_t count, struct ints_some some,
                               int64_t low, int64_t *values)
{
    unsigned planes;
    if (!take_byte(source->bytes, &planes) || planes == 0 || planes > 8) {
        return STATUS_BAD;
    }
    for (size_t i = 0; i < some.count; i++) {
        values[i] = low;
    }
    for (unsigned k = 0; k < planes; k++) {
        struct slice plane;
        size_t mark = arena_mark(source->arena);
        enum status status =
            bytes_read(source->reader, source->bytes, count, source->arena, &plane);
        if (status != STATUS_OK || plane.size != count) {
            return status != STATUS_OK ? status : STATUS_BAD;
        }
        for (size_t i = 0; i < some.count; i++) {
            uint64_t byte = plane.base[some.positions[i]];
            values[i] = (int64_t)((uint64_t)values[i] + (byte << 8 * k));
        }
        arena_rewind(source->arena, mark);
    }
    return STATUS_OK;
}

static enum status some_packed(const struct source *source, size_t count, struct ints_some some,
                               int64_t low, int64_t *values)
{
    unsigned width;
    if (!take_byte(source->bytes, &width) || width == 0 || width > PACKED_WIDTH_MAX) {
        return STATUS_BAD;
    }
    size_t size = (count * width + 7) / 8;
    if (source->bytes->size < size) {
        return STATUS_BAD;
    }
    uint64_t mask = (UINT64_C(1) << width) - 1;
    for (size_t i = 0; i < some.count; i++) {
        size_t bit = some.positions[i] * (size_t)width;
        size_t left = size - bit / 8;
        uint64_t word = load_bits(source->bytes->base + bit / 8, left < 8 ? left : 8) >> bit % 8;
        values[i] = (int64_t)((uint64_t)low + (word & mask));
    }
    *source->bytes = slice_skip(*source->bytes, size);
    return STATUS_OK;
}

/* All of a column, and some of that: where each value stands on those before it. */
static enum status some_of_all(const struct source *source, size_t count, struct ints_some some,
                               int64_t *values)
{
    int64_t *all;
    enum status status = ints_read(source->reader, source->bytes, count, source->arena, &all);
    for (size_t i = 0; status == STATUS_OK && i < some.count; i++) {
        values[i] = all[some.positions[i]];
    }
    return status;
}

static enum status read_some(const struct source *source, size_t count, struct ints_some some,
                             int64_t *values)
{
    unsigned head;
    uint64_t scale = 1;
    int64_t low;
    if (source->bytes->size == 0) {
        return STATUS_BAD;
    }
    unsigned method = source->bytes->base[0] & METHOD_MASK;
    if ((source->bytes->base[0] & WITH_DELTA) != 0) {
        return some_of_all(source, count, some, values);
    }
    if (!take_byte(source->bytes, &head) || head > WITH_ALL ||
        ((head & WITH_SCALE) != 0 && !varint_take(source->bytes, &scale))) {
        return STATUS_BAD;
    }
    enum status status = STATUS_OK;
    if (method == METHOD_RUNS) {
        status = some_runs(source, count, some, values);
    } else if (!take_signed(source->bytes, &low)) {
        return STATUS_BAD;
    } else if (method == METHOD_PLANES) {
        status = some_planes(source, count, some, low, values);
    } else if (method == METHOD_PACKED) {
        status = some_packed(source, count, some, low, values);
    } else {
        for (size_t i = 0; i < some.count; i++) {
            values[i] = low;
        }
    }
    for (size_t i = 0; status == STATUS_OK && i < some.count; i++) {
        values[i] = (int64_t)((uint64_t)values[i] * scale);
    }
    return status;
}

enum status ints_read_some(struct bytes_reader *reader, struct slice *source, size_t count,
                           struct ints_some some, struct arena *arena, int64_t **values)
{
    struct source from = {reader, source, arena};
    ENSURE(some.count <= count && (some.count == 0 || some.positions[some.count - 1] < count));
    if (count > INTS_COUNT_MAX) {
        return STATUS_BAD;
    }
    *values = arena_alloc(arena, (some.count + 1) * sizeof(**values));
    if (*values == NULL) {
        return STATUS_FULL;
    }
    size_t mark = arena_mark(arena);
    enum status status = count > 0 ? read_some(&from, count, some, *values) : STATUS_OK;
    arena_rewind(arena, mark);
    return status;
}

/* ---- Small numbers. ---- */

/* All of them, and the highest. */
static enum status read_narrow(const struct source *source, size_t count, uint32_t *narrow,
                               uint64_t *highest)
{
    int64_t *wide;
    enum status status = ints_read(source->reader, source->bytes, count, source->arena, &wide);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        *highest = (uint64_t)wide[i] > *highest ? (uint64_t)wide[i] : *highest;
        narrow[i] = (uint32_t)wide[i];
    }
    return status;
}

/* What most columns of numbers of something are: one or two planes above a lowest value that is not
 * near the end of what there is.  False: it is something else, and nothing was taken. */
static bool is_small(struct slice bytes, int64_t *low, struct slice *planes)
{
    if (bytes.size == 0 || bytes.base[0] != METHOD_PLANES) {
        return false;
    }
    bytes = slice_skip(bytes, 1);
    if (!take_signed(&bytes, low) || bytes.size == 0 || bytes.base[0] == 0 || bytes.base[0] > 2) {
        return false;
    }
    if (*low < 0 || *low > INT32_MAX) {
        return false;
    }
    *planes = bytes;
    return true;
}

static enum status read_small(const struct source *source, size_t count, uint32_t low,
                              uint32_t *restrict narrow, uint64_t *highest)
{
    struct planes planes;
    uint32_t most = 0;
    enum status status = open_planes(source, count, &planes);
    if (status != STATUS_OK) {
        return status;
    }
    const unsigned char *restrict first = planes.bytes[0];
    const unsigned char *restrict second = planes.bytes[planes.count - 1];
    uint32_t factor = planes.count == 2 ? 256 : 0;
    for (size_t i = 0; i < count; i++) {
        narrow[i] = low + first[i] + factor * second[i];
        most = narrow[i] > most ? narrow[i] : most;
    }
    *highest = most;
    return STATUS_OK;
}

enum status ints_read_u32(struct bytes_reader *reader, struct slice *source, size_t count,
                          uint64_t limit, struct arena *arena, uint32_t **values)
{
    struct source from = {reader, source, arena};
    uint64_t highest = 0;
    int64_t low;
    uint32_t *narrow = count > 0 ? arena_alloc(arena, count * sizeof(*narrow)) : NULL;
    size_t mark = arena_mark(arena);
    *values = narrow;
    if (narrow == NULL) {
        return count == 0 ? STATUS_OK : STATUS_FULL;
    }
    bool small = count <= INTS_COUNT_MAX && is_small(*source, &low, source);
    enum status status = small ? read_small(&from, count, (uint32_t)low, narrow, &highest)
                               : read_narrow(&from, count, narrow, &highest);
    arena_rewind(arena, mark);
    return status == STATUS_OK && (highest >= limit || highest > UINT32_MAX) ? STATUS_BAD : status;
}
