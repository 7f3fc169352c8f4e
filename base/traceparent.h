/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_TRACEPARENT_H
#define THAW_BASE_TRACEPARENT_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>

/*
 * W3C Trace Context, level 2: the traceparent and tracestate headers.  Pure.
 *
 *     00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
 *     version, trace id, parent id, flags
 */
struct traceparent {
    unsigned char trace_id[16]; /* Never all zero. */
    unsigned char parent_id[8]; /* Never all zero. */
    unsigned char flags;        /* Only the bits we know. */
};

#define TRACEPARENT_FLAG_SAMPLED 0x01
#define TRACEPARENT_FLAG_RANDOM  0x02

#define TRACEPARENT_TEXT_SIZE 55 /* Without a NUL. */

/*
 * Parse the one header value that there was (white space around it is allowed;
 * a header sent twice is for the caller to refuse).  Versions above 00 are
 * read by what 00 defines.  False: start a new trace and drop the tracestate.
 */
bool traceparent_parse(struct slice text, struct traceparent *context) THAW_CHECK;

/* Write it as version 00 with a NUL. */
void traceparent_format(const struct traceparent *context, char text[TRACEPARENT_TEXT_SIZE + 1]);

/* Whether the value of tracestate (several headers joined by commas) is well-formed: at most 32
 * members, keys and values of the allowed characters.  A key that is there twice is passed on. */
bool tracestate_valid(struct slice text) THAW_CHECK;

/* The value of a member of a valid tracestate.  False if there is none with this key. */
bool tracestate_find(struct slice text, struct slice key, struct slice *value) THAW_CHECK;

#endif
