/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip/gzip.h"

#include "agent_limits.h"
#include "base/prng.h"
#include "lib/cm.h"
#include "lib/every.h"

#include "ingest/inflate.h"

#include <string.h>

static _Alignas(16) unsigned char memory[GZIP_MEMORY_SIZE];
static struct gzip gzip;

static struct slice pack(struct slice body, unsigned char *bytes, size_t size)
{
    struct buf out;
    buf_init_fixed(&out, bytes, size);
    gzip_init(&gzip, memory);
    assert_true(gzip_pack(&gzip, body, &out));
    return buf_bytes(&out);
}

/* What was packed is unpacked, many times over, within the fixed memory. */
static void round_trip(void **state)
{
    (void)state;
    static unsigned char body[100000];
    static unsigned char packed[sizeof(body)];
    static unsigned char back[sizeof(body)];
    for (size_t size = 700; size < sizeof(body); size = size * 3) {
        struct buf out;
        for (size_t i = 0; i < size; i++) {
            body[i] = (unsigned char)(i % 7 * (i % 31));
        }
        struct slice small = pack(slice_of(body, size), packed, sizeof(packed));
        assert_true(small.size < size);
        buf_init_fixed(&out, back, sizeof(back));
        assert_int_equal(gzip_unpack(&gzip, small, &out), STATUS_OK);
        assert_true(slice_equal(buf_bytes(&out), slice_of(body, size)));
    }
}

/* Bodies of all shapes: bytes of few or many kinds, in long or short repetitions. */
static void make_body(struct prng *prng, unsigned char *body, size_t size)
{
    unsigned kinds = 1u << prng_next(prng) % 9;
    unsigned repeats = (unsigned)(prng_next(prng) % 5);
    size_t at = 0;
    while (at < size) {
        size_t back = 1 + (size_t)(prng_next(prng) % 40000);
        size_t length = 1 + (size_t)(prng_next(prng) % 300);
        if (back > at || prng_next(prng) % 4 >= repeats) {
            body[at++] = (unsigned char)(prng_next(prng) % kinds);
            continue;
        }
        for (; length > 0 && at < size; length--, at++) {
            body[at] = body[at - back];
        }
    }
}

/* What we pack is gzip to others: the collector's zlib reads it. */
static void others_read_it(void **state)
{
    (void)state;
    static unsigned char body[150000];
    static unsigned char packed[sizeof(body)];
    static unsigned char arena_memory[2 * sizeof(body)];
    struct prng prng;
    unsigned good = 0;
    prng_init(&prng, 3);
    for (int round = 0; round < 300; round++) {
        size_t size = 1 + (size_t)(prng_next(&prng) % (round % 8 == 0 ? sizeof(body) : 3000));
        struct arena arena;
        struct slice back;
        struct buf out;
        make_body(&prng, body, size);
        buf_init_fixed(&out, packed, sizeof(packed));
        gzip_init(&gzip, memory);
        if (!gzip_pack(&gzip, slice_of(body, size), &out)) {
            continue;
        }
        arena_init(&arena, arena_memory, sizeof(arena_memory));
        assert_int_equal(inflate_gzip(buf_bytes(&out), sizeof(body), &arena, &back), INFLATE_OK);
        assert_true(slice_equal(back, slice_of(body, size)));
        good++;
    }
    assert_true(good > 150);
}

/* The same body gives the same bytes, whatever was packed or unpacked before. */
static void same_bytes(void **state)
{
    (void)state;
    static unsigned char bodies[2][5000];
    static unsigned char packed[3][5000];
    unsigned char back[5000];
    struct prng prng;
    struct buf out;
    prng_init(&prng, 4);
    for (size_t i = 0; i < sizeof(bodies[0]); i++) {
        bodies[0][i] = (unsigned char)(prng_next(&prng) % 4);
        bodies[1][i] = (unsigned char)(prng_next(&prng) % 9);
    }
    struct slice first = pack(slice_of(bodies[0], 5000), packed[0], 5000);
    struct slice other = pack(slice_of(bodies[1], 5000), packed[1], 5000);
    buf_init_fixed(&out, back, sizeof(back));
    assert_int_equal(gzip_unpack(&gzip, other, &out), STATUS_OK);
    struct slice again = pack(slice_of(bodies[0], 5000), packed[2], 5000);
    assert_true(slice_equal(first, again));
}

/* Nothing is written behind the room, and where it is short, nothing is told. */
static void room(void **state)
{
    (void)state;
    unsigned char body[3000];
    unsigned char bytes[3000];
    struct prng prng;
    prng_init(&prng, 5);
    for (size_t i = 0; i < sizeof(body); i++) {
        body[i] = (unsigned char)(prng_next(&prng) % 5);
    }
    size_t needed = pack(slice_of(body, sizeof(body)), bytes, sizeof(bytes)).size;
    for (size_t size = 0; size < sizeof(bytes); size += size < needed ? 13 : 1) {
        struct buf out;
        memset(bytes, 0x5a, sizeof(bytes));
        buf_init_fixed(&out, bytes, size);
        bool packed = gzip_pack(&gzip, slice_of(body, sizeof(body)), &out);
        assert_int_equal(packed, size > needed);
        assert_int_equal(out.size, packed ? needed : 0);
        for (size_t i = size; i < sizeof(bytes); i++) {
            assert_int_equal(bytes[i], 0x5a);
        }
    }
}

/* A body that is taken in several pieces is one stream, comes back, and is the same bytes each
 * time; where there is not room for all of it, there is none for a part. */
