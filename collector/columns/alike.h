/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_ALIKE_H
#define THAW_COLUMNS_ALIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether eight bytes are the same. */
static inline bool alike_eight(const unsigned char *one, const unsigned char *other)
{
    uint64_t words[2];
    memcpy(&words[0], one, sizeof(words[0]));
    memcpy(&words[1], other, sizeof(words[1]));
    return words[0] == words[1];
}

/* Whether so many bytes are.  Most texts are short: of 8 to 32 bytes words are compared that may
 * overlap. */
static inline bool alike(const unsigned char *one, const unsigned char *other, size_t size)
{
    if (size < 8 || size > 32) {
        return memcmp(one, other, size) == 0;
    }
    size_t last = size - 8;
    if (!alike_eight(one, other) || !alike_eight(one + last, other + last)) {
        return false;
    }
    return size <= 16 ||
           (alike_eight(one + 8, other + 8) && alike_eight(one + last - 8, other + last - 8));
}

#endif
