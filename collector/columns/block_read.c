/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_read.h"

#include "columns/block_format.h"
#include "columns/block_private.h"
#include "columns/columns_limits.h"
#include "columns/ints.h"
#include "columns/varint.h"

#include <string.h>

/* ---- The head. ---- */

/* Give a part its bytes. */
static enum status place_part(struct block *block, uint64_t number, struct slice bytes)
{
    const struct dictionary *dictionary = block->dictionary;
    if (number < PART_COLUMN) {
        block->parts[number] = bytes;
        return number <= PART_ARRIVALS ? STATUS_OK : STATUS_BAD;
    }
    if (number - PART_COLUMN >= dictionary->column_count) {
        return STATUS_BAD;
    }
    block->columns[block->column_count++] = (struct block_column){
        .column = &dictionary->columns[number - PART_COLUMN],
        .bytes = bytes,
    };
    return STATUS_OK;
}

/* The list of parts, in ascending order; they fill the rest of the block. */
static enum status read_parts(struct block *block, struct slice bytes, uint64_t count)
{
    struct slice list = bytes;
    uint64_t before = 0;
    for (uint64_t i = 0; i < 2 * count; i++) {
        uint64_t skipped;
        if (!varint_take(&bytes, &skipped)) {
            return STATUS_BAD;
        }
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number;
        uint64_t size;
        if (!varint_take(&list, &number) || !varint_take(&list, &size) || size > bytes.size ||
            (i > 0 && number <= before)) {
            return STATUS_BAD;
        }
        before = number;
        enum status status = place_part(block, number, slice_take(bytes, (size_t)size));
        if (status != STATUS_OK) {
            return status;
        }
        bytes = slice_skip(bytes, (size_t)size);
    }
    return bytes.size == 0 ? STATUS_OK : STATUS_BAD;
}

/* ---- Shapes. ---- */

/* The index of a column, which has so many rows more. */
static uint32_t find_column(struct block *block, const struct column *column, uint32_t rows)
{
    uint32_t low = 0;
    uint32_t high = block->column_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (block->columns[middle].column < column) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == block->column_count || block->columns[low].column != column) {
        return BLOCK_NONE;
    }
    block->columns[low].count += rows;
    return low;
}

static enum status open_shape(struct block *block, struct block_shape *shape)
{
    const struct dictionary *dictionary = block->dictionary;
    const uint32_t *pool = dictionary->pool + shape->shape->first;
    uint32_t count = (uint32_t)shape->shape->field_count + shape->shape->attr_count;
    if (shape->shape->form.signal != block->signal) {
        return STATUS_BAD;
    }
    if (count == 0) {
        return STATUS_OK;
    }
    shape->columns = arena_alloc(block->arena, count * sizeof(*shape->columns));
    if (shape->columns == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct column *column = &dictionary->columns[pool[i]];
        bool stored = shape_column_store(column) != COLUMN_NONE;
        shape->columns[i] = stored ? find_column(block, column, shape->count) : BLOCK_NONE;
        if (stored && shape->columns[i] == BLOCK_NONE) {
            return STATUS_BAD;
        }
    }
    return STATUS_OK;
}

static enum status read_shapes(struct block *block)
{
    struct slice source = block->parts[PART_SHAPES];
    uint64_t count;
    uint32_t *numbers;
    if (!varint_take(&source, &count) || count == 0 || count > block->rows) {
        return STATUS_BAD;
    }
    enum status status = ints_read_u32(block->reader, &source, (size_t)count,
                                       block->dictionary->shape_count, block->arena, &numbers);
    if (status == STATUS_OK) {
        status = ints_read_u32(block->reader, &source, block->rows, count, block->arena,
                               &block->shape_rows);
    }
    if (status != STATUS_OK || source.size > 0) {
        return status != STATUS_OK ? status : STATUS_BAD;
    }
    block->shapes = arena_alloc_array(block->arena, (size_t)count, sizeof(*block->shapes));
    block->shape_count = (uint32_t)count;
    if (block->shapes == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        block->shapes[i].shape = &block->dictionary->shapes[numbers[i]];
    }
    for (uint32_t i = 0; i < block->rows; i++) {
        block->shapes[block->shape_rows[i]].count++;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        status = open_shape(block, &block->shapes[i]);
    }
    return status;
}

enum status block_shapes(struct block *block)
{
    if (block->shapes != NULL) {
        return STATUS_OK;
    }
    enum status status = read_shapes(block);
    if (status != STATUS_OK) {
        block->shapes = NULL;
    }
    return status;
}

enum status block_open(struct block **block, const struct dictionary *dictionary,
                       struct slice bytes, struct bytes_reader *reader, struct arena *arena)
{
    uint64_t rows;
    uint64_t parts;
    if (bytes.size < 2 || bytes.base[0] < BLOCK_VERSION_FIRST || bytes.base[0] > BLOCK_VERSION ||
        bytes.base[1] > SIGNAL_LOGS) {
        return STATUS_BAD;
    }
    enum signal signal = (enum signal)bytes.base[1];
    bytes = slice_skip(bytes, 2);
    if (!varint_take(&bytes, &rows) || rows == 0 || rows > BLOCK_ROWS_MAX ||
        !varint_take(&bytes, &parts) || parts > bytes.size) {
        return STATUS_BAD;
    }
    struct block *made = arena_alloc_array(arena, 1, sizeof(*made));
    struct block_column *columns = arena_alloc(arena, ((size_t)parts + 1) * sizeof(*columns));
    if (made == NULL || columns == NULL) {
        return STATUS_FULL;
    }
    made->dictionary = dictionary;
    made->reader = reader;
    made->arena = arena;
    made->signal = signal;
    made->rows = (uint32_t)rows;
    made->columns = columns;
    *block = made;
    return read_parts(made, bytes, parts);
}

enum signal block_signal(const struct block *block)
{
    return block->signal;
}

uint32_t block_row_count(const struct block *block)
{
    return block->rows;
}

/* ---- Walking. ---- */

enum status block_walk_begin(struct block *block, struct block_walk *walk)
{
    walk->cells =
        arena_alloc_array(block->arena, (size_t)block->column_count + 1, sizeof(*walk->cells));
    walk->pending = arena_alloc_array(block->arena, block->shape_count, sizeof(*walk->pending));
    walk->row = 0;
    return walk->cells != NULL && walk->pending != NULL ? STATUS_OK : STATUS_FULL;
}

/* Count so many rows of a shape. */
static void walk_shape(const struct block_shape *shape, struct block_walk *walk, uint32_t rows)
{
    uint32_t count = (uint32_t)shape->shape->field_count + shape->shape->attr_count;
    for (uint32_t i = 0; i < count; i++) {
        if (shape->columns[i] != BLOCK_NONE) {
            walk->cells[shape->columns[i]] += rows;
        }
    }
}

void block_walk_to(const struct block *block, struct block_walk *walk, uint32_t row)
{
    ENSURE(row >= walk->row && row < block->rows);
    if (row - walk->row <= 1) { /* From row to row: no need to look at all shapes. */
        if (row > walk->row) {
            walk_shape(&block->shapes[block->shape_rows[walk->row]], walk, 1);
        }
        walk->row = row;
        return;
    }
    for (; walk->row < row; walk->row++) {
        walk->pending[block->shape_rows[walk->row]]++;
    }
    for (uint32_t i = 0; i < block->shape_count; i++) {
        if (walk->pending[i] > 0) {
            walk_shape(&block->shapes[i], walk, walk->pending[i]);
            walk->pending[i] = 0;
        }
    }
}
