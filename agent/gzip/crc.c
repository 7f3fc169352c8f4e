/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip/crc.h"

/* The polynomial, its highest power in the lowest bit as gzip has it. */
#define POLYNOMIAL 0xedb88320u

#define LANES 8

/* tables[n][byte]: what a byte does to the checksum when n more bytes follow it. */
static uint32_t tables[LANES][256];

static void make_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t rest = byte;
        for (int bit = 0; bit < 8; bit++) {
            rest = rest >> 1 ^ ((rest & 1) != 0 ? POLYNOMIAL : 0);
        }
        tables[0][byte] = rest;
    }
    for (int lane = 1; lane < LANES; lane++) {
        for (int byte = 0; byte < 256; byte++) {
            uint32_t before = tables[lane - 1][byte];
            tables[lane][byte] = before >> 8 ^ tables[0][before & 0xff];
        }
    }
}

uint32_t crc_of(struct slice bytes)
{
    const unsigned char *at = bytes.base;
    size_t left = bytes.size;
    uint32_t crc = UINT32_MAX;
    if (tables[0][1] == 0) {
        make_tables();
    }
    for (; left >= LANES; left -= LANES, at += LANES) {
        crc ^=
            (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        crc = tables[7][crc & 0xff] ^ tables[6][crc >> 8 & 0xff] ^ tables[5][crc >> 16 & 0xff] ^
              tables[4][crc >> 24] ^ tables[3][at[4]] ^ tables[2][at[5]] ^ tables[1][at[6]] ^
              tables[0][at[7]];
    }
    for (; left > 0; left--, at++) {
        crc = crc >> 8 ^ tables[0][(crc ^ *at) & 0xff];
    }
    return ~crc;
}
