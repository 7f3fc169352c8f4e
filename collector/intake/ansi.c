/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/ansi.h"

#include <string.h>

#define ANSI_ESC 0x1b

void ansi_strip(struct ansi *ansi, struct slice text, struct buf *out)
{
    size_t at = 0;
    while (at < text.size) {
        unsigned char byte = text.base[at];
        switch (ansi->place) {
        case ANSI_TEXT: {
            const unsigned char *escape = memchr(text.base + at, ANSI_ESC, text.size - at);
            size_t end = escape == NULL ? text.size : (size_t)(escape - text.base);
            buf_append(out, slice_of(text.base + at, end - at));
            ansi->place = escape == NULL ? ANSI_TEXT : ANSI_ESCAPE;
            at = end + (escape == NULL ? 0 : 1);
            continue;
        }
        case ANSI_ESCAPE:
            ansi->place = byte == '[' ? ANSI_SEQUENCE : ANSI_TEXT;
            break;
        case ANSI_SEQUENCE:
            if (byte >= 0x40 && byte <= 0x7e) {
                ansi->place = ANSI_TEXT;
            }
            break;
        }
        at++;
    }
}
