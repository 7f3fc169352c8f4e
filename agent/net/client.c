/* SPDX-License-Identifier: Apache-2.0 */
#include "net/client.h"

#include "base/clock.h"
#include "base/ensure.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connection that rested longer is not worth the doubt: a new one costs one round trip. */
#define REST_MAX_NS AGENT_NS_MS(30000)

static void client_ready(void *context, unsigned events);

void client_init(struct client *client, struct loop *loop, client_done *done, void *context)
{
    const struct stream_path plain = {.tunnel = SLICE_EMPTY};
    client->loop = loop;
    client->source = (struct loop_source){.fd = -1, .ready = client_ready, .context = client};
    stream_init(&client->stream, &plain);
    client->address_count = 0;
    client->done = done;
    client->context = context;
    client->state = CLIENT_CLOSED;
}

void client_set_addresses(struct client *client, const struct address *addresses, size_t count)
{
    ENSURE(count <= AGENT_ADDRESSES_MAX);
    memcpy(client->addresses, addresses, count * sizeof(*addresses));
    client->address_count = count;
    client->address_at = 0;
    /* Those of before are not what a connection that is being made goes on with. */
    client->tried = count;
}

void client_set_path(struct client *client, const struct stream_path *path)
{
    ENSURE(client->state == CLIENT_CLOSED);
    stream_init(&client->stream, path);
}

bool client_busy(const struct client *client)
{
    return client->state == CLIENT_CONNECT || client->state == CLIENT_SEND ||
           client->state == CLIENT_RECEIVE;
}

static void close_connection(struct client *client)
{
    if (client->source.fd >= 0) {
        loop_forget(client->loop, &client->source);
        if (client->stream.fd >= 0) {
            stream_close(&client->stream);
        } else {
            close(client->source.fd);
        }
        client->source.fd = -1;
    }
    client->state = CLIENT_CLOSED;
}

static void next_address(struct client *client)
{
    client->address_at++;
    client->address_at = client->address_at < client->address_count ? client->address_at : 0;
}

/* Begin to connect to the first of the addresses that are left.  What fails later shows when the
 * descriptor becomes ready. */
static bool try_addresses(struct client *client)
{
    for (; client->tried < client->address_count; next_address(client)) {
        client->tried++;
        if (!stream_connect(&client->stream, &client->addresses[client->address_at])) {
            continue;
        }
        client->source.fd = client->stream.fd;
        client->source.added = false;
        client->reused = false;
        if (loop_watch(client->loop, &client->source, LOOP_WRITABLE) == STATUS_OK) {
            return true;
        }
        close_connection(client);
    }
    return false;
}

static bool begin_connect(struct client *client)
{
    client->tried = 0;
    client->stream.reason = NULL;
    return try_addresses(client);
}

void client_open(struct client *client)
{
    if (client->state == CLIENT_CLOSED && begin_connect(client)) {
        client->state = CLIENT_OPENING;
    }
}

/* Whether the kept connection is as we left it: open, and nothing has come that we did not ask for.
 */
static bool still_good(struct client *client)
{
    return clock_boot_ns() - client->used_ns <= REST_MAX_NS && stream_rests(&client->stream);
}

/* Wait for what the stream waits for.  False: that cannot be watched. */
static bool watch(struct client *client, enum stream_answer wanted)
{
    return loop_watch(client->loop, &client->source,
                      wanted == STREAM_WANT_WRITE ? LOOP_WRITABLE : LOOP_READABLE) == STATUS_OK;
}

static void rest(struct client *client)
{
    client->state = CLIENT_IDLE;
    client->used_ns = clock_boot_ns();
    if (!watch(client, STREAM_WANT_READ)) {
        close_connection(client);
    }
}

static void finish(struct client *client, bool ok)
{
    struct client_answer answer = {.ok = ok};
    if (ok) {
        answer.head = &client->head;
        answer.body = slice_of(client->in + client->head_size, client->body_size);
    } else {
        answer.reason = client->stream.reason;
    }
    if (ok && client->head.keep_alive && client->framing.state == HTTP_BODY_DONE &&
        !stream_has_more(&client->stream)) {
        client->reused = true;
        rest(client);
    } else {
        close_connection(client);
    }
    client->done(client->context, &answer);
}

/* Without any connection the answer still comes from the loop: an eventfd would do, but a socket
 * that is not connected is ready at once too. */
static void fail_soon(struct client *client)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ENSURE(fd >= 0);
    client->source.fd = fd;
    client->source.added = false;
    client->state = CLIENT_CONNECT;
    ENSURE(loop_watch(client->loop, &client->source, LOOP_WRITABLE) == STATUS_OK);
}

static void begin_exchange(struct client *client)
{
    client->sent = 0;
    client->in_size = 0;
    client->body_size = 0;
    client->head_parsed = false;
    if (client->state == CLIENT_IDLE) {
        /* It nearly always goes at once.  What fails now fails again from the loop. */
        enum stream_answer answer =
            stream_send(&client->stream, client->request_head, client->request_body, &client->sent);
        client->state = answer == STREAM_OK ? CLIENT_RECEIVE : CLIENT_SEND;
        if (watch(client, answer == STREAM_BROKEN ? STREAM_WANT_WRITE : answer)) {
            return;
        }
        close_connection(client);
    } else if (client->state == CLIENT_OPENING) {
        client->state = CLIENT_CONNECT;
        return;
    }
    if (begin_connect(client)) {
        client->state = CLIENT_CONNECT;
    } else {
        fail_soon(client);
    }
}

void client_request(struct client *client, struct slice head, struct slice body)
{
    ENSURE(!client_busy(client));
    client->request_head = head;
    client->request_body = body;
    if (client->state == CLIENT_IDLE && !still_good(client)) {
        close_connection(client);
    }
    begin_exchange(client);
}

