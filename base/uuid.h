/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_UUID_H
#define THAW_BASE_UUID_H

#include "base/prng.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>

/* A UUID is 16 bytes, written as 8-4-4-4-12 hexadecimal digits.  Any version is accepted: request
 * ids of the platform are of version 4, but nobody promises it.  Pure; any thread. */
struct uuid {
    unsigned char bytes[16];
};

#define UUID_TEXT_SIZE 36 /* Without a NUL. */

/* False if the text is not exactly such a UUID; either case is accepted. */
bool uuid_parse(struct slice text, struct uuid *uuid) THAW_CHECK;

/* Write the lower-case text and a NUL. */
void uuid_format(const struct uuid *uuid, char text[UUID_TEXT_SIZE + 1]);

/* A random UUID of version 4. */
struct uuid uuid_v4(struct prng *prng);

#endif
