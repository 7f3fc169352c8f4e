/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/digest.h"

#include "base/base64.h"
#include "base/ensure.h"
#include "base/hex.h"

#include <gnutls/crypto.h>

#define MD5_SIZE    ((size_t)16)
#define SHA256_SIZE ((size_t)32)

void digest_md5(struct slice bytes, char text[33])
{
    unsigned char digest[MD5_SIZE];
    int failed = gnutls_hash_fast(GNUTLS_DIG_MD5, bytes.base, bytes.size, digest);
    ENSURE(failed == 0);
    hex_encode(slice_of(digest, sizeof(digest)), text);
    text[2 * MD5_SIZE] = '\0';
}

void digest_sequence(struct slice body, char text[DIGEST_SEQUENCE_SIZE])
{
    unsigned char digest[SHA256_SIZE];
    struct buf out;
    int failed = gnutls_hash_fast(GNUTLS_DIG_SHA256, body.base, body.size, digest);
    ENSURE(failed == 0);
    buf_init_fixed(&out, text, DIGEST_SEQUENCE_SIZE - 1);
    base64_encode(slice_of(digest, sizeof(digest)), &out);
    ENSURE(!buf_overflowed(&out));
    text[out.size] = '\0';
}
