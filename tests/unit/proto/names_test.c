/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/names.h"

#include "lib/cm.h"

/* Every name is made of the characters that names have, and it has a slice of its own. */
static void well_formed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NAME_COUNT; i++) {
        struct slice name = names_all[i];
        assert_true(name.size > 0);
        assert_non_null(names_meanings[i]);
        for (size_t k = 0; k < name.size; k++) {
            unsigned char byte = name.base[k];
            assert_true((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
                        byte == '.' || byte == '_');
        }
    }
    assert_slice(NAME_FAAS_INVOCATION_ID, "faas.invocation_id");
    assert_slice(names_all[NAME_ID_THAW_SEQ], "thaw.seq");
}

/* No name is there twice. */
static void unique(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NAME_COUNT; i++) {
        for (unsigned k = 0; k < i; k++) {
            assert_false(slice_equal(names_all[i], names_all[k]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed),
        cmocka_unit_test(unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
