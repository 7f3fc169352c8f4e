/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_private.h"

#include "columns/block_format.h"
#include "columns/strings.h"
#include "columns/varint.h"

#include <string.h>

/* The parts that every block has, as an entry for each row. */

static enum status read_ints(struct block *block, struct slice *source, size_t count,
                             int64_t **values)
{
    return ints_read(block->reader, source, count, block->arena, values);
}

static enum status read_u32(struct block *block, struct slice *source, size_t count, uint64_t limit,
                            uint32_t **values)
{
    return ints_read_u32(block->reader, source, count, limit, block->arena, values);
}

static const struct form *form_of(const struct block *block, uint32_t row)
{
    return &block->shapes[block->shape_rows[row]].shape->form;
}

/* How many rows have a bit of their form set. */
static uint32_t count_of(const struct block *block, enum form_bit bit)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < block->shape_count; i++) {
        count += (block->shapes[i].shape->form.bits & bit) != 0 ? block->shapes[i].count : 0;
    }
    return count;
}

/* ---- Times. ---- */

/* The lengths of groups, which are all rows. */
static enum status read_groups(struct block *block, uint32_t **lengths, uint32_t *groups)
{
    struct slice source = block->parts[PART_GROUPS];
    uint64_t count;
    uint64_t sum = 0;
    if (!varint_take(&source, &count) || count == 0 || count > block->rows) {
        return STATUS_BAD;
    }
    enum status status =
        read_u32(block, &source, (size_t)count, (uint64_t)block->rows + 1, lengths);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if ((*lengths)[i] == 0) {
            return STATUS_BAD;
        }
        sum += (*lengths)[i];
    }
    *groups = (uint32_t)count;
    return status == STATUS_OK && (sum != block->rows || source.size > 0) ? STATUS_BAD : status;
}

static enum status read_starts(struct block *block, uint64_t *starts_ns)
{
    struct slice source = block->parts[PART_STARTS];
    uint32_t *lengths;
    uint32_t groups;
    int64_t *firsts;
    int64_t *others;
    enum status status = read_groups(block, &lengths, &groups);
    if (status == STATUS_OK) {
        status = read_ints(block, &source, groups, &firsts);
    }
    if (status == STATUS_OK) {
        status = read_ints(block, &source, block->rows - groups, &others);
    }
    if (status != STATUS_OK || source.size > 0) {
        return status != STATUS_OK ? status : STATUS_BAD;
    }
    for (uint32_t i = 0; i < groups; i++) {
        uint64_t start_ns = (uint64_t)firsts[i];
        *starts_ns++ = start_ns;
        for (uint32_t k = 1; k < lengths[i]; k++) {
            start_ns += (uint64_t)*others++;
            *starts_ns++ = start_ns;
        }
    }
    return STATUS_OK;
}

enum status block_starts(struct block *block, const uint64_t **starts_ns)
{
    if (block->starts_ns == NULL) {
        uint64_t *made = arena_alloc(block->arena, block->rows * sizeof(*made));
        if (made == NULL) {
            return STATUS_FULL;
        }
        size_t mark = arena_mark(block->arena);
        enum status status = read_starts(block, made);
        arena_rewind(block->arena, mark);
        if (status != STATUS_OK) {
            return status;
        }
        block->starts_ns = made;
    }
    *starts_ns = block->starts_ns;
    return STATUS_OK;
}

enum status block_durations(struct block *block, const int64_t **durations_ns)
{
    struct slice source = block->parts[PART_ENDS];
    int64_t *made;
    if (block->durations_ns != NULL) {
        *durations_ns = block->durations_ns;
        return STATUS_OK;
    }
    if (source.size == 0 || source.base[0] > ENDS_THEMSELVES) {
        return STATUS_BAD;
    }
    bool themselves = source.base[0] == ENDS_THEMSELVES;
    source = slice_skip(source, 1);
    enum status status = read_ints(block, &source, block->rows, &made);
    const uint64_t *starts_ns = NULL;
    if (status == STATUS_OK && themselves) {
        status = block_starts(block, &starts_ns);
    }
    if (status != STATUS_OK || source.size > 0) {
        return status != STATUS_OK ? status : STATUS_BAD;
    }
    for (uint32_t i = 0; themselves && i < block->rows; i++) {
        made[i] = (int64_t)((uint64_t)made[i] - starts_ns[i]);
    }
    *durations_ns = block->durations_ns = made;
    return STATUS_OK;
}

