/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip/gzip.h"

#include "base/prng.h"
#include "lib/cm.h"
#include "lib/every.h"

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
        cmocka_unit_test(round_trip),
        cmocka_unit_test(does_not_pay),
        cmocka_unit_test(members),
        cmocka_unit_test(every),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
