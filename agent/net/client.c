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

/* There will be no answer, to any. */
static void fail(struct client *client)
{
    const struct client_answer answer = {.reason = client->stream.reason};
    close_connection(client);
    client->request_count = 0;
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

/* Send what there is to be sent and the connection takes. */
static enum stream_answer send_requests(struct client *client)
{
    enum stream_answer answer = STREAM_OK;
    while (answer == STREAM_OK && client->request_at < client->request_count) {
        const struct client_request *request = &client->requests[client->request_at];
        answer = stream_send(&client->stream, request->head, request->body, &client->sent);
        if (answer == STREAM_OK) {
            client->request_at++;
            client->sent = 0;
        }
    }
    client->state = answer == STREAM_OK ? CLIENT_RECEIVE : CLIENT_SEND;
    return answer;
}

static void expect_answer(struct client *client)
{
    client->in_size = 0;
    client->body_size = 0;
    client->head_parsed = false;
}

/* Send everything that is awaited, from the first byte. */
static void begin_exchange(struct client *client)
{
    client->request_at = 0;
    client->sent = 0;
    expect_answer(client);
    if (client->state == CLIENT_IDLE) {
        /* It nearly always goes at once.  What fails now fails again from the loop. */
        enum stream_answer answer = send_requests(client);
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

/* What is broken shows again from the loop. */
static void send_behind(struct client *client)
{
    enum stream_answer answer = send_requests(client);
    bool wants = answer == STREAM_OK || answer == STREAM_WANT_READ || answer == STREAM_WANT_WRITE;
    if (!watch(client, wants ? answer : STREAM_WANT_WRITE)) {
        client->state = CLIENT_SEND;
    }
}

void client_request(struct client *client, struct slice head, struct slice body)
{
    ENSURE(client->request_count < CLIENT_REQUESTS_MAX);
    bool busy = client_busy(client);
    client->requests[client->request_count++] = (struct client_request){head, body};
    if (busy) {
        if (client->state == CLIENT_RECEIVE) {
            send_behind(client);
        }
        return;
    }
    if (client->state == CLIENT_IDLE && !client->answering && !still_good(client)) {
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
    client->request_count = 0;
}

void client_renew(struct client *client)
{
    close_connection(client);
    client->request_count = 0;
    if (client->stream.path.tls != NULL) {
        tls_forget(client->stream.path.tls);
    }
}

/* The connection broke.  If it has served before and no answer has begun, it was dead before, or
 * its peer does not serve more on one: what is awaited goes over a new one. */
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
        fail(client);
    }
}

static void step_send(struct client *client)
{
    enum stream_answer answer = send_requests(client);
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

static bool take_input(struct client *client);

/*
 * The first request is answered.  If the peer serves no more on this
 * connection, those behind go over a new one; else their answers follow.
 * Whether there is more to read.
 */
static bool answered(struct client *client)
{
    size_t used = client->head_size + client->body_size;
    const struct client_answer answer = {
        .ok = true,
        .head = &client->head,
        .body = slice_of(client->in + client->head_size, client->body_size)};
    bool last = client->request_count == 1;
    bool kept = client->head.keep_alive && client->framing.state == HTTP_BODY_DONE;
    /* More than was asked for is nothing to build on. */
    kept = kept && !(last && (client->in_size > used || stream_has_more(&client->stream)));
    client->request_count--;
    client->request_at = client->request_count;
    memmove(client->requests, client->requests + 1,
            client->request_count * sizeof(client->requests[0]));
    if (!kept) {
        close_connection(client);
    } else if (last) {
        client->reused = true;
        rest(client);
    } else {
        client->reused = true;
    }
    client->answering = true;
    client->done(client->context, &answer);
    client->answering = false;
    if (last || client->request_count == 0) {
        return false;
    }
    if (!kept) {
        if (!client_busy(client)) {
            begin_exchange(client);
        }
        return false;
    }
    size_t left = client->in_size - used;
    memmove(client->in, client->in + used, left);
    expect_answer(client);
    client->in_size = left;
    return left == 0 || take_input(client);
}

/* Whether the exchange goes on. */
static bool take_input(struct client *client)
{
    if (!client->head_parsed) {
        switch (http_parse_response(slice_of(client->in, client->in_size), &client->head)) {
        case HTTP_BAD:
            fail(client);
            return false;
        case HTTP_PARTIAL:
            if (client->in_size >= AGENT_HTTP_HEAD_MAX) {
                fail(client);
                return false;
            }
            return true;
        case HTTP_PARSED:
            break;
        }
        if (client->head.size > AGENT_HTTP_HEAD_MAX) {
            fail(client);
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
        fail(client);
        return false;
    case HTTP_PARSED:
        return answered(client);
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
                (void)answered(client);
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
