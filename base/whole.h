/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_WHOLE_H
#define THAW_BASE_WHOLE_H

#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>

/*
 * Read a whole small file (tokens, certificates, settings) into memory that the caller frees; a NUL
 * stands behind it.  error says in words what is wrong.  STATUS_FULL: it has more than size_max
 * bytes.
 */
enum status whole_read(struct slice path, size_t size_max, unsigned char **content, size_t *size,
                       char *error, size_t error_size) THAW_CHECK;

#endif
