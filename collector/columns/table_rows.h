/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_TABLE_ROWS_H
#define THAW_COLUMNS_TABLE_ROWS_H

#include "columns/table_private.h"

/*
 * Records as rows of a table.  Who is known: the resource, by number.  STATUS_FULL: there is no
 * room; STATUS_BAD: values are nested too deep.  Then the row is not counted, and what it left
 * behind does no harm.
 *
 * Scopes are known by number, too, equal ones by the same:
 *
 *     byte agent + 2 * logs, text name, text version, attrs (of thaw.logs none: its
 *     lines have them)
 */
struct table_row_context {
    struct table *table;
    uint32_t resource, arrival;
    const struct scope *scope; /* The latest, and its number plus 1. */
    uint32_t scope_number;
};

enum status table_rows_span(struct table_row_context *context, const struct span *span) THAW_CHECK;
enum status table_rows_line(struct table_row_context *context,
                            const struct log_line *line) THAW_CHECK;

/* Whether a scope, by number, is that of an agent or of log streams. */
bool table_rows_scope_told(const struct table *table, uint32_t number);

#endif
