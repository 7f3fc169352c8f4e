/* SPDX-License-Identifier: Apache-2.0 */
#include "net/server.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/format.h"
#include "net/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A peer that fills the shared buffer and has not moved for so long makes way for one that waits.
 */
#define STALE_NS AGENT_NS_MS(2000)

static void connection_ready(void *context, unsigned events);
static void listener_ready(void *context, unsigned events);

enum status server_init(struct server *server, struct loop *loop, struct slice address,
                        unsigned char *body, size_t body_max)
{
    server->loop = loop;
    server->listener = (struct loop_source){.fd = -1, .ready = listener_ready, .context = server};
    server->handler = NULL;
    server->body = body;
    server->body_max = body_max;
    server->body_size = 0;
    server->body_owner = NULL;
    for (size_t i = 0; i < AGENT_CONNECTIONS_MAX; i++) {
        struct server_connection *connection = &server->connections[i];
        connection->server = server;
        connection->memory = &server->memories[i];
        connection->source =
            (struct loop_source){.fd = -1, .ready = connection_ready, .context = connection};
    }
    enum status status = listen_open(address, &server->listener.fd);
    if (status != STATUS_OK) {
        return status;
    }
    if (loop_watch(loop, &server->listener, LOOP_READABLE) != STATUS_OK) {
        int error = errno;
        close(server->listener.fd);
        server->listener.fd = -1;
        errno = error;
        return STATUS_IO;
    }
    return STATUS_OK;
}

void server_handle(struct server *server, server_handler *handler, void *context)
{
    server->handler = handler;
    server->context = context;
}

unsigned server_port(const struct server *server)
{
    return listen_port(server->listener.fd);
}

/* ---- Connections. ---- */

/* Give the shared buffer to whoever waits longest for it. */
static void give_body(struct server *server)
{
    struct server_connection *next = NULL;
    server->body_owner = NULL;
    for (size_t i = 0; i < AGENT_CONNECTIONS_MAX; i++) {
        struct server_connection *connection = &server->connections[i];
        if (connection->source.fd >= 0 && connection->state == SERVER_WAIT &&
            (next == NULL || connection->active_ns < next->active_ns)) {
            next = connection;
        }
    }
    if (next == NULL) {
        return;
    }
    server->body_owner = next;
    server->body_size = 0;
    next->state = SERVER_BODY;
    /* Writable at once: that calls it back to go on with what it has read. */
    ENSURE(loop_watch(server->loop, &next->source, LOOP_READABLE | LOOP_WRITABLE) == STATUS_OK);
}

static void drop_body(struct server_connection *connection)
{
    if (connection->server->body_owner == connection) {
        give_body(connection->server);
    }
}

static void connection_close(struct server_connection *connection)
{
    if (connection->source.fd < 0) {
        return;
    }
    loop_forget(connection->server->loop, &connection->source);
    close(connection->source.fd);
    connection->source.fd = -1;
    drop_body(connection);
}

static void connection_watch(struct server_connection *connection, unsigned events)
{
    if (loop_watch(connection->server->loop, &connection->source, events) != STATUS_OK) {
        connection_close(connection);
    }
}

/* A slot for a new connection: a free one, or that of the peer that has been idle longest. */
static struct server_connection *take_slot(struct server *server)
{
    struct server_connection *idle = NULL;
    for (size_t i = 0; i < AGENT_CONNECTIONS_MAX; i++) {
        struct server_connection *connection = &server->connections[i];
        if (connection->source.fd < 0) {
            return connection;
        }
        if (connection->state == SERVER_HEAD && connection->in_size == 0 &&
            (idle == NULL || connection->active_ns < idle->active_ns)) {
            idle = connection;
        }
    }
    if (idle != NULL) {
        connection_close(idle);
    }
    return idle;
}

static void evict_stale_owner(struct server *server, uint64_t now_ns)
{
    struct server_connection *owner = server->body_owner;
    if (owner != NULL && now_ns - owner->active_ns >= STALE_NS) {
        connection_close(owner);
    }
}

uint64_t server_due_ns(const struct server *server)
{
    if (server->body_owner == NULL) {
        return UINT64_MAX;
    }
    for (size_t i = 0; i < AGENT_CONNECTIONS_MAX; i++) {
        const struct server_connection *connection = &server->connections[i];
        if (connection->source.fd >= 0 && connection->state == SERVER_WAIT) {
            return server->body_owner->active_ns + STALE_NS;
        }
    }
    return UINT64_MAX;
}

