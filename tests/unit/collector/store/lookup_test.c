/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lookup.h"

#include "base/prng.h"
#include "lib/cm.h"

#include <stdlib.h>

/* Hashes that differ in what is kept of them when there is one page. */
#define ID(number) (UINT64_C(number) << 32)

struct written {
    struct buf buf;
    struct lookup lookup;
    struct slice pages;
};

static void write_all(struct written *written, struct lookup_entry *entries, size_t count)
{
    buf_init_growing(&written->buf, SIZE_MAX);
    uint32_t left = (uint32_t)lookup_write(entries, count, &written->buf);
    struct slice starts = slice_take(buf_bytes(&written->buf), lookup_starts_size(left));
    assert_int_equal(lookup_init(&written->lookup, left, starts), STATUS_OK);
    written->pages = slice_skip(buf_bytes(&written->buf), starts.size);
}

static void forget(struct written *written)
{
    lookup_fini(&written->lookup);
    buf_fini(&written->buf);
}

static size_t find(const struct written *written, uint64_t hash, uint16_t *blocks, size_t max)
{
    size_t found;
    struct lookup_page page = lookup_page_of(&written->lookup, hash);
    struct slice bytes = slice_take(slice_skip(written->pages, (size_t)page.offset), page.size);
    assert_int_equal(bytes.size, page.size);
    assert_int_equal(lookup_find(&written->lookup, bytes, hash, blocks, max, &found), STATUS_OK);
    return found;
}

/* Every id that was written is found with its blocks, and others are not: for all sizes around
 * those at which the number of pages changes. */
static void test_found(void **state)
{
    static const size_t counts[] = {0, 1, 2, 63, 64, 65, 66, 128, 129, 130, 1000, 20000};
    (void)state;
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
        size_t count = counts[c];
        struct lookup_entry *entries = calloc(count + 1, sizeof(entries[0]));
        struct lookup_entry *kept = calloc(count + 1, sizeof(entries[0]));
        struct prng prng;
        assert_non_null(entries);
        assert_non_null(kept);
        prng_init(&prng, count + 1);
        for (size_t i = 0; i < count; i++) {
            kept[i] = entries[i] =
                (struct lookup_entry){prng_next(&prng), (uint16_t)prng_below(&prng, 100)};
        }
        struct written written;
        write_all(&written, entries, count);
        assert_int_equal(written.lookup.count, count);
        for (size_t i = 0; i < count; i++) {
            uint16_t block = 0;
            assert_int_equal(find(&written, kept[i].hash, &block, 1), 1);
            assert_int_equal(block, kept[i].block);
        }
        for (size_t i = 0; i < 1000; i++) {
            assert_int_equal(find(&written, prng_next(&prng), NULL, 0), 0);
        }
        forget(&written);
        free(entries);
        free(kept);
    }
}

/* An id of several blocks has them all, each once; those that have no room are counted. */
static void test_many_blocks(void **state)
{
    struct lookup_entry entries[] = {
        {ID(7), 3}, {ID(7), 1}, {ID(7), 3}, {ID(9), 2}, {ID(7), LOOKUP_NO_BLOCK}};
    struct written written;
    uint16_t blocks[2] = {0, 0};
    (void)state;
    write_all(&written, entries, 5);
    assert_int_equal(written.lookup.count, 4);
    assert_int_equal(find(&written, ID(7), blocks, 2), 3);
    assert_int_equal(blocks[0], 1);
    assert_int_equal(blocks[1], 3);
    forget(&written);
}

/* Ids that differ only below what is kept of them are taken for one another, never missed. */
static void test_prints(void **state)
{
    struct lookup_entry entries[] = {{ID(5), 1}};
    struct written written;
    uint16_t block;
    (void)state;
    write_all(&written, entries, 1);
    assert_int_equal(find(&written, ID(5) + 1, &block, 1), 1);
    assert_int_equal(find(&written, ID(6), &block, 1), 0);
    forget(&written);
}

