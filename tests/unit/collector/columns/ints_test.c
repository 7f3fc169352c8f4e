/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/ints.h"

#include "base/prng.h"
#include "lib/cm.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE ((size_t)8 << 20)

struct world {
    struct ints_writer *writer;
    struct bytes_reader *reader;
    struct buf out;
    struct arena arena;
};

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    world->writer = ints_writer_create();
    world->reader = bytes_reader_create();
    void *memory = malloc(ARENA_SIZE);
    assert_non_null(world->writer);
    assert_non_null(world->reader);
    assert_non_null(memory);
    buf_init_growing(&world->out, (size_t)64 << 20);
    arena_init(&world->arena, memory, ARENA_SIZE);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    ints_writer_free(world->writer);
    bytes_reader_free(world->reader);
    buf_fini(&world->out);
    free(world->arena.base);
    free(world);
    return 0;
}

/* A few of them alone are the same. */
static void some_of(struct world *world, const int64_t *values, size_t count)
{
    uint32_t positions[5];
    int64_t *again;
    struct ints_some some = {positions, 0};
    struct slice source = buf_bytes(&world->out);
    for (size_t i = 0; i < 5 && count > 0; i++) {
        positions[some.count++] = (uint32_t)(i * (count - 1) / 4);
    }
    some.count = some.count < count ? some.count : 0;
    assert_int_equal(ints_read_some(world->reader, &source, count, some, &world->arena, &again),
                     STATUS_OK);
    assert_int_equal(source.size, 0);
    for (size_t i = 0; i < some.count; i++) {
        assert_true(again[i] == values[positions[i]]);
    }
}

/* Write, read, compare; answers how many bytes it took. */
static size_t round_trip(struct world *world, const int64_t *values, size_t count)
{
    int64_t *again;
    buf_reset(&world->out);
    arena_reset(&world->arena);
    ints_write(world->writer, &world->out, values, count);
    assert_false(buf_overflowed(&world->out));
    struct slice source = buf_bytes(&world->out);
    assert_int_equal(ints_read(world->reader, &source, count, &world->arena, &again), STATUS_OK);
    assert_int_equal(source.size, 0);
    assert_true(count == 0 || memcmp(values, again, count * sizeof(*values)) == 0);
    some_of(world, values, count);
    return world->out.size;
}

/* Nothing takes nothing. */
static void empty_column(void **state)
{
    assert_int_equal(round_trip(*state, NULL, 0), 0);
}

/* One value, and many that are the same. */
static void constants(void **state)
{
    static const int64_t absurd[] = {0, 1, -1, INT64_MAX, INT64_MIN, 1796000000000000000};
    int64_t values[1000];
    for (size_t i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++) {
        for (size_t k = 0; k < 1000; k++) {
            values[k] = absurd[i];
        }
        assert_true(round_trip(*state, values, 1) <= 11);
        assert_true(round_trip(*state, values, 1000) <= 11);
    }
}

/* The widest distances wrap. */
static void extremes(void **state)
{
    int64_t values[100];
    for (size_t i = 0; i < 100; i++) {
        values[i] = i % 3 == 0 ? INT64_MIN : i % 3 == 1 ? INT64_MAX : (int64_t)i;
    }
    (void)round_trip(*state, values, 100);
    (void)round_trip(*state, values, 2);
}

/* What is regular takes few bytes. */
static void regular(void **state)
{
    static int64_t values[4096];
    struct prng prng;
    prng_init(&prng, 3);
    for (size_t i = 0; i < 4096; i++) {
        values[i] = 1796000000000000000 + (int64_t)i * 1000000;
    }
    assert_true(round_trip(*state, values, 4096) < 24);
    for (size_t i = 0; i < 4090; i++) {
        values[i] = (int64_t)(i / 10);
    }
    assert_true(round_trip(*state, values, 4090) < 24);
    for (size_t i = 0; i < 4096; i++) {
        values[i] = (int64_t)prng_below(&prng, 2);
    }
    assert_true(round_trip(*state, values, 4096) <= 4096 / 8 + 16);
    for (size_t i = 0; i < 4096; i++) {
        values[i] = (int64_t)prng_below(&prng, 4096) * 1000000000;
    }
    assert_true(round_trip(*state, values, 4096) <= 4096 * 12 / 8 + 16);
}

/* Every width, every count around the borders of words, at random. */
static void widths(void **state)
{
    int64_t values[140];
    struct prng prng;
    prng_init(&prng, 5);
    for (unsigned width = 0; width <= 64; width++) {
        for (size_t count = 1; count <= 140; count += count < 20 ? 1 : 17) {
            for (size_t i = 0; i < count; i++) {
                values[i] = width == 0 ? 0 : (int64_t)(prng_next(&prng) >> (64 - width));
            }
            (void)round_trip(*state, values, count);
        }
    }
}

