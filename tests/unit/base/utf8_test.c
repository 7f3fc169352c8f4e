/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "lib/cm.h"
#include "lib/guard.h"

/* Every scalar value comes back from its bytes; no prefix of them is valid. */
static void all_characters(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        if (code >= 0xd800 && code <= 0xdfff) {
            continue;
        }
        unsigned char bytes[UTF8_SIZE_MAX];
        uint32_t back = 0;
        size_t size = utf8_encode(code, bytes);
        assert_int_equal(utf8_decode(slice_of(bytes, size), &back), size);
        assert_int_equal(back, code);
        assert_true(utf8_valid(slice_of(bytes, size)));
        for (size_t part = 1; part < size; part++) {
            assert_int_equal(utf8_decode(slice_of(bytes, part), &back), 0);
        }
    }
}

/* All pairs of bytes, and all triples and quadruples that begin interestingly: what is valid
 * encodes back to itself, so overlong forms, surrogates and what lies beyond are not. */
static void all_short_texts(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            for (unsigned third = 0x7f; third <= 0xc0; third += 0x41) {
                unsigned char bytes[] = {(unsigned char)first, (unsigned char)second,
                                         (unsigned char)(third & 0xbf), 0x80};
                unsigned char back[UTF8_SIZE_MAX];
                uint32_t code;
                size_t size = utf8_decode(slice_of(bytes, 4), &code);
                if (size > 0) {
                    assert_int_equal(utf8_encode(code, back), size);
                    assert_memory_equal(back, bytes, size);
                }
            }
        }
    }
}

/* What is wrong is replaced, a cut character once, and the rest is kept. */
static void sanitising(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *clean;
    } cases[] = {
        {"plain", "plain"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"\xff", "\xef\xbf\xbd"},
        {"a\xc3", "a\xef\xbf\xbd"},
        {"\xe2\x82", "\xef\xbf\xbd"},
        {"\xe2\x82(", "\xef\xbf\xbd("},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf0\x9f\x98\x80\x80", "\xf0\x9f\x98\x80\xef\xbf\xbd"},
    };
    struct buf buf;

    buf_init_growing(&buf, 100);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct guard_copy copy = guard_copy_create(slice_from(cases[i].text));
        buf_reset(&buf);
        utf8_sanitise(copy.bytes, &buf);
        assert_slice(buf_bytes(&buf), cases[i].clean);
        assert_true(utf8_valid(buf_bytes(&buf)));
        guard_copy_free(&copy);
    }
    buf_fini(&buf);
}

/* Cutting text short leaves whole characters. */
static void truncation(void **state)
{
    (void)state;
    struct slice text = SLICE("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80z");
    const size_t sizes[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};

    for (size_t max = 0; max < sizeof(sizes) / sizeof(sizes[0]); max++) {
        assert_int_equal(utf8_truncate(text, max).size, sizes[max]);
    }
    assert_int_equal(utf8_truncate(SLICE("\x80\x80\x80\x80\x80\x80"), 5).size, 5);
    assert_int_equal(utf8_valid_size(SLICE("ab\xff")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_characters),
        cmocka_unit_test(all_short_texts),
        cmocka_unit_test(sanitising),
        cmocka_unit_test(truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
