/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_CLIENT_H
#define THAW_AGENT_CLIENT_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"
#include "net/address.h"
#include "net/http_body.h"
#include "net/http_parse.h"
#include "net/loop.h"
#include "net/stream.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * An HTTP/1.1 client of one peer: one connection, kept alive, and up to
 * CLIENT_REQUESTS_MAX requests that are sent without waiting for the answers
 * before; stream.h says what the connection may lead through.  If the peer has
 * several addresses, they are tried in turn until one connects.  A kept connection is tested before
 * it is used again, because the peer of a frozen one may be gone; if it breaks all the same before
 * a byte of the answer has come, the request is sent once more on a new one.  So a peer may see a
 * request twice.  No allocation, no timeouts: the owner gives up with client_cancel().
 */
struct client_answer {
    bool ok; /* There was a well-formed answer; else nothing below counts. */
    const struct http_head *head;
    struct slice body; /* The first AGENT_RESPONSE_MAX bytes of it. */
    /* Without one: why, as "its certificate has expired"; NULL: the network, or it spoke no HTTP.
     */
    const char *reason;
};

typedef void client_done(void *context, const struct client_answer *answer);

/* One of each signal. */
#define CLIENT_REQUESTS_MAX 3u

/* Of the owner, until it is answered. */
struct client_request {
    struct slice head;
    struct slice body;
};

struct client {
    struct loop *loop;
    struct loop_source source;
    struct stream stream; /* Over the source's descriptor. */
    struct address addresses[AGENT_ADDRESSES_MAX];
    size_t address_count;
    size_t address_at; /* The one that is in use or is tried next. */
    size_t tried;      /* How many were, for the connection that is being made. */
    client_done *done;
    void *context;
    enum client_state {
        CLIENT_CLOSED,
        CLIENT_OPENING, /* Establishing the stream, with no request yet. */
        CLIENT_IDLE,    /* It is established. */
        CLIENT_CONNECT, /* Establishing the stream, with a request. */
        CLIENT_SEND,
        CLIENT_RECEIVE,
    } state;
    bool reused;      /* The connection has served a request before. */
    bool answering;   /* In the call of done: the connection has just been heard of. */
    uint64_t used_ns; /* When it was used last, on the clock that counts sleep. */
    struct client_request requests[CLIENT_REQUESTS_MAX]; /* Whose answers are awaited, in order. */
    size_t request_count;
    size_t request_at; /* The one that is being sent; request_count: all are. */
    size_t sent;       /* Of that one. */
    bool head_parsed;
    struct http_head head;
    struct http_body framing;
    size_t head_size;
    size_t in_size;   /* Head, and what was read behind it. */
    size_t body_size; /* Content kept behind the head. */
    unsigned char in[AGENT_HTTP_HEAD_MAX + AGENT_RESPONSE_MAX];
};

void client_init(struct client *client, struct loop *loop, client_done *done, void *context);

/* Where to connect to from now on: up to AGENT_ADDRESSES_MAX, the preferred one first. */
void client_set_addresses(struct client *client, const struct address *addresses, size_t count);

/* What the connection leads through from now on; there must be none.  It is plain at first. */
void client_set_path(struct client *client, const struct stream_path *path);

/* Begin to connect, so that a later request need not wait.  It may fail in silence. */
void client_open(struct client *client);

/* Whether an answer is awaited. */
bool client_busy(const struct client *client) THAW_CHECK;

/*
 * Send a request, behind those whose answers are awaited, as far as the
 * connection takes it at once.  done is called when it is answered, in the
 * order of the requests, or once when there will be no answer: that is of all
 * that are awaited.  It is never called from within this call.  head and body
 * must stay as they are until then.
 */
void client_request(struct client *client, struct slice head, struct slice body);

/* Forget the requests that are awaited, and end the connection; done is not called. */
void client_cancel(struct client *client);

/* The same, and forget what was learned from connections: after a restore from a snapshot nothing
 * of before is used again. */
void client_renew(struct client *client);

#endif
