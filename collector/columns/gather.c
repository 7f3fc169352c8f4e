/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/gather.h"

#include "columns/varint.h"

#include <stdlib.h>

bool gather_init(struct gather *gather, const struct table *table)
{
    size_t shapes = (size_t)table->shapes.count + 1;
    size_t columns = (size_t)table->shapes.column_count + 1;
    *gather = (struct gather){
        .table = table,
        .rows = malloc(BLOCK_ROWS_MAX * sizeof(*gather->rows)),
        .groups = malloc(BLOCK_ROWS_MAX * sizeof(*gather->groups)),
        .shapes = malloc(BLOCK_ROWS_MAX * sizeof(*gather->shapes)),
        .shape_rows = malloc(BLOCK_ROWS_MAX * sizeof(*gather->shape_rows)),
        .shape_counts = malloc(BLOCK_ROWS_MAX * sizeof(*gather->shape_counts)),
        .columns = malloc(columns * sizeof(*gather->columns)),
        .shape_seen = calloc(shapes, sizeof(*gather->shape_seen)),
        .column_seen = calloc(columns, sizeof(*gather->column_seen)),
        .cursors = malloc(columns * sizeof(*gather->cursors)),
        .stores = malloc(columns),
    };
    for (uint32_t i = 0; gather->stores != NULL && i < table->shapes.column_count; i++) {
        gather->stores[i] = (uint8_t)shape_column_store(&table->shapes.columns[i]);
    }
    return gather->rows != NULL && gather->groups != NULL && gather->shapes != NULL &&
           gather->shape_rows != NULL && gather->shape_counts != NULL && gather->columns != NULL &&
           gather->shape_seen != NULL && gather->column_seen != NULL && gather->cursors != NULL &&
           gather->stores != NULL;
}

void gather_fini(struct gather *gather)
{
    free(gather->rows);
    free(gather->groups);
    free(gather->shapes);
    free(gather->shape_rows);
    free(gather->shape_counts);
    free(gather->columns);
    free(gather->cells);
    free(gather->shape_seen);
    free(gather->column_seen);
    free(gather->cursors);
    free(gather->stores);
}

struct slice gather_blob(const struct gather *gather, int64_t cell)
{
    const unsigned char *at = gather->table->values.base + cell;
    uint64_t size = varint_next(&at);
    return slice_of(at, (size_t)size);
}

/* ---- What there is. ---- */

static void number_shapes(struct gather *gather, const uint32_t *rows, const uint32_t *groups)
{
    gather->shape_count = 0;
    for (uint32_t i = 0; i < gather->count; i++) {
        const struct row *row = &gather->table->rows[rows[i]];
        struct gather_seen *seen = &gather->shape_seen[row->shape];
        if (seen->stamp != gather->stamp) {
            *seen = (struct gather_seen){gather->stamp, gather->shape_count};
            gather->shapes[gather->shape_count] = row->shape;
            gather->shape_counts[gather->shape_count++] = 0;
        }
        gather->rows[i] = row;
        gather->groups[i] = groups[i];
        gather->shape_rows[i] = seen->index;
        gather->shape_counts[seen->index]++;
    }
}

static int by_number(const void *one, const void *other)
{
    uint32_t left = ((const struct gather_column *)one)->number;
    uint32_t right = ((const struct gather_column *)other)->number;
    return left < right ? -1 : left > right;
}

/* The columns of these shapes, and how many rows have each. */
static bool number_columns(struct gather *gather)
{
    const struct shape_list *shapes = &gather->table->shapes;
    size_t cells = 0;
    gather->column_count = 0;
    for (uint32_t i = 0; i < gather->shape_count; i++) {
        const struct shape *shape = &shapes->rows[gather->shapes[i]];
        const uint32_t *columns = shape_list_columns(shapes, shape);
        for (uint32_t k = 0; k < (uint32_t)shape->field_count + shape->attr_count; k++) {
            struct gather_seen *seen = &gather->column_seen[columns[k]];
            if (gather->stores[columns[k]] == COLUMN_NONE) {
                continue;
            }
            if (seen->stamp != gather->stamp) {
                *seen = (struct gather_seen){gather->stamp, gather->column_count};
                gather->columns[gather->column_count++] =
                    (struct gather_column){.number = columns[k]};
            }
            gather->columns[seen->index].count += gather->shape_counts[i];
            cells += gather->shape_counts[i];
        }
    }
    if (cells > gather->cell_capacity) {
        free(gather->cells);
        gather->cells = malloc(cells * 2 * sizeof(*gather->cells));
        gather->cell_capacity = gather->cells != NULL ? cells * 2 : 0;
    }
    qsort(gather->columns, gather->column_count, sizeof(*gather->columns), by_number);
    return cells == 0 || gather->cells != NULL;
}

static void place_cells(struct gather *gather)
{
    int64_t *cells = gather->cells;
    for (uint32_t i = 0; i < gather->column_count; i++) {
        struct gather_column *column = &gather->columns[i];
        gather->cursors[column->number] = cells;
        column->cells = cells;
        cells += column->count;
    }
}

/* ---- The values of a row. ---- */

static void gather_row(struct gather *gather, const struct row *row)
{
    const struct shape_list *shapes = &gather->table->shapes;
    const struct shape *shape = &shapes->rows[row->shape];
    const uint32_t *column = shape_list_columns(shapes, shape);
    const uint32_t *end = column + shape->field_count + shape->attr_count;
    const unsigned char *begin = gather->table->values.base;
    const unsigned char *at = gather_values(gather, row);
    const uint8_t *stores = gather->stores;
    int64_t **cursors = gather->cursors;
    for (; column < end; column++) {
        enum column_store store = (enum column_store)stores[*column];
        if (store == COLUMN_NONE) {
            continue;
        }
        const unsigned char *value = at;
        uint64_t number = varint_next(&at);
        int64_t *cell = cursors[*column]++;
        if (store == COLUMN_TEXT) {
            *cell = (int64_t)number;
        } else if (store == COLUMN_INT) {
            *cell = varint_unfold(number);
        } else {
            *cell = value - begin;
            at += number;
        }
    }
}

bool gather_rows(struct gather *gather, const uint32_t *rows, const uint32_t *groups,
                 uint32_t count)
{
    ENSURE(count > 0 && count <= BLOCK_ROWS_MAX);
    gather->stamp++;
    gather->count = count;
    number_shapes(gather, rows, groups);
    if (!number_columns(gather)) {
        return false;
    }
    place_cells(gather);
    for (uint32_t i = 0; i < count; i++) {
        gather_row(gather, gather->rows[i]);
    }
    return true;
}
