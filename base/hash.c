/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include "base/hash_crc.h"

#include <endian.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

/* CRC-32C: the polynomial 0x1edc6f41 with its bits reversed. */
static const uint32_t crc_polynomial = 0x82f63b78;

/* crc_tables[k][b]: the remainder of byte b followed by k zero bytes, so that eight bytes are taken
 * in at once.  Filled when they are needed first. */
static uint32_t crc_tables[8][256];
static pthread_once_t crc_tables_once = PTHREAD_ONCE_INIT;

/* Whether the processor has an instruction for it: asked for once, and not at the start, because a
 * virtual processor takes its time to answer. */
static bool crc_instruction;
static pthread_once_t crc_instruction_once = PTHREAD_ONCE_INIT;

static void crc_fill_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ crc_polynomial : crc >> 1;
        }
        crc_tables[0][byte] = crc;
    }
    for (unsigned k = 1; k < 8; k++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t crc = crc_tables[k - 1][byte];
            crc_tables[k][byte] = crc >> 8 ^ crc_tables[0][crc & 0xff];
        }
    }
}

static uint64_t hash_load64(const unsigned char *bytes, size_t size)
{
    uint64_t word = 0;

    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)bytes[i] << (8 * i);
    }
    return word;
}

/* Eight bytes, little end first: one load where the machine is like that. */
static uint64_t hash_load_word(const unsigned char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return le64toh(word);
}

uint32_t hash_crc32c_by_tables(uint32_t crc, struct slice bytes)
{
    const unsigned char *at = bytes.base;
    size_t left = bytes.size;

    pthread_once(&crc_tables_once, crc_fill_tables);
    crc = ~crc;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word = hash_load_word(at) ^ crc;
        crc = 0;
        for (unsigned k = 0; k < 8; k++) {
            crc ^= crc_tables[7 - k][word >> (8 * k) & 0xff];
        }
    }
    for (; left > 0; at++, left--) {
        crc = crc >> 8 ^ crc_tables[0][(crc ^ *at) & 0xff];
    }
    return ~crc;
}

#ifdef HASH_CRC_WORD

static void crc_find_instruction(void)
{
    crc_instruction = hash_crc_found();
}

uint32_t hash_crc32c(uint32_t crc, struct slice bytes)
{
    const unsigned char *at = bytes.base;
    size_t left = bytes.size;

    pthread_once(&crc_instruction_once, crc_find_instruction);
    if (!crc_instruction) {
        return hash_crc32c_by_tables(crc, bytes);
    }
    crc = ~crc;
    for (; left >= 8; at += 8, left -= 8) {
        crc = hash_crc_word(crc, hash_load_word(at));
    }
    for (; left > 0; at++, left--) {
        crc = hash_crc_byte(crc, *at);
    }
    return ~crc;
}

#else

uint32_t hash_crc32c(uint32_t crc, struct slice bytes)
{
    return hash_crc32c_by_tables(crc, bytes);
}

#endif

static uint64_t hash_rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

struct sip {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;
};

static inline void sip_round(struct sip *sip)
{
    sip->v0 += sip->v1;
    sip->v2 += sip->v3;
    sip->v1 = hash_rotate(sip->v1, 13) ^ sip->v0;
    sip->v3 = hash_rotate(sip->v3, 16) ^ sip->v2;
    sip->v0 = hash_rotate(sip->v0, 32);
    sip->v2 += sip->v1;
    sip->v0 += sip->v3;
    sip->v1 = hash_rotate(sip->v1, 17) ^ sip->v2;
    sip->v3 = hash_rotate(sip->v3, 21) ^ sip->v0;
    sip->v2 = hash_rotate(sip->v2, 32);
}

static void sip_end(struct sip *sip)
{
    for (unsigned i = 0; i < 4; i++) {
        sip_round(sip);
    }
}

static inline void sip_word(struct sip *sip, uint64_t word)
{
    sip->v3 ^= word;
    sip_round(sip);
    sip_round(sip);
    sip->v0 ^= word;
}

static inline struct sip sip_begin(const struct hash_key *key, bool wide)
{
    return (struct sip){
        .v0 = key->words[0] ^ UINT64_C(0x736f6d6570736575),
        .v1 = key->words[1] ^ UINT64_C(0x646f72616e646f6d) ^ (wide ? 0xee : 0),
        .v2 = key->words[0] ^ UINT64_C(0x6c7967656e657261),
        .v3 = key->words[1] ^ UINT64_C(0x7465646279746573),
    };
}

/* Take in the last word; what differs between 64 and 128 bits is the start and the end. */
static inline void sip_last(struct sip *sip, uint64_t word, bool wide)
{
    sip_word(sip, word);
    sip->v2 ^= wide ? 0xee : 0xff;
    sip_end(sip);
}

/* Take in all bytes. */
static struct sip sip_absorb(const struct hash_key *key, struct slice bytes, bool wide)
{
    struct sip sip = sip_begin(key, wide);
    size_t whole = bytes.size & ~(size_t)7;

    for (size_t i = 0; i < whole; i += 8) {
        sip_word(&sip, hash_load_word(bytes.base + i));
    }
    uint64_t last = (uint64_t)bytes.size << 56;
    if (bytes.size > whole) {
        last |= hash_load64(bytes.base + whole, bytes.size - whole);
    }
    sip_last(&sip, last, wide);
    return sip;
}

static uint64_t sip_fold(const struct sip *sip)
{
    return sip->v0 ^ sip->v1 ^ sip->v2 ^ sip->v3;
}

