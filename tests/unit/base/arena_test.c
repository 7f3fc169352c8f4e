/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "lib/cm.h"

#include <stdalign.h>
#include <string.h>

static alignas(ARENA_ALIGN) unsigned char memory[256];

/* Everything handed out is aligned, apart and inside of the memory, also if that begins oddly. */
static void alignment(void **state)
{
    (void)state;
    for (size_t odd = 0; odd < ARENA_ALIGN; odd++) {
        struct arena arena;
        arena_init(&arena, memory + odd, sizeof(memory) - odd);
        unsigned char *before = memory;
        for (size_t size = 1; size < 20; size++) {
            unsigned char *got = arena_alloc(&arena, size);
            if (got == NULL) {
                break;
            }
            assert_int_equal((uintptr_t)got % ARENA_ALIGN, 0);
            assert_true(got >= before && got + size <= memory + sizeof(memory));
            before = got + size;
            memset(got, 0xaa, size);
        }
    }
}

/* What is left can be had to the last byte; one more is NULL and is remembered. */
static void exhaustion(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, memory, 33);
    assert_int_equal(arena_left(&arena), 33);
    assert_null(arena_alloc(&arena, 34));
    assert_true(arena_overflowed(&arena));
    arena_reset(&arena);
    assert_false(arena_overflowed(&arena));
    assert_non_null(arena_alloc(&arena, 33));
    assert_int_equal(arena_left(&arena), 0);
    assert_null(arena_alloc(&arena, 1));
    assert_true(arena_overflowed(&arena));
}

/* An arena without memory gives nothing and does not crash. */
static void no_memory(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, NULL, 0);
    assert_null(arena_alloc(&arena, 1));
    arena_init(&arena, memory + 1, 3);
    assert_null(arena_alloc(&arena, 1));
}

/* Sizes near the end of the address space do not wrap. */
static void wrapping(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, memory, sizeof(memory));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 14));
    assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 3));
    assert_true(arena_overflowed(&arena));
}

/* An array is zeroed. */
static void array(void **state)
{
    (void)state;
    struct arena arena;

    memset(memory, 0xff, sizeof(memory));
    arena_init(&arena, memory, sizeof(memory));
    uint64_t *numbers = arena_alloc_array(&arena, 4, sizeof(*numbers));
    assert_non_null(numbers);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(numbers[i], 0);
    }
}

/* Copies are copies, with a NUL where promised; what does not fit is empty or NULL. */
static void copies(void **state)
{
    (void)state;
    struct arena arena;
    char text[] = "hello";

    arena_init(&arena, memory, 64);
    struct slice copy = arena_dup(&arena, slice_from(text));
    char *named = arena_dup_text(&arena, slice_from(text));
    struct slice made = arena_printf(&arena, "%s-%d", text, 7);
    text[0] = 'j';
    assert_slice(copy, "hello");
    assert_string_equal(named, "hello");
    assert_slice(made, "hello-7");
    assert_int_equal(made.base[made.size], '\0');
    assert_int_equal(arena_dup(&arena, SLICE_EMPTY).size, 0);
    assert_false(arena_overflowed(&arena));
    assert_slice(arena_printf(&arena, "%100d", 1), "");
    assert_null(arena_dup_text(&arena, slice_of(memory, 100)));
    assert_int_equal(arena_dup(&arena, slice_of(memory, 100)).size, 0);
    assert_true(arena_overflowed(&arena));
}

/* A rewind gives back what came after the mark, and nothing of what came before. */
static void rewinding(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, memory, 64);
    assert_non_null(arena_alloc(&arena, 16));
    size_t mark = arena_mark(&arena);
    void *first = arena_alloc(&arena, 16);
    assert_null(arena_alloc(&arena, 100));
    size_t most = arena_mark(&arena);
    arena_rewind(&arena, mark);
    assert_int_equal(arena_most(&arena), most);
    assert_ptr_equal(arena_alloc(&arena, 16), first);
    assert_true(arena_overflowed(&arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alignment), cmocka_unit_test(exhaustion), cmocka_unit_test(no_memory),
        cmocka_unit_test(wrapping),  cmocka_unit_test(array),      cmocka_unit_test(copies),
        cmocka_unit_test(rewinding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