/* Mixtures of all that a column may be. */
static void mixtures(void **state)
{
    static int64_t values[5000];
    struct prng prng;
    prng_init(&prng, 8);
    for (unsigned run = 0; run < 200; run++) {
        size_t count = (size_t)prng_between(&prng, 1, 5000);
        unsigned width = (unsigned)prng_between(&prng, 1, 63);
        uint64_t repeat = prng_between(&prng, 1, 12);
        int64_t scale = prng_chance(&prng, 1, 3) ? 1000000 : 1;
        int64_t sum = 0;
        for (size_t i = 0; i < count; i++) {
            bool fresh = i == 0 || prng_chance(&prng, 1, repeat);
            int64_t value = fresh ? (int64_t)(prng_next(&prng) >> width) : values[i - 1];
            sum = (int64_t)((uint64_t)sum + (uint64_t)value * (uint64_t)scale);
            values[i] = run % 2 == 0 ? value : sum;
        }
        (void)round_trip(*state, values, count);
    }
}

/* Every front of a column, and every changed byte, is read or refused, and no more is written. */
static void damaged(void **state)
{
    struct world *world = *state;
    int64_t values[300];
    int64_t *again;
    static const uint32_t positions[] = {0, 7, 299};
    const struct ints_some some = {positions, 3};
    struct prng prng;
    prng_init(&prng, 11);
    for (unsigned run = 0; run < 4; run++) {
        for (size_t i = 0; i < 300; i++) {
            values[i] = run == 0   ? (int64_t)(i / 30)
                        : run == 1 ? (int64_t)prng_below(&prng, 1000)
                        : run == 2 ? (int64_t)(i * i * 1000)
                                   : (int64_t)prng_next(&prng);
        }
        (void)round_trip(world, values, 300);
        size_t size = world->out.size;
        for (size_t i = 0; i < size; i++) {
            unsigned char *copy = malloc(size);
            assert_non_null(copy);
            memcpy(copy, world->out.base, size);
            struct slice front = slice_of(copy, i);
            arena_reset(&world->arena);
            assert_int_equal(ints_read(world->reader, &front, 300, &world->arena, &again),
                             STATUS_BAD);
            copy[i] ^= (unsigned char)(1u << i % 8);
            struct slice changed = slice_of(copy, size);
            (void)!ints_read(world->reader, &changed, 300, &world->arena, &again);
            changed = slice_of(copy, size);
            (void)!ints_read_some(world->reader, &changed, 300, some, &world->arena, &again);
            free(copy);
        }
    }
}

/* Numbers that must be below a limit are. */
static void limits(void **state)
{
    struct world *world = *state;
    int64_t values[] = {3, 9, 7};
    uint32_t *again;
    (void)round_trip(world, values, 3);
    struct slice source = buf_bytes(&world->out);
    assert_int_equal(ints_read_u32(world->reader, &source, 3, 10, &world->arena, &again),
                     STATUS_OK);
    assert_int_equal(again[1], 9);
    source = buf_bytes(&world->out);
    assert_int_equal(ints_read_u32(world->reader, &source, 3, 9, &world->arena, &again),
                     STATUS_BAD);
    values[2] = -1;
    (void)round_trip(world, values, 3);
    source = buf_bytes(&world->out);
    assert_int_equal(ints_read_u32(world->reader, &source, 3, UINT64_MAX, &world->arena, &again),
                     STATUS_BAD);
}

/* An arena that is too small is full, not wrong. */
static void full_arena(void **state)
{
    struct world *world = *state;
    int64_t values[100];
    int64_t *again;
    unsigned char memory[256];
    struct arena arena;
    for (size_t i = 0; i < 100; i++) {
        values[i] = (int64_t)(i * i);
    }
    (void)round_trip(world, values, 100);
    struct slice source = buf_bytes(&world->out);
    arena_init(&arena, (void *)(((uintptr_t)memory + 15) / 16 * 16), sizeof(memory) - 16);
    assert_int_equal(ints_read(world->reader, &source, 100, &arena, &again), STATUS_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_column), cmocka_unit_test(constants), cmocka_unit_test(extremes),
        cmocka_unit_test(regular),      cmocka_unit_test(widths),    cmocka_unit_test(mixtures),
        cmocka_unit_test(damaged),      cmocka_unit_test(limits),    cmocka_unit_test(full_arena),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
