/* SPDX-License-Identifier: Apache-2.0 */
#include "net/certificate.h"

#include "lib/cm.h"
#include "lib/guard.h"

#include <string.h>

/* Name: a country, and an organisation with this tag and text of five letters. */
#define NAME(tag, text)                                                                            \
    "\x30\x1d\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02"                                         \
    "DE"                                                                                           \
    "\x31\x0e\x30\x0c\x06\x03\x55\x04\x0a" tag "\x05" text

/* The beginning of a certificate: version, serial 1, an algorithm, an issuer, no validity. */
#define CERTIFICATE                                                                                \
    "\x30\x34\x30\x32\xa0\x03\x02\x01\x02\x02\x01\x01\x30\x03\x06\x01\x2a\x30\x00\x30\x00" NAME(   \
        "\x0c", "Thaw ") "\x30\x00"

#define BYTES(literal) slice_of(literal, sizeof(literal) - 1)

/* The subject is found, and it is the whole Name. */
static void subject(void **state)
{
    struct slice name;
    (void)state;
    assert_true(certificate_subject(BYTES(CERTIFICATE), &name));
    assert_true(slice_equal(name, BYTES(NAME("\x0c", "Thaw "))));
}

/* Every certificate that is cut somewhere before its end has none, and nothing behind it is read.
 */
static void cut(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof(CERTIFICATE) - 1; size++) {
        struct slice name;
        struct guard_copy copy = guard_copy_create(slice_of(CERTIFICATE, size));
        assert_false(certificate_subject(copy.bytes, &name));
        guard_copy_free(&copy);
    }
}

/* How a text is written makes no difference; what it says does. */
static void hash(void **state)
{
    (void)state;
    uint32_t known = certificate_name_hash(BYTES(NAME("\x0c", "Thaw ")));
    assert_int_not_equal(known, 0);
    assert_int_equal(certificate_name_hash(BYTES(NAME("\x13", "thaw "))), known);
    assert_int_equal(certificate_name_hash(BYTES(NAME("\x13", "TH AW"))), known);
    assert_int_not_equal(certificate_name_hash(BYTES(NAME("\x13", "thawn"))), known);
    assert_int_equal(certificate_name_hash(SLICE_EMPTY), 0);
    assert_int_equal(certificate_name_hash(BYTES("\x31\x00")), 0);
    assert_int_equal(certificate_name_hash(BYTES(NAME("\x0c", "Thaw ") "x")), 0);
    assert_int_equal(certificate_name_hash(BYTES("\x30\x80\x00\x00")), 0);
    assert_int_equal(certificate_name_hash(BYTES("\x30\x84\x00\x00\x00\x00")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subject),
        cmocka_unit_test(cut),
        cmocka_unit_test(hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