void server_time(struct server *server, uint64_t now_ns)
{
    if (now_ns >= server_due_ns(server)) {
        evict_stale_owner(server, now_ns);
    }
}

static void listener_ready(void *context, unsigned events)
{
    struct server *server = context;
    int one = 1;
    (void)events;
    for (;;) {
        int fd = accept4(server->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        uint64_t now_ns = clock_monotonic_ns();
        evict_stale_owner(server, now_ns);
        struct server_connection *connection = take_slot(server);
        if (connection == NULL) {
            close(fd);
            continue;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        connection->source.fd = fd;
        connection->source.added = false;
        connection->state = SERVER_HEAD;
        connection->in_size = 0;
        connection->close_after = false;
        connection->active_ns = now_ns;
        connection_watch(connection, LOOP_READABLE);
    }
}

/* ---- Answers. ---- */

static const char *reason_of(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 431:
        return "Request Header Fields Too Large";
    default:
        return "Error";
    }
}

static void put_answer(struct server_connection *connection, const struct server_answer *answer)
{
    struct buf out;
    buf_init_fixed(&out, connection->out, sizeof(connection->out));
    format_append(&out, "HTTP/1.1 %u %s\r\nContent-Length: %zu\r\n", answer->status,
                  reason_of(answer->status), answer->body.size);
    if (answer->content_type.size > 0) {
        format_append(&out, "Content-Type: " SLICE_FMT "\r\n", SLICE_ARG(answer->content_type));
    }
    if (answer->allow.size > 0) {
        format_append(&out, "Allow: " SLICE_FMT "\r\n", SLICE_ARG(answer->allow));
    }
    buf_append_text(&out, connection->close_after ? "Connection: close\r\n\r\n" : "\r\n");
    if (!slice_equal(connection->memory->head.method, SLICE("HEAD"))) {
        buf_append(&out, answer->body);
    }
    ENSURE(!buf_overflowed(&out));
    connection->out_size = out.size;
    connection->out_sent = 0;
    connection->state = SERVER_WRITE;
}

static void answer_and_close(struct server_connection *connection, unsigned status)
{
    struct server_answer answer = {.status = status};
    connection->close_after = true;
    put_answer(connection, &answer);
}

static void handle(struct server_connection *connection, bool too_large)
{
    struct server *server = connection->server;
    struct server_answer answer = {.status = 200};
    struct server_request request = {.head = &connection->memory->head, .too_large = too_large};
    if (server->body_owner == connection) {
        request.body = slice_of(server->body, server->body_size);
    }
    server->handler(server->context, &request, &answer);
    drop_body(connection);
    put_answer(connection, &answer);
}

/* ---- Steps.  Each answers whether there may be another one without more input. ---- */

static void consume(struct server_connection *connection, size_t size)
{
    ENSURE(size <= connection->in_size);
    connection->in_size -= size;
    memmove(connection->memory->in, connection->memory->in + size, connection->in_size);
}

static void begin_body(struct server_connection *connection)
{
    struct server *server = connection->server;
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (connection->memory->head.expects_continue &&
        connection->memory->head.length > server->body_max) {
        /* It asks first, and is spared the trouble. */
        connection->close_after = true;
        handle(connection, true);
        return;
    }
    if (connection->memory->head.expects_continue) {
        /* It fits into an empty socket buffer; if not, the peer goes on by itself after a while. */
        (void)!send(connection->source.fd, go_on, sizeof(go_on) - 1, MSG_NOSIGNAL);
    }
    if (connection->memory->head.length > server->body_max) {
        connection->state = SERVER_DISCARD;
        return;
    }
    evict_stale_owner(server, clock_monotonic_ns());
    if (server->body_owner == NULL) {
        server->body_owner = connection;
        server->body_size = 0;
        connection->state = SERVER_BODY;
    } else {
        connection->state = SERVER_WAIT;
    }
}

static bool step_head(struct server_connection *connection)
{
    struct http_head *head = &connection->memory->head;
    switch (http_parse_request(slice_of(connection->memory->in, connection->in_size), head)) {
    case HTTP_BAD:
        answer_and_close(connection, 400);
        return true;
    case HTTP_PARTIAL:
        if (connection->in_size == sizeof(connection->memory->in)) {
            answer_and_close(connection, 431);
            return true;
        }
        return false;
    case HTTP_PARSED:
        break;
    }
    /* The head outlives what is read behind it. */
    memcpy(connection->memory->head_bytes, connection->memory->in, head->size);
    http_head_move(head, connection->memory->in, connection->memory->head_bytes);
    consume(connection, head->size);
    connection->close_after = !head->keep_alive;
    http_body_of_request(&connection->framing, head);
    if (connection->framing.state == HTTP_BODY_DONE) {
        handle(connection, false);
    } else {
        begin_body(connection);
    }
    return true;
}

static bool step_body(struct server_connection *connection)
{
    struct server *server = connection->server;
    struct slice data;
    size_t consumed;
    enum http_answer answer =
        http_body_next(&connection->framing, slice_of(connection->memory->in, connection->in_size),
                       &consumed, &data);
    if (answer == HTTP_BAD) {
        drop_body(connection);
        answer_and_close(connection, 400);
        return true;
    }
    if (connection->state == SERVER_BODY) {
        if (data.size > server->body_max - server->body_size) {
            connection->state = SERVER_DISCARD;
            drop_body(connection);
        } else if (data.size > 0) {
            memcpy(server->body + server->body_size, data.base, data.size);
            server->body_size += data.size;
        }
    }
    consume(connection, consumed);
    if (answer == HTTP_PARSED) {
        handle(connection, connection->state == SERVER_DISCARD);
        return true;
    }
    return consumed > 0;
}

static bool step_write(struct server_connection *connection)
{
    while (connection->out_sent < connection->out_size) {
        ssize_t sent = send(connection->source.fd, connection->out + connection->out_sent,
                            connection->out_size - connection->out_sent, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                connection_close(connection);
            }
            return false;
        }
        connection->out_sent += (size_t)sent;
    }
    if (connection->close_after) {
        connection_close(connection);
        return false;
    }
    connection->state = SERVER_HEAD;
    return true;
}

