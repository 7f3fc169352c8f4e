/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_REQUEST_H
#define THAW_AGENT_REQUEST_H

#include "agent_limits.h"

#include "base/slice.h"
#include "proxy/follow.h"
#include "proxy/relay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Watches the requests that relays pass on to a server, and says when one
 * begins and how it ends.  Requests on one connection end in the order in which
 * they began; those of several run side by side.  What is no HTTP/1 (an upgraded
 * connection, HTTP/2) is passed on and not seen.  Pure.
 */
struct request_fact {
    bool ended;      /* Or begun. */
    uint64_t serial; /* The same for both. */
    /* Of one that begins; valid during the call. */
    struct slice method;
    struct slice path; /* Without the query, which is the caller's. */
    struct slice host;
    struct slice traceparent;
    struct slice tracestate;
    /* Of one that has ended. */
    unsigned status; /* 0: there was no answer. */
    bool broken;     /* The answer is not complete. */
    uint64_t size;   /* Of the answer's body. */
    uint64_t duration_ns;
};

typedef void request_hear(void *context, const struct request_fact *fact);

struct request_pending {
    bool no_body; /* HEAD */
    uint64_t serial;
    uint64_t since_ns;
};

struct request_watch {
    struct follow up;
    struct follow down;
    bool lost;
    struct request_pending pending[AGENT_PIPELINE_MAX]; /* The oldest first. */
    size_t pending_count;
    bool answering; /* The answer to the oldest has begun. */
    unsigned status;
    uint64_t size;
    size_t method_size;
    size_t path_size;
    size_t host_size;
    size_t traceparent_size;
    size_t tracestate_size;
    char method[16];
    char path[AGENT_REQUEST_TEXT_MAX];
    char host[AGENT_REQUEST_TEXT_MAX];
    char traceparent[AGENT_WORD_MAX];
    char tracestate[AGENT_REQUEST_TEXT_MAX];
};

struct requests {
    request_hear *hear;
    void *context;
    uint64_t (*clock)(void); /* Of nanoseconds, monotonic. */
    uint64_t serial;
    uint64_t unseen; /* Connections that were not understood. */
    struct request_watch watches[AGENT_RELAYS_MAX];
};

/* Hear what passes over relays, which must not have begun. */
void request_init(struct requests *requests, struct relays *relays, uint64_t (*clock)(void),
                  request_hear *hear, void *context);

/* What the relays tell it; the tests do so too. */
void request_opened(void *context, size_t index);
void request_passed(void *context, size_t index, enum relay_way way, struct slice bytes);
void request_ended(void *context, size_t index, enum relay_way way);
void request_closed(void *context, size_t index);
bool request_idle(void *context, size_t index);
uint64_t request_unseen(void *context, size_t index, enum relay_way way);
void request_skipped(void *context, size_t index, enum relay_way way, size_t size);

#endif
