/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/md5.h"

#include "base/ensure.h"
#include "base/hex.h"

#include <gnutls/crypto.h>

#define MD5_SIZE ((size_t)16)

void md5_of(struct slice bytes, char text[33])
{
    unsigned char digest[MD5_SIZE];
    int failed = gnutls_hash_fast(GNUTLS_DIG_MD5, bytes.base, bytes.size, digest);
    ENSURE(failed == 0);
    hex_encode(slice_of(digest, sizeof(digest)), text);
    text[2 * MD5_SIZE] = '\0';
}
