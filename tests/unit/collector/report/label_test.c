/* SPDX-License-Identifier: Apache-2.0 */
#include "report/label.h"

#include "lib/cm.h"
#include "lib/guard.h"

#include <string.h>

/* What is too long is cut behind a character. */
static void test_cut(void **state)
{
    (void)state;
    struct label label;
    unsigned char text[REPORT_LABEL_SIZE_MAX + 10];
    memset(text, 'a', sizeof(text));
    label_set(&label, slice_of(text, REPORT_LABEL_SIZE_MAX));
    assert_int_equal(label_text(&label).size, REPORT_LABEL_SIZE_MAX);
    text[REPORT_LABEL_SIZE_MAX - 1] = 0xc3;
    text[REPORT_LABEL_SIZE_MAX] = 0xa4;
    label_set(&label, slice_of(text, sizeof(text)));
    assert_int_equal(label_text(&label).size, REPORT_LABEL_SIZE_MAX - 1);
    label_set(&label, SLICE_EMPTY);
    assert_int_equal(label_text(&label).size, 0);
}

/* What differs between occurrences of an error is taken out, what tells errors apart is not. */
static void test_general(void **state)
{
    static const char *const pairs[][2] = {
        {"Order 12345 has 3 items", "Order <n> has <n> items"},
        {"took 12.5 ms.", "took <n> ms."},
        {"request eb76323a-caf8-4301-8b4b-8aa3fdc2dea0 failed", "request <id> failed"},
        {"no such key 9f86d081884c7d65 here", "no such key <id> here"},
        {"the decade was bad", "the decade was bad"},
        {"deadbeef cafebabe", "deadbeef cafebabe"},
        {"first line\nsecond line", "first line"},
        {"  much \t space  ", "much space"},
        {"python3 v22", "python<n> v<n>"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct label label;
        label_set_general(&label, slice_from(pairs[i][0]));
        assert_slice(label_text(&label), pairs[i][1]);
    }
}

/* Nothing outside of the text is read, whatever it is. */
static void test_every_prefix(void **state)
{
    static const char text[] = "Error 12.5: eb76323a-caf8-4301-8b4b-8aa3fdc2dea0 \xc3\xa4\xf0 1.";
    (void)state;
    for (size_t size = 0; size < sizeof(text); size++) {
        struct guard_copy copy = guard_copy_create(slice_of(text, size));
        struct label label;
        label_set_general(&label, copy.bytes);
        label_set(&label, copy.bytes);
        guard_copy_free(&copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_general),
        cmocka_unit_test(test_every_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