void client_cancel(struct client *client)
{
    if (client->source.fd >= 0 && stream_connecting(&client->stream)) {
        /* This one hangs: the next exchange begins with another. */
        next_address(client);
    }
    close_connection(client);
}

void client_renew(struct client *client)
{
    close_connection(client);
    if (client->stream.path.tls != NULL) {
        tls_forget(client->stream.path.tls);
    }
}

/* The connection broke.  If it was an old one and no answer has begun, it was dead before. */
static void broken(struct client *client)
{
    bool again = client->reused && client->in_size == 0;
    enum client_state state = client->state;
    bool connecting = client->stream.fd >= 0 && stream_connecting(&client->stream);
    close_connection(client);
    if (connecting) {
        next_address(client);
        if (try_addresses(client)) {
            client->state = state;
            return;
        }
    }
    if (state == CLIENT_IDLE || state == CLIENT_OPENING) {
        return;
    }
    if (again || stream_try_again(&client->stream)) {
        begin_exchange(client);
    } else {
        finish(client, false);
    }
}

static void step_send(struct client *client)
{
    enum stream_answer answer =
        stream_send(&client->stream, client->request_head, client->request_body, &client->sent);
    client->state = answer == STREAM_OK ? CLIENT_RECEIVE : CLIENT_SEND;
    if (answer == STREAM_BROKEN || answer == STREAM_END || !watch(client, answer)) {
        broken(client);
    }
}

/* Go on with establishing the stream; with a request, send it when that is done. */
static void step_establish(struct client *client)
{
    /* What fail_soon() made is none. */
    enum stream_answer answer =
        client->stream.fd < 0 ? STREAM_BROKEN : stream_establish(&client->stream, client->in);
    switch (answer) {
    case STREAM_OK:
        if (client->state == CLIENT_CONNECT) {
            step_send(client);
        } else {
            rest(client);
        }
        break;
    case STREAM_WANT_READ:
    case STREAM_WANT_WRITE:
        if (!watch(client, answer)) {
            broken(client);
        }
        break;
    case STREAM_END:
    case STREAM_BROKEN:
        broken(client);
        break;
    }
}

/* Take the framing off what was read behind the head; content that exceeds the room is dropped. */
static enum http_answer take_body(struct client *client)
{
    enum http_answer answer;
    size_t consumed;
    do {
        struct slice data;
        size_t at = client->head_size + client->body_size;
        answer = http_body_next(&client->framing, slice_of(client->in + at, client->in_size - at),
                                &consumed, &data);
        size_t keep = data.size;
        size_t room = AGENT_RESPONSE_MAX - client->body_size;
        keep = keep < room ? keep : room;
        if (keep > 0) {
            memmove(client->in + at, data.base, keep);
        }
        memmove(client->in + at + keep, client->in + at + consumed,
                client->in_size - at - consumed);
        client->in_size -= consumed - keep;
        client->body_size += keep;
    } while (answer == HTTP_PARTIAL && consumed > 0);
    return answer;
}

/* Whether the exchange goes on. */
static bool take_input(struct client *client)
{
    if (!client->head_parsed) {
        switch (http_parse_response(slice_of(client->in, client->in_size), &client->head)) {
        case HTTP_BAD:
            finish(client, false);
            return false;
        case HTTP_PARTIAL:
            if (client->in_size >= AGENT_HTTP_HEAD_MAX) {
                finish(client, false);
                return false;
            }
            return true;
        case HTTP_PARSED:
            break;
        }
        if (client->head.size > AGENT_HTTP_HEAD_MAX) {
            finish(client, false);
            return false;
        }
        if (client->head.status < 200) {
            /* 100 Continue and its kind: the answer follows. */
            client->in_size -= client->head.size;
            memmove(client->in, client->in + client->head.size, client->in_size);
            return client->in_size == 0 || take_input(client);
        }
        client->head_parsed = true;
        client->head_size = client->head.size;
        http_body_of_response(&client->framing, &client->head);
    }
    switch (take_body(client)) {
    case HTTP_BAD:
        finish(client, false);
        return false;
    case HTTP_PARSED:
        finish(client, true);
        return false;
    case HTTP_PARTIAL:
        return true;
    }
    return true;
}

static void step_receive(struct client *client)
{
    for (;;) {
        size_t room = sizeof(client->in) - client->in_size;
        size_t got = 0;
        ENSURE(room > 0);
        switch (stream_receive(&client->stream, client->in + client->in_size, room, &got)) {
        case STREAM_OK:
            client->in_size += got;
            if (!take_input(client)) {
                return;
            }
            break;
        case STREAM_WANT_READ:
            if (!watch(client, STREAM_WANT_READ)) {
                broken(client);
            }
            return;
        case STREAM_WANT_WRITE:
            if (!watch(client, STREAM_WANT_WRITE)) {
                broken(client);
            }
            return;
        case STREAM_END:
            if (client->head_parsed && client->framing.state == HTTP_BODY_CLOSE) {
                finish(client, true);
            } else {
                broken(client);
            }
            return;
        case STREAM_BROKEN:
            broken(client);
            return;
        }
    }
}

static void client_ready(void *context, unsigned events)
{
    struct client *client = context;
    (void)events;
    switch (client->state) {
    case CLIENT_CLOSED:
        break;
    case CLIENT_IDLE:
        /* A server that has nothing to say to us closes. */
        if (!stream_rests(&client->stream)) {
            close_connection(client);
        }
        break;
    case CLIENT_OPENING:
    case CLIENT_CONNECT:
        step_establish(client);
        break;
    case CLIENT_SEND:
        step_send(client);
        break;
    case CLIENT_RECEIVE:
        step_receive(client);
        break;
    }
}
