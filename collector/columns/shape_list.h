/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_SHAPE_LIST_H
#define THAW_COLUMNS_SHAPE_LIST_H

#include "base/map.h"
#include "columns/columns_limits.h"
#include "columns/shape.h"
#include "columns/texts.h"

/* The shapes and columns of a table, each once.  Keys are numbers of the table's texts. */
#define SHAPES_GUESS_COUNT 1024

struct shape_list {
    struct column *columns;
    uint32_t column_count;
    struct map column_map;
    struct shape *rows;
    uint32_t count;
    struct map map;
    uint32_t *pool; /* Columns of all shapes. */
    uint32_t pool_count, pool_capacity;
    unsigned char *keys; /* Of all shapes: of each attribute kind, size, and key if it is short. */
    size_t *key_begins;  /* Of each shape, where its begin. */
    size_t key_size, key_capacity;
    uint32_t request_key, phase_key;      /* Texts. */
    uint32_t guesses[SHAPES_GUESS_COUNT]; /* The latest shape of what looks like this. */
};

/* False without memory. */
bool shape_list_init(struct shape_list *shapes, struct texts *texts) THAW_CHECK;
void shape_list_fini(struct shape_list *shapes);

/*
 * The number of the shape of a record with this form and these attributes, which is added when it
 * is new.  SHAPE_NONE when there is no room for it or for its columns.
 */
uint32_t shape_list_add(struct shape_list *shapes, struct texts *texts, const struct form *form,
                        struct attrs attrs) THAW_CHECK;

/* Its columns: fields, then attributes. */
static inline const uint32_t *shape_list_columns(const struct shape_list *shapes,
                                                 const struct shape *shape)
{
    return shapes->pool + shape->first;
}

size_t shape_list_memory(const struct shape_list *shapes);

#endif
