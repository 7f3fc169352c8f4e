/* SPDX-License-Identifier: Apache-2.0 */
#include "attr_gen.h"

#include "proto/wire.h"

void attr_gen_text(struct buf *out, uint32_t field, struct slice key, struct slice text)
{
    size_t attr = wire_write_open(out, field);
    wire_write_bytes(out, 1, key);
    size_t value = wire_write_open(out, 2);
    wire_write_bytes(out, 1, text);
    wire_write_close(out, value);
    wire_write_close(out, attr);
}
