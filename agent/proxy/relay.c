/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/relay.h"

#include "base/ensure.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* A sender that always has more lets the others have their turn after so many pieces. */
#define TURNS_MAX 16

static void listener_ready(void *context, unsigned events);
static void end_ready(void *context, unsigned events);

enum status relay_init(struct relays *relays, struct loop *loop, int listener,
                       const struct address *upstream)
{
    relays->loop = loop;
    relays->upstream = *upstream;
    relays->listener =
        (struct loop_source){.fd = listener, .ready = listener_ready, .context = relays};
    return loop_watch(loop, &relays->listener, LOOP_READABLE);
}

void relay_set_buffer(struct relays *relays, unsigned char *buffer, size_t size)
{
    relays->buffer = buffer;
    relays->buffer_size = size;
}

void relay_tell(struct relays *relays, const struct relay_listener *told)
{
    relays->told = told;
}

void relay_set_upstream(struct relays *relays, const struct address *upstream)
{
    relays->upstream = *upstream;
}

static size_t index_of(const struct relay *relay)
{
    return (size_t)(relay - relay->relays->relays);
}

/* ---- The end of a relay. ---- */

static void close_end(struct relay_end *end)
{
    loop_forget(end->relay->relays->loop, &end->source);
    if (end->source.fd >= 0) {
        close(end->source.fd);
    }
    end->source.fd = -1;
}

/* It may have stopped for want of a place. */
static void accept_again(struct relays *relays)
{
    if (relays->listener.fd >= 0 && !relays->listener.added) {
        (void)!loop_watch(relays->loop, &relays->listener, LOOP_READABLE);
    }
}

static void relay_close(struct relay *relay)
{
    struct relays *relays = relay->relays;
    close_end(&relay->ends[RELAY_UP]);
    close_end(&relay->ends[RELAY_DOWN]);
    relay->open = false;
    if (relays->pipe.size > 0 && relays->piped->relay == relay) {
        relay_pipe_drop(&relays->pipe);
    }
    if (relays->told != NULL) {
        relays->told->closed(relays->told->context, index_of(relay));
    }
    accept_again(relays);
}

/* One end is broken: the other one shall not take that for a regular end. */
static void relay_break(struct relay *relay)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(relay->ends[RELAY_UP].source.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    (void)setsockopt(relay->ends[RELAY_DOWN].source.fd, SOL_SOCKET, SO_LINGER, &reset,
                     sizeof(reset));
    relay_close(relay);
}

/* ---- Passing on. ---- */

static struct relay_end *other_end(struct relay_end *end)
{
    struct relay *relay = end->relay;
    return end == &relay->ends[RELAY_UP] ? &relay->ends[RELAY_DOWN] : &relay->ends[RELAY_UP];
}

static enum relay_way way_of(const struct relay_end *from)
{
    return from == &from->relay->ends[RELAY_UP] ? RELAY_UP : RELAY_DOWN;
}

static void end_way(struct relay_end *from)
{
    struct relay *relay = from->relay;
    const struct relay_listener *told = relay->relays->told;
    from->ended = true;
    (void)shutdown(other_end(from)->source.fd, SHUT_WR);
    if (told != NULL) {
        told->ended(told->context, index_of(relay), way_of(from));
    }
}

enum pumped {
    PUMPED_ALL,    /* There is no more now. */
    PUMPED_PART,   /* There may be more, or there is no room for it. */
    PUMPED_END,    /* The sender has ended. */
    PUMPED_DEAF,   /* The receiver takes nothing any more. */
    PUMPED_BROKEN, /* The sender's connection is broken. */
};

/* How many of the sender's next bytes nobody needs to see. */
static size_t unseen(const struct relay_end *from)
{
    const struct relay_listener *told = from->relay->relays->told;
    uint64_t size =
        told != NULL ? told->unseen(told->context, index_of(from->relay), way_of(from)) : SIZE_MAX;
    return size < AGENT_RELAY_PIPE_SIZE ? (size_t)size : AGENT_RELAY_PIPE_SIZE;
}

/* Pass on what is in the pipe. */
static enum pumped pump_pipe(struct relay_end *from, struct relay_end *to)
{
    if (relay_pipe_drain(&from->relay->relays->pipe, to->source.fd)) {
        return PUMPED_PART;
    }
    to->full = errno == EAGAIN || errno == ENOBUFS;
    return to->full ? PUMPED_PART : PUMPED_DEAF;
}

