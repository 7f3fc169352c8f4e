/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/inflate.h"

#include "ingest/ingest_limits.h"
#include "lib/cm.h"
#include "lib/every.h"

#include <zlib.h>

#include <stdlib.h>
#include <string.h>

#define ROOM (8u << 20)

static unsigned char *memory;

static size_t deflate_into(unsigned char *out, size_t room, const unsigned char *in, size_t size)
{
    z_stream stream = {.next_in = NULL};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    unsigned char *copy = malloc(size + 1);
    assert_non_null(copy);
    if (size > 0) {
        memcpy(copy, in, size);
    }
    stream.next_in = copy;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&stream);
    free(copy);
    return stream.total_out;
}

static enum inflate_answer unpack(struct slice body, uint64_t size_max, struct slice *out)
{
    static struct arena arena;
    arena_init(&arena, memory, ROOM);
    return inflate_gzip(body, size_max, &arena, out);
}

/* As many bytes as allowed, and not one more. */
static void test_limit(void **state)
{
    unsigned char packed[4096];
    unsigned char text[1000];
    struct slice out;
    (void)state;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (unsigned char)(i * 7);
    }
    size_t size = deflate_into(packed, sizeof(packed), text, sizeof(text));
    assert_int_equal(unpack(slice_of(packed, size), 999, &out), INFLATE_TOO_LARGE);
    assert_int_equal(unpack(slice_of(packed, size), 1000, &out), INFLATE_OK);
    assert_int_equal(unpack(slice_of(packed, size), 1001, &out), INFLATE_OK);
    assert_int_equal(out.size, 1000);
    assert_memory_equal(out.base, text, 1000);
}

/* Members in a row are one body; an empty member is one too. */
static void test_members(void **state)
{
    unsigned char packed[4096];
    struct slice out;
    (void)state;
    size_t size = deflate_into(packed, sizeof(packed), (const unsigned char *)"one ", 4);
    size += deflate_into(packed + size, sizeof(packed) - size, (const unsigned char *)"", 0);
    size += deflate_into(packed + size, sizeof(packed) - size, (const unsigned char *)"two", 3);
    assert_int_equal(unpack(slice_of(packed, size), 100, &out), INFLATE_OK);
    assert_slice(out, "one two");
    packed[size] = 'x';
    assert_int_equal(unpack(slice_of(packed, size + 1), 100, &out), INFLATE_BAD);
}

/* Growth beyond the ratio is a bomb, below the size from which it counts it is not. */
static void test_bomb(void **state)
{
    size_t large = 6u << 20;
    unsigned char *zeros = calloc(1, large);
    unsigned char *packed = malloc(large);
    struct slice out;
    (void)state;
    assert_non_null(zeros);
    assert_non_null(packed);
    size_t size = deflate_into(packed, large, zeros, INGEST_RATIO_SIZE_MIN);
    assert_int_equal(unpack(slice_of(packed, size), ROOM - 100, &out), INFLATE_OK);
    size = deflate_into(packed, large, zeros, large);
    assert_int_equal(unpack(slice_of(packed, size), ROOM - 100, &out), INFLATE_RATIO);
    free(zeros);
    free(packed);
}

static void visit_prefix(struct slice input, void *context)
{
    struct slice out;
    const struct slice *whole = context;
    enum inflate_answer answer = unpack(input, 1000, &out);
    assert_int_equal(answer, input.size == whole->size ? INFLATE_OK : INFLATE_BAD);
}

static void visit_change(struct slice input, void *context)
{
    struct slice out;
    (void)context;
    if (unpack(input, 1000, &out) == INFLATE_OK) {
        assert_true(out.size <= 1000);
    }
}

/* No prefix passes for the whole; no change reads outside. */
static void test_damage(void **state)
{
    unsigned char packed[256];
    (void)state;
    size_t size = deflate_into(packed, sizeof(packed), (const unsigned char *)"telemetry", 9);
    struct slice whole = slice_of(packed, size);
    every_prefix(whole, visit_prefix, &whole);
    every_byte_change(whole, visit_change, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_damage),
    };
    memory = malloc(ROOM);
    int failed = memory == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    free(memory);
    return failed;
}
