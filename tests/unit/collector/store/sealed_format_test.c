/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sealed_format.h"

#include "lib/cm.h"

#include <string.h>

static struct sealed_foot a_foot(void)
{
    struct sealed_foot foot = {
        .block_count = 2,
        .frame_count = 3,
        .id_count = 4,
        .frames = 5,
        .spans = 6,
        .lines = 7,
        .arrival_last_ns = 8,
        .seq_last = 9,
    };
    for (unsigned i = 0; i < SEALED_SECTION_COUNT; i++) {
        foot.sections[i] = (struct sealed_part){.offset = 100 * i, .size = 10, .crc = i};
    }
    foot.sections[SEALED_DIRECTORY].size = 2 * SEALED_ENTRY_SIZE;
    return foot;
}

/* What is written is read, field by field. */
static void test_head(void **state)
{
    unsigned char bytes[SEALED_HEAD_SIZE];
    struct sealed_head head = {
        .store = "0123456789abcde",
        .key = {{1, 2}},
        .segment = 3,
        .previous = 2,
        .previous_end = 4,
        .created_ns = 5,
        .seq = 6,
    };
    struct sealed_head seen = {.segment = 0};
    (void)state;
    sealed_head_write(&head, bytes);
    assert_int_equal(sealed_head_read(slice_of(bytes, sizeof(bytes)), &seen), STATUS_OK);
    assert_memory_equal(seen.store, head.store, sizeof(head.store));
    assert_memory_equal(&seen.key, &head.key, sizeof(head.key));
    assert_int_equal(seen.segment, 3);
    assert_int_equal(seen.previous, 2);
    assert_int_equal(seen.previous_end, 4);
    assert_int_equal(seen.created_ns, 5);
    assert_int_equal(seen.seq, 6);
}

static void test_entry(void **state)
{
    unsigned char bytes[SEALED_ENTRY_SIZE];
    struct sealed_entry entry = {
        .block = {1, 2, 3},
        .filter = {4, 5, 6},
        .rows = 7,
        .flags = 5,
        .signal = 1,
        .first_ns = 9,
        .last_ns = 10,
        .first_arrival_ns = 11,
        .last_arrival_ns = 12,
        .duration_min_ns = 13,
        .duration_max_ns = 14,
    };
    struct sealed_entry seen;
    (void)state;
    memset(&seen, 0, sizeof(seen));
    sealed_entry_write(&entry, bytes);
    assert_int_equal(sealed_entry_read(slice_of(bytes, sizeof(bytes)), 1000, &seen), STATUS_OK);
    assert_int_equal(seen.block.offset, 1);
    assert_int_equal(seen.block.size, 2);
    assert_int_equal(seen.block.crc, 3);
    assert_int_equal(seen.filter.offset, 4);
    assert_int_equal(seen.rows, 7);
    assert_int_equal(seen.flags, 5);
    assert_int_equal(seen.signal, 1);
    assert_int_equal(seen.first_ns, 9);
    assert_int_equal(seen.last_ns, 10);
    assert_int_equal(seen.first_arrival_ns, 11);
    assert_int_equal(seen.last_arrival_ns, 12);
    assert_int_equal(seen.duration_min_ns, 13);
    assert_int_equal(seen.duration_max_ns, 14);
}

static void test_foot(void **state)
{
    unsigned char bytes[SEALED_FOOT_SIZE];
    struct sealed_foot foot = a_foot();
    struct sealed_foot seen;
    (void)state;
    sealed_foot_write(&foot, bytes);
    assert_int_equal(sealed_foot_read(slice_of(bytes, sizeof(bytes)), 1000, &seen), STATUS_OK);
    assert_int_equal(seen.sections[3].offset, 300);
    assert_int_equal(seen.sections[3].size, 10);
    assert_int_equal(seen.sections[3].crc, 3);
    assert_int_equal(seen.block_count, 2);
    assert_int_equal(seen.frame_count, 3);
    assert_int_equal(seen.id_count, 4);
    assert_int_equal(seen.frames, 5);
    assert_int_equal(seen.spans, 6);
    assert_int_equal(seen.lines, 7);
    assert_int_equal(seen.arrival_last_ns, 8);
    assert_int_equal(seen.seq_last, 9);
}

