/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_WEB_H
#define THAW_SANDBOX_WEB_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "sandbox/loop.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * HTTP/1.1 for all ports: those of the instances and our own.  The only file
 * that knows libmicrohttpd.  One thread, driven by the loop.
 *
 * A request is given to the handler when its body is complete.  The handler
 * answers at once with web_answer() or keeps the request and answers later;
 * until then its connection sleeps.  A request lives until it is answered:
 * after web_answer() or web_drop() it must not be touched.
 */
struct web;
struct web_connection;

/* Decides about a request's body before it is read: how many bytes are taken.  What is longer is
 * read, thrown away and marked too_large. */
typedef size_t web_body_max(void *context, void *owner, struct slice method, struct slice path);

struct web_request {
    struct slice method;
    struct slice path; /* Without the query, not decoded. */
    struct slice body;
    void *owner;       /* As given to web_add(); NULL after web_disown(). */
    uint64_t begin_ns; /* When its head had been read. */
    bool instance;     /* It came from inside an instance. */
    bool too_large;
    struct web_connection *connection;
    /* For the handler, while it keeps the request. */
    void *keeper;
    struct web_request *next;
};

typedef void web_handler(void *context, struct web_request *request);

struct web_header {
    const char *name;
    struct slice value;
};

#define WEB_HEADER_COUNT_MAX 64

struct web_reply {
    unsigned status;
    const char *content_type; /* NULL: none. */
    struct slice body;        /* Copied. */
    const struct web_header *headers;
    unsigned header_count;
};

enum status web_create(struct web **out, struct loop *loop, web_handler *handler,
                       web_body_max *body_max, void *context) THAW_CHECK;

/* Every connection is closed; kept requests must have been answered or dropped. */
void web_free(struct web *web);

/*
 * Serve an accepted connection, which becomes ours.  owner is told in its
 * requests; NULL for our own port.
 */
enum status web_add(struct web *web, int descriptor, void *owner) THAW_CHECK;

/* Cut all connections of the owner and forget it. */
void web_disown(struct web *web, void *owner);

/* A header or a trailer of the request, or a value of its query; the empty slice if it is not
 * there.  Valid while the request is. */
struct slice web_header_value(const struct web_request *request, const char *name);
struct slice web_trailer_value(const struct web_request *request, const char *name);
struct slice web_query_value(const struct web_request *request, const char *name);

/* Call visit for each header or each query value. */
typedef void web_visit(void *context, struct slice name, struct slice value);
void web_each_header(const struct web_request *request, web_visit *visit, void *context);
void web_each_query(const struct web_request *request, web_visit *visit, void *context);

void web_answer(struct web_request *request, const struct web_reply *reply);

/* Close its connection without an answer. */
void web_drop(struct web_request *request);

/* The common answers: a status with a JSON body. */
void web_answer_json(struct web_request *request, unsigned status, struct slice json);

#endif