uint64_t hash_sip64(const struct hash_key *key, struct slice bytes)
{
    struct sip sip = sip_absorb(key, bytes, false);

    return sip_fold(&sip);
}

/* The 128 bits of what was taken in as wide. */
static struct hash_128 sip_wide(struct sip *sip)
{
    uint64_t words[2];
    struct hash_128 answer;

    words[0] = sip_fold(sip);
    sip->v1 ^= 0xdd;
    sip_end(sip);
    words[1] = sip_fold(sip);
    for (size_t i = 0; i < sizeof(answer.bytes); i++) {
        answer.bytes[i] = (unsigned char)(words[i / 8] >> (8 * (i % 8)));
    }
    return answer;
}

struct hash_128 hash_sip128(const struct hash_key *key, struct slice bytes)
{
    struct sip sip = sip_absorb(key, bytes, true);

    return sip_wide(&sip);
}

/* ---- Much text. ---- */

/* Bytes that one sum is of: as many as there are secret words. */
#define HASH_BULK_PIECE ((size_t)HASH_BULK_WORDS * 8)

/* A sum of products. */
struct bulk_sum {
    uint64_t low;
    uint64_t high;
};

void hash_bulk_init(struct hash_bulk *bulk, const struct hash_key *key)
{
    bulk->key = *key;
    for (uint64_t i = 0; i < sizeof(bulk->words) / sizeof(bulk->words[0]); i++) {
        bulk->words[i] = hash_sip64(key, slice_of(&i, sizeof(i)));
    }
}

static inline unsigned __int128 bulk_product(const unsigned char *at, const uint64_t *words)
{
    return (unsigned __int128)(hash_load_word(at) + words[0]) * (hash_load_word(at + 8) + words[1]);
}

/* The sum of a piece at most.  What is missing of the last sixteen bytes is taken as 0: the size
 * goes in with the sums. */
static inline struct bulk_sum bulk_sum(const uint64_t *words, struct slice piece)
{
    unsigned __int128 sum = 0;
    size_t at = 0;

    for (; piece.size - at >= 16; at += 16) {
        sum += bulk_product(piece.base + at, words + at / 8);
    }
    if (at < piece.size) {
        unsigned char last[16] = {0};
        memcpy(last, piece.base + at, piece.size - at);
        sum += bulk_product(last, words + at / 8);
    }
    return (struct bulk_sum){(uint64_t)sum, (uint64_t)(sum >> 64)};
}

/* Of one sum and the size, by one more product. */
static inline uint64_t bulk_fold(const struct hash_bulk *bulk, struct bulk_sum sum, size_t size)
{
    const uint64_t *words = &bulk->words[HASH_BULK_WORDS];
    unsigned __int128 product =
        (unsigned __int128)(sum.low + words[0]) * ((sum.high ^ hash_u64(size)) + words[1]);

    return hash_u64((uint64_t)product ^ (uint64_t)(product >> 64));
}

uint64_t hash_bulk64(const struct hash_bulk *bulk, struct slice bytes)
{
    if (bytes.size <= HASH_BULK_PIECE) {
        return bulk_fold(bulk, bulk_sum(bulk->words, bytes), bytes.size);
    }
    struct sip sip = sip_begin(&bulk->key, false);

    for (struct slice rest = bytes; rest.size > 0; rest = slice_skip(rest, HASH_BULK_PIECE)) {
        struct bulk_sum sum = bulk_sum(bulk->words, slice_take(rest, HASH_BULK_PIECE));
        sip_word(&sip, sum.low);
        sip_word(&sip, sum.high);
    }
    sip_last(&sip, bytes.size, false);
    return sip_fold(&sip);
}

/* The sums of a piece with the words and with those two further on. */
static inline void bulk_sums(const uint64_t *words, struct slice piece, struct bulk_sum sums[2])
{
    unsigned __int128 first = 0;
    unsigned __int128 second = 0;
    size_t at = 0;

    for (; piece.size - at >= 16; at += 16) {
        uint64_t low = hash_load_word(piece.base + at);
        uint64_t high = hash_load_word(piece.base + at + 8);
        const uint64_t *here = words + at / 8;
        first += (unsigned __int128)(low + here[0]) * (high + here[1]);
        second += (unsigned __int128)(low + here[2]) * (high + here[3]);
    }
    if (at < piece.size) {
        unsigned char last[16] = {0};
        memcpy(last, piece.base + at, piece.size - at);
        first += bulk_product(last, words + at / 8);
        second += bulk_product(last, words + at / 8 + 2);
    }
    sums[0] = (struct bulk_sum){(uint64_t)first, (uint64_t)(first >> 64)};
    sums[1] = (struct bulk_sum){(uint64_t)second, (uint64_t)(second >> 64)};
}

/* Two sums with other words make 2^-128 of the 2^-64. */
struct hash_128 hash_bulk128(const struct hash_bulk *bulk, struct slice bytes)
{
    struct sip sip = sip_begin(&bulk->key, true);

    for (struct slice rest = bytes; rest.size > 0; rest = slice_skip(rest, HASH_BULK_PIECE)) {
        struct bulk_sum sums[2];
        bulk_sums(bulk->words, slice_take(rest, HASH_BULK_PIECE), sums);
        for (size_t i = 0; i < 2; i++) {
            sip_word(&sip, sums[i].low);
            sip_word(&sip, sums[i].high);
        }
    }
    sip_last(&sip, bytes.size, true);
    return sip_wide(&sip);
}

uint64_t hash_u64(uint64_t value)
{
    value = (value ^ value >> 33) * UINT64_C(0xff51afd7ed558ccd);
    value = (value ^ value >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return value ^ value >> 33;
}
