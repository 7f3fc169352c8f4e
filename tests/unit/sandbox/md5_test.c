/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"

#include "sandbox/md5.h"

#include <string.h>

/* The test suite of RFC 1321. */
static void test_rfc(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char text[33];
        md5_of(slice_from(pairs[i][0]), text);
        assert_string_equal(text, pairs[i][1]);
    }
}

/* However it is cut, the digest is the same. */
static void test_cut(void **state)
{
    (void)state;
    unsigned char bytes[200];
    char whole[33];
    char parts[33];
    memset(bytes, 'x', sizeof(bytes));
    md5_of(slice_of(bytes, sizeof(bytes)), whole);
    for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
        struct md5 md5;
        md5_init(&md5);
        md5_add(&md5, slice_of(bytes, cut));
        md5_add(&md5, slice_of(bytes + cut, sizeof(bytes) - cut));
        md5_finish(&md5, parts);
        assert_string_equal(parts, whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rfc), cmocka_unit_test(test_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
