/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_MD5_H
#define THAW_SANDBOX_MD5_H

#include "base/slice.h"

/*
 * MD5, because the queue protocol answers with it and clients check it.  It
 * protects nothing.  The only file that knows gnutls.
 */

/* The digest as 32 hexadecimal digits and a NUL. */
void md5_of(struct slice bytes, char text[33]);

#endif
