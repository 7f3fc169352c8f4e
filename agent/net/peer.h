/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_PEER_H
#define THAW_AGENT_PEER_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"
#include "net/client.h"
#include "net/loop.h"
#include "net/web_proxy.h"
#include "net/resolve.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A server somewhere that we talk to by its name: a client, and what turns
 * the name into addresses, https into TLS, and a proxy into a tunnel.  A name is looked up when it
 * is needed first, and anew after an exchange that failed, because it may have moved.  Like the
 * client it takes a few requests at a time and has no timeouts.
 */
struct peer_target {
    struct slice host; /* A name or a literal address. */
    uint16_t port;
    bool tls;
    struct slice roots_path;       /* Who vouches for it; empty: the system's roots. */
    const struct web_proxy *proxy; /* With a host: to be asked for a tunnel (tls) or to be sent
                                  requests with whole URLs.  NULL: none. */
};

struct peer {
    struct client client;
    struct resolve resolve;
    client_done *done;
    void *context;
    struct tls *tls; /* Made for the first target that wants it. */
    bool proxied;
    uint16_t port; /* Of whom we connect to: the peer or its proxy. */
    bool known;    /* The client has addresses. */
    struct client_request waiting[CLIENT_REQUESTS_MAX]; /* For the addresses. */
    size_t waiting_count;
    char host[AGENT_HOST_MAX + 1]; /* Of whom we connect to. */
    char name[AGENT_HOST_MAX + 1]; /* Of the peer. */
    char tunnel[AGENT_TUNNEL_MAX];
};

/* done is called when an exchange has ended, never from within peer_request(). */
void peer_init(struct peer *peer, struct loop *loop, client_done *done, void *context);

/* Who it is; once, and before anything below.  STATUS_BAD: the host is no name. */
enum status peer_set_target(struct peer *peer, const struct peer_target *target) THAW_CHECK;

/* Begin to look it up and to connect, so that a later request need not wait.  It may fail in
 * silence. */
void peer_open(struct peer *peer);

/* Send a request; see client_request(). */
void peer_request(struct peer *peer, struct slice head, struct slice body);

/* Forget the requests, and end the connection; done is not called. */
void peer_cancel(struct peer *peer);

/* The same, and forget what was learned of the peer: see client_renew(). */
void peer_renew(struct peer *peer);

#endif
