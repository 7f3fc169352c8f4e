/* SPDX-License-Identifier: Apache-2.0 */
#include "net/peer.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/format.h"
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
    peer->waiting_count = 0;
}

static struct slice put_tunnel(struct peer *peer, const struct peer_target *target)
{
    struct buf out;
    bool v6 = slice_find_byte(target->host, ':') != SLICE_NONE;
    char authority_bytes[AGENT_HOST_MAX + sizeof("[]:65535")];
    struct buf authority;
    buf_init_fixed(&authority, authority_bytes, sizeof(authority_bytes));
    format_append(&authority, "%s" SLICE_FMT "%s:%u", v6 ? "[" : "", SLICE_ARG(target->host),
                  v6 ? "]" : "", (unsigned)target->port);
    buf_init_fixed(&out, peer->tunnel, sizeof(peer->tunnel));
    format_append(&out, "CONNECT " SLICE_FMT " HTTP/1.1\r\nHost: " SLICE_FMT "\r\n",
                  SLICE_ARG(buf_bytes(&authority)), SLICE_ARG(buf_bytes(&authority)));
    if (target->proxy->authorization.size > 0) {
        format_append(&out, "Proxy-Authorization: " SLICE_FMT "\r\n",
                      SLICE_ARG(target->proxy->authorization));
    }
    buf_append_text(&out, "\r\n");
    ENSURE(!buf_overflowed(&out));
    return buf_bytes(&out);
}

enum status peer_set_target(struct peer *peer, const struct peer_target *target)
{
    struct stream_path path = {.tunnel = SLICE_EMPTY};
    peer->proxied = target->proxy != NULL && target->proxy->host.size > 0;
    struct slice host = peer->proxied ? target->proxy->host : target->host;
    if (!slice_copy_text(target->host, peer->name, sizeof(peer->name)) ||
        !slice_copy_text(host, peer->host, sizeof(peer->host))) {
        return STATUS_BAD;
    }
    peer->port = peer->proxied ? target->proxy->port : target->port;
    if (tls_available() && target->tls) {
        peer->tls = tls_create(peer->name, target->roots_path);
        path.tls = peer->tls;
        path.tunnel = peer->proxied ? put_tunnel(peer, target) : SLICE_EMPTY;
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
    if (peer->waiting_count == 0) {
        client_open(&peer->client);
        return;
    }
    size_t waiting = peer->waiting_count;
    peer->waiting_count = 0;
    for (size_t i = 0; count > 0 && i < waiting; i++) {
        client_request(&peer->client, peer->waiting[i].head, peer->waiting[i].body);
    }
    if (count == 0) {
        const struct client_answer nowhere = {.reason = peer->proxied
                                                            ? "the name of the proxy is not known"
                                                            : "its name is not known"};
        peer->done(peer->context, &nowhere);
    }
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
    find(peer);
    if (!peer->known && resolve_busy(&peer->resolve)) {
        ENSURE(peer->waiting_count < CLIENT_REQUESTS_MAX);
        peer->waiting[peer->waiting_count++] = (struct client_request){head, body};
        return;
    }
    client_request(&peer->client, head, body);
}

void peer_cancel(struct peer *peer)
{
    peer->waiting_count = 0;
    client_cancel(&peer->client);
}

void peer_renew(struct peer *peer)
{
    peer_cancel(peer);
    client_renew(&peer->client);
    peer->known = false;
}
