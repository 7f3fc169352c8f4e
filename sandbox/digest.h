/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_DIGEST_H
#define THAW_SANDBOX_DIGEST_H

#include "base/slice.h"

/* Digests as the services say them.  The only file that knows GnuTLS. */

/* The MD5 of bytes, as 32 hexadecimal digits and a NUL. */
void digest_md5(struct slice bytes, char text[33]);

/* Base64 of 32 bytes, and a NUL. */
#define DIGEST_SEQUENCE_SIZE 45

/* The header Sequence-Id of a delivery of telemetry in a managed instance: base64 of its SHA-256.
 */
void digest_sequence(struct slice body, char text[DIGEST_SEQUENCE_SIZE]);

#endif
