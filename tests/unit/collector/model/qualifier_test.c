/* SPDX-License-Identifier: Apache-2.0 */
#include "model/qualifier.h"

#include "lib/cm.h"

/* An alias stands behind the name; a version, an ARN of something else, or half of one has none. */
static void test_alias(void **state)
{
    static const struct {
        const char *arn, *alias;
    } cases[] = {
        {"arn:aws:lambda:eu-west-1:123456789012:function:stock:live", "live"},
        {"arn:aws:lambda:eu-west-1:123456789012:function:stock:live-2", "live-2"},
        {"arn:aws:lambda:eu-west-1:123456789012:function:stock:7b", "7b"},
        {"arn:aws:lambda:eu-west-1:123456789012:function:stock:7", ""},
        {"arn:aws:lambda:eu-west-1:123456789012:function:stock:$LATEST", ""},
        {"arn:aws:lambda:eu-west-1:123456789012:function:stock:", ""},
        {"arn:aws:lambda:eu-west-1:123456789012:function:stock", ""},
        {"arn:aws:lambda:eu-west-1:123456789012:layer:stock:live", ""},
        {"arn:aws", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_slice(qualifier_alias(slice_from(cases[i].arn)), cases[i].alias);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
