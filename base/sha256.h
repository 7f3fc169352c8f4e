/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_SHA256_H
#define THAW_BASE_SHA256_H

#include "base/slice.h"

/* SHA-256 of FIPS 180-4.  Pure; any thread. */
#define SHA256_SIZE 32

void sha256_digest(struct slice bytes, unsigned char digest[SHA256_SIZE]);

#endif
