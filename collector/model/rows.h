/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_ROWS_H
#define THAW_COLLECTOR_MODEL_ROWS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "No row": the end of a list, a reference to nothing. */
#define ROW_NONE UINT32_MAX

/*
 * Room in a growing array of rows, for tables that refer to their rows by number.  Makes *rows hold
 * at least need rows of size bytes, new ones not zeroed.  False, and nothing has changed, if need
 * is more than count_max or there is no memory.
 */
bool rows_reserve(void **rows, uint32_t *capacity, uint64_t need, uint32_t count_max,
                  size_t size) THAW_CHECK;

#endif
