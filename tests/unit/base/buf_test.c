/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "lib/cm.h"

#include <string.h>

/* A fixed buf holds exactly its memory; what does not fit is left out as a whole and for good. */
static void fixed(void **state)
{
    (void)state;
    unsigned char memory[4];
    struct buf buf;

    buf_init_fixed(&buf, memory, sizeof(memory));
    buf_append(&buf, SLICE("abc"));
    buf_append(&buf, SLICE("de"));
    assert_true(buf_overflowed(&buf));
    buf_append(&buf, SLICE("f"));
    assert_slice(buf_bytes(&buf), "abc");
    buf_reset(&buf);
    assert_false(buf_overflowed(&buf));
    buf_append(&buf, SLICE("wxyz"));
    assert_false(buf_overflowed(&buf));
    assert_slice(buf_bytes(&buf), "wxyz");
    assert_int_equal(buf_left(&buf), 0);
}

/* A growing buf takes exactly its cap, at cap - 1, cap and cap + 1 bytes. */
static void growing(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 2000; cap += 333) {
        struct buf buf;
        buf_init_growing(&buf, cap);
        for (size_t i = 0; i < cap; i++) {
            assert_false(buf_overflowed(&buf));
            buf_append_byte(&buf, (unsigned char)i);
        }
        assert_false(buf_overflowed(&buf));
        assert_int_equal(buf_bytes(&buf).size, cap);
        buf_append_byte(&buf, 0);
        assert_true(buf_overflowed(&buf));
        for (size_t i = 0; i < cap; i++) {
            assert_int_equal(buf.base[i], (unsigned char)i);
        }
        buf_fini(&buf);
    }
}

/* Numbers and formats write what printf would. */
static void text(void **state)
{
    (void)state;
    struct buf buf;

    buf_init_growing(&buf, 4096);
    buf_append_u64(&buf, UINT64_MAX);
    buf_append_byte(&buf, ' ');
    buf_append_i64(&buf, INT64_MIN);
    buf_append_text(&buf, " x");
    buf_append_fill(&buf, '-', 3);
    buf_printf(&buf, "%d|%s", 7, "y");
    assert_slice(buf_bytes(&buf), "18446744073709551615 -9223372036854775808 x---7|y");
    buf_reset(&buf);
    buf_printf(&buf, "%300d", 1);
    assert_int_equal(buf_bytes(&buf).size, 300);
    assert_int_equal(buf.base[299], '1');
    buf_fini(&buf);
}

/* Short formatted text may fill a fixed buf to its last byte. */
static void exact_format(void **state)
{
    (void)state;
    unsigned char memory[3];
    struct buf buf;

    buf_init_fixed(&buf, memory, sizeof(memory));
    buf_printf(&buf, "%d", 123);
    assert_slice(buf_bytes(&buf), "123");
    assert_false(buf_overflowed(&buf));
    buf_printf(&buf, "%s", "");
    assert_false(buf_overflowed(&buf));
    buf_printf(&buf, "%d", 4);
    assert_true(buf_overflowed(&buf));
}

/* Reserved bytes count only when they are committed. */
static void reserving(void **state)
{
    (void)state;
    struct buf buf;

    buf_init_growing(&buf, 10);
    unsigned char *room = buf_reserve(&buf, 8);
    assert_non_null(room);
    memcpy(room, "abcdefgh", 8);
    assert_int_equal(buf_bytes(&buf).size, 0);
    buf_commit(&buf, 2);
    assert_slice(buf_bytes(&buf), "ab");
    assert_null(buf_reserve(&buf, 9));
    assert_true(buf_overflowed(&buf));
    buf_fini(&buf);
}

/* Consuming takes from the front, rewinding from the end, and a rewind forgives an overflow. */
static void both_ends(void **state)
{
    (void)state;
    unsigned char memory[8];
    struct buf buf;

    buf_init_fixed(&buf, memory, sizeof(memory));
    buf_append(&buf, SLICE("abcdef"));
    buf_consume(&buf, 2);
    assert_slice(buf_bytes(&buf), "cdef");
    buf_append(&buf, SLICE("too much"));
    assert_true(buf_overflowed(&buf));
    buf_rewind(&buf, 2);
    assert_false(buf_overflowed(&buf));
    assert_slice(buf_bytes(&buf), "cd");
    buf_consume(&buf, 2);
    assert_slice(buf_bytes(&buf), "");
}

/* Nothing may be appended to nothing. */
static void nothing(void **state)
{
    (void)state;
    struct buf buf;

    buf_init_fixed(&buf, NULL, 0);
    buf_append(&buf, SLICE_EMPTY);
    assert_false(buf_overflowed(&buf));
    assert_non_null(buf_reserve(&buf, 0));
    buf_append_byte(&buf, 1);
    assert_true(buf_overflowed(&buf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed),        cmocka_unit_test(growing),   cmocka_unit_test(text),
        cmocka_unit_test(exact_format), cmocka_unit_test(reserving), cmocka_unit_test(both_ends),
        cmocka_unit_test(nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
