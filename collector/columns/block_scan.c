/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_scan.h"

#include "columns/block_private.h"
#include "columns/nested.h"

#include <string.h>

/* What is looked for: a field, or an attribute by its key. */
struct target {
    enum field field;
    struct slice key;
};

struct scan {
    struct block *block;
    struct target target;
    struct block_walk walk;
    uint32_t *columns; /* Of each shape, the place of its column, or BLOCK_NONE. */
    uint32_t *wholes;  /* The same of the one that holds all attributes. */
    uint32_t *bases;   /* Of each column, where its texts begin in the list. */
};

static bool is_target(const struct scan *scan, const struct column *column)
{
    return column->field == scan->target.field &&
           (column->field != FIELD_ATTR ||
            slice_equal(scan->block->dictionary->texts[column->key], scan->target.key));
}

static const struct column *column_at(const struct scan *scan, uint32_t shape, uint32_t place)
{
    const struct dictionary *dictionary = scan->block->dictionary;
    uint32_t first = scan->block->shapes[shape].shape->first;
    return &dictionary->columns[dictionary->pool[first + place]];
}

/* Where a shape has what is looked for; the last one counts. */
static void look_at_shape(struct scan *scan, uint32_t number)
{
    const struct shape *shape = scan->block->shapes[number].shape;
    scan->columns[number] = scan->wholes[number] = BLOCK_NONE;
    for (uint32_t i = 0; i < (uint32_t)shape->field_count + shape->attr_count; i++) {
        const struct column *column = column_at(scan, number, i);
        if (is_target(scan, column)) {
            scan->columns[number] = i;
        }
        if (column->field == FIELD_ATTRS && scan->target.field == FIELD_ATTR) {
            scan->wholes[number] = i;
        }
    }
}

