/* SPDX-License-Identifier: Apache-2.0 */
#include "series/chunk.h"

#include "base/prng.h"
#include "lib/cm.h"
#include "lib/every.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH_MOST = 12, COUNT = 100 };

static double any_value(struct prng *prng, double before)
{
    static const double odd[] = {0.0,    -0.0,  (double)NAN, (double)INFINITY, -(double)INFINITY,
                                 5e-324, 1e308, -1e15};
    switch (prng_below(prng, 6)) {
    case 0:
        return odd[prng_below(prng, 8)];
    case 1:
        return before;
    case 2:
        return (double)prng_below(prng, 1000) / 7.0;
    case 3:
        return -(double)prng_below(prng, UINT64_C(1) << 54);
    default:
        return floor(isfinite(before) ? before : 0) + (double)prng_below(prng, 50);
    }
}

/* What is appended is read back, to the last bit. */
static void test_round_trip(void **state)
{
    struct prng prng;
    (void)state;
    prng_init(&prng, 7);
    for (unsigned round = 0; round < 200; round++) {
        static double samples[COUNT][WIDTH_MOST];
        static int64_t times[COUNT];
        double last_values[WIDTH_MOST];
        double seen[WIDTH_MOST];
        unsigned width = 1 + (unsigned)prng_below(&prng, WIDTH_MOST);
        struct chunk_last last = {.values = last_values};
        struct chunk *chunk = chunk_create(width, 0, NULL);
        int64_t time_ms = (int64_t)prng_below(&prng, 1000) - 500;
        assert_non_null(chunk);
        for (unsigned i = 0; i < COUNT; i++) {
            time_ms += 1 + (int64_t)prng_below(&prng, prng_below(&prng, 3) == 0 ? 1u << 30 : 3);
            times[i] = time_ms;
            for (unsigned k = 0; k < width; k++) {
                samples[i][k] = any_value(&prng, i > 0 ? samples[i - 1][k] : 0);
            }
            assert_true(chunk_append(&chunk, &last, time_ms, samples[i]));
        }
        chunk_close(&chunk);
        assert_true(chunk_valid(chunk, seen));
        struct chunk_reader reader;
        chunk_read(&reader, chunk, seen);
        for (unsigned i = 0; i < COUNT; i++) {
            assert_true(chunk_next(&reader));
            assert_true(reader.time_ms == times[i]);
            assert_memory_equal(seen, samples[i], width * sizeof(seen[0]));
        }
        assert_false(chunk_next(&reader));
        assert_false(reader.failed);
        free(chunk);
    }
}

/* A counter of a busy function, and one of whole numbers that rests, are small. */
static void test_size(void **state)
{
    double value = 0;
    double memory;
    struct chunk_last last = {.values = &memory};
    struct chunk *chunk = chunk_create(1, 0, NULL);
    (void)state;
    for (unsigned i = 0; i < 120; i++) {
        value += i % 30;
        assert_true(chunk_append(&chunk, &last, (int64_t)i * 15000, &value));
    }
    assert_true(chunk->size <= 120 * 2 + 16);
    free(chunk);
}

static void damaged(struct slice input, void *context)
{
    const struct chunk *good = context;
    double values[2];
    struct chunk *chunk = malloc(sizeof(*chunk) + input.size);
    assert_non_null(chunk);
    *chunk = *good;
    chunk->size = chunk->capacity = (uint32_t)input.size;
    memcpy(chunk->bytes, input.base, input.size);
    (void)chunk_valid(chunk, values);
    free(chunk);
}

/* Whatever the bytes are, nothing beyond them is read. */
static void test_damage(void **state)
{
    static const double samples[][2] = {{1, 0.1}, {2, 0.1}, {2, 0.1}, {900, 0.7}, {0, 0.7}};
    double memory[2];
    struct chunk_last last = {.values = memory};
    struct chunk *chunk = chunk_create(2, 0, NULL);
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        assert_true(chunk_append(&chunk, &last, (int64_t)i * 1000, samples[i]));
    }
    every_damage(slice_of(chunk->bytes, chunk->size), damaged, chunk);
    free(chunk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
