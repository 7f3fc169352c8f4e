/* SPDX-License-Identifier: Apache-2.0 */
#include "model/record_key.h"

#include "ingest/otlp_decode.h"

#include "base/buf.h"
#include "proto/names.h"
#include "proto/wire.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

/* A request with one block of a resource that says so, and gives it that number. */
static const struct resource *decode(struct arena *arena, const char *instance, uint64_t seq,
                                     bool first)
{
    unsigned char memory[1024];
    struct buf out;
    struct batch batch;
    buf_init_fixed(&out, memory, sizeof(memory));
    size_t block = wire_write_open(&out, 1);
    size_t resource = wire_write_open(&out, 1);
    for (unsigned i = 0; i < 2; i++) {
        size_t attr = wire_write_open(&out, 1);
        if ((i == 0) == first) {
            wire_write_bytes(&out, 1, NAME_THAW_SEQ);
            size_t value = wire_write_open(&out, 2);
            wire_write_u64(&out, 3, seq);
            wire_write_close(&out, value);
        } else {
            wire_write_bytes(&out, 1, NAME_FAAS_INSTANCE);
            size_t value = wire_write_open(&out, 2);
            wire_write_bytes(&out, 1, slice_from(instance));
            wire_write_close(&out, value);
        }
        wire_write_close(&out, attr);
    }
    wire_write_close(&out, resource);
    wire_write_close(&out, block);
    unsigned char *body = arena_alloc(arena, out.size);
    assert_non_null(body);
    memcpy(body, out.base, out.size);
    assert_true(otlp_decode(SIGNAL_TRACES, slice_of(body, out.size), arena, &batch));
    assert_int_equal(batch.resource_count, 1);
    return &batch.resources[0];
}

static bool same(const struct resource *one, const struct resource *other)
{
    assert_true(record_key_is(one->key) && record_key_is(other->key));
    return record_key_equal(one->key, other->key);
}

/* The same words have the same key, others another one. */
static void a_key_stands_for_words(void **state)
{
    static unsigned char memory[1 << 16];
    struct arena arena;
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    const struct resource *one = decode(&arena, "i1", 0, true);
    assert_true(same(one, decode(&arena, "i1", 0, true)));
    assert_false(same(one, decode(&arena, "i2", 0, true)));
    assert_false(same(one, decode(&arena, "i1", 0, false)));
}

/* Numbers of blocks make no other key where they stand last and take the same room, but whether
 * there is one does. */
static void the_number_of_a_block_does_not_count(void **state)
{
    static unsigned char memory[1 << 16];
    struct arena arena;
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    const struct resource *one = decode(&arena, "i1", 7, false);
    assert_int_equal(one->seq, 7);
    assert_true(same(one, decode(&arena, "i1", 8, false)));
    assert_false(same(one, decode(&arena, "i2", 7, false)));
    assert_false(same(one, decode(&arena, "i1", 0, false)));
    assert_false(same(decode(&arena, "i1", 7, true), decode(&arena, "i1", 8, true)));
}

/* A resource of any size: each of its bytes counts. */
static void each_byte_counts(void **state)
{
    unsigned char bytes[1200];
    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    for (size_t size = 1; size < sizeof(bytes); size += 1 + size / 8) {
        struct resource one = {.message = slice_of(bytes, size)};
        record_key_set(&one);
        for (size_t i = 0; i < size; i++) {
            struct resource other = {.message = slice_of(bytes, size)};
            bytes[i] ^= 1;
            record_key_set(&other);
            bytes[i] ^= 1;
            assert_false(same(&one, &other));
        }
    }
}

/* What is not made of a message has no key. */
static void no_message_no_key(void **state)
{
    struct resource none = {.seq = 0};
    (void)state;
    record_key_set(&none);
    assert_false(record_key_is(none.key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_stands_for_words),
        cmocka_unit_test(the_number_of_a_block_does_not_count),
        cmocka_unit_test(each_byte_counts),
        cmocka_unit_test(no_message_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
