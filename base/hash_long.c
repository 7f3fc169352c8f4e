/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash_long.h"

#include "base/hash.h"
#include "base/hash_crc.h"

#ifdef HASH_CRC_WORD

#include <endian.h>
#include <pthread.h>
#include <string.h>

/*
 * Three pieces side by side: the instruction begins with a word each cycle, and answers three
 * cycles later.  What a piece leaves is then moved over the pieces behind it, which is the same as
 * so many zero bytes: a linear map, one table for each byte of what is left.
 */
#define PIECE ((size_t)1024)

static uint32_t over_a_piece[4][256];
static bool found;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void)
{
    found = hash_crc_found();
    for (unsigned bit = 0; found && bit < 32; bit++) {
        uint32_t crc = UINT32_C(1) << bit;
        for (size_t i = 0; i < PIECE; i += 8) {
            crc = hash_crc_word(crc, 0);
        }
        for (unsigned byte = 0; byte < 256; byte++) {
            over_a_piece[bit / 8][byte] ^= (byte >> bit % 8 & 1) != 0 ? crc : 0;
        }
    }
}

static uint32_t move_over(uint32_t crc)
{
    return over_a_piece[0][crc & 0xff] ^ over_a_piece[1][crc >> 8 & 0xff] ^
           over_a_piece[2][crc >> 16 & 0xff] ^ over_a_piece[3][crc >> 24];
}

static uint64_t word_at(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return le64toh(word);
}

uint32_t hash_long_crc32c(uint32_t crc, struct slice bytes)
{
    pthread_once(&once, prepare);
    if (!found) {
        return hash_crc32c(crc, bytes);
    }
    crc = ~crc;
    for (; bytes.size >= 3 * PIECE; bytes = slice_skip(bytes, 3 * PIECE)) {
        uint32_t second = 0;
        uint32_t third = 0;
        for (const unsigned char *at = bytes.base; at < bytes.base + PIECE; at += 8) {
            crc = hash_crc_word(crc, word_at(at));
            second = hash_crc_word(second, word_at(at + PIECE));
            third = hash_crc_word(third, word_at(at + 2 * PIECE));
        }
        crc = move_over(move_over(crc) ^ second) ^ third;
    }
    return hash_crc32c(~crc, bytes);
}

#else

uint32_t hash_long_crc32c(uint32_t crc, struct slice bytes)
{
    return hash_crc32c(crc, bytes);
}

#endif