/* Pass on without looking at it. */
static enum pumped pump_unseen(struct relay_end *from, struct relay_end *to, size_t size)
{
    struct relays *relays = from->relay->relays;
    relays->piped = from;
    ssize_t got = relay_pipe_fill(&relays->pipe, from->source.fd, size);
    if (got <= 0) {
        return got == 0                              ? PUMPED_END
               : (errno == EAGAIN || errno == EINTR) ? PUMPED_ALL
               : relays->pipe.useless                ? PUMPED_PART
                                                     : PUMPED_BROKEN;
    }
    enum pumped pumped = pump_pipe(from, to);
    if (pumped != PUMPED_DEAF && relays->told != NULL) {
        relays->told->skipped(relays->told->context, index_of(from->relay), way_of(from),
                              (size_t)got);
    }
    return pumped == PUMPED_PART && !to->full && (size_t)got < AGENT_RELAY_UNSEEN_MIN ? PUMPED_ALL
                                                                                      : pumped;
}

/* Pass on what one buffer holds. */
static enum pumped pump_piece(struct relay_end *from, struct relay_end *to)
{
    struct relays *relays = from->relay->relays;
    ssize_t got = recv(from->source.fd, relays->buffer, relays->buffer_size, MSG_PEEK);
    if (got <= 0) {
        return got == 0                              ? PUMPED_END
               : (errno == EAGAIN || errno == EINTR) ? PUMPED_ALL
                                                     : PUMPED_BROKEN;
    }
    ssize_t sent = send(to->source.fd, relays->buffer, (size_t)got, MSG_NOSIGNAL);
    if (sent < 0) {
        to->full = errno == EAGAIN || errno == EINTR || errno == ENOBUFS;
        return to->full ? PUMPED_PART : PUMPED_DEAF;
    }
    /* With MSG_TRUNC, TCP throws them away and copies nothing. */
    if (recv(from->source.fd, relays->buffer, (size_t)sent, MSG_TRUNC) != sent) {
        return PUMPED_BROKEN;
    }
    to->full = sent < got;
    if (relays->told != NULL) {
        relays->told->passed(relays->told->context, index_of(from->relay), way_of(from),
                             slice_of(relays->buffer, (size_t)sent));
    }
    return to->full || (size_t)got == relays->buffer_size ? PUMPED_PART : PUMPED_ALL;
}

static enum pumped pump(struct relay_end *from)
{
    struct relays *relays = from->relay->relays;
    struct relay_end *to = other_end(from);
    enum pumped pumped = PUMPED_PART;
    for (unsigned turn = 0; turn < TURNS_MAX && pumped == PUMPED_PART && !to->full; turn++) {
        size_t size = unseen(from);
        if (relays->pipe.size > 0 && relays->piped == from) {
            pumped = pump_pipe(from, to);
        } else if (size >= AGENT_RELAY_UNSEEN_MIN && relay_pipe_free(&relays->pipe)) {
            pumped = pump_unseen(from, to, size);
        } else {
            pumped = pump_piece(from, to);
        }
    }
    return pumped;
}

/* What the receiver said before it stopped to listen shall still arrive: a server that refuses a
 * body says why, and then it closes. */
static void pass_last_words(struct relay_end *deaf)
{
    enum pumped pumped = PUMPED_PART;
    while (!deaf->ended && pumped == PUMPED_PART && !other_end(deaf)->full) {
        pumped = pump(deaf);
    }
    if (pumped == PUMPED_BROKEN) {
        relay_break(deaf->relay);
        return;
    }
    relay_close(deaf->relay);
}

/* False if the relay is gone. */
static bool pass_on(struct relay_end *from)
{
    if (from->ended || other_end(from)->full) {
        return true;
    }
    switch (pump(from)) {
    case PUMPED_ALL:
    case PUMPED_PART:
        return true;
    case PUMPED_END:
        end_way(from);
        if (other_end(from)->ended) {
            relay_close(from->relay);
            return false;
        }
        return true;
    case PUMPED_DEAF:
        pass_last_words(other_end(from));
        return false;
    case PUMPED_BROKEN:
        relay_break(from->relay);
        return false;
    }
    return false;
}

static bool watch_end(struct relay_end *end)
{
    unsigned events = (!end->ended && !other_end(end)->full ? (unsigned)LOOP_READABLE : 0u) |
                      (end->full ? (unsigned)LOOP_WRITABLE : 0u);
    if (events == 0) {
        /* Whoever is watched for nothing is still told of a hangup, again and again. */
        loop_forget(end->relay->relays->loop, &end->source);
        return true;
    }
    return loop_watch(end->relay->relays->loop, &end->source, events) == STATUS_OK;
}

