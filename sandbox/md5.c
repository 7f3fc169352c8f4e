/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/md5.h"

#include "base/hex.h"

#include <string.h>

/* The integer part of 2^32 times abs(sin(i + 1)), as the RFC defines it. */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static const unsigned char turns[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t turn(uint32_t value, unsigned count)
{
    return value << count | value >> (32 - count);
}

static uint32_t word_of(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static void block_add(struct md5 *md5, const unsigned char *block)
{
    uint32_t a = md5->state[0];
    uint32_t b = md5->state[1];
    uint32_t c = md5->state[2];
    uint32_t d = md5->state[3];
    for (unsigned i = 0; i < 64; i++) {
        uint32_t mixed = 0;
        unsigned word = 0;
        switch (i / 16) {
        case 0:
            mixed = (b & c) | (~b & d);
            word = i;
            break;
        case 1:
            mixed = (d & b) | (~d & c);
            word = (5 * i + 1) % 16;
            break;
        case 2:
            mixed = b ^ c ^ d;
            word = (3 * i + 5) % 16;
            break;
        case 3:
            mixed = c ^ (b | ~d);
            word = 7 * i % 16;
            break;
        }
        uint32_t next = b + turn(a + mixed + sines[i] + word_of(block + 4 * (size_t)word),
                                 turns[i / 16][i % 4]);
        a = d;
        d = c;
        c = b;
        b = next;
    }
    md5->state[0] += a;
    md5->state[1] += b;
    md5->state[2] += c;
    md5->state[3] += d;
}

void md5_init(struct md5 *md5)
{
    *md5 = (struct md5){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

void md5_add(struct md5 *md5, struct slice bytes)
{
    while (bytes.size > 0) {
        size_t used = (size_t)(md5->size % sizeof(md5->block));
        size_t size = sizeof(md5->block) - used;
        size = bytes.size < size ? bytes.size : size;
        memcpy(md5->block + used, bytes.base, size);
        md5->size += size;
        bytes = slice_skip(bytes, size);
        if (used + size == sizeof(md5->block)) {
            block_add(md5, md5->block);
        }
    }
}

void md5_finish(struct md5 *md5, char text[33])
{
    unsigned char length[8];
    unsigned char digest[16];
    for (unsigned i = 0; i < 8; i++) {
        length[i] = (unsigned char)(md5->size * 8 >> (8 * i));
    }
    md5_add(md5, SLICE("\x80"));
    while (md5->size % sizeof(md5->block) != 56) {
        md5_add(md5, slice_of("", 1));
    }
    md5_add(md5, slice_of(length, sizeof(length)));
    for (unsigned i = 0; i < 16; i++) {
        digest[i] = (unsigned char)(md5->state[i / 4] >> (8 * (i % 4)));
    }
    hex_encode(slice_of(digest, sizeof(digest)), text);
    text[32] = '\0';
}

void md5_of(struct slice bytes, char text[33])
{
    struct md5 md5;
    md5_init(&md5);
    md5_add(&md5, bytes);
    md5_finish(&md5, text);
}
