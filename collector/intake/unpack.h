/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_UNPACK_H
#define THAW_INTAKE_UNPACK_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>

/*
 * Decodes a stream of bytes as it comes: gzip and zstd with any number of members, base64 (in
 * lines, padded or not), UTF-16 with its byte order mark.  Pure but for memory.
 */
enum unpack_kind { UNPACK_GZIP, UNPACK_ZSTD, UNPACK_BASE64, UNPACK_UTF16 };

struct unpack;

/* NULL without memory. */
struct unpack *unpack_create(enum unpack_kind kind);
void unpack_free(struct unpack *unpack); /* NULL is fine. */

/*
 * Decode some of *bytes, which is shortened by what was used; *out is what it became, at most
 * INTAKE_PIECE_SIZE, valid until the next call.  Call it until *bytes and *out are both empty.
 * STATUS_BAD: what is left of *bytes is broken; STATUS_FULL without memory.
 */
enum status unpack_read(struct unpack *unpack, struct slice *bytes, struct slice *out) THAW_CHECK;

/* Whether the input may end here. */
bool unpack_is_whole(const struct unpack *unpack);

#endif