static bool step(struct server_connection *connection)
{
    switch (connection->state) {
    case SERVER_HEAD:
        return step_head(connection);
    case SERVER_BODY:
    case SERVER_DISCARD:
        return step_body(connection);
    case SERVER_WAIT:
        return false;
    case SERVER_WRITE:
        return step_write(connection);
    }
    return false;
}

/* Where what is read next goes: a body of known length comes straight into the shared buffer, and
 * nothing behind it is read with it. */
static unsigned char *place_of(struct server_connection *connection, size_t *room)
{
    const struct server *server = connection->server;
    const struct http_body *framing = &connection->framing;
    if (connection->state == SERVER_BODY && framing->state == HTTP_BODY_LENGTH &&
        connection->in_size == 0) {
        ENSURE(framing->left <= server->body_max - server->body_size);
        *room = (size_t)framing->left;
        return server->body + server->body_size;
    }
    *room = sizeof(connection->memory->in) - connection->in_size;
    return connection->memory->in + connection->in_size;
}

/* Read what there is.  False: there is nothing now, or the connection is gone.  all: so far as
 * anybody can know there is no more; if there is, the loop tells. */
static bool fill(struct server_connection *connection, bool *all)
{
    size_t room;
    unsigned char *place = place_of(connection, &room);
    bool direct = place != connection->memory->in + connection->in_size;
    if (room == 0) {
        return false;
    }
    ssize_t got = recv(connection->source.fd, place, room, 0);
    *all = (size_t)got < room;
    if (got > 0) {
        if (direct) {
            connection->server->body_size += (size_t)got;
            http_body_passed(&connection->framing, (size_t)got);
        } else {
            connection->in_size += (size_t)got;
        }
        connection->active_ns = clock_monotonic_ns();
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        connection_close(connection);
    }
    return false;
}

static bool reads(const struct server_connection *connection)
{
    return connection->state == SERVER_HEAD || connection->state == SERVER_BODY ||
           connection->state == SERVER_DISCARD;
}

static void connection_ready(void *context, unsigned events)
{
    struct server_connection *connection = context;
    (void)events;
    if (connection->state == SERVER_WAIT) {
        /* Nothing is watched for then, so this is what is told in any case: the peer is gone. */
        connection_close(connection);
        return;
    }
    bool all = false;
    do {
        while (connection->source.fd >= 0 && step(connection)) {
        }
    } while (connection->source.fd >= 0 && reads(connection) && !all && fill(connection, &all));
    if (connection->source.fd < 0) {
        return;
    }
    connection_watch(connection, connection->state == SERVER_WRITE ? (unsigned)LOOP_WRITABLE
                                 : reads(connection)               ? (unsigned)LOOP_READABLE
                                                                   : 0u);
}
