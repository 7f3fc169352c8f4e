/* SPDX-License-Identifier: Apache-2.0 */
#include "store/frame.h"

#include "lib/cm.h"
#include "lib/every.h"

#include <string.h>

static const struct frame_head head = {
    .stored_size = 10,
    .inflated_size = 20,
    .signal = 2,
    .codec = FRAME_CODEC_ZSTD,
    .segment = 3,
    .offset = 64,
    .seq = 99,
    .arrival_ns = UINT64_C(1795000000000000000),
    .synced_end = 64,
    .body_crc = 0x12345678,
};

/* What is written is read, field by field, and only with the same seed. */
static void test_round_trip(void **state)
{
    unsigned char bytes[FRAME_HEAD_SIZE];
    struct frame_head seen;
    (void)state;
    frame_head_write(&head, 7, bytes);
    assert_int_equal(frame_head_read(slice_of(bytes, sizeof(bytes)), 7, &seen), FRAME_OK);
    assert_int_equal(seen.stored_size, head.stored_size);
    assert_int_equal(seen.inflated_size, head.inflated_size);
    assert_int_equal(seen.signal, head.signal);
    assert_int_equal(seen.codec, head.codec);
    assert_int_equal(seen.segment, head.segment);
    assert_int_equal(seen.offset, head.offset);
    assert_int_equal(seen.seq, head.seq);
    assert_int_equal(seen.arrival_ns, head.arrival_ns);
    assert_int_equal(seen.synced_end, head.synced_end);
    assert_int_equal(seen.body_crc, head.body_crc);
    assert_int_equal(frame_head_read(slice_of(bytes, sizeof(bytes)), 8, &seen), FRAME_BAD);
}

/* The bytes are those that docs/formats/log.md says: old logs stay readable. */
static void test_golden(void **state)
{
    static const unsigned char golden[FRAME_HEAD_SIZE - 4] = {
        0xf7, 'T',  'F',  1,    10, 0, 0,  0, 20,   0,    0,    0,    2, 1, 0,    0,    3,    0,
        0,    0,    64,   0,    0,  0, 99, 0, 0,    0,    0,    0,    0, 0, 0x00, 0x80, 0xd3, 0x5b,
        0xfd, 0x1e, 0xe9, 0x18, 64, 0, 0,  0, 0x78, 0x56, 0x34, 0x12, 0, 0, 0,    0,
    };
    unsigned char bytes[FRAME_HEAD_SIZE];
    (void)state;
    frame_head_write(&head, 7, bytes);
    assert_memory_equal(bytes, golden, sizeof(golden));
}

static void visit_head(struct slice input, void *context)
{
    struct frame_head seen;
    enum frame_answer answer = frame_head_read(input, 7, &seen);
    (void)context;
    if (input.size < FRAME_HEAD_SIZE) {
        assert_int_equal(answer, FRAME_PARTIAL);
    }
}

static void visit_change(struct slice input, void *context)
{
    struct frame_head seen;
    (void)context;
    assert_int_equal(frame_head_read(input, 7, &seen), FRAME_BAD);
}

/* A shorter head is partial; every change of a byte is noticed. */
static void test_damage(void **state)
{
    unsigned char bytes[FRAME_HEAD_SIZE];
    (void)state;
    frame_head_write(&head, 7, bytes);
    every_prefix(slice_of(bytes, sizeof(bytes)), visit_head, NULL);
    every_byte_change(slice_of(bytes, sizeof(bytes)), visit_change, NULL);
}

static void visit_log_head(struct slice input, void *context)
{
    struct frame_log_head seen;
    (void)context;
    assert_int_not_equal(frame_log_head_read(input, &seen), FRAME_OK);
}

/* The same of the head of a log. */
static void test_log_head(void **state)
{
    struct frame_log_head one = {.store = {1, 2, 3},
                                 .segment = 5,
                                 .previous = 4,
                                 .previous_end = 99,
                                 .created_ns = 7,
                                 .seq = 8};
    struct frame_log_head seen;
    unsigned char bytes[FRAME_LOG_HEAD_SIZE];
    (void)state;
    frame_log_head_write(&one, bytes);
    assert_int_equal(frame_log_head_read(slice_of(bytes, sizeof(bytes)), &seen), FRAME_OK);
    assert_memory_equal(seen.store, one.store, 16);
    assert_int_equal(seen.segment, 5);
    assert_int_equal(seen.previous, 4);
    assert_int_equal(seen.previous_end, 99);
    assert_int_equal(seen.created_ns, 7);
    assert_int_equal(seen.seq, 8);
    every_byte_change(slice_of(bytes, sizeof(bytes)), visit_log_head, NULL);
}

/* A magic is found wherever it stands, also when the bytes end inside of it. */
static void test_search(void **state)
{
    unsigned char bytes[200];
    unsigned char one[FRAME_HEAD_SIZE];
    (void)state;
    frame_head_write(&head, 7, one);
    for (size_t at = 0; at < sizeof(bytes); at++) {
        memset(bytes, 0xf7, sizeof(bytes));
        size_t size = sizeof(bytes) - at < 4 ? sizeof(bytes) - at : 4;
        memcpy(bytes + at, one, size);
        size_t found = frame_search(slice_of(bytes, sizeof(bytes)), 0);
        /* The last byte could begin a magic, whatever stands before. */
        assert_int_equal(found, at < sizeof(bytes) - 1 ? at : sizeof(bytes) - 1);
    }
    assert_int_equal(frame_search(SLICE("abc"), 0), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_golden),
        cmocka_unit_test(test_damage),     cmocka_unit_test(test_log_head),
        cmocka_unit_test(test_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
