/* SPDX-License-Identifier: Apache-2.0 */
#include "store/codec.h"
#include "store/dedupe.h"
#include "store/index.h"
#include "store/segment.h"
#include "store/shelf.h"

#include "base/prng.h"
#include "lib/cm.h"

#include <string.h>

static struct hash_128 hash_of(uint32_t number)
{
    struct hash_128 hash = {{0}};
    memcpy(hash.bytes, &number, sizeof(number));
    return hash;
}

/* A body is known for its time, and not longer; the oldest goes first when there is no room. */
static void test_dedupe(void **state)
{
    struct dedupe dedupe;
    (void)state;
    assert_int_equal(dedupe_init(&dedupe, 4, 100), STATUS_OK);
    for (uint32_t i = 0; i < 6; i++) {
        struct hash_128 hash = hash_of(i);
        assert_false(dedupe_find(&dedupe, &hash, 10));
        assert_true(dedupe_add(&dedupe, &hash, 10 + i));
    }
    assert_int_equal(dedupe.forgotten_early, 2);
    struct hash_128 first = hash_of(1);
    struct hash_128 third = hash_of(2);
    struct hash_128 last = hash_of(5);
    assert_false(dedupe_find(&dedupe, &first, 20));
    assert_true(dedupe_find(&dedupe, &third, 112));
    assert_false(dedupe_find(&dedupe, &third, 113));
    assert_true(dedupe_find(&dedupe, &last, 115));
    /* The clock may go back. */
    assert_true(dedupe_find(&dedupe, &last, 1));
    dedupe_take_back(&dedupe, 1);
    assert_false(dedupe_find(&dedupe, &last, 15));
    dedupe_fini(&dedupe);
}

static struct id16 id_of(uint32_t number)
{
    struct id16 id = {{0}};
    memcpy(id.bytes, &number, sizeof(number));
    return id;
}

static size_t find(struct index *index, const struct id16 *ids, size_t id_count, struct refs *refs)
{
    refs_fini(refs);
    index_find(index, NULL, ids, id_count, refs);
    refs_settle(refs);
    assert_false(refs->failed);
    return refs->count;
}

/* Frames are found open and closed alike, each once, in log order, and not after forgetting. */
static void test_index(void **state)
{
    struct index *index;
    struct hash_key key = {{1, 2}};
    struct refs refs = {.items = NULL};
    (void)state;
    assert_int_equal(index_create(&index, &key), STATUS_OK);
    for (uint32_t segment = 1; segment <= 3; segment++) {
        assert_int_equal(index_open(index, segment), STATUS_OK);
        for (uint32_t frame = 0; frame < 1000; frame++) {
            struct frame_ref ref = {.segment = segment, .offset = 64 + frame * 100};
            assert_true(index_note(index, id_of(frame / 2), ref));
            assert_true(index_note(index, id_of(frame / 2), ref));
            assert_true(index_note(index, id_of(100000), ref));
        }
    }
    struct id16 ids[2] = {id_of(7), id_of(7)};
    assert_int_equal(find(index, ids, 2, &refs), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(refs.items[i].segment, 1 + i / 2);
        assert_int_equal(refs.items[i].offset, 64 + (14 + i % 2) * 100);
    }
    ids[1] = id_of(100000);
    assert_int_equal(find(index, ids, 2, &refs), 3000);
    index_forget(index, 2);
    assert_int_equal(find(index, ids, 1, &refs), 2);
    assert_int_equal(refs.items[0].segment, 3);
    ids[0] = id_of(5000);
    assert_int_equal(find(index, ids, 1, &refs), 0);
    refs_fini(&refs);
    index_free(index);
}

/* Who holds segments finds what is dropped meanwhile; others do not, and nothing is left behind. */
static void test_index_hold(void **state)
{
    struct index *index;
    struct hash_key key = {{1, 2}};
    struct refs refs = {.items = NULL};
    struct id16 id = id_of(7);
    (void)state;
    assert_int_equal(index_create(&index, &key), STATUS_OK);
    for (uint32_t segment = 1; segment <= 3; segment++) {
        assert_int_equal(index_open(index, segment), STATUS_OK);
        assert_true(index_note(index, id, (struct frame_ref){segment, 64}));
    }
    struct index_hold *hold = index_hold(index);
    struct index_hold *other = index_hold(index);
    index_drop(index, 2);
    assert_false(index_has(index, 2));
    assert_true(index_has(index, 3));
    assert_int_equal(find(index, &id, 1, &refs), 2);
    index_release(index, other);
    index_find(index, hold, &id, 1, &refs);
    refs_settle(&refs);
    assert_int_equal(refs.count, 3);
    assert_int_equal(refs.items[1].segment, 2);
    index_forget(index, 1);
    index_release(index, hold);
    assert_int_equal(find(index, &id, 1, &refs), 1);
    assert_int_equal(refs.items[0].segment, 3);
    index_release(index, NULL);
    refs_fini(&refs);
    index_free(index);
}