static void pieces(void **state)
{
    (void)state;
    static unsigned char body[3 * AGENT_PIECE_SIZE + 1];
    static unsigned char bytes[2][sizeof(body)];
    static unsigned char back[sizeof(body)];
    struct prng prng;
    prng_init(&prng, 6);
    for (size_t i = 0; i < sizeof(body); i++) {
        body[i] = (unsigned char)(prng_next(&prng) % 5);
    }
    for (size_t i = 1; i <= 3; i++) {
        for (size_t size = i * AGENT_PIECE_SIZE - 1; size <= i * AGENT_PIECE_SIZE + 1; size++) {
            struct buf out;
            struct slice packed = pack(slice_of(body, size), bytes[0], sizeof(bytes[0]));
            assert_true(
                slice_equal(packed, pack(slice_of(body, size), bytes[1], sizeof(bytes[1]))));
            buf_init_fixed(&out, back, sizeof(back));
            assert_int_equal(gzip_unpack(&gzip, packed, &out), STATUS_OK);
            assert_true(slice_equal(buf_bytes(&out), slice_of(body, size)));
            for (size_t room = 0; room < packed.size + 300; room += 97) {
                buf_init_fixed(&out, bytes[1], room);
                assert_int_equal(gzip_pack(&gzip, slice_of(body, size), &out), room > packed.size);
            }
        }
    }
}

/* A head may have more in it than ours has; what is damaged in it is damage. */
static void heads(void **state)
{
    (void)state;
    unsigned char one[256];
    unsigned char back[256];
    struct slice text = SLICE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    struct slice packed = pack(text, one, sizeof(one));
    static const struct {
        unsigned char flags;
        struct slice more;
        enum status status;
    } cases[] = {
        {0, SLICE_INIT(""), STATUS_OK},
        {1, SLICE_INIT(""), STATUS_OK},
        {4, {(const unsigned char *)"\3\0abc", 5}, STATUS_OK},
        {4, {(const unsigned char *)"\377\377abc", 5}, STATUS_BAD},
        {8, {(const unsigned char *)"name\0", 5}, STATUS_OK},
        {16, {(const unsigned char *)"words\0", 6}, STATUS_OK},
        {24, {(const unsigned char *)"name\0words\0", 11}, STATUS_OK},
        {2, SLICE_INIT("xx"), STATUS_BAD},
        {32, SLICE_INIT(""), STATUS_BAD},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char bytes[300];
        struct buf whole;
        struct buf out;
        buf_init_fixed(&whole, bytes, sizeof(bytes));
        buf_append(&whole, slice_take(packed, 10));
        bytes[3] = cases[i].flags;
        buf_append(&whole, cases[i].more);
        buf_append(&whole, slice_skip(packed, 10));
        buf_init_fixed(&out, back, sizeof(back));
        assert_int_equal(gzip_unpack(&gzip, buf_bytes(&whole), &out), cases[i].status);
        assert_int_equal(out.size, cases[i].status == STATUS_OK ? text.size : 0);
    }
}

/* Packing that saves nothing is not done, and leaves nothing behind. */
static void does_not_pay(void **state)
{
    (void)state;
    unsigned char noise[512];
    unsigned char bytes[1024];
    struct prng prng;
    struct buf out;
    prng_init(&prng, 1);
    prng_fill(&prng, noise, sizeof(noise));
    buf_init_fixed(&out, bytes, sizeof(bytes));
    gzip_init(&gzip, memory);
    assert_false(gzip_pack(&gzip, slice_of(noise, sizeof(noise)), &out));
    assert_false(gzip_pack(&gzip, SLICE_EMPTY, &out));
    assert_int_equal(out.size, 0);
}

/* Members follow each other; anything else behind one is damage; too much is told apart. */
static void members(void **state)
{
    (void)state;
    unsigned char one[256];
    unsigned char both[512];
    unsigned char back[512];
    struct buf joined;
    struct buf out;
    struct slice text = SLICE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    struct slice packed = pack(text, one, sizeof(one));
    buf_init_fixed(&joined, both, sizeof(both));
    buf_append(&joined, packed);
    buf_append(&joined, packed);
    buf_init_fixed(&out, back, sizeof(back));
    assert_int_equal(gzip_unpack(&gzip, buf_bytes(&joined), &out), STATUS_OK);
    assert_int_equal(out.size, 2 * text.size);
    buf_append_text(&joined, "rubbish");
    buf_reset(&out);
    assert_int_equal(gzip_unpack(&gzip, buf_bytes(&joined), &out), STATUS_BAD);
    buf_init_fixed(&out, back, text.size - 1);
    assert_int_equal(gzip_unpack(&gzip, packed, &out), STATUS_FULL);
    buf_init_fixed(&out, back, sizeof(back));
    assert_int_equal(gzip_unpack(&gzip, SLICE_EMPTY, &out), STATUS_BAD);
}

static void visit(struct slice input, void *context)
{
    unsigned char back[256];
    struct buf out;
    (void)context;
    buf_init_fixed(&out, back, sizeof(back));
    enum status status = gzip_unpack(&gzip, input, &out);
    (void)status;
}

static void every(void **state)
{
    (void)state;
    unsigned char bytes[256];
    struct slice packed =
        pack(SLICE("thaw thaw thaw thaw thaw thaw thaw thaw thaw thaw"), bytes, sizeof(bytes));
    every_damage(packed, visit, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),   cmocka_unit_test(others_read_it),
        cmocka_unit_test(same_bytes),   cmocka_unit_test(room),
        cmocka_unit_test(pieces),       cmocka_unit_test(heads),
        cmocka_unit_test(does_not_pay), cmocka_unit_test(members),
        cmocka_unit_test(every),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
