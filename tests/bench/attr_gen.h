/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BENCH_ATTR_GEN_H
#define THAW_BENCH_ATTR_GEN_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdint.h>

/* Append an attribute (KeyValue) whose value is a text, as this field of a message. */
void attr_gen_text(struct buf *out, uint32_t field, struct slice key, struct slice text);

#endif
