/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_HTTP_EVENT_H
#define THAW_SANDBOX_HTTP_EVENT_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The event that a front makes of a request, and what it makes of the
 * function's answer.  Pure.
 */
struct http_pair {
    struct slice name;
    struct slice value;
};

/* Whose event it is. */
enum http_event_format {
    HTTP_EVENT_V2,  /* An HTTP API's, payload format 2.0. */
    HTTP_EVENT_V1,  /* A REST API's. */
    HTTP_EVENT_URL, /* A function URL's. */
    HTTP_EVENT_ALB, /* A load balancer's. */
};

/* The names in the configuration, NULL-terminated, in the order of the enum. */
extern const char *const http_event_formats[];

#define HTTP_EVENT_PAIR_MAX 128

struct http_event {
    enum http_event_format format;
    struct slice method;
    struct slice path;
    struct slice body;
    struct slice account;
    struct slice region;
    struct slice request_id;
    struct slice trace; /* The X-Amzn-Trace-Id that the front adds. */
    uint64_t wall_ns;
    struct http_pair headers[HTTP_EVENT_PAIR_MAX];
    size_t header_count;
    struct http_pair query[HTTP_EVENT_PAIR_MAX];
    size_t query_count;
};

/* Append the event as JSON. */
void http_event_write(const struct http_event *event, struct buf *out);

/* http_shape.c: those of a REST API and of a load balancer. */
void http_shape_rest(const struct http_event *event, struct buf *out);
void http_shape_balancer(const struct http_event *event, struct buf *out);

/* What the client gets. */
struct http_answer {
    unsigned status;
    struct buf body;
    struct buf text; /* Where the pairs' bytes are. */
    struct http_pair headers[HTTP_EVENT_PAIR_MAX];
    size_t header_count;
};

/* An empty answer, and its end. */
void http_answer_init(struct http_answer *answer, size_t body_size_max);
void http_answer_fini(struct http_answer *answer);

/*
 * Take the function's answer: an object with statusCode is what it says; any
 * other JSON is the body of a 200.  Headers that cannot be sent as one line
 * are left out.  STATUS_BAD: it is malformed, and the client gets 500.
 */
enum status http_answer_read(struct http_answer *answer, struct slice json) THAW_CHECK;

#endif
