/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_EXTENSION_H
#define THAW_AGENT_EXTENSION_H

#include "agent_limits.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "net/client.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The platform's side: the Extensions API (register, next) and the Telemetry
 * API's subscription, as one client that goes through its life:
 *
 *     register --> subscribe --> next --> INVOKE --> next --> ... --> SHUTDOWN
 *
 * Without subscribing when nothing is to be collected.  No allocation, one
 * thread; it tells what happens through its listener.
 */
struct extension_invoke {
    struct slice request_id;
    struct slice arn;
    struct slice tracing;
    uint64_t deadline_ns; /* 0: not told. */
};

/* Slices are valid during the call. */
struct extension_listener {
    void *context;
    void (*registered)(void *context, struct slice account_id);
    void (*no_telemetry)(void *context, const char *reason);
    /* The platform knows no INVOKE: it serves many at once.  We are registered for SHUTDOWN. */
    void (*managed)(void *context);
    void (*ready)(void *context); /* Subscribed, or it cannot be: ask for the first event now. */
    void (*invoked)(void *context, const struct extension_invoke *invoke);
    void (*shut_down)(void *context, struct slice reason, uint64_t deadline_ns);
    /* The registration for INVOKE is refused; one for SHUTDOWN alone may be taken. */
    void (*refused)(void *context);
    /* Nothing more will come: the platform refused us or is gone. */
    void (*lost)(void *context, const char *what, unsigned status);
};

struct extension_options {
    struct slice host; /* AWS_LAMBDA_RUNTIME_API, "address:port". */
    struct slice name; /* Of our file in /opt/extensions. */
    bool invoke;       /* Register for INVOKE, if the platform knows it; else for SHUTDOWN only. */
    unsigned port;     /* Of the telemetry listener; 0: do not subscribe. */
};

struct extension {
    struct client client;
    struct extension_options options;
    struct extension_listener listener;
    enum extension_state {
        EXTENSION_START,
        EXTENSION_REGISTER,
        EXTENSION_SUBSCRIBE,
        EXTENSION_READY, /* Nothing is outstanding. */
        EXTENSION_NEXT,
        EXTENSION_LOST,
    } state;
    uint64_t deadline_ns; /* Of the subscription, on the monotonic clock. */
    bool ended;           /* SHUTDOWN has come. */
    unsigned schema;      /* Index of the schema version that is tried. */
    unsigned failures;    /* Of "next", in a row. */
    char id[AGENT_WORD_MAX];
    size_t id_size;
    struct buf head;
    struct buf body;
    char head_bytes[1024];
    char body_bytes[512];
    char arena_bytes[2048];
};

/* STATUS_BAD: host is no address, and no name that is known. */
enum status extension_init(struct extension *extension, struct loop *loop,
                           const struct extension_options *options,
                           const struct extension_listener *listener) THAW_CHECK;

/* Register. */
void extension_start(struct extension *extension);

/* When extension_time() is to be called at the latest: a subscription that is not answered must not
 * keep the environment from its first invocation.  UINT64_MAX: no need. */
uint64_t extension_due_ns(const struct extension *extension);
void extension_time(struct extension *extension, uint64_t now_ns);

/* Ask for the next event; nothing must be outstanding. */
void extension_next(struct extension *extension);

struct slice extension_id(const struct extension *extension);

#endif
