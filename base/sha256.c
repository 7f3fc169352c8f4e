/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sha256.h"

#include <stdint.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)64)
#define SIZE_AT    ((size_t)56) /* Where the size stands in the last block. */

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t word, unsigned by)
{
    return word >> by | word << (32 - by);
}

static uint32_t load(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store(uint32_t word, unsigned char *bytes)
{
    for (unsigned i = 0; i < 4; i++) {
        bytes[i] = (unsigned char)(word >> (24 - 8 * i));
    }
}

static void mix(uint32_t state[8], const unsigned char *block)
{
    uint32_t words[64];
    uint32_t v[8];
    for (size_t i = 0; i < 16; i++) {
        words[i] = load(block + 4 * i);
    }
    for (size_t i = 16; i < 64; i++) {
        uint32_t near = words[i - 2];
        uint32_t far = words[i - 15];
        words[i] = words[i - 16] + (turn(far, 7) ^ turn(far, 18) ^ far >> 3) + words[i - 7] +
                   (turn(near, 17) ^ turn(near, 19) ^ near >> 10);
    }
    memcpy(v, state, sizeof(v));
    for (size_t i = 0; i < 64; i++) {
        uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        uint32_t one = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) + choice +
                       constants[i] + words[i];
        uint32_t two = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) + majority;
        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += one;
        v[0] = one + two;
    }
    for (size_t i = 0; i < 8; i++) {
        state[i] += v[i];
    }
}

void sha256_digest(struct slice bytes, unsigned char digest[SHA256_SIZE])
{
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    unsigned char block[BLOCK_SIZE] = {0};
    uint64_t bits = (uint64_t)bytes.size * 8;
    while (bytes.size >= BLOCK_SIZE) {
        mix(state, bytes.base);
        bytes = slice_skip(bytes, BLOCK_SIZE);
    }
    if (bytes.size > 0) {
        memcpy(block, bytes.base, bytes.size);
    }
    block[bytes.size] = 0x80;
    if (bytes.size >= SIZE_AT) {
        mix(state, block);
        memset(block, 0, sizeof(block));
    }
    store((uint32_t)(bits >> 32), block + SIZE_AT);
    store((uint32_t)bits, block + SIZE_AT + 4);
    mix(state, block);
    for (size_t i = 0; i < 8; i++) {
        store(state[i], digest + 4 * i);
    }
}
