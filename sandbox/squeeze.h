/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_SQUEEZE_H
#define THAW_SANDBOX_SQUEEZE_H

#include "base/buf.h"
#include "base/slice.h"

/* Append one gzip member that holds the bytes.  The only file that knows zlib.  Pure. */
void squeeze(struct slice bytes, struct buf *out);

#endif
