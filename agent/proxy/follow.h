/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_FOLLOW_H
#define THAW_AGENT_FOLLOW_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Follows the HTTP/1 messages of one direction of a connection as they pass by
 * in pieces.  Pure: what it says does not depend on where the pieces end.
 *
 * It looks on and judges nothing: the bytes have been passed on already, and
 * whether they are good is for the other side to say.  So it is tolerant where
 * a parser that acts must be strict, and where it cannot be sure how a message
 * is framed it gives up (FOLLOW_LOST) and says no more, which harms nobody.
 *
 *     FIRST HEADER* HEAD DATA* TRAILER* END  FIRST ...
 */
enum follow_event {
    FOLLOW_NOTHING, /* All of the input is taken. */
    FOLLOW_FIRST,   /* The first line: name and value are method and target, or status is told. */
    FOLLOW_HEADER,
    FOLLOW_HEAD, /* The head is complete. */
    FOLLOW_DATA, /* A piece of the body without its framing. */
    FOLLOW_TRAILER,
    FOLLOW_END,  /* The message is complete. */
    FOLLOW_LOST, /* What follows is not known to be HTTP/1.  Told once; then nothing is. */
};

struct follow_found {
    struct slice name;
    struct slice value; /* Without white space around it; of FOLLOW_DATA the bytes. */
    bool cut; /* The line was longer than AGENT_FOLLOW_LINE_MAX: value is its beginning. */
    unsigned status;
};

enum follow_state {
    FOLLOW_AT_FIRST,
    FOLLOW_AT_HEADER,
    FOLLOW_AT_LENGTH,
    FOLLOW_AT_CLOSE, /* The body lasts until the connection ends. */
    FOLLOW_AT_CHUNK_SIZE,
    FOLLOW_AT_CHUNK_DATA,
    FOLLOW_AT_CHUNK_END,
    FOLLOW_AT_TRAILER,
    FOLLOW_AT_END,
    FOLLOW_AT_NOTHING, /* Lost. */
};

struct follow {
    bool responses; /* Or requests. */
    enum follow_state state;
    bool no_body; /* To be set by the caller at FOLLOW_FIRST: this answers a HEAD request. */
    bool connect; /* What follows a CONNECT request is no HTTP. */
    bool chunked;
    bool has_length;
    unsigned status;
    uint64_t left;    /* Of the length, or of the chunk. */
    bool line_begun;  /* A part of a line came in an earlier piece. */
    size_t line_size; /* Of the whole line so far, also of what did not fit. */
    unsigned char line[AGENT_FOLLOW_LINE_MAX];
};

/* Begin at the first byte of a connection. */
void follow_init(struct follow *follow, bool responses);

/* Take what stands at the front of *input and say what it was.  Call it until FOLLOW_NOTHING; the
 * slices of found are valid until the next call and as long as the input is. */
enum follow_event follow_next(struct follow *follow, struct slice *input,
                              struct follow_found *found) THAW_CHECK;

/* How many of the bytes that come next are nothing but body.  Whoever knows that they have passed
 * may tell that instead of showing them: at most so many. */
uint64_t follow_body(const struct follow *follow) THAW_CHECK;
void follow_skip(struct follow *follow, uint64_t size);

/* The connection has ended.  True if that is how the message was to end. */
bool follow_closed(const struct follow *follow) THAW_CHECK;

/* No message is under way. */
bool follow_idle(const struct follow *follow) THAW_CHECK;

#endif
