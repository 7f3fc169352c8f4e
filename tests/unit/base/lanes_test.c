/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lanes.h"

#include "base/slice.h"
#include "lib/cm.h"
#include "lib/guard.h"

/* The first lane that a comparison holds for, wherever it is. */
static void first_lane(void **state)
{
    (void)state;
    unsigned char bytes[LANES_COUNT];

    for (unsigned at = 0; at < LANES_COUNT; at++) {
        for (unsigned i = 0; i < LANES_COUNT; i++) {
            bytes[i] = i < at ? 'a' : i == at ? '"' : (unsigned char)(i * 17);
        }
        assert_int_equal(lanes_first((lanes)(lanes_load(bytes) == lanes_of('"'))), at);
    }
    memset(bytes, 'a', sizeof(bytes));
    assert_int_equal(lanes_first((lanes)(lanes_load(bytes) == lanes_of('"'))), LANES_COUNT);
}

/* Bytes have no sign. */
static void unsigned_lanes(void **state)
{
    (void)state;
    unsigned char bytes[LANES_COUNT];

    memset(bytes, 0xff, sizeof(bytes));
    bytes[5] = 0x1f;
    assert_int_equal(lanes_first((lanes)(lanes_load(bytes) < lanes_of(0x20))), 5);
    assert_int_equal(lanes_first((lanes)(lanes_load(bytes) > lanes_of(0x7f))), 0);
}

/* The highest bit of one is seen wherever it is. */
static void high_lanes(void **state)
{
    (void)state;
    unsigned char bytes[LANES_COUNT];

    memset(bytes, 0x7f, sizeof(bytes));
    assert_false(lanes_high(lanes_load(bytes)));
    for (unsigned at = 0; at < LANES_COUNT; at++) {
        bytes[at] = 0x80;
        assert_true(lanes_high(lanes_load(bytes)));
        bytes[at] = 0x7f;
    }
}

/* It reads sixteen bytes, which may be anywhere. */
static void bounds(void **state)
{
    (void)state;
    struct guard_copy copy = guard_copy_create(SLICE("0123456789012345"));

    assert_int_equal(lanes_first((lanes)(lanes_load(copy.bytes.base) == lanes_of('5'))), 5);
    guard_copy_free(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_lane),
        cmocka_unit_test(unsigned_lanes),
        cmocka_unit_test(high_lanes),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
