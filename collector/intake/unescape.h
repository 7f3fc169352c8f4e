/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_UNESCAPE_H
#define THAW_INTAKE_UNESCAPE_H

#include "base/buf.h"
#include "base/json_read.h"
#include "base/slice.h"

/*
 * The text of a JSON string: of the input itself where nothing is escaped, else appended to out,
 * which must not be moved while the answer is used: room for string.raw.size bytes is made first.
 * Bytes that are no UTF-8 stay as they are; a lone surrogate becomes U+FFFD.
 *
 * It exists beside json_string_text() because it works through gigabytes: text between escapes is
 * found eight bytes at a time and copied at once.
 */
struct slice unescape(struct json_string string, struct buf *out);

#endif
