/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_CERTIFICATE_H
#define THAW_AGENT_CERTIFICATE_H

#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

/*
 * The little that we read of certificates ourselves, so that the roots of a
 * system need not be kept in memory: whose a certificate is.  What it is worth
 * is for the TLS library to judge.  Pure.
 */

/* The subject of a DER certificate: its Name, tag and length included.  False: it has none. */
bool certificate_subject(struct slice der, struct slice *name) THAW_CHECK;

/*
 * A hash of a Name that is the same however its texts are encoded (as
 * UTF8String or PrintableString, in capitals or not), because an issuer may
 * write them otherwise than its own certificate does.  Different names may
 * have the same hash.  0: it is no Name.
 */
uint32_t certificate_name_hash(struct slice name) THAW_CHECK;

#endif
