/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_SHAPES_H
#define THAW_COLUMNS_SHAPES_H

#include "base/map.h"
#include "columns/columns_limits.h"
#include "columns/shape.h"
#include "columns/texts.h"

/* The shapes and columns of a table, each once.  Keys are numbers of the table's texts. */
#define SHAPES_GUESS_COUNT 1024

struct shapes {
    struct column *columns;
    uint32_t column_count;
    struct map column_map;
    struct shape *rows;
    uint32_t count;
    struct map map;
    uint32_t *pool; /* Columns of all shapes. */
    uint32_t pool_count, pool_capacity;
    uint32_t request_key, phase_key;      /* Texts. */
    uint32_t guesses[SHAPES_GUESS_COUNT]; /* The latest shape of what looks like this. */
};

/* False without memory. */
bool shapes_init(struct shapes *shapes, struct texts *texts) THAW_CHECK;
void shapes_fini(struct shapes *shapes);

/*
 * The number of the shape of a record with this form and these attributes, which is added when it
 * is new.  SHAPE_NONE when there is no room for it or for its columns.
 */
uint32_t shapes_add(struct shapes *shapes, struct texts *texts, const struct form *form,
                    struct attrs attrs) THAW_CHECK;

/* Its columns: fields, then attributes. */
static inline const uint32_t *shapes_columns(const struct shapes *shapes, const struct shape *shape)
{
    return shapes->pool + shape->first;
}

size_t shapes_memory(const struct shapes *shapes);

#endif
