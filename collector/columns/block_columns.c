/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_private.h"

#include "columns/block_format.h"
#include "columns/columns_limits.h"
#include "columns/strings.h"
#include "columns/nested.h"
#include "columns/varint.h"

#include <string.h>

enum status block_columns_texts(struct block *block, struct block_column *column)
{
    const struct dictionary *dictionary = block->dictionary;
    uint64_t count;
    uint32_t *numbers;
    struct slice *strings;
    if (!varint_take(&column->bytes, &count) || count > column->count) {
        return STATUS_BAD;
    }
    enum status status =
        ints_read_u32(block->reader, &column->bytes, (size_t)count,
                      (uint64_t)dictionary->text_count + 1, block->arena, &numbers);
    size_t inlined = 0;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        inlined += numbers[i] == 0;
    }
    if (status == STATUS_OK) {
        status = strings_read(block->reader, &column->bytes, inlined, block->arena, &strings);
    }
    if (status != STATUS_OK || count == 0) {
        return status;
    }
    column->texts = arena_alloc(block->arena, (size_t)count * sizeof(*column->texts));
    column->text_count = (uint32_t)count;
    if (column->texts == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < count; i++) {
        column->texts[i] = numbers[i] == 0 ? *strings++ : dictionary->texts[numbers[i] - 1];
    }
    return STATUS_OK;
}

enum status block_columns_list(struct block *block, struct block_column *column)
{
    if (column->listed || shape_column_store(column->column) != COLUMN_TEXT) {
        return STATUS_OK;
    }
    enum status status = block_columns_texts(block, column);
    column->listed = status == STATUS_OK;
    return status;
}

bool block_columns_refers(const struct block_column *column)
{
    return !column->indexed && column->bytes.size > 0 && column->bytes.base[0] == TEXTS_AS_BEFORE;
}

static enum status read_index(struct block *block, struct block_column *column)
{
    return ints_read_u32(block->reader, &column->bytes, column->count, column->text_count,
                         block->arena, &column->index);
}

/* Which texts rows have, of a column that has the same as one before it.  That one has its own: one
 * column leads to one other, not further. */
static enum status read_alike(struct block *block, struct block_column *column)
{
    uint64_t before;
    column->refers = true;
    column->bytes = slice_skip(column->bytes, 1);
    if (!varint_take(&column->bytes, &before) || before == 0 ||
        before > (uint64_t)(column - block->columns)) {
        return STATUS_BAD;
    }
    struct block_column *other = column - before;
    if (other->count != column->count || shape_column_store(other->column) != COLUMN_TEXT) {
        return STATUS_BAD;
    }
    enum status status = block_columns_list(block, other);
    if (status == STATUS_OK && (other->refers || block_columns_refers(other))) {
        return STATUS_BAD;
    }
    if (status == STATUS_OK && !other->indexed) {
        status = read_index(block, other);
        other->indexed = status == STATUS_OK;
    }
    if (status == STATUS_OK && (other->text_count != column->text_count || other->bytes.size > 0)) {
        status = STATUS_BAD;
    }
    column->index = other->index;
    return status;
}

enum status block_columns_all(struct block *block, struct block_column *column)
{
    enum status status = block_columns_list(block, column);
    if (status != STATUS_OK || column->indexed) {
        return status;
    }
    switch (shape_column_store(column->column)) {
    case COLUMN_NONE:
        break;
    case COLUMN_INT:
        status =
            ints_read(block->reader, &column->bytes, column->count, block->arena, &column->ints);
        break;
    case COLUMN_TEXT:
        status =
            block_columns_refers(column) ? read_alike(block, column) : read_index(block, column);
        break;
    case COLUMN_BLOB:
        status = block_lines_has(column)
                     ? block_lines_read(block, column)
                     : strings_read(block->reader, &column->bytes, column->count, block->arena,
                                    &column->texts);
        break;
    }
    column->indexed = status == STATUS_OK;
    return status == STATUS_OK && column->bytes.size > 0 ? STATUS_BAD : status;
}

/* ---- Values. ---- */

static enum status read_blob(struct block *block, struct slice bytes, struct value *value)
{
    enum value_kind kind = value->kind;
    enum status status = nested_read(&bytes, block->arena, value);
    return status == STATUS_OK && (bytes.size > 0 || value->kind != kind) ? STATUS_BAD : status;
}

enum status block_columns_value(struct block *block, const struct block_walk *walk,
                                const struct column *what, uint32_t at, struct value *value)
{
    *value = (struct value){.kind = (enum value_kind)what->kind};
    if (at == BLOCK_NONE) {
        return STATUS_OK;
    }
    const struct block_column *column = &block->columns[at];
    uint32_t cell = walk->cells[at];
    struct slice text = SLICE_EMPTY;
    enum column_store store = shape_column_store(what);
    if (store == COLUMN_TEXT) {
        text = column->texts[column->index[cell]];
    } else if (store == COLUMN_BLOB) {
        text = column->texts[cell];
    }
    switch (value->kind) {
    case VALUE_EMPTY:
        break;
    case VALUE_STRING:
    case VALUE_BYTES:
        value->text = text;
        break;
    case VALUE_BOOL:
        value->boolean = column->ints[cell] != 0;
        break;
    case VALUE_INT:
        value->integer = column->ints[cell];
        break;
    case VALUE_DOUBLE:
        memcpy(&value->number, &column->ints[cell], sizeof(value->number));
        break;
    case VALUE_ARRAY:
    case VALUE_MAP:
        return read_blob(block, text, value);
    }
    return STATUS_OK;
}