/* A body comes back as it was, compressible or not, short or not; damage is noticed. */
static void test_codec(void **state)
{
    struct prng prng;
    static unsigned char body[5000];
    static unsigned char stored[8000];
    static unsigned char back[5000];
    (void)state;
    prng_init(&prng, 1);
    assert_true(codec_bound(sizeof(body)) <= sizeof(stored));
    static const size_t sizes[] = {0, sizeof(body), sizeof(body), 4096};
    for (int kind = 0; kind < 4; kind++) {
        size_t size = sizes[kind];
        size_t stored_size;
        memset(body, 'x', sizeof(body));
        if (kind == 2) {
            prng_fill(&prng, body, sizeof(body));
        }
        enum frame_codec how = codec_deflate(slice_of(body, size), stored, &stored_size);
        assert_int_equal(how, kind == 1 ? FRAME_CODEC_LZ4 : FRAME_CODEC_RAW);
        assert_true(stored_size <= size);
        struct slice bytes = slice_of(stored, stored_size);
        assert_int_equal(codec_inflate(bytes, how, back, size), STATUS_OK);
        assert_memory_equal(back, body, size);
        if (size > 0) {
            assert_int_equal(codec_inflate(slice_take(bytes, stored_size - 1), how, back, size),
                             STATUS_BAD);
            assert_int_equal(codec_inflate(bytes, how, back, size - 1), STATUS_BAD);
        }
    }
}

/* A body of a log that was written before LZ4 was: 5000 times x, as zstd has it. */
static void test_codec_of_before(void **state)
{
    static const unsigned char stored[] = {0x28, 0xb5, 0x2f, 0xfd, 0x60, 0x88, 0x12,
                                           0x4d, 0x00, 0x00, 0x10, 0x78, 0x78, 0x01,
                                           0x00, 0x83, 0xd3, 0x03, 0x2c};
    static unsigned char back[5000];
    struct slice bytes = slice_of(stored, sizeof(stored));
    (void)state;
    assert_int_equal(codec_inflate(bytes, FRAME_CODEC_ZSTD, back, sizeof(back)), STATUS_OK);
    for (size_t i = 0; i < sizeof(back); i++) {
        assert_int_equal(back[i], 'x');
    }
    assert_int_equal(codec_inflate(bytes, FRAME_CODEC_ZSTD, back, sizeof(back) - 1), STATUS_BAD);
    for (size_t size = 0; size < sizeof(stored); size++) {
        assert_int_equal(
            codec_inflate(slice_take(bytes, size), FRAME_CODEC_ZSTD, back, sizeof(back)),
            STATUS_BAD);
    }
    assert_int_equal(codec_inflate(bytes, FRAME_CODEC_LZ4, back, sizeof(back)), STATUS_BAD);
}

/* Names carry time and number, and nothing else passes for one. */
static void test_names(void **state)
{
    char name[SEGMENT_NAME_SIZE];
    uint32_t number;
    (void)state;
    segment_name(7, UINT64_C(1795445605) * 1000000000, name);
    assert_string_equal(name, "20261123T145325Z-00000007");
    assert_true(segment_name_parse(name, &number));
    assert_int_equal(number, 7);
    assert_false(segment_name_parse("x", &number));
    assert_false(segment_name_parse("x-", &number));
    assert_false(segment_name_parse("x-0", &number));
    assert_false(segment_name_parse("x-4294967296", &number));
    assert_false(segment_name_parse("x-1.tmp", &number));
}

/* The shelf answers by number, and gives up its oldest. */
static void test_shelf(void **state)
{
    struct shelf shelf;
    struct segment segment;
    uint64_t bytes;
    uint64_t frames;
    (void)state;
    assert_int_equal(shelf_init(&shelf), STATUS_OK);
    assert_false(shelf_oldest(&shelf, &segment));
    for (uint32_t i = 1; i <= 40; i++) {
        struct segment one = {.number = 2 * i, .end = 10, .frames = 1};
        assert_int_equal(shelf_set(&shelf, &one), STATUS_OK);
        one.end = 100;
        assert_int_equal(shelf_set(&shelf, &one), STATUS_OK);
    }
    assert_int_equal(shelf_sum(&shelf, &bytes, &frames), 40);
    assert_int_equal(bytes, 4000);
    assert_int_equal(frames, 40);
    assert_true(shelf_get(&shelf, 80, &segment));
    assert_false(shelf_get(&shelf, 81, &segment));
    shelf_drop_oldest(&shelf);
    assert_false(shelf_get(&shelf, 2, &segment));
    assert_true(shelf_oldest(&shelf, &segment));
    assert_int_equal(segment.number, 4);
    shelf_fini(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dedupe),          cmocka_unit_test(test_index),
        cmocka_unit_test(test_index_hold),      cmocka_unit_test(test_codec),
        cmocka_unit_test(test_codec_of_before), cmocka_unit_test(test_names),
        cmocka_unit_test(test_shelf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
