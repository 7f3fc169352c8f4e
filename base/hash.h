/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_HASH_H
#define THAW_BASE_HASH_H

#include "base/slice.h"

#include <stdint.h>

/*
 * Checksums and hashes of bytes.  Pure; any thread.
 *
 * crc32c finds damage.  SipHash-2-4 is for hash tables whose keys come from
 * outside, and, with 128 bits, for recognising the same body again: without
 * the key nobody can make two inputs collide.
 */

/* A secret key: from entropy.h in programs, fixed in tests. */
struct hash_key {
    uint64_t words[2];
};

/* The 128-bit answer. */
struct hash_128 {
    unsigned char bytes[16];
};

/* CRC-32C (Castagnoli) of the bytes.  Begin with crc = 0; to continue, pass the previous answer:
 * hash_crc32c(hash_crc32c(0, a), b) is the checksum of a followed by b. */
uint32_t hash_crc32c(uint32_t crc, struct slice bytes);

/* SipHash-2-4 with 64 bits. */
uint64_t hash_sip64(const struct hash_key *key, struct slice bytes);

/* SipHash-2-4 with 128 bits. */
struct hash_128 hash_sip128(const struct hash_key *key, struct slice bytes);

/* Spread an integer over 64 bits (not keyed): for rows, sequence numbers and other trusted keys. */
uint64_t hash_u64(uint64_t value);

#endif
