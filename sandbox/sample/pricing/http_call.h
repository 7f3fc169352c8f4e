/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SAMPLE_PRICING_HTTP_CALL_H
#define THAW_SAMPLE_PRICING_HTTP_CALL_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * One HTTP/1.1 request on a connection of its own.  It blocks, as a function
 * may: between two events there is nothing else to do.
 */
struct http_call {
    struct slice address; /* "127.0.0.1:9001": IPv4 and port, no name. */
    const char *method;
    const char *path;
    const char *headers; /* Lines that end with CR LF, or "". */
    struct slice body;
    unsigned timeout_ms; /* For each wait of the socket; 0 waits for ever. */
};

/* The answer; the slices point into the buf that was given to http_call_do(). */
struct http_answer {
    unsigned status;
    struct slice headers; /* All header lines. */
    struct slice body;
};

/*
 * Make the request and fill answer, whose bytes are kept in room.  STATUS_BAD
 * if the answer is not one that we understand (chunked ones included),
 * STATUS_FULL if it does not fit, STATUS_IO if the other end is not there.
 */
enum status http_call_do(const struct http_call *call, struct buf *room,
                         struct http_answer *answer) THAW_CHECK;

/* The value of a header, or the empty slice. */
struct slice http_call_header(const struct http_answer *answer, struct slice name);

#endif
