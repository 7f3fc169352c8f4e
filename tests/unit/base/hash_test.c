/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/hash_long.h"

#include "base/hex.h"
#include "lib/cm.h"
#include "lib/guard.h"

#include <string.h>

/* The check value of the catalogue, and those of RFC 3720 B.4 for 32 bytes. */
static void crc32c_known(void **state)
{
    (void)state;
    unsigned char bytes[32] = {0};

    assert_int_equal(hash_crc32c(0, SLICE("123456789")), 0xe3069283);
    assert_int_equal(hash_crc32c(0, SLICE_EMPTY), 0);
    assert_int_equal(hash_crc32c(0, slice_of(bytes, 32)), 0x8a9136aa);
    memset(bytes, 0xff, 32);
    assert_int_equal(hash_crc32c(0, slice_of(bytes, 32)), 0x62a8ab43);
    for (unsigned char i = 0; i < 32; i++) {
        bytes[i] = i;
    }
    assert_int_equal(hash_crc32c(0, slice_of(bytes, 32)), 0x46dd794e);
}

/* Cutting the input anywhere and going on gives the same checksum. */
static void crc32c_parts(void **state)
{
    (void)state;
    struct slice all = SLICE("The quick brown fox jumps over the lazy dog.");
    uint32_t whole = hash_crc32c(0, all);

    for (size_t cut = 0; cut <= all.size; cut++) {
        uint32_t part = hash_crc32c(0, slice_take(all, cut));
        assert_int_equal(hash_crc32c(part, slice_skip(all, cut)), whole);
    }
}

/* A processor's instruction and the tables agree, whatever the size and wherever it lies. */
static void crc32c_both_ways(void **state)
{
    (void)state;
    unsigned char bytes[96];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * 167 + 13);
    }
    for (size_t from = 0; from < 16; from++) {
        for (size_t size = 0; size <= sizeof(bytes) - from; size++) {
            struct slice part = slice_of(bytes + from, size);
            uint32_t seed = (uint32_t)(from * 0x1234567u);
            assert_int_equal(hash_crc32c(seed, part), hash_crc32c_by_tables(seed, part));
        }
    }
}

/* Long ones too, whatever is left behind their pieces. */
static void crc32c_long(void **state)
{
    (void)state;
    static unsigned char bytes[20000];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * i * 167 + i / 256);
    }
    for (size_t size = 0; size <= sizeof(bytes); size += size < 50 ? 1 : 331) {
        struct slice part = slice_of(bytes + size % 9, size - (size > 8 ? 8 : 0));
        assert_int_equal(hash_long_crc32c((uint32_t)size, part),
                         hash_crc32c_by_tables((uint32_t)size, part));
    }
    for (size_t size = 3070; size <= 3074; size++) {
        struct slice part = slice_of(bytes, size);
        assert_int_equal(hash_long_crc32c(7, part), hash_crc32c(7, part));
    }
}

