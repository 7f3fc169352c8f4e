/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_ENCODE_LIMITS_H
#define THAW_STREAMS_ENCODE_LIMITS_H

/*
 * The limits of the encoder and their reasons.
 */

/* Bytes of a line's text that are kept: an event of CloudWatch has 1 MiB at most, and a page that
 * shows one line has no use for more than this. */
#define ENCODE_TEXT_SIZE_MAX (256u << 10)

/* Members of a JSON line that become attributes, as the agent does. */
#define ENCODE_MEMBERS_MAX 64u

/* Bytes of an error type that are kept: names of classes. */
#define ENCODE_ERROR_TYPE_SIZE_MAX 256u

/* Bytes of a body beyond those asked for: one record, where a single one is larger than a body. */
#define ENCODE_BODY_SLACK (4u << 20)

#endif
