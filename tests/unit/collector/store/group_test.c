/* SPDX-License-Identifier: Apache-2.0 */
/* How many frames a sync is to cover. */
#include "store/group.h"

#include "lib/cm.h"
#include "store/store_limits.h"

/* Who is alone is never waited for. */
static void alone(void **state)
{
    struct group group = {.expected = 0};
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        assert_in_range(group_wanted(&group, 1, false), 0, 1);
        group_taken(&group, 1);
    }
}

/* Four senders, of which two at a time would wait for the other two, come together. */
static void taking_turns(void **state)
{
    struct group group = {.expected = 0};
    (void)state;
    assert_int_equal(group_wanted(&group, 1, false), 1);
    group_taken(&group, 1);
    assert_int_equal(group_wanted(&group, 3, true), 4);
    group_taken(&group, 4);
    /* All were answered; the first that comes back is no group. */
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(group_wanted(&group, 1, false), 4);
        group_taken(&group, 4);
    }
}

/* What does not come is waited for once; one that comes by itself then goes at once. */
static void in_vain(void **state)
{
    struct group group = {.expected = 0};
    (void)state;
    group_taken(&group, 4);
    assert_int_equal(group_wanted(&group, 2, true), 6);
    group_taken(&group, 2);
    assert_int_equal(group_wanted(&group, 1, false), 2);
    group_taken(&group, 1);
    assert_int_equal(group_wanted(&group, 1, false), 1);
    group_taken(&group, 1);
}

/* More than was expected is taken as it is. */
static void more(void **state)
{
    struct group group = {.expected = 0};
    (void)state;
    group_taken(&group, 2);
    assert_int_equal(group_wanted(&group, 50, true), 52);
    group_taken(&group, 60);
    assert_int_equal(group_wanted(&group, 1, false), 52);
}

/* Nobody waits for others longer than for the disk, nor than the limit. */
static void patience(void **state)
{
    (void)state;
    assert_int_equal(group_patience_ns(0), 0);
    assert_int_equal(group_patience_ns(STORE_GROUP_NS_MAX - 1), STORE_GROUP_NS_MAX - 1);
    assert_int_equal(group_patience_ns(STORE_GROUP_NS_MAX), STORE_GROUP_NS_MAX);
    assert_int_equal(group_patience_ns(UINT64_MAX), STORE_GROUP_NS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone), cmocka_unit_test(taking_turns), cmocka_unit_test(in_vain),
        cmocka_unit_test(more),  cmocka_unit_test(patience),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