/* A bit that has changed is seen, and so is what ends early. */
static void test_damaged(void **state)
{
    unsigned char head_bytes[SEALED_HEAD_SIZE];
    unsigned char foot_bytes[SEALED_FOOT_SIZE];
    struct sealed_head head = {.segment = 3};
    struct sealed_foot foot = a_foot();
    (void)state;
    sealed_head_write(&head, head_bytes);
    sealed_foot_write(&foot, foot_bytes);
    for (size_t bit = 0; bit < 8 * sizeof(head_bytes); bit++) {
        head_bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(sealed_head_read(slice_of(head_bytes, sizeof(head_bytes)), &head),
                         STATUS_BAD);
        head_bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof(foot_bytes); bit++) {
        foot_bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(sealed_foot_read(slice_of(foot_bytes, sizeof(foot_bytes)), 1000, &foot),
                         STATUS_BAD);
        foot_bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    assert_int_equal(sealed_head_read(slice_of(head_bytes, sizeof(head_bytes) - 1), &head),
                     STATUS_BAD);
    assert_int_equal(sealed_foot_read(slice_of(foot_bytes, sizeof(foot_bytes) - 1), 1000, &foot),
                     STATUS_BAD);
}

/* What speaks of bytes outside of the file is refused, to the byte. */
static void test_outside(void **state)
{
    unsigned char bytes[SEALED_FOOT_SIZE];
    struct sealed_foot foot = a_foot();
    struct sealed_entry entry = {.block = {90, 10, 0}, .rows = 1};
    (void)state;
    foot.sections[SEALED_DIRECTORY].offset = 600;
    sealed_foot_write(&foot, bytes);
    uint64_t end = 600 + 2 * SEALED_ENTRY_SIZE;
    assert_int_equal(sealed_foot_read(slice_of(bytes, sizeof(bytes)), end, &foot), STATUS_OK);
    assert_int_equal(sealed_foot_read(slice_of(bytes, sizeof(bytes)), end - 1, &foot), STATUS_BAD);
    sealed_entry_write(&entry, bytes);
    assert_int_equal(sealed_entry_read(slice_of(bytes, SEALED_ENTRY_SIZE), 100, &entry), STATUS_OK);
    assert_int_equal(sealed_entry_read(slice_of(bytes, SEALED_ENTRY_SIZE), 99, &entry), STATUS_BAD);
    entry.block.offset = UINT64_MAX;
    sealed_entry_write(&entry, bytes);
    assert_int_equal(sealed_entry_read(slice_of(bytes, SEALED_ENTRY_SIZE), 100, &entry),
                     STATUS_BAD);
}

/* A block without rows, or of a signal that has no blocks, is none; nor is a directory of another
 * size than the blocks need. */
static void test_absurd(void **state)
{
    unsigned char bytes[SEALED_FOOT_SIZE];
    struct sealed_entry entry = {.rows = 0};
    struct sealed_foot foot = a_foot();
    (void)state;
    sealed_entry_write(&entry, bytes);
    assert_int_equal(sealed_entry_read(slice_of(bytes, SEALED_ENTRY_SIZE), 100, &entry),
                     STATUS_BAD);
    entry = (struct sealed_entry){.rows = 1, .signal = 2};
    sealed_entry_write(&entry, bytes);
    assert_int_equal(sealed_entry_read(slice_of(bytes, SEALED_ENTRY_SIZE), 100, &entry),
                     STATUS_BAD);
    foot.block_count = 3;
    sealed_foot_write(&foot, bytes);
    assert_int_equal(sealed_foot_read(slice_of(bytes, sizeof(bytes)), 1000, &foot), STATUS_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),    cmocka_unit_test(test_entry),
        cmocka_unit_test(test_foot),    cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_outside), cmocka_unit_test(test_absurd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
