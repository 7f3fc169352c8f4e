/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_SERVER_H
#define THAW_AGENT_SERVER_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"
#include "net/http_body.h"
#include "net/http_parse.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * An HTTP/1.1 server for peers in the same instance: the platform's telemetry
 * and the function's SDK.  Few connections, no allocation, one shared buffer
 * for bodies: while one connection fills it, others that need it wait.
 */
struct server_request {
    const struct http_head *head;
    struct slice body;
    bool too_large; /* The body exceeded the buffer and was read away. */
};

struct server_answer {
    unsigned status;
    struct slice content_type; /* Empty: none. */
    struct slice allow;        /* For 405; empty: none. */
    struct slice body;         /* At most AGENT_ANSWER_MAX / 2; valid until the handler is called
                                  again. */
};

/* Answer a request.  Its slices are valid during the call. */
typedef void server_handler(void *context, const struct server_request *request,
                            struct server_answer *answer);

struct server;

/* The large part of a connection, apart from the rest, so that slots which are never used touch few
 * pages. */
struct server_memory {
    struct http_head head;
    unsigned char in[AGENT_HTTP_HEAD_MAX];
    unsigned char head_bytes[AGENT_HTTP_HEAD_MAX]; /* What head points into. */
};

struct server_connection {
    struct loop_source source;
    struct server *server;
    struct server_memory *memory;
    enum server_state {
        SERVER_HEAD,    /* Reading a head. */
        SERVER_BODY,    /* Reading a body into the shared buffer. */
        SERVER_DISCARD, /* Reading a body away. */
        SERVER_WAIT,    /* Waiting for the shared buffer. */
        SERVER_WRITE,   /* Writing the answer. */
    } state;
    struct http_body framing;
    bool close_after;
    uint64_t active_ns; /* When it last moved. */
    size_t in_size;
    size_t out_size;
    size_t out_sent;
    unsigned char out[AGENT_ANSWER_MAX];
};

struct server {
    struct loop *loop;
    struct loop_source listener;
    server_handler *handler;
    void *context;
    unsigned char *body; /* Of the caller. */
    size_t body_max;
    size_t body_size;
    struct server_connection *body_owner; /* Who fills it; NULL: it is free. */
    struct server_connection connections[AGENT_CONNECTIONS_MAX];
    struct server_memory memories[AGENT_CONNECTIONS_MAX];
};

/*
 * Listen on address ("127.0.0.1:4318", "0.0.0.0:0").  body, of body_max bytes,
 * must outlive the server.  STATUS_BAD: that is no address; STATUS_IO: it
 * cannot be bound, and errno says why.
 */
enum status server_init(struct server *server, struct loop *loop, struct slice address,
                        unsigned char *body, size_t body_max) THAW_CHECK;

void server_handle(struct server *server, server_handler *handler, void *context);

/* When server_time() is to be called at the latest, on the monotonic clock: a peer that fills the
 * shared buffer and stands still makes way for one that waits.  UINT64_MAX: no need. */
uint64_t server_due_ns(const struct server *server);
void server_time(struct server *server, uint64_t now_ns);

/* The port that it listens on. */
unsigned server_port(const struct server *server);

#endif
