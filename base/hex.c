/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

int hex_digit(unsigned char byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    if (byte >= 'a' && byte <= 'f') {
        return byte - 'a' + 10;
    }
    if (byte >= 'A' && byte <= 'F') {
        return byte - 'A' + 10;
    }
    return -1;
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
        int high = hex_digit(text.base[2 * i]);
        int low = hex_digit(text.base[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (unsigned char)(high << 4 | low);
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
