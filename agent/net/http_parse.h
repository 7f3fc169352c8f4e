/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_HTTP_PARSE_H
#define THAW_AGENT_HTTP_PARSE_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Parses the head of an HTTP/1.1 request or response: parsed, partial or bad,
 * without side effects.  Nothing is copied: slices point into the input.
 *
 * It is strict where tolerance makes two parsers disagree about where a
 * message ends: lines end in CR LF, no folded lines, no space before a colon,
 * one Content-Length of digits only, never together with Transfer-Encoding,
 * which may say "chunked" and nothing else.
 */
enum http_answer {
    HTTP_PARSED,
    HTTP_PARTIAL, /* So far it is well-formed; more bytes are needed. */
    HTTP_BAD,
};

struct http_header {
    struct slice name;
    struct slice value; /* Without white space around it. */
};

struct http_head {
    size_t size; /* Bytes of the head, the empty line included. */
    /* Of a request. */
    struct slice method;
    struct slice target;
    /* Of a response. */
    unsigned status;

    unsigned minor; /* Of HTTP/1.x: 0 or 1. */
    struct http_header headers[AGENT_HTTP_HEADERS_MAX];
    size_t header_count;
    /* How the body is framed. */
    bool chunked;
    bool has_length;
    uint64_t length;
    bool keep_alive; /* The sender will use the connection again. */
    bool expects_continue;
};

enum http_answer http_parse_request(struct slice input, struct http_head *head) THAW_CHECK;
enum http_answer http_parse_response(struct slice input, struct http_head *head) THAW_CHECK;

/* The bytes that were parsed lie elsewhere now: point there. */
void http_head_move(struct http_head *head, const unsigned char *from, const unsigned char *place);

/* The value of the first header of this name (any case), or the empty slice. */
struct slice http_header(const struct http_head *head, struct slice name);

#endif
