/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"

#include "lib/cm.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Append, and expect what the C library writes. */
#define SAME(...)                                                                                  \
    do {                                                                                           \
        char expected[256];                                                                        \
        char memory[256];                                                                          \
        struct buf buf;                                                                            \
        snprintf(expected, sizeof(expected), __VA_ARGS__);                                         \
        buf_init_fixed(&buf, memory, sizeof(memory));                                              \
        format_append(&buf, __VA_ARGS__);                                                          \
        assert_false(buf_overflowed(&buf));                                                        \
        assert_slice(buf_bytes(&buf), expected);                                                   \
    } while (0)

/* Every conversion writes what printf() does. */
static void conversions(void **state)
{
    (void)state;
    SAME("plain");
    SAME("<%s>", "");
    SAME("%s", "text");
    SAME("a%s%sb", "1", "2");
    SAME("<%.*s>", 3, "longer");
    SAME("<%.*s>", 30, "shorter");
    SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
    SAME("%lld %lld", LLONG_MAX, LLONG_MIN);
    SAME("%u %u", 0u, UINT_MAX);
    SAME("%llu %zu", ULLONG_MAX, SIZE_MAX);
    SAME("%02d:%04d %02u %03u", 7, 7, 12u, 1234u);
    SAME("%x %02x %08x %llx", 255u, 10u, 0xbeefu, 1ull << 40);
}

/* The empty slice, which may have no address, is nothing. */
static void empty_slice(void **state)
{
    (void)state;
    char memory[8];
    struct buf buf;
    buf_init_fixed(&buf, memory, sizeof(memory));
    format_append(&buf, "<" SLICE_FMT ">", SLICE_ARG(SLICE_EMPTY));
    assert_slice(buf_bytes(&buf), "<>");
}

/* What does not fit is left out as a whole; what was there before stays. */
static void all_or_nothing(void **state)
{
    (void)state;
    for (size_t size = 2; size < 10; size++) {
        char memory[10];
        struct buf buf;
        buf_init_fixed(&buf, memory, size);
        buf_append(&buf, SLICE("ab"));
        format_append(&buf, "%s-%u", "cde", 12u);
        assert_int_equal(buf_overflowed(&buf), size < 8);
        assert_slice(buf_bytes(&buf), size < 8 ? "ab" : "abcde-12");
    }
}

/* In an arena the text has a NUL behind it, takes its own size alone, and is empty where it does
 * not fit. */
static void in_an_arena(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 64; size++) {
        unsigned char memory[80] __attribute__((aligned(ARENA_ALIGN)));
        struct arena arena;
        arena_init(&arena, memory, size);
        struct slice text = format_arena(&arena, "%s %u", "seventeen is", 1234u);
        if (size < 18) {
            assert_int_equal(text.size, 0);
            assert_true(arena_overflowed(&arena));
            continue;
        }
        assert_false(arena_overflowed(&arena));
        assert_slice(text, "seventeen is 1234");
        assert_int_equal(text.base[text.size], '\0');
        assert_int_equal(arena_left(&arena), size < 32 ? 0 : size - 32);
        struct slice next = format_arena(&arena, "%d", -5);
        assert_slice(text, "seventeen is 1234");
        assert_slice(next, size < 35 ? "" : "-5");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversions),
        cmocka_unit_test(empty_slice),
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(in_an_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
