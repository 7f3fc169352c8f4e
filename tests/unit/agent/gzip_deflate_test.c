/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip/deflate.h"

#include "base/prng.h"
#include "gzip/gzip.h"
#include "ingest/inflate.h"
#include "lib/cm.h"

#include <string.h>

static _Alignas(16) unsigned char memory[GZIP_MEMORY_SIZE];
static struct gzip gzip;
static unsigned char body[200000];
static unsigned char packed[sizeof(body)];

/* The collector's zlib finds in what was packed the body that it was.  The answer is its size. */
static size_t reads_back(size_t size)
{
    static unsigned char arena_memory[2 * sizeof(body)];
    struct arena arena;
    struct slice back;
    struct buf out;
    gzip_init(&gzip, memory);
    buf_init_fixed(&out, packed, sizeof(packed));
    assert_true(gzip_pack(&gzip, slice_of(body, size), &out));
    arena_init(&arena, arena_memory, sizeof(arena_memory));
    assert_int_equal(inflate_gzip(buf_bytes(&out), sizeof(body), &arena, &back), INFLATE_OK);
    assert_true(slice_equal(back, slice_of(body, size)));
    return out.size;
}

/* Noise of 8 bits a byte, which nothing repeats. */
static void noise(size_t size, uint64_t seed)
{
    struct prng prng;
    prng_init(&prng, seed);
    prng_fill(&prng, body, size);
}

/* A piece of every length, after which something else follows, comes back as it was. */
static void every_length(void **state)
{
    (void)state;
    memset(body, 0, 2048);
    for (size_t length = 1; length <= 600; length++) {
        noise(600, length);
        memcpy(body + 700, body, length);
        body[700 + length] = (unsigned char)~body[length];
        (void)reads_back(2048);
    }
}

/* A piece that is repeated is found at every distance that may be told, at the borders of its
 * codes, and not beyond the last. */
static void every_distance(void **state)
{
    (void)state;
    const size_t piece = 200;
    for (size_t power = 256; power <= 32768; power *= 2) {
        for (size_t distance = power - 2; distance <= power + 2; distance++) {
            memset(body, 'x', distance);
            noise(piece, power);
            memcpy(body + distance, body, piece);
            /* What stands between is a few bytes for each thousand. */
            size_t once = piece + 30 + distance / 100;
            size_t size = reads_back(distance + piece);
            assert_int_equal(size < once + 50, distance <= 32768);
        }
    }
    for (size_t distance = 1; distance < 300; distance++) {
        noise(distance, distance);
        for (size_t i = distance; i < 3000; i++) {
            body[i] = body[i - distance];
        }
        assert_true(reads_back(3000) < distance + distance / 8 + 100);
    }
}

/* Whatever the memory says of places where there is nothing, and when positions begin anew. */
static void any_memory(void **state)
{
    (void)state;
    struct deflate *deflate = (struct deflate *)(void *)memory;
    struct prng prng;
    for (size_t i = 0; i < 20000; i++) {
        body[i] = (unsigned char)(i / 7 * 31 % 251 % (1 + i % 9));
    }
    size_t size = reads_back(20000);
    prng_init(&prng, 2);
    for (unsigned round = 0; round < 20; round++) {
        prng_fill(&prng, (unsigned char *)deflate->heads, sizeof(deflate->heads));
        for (size_t i = 0; round % 2 == 1 && i < sizeof(deflate->heads) / 4; i++) {
            deflate->heads[i] = deflate->begun + (uint32_t)prng_below(&prng, 20000);
        }
        (void)reads_back(20000);
    }
    deflate->begun = UINT32_MAX / 2 - 10000;
    assert_int_equal(reads_back(20000), size);
    assert_int_equal(reads_back(20000), size);
    assert_true(deflate->begun < 100000);
}

/* It fits exactly, or it is told that it does not, and nothing is written behind the room. */
static void fits_exactly(void **state)
{
    (void)state;
    static struct deflate deflate;
    unsigned char place[1000];
    for (size_t i = 0; i < 700; i++) {
        body[i] = (unsigned char)(i % 11 * (i % 13));
    }
    size_t needed = deflate_pack(&deflate, slice_of(body, 700), place, sizeof(place));
    assert_true(needed > 10);
    for (size_t room = 0; room <= needed + 20; room++) {
        memset(place, 0x5a, sizeof(place));
        size_t size = deflate_pack(&deflate, slice_of(body, 700), place, room);
        assert_int_equal(size, room < needed ? 0 : needed);
        for (size_t i = room; i < sizeof(place); i++) {
            assert_int_equal(place[i], 0x5a);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length),
        cmocka_unit_test(every_distance),
        cmocka_unit_test(any_memory),
        cmocka_unit_test(fits_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
