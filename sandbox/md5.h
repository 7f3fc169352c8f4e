/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_MD5_H
#define THAW_SANDBOX_MD5_H

#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

/*
 * MD5 (RFC 1321), because the queue protocol answers with it and clients
 * check it.  It protects nothing.  Pure.
 */
struct md5 {
    uint32_t state[4];
    uint64_t size;
    unsigned char block[64];
};

void md5_init(struct md5 *md5);
void md5_add(struct md5 *md5, struct slice bytes);

/* The digest as 32 hexadecimal digits and a NUL. */
void md5_finish(struct md5 *md5, char text[33]);

/* All at once. */
void md5_of(struct slice bytes, char text[33]);

#endif
