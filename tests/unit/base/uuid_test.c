/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uuid.h"

#include "lib/cm.h"
#include "lib/every.h"

static const char sample[] = "8a3c60f7-d188-f8fa-79d4-8a391a778fa6";

/* Parsing and formatting are each other's inverse; upper case is read and written lower. */
static void round_trip(void **state)
{
    (void)state;
    struct uuid uuid;
    char text[UUID_TEXT_SIZE + 1];

    assert_true(uuid_parse(slice_from(sample), &uuid));
    assert_int_equal(uuid.bytes[0], 0x8a);
    assert_int_equal(uuid.bytes[15], 0xa6);
    uuid_format(&uuid, text);
    assert_string_equal(text, sample);
    assert_true(uuid_parse(SLICE("8A3C60F7-D188-F8FA-79D4-8A391A778FA6"), &uuid));
    uuid_format(&uuid, text);
    assert_string_equal(text, sample);
}

static void parse_only(struct slice input, void *context)
{
    struct uuid uuid;
    bool good = uuid_parse(input, &uuid);

    (void)context;
    if (good) {
        assert_int_equal(input.size, UUID_TEXT_SIZE);
        for (size_t i = 0; i < input.size; i++) {
            bool dash = i == 8 || i == 13 || i == 18 || i == 23;
            assert_int_equal(input.base[i] == '-', dash);
        }
    }
}

/* Damage makes it no UUID, unless it is another digit. */
static void damage(void **state)
{
    (void)state;
    struct uuid uuid;

    every_damage(slice_from(sample), parse_only, NULL);
    assert_false(uuid_parse(SLICE("8a3c60f7-d188-f8fa-79d4-8a391a778fa60"), &uuid));
    assert_false(uuid_parse(SLICE("{8a3c60f7-d188-f8fa-79d4-8a391a778fa}"), &uuid));
}

/* Random ones say that they are of version 4 and differ. */
static void random_ones(void **state)
{
    (void)state;
    struct prng prng;

    prng_init(&prng, 1);
    struct uuid one = uuid_v4(&prng);
    struct uuid other = uuid_v4(&prng);
    assert_int_equal(one.bytes[6] >> 4, 4);
    assert_int_equal(one.bytes[8] >> 6, 2);
    assert_memory_not_equal(one.bytes, other.bytes, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(damage),
        cmocka_unit_test(random_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
