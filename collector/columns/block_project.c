/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_private.h"

#include "columns/ints.h"

/* Which values of each column the rows have: positions lie one behind the other, by column. */
struct projecting {
    struct block *block;
    const uint32_t *rows;
    uint32_t count;
    struct ints_some *wanted; /* Of each column. */
};

static uint32_t columns_of(const struct block_shape *shape)
{
    return (uint32_t)shape->shape->field_count + shape->shape->attr_count;
}

/* How many values of each column are wanted, and room for their positions. */
static enum status make_room(struct projecting *projecting, uint32_t **positions)
{
    const struct block *block = projecting->block;
    size_t all = 0;
    projecting->wanted = arena_alloc_array(block->arena, (size_t)block->column_count + 1,
                                           sizeof(*projecting->wanted));
    if (projecting->wanted == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < projecting->count; i++) {
        const struct block_shape *shape = &block->shapes[block->shape_rows[projecting->rows[i]]];
        for (uint32_t k = 0; k < columns_of(shape); k++) {
            if (shape->columns[k] != BLOCK_NONE) {
                projecting->wanted[shape->columns[k]].count++;
                all++;
            }
        }
    }
    *positions = arena_alloc(block->arena, (all + 1) * sizeof(**positions));
    all = 0;
    for (uint32_t i = 0; *positions != NULL && i < block->column_count; i++) {
        projecting->wanted[i].positions = *positions + all;
        all += projecting->wanted[i].count;
        projecting->wanted[i].count = 0;
    }
    return *positions != NULL ? STATUS_OK : STATUS_FULL;
}

static enum status find_positions(struct projecting *projecting)
{
    struct block *block = projecting->block;
    struct block_walk walk;
    uint32_t *positions;
    enum status status = make_room(projecting, &positions);
    if (status == STATUS_OK) {
        status = block_walk_begin(block, &walk);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < projecting->count; i++) {
        const struct block_shape *shape = &block->shapes[block->shape_rows[projecting->rows[i]]];
        block_walk_to(block, &walk, projecting->rows[i]);
        for (uint32_t k = 0; k < columns_of(shape); k++) {
            if (shape->columns[k] != BLOCK_NONE) {
                struct ints_some *wanted = &projecting->wanted[shape->columns[k]];
                positions[wanted->positions - positions + (ptrdiff_t)wanted->count++] =
                    walk.cells[shape->columns[k]];
            }
        }
    }
    return status;
}

/* ---- Columns. ---- */

/* Some of the numbers that are next in a column. */
static enum status some_ints(struct block *block, const struct block_column *column,
                             struct ints_some wanted, int64_t **values)
{
    struct slice bytes = column->bytes;
    enum status status =
        ints_read_some(block->reader, &bytes, column->count, wanted, block->arena, values);
    return status == STATUS_OK && bytes.size > 0 ? STATUS_BAD : status;
}

static enum status project_ints(struct block *block, const struct block_column *from,
                                struct ints_some wanted, struct block_column *to)
{
    if (!from->indexed) {
        return some_ints(block, from, wanted, &to->ints);
    }
    to->ints = arena_alloc(block->arena, (wanted.count + 1) * sizeof(*to->ints));
    for (size_t i = 0; to->ints != NULL && i < wanted.count; i++) {
        to->ints[i] = from->ints[wanted.positions[i]];
    }
    return to->ints != NULL ? STATUS_OK : STATUS_FULL;
}

static enum status project_texts(struct block *block, struct block_column *from,
                                 struct ints_some wanted, struct block_column *to)
{
    int64_t *numbers = NULL;
    enum status status = block_columns_list(block, from);
    if (status == STATUS_OK && block_columns_refers(from)) {
        status = block_columns_all(block, from);
    }
    if (status == STATUS_OK && !from->indexed) {
        status = some_ints(block, from, wanted, &numbers);
    }
    if (status != STATUS_OK) {
        return status;
    }
    to->texts = from->texts;
    to->text_count = from->text_count;
    to->index = arena_alloc(block->arena, (wanted.count + 1) * sizeof(*to->index));
    if (to->index == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < wanted.count; i++) {
        uint64_t number = from->indexed ? from->index[wanted.positions[i]] : (uint64_t)numbers[i];
        if (number >= to->text_count) {
            return STATUS_BAD;
        }
        to->index[i] = (uint32_t)number;
    }
    return STATUS_OK;
}

