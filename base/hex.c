/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include "base/lanes.h"

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

/* Sixteen digits to eight bytes at once, lane by lane. */
static bool hex_decode_sixteen(const unsigned char *text, unsigned char *bytes)
{
    lanes digits = lanes_load(text) - lanes_of('0');
    lanes letters = (lanes_load(text) | lanes_of(0x20)) - lanes_of('a');
    lanes are_digits = (lanes)(digits < lanes_of(10));
    lanes are_letters = (lanes)(letters < lanes_of(6));
    uint64_t halves[2];

    if (lanes_first(~(are_digits | are_letters)) < LANES_COUNT) {
        return false;
    }
    lanes values = (digits & are_digits) | ((letters + lanes_of(10)) & are_letters);
    memcpy(halves, &values, sizeof(halves));
    for (unsigned i = 0; i < 2; i++) {
        uint64_t word = le64toh(halves[i]);
        uint64_t pairs = (word << 4 | word >> 8) & UINT64_C(0x00ff00ff00ff00ff);
        pairs = (pairs | pairs >> 8) & UINT64_C(0x0000ffff0000ffff);
        uint32_t four = htole32((uint32_t)(pairs | pairs >> 16));
        memcpy(bytes + 4 * i, &four, sizeof(four));
    }
    return true;
}

bool hex_decode(struct slice text, unsigned char *bytes, size_t size)
{
    size_t i = 0;

    if (text.size % 2 != 0 || text.size / 2 != size) {
        return false;
    }
    for (; size - i >= 8; i += 8) {
        if (!hex_decode_sixteen(text.base + 2 * i, bytes + i)) {
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
