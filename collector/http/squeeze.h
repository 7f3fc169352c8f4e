/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_SQUEEZE_H
#define THAW_HTTP_SQUEEZE_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Compress an answer with gzip at the fastest level into memory that the caller frees.  False if
 * there is no memory or it would not get smaller.
 */
bool squeeze_gzip(struct slice body, unsigned char **memory, size_t *size) THAW_CHECK;

/* Whether the value of an Accept-Encoding header allows gzip: named, or as *, and not with q=0. */
bool squeeze_accepts_gzip(struct slice accept) THAW_CHECK;

#endif
