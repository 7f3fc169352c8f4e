/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_REDACT_LIMITS_H
#define THAW_AGENT_REDACT_LIMITS_H

/* Text that is looked at in one go: a line as long as we keep one (32 KiB), what may lie beyond our
 * cut, and the end of the record before it.  Offsets in it fit into 16 bits. */
#define REDACT_WINDOW_MAX 45056u

/* Looked at beyond the place where a text is cut, so that what is cut in two is still known: longer
 * than any token or address; what has no end is redacted up to the cut. */
#define REDACT_AHEAD 4096u

/* Of the end of a record without a line feed, for what goes on in the next one: longer than any
 * secret that is not known by its beginning. */
#define REDACT_TAIL_MAX 1024u

/* Places in one text; what is more becomes part of its neighbour. */
#define REDACT_SPANS_MAX 64u

/* Escapes within escapes: JSON in a text in JSON, and one more for a URL in it. */
#define REDACT_LEVELS_MAX 3u

/* Records that a quoted value or a key in PEM may go on for. */
#define REDACT_CARRY_RECORDS 64u

/* A name that stands before a value; a mail address' local part is 64 at most, but what is longer
 * is no less of a secret; a host name is 253. */
#define REDACT_KEY_MAX    64u
#define REDACT_LOCAL_MAX  256u
#define REDACT_DOMAIN_MAX 256u
#define REDACT_URL_MAX    1024u /* "user:password@" of one. */

/* Own patterns: how many, and the size of all of them compiled.  Each byte of a text costs at most
 * one look at each instruction. */
#define REDACT_PATTERNS_MAX       16u
#define REDACT_PATTERN_NAME_MAX   24u
#define REDACT_INSTRUCTIONS_MAX   1024u
#define REDACT_CLASSES_MAX        128u
#define REDACT_PATTERN_NEST_MAX   16u
#define REDACT_PATTERN_REPEAT_MAX 255u

/* A file of patterns. */
#define REDACT_PATTERNS_SIZE_MAX 8192u

#endif
