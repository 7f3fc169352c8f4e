/* SPDX-License-Identifier: Apache-2.0 */
#include "model/model_limits.h"
#include "model/repeats.h"
#include "model/sorted.h"

#include "base/hash.h"
#include "base/prng.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

struct row {
    struct sorted_key key;
    uint64_t value;
};

#define COUNT 5000

static int compare_numbers(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return a < b ? -1 : a > b;
}

/* All rows in order, forwards and backwards, are those of a sorted list. */
static void check(const struct sorted *sorted, int64_t *times, uint32_t count)
{
    qsort(times, count, sizeof(times[0]), compare_numbers);
    assert_int_equal(sorted->count, count);
    struct sorted_at at = sorted_lower(sorted, (struct sorted_key){.time_ns = INT64_MIN});
    for (uint32_t i = 0; i < count; i++, at = sorted_after(sorted, at)) {
        const struct row *row = sorted_row(sorted, at);
        assert_non_null(row);
        assert_int_equal(row->key.time_ns, times[i]);
        assert_int_equal(row->value, (uint64_t)times[i] * 3);
        const struct row *before = sorted_before(sorted, at);
        assert_true(i == 0 ? before == NULL : before->key.time_ns == times[i - 1]);
        assert_ptr_equal(sorted_find(sorted, row->key), row);
    }
    assert_null(sorted_row(sorted, at));
    const struct row *last = sorted_before(sorted, (struct sorted_at){sorted->block_count, 0});
    assert_true(count == 0 ? last == NULL : last->key.time_ns == times[count - 1]);
}

static bool keep_odd(void *context, void *row)
{
    (void)context;
    return ((const struct row *)row)->key.time_ns % 2 != 0;
}

/* Rows that come forwards, backwards and in any order are found, and walked in order. */
static void rows_in_any_order(void **state)
{
    (void)state;
    static int64_t times[COUNT];
    for (unsigned way = 0; way < 3; way++) {
        struct sorted sorted;
        struct prng prng;
        prng_init(&prng, 7);
        sorted_init(&sorted, sizeof(struct row));
        check(&sorted, times, 0);
        uint32_t count = 0;
        for (unsigned i = 0; i < COUNT; i++) {
            int64_t time_ns = way == 0   ? (int64_t)i
                              : way == 1 ? (int64_t)(COUNT - i)
                                         : (int64_t)prng_below(&prng, COUNT);
            bool fresh;
            struct row *row = sorted_make(&sorted, (struct sorted_key){.time_ns = time_ns}, &fresh);
            assert_non_null(row);
            if (fresh) {
                assert_int_equal(row->value, 0);
                row->value = (uint64_t)time_ns * 3;
                times[count++] = time_ns;
            }
            assert_int_equal(row->value, (uint64_t)time_ns * 3);
        }
        check(&sorted, times, count);
        sorted_filter(&sorted, keep_odd, NULL);
        uint32_t kept = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (times[i] % 2 != 0) {
                times[kept++] = times[i];
            }
        }
        check(&sorted, times, kept);
        sorted_fini(&sorted);
    }
}

/* Rows of one time are told apart by the second part of their key. */
static void keys_of_two_parts(void **state)
{
    (void)state;
    struct sorted sorted;
    bool fresh;
    sorted_init(&sorted, sizeof(struct row));
    for (uint32_t i = 0; i < 3 * SORTED_BLOCK_COUNT; i++) {
        assert_non_null(sorted_make(&sorted, (struct sorted_key){5, i * 7 % 1009, 0}, &fresh));
    }
    assert_int_equal(sorted.count, 3 * SORTED_BLOCK_COUNT);
    assert_null(sorted_find(&sorted, (struct sorted_key){5, 1010, 0}));
    const struct row *first =
        sorted_row(&sorted, sorted_lower(&sorted, (struct sorted_key){5, 0, 0}));
    assert_int_equal(first->key.minor, 0);
    sorted_fini(&sorted);
}

/* What was seen is known while no more than the limit came after it, and forgotten after twice as
 * many. */
static void repetitions_are_known(void **state)
{
    (void)state;
    const uint64_t limit = 3000;
    struct repeats repeats;
    repeats_init(&repeats, limit);
    for (uint64_t i = 0; i < 10 * limit; i++) {
        assert_true(repeats_add(&repeats, hash_u64(i + 1)));
        if (i >= limit - 1) {
            assert_false(repeats_add(&repeats, hash_u64(i + 1)));
            assert_false(repeats_add(&repeats, hash_u64(i + 1 - (limit - 1) / 2)));
        }
    }
    /* Three of four slots are taken at most, and no more than that are free. */
    assert_in_range(repeats.young.capacity, limit + 1, limit * 4 / 3 + 8);
    assert_true(repeats_add(&repeats, hash_u64(1)));
    assert_true(repeats_add(&repeats, 0));
    assert_false(repeats_add(&repeats, 0));
    repeats_fini(&repeats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_any_order),
        cmocka_unit_test(keys_of_two_parts),
        cmocka_unit_test(repetitions_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
