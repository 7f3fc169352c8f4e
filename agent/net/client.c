/* SPDX-License-Identifier: Apache-2.0 */
#include "net/client.h"

#include "base/clock.h"
#include "base/ensure.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* A connection that rested longer is not worth the doubt: a new one costs one round trip. */
#define REST_MAX_NS AGENT_NS_MS(30000)

static void client_ready(void *context, unsigned events);

void client_init(struct client *client, struct loop *loop, client_done *done, void *context)
{
    client->loop = loop;
    client->source = (struct loop_source){.fd = -1, .ready = client_ready, .context = client};
    client->address = (struct address){.size = 0};
    client->done = done;
    client->context = context;
    client->state = CLIENT_CLOSED;
}

void client_set_address(struct client *client, const struct address *address)
{
    client->address = *address;
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
        close(client->source.fd);
        client->source.fd = -1;
    }
    client->state = CLIENT_CLOSED;
}

/* Begin to connect.  A failure shows when the descriptor becomes ready. */
static bool begin_connect(struct client *client)
{
    int one = 1;
    if (client->address.size == 0) {
        return false;
    }
    int fd = socket(client->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    client->source.fd = fd;
    client->source.added = false;
    client->reused = false;
    if ((connect(fd, &client->address.any, client->address.size) < 0 && errno != EINPROGRESS) ||
        loop_watch(client->loop, &client->source, LOOP_WRITABLE) != STATUS_OK) {
        close_connection(client);
        return false;
    }
    return true;
}

void client_open(struct client *client)
{
    if (client->state == CLIENT_CLOSED && begin_connect(client)) {
        client->state = CLIENT_OPENING;
    }
}

/* Whether the kept connection is as we left it: open, and nothing has come that we did not ask for.
 */
static bool still_good(const struct client *client)
{
    char byte;
    if (clock_boot_ns() - client->used_ns > REST_MAX_NS) {
        return false;
    }
    ssize_t got = recv(client->source.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && errno == EAGAIN;
}

static void finish(struct client *client, bool ok)
{
    struct client_answer answer = {.ok = ok};
    if (ok) {
        answer.head = &client->head;
        answer.body = slice_of(client->in + client->head_size, client->body_size);
    }
    if (ok && client->head.keep_alive && client->framing.state == HTTP_BODY_DONE) {
        client->state = CLIENT_IDLE;
        client->reused = true;
        client->used_ns = clock_boot_ns();
        if (loop_watch(client->loop, &client->source, LOOP_READABLE) != STATUS_OK) {
            close_connection(client);
        }
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

/* Whether all of the request is sent; if not, errno says why. */
static bool send_rest(struct client *client)
{
    size_t total = client->request_head.size + client->request_body.size;
    while (client->sent < total) {
        struct slice head = slice_skip(client->request_head, client->sent);
        size_t skip =
            client->sent > client->request_head.size ? client->sent - client->request_head.size : 0;
        struct slice body = slice_skip(client->request_body, skip);
        /* iovec has no const, and sendmsg() does not write. */
        union {
            const unsigned char *constant;
            void *plain;
        } bases[2] = {{.constant = head.base}, {.constant = body.base}};
        struct iovec parts[2] = {{.iov_base = bases[0].plain, .iov_len = head.size},
                                 {.iov_base = bases[1].plain, .iov_len = body.size}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t sent = sendmsg(client->source.fd, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            return false;
        }
        client->sent += (size_t)sent;
    }
    return true;
}

static void begin_exchange(struct client *client)
{
    client->sent = 0;
    client->in_size = 0;
    client->body_size = 0;
    client->head_parsed = false;
    if (client->state == CLIENT_IDLE) {
        /* It nearly always goes at once.  What fails now fails again from the loop. */
        client->state = send_rest(client) ? CLIENT_RECEIVE : CLIENT_SEND;
        if (loop_watch(client->loop, &client->source,
                       client->state == CLIENT_SEND ? LOOP_WRITABLE : LOOP_READABLE) == STATUS_OK) {
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
    close_connection(client);
}

/* The connection broke.  If it was an old one and no answer has begun, it was dead before. */
static void broken(struct client *client)
{
    bool again = client->reused && client->in_size == 0;
    if (client->state == CLIENT_IDLE || client->state == CLIENT_OPENING) {
        close_connection(client);
        return;
    }
    close_connection(client);
    if (again) {
        begin_exchange(client);
    } else {
        finish(client, false);
    }
}

static void step_send(struct client *client)
{
    if (!send_rest(client)) {
        if (errno != EAGAIN && errno != EINTR) {
            broken(client);
        }
        return;
    }
    client->state = CLIENT_RECEIVE;
    if (loop_watch(client->loop, &client->source, LOOP_READABLE) != STATUS_OK) {
        broken(client);
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
        ENSURE(room > 0);
        ssize_t got = recv(client->source.fd, client->in + client->in_size, room, 0);
        if (got > 0) {
            client->in_size += (size_t)got;
            if (!take_input(client)) {
                return;
            }
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (got == 0 && client->head_parsed && client->framing.state == HTTP_BODY_CLOSE) {
            finish(client, true);
        } else {
            broken(client);
        }
        return;
    }
}

static bool connected(const struct client *client)
{
    int error = 0;
    socklen_t size = sizeof(error);
    struct address peer = {.size = sizeof(peer.v6)};
    return getsockopt(client->source.fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0 &&
           getpeername(client->source.fd, &peer.any, &peer.size) == 0;
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
        close_connection(client);
        break;
    case CLIENT_OPENING:
        if (connected(client) &&
            loop_watch(client->loop, &client->source, LOOP_READABLE) == STATUS_OK) {
            client->state = CLIENT_IDLE;
            client->used_ns = clock_boot_ns();
        } else {
            close_connection(client);
        }
        break;
    case CLIENT_CONNECT:
        if (!connected(client)) {
            broken(client);
            break;
        }
        client->state = CLIENT_SEND;
        step_send(client);
        break;
    case CLIENT_SEND:
        step_send(client);
        break;
    case CLIENT_RECEIVE:
        step_receive(client);
        break;
    }
}
