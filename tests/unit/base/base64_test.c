/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "base/prng.h"
#include "lib/cm.h"
#include "lib/every.h"

/* The vectors of RFC 4648, both ways, with and without padding. */
static void vectors(void **state)
{
    (void)state;
    const struct {
        const char *bytes;
        const char *text;
        const char *bare;
    } cases[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    };
    struct buf buf;

    buf_init_growing(&buf, 100);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_reset(&buf);
        base64_encode(slice_from(cases[i].bytes), &buf);
        assert_slice(buf_bytes(&buf), cases[i].text);
        buf_reset(&buf);
        assert_true(base64_decode(slice_from(cases[i].text), &buf));
        assert_slice(buf_bytes(&buf), cases[i].bytes);
        buf_reset(&buf);
        assert_true(base64_decode(slice_from(cases[i].bare), &buf));
        assert_slice(buf_bytes(&buf), cases[i].bytes);
    }
    buf_fini(&buf);
}

/* Random bytes come back, and no more than was announced. */
static void round_trip(void **state)
{
    (void)state;
    struct prng prng;
    unsigned char bytes[40];
    struct buf text;
    struct buf back;

    prng_init(&prng, 1);
    buf_init_growing(&text, 100);
    buf_init_growing(&back, 100);
    for (unsigned i = 0; i < 1000; i++) {
        size_t size = prng_below(&prng, sizeof(bytes) + 1);
        prng_fill(&prng, bytes, size);
        buf_reset(&text);
        buf_reset(&back);
        base64_encode(slice_of(bytes, size), &text);
        assert_true(base64_decode(buf_bytes(&text), &back));
        assert_true(slice_equal(buf_bytes(&back), slice_of(bytes, size)));
        assert_true(size <= base64_decoded_size_max(text.size));
    }
    buf_fini(&text);
    buf_fini(&back);
}

/* Both alphabets are read; everything else is refused and leaves the buf alone. */
static void refusals(void **state)
{
    (void)state;
    struct buf buf;

    buf_init_growing(&buf, 100);
    assert_true(base64_decode(SLICE("-_+/"), &buf));
    assert_memory_equal(buf.base, "\xfb\xff\xbf", 3);
    const char *bad[] = {
        "A", "AAAAA", "A===", "====", "AB=C", "AA=", "AA A", "AB", "AAB", "AAA=A", "Zg==="};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(base64_decode(slice_from(bad[i]), &buf));
        assert_int_equal(buf.size, 3);
    }
    buf_fini(&buf);
}

static void decode(struct slice input, void *context)
{
    struct buf *buf = context;

    buf_reset(buf);
    bool good = base64_decode(input, buf);
    assert_true(good || buf->size == 0);
    assert_true(buf->size <= base64_decoded_size_max(input.size));
}

/* Any damage is decoded or refused, and nothing is read behind the text. */
static void damage(void **state)
{
    (void)state;
    struct buf buf;

    buf_init_growing(&buf, 100);
    every_damage(SLICE("Zm9vYg=="), decode, &buf);
    buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(refusals),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
