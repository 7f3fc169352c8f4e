/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_HTTP_BODY_H
#define THAW_AGENT_HTTP_BODY_H

#include "base/slice.h"
#include "base/status.h"
#include "net/http_parse.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Finds the end of an HTTP/1.1 body and takes the framing off, piece by piece
 * as it arrives.  Pure; nothing is copied.
 */
enum http_body_state {
    HTTP_BODY_LENGTH,     /* left bytes follow. */
    HTTP_BODY_CLOSE,      /* Until the connection ends. */
    HTTP_BODY_CHUNK_SIZE, /* A line with a size. */
    HTTP_BODY_CHUNK_DATA, /* left bytes follow. */
    HTTP_BODY_CHUNK_END,  /* CR LF. */
    HTTP_BODY_TRAILER,    /* Lines until an empty one. */
    HTTP_BODY_DONE,
};

struct http_body {
    enum http_body_state state;
    uint64_t left;
    size_t trailer_size; /* Bytes of trailers so far: they are ignored, within reason. */
};

/* Begin the body that follows this head. */
void http_body_of_request(struct http_body *body, const struct http_head *head);
void http_body_of_response(struct http_body *body, const struct http_head *head);

/*
 * Take what input has of the body.  *consumed bytes of it are done with, and
 * *data is the content among them, at most one piece.  HTTP_PARSED: the body
 * is complete.  HTTP_PARTIAL: call again with what follows; if nothing was
 * consumed, with more bytes than before.
 */
enum http_answer http_body_next(struct http_body *body, struct slice input, size_t *consumed,
                                struct slice *data) THAW_CHECK;

/* So many bytes of a body in HTTP_BODY_LENGTH, no more than left, have been taken elsewhere. */
void http_body_passed(struct http_body *body, size_t size);

#endif
