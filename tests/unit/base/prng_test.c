/* SPDX-License-Identifier: Apache-2.0 */
#include "base/prng.h"

#include "base/entropy.h"
#include "lib/cm.h"

#include <string.h>

/* The same seed gives the same numbers, another seed others. */
static void seeds(void **state)
{
    (void)state;
    struct prng one;
    struct prng same;
    struct prng other;

    prng_init(&one, 7);
    prng_init(&same, 7);
    prng_init(&other, 8);
    for (unsigned i = 0; i < 100; i++) {
        uint64_t value = prng_next(&one);
        assert_true(value == prng_next(&same));
        assert_true(value != prng_next(&other));
    }
}

/* Numbers below a bound are below it, and all of them come. */
static void bounds(void **state)
{
    (void)state;
    struct prng prng;
    unsigned counts[7] = {0};

    prng_init(&prng, 1);
    for (unsigned i = 0; i < 7000; i++) {
        counts[prng_below(&prng, 7)]++;
    }
    for (unsigned i = 0; i < 7; i++) {
        assert_true(counts[i] > 800 && counts[i] < 1200);
    }
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t value = prng_between(&prng, 10, 12);
        assert_true(value >= 10 && value <= 12);
    }
    assert_int_equal(prng_below(&prng, 1), 0);
    assert_int_equal(prng_between(&prng, 5, 5), 5);
    (void)prng_between(&prng, 0, UINT64_MAX);
}

/* A chance of nothing never comes, one of everything always. */
static void chances(void **state)
{
    (void)state;
    struct prng prng;

    prng_init(&prng, 1);
    for (unsigned i = 0; i < 100; i++) {
        assert_false(prng_chance(&prng, 0, 5));
        assert_true(prng_chance(&prng, 5, 5));
    }
}

/* Filling writes every byte and none behind. */
static void filling(void **state)
{
    (void)state;
    struct prng prng;

    prng_init(&prng, 3);
    for (size_t size = 0; size < 20; size++) {
        unsigned char bytes[24];
        memset(bytes, 0, sizeof(bytes));
        for (unsigned round = 0; round < 8; round++) {
            unsigned char more[24];
            memset(more, 0, sizeof(more));
            prng_fill(&prng, more, size);
            for (size_t i = 0; i < sizeof(bytes); i++) {
                bytes[i] |= more[i];
            }
        }
        for (size_t i = 0; i < sizeof(bytes); i++) {
            assert_int_equal(bytes[i] != 0, i < size);
        }
    }
}

/* The kernel's bytes come and differ. */
static void entropy(void **state)
{
    (void)state;
    unsigned char one[16];
    unsigned char other[16];

    assert_int_equal(entropy_fill(one, sizeof(one)), STATUS_OK);
    assert_int_equal(entropy_fill(other, sizeof(other)), STATUS_OK);
    assert_memory_not_equal(one, other, sizeof(one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds),   cmocka_unit_test(bounds),  cmocka_unit_test(chances),
        cmocka_unit_test(filling), cmocka_unit_test(entropy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