/* A page of which a bit has changed is damaged: it does not say that an id is not there. */
static void test_damaged_page(void **state)
{
    struct lookup_entry entries[] = {{ID(1), 1}, {ID(2), 2}};
    struct written written;
    (void)state;
    write_all(&written, entries, 2);
    unsigned char page[64];
    size_t size = written.pages.size;
    memcpy(page, written.pages.base, size);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        size_t found;
        page[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(lookup_find(&written.lookup, slice_of(page, size), ID(1), NULL, 0, &found),
                         STATUS_BAD);
        page[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    for (size_t less = 0; less < size; less++) {
        size_t found;
        assert_int_equal(lookup_find(&written.lookup, slice_of(page, less), ID(1), NULL, 0, &found),
                         STATUS_BAD);
    }
    forget(&written);
}

/* Starts that do not ascend, do not begin at 0, or do not end at the count are refused. */
static void test_bad_starts(void **state)
{
    static const unsigned char good[] = {0, 0, 0, 0, 5, 0, 0, 0};
    static const unsigned char late[] = {1, 0, 0, 0, 5, 0, 0, 0};
    static const unsigned char short_by_one[] = {0, 0, 0, 0, 4, 0, 0, 0};
    struct lookup lookup;
    (void)state;
    assert_int_equal(lookup_init(&lookup, 5, slice_of(good, 8)), STATUS_OK);
    lookup_fini(&lookup);
    assert_int_equal(lookup_init(&lookup, 5, slice_of(late, 8)), STATUS_BAD);
    assert_int_equal(lookup_init(&lookup, 5, slice_of(short_by_one, 8)), STATUS_BAD);
    assert_int_equal(lookup_init(&lookup, 5, slice_of(good, 7)), STATUS_BAD);
    assert_int_equal(lookup_init(&lookup, 65, slice_of(good, 8)), STATUS_BAD);
}

struct tops {
    uint32_t first, last;
    uint32_t before;
    size_t count;
};

static void take_top(void *context, uint32_t top)
{
    struct tops *tops = context;
    assert_in_range(top, tops->first, tops->last);
    assert_true(top >= tops->before);
    tops->before = top;
    tops->count++;
}

/* The upper bits of every hash come again, in order: of all of them, and of each part of them;
 * a page that is damaged is told. */
static void test_tops(void **state)
{
    static const size_t counts[] = {0, 1, 64, 65, 1000, 20000};
    (void)state;
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
        struct lookup_entry *entries = calloc(counts[c] + 1, sizeof(entries[0]));
        struct written written;
        struct prng prng;
        assert_non_null(entries);
        prng_init(&prng, counts[c] + 7);
        for (size_t i = 0; i < counts[c]; i++) {
            entries[i] = (struct lookup_entry){prng_next(&prng), LOOKUP_NO_BLOCK};
        }
        write_all(&written, entries, counts[c]);
        size_t all = 0;
        for (unsigned parts = 1; parts <= 8; parts *= 2) {
            all = 0;
            for (uint64_t i = 0; i < parts; i++) {
                struct tops tops = {.first = (uint32_t)((i << 32) / parts),
                                    .last = (uint32_t)((((i + 1) << 32) / parts) - 1)};
                struct lookup_page page =
                    lookup_page_of(&written.lookup, (uint64_t)tops.first << 32);
                assert_int_equal(lookup_tops(&written.lookup,
                                             slice_skip(written.pages, (size_t)page.offset),
                                             tops.first, tops.last, take_top, &tops),
                                 STATUS_OK);
                all += tops.count;
            }
            assert_int_equal(all, counts[c]);
        }
        struct tops tops = {.last = UINT32_MAX};
        assert_int_equal(lookup_tops(&written.lookup,
                                     slice_take(written.pages, written.pages.size - 1), 0,
                                     UINT32_MAX, take_top, &tops),
                         STATUS_BAD);
        written.buf.base[written.buf.size - 1] ^= 1;
        tops = (struct tops){.last = UINT32_MAX};
        assert_int_equal(
            lookup_tops(&written.lookup, written.pages, 0, UINT32_MAX, take_top, &tops),
            STATUS_BAD);
        forget(&written);
        free(entries);
    }
}

/* In order of hash and block, however many, whether hashes are spread, few or all one. */
static void test_sorted(void **state)
{
    static const size_t counts[] = {0, 1, 2, 15, 16, 17, 33, 1000, 5000};
    struct prng prng;
    (void)state;
    prng_init(&prng, 3);
    for (size_t c = 0; c < 3 * sizeof(counts) / sizeof(counts[0]); c++) {
        size_t count = counts[c / 3];
        struct lookup_entry *entries = calloc(count + 1, sizeof(entries[0]));
        uint64_t sum = 0;
        assert_non_null(entries);
        for (size_t i = 0; i < count; i++) {
            uint64_t hash = prng_next(&prng);
            entries[i].hash = c % 3 == 0 ? hash : c % 3 == 1 ? hash % 3 : UINT64_MAX;
            entries[i].block = (uint16_t)prng_below(&prng, 1000);
            sum += entries[i].hash + entries[i].block;
        }
        lookup_sort(entries, count);
        for (size_t i = 0; i < count; i++) {
            sum -= entries[i].hash + entries[i].block;
            assert_true(i == 0 || entries[i - 1].hash < entries[i].hash ||
                        (entries[i - 1].hash == entries[i].hash &&
                         entries[i - 1].block <= entries[i].block));
        }
        assert_true(sum == 0);
        free(entries);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tops),         cmocka_unit_test(test_found),
        cmocka_unit_test(test_many_blocks),  cmocka_unit_test(test_prints),
        cmocka_unit_test(test_damaged_page), cmocka_unit_test(test_bad_starts),
        cmocka_unit_test(test_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
