/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

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

/* The same bits in each of the eight bytes of a word. */
#define HEX_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Eight digits to four bytes at once.  A sum beyond 0x7f sets the highest bit of its byte: that is
 * how each byte is compared with the ends of a range; none carries over, as all are below 0x80.
 */
static bool hex_decode_eight(const unsigned char *text, unsigned char *bytes)
{
    uint64_t word;

    memcpy(&word, text, sizeof(word));
    word = le64toh(word);
    uint64_t lower = word | HEX_EACH(0x20);
    if ((word & HEX_EACH(0x80)) != 0) {
        return false;
    }
    uint64_t digits = (word + HEX_EACH(0x80 - '0')) & ~(word + HEX_EACH(0x7f - '9'));
    uint64_t letters = (lower + HEX_EACH(0x80 - 'a')) & ~(lower + HEX_EACH(0x7f - 'f'));
    if (((digits | letters) & HEX_EACH(0x80)) != HEX_EACH(0x80)) {
        return false;
    }
    uint64_t values = (word & HEX_EACH(0x0f)) + 9 * ((letters & HEX_EACH(0x80)) >> 7);
    uint64_t pairs = (values << 4 | values >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    pairs = (pairs | pairs >> 8) & UINT64_C(0x0000ffff0000ffff);
    uint32_t four = htole32((uint32_t)(pairs | pairs >> 16));
    memcpy(bytes, &four, sizeof(four));
    return true;
}

bool hex_decode(struct slice text, unsigned char *bytes, size_t size)
{
    size_t i = 0;

    if (text.size % 2 != 0 || text.size / 2 != size) {
        return false;
    }
    for (; size - i >= 4; i += 4) {
        if (!hex_decode_eight(text.base + 2 * i, bytes + i)) {
            return false;
        }
    }
    for (; i < size; i++) {
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