static void watch(struct relay *relay)
{
    if (!watch_end(&relay->ends[RELAY_UP]) || !watch_end(&relay->ends[RELAY_DOWN])) {
        relay_break(relay);
    }
    /* It may be idle now, and make way for one that waits. */
    accept_again(relay->relays);
}

static bool connected(int fd)
{
    int error = 0;
    socklen_t size = sizeof(error);
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

static void end_ready(void *context, unsigned events)
{
    struct relay_end *end = context;
    struct relay *relay = end->relay;
    if (relay->connecting) {
        if (!connected(relay->ends[RELAY_DOWN].source.fd)) {
            relay_break(relay);
            return;
        }
        relay->connecting = false;
        relay->ends[RELAY_DOWN].full = false;
        events = LOOP_WRITABLE;
        end = &relay->ends[RELAY_DOWN];
    }
    if ((events & LOOP_WRITABLE) != 0 && end->full) {
        end->full = false;
    }
    if (((events & LOOP_WRITABLE) == 0 || pass_on(other_end(end))) &&
        ((events & LOOP_READABLE) == 0 || pass_on(end))) {
        watch(relay);
    }
}

/* ---- The beginning of one. ---- */

/* A place for another one: a free one, or one that is open and would not be missed. */
static struct relay *find_place(struct relays *relays)
{
    struct relay *idle = NULL;
    for (size_t i = 0; i < AGENT_RELAYS_MAX; i++) {
        struct relay *relay = &relays->relays[i];
        if (!relay->open) {
            return relay;
        }
        if (idle == NULL && relays->told != NULL && relays->told->idle(relays->told->context, i)) {
            idle = relay;
        }
    }
    return idle;
}

static void begin(struct relays *relays, struct relay *relay, int client, int upstream,
                  bool connecting)
{
    int one = 1;
    const int fds[2] = {[RELAY_UP] = client, [RELAY_DOWN] = upstream};
    relay->relays = relays;
    relay->open = true;
    relay->connecting = connecting;
    for (size_t i = 0; i < 2; i++) {
        (void)setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        relay->ends[i] = (struct relay_end){
            .source = {.fd = fds[i], .ready = end_ready, .context = &relay->ends[i]},
            .relay = relay,
        };
    }
    relay->ends[RELAY_DOWN].full = connecting;
    if (relays->told != NULL) {
        relays->told->opened(relays->told->context, index_of(relay));
    }
}

static void relay_open(struct relays *relays, struct relay *relay, int client)
{
    const struct address *address = &relays->upstream;
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        close(client);
        return;
    }
    /* Nobody is told of it before that: a program that takes over could not connect it. */
    bool connecting = connect(fd, &address->any, address->size) < 0;
    int error = errno;
    begin(relays, relay, client, fd, connecting);
    if (connecting && error != EINPROGRESS) {
        relay_break(relay);
        return;
    }
    if (relay->connecting || pass_on(&relay->ends[RELAY_UP])) {
        watch(relay);
    }
}

static void listener_ready(void *context, unsigned events)
{
    struct relays *relays = context;
    (void)events;
    for (;;) {
        struct relay *relay = find_place(relays);
        if (relay == NULL) {
            /* They wait in the kernel until one of the others ends or is idle. */
            loop_forget(relays->loop, &relays->listener);
            return;
        }
        int fd = accept4(relays->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno != EAGAIN && errno != EINTR && relay_busy(relays)) {
                loop_forget(relays->loop, &relays->listener);
            }
            return;
        }
        if (relay->open) {
            relay_close(relay);
        }
        relay_open(relays, relay, fd);
    }
}

void relay_adopt(struct relays *relays, int client, int upstream)
{
    struct relay *relay = find_place(relays);
    if (relay == NULL || relay->open) {
        close(client);
        close(upstream);
        return;
    }
    begin(relays, relay, client, upstream, false);
    /* What is not connected yet is as good as full: it becomes writable. */
    relay->ends[RELAY_UP].full = true;
    relay->ends[RELAY_DOWN].full = true;
    watch(relay);
}

bool relay_busy(const struct relays *relays)
{
    for (size_t i = 0; i < AGENT_RELAYS_MAX; i++) {
        if (relays->relays[i].open) {
            return true;
        }
    }
    return false;
}

void relay_stop(struct relays *relays)
{
    if (relays->listener.fd >= 0) {
        loop_forget(relays->loop, &relays->listener);
        close(relays->listener.fd);
        relays->listener.fd = -1;
    }
}