/* ---- Ids. ---- */

/* Spread an index of the rows that have a bit over all rows. */
static enum status spread(struct block *block, const uint32_t *index, enum form_bit bit,
                          uint32_t **rows)
{
    *rows = arena_alloc(block->arena, block->rows * sizeof(**rows));
    if (*rows == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < block->rows; i++) {
        (*rows)[i] = (form_of(block, i)->bits & bit) != 0 ? *index++ : BLOCK_NONE;
    }
    return STATUS_OK;
}

static enum status read_traces(struct block *block, struct block_ids *traces)
{
    struct slice source = block->parts[PART_TRACES];
    uint64_t count;
    unsigned char *ids;
    uint32_t *index;
    uint32_t *rows;
    enum status status = block_shapes(block);
    if (status != STATUS_OK) {
        return status;
    }
    if (!varint_take(&source, &count) || count > block->rows) {
        return STATUS_BAD;
    }
    status = strings_read_fixed(block->reader, &source, (size_t)count, sizeof(struct id16),
                                block->arena, &ids);
    if (status == STATUS_OK) {
        status = read_u32(block, &source, count_of(block, FORM_TRACE_ID), count, &index);
    }
    if (status == STATUS_OK && source.size > 0) {
        status = STATUS_BAD;
    }
    if (status == STATUS_OK) {
        status = spread(block, index, FORM_TRACE_ID, &rows);
    }
    if (status == STATUS_OK) {
        *traces = (struct block_ids){rows, (const struct id16 *)(const void *)ids, (uint32_t)count};
    }
    return status;
}

enum status block_traces(struct block *block, struct block_ids *traces)
{
    enum status status =
        block->traces.rows == NULL ? read_traces(block, &block->traces) : STATUS_OK;
    *traces = block->traces;
    return status;
}

static enum status read_ids(struct block *block, struct slice *source, size_t count,
                            struct slice *ids)
{
    enum status status =
        bytes_read(block->reader, source, count * sizeof(struct id8), block->arena, ids);
    return status == STATUS_OK && ids->size != count * sizeof(struct id8) ? STATUS_BAD : status;
}

static enum status read_line_span_ids(struct block *block, struct id8 *span_ids)
{
    struct slice source = block->parts[PART_SPAN_IDS];
    struct slice ids;
    uint64_t count;
    uint32_t *index;
    uint32_t *rows;
    if (!varint_take(&source, &count) || count > block->rows) {
        return STATUS_BAD;
    }
    enum status status = read_ids(block, &source, (size_t)count, &ids);
    if (status == STATUS_OK) {
        status = read_u32(block, &source, count_of(block, FORM_SPAN_ID), count, &index);
    }
    if (status == STATUS_OK && source.size > 0) {
        status = STATUS_BAD;
    }
    if (status == STATUS_OK) {
        status = spread(block, index, FORM_SPAN_ID, &rows);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < block->rows; i++) {
        span_ids[i] = (struct id8){{0}};
        if (rows[i] != BLOCK_NONE) {
            memcpy(&span_ids[i], ids.base + rows[i] * sizeof(struct id8), sizeof(struct id8));
        }
    }
    return status;
}

static enum status read_span_ids(struct block *block, struct id8 *span_ids)
{
    struct slice source = block->parts[PART_SPAN_IDS];
    struct slice ids;
    enum status status = read_ids(block, &source, block->rows, &ids);
    if (status == STATUS_OK && source.size == 0) {
        memcpy(span_ids, ids.base, ids.size);
    }
    return status == STATUS_OK && source.size > 0 ? STATUS_BAD : status;
}

