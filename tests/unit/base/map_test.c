/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "base/prng.h"
#include "lib/cm.h"

/* Keys of the test's table: a row is found if its key is the one in context. */
static uint32_t keys[5000];

static bool equal_key(const void *context, uint32_t row)
{
    return keys[row] == *(const uint32_t *)context;
}

/* A poor hash on purpose: many keys share one. */
static uint64_t poor_hash(uint32_t key)
{
    return key % 97;
}

/* Thousands of inserts and removals in random order agree with a plain table at each step. */
static void model(void **state)
{
    (void)state;
    static bool present[1000];
    struct map map;
    struct prng prng;
    size_t count = 0;

    for (uint32_t i = 0; i < 1000; i++) {
        keys[i] = i * 7;
    }
    map_init_growing(&map, 1000);
    prng_init(&prng, 5);
    for (unsigned step = 0; step < 20000; step++) {
        uint32_t row = (uint32_t)prng_below(&prng, 1000);
        uint64_t hash = poor_hash(keys[row]);
        uint32_t found = UINT32_MAX;
        assert_int_equal(map_find(&map, hash, equal_key, &keys[row], &found), present[row]);
        if (present[row]) {
            assert_int_equal(found, row);
            assert_true(map_remove(&map, hash, row));
            count--;
        } else {
            assert_false(map_remove(&map, hash, row));
            assert_int_equal(map_insert(&map, hash, row), STATUS_OK);
            count++;
        }
        present[row] = !present[row];
        assert_int_equal(map.count, count);
    }
    size_t position = 0;
    uint32_t row;
    while (map_next(&map, &position, &row)) {
        assert_true(present[row]);
        present[row] = false;
        count--;
    }
    assert_int_equal(count, 0);
    map_fini(&map);
}

/* A growing map takes count_max entries and not one more, and stays whole. */
static void growing_limit(void **state)
{
    (void)state;
    struct map map;
    uint32_t row;

    map_init_growing(&map, 100);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(map_insert(&map, i, i), STATUS_OK);
    }
    assert_int_equal(map_insert(&map, 100, 100), STATUS_FULL);
    for (uint32_t i = 0; i < 100; i++) {
        assert_true(map_find(&map, i, NULL, NULL, &row));
        assert_int_equal(row, i);
    }
    map_reset(&map);
    assert_false(map_find(&map, 1, NULL, NULL, &row));
    assert_int_equal(map_insert(&map, 100, 100), STATUS_OK);
    map_fini(&map);
}

/* A fixed map takes three quarters of its slots and never allocates. */
static void fixed_limit(void **state)
{
    (void)state;
    struct map_slot slots[8];
    struct map map;
    uint32_t row;

    map_init_fixed(&map, slots, 8);
    assert_false(map_find(&map, 1, NULL, NULL, &row));
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(map_insert(&map, i, i), STATUS_OK);
    }
    assert_int_equal(map_insert(&map, 6, 6), STATUS_FULL);
    assert_true(map_remove(&map, 3, 3));
    assert_int_equal(map_insert(&map, 6, 6), STATUS_OK);
    assert_true(map_find(&map, 6, NULL, NULL, &row));
}

/* A moved entry is found where it went. */
static void moving(void **state)
{
    (void)state;
    struct map map;
    uint32_t row;

    map_init_growing(&map, 10);
    assert_int_equal(map_insert(&map, 1, 1), STATUS_OK);
    assert_true(map_move(&map, 1, 1, 9));
    assert_false(map_move(&map, 1, 1, 9));
    assert_true(map_find(&map, 1, NULL, NULL, &row));
    assert_int_equal(row, 9);
    map_fini(&map);
}

/* With room made at once, what was there is still found, and all fits without growing. */
static void reserving(void **state)
{
    (void)state;
    struct map map;
    uint32_t row;
    map_init_growing(&map, 1000);
    assert_int_equal(map_insert(&map, 5, 7), STATUS_OK);
    assert_true(map_reserve(&map, 1000));
    assert_false(map_reserve(&map, 1001));
    size_t capacity = map.capacity;
    assert_true(map_find(&map, 5, NULL, NULL, &row));
    assert_int_equal(row, 7);
    for (uint32_t i = 1; i < 1000; i++) {
        assert_int_equal(map_insert(&map, 1000 + i, i), STATUS_OK);
    }
    assert_int_equal(map.capacity, capacity);
    assert_true(map_reserve(&map, 1));
    map_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model),  cmocka_unit_test(growing_limit), cmocka_unit_test(fixed_limit),
        cmocka_unit_test(moving), cmocka_unit_test(reserving),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
