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

/* The same on a processor that has no instruction for it, a dozen times slower. */
uint32_t hash_crc32c_by_tables(uint32_t crc, struct slice bytes);

/* SipHash-2-4 with 64 bits. */
uint64_t hash_sip64(const struct hash_key *key, struct slice bytes);

/* SipHash-2-4 with 128 bits. */
struct hash_128 hash_sip128(const struct hash_key *key, struct slice bytes);

/*
 * For much text: a sum of products of its words with secret words for each 512 bytes (NH of UMAC,
 * on 64 bits), which takes a small part of SipHash's time, and SipHash over the sums.  Two texts
 * that somebody chose without the key have the same sum by a chance of 2^-64.
 */
enum { HASH_BULK_WORDS = 64 };

struct hash_bulk {
    struct hash_key key;
    uint64_t words[HASH_BULK_WORDS + 2];
};

/* Make the secret words of a key. */
void hash_bulk_init(struct hash_bulk *bulk, const struct hash_key *key);

/* 64 bits of text of any size: for tables; and 128 bits, for recognising the same body again. */
uint64_t hash_bulk64(const struct hash_bulk *bulk, struct slice bytes);
struct hash_128 hash_bulk128(const struct hash_bulk *bulk, struct slice bytes);

/* Spread an integer over 64 bits (not keyed): for rows, sequence numbers and other trusted keys. */
uint64_t hash_u64(uint64_t value);

#endif
