/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SPOOL_ROW_H
#define THAW_SPOOL_ROW_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "core/core.h"

#include <stdbool.h>

/*
 * The rows of the core's tables, as messages of the spool
 * (docs/formats/spool.md).  What is not known is left out.  Pure.
 */

/* Append the row as fields. */
void row_write_invocation(const struct core *core, const struct invocation *row, struct buf *out);
void row_write_init(const struct init *row, struct buf *out);

/* Fill an empty row from fields; those of a later version are passed over.  False: it is no row
 * that could ever have been written. */
bool row_read_invocation(struct core *core, struct slice message,
                         struct invocation *row) THAW_CHECK;
bool row_read_init(struct slice message, struct init *row) THAW_CHECK;

#endif