static struct hash_key reference_key(void)
{
    return (struct hash_key){{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
}

/* The paper's example of SipHash-2-4, and the reference's first and second vectors. */
static void sip64_known(void **state)
{
    (void)state;
    struct hash_key key = reference_key();
    unsigned char bytes[15];

    for (unsigned char i = 0; i < 15; i++) {
        bytes[i] = i;
    }
    assert_true(hash_sip64(&key, slice_of(bytes, 15)) == UINT64_C(0xa129ca6149be45e5));
    assert_true(hash_sip64(&key, SLICE_EMPTY) == UINT64_C(0x726fdb47dd0e0e31));
    assert_true(hash_sip64(&key, slice_of(bytes, 1)) == UINT64_C(0x74f839c593dc67fd));
}

/* The reference's first two vectors with 128 bits. */
static void sip128_known(void **state)
{
    (void)state;
    struct hash_key key = reference_key();
    char text[33] = "";
    struct hash_128 answer = hash_sip128(&key, SLICE_EMPTY);

    hex_encode(slice_of(answer.bytes, 16), text);
    assert_string_equal(text, "a3817f04ba25a8e66df67214c7550293");
    answer = hash_sip128(&key, SLICE("\0"));
    hex_encode(slice_of(answer.bytes, 16), text);
    assert_string_equal(text, "da87c1d86b99af44347659119b22fc45");
}

/* The secret words of a key: as many in a test as a program has. */
static const struct hash_bulk *reference_bulk(void)
{
    static struct hash_bulk bulk;
    struct hash_key key = reference_key();

    hash_bulk_init(&bulk, &key);
    return &bulk;
}

/* A change of any byte, or of the size by zeros, around the sizes where pieces end, is another
 * hash; the same bytes elsewhere are the same. */
static void bulk_differs(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 7, 8, 15, 16, 17, 31, 511, 512, 513, 1023, 1024, 1025};
    const struct hash_bulk *bulk = reference_bulk();
    unsigned char bytes[1032] = {0};
    unsigned char moved[1032 + 1];

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct slice all = slice_of(bytes, sizes[i]);
        uint64_t short_hash = hash_bulk64(bulk, all);
        struct hash_128 long_hash = hash_bulk128(bulk, all);
        memcpy(moved + 1, bytes, sizes[i]);
        struct slice elsewhere = slice_of(moved + 1, sizes[i]);
        assert_true(hash_bulk64(bulk, elsewhere) == short_hash);
        struct hash_128 other = hash_bulk128(bulk, elsewhere);
        assert_memory_equal(other.bytes, long_hash.bytes, 16);
        struct slice longer = slice_of(bytes, sizes[i] + 1);
        assert_true(hash_bulk64(bulk, longer) != short_hash);
        other = hash_bulk128(bulk, longer);
        assert_memory_not_equal(other.bytes, long_hash.bytes, 16);
        for (size_t at = 0; at < sizes[i]; at++) {
            bytes[at] ^= 0x80;
            assert_true(hash_bulk64(bulk, all) != short_hash);
            other = hash_bulk128(bulk, all);
            assert_memory_not_equal(other.bytes, long_hash.bytes, 16);
            bytes[at] ^= 0x80;
        }
    }
}

/* Another key makes other hashes. */
static void bulk_keyed(void **state)
{
    (void)state;
    static struct hash_bulk other;
    struct hash_key key = {{1, 2}};

    hash_bulk_init(&other, &key);
    assert_true(hash_bulk64(&other, SLICE("line")) != hash_bulk64(reference_bulk(), SLICE("line")));
}

/* Every length reads nothing behind its input. */
static void bounds(void **state)
{
    (void)state;
    struct hash_key key = reference_key();

    for (size_t size = 0; size < 40; size++) {
        struct guard_copy copy =
            guard_copy_create(slice_of("0123456789012345678901234567890123456789", size));
        (void)hash_crc32c(0, copy.bytes);
        (void)hash_sip64(&key, copy.bytes);
        (void)hash_sip128(&key, copy.bytes);
        (void)hash_bulk64(reference_bulk(), copy.bytes);
        (void)hash_bulk128(reference_bulk(), copy.bytes);
        guard_copy_free(&copy);
    }
}

/* Neighbours are spread: 4096 integers in 4096 buckets leave no bucket crowded. */
static void spreading(void **state)
{
    (void)state;
    static unsigned counts[4096];

    for (uint64_t i = 0; i < 4096; i++) {
        counts[hash_u64(i) & 4095]++;
    }
    for (unsigned i = 0; i < 4096; i++) {
        assert_true(counts[i] < 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_known),     cmocka_unit_test(crc32c_parts),
        cmocka_unit_test(crc32c_both_ways), cmocka_unit_test(crc32c_long),
        cmocka_unit_test(sip64_known),      cmocka_unit_test(sip128_known),
        cmocka_unit_test(bulk_differs),     cmocka_unit_test(bulk_keyed),
        cmocka_unit_test(bounds),           cmocka_unit_test(spreading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
