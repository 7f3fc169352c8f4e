/* SPDX-License-Identifier: Apache-2.0 */
#include "base/percent.h"

#include "lib/cm.h"

static char bytes[8];
static struct buf out;

static bool decode(const char *text)
{
    buf_init_fixed(&out, bytes, sizeof(bytes));
    buf_append_text(&out, "-");
    return percent_decode(slice_from(text), &out);
}

/* Escapes of either case; everything else stands for itself. */
static void escapes(void **state)
{
    (void)state;
    assert_true(decode("a%41%2f%2F+"));
    assert_slice(buf_bytes(&out), "-aA//+");
    assert_true(decode(""));
    assert_slice(buf_bytes(&out), "-");
}

/* What is malformed leaves the buf as it was. */
static void malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {"%", "a%4", "%4g", "%%41", "ab%zz"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(decode(texts[i]));
        assert_slice(buf_bytes(&out), "-");
    }
}

/* What does not fit shows as an overflow. */
static void room(void **state)
{
    (void)state;
    assert_true(decode("1234567"));
    assert_false(buf_overflowed(&out));
    assert_true(decode("12345678"));
    assert_true(buf_overflowed(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes),
        cmocka_unit_test(malformed),
        cmocka_unit_test(room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
