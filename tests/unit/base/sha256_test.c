/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sha256.h"

#include "base/hex.h"
#include "lib/cm.h"

#include <string.h>

static void digest_is(struct slice bytes, const char *expected)
{
    unsigned char digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE];
    sha256_digest(bytes, digest);
    hex_encode(slice_of(digest, sizeof(digest)), text);
    assert_slice(slice_of(text, sizeof(text)), expected);
}

/* The examples of FIPS 180. */
static void examples(void **state)
{
    (void)state;
    static char million[1000000];
    memset(million, 'a', sizeof(million));
    digest_is(SLICE_EMPTY, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_is(SLICE("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_is(SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    digest_is(slice_of(million, sizeof(million)),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Sizes around the edges of a block. */
static void edges(void **state)
{
    (void)state;
    char text[65];
    memset(text, 'x', sizeof(text));
    digest_is(slice_of(text, 55),
              "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072");
    digest_is(slice_of(text, 56),
              "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e");
    digest_is(slice_of(text, 63),
              "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2");
    digest_is(slice_of(text, 64),
              "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c");
    digest_is(slice_of(text, 65),
              "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(examples), cmocka_unit_test(edges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