enum status block_fixed_span_ids(struct block *block)
{
    if (block->span_ids != NULL) {
        return STATUS_OK;
    }
    enum status status = block_shapes(block);
    if (status != STATUS_OK) {
        return status;
    }
    struct id8 *made = arena_alloc(block->arena, block->rows * sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    size_t mark = arena_mark(block->arena);
    status = block->signal == SIGNAL_TRACES ? read_span_ids(block, made)
                                            : read_line_span_ids(block, made);
    arena_rewind(block->arena, mark);
    block->span_ids = status == STATUS_OK ? made : NULL;
    return status;
}

static enum status read_parents(struct block *block, struct id8 *parents)
{
    struct slice source = block->parts[PART_PARENTS];
    struct slice ids;
    uint32_t *codes;
    size_t elsewhere = 0;
    uint64_t limit = PARENT_ROW + 2 * (uint64_t)block->rows;
    enum status status = read_u32(block, &source, block->rows, limit, &codes);
    for (uint32_t i = 0; status == STATUS_OK && i < block->rows; i++) {
        elsewhere += codes[i] == PARENT_ELSEWHERE;
    }
    if (status == STATUS_OK) {
        status = read_ids(block, &source, elsewhere, &ids);
    }
    if (status != STATUS_OK || source.size > 0) {
        return status != STATUS_OK ? status : STATUS_BAD;
    }
    elsewhere = 0;
    for (uint32_t i = 0; i < block->rows; i++) {
        parents[i] = (struct id8){{0}};
        if (codes[i] == PARENT_ELSEWHERE) {
            memcpy(&parents[i], ids.base + elsewhere++ * sizeof(struct id8), sizeof(struct id8));
        } else if (codes[i] != PARENT_NONE) {
            int64_t row = (int64_t)i - varint_unfold(codes[i] - PARENT_ROW);
            if (row < 0 || row >= block->rows) {
                return STATUS_BAD;
            }
            parents[i] = block->span_ids[row];
        }
    }
    return STATUS_OK;
}

enum status block_fixed_parents(struct block *block)
{
    if (block->parents != NULL) {
        return STATUS_OK;
    }
    enum status status = block_fixed_span_ids(block);
    if (status != STATUS_OK) {
        return status;
    }
    struct id8 *made = arena_alloc(block->arena, block->rows * sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    size_t mark = arena_mark(block->arena);
    status = read_parents(block, made);
    arena_rewind(block->arena, mark);
    block->parents = status == STATUS_OK ? made : NULL;
    return status;
}

/* ---- Who sent it when. ---- */

enum status block_resources(struct block *block, const uint32_t **resources)
{
    if (block->resources == NULL) {
        struct slice source = block->parts[PART_RESOURCES];
        uint32_t *made;
        enum status status =
            read_u32(block, &source, block->rows, block->dictionary->resource_count, &made);
        if (status != STATUS_OK || source.size > 0) {
            return status != STATUS_OK ? status : STATUS_BAD;
        }
        block->resources = made;
    }
    *resources = block->resources;
    return STATUS_OK;
}

/* The different times of arrival; the rows' numbers in them follow in *source. */
static enum status read_times(struct block *block, struct slice *source, uint64_t *count,
                              int64_t **times)
{
    *source = block->parts[PART_ARRIVALS];
    if (!varint_take(source, count) || *count > block->rows) {
        return STATUS_BAD;
    }
    return read_ints(block, source, (size_t)*count, times);
}

enum status block_arrivals(struct block *block, const uint64_t **arrivals_ns)
{
    if (block->arrivals_ns == NULL) {
        struct slice source;
        uint64_t count;
        int64_t *times;
        uint32_t *index;
        enum status status = read_times(block, &source, &count, &times);
        if (status == STATUS_OK) {
            status = read_u32(block, &source, block->rows, count, &index);
        }
        if (status != STATUS_OK || source.size > 0) {
            return status != STATUS_OK ? status : STATUS_BAD;
        }
        uint64_t *made = arena_alloc(block->arena, block->rows * sizeof(*made));
        if (made == NULL) {
            return STATUS_FULL;
        }
        for (uint32_t i = 0; i < block->rows; i++) {
            made[i] = (uint64_t)times[index[i]];
        }
        block->arrivals_ns = made;
    }
    *arrivals_ns = block->arrivals_ns;
    return STATUS_OK;
}

enum status block_grades(struct block *block, const uint8_t **grades)
{
    if (block->grades == NULL) {
        enum status status = block_shapes(block);
        if (status != STATUS_OK) {
            return status;
        }
        uint8_t *made = arena_alloc(block->arena, block->rows);
        if (made == NULL) {
            return STATUS_FULL;
        }
        for (uint32_t i = 0; i < block->rows; i++) {
            made[i] = form_of(block, i)->grade;
        }
        block->grades = made;
    }
    *grades = block->grades;
    return STATUS_OK;
}

/* ---- Of a few rows. ---- */

static enum status some_durations(struct block *block, struct ints_some some, int64_t **durations)
{
    struct slice source = block->parts[PART_ENDS];
    if (source.size == 0 || source.base[0] != ENDS_FROM_START) {
        const int64_t *all;
        enum status status = block_durations(block, &all);
        *durations = arena_alloc(block->arena, (some.count + 1) * sizeof(**durations));
        for (size_t i = 0; status == STATUS_OK && *durations != NULL && i < some.count; i++) {
            (*durations)[i] = all[some.positions[i]];
        }
        return status == STATUS_OK && *durations == NULL ? STATUS_FULL : status;
    }
    source = slice_skip(source, 1);
    return ints_read_some(block->reader, &source, block->rows, some, block->arena, durations);
}

/* Numbers that are below a limit. */
static enum status some_u32(struct block *block, struct slice source, struct ints_some some,
                            uint64_t limit, uint32_t **numbers)
{
    int64_t *wide;
    enum status status =
        ints_read_some(block->reader, &source, block->rows, some, block->arena, &wide);
    *numbers = arena_alloc(block->arena, (some.count + 1) * sizeof(**numbers));
    if (status != STATUS_OK || *numbers == NULL) {
        return status != STATUS_OK ? status : STATUS_FULL;
    }
    for (size_t i = 0; i < some.count; i++) {
        if ((uint64_t)wide[i] >= limit) {
            return STATUS_BAD;
        }
        (*numbers)[i] = (uint32_t)wide[i];
    }
    return source.size > 0 ? STATUS_BAD : STATUS_OK;
}

static enum status some_arrivals(struct block *block, struct ints_some some, uint64_t **arrivals_ns)
{
    struct slice source;
    uint64_t count;
    int64_t *times;
    uint32_t *index;
    enum status status = read_times(block, &source, &count, &times);
    if (status == STATUS_OK) {
        status = some_u32(block, source, some, count, &index);
    }
    if (status != STATUS_OK) {
        return status;
    }
    *arrivals_ns = arena_alloc(block->arena, (some.count + 1) * sizeof(**arrivals_ns));
    for (size_t i = 0; *arrivals_ns != NULL && i < some.count; i++) {
        (*arrivals_ns)[i] = (uint64_t)times[index[i]];
    }
    return *arrivals_ns != NULL ? STATUS_OK : STATUS_FULL;
}

enum status block_fixed_some(struct block *block, struct ints_some some, struct block *to)
{
    enum status status = some_durations(block, some, &to->durations_ns);
    if (status == STATUS_OK) {
        status = some_arrivals(block, some, &to->arrivals_ns);
    }
    if (status == STATUS_OK) {
        status = some_u32(block, block->parts[PART_RESOURCES], some,
                          block->dictionary->resource_count, &to->resources);
    }
    return status;
}
