/* SPDX-License-Identifier: Apache-2.0 */
#include "base/percent.h"

#include "base/hex.h"

bool percent_decode(struct slice text, struct buf *out)
{
    size_t before = out->size;
    while (text.size > 0) {
        unsigned char byte = text.base[0];
        size_t taken = 1;
        if (byte == '%') {
            if (text.size < 3 || !hex_decode(slice_of(text.base + 1, 2), &byte, 1)) {
                buf_rewind(out, before);
                return false;
            }
            taken = 3;
        }
        buf_append(out, slice_of(&byte, 1));
        text = slice_skip(text, taken);
    }
    return true;
}
