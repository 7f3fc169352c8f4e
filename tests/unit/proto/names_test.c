/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/names.h"

#include "lib/cm.h"

static const struct {
    const struct slice *name;
    const char *meaning;
} rows[] = {
#define NAME(ident, text, meaning) {&NAME_##ident, (meaning)},
#include "proto/names.def"
#undef NAME
};

#define NAME_COUNT (sizeof(rows) / sizeof(rows[0]))

/* Every name is made of the characters that names have, and it has a slice of its own. */
static void well_formed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NAME_COUNT; i++) {
        struct slice name = *rows[i].name;
        assert_true(name.size > 0);
        assert_non_null(rows[i].meaning);
        for (size_t k = 0; k < name.size; k++) {
            unsigned char byte = name.base[k];
            assert_true((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
                        byte == '.' || byte == '_');
        }
    }
    assert_slice(NAME_FAAS_INVOCATION_ID, "faas.invocation_id");
}

/* No name is there twice. */
static void unique(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NAME_COUNT; i++) {
        for (unsigned k = 0; k < i; k++) {
            assert_false(slice_equal(*rows[i].name, *rows[k].name));
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
