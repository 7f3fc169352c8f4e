/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

/* The value of each byte plus one, so that whatever is no digit is 0. */
static const unsigned char hex_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

int hex_digit(unsigned char byte)
{
    return hex_values[byte] - 1;
}

void hex_encode(struct slice bytes, char *text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.size; i++) {
        text[2 * i] = digits[bytes.base[i] >> 4];
        text[2 * i + 1] = digits[bytes.base[i] & 15];
    }
}

bool hex_decode(struct slice text, unsigned char *bytes, size_t size)
{
    if (text.size % 2 != 0 || text.size / 2 != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        unsigned high = hex_values[text.base[2 * i]];
        unsigned low = hex_values[text.base[2 * i + 1]];
        if (high == 0 || low == 0) {
            return false;
        }
        bytes[i] = (unsigned char)((high - 1) << 4 | (low - 1));
    }
    return true;
}

bool hex_decode_lower(struct slice text, unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.base[i] >= 'A' && text.base[i] <= 'F') {
            return false;
        }
    }
    return hex_decode(text, bytes, size);
}