/* Decode the columns that are looked for. */
static enum status scan_begin(struct scan *scan, struct block *block, struct target target)
{
    enum status status = block_shapes(block);
    if (status != STATUS_OK) {
        return status;
    }
    *scan = (struct scan){
        .block = block,
        .target = target,
        .columns = arena_alloc(block->arena, block->shape_count * sizeof(*scan->columns)),
        .wholes = arena_alloc(block->arena, block->shape_count * sizeof(*scan->wholes)),
        .bases =
            arena_alloc_array(block->arena, (size_t)block->column_count + 1, sizeof(*scan->bases)),
    };
    if (scan->columns == NULL || scan->wholes == NULL || scan->bases == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < block->shape_count; i++) {
        look_at_shape(scan, i);
    }
    for (uint32_t i = 0; i < block->column_count; i++) {
        struct block_column *column = &block->columns[i];
        bool whole = column->column->field == FIELD_ATTRS && target.field == FIELD_ATTR;
        if (whole || is_target(scan, column->column)) {
            status = block_columns_all(block, column);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    return block_walk_begin(block, &scan->walk);
}

/* All attributes of the row of the walk, out of their one value. */
static enum status whole_attrs(struct scan *scan, uint32_t shape, struct attrs *attrs)
{
    const struct block *block = scan->block;
    uint32_t at = block->shapes[shape].columns[scan->wholes[shape]];
    struct slice bytes = block->columns[at].texts[scan->walk.cells[at]];
    enum status status = nested_read_attrs(&bytes, block->arena, attrs);
    return status == STATUS_OK && bytes.size > 0 ? STATUS_BAD : status;
}

/* ---- Texts. ---- */

static uint32_t texts_of(const struct block_column *column)
{
    return shape_column_store(column->column) == COLUMN_TEXT ? column->text_count : column->count;
}

/* Whether a column holds strings that are looked for. */
static bool is_listed(const struct scan *scan, const struct column *column)
{
    bool typed = column->field == FIELD_ATTR || column->field == FIELD_BODY;
    return is_target(scan, column) && (!typed || column->kind == VALUE_STRING);
}

/* The texts of all columns in one list, with room for those of rows that have none. */
static enum status list_texts(struct scan *scan, struct slice **texts, uint32_t *count)
{
    struct block *block = scan->block;
    size_t all = 0;
    for (uint32_t i = 0; i < block->column_count; i++) {
        if (is_listed(scan, block->columns[i].column)) {
            scan->bases[i] = (uint32_t)all;
            all += texts_of(&block->columns[i]);
        }
    }
    *texts = arena_alloc(block->arena, (all + block->rows) * sizeof(**texts));
    if (*texts == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < block->column_count; i++) {
        const struct block_column *column = &block->columns[i];
        if (is_listed(scan, column->column) && texts_of(column) > 0) {
            memcpy(*texts + scan->bases[i], column->texts, texts_of(column) * sizeof(**texts));
        }
    }
    *count = (uint32_t)all;
    return STATUS_OK;
}

/* Which text the row of the walk has; a new one is added to the list. */
static enum status row_text(struct scan *scan, uint32_t shape, struct slice *texts, uint32_t *count,
                            uint32_t *text)
{
    const struct block *block = scan->block;
    *text = BLOCK_NONE;
    if (scan->wholes[shape] != BLOCK_NONE) {
        struct attrs attrs;
        enum status status = whole_attrs(scan, shape, &attrs);
        if (status == STATUS_OK && attrs_find_text(attrs, scan->target.key, &texts[*count])) {
            *text = (*count)++;
        }
        return status;
    }
    uint32_t place = scan->columns[shape];
    if (place == BLOCK_NONE || !is_listed(scan, column_at(scan, shape, place))) {
        return STATUS_OK;
    }
    uint32_t at = block->shapes[shape].columns[place];
    const struct block_column *column = &block->columns[at];
    uint32_t cell = scan->walk.cells[at];
    *text = scan->bases[at] +
            (shape_column_store(column->column) == COLUMN_TEXT ? column->index[cell] : cell);
    return STATUS_OK;
}

static enum status scan_texts(struct block *block, struct target target, struct block_texts *answer)
{
    struct scan scan;
    struct slice *texts;
    uint32_t count;
    uint32_t *rows = arena_alloc(block->arena, block->rows * sizeof(*rows));
    if (rows == NULL) {
        return STATUS_FULL;
    }
    enum status status = scan_begin(&scan, block, target);
    if (status == STATUS_OK) {
        status = list_texts(&scan, &texts, &count);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < block->rows; i++) {
        block_walk_to(block, &scan.walk, i);
        status = row_text(&scan, block->shape_rows[i], texts, &count, &rows[i]);
    }
    if (status == STATUS_OK) {
        *answer = (struct block_texts){rows, texts, count};
    }
    return status;
}

enum status block_names(struct block *block, struct block_texts *names)
{
    enum field field = block->signal == SIGNAL_TRACES ? FIELD_NAME : FIELD_EVENT_NAME;
    return scan_texts(block, (struct target){field, SLICE_EMPTY}, names);
}

enum status block_bodies(struct block *block, struct block_texts *bodies)
{
    return scan_texts(block, (struct target){FIELD_BODY, SLICE_EMPTY}, bodies);
}

enum status block_attr_texts(struct block *block, struct slice key, struct block_texts *values)
{
    return scan_texts(block, (struct target){FIELD_ATTR, key}, values);
}

/* ---- Values. ---- */

static enum status row_value(struct scan *scan, uint32_t shape, struct value *value)
{
    struct attrs attrs;
    if (scan->wholes[shape] != BLOCK_NONE) {
        enum status status = whole_attrs(scan, shape, &attrs);
        const struct value *found =
            status == STATUS_OK ? attrs_find(attrs, scan->target.key) : NULL;
        if (found != NULL) {
            *value = *found;
        }
        return status;
    }
    uint32_t place = scan->columns[shape];
    if (place == BLOCK_NONE) {
        return STATUS_OK;
    }
    return block_columns_value(scan->block, &scan->walk, column_at(scan, shape, place),
                               scan->block->shapes[shape].columns[place], value);
}

enum status block_attr_values(struct block *block, struct slice key, const struct value **values)
{
    struct scan scan;
    struct value *made = arena_alloc_array(block->arena, block->rows, sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    enum status status = scan_begin(&scan, block, (struct target){FIELD_ATTR, key});
    for (uint32_t i = 0; status == STATUS_OK && i < block->rows; i++) {
        block_walk_to(block, &scan.walk, i);
        status = row_value(&scan, block->shape_rows[i], &made[i]);
    }
    *values = made;
    return status;
}

/* ---- Whether there is one. ---- */

static enum status find_whole(struct block *block, struct block_column *column, struct slice key,
                              struct slice value)
{
    enum status status = block_columns_all(block, column);
    for (uint32_t i = 0; status == STATUS_OK && i < column->count; i++) {
        struct slice bytes = column->texts[i];
        struct attrs attrs;
        status = nested_read_attrs(&bytes, block->arena, &attrs);
        for (size_t k = 0; status == STATUS_OK && k < attrs.count; k++) {
            const struct attr *attr = &attrs.items[k];
            if (attr->value.kind == VALUE_STRING && slice_equal(attr->key, key) &&
                slice_equal(attr->value.text, value)) {
                return STATUS_OK;
            }
        }
    }
    return status == STATUS_OK ? STATUS_NOT_FOUND : status;
}

static enum status find_text(struct block *block, struct block_column *column, struct slice value)
{
    enum status status = block_columns_list(block, column);
    for (uint32_t i = 0; status == STATUS_OK && i < column->text_count; i++) {
        if (slice_equal(column->texts[i], value)) {
            return STATUS_OK;
        }
    }
    return status == STATUS_OK ? STATUS_NOT_FOUND : status;
}

enum status block_has(struct block *block, struct slice key, struct slice value)
{
    const struct scan scan = {.block = block, .target = {FIELD_ATTR, key}};
    enum status status = block_shapes(block);
    if (status != STATUS_OK) {
        return status;
    }
    for (uint32_t i = 0; i < block->column_count; i++) {
        struct block_column *column = &block->columns[i];
        status = STATUS_NOT_FOUND;
        if (column->column->field == FIELD_ATTRS) {
            status = find_whole(block, column, key, value);
        } else if (is_listed(&scan, column->column)) {
            status = find_text(block, column, value);
        }
        if (status != STATUS_NOT_FOUND) {
            return status;
        }
    }
    return STATUS_NOT_FOUND;
}
