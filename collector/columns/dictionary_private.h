/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_DICTIONARY_PRIVATE_H
#define THAW_COLUMNS_DICTIONARY_PRIVATE_H

#include "base/arena.h"
#include "columns/dictionary.h"
#include "columns/senders.h"
#include "columns/shape.h"

/*
 * What dictionary_open() has checked, so that blocks need not:
 *  1. Columns are valid, and their keys are numbers of texts.
 *  2. The columns of a shape are those of its mask, in order, then attributes; their numbers are
 *     those of columns, its scope is 0 or the number of one plus 1.
 *  3. Shapes of spans have a kind and a status that there are, and both ids.
 */
struct dictionary {
    struct arena arena; /* Holds all of it. */
    struct slice *texts;
    uint32_t text_count;
    struct column *columns;
    uint32_t column_count;
    struct shape *shapes;
    uint32_t shape_count;
    uint32_t *pool; /* Columns of shapes. */
    struct scope *scopes;
    uint32_t scope_count;
    struct senders *senders;
    uint32_t resource_count;
    uint32_t *bare_resources;
    int64_t *bare_arrivals_ns;
    uint32_t bare_count;
    uint32_t request_key; /* The text that names request ids; SHAPE_NONE. */
};

#endif