static enum status project_blobs(struct block *block, struct block_column *from,
                                 struct ints_some wanted, struct block_column *to)
{
    enum status status = block_columns_all(block, from);
    if (status != STATUS_OK) {
        return status;
    }
    to->texts = arena_alloc(block->arena, (wanted.count + 1) * sizeof(*to->texts));
    for (size_t i = 0; to->texts != NULL && i < wanted.count; i++) {
        to->texts[i] = from->texts[wanted.positions[i]];
    }
    return to->texts != NULL ? STATUS_OK : STATUS_FULL;
}

static enum status project_column(struct block *block, struct block_column *from,
                                  struct ints_some wanted, struct block_column *to)
{
    *to = (struct block_column){
        .column = from->column,
        .count = (uint32_t)wanted.count,
        .listed = true,
        .indexed = true,
    };
    if (wanted.count == 0) {
        return STATUS_OK;
    }
    switch (shape_column_store(from->column)) {
    case COLUMN_NONE:
        break;
    case COLUMN_INT:
        return project_ints(block, from, wanted, to);
    case COLUMN_TEXT:
        return project_texts(block, from, wanted, to);
    case COLUMN_BLOB:
        return project_blobs(block, from, wanted, to);
    }
    return STATUS_OK;
}

static enum status project_columns(struct projecting *projecting, struct block *to)
{
    struct block *block = projecting->block;
    enum status status = find_positions(projecting);
    to->columns =
        arena_alloc(block->arena, ((size_t)block->column_count + 1) * sizeof(*to->columns));
    if (to->columns == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < block->column_count; i++) {
        status = project_column(block, &block->columns[i], projecting->wanted[i], &to->columns[i]);
    }
    return status;
}

/* ---- The parts that every block has. ---- */

static enum status decode_fixed(struct block *block)
{
    const uint64_t *times;
    struct block_ids traces;
    enum status status = block_starts(block, &times);
    status = status == STATUS_OK ? block_traces(block, &traces) : status;
    status = status == STATUS_OK ? block_fixed_span_ids(block) : status;
    return status == STATUS_OK && block->signal == SIGNAL_TRACES ? block_fixed_parents(block)
                                                                 : status;
}

static void *room_for(const struct projecting *projecting, size_t size)
{
    return arena_alloc(projecting->block->arena, projecting->count * size);
}

static enum status project_fixed(struct projecting *projecting, struct block *to)
{
    struct block *from = projecting->block;
    bool spans = from->signal == SIGNAL_TRACES;
    struct ints_some some = {projecting->rows, projecting->count};
    enum status status = decode_fixed(from);
    status = status == STATUS_OK ? block_fixed_some(from, some, to) : status;
    uint32_t *traces = room_for(projecting, sizeof(*traces));
    to->shape_rows = room_for(projecting, sizeof(*to->shape_rows));
    to->starts_ns = room_for(projecting, sizeof(*to->starts_ns));
    to->span_ids = room_for(projecting, sizeof(*to->span_ids));
    to->parents = room_for(projecting, sizeof(*to->parents));
    if (status != STATUS_OK) {
        return status;
    }
    if (traces == NULL || to->shape_rows == NULL || to->starts_ns == NULL || to->span_ids == NULL ||
        to->parents == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < projecting->count; i++) {
        uint32_t row = projecting->rows[i];
        traces[i] = from->traces.rows[row];
        to->shape_rows[i] = from->shape_rows[row];
        to->starts_ns[i] = from->starts_ns[row];
        to->span_ids[i] = from->span_ids[row];
        to->parents[i] = spans ? from->parents[row] : (struct id8){{0}};
    }
    to->traces = (struct block_ids){traces, from->traces.ids, from->traces.count};
    to->grades = NULL;
    return STATUS_OK;
}

enum status block_project(struct block *block, const uint32_t *rows, uint32_t count,
                          struct block *projected)
{
    struct projecting projecting = {.block = block, .rows = rows, .count = count};
    *projected = *block;
    projected->rows = count;
    projected->few = NULL;
    enum status status = project_fixed(&projecting, projected);
    return status == STATUS_OK ? project_columns(&projecting, projected) : status;
}
