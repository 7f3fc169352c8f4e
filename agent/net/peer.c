/* SPDX-License-Identifier: Apache-2.0 */
#include "net/peer.h"

#include "base/ensure.h"
#include "net/tls.h"

static void on_answer(void *context, const struct client_answer *answer);
static void on_resolved(void *context, const struct address *addresses, size_t count);

void peer_init(struct peer *peer, struct loop *loop, client_done *done, void *context)
{
    client_init(&peer->client, loop, on_answer, peer);
    resolve_init(&peer->resolve, loop, on_resolved, peer);
    peer->done = done;
    peer->context = context;
    peer->known = false;
    peer->waits = false;
}

enum status peer_set_target(struct peer *peer, const struct peer_target *target)
{
    struct stream_path path = {.tunnel = SLICE_EMPTY};
    if (!slice_copy_text(target->host, peer->host, sizeof(peer->host))) {
        return STATUS_BAD;
    }
    peer->port = target->port;
    if (target->tls) {
        peer->tls = tls_create(peer->host);
        path.tls = peer->tls;
    }
    client_set_path(&peer->client, &path);
    return STATUS_OK;
}

/* Get addresses, or begin to. */
static void find(struct peer *peer)
{
    struct address address;
    if (peer->known) {
        return;
    }
    if (address_literal(slice_from(peer->host), peer->port, &address)) {
        client_set_addresses(&peer->client, &address, 1);
        peer->known = true;
        return;
    }
    /* If it cannot even be looked up, there are no addresses, and the exchange fails by that. */
    (void)!resolve_begin(&peer->resolve, slice_from(peer->host), peer->port);
}

static void on_resolved(void *context, const struct address *addresses, size_t count)
{
    struct peer *peer = context;
    peer->known = count > 0;
    client_set_addresses(&peer->client, addresses, count);
    if (!peer->waits) {
        client_open(&peer->client);
        return;
    }
    peer->waits = false;
    if (count > 0) {
        client_request(&peer->client, peer->request_head, peer->request_body);
        return;
    }
    const struct client_answer nowhere = {.reason = "its name is not known"};
    peer->done(peer->context, &nowhere);
}

static void on_answer(void *context, const struct client_answer *answer)
{
    struct peer *peer = context;
    peer->known = peer->known && answer->ok;
    peer->done(peer->context, answer);
}

void peer_open(struct peer *peer)
{
    find(peer);
    if (peer->known) {
        client_open(&peer->client);
    }
}

void peer_request(struct peer *peer, struct slice head, struct slice body)
{
    ENSURE(!peer->waits);
    find(peer);
    if (!peer->known && resolve_busy(&peer->resolve)) {
        peer->request_head = head;
        peer->request_body = body;
        peer->waits = true;
        return;
    }
    client_request(&peer->client, head, body);
}

void peer_cancel(struct peer *peer)
{
    peer->waits = false;
    client_cancel(&peer->client);
}

void peer_renew(struct peer *peer)
{
    peer_cancel(peer);
    client_renew(&peer->client);
    peer->known = false;
}
