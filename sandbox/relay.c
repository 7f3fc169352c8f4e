/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/relay.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"
#include "sandbox/sandbox_limits.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK_SIZE 65536

const char *const relay_fault_names[] = {"none", "delay", "cut", "blackhole", "reset", NULL};

/* Bytes on their way, and when they may go on. */
struct chunk {
    struct chunk *next;
    uint64_t due_ns;
    size_t size;
    size_t sent;
    unsigned char bytes[];
};

/* One end of a connection and what is to be written to it. */
struct end {
    struct loop_source source;
    struct chunk *head;
    struct chunk *tail;
    size_t waiting;    /* Bytes in chunks. */
    bool read_closed;  /* It will send nothing more. */
    bool write_closed; /* We told it that nothing more comes. */
    struct link *link;
};

/* A connection: inside is end 0, outside is end 1. */
struct link {
    struct end ends[2];
    struct relay_port *port;
    struct loop_timer timer;
    bool connecting;
    struct link *previous;
    struct link *next;
};

struct relay_port {
    struct relay *relay;
    struct relay_place place;
    struct relay_fault fault;
    struct loop_source listener; /* descriptor -1 while it refuses. */
    struct relay_port *next;
};

struct relay {
    struct loop *loop;
    relay_listen *make_listener;
    void *owner;
    struct relay_port *ports;
    struct link *links;
    bool frozen;
};

static void link_close(struct link *link, bool reset)
{
    struct relay *relay = link->port->relay;
    for (unsigned i = 0; i < 2; i++) {
        struct end *end = &link->ends[i];
        while (end->head != NULL) {
            struct chunk *chunk = end->head;
            end->head = chunk->next;
            free(chunk);
        }
        if (reset) {
            struct linger linger = {.l_onoff = 1, .l_linger = 0};
            (void)setsockopt(end->source.descriptor, SOL_SOCKET, SO_LINGER, &linger,
                             sizeof(linger));
        }
        loop_forget(relay->loop, &end->source);
        close(end->source.descriptor);
    }
    loop_clear(relay->loop, &link->timer);
    ENSURE((link->previous == NULL) == (relay->links == link));
    if (link->previous == NULL) {
        relay->links = link->next;
    } else {
        link->previous->next = link->next;
    }
    if (link->next != NULL) {
        link->next->previous = link->previous;
    }
    free(link);
}

static bool mute(const struct link *link)
{
    return link->port->relay->frozen || link->port->fault.kind == RELAY_BLACKHOLE;
}

/* Watch for what can be done now. */
static void link_watch(struct link *link)
{
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t due_ns = 0;
    struct loop *loop = link->port->relay->loop;
    for (unsigned i = 0; i < 2; i++) {
        struct end *end = &link->ends[i];
        struct end *other = &link->ends[1 - i];
        unsigned events = 0;
        if (!mute(link)) {
            if (!end->read_closed && other->waiting < RELAY_BYTES_MAX && !link->connecting) {
                events |= LOOP_READ;
            }
            if (end->head != NULL && end->head->due_ns <= now_ns) {
                events |= LOOP_WRITE;
            } else if (end->head != NULL && (due_ns == 0 || end->head->due_ns < due_ns)) {
                due_ns = end->head->due_ns;
            }
            if (link->connecting && i == 1) {
                events |= LOOP_WRITE;
            }
        }
        loop_change(loop, &end->source, events);
    }
    if (due_ns != 0) {
        loop_set(loop, &link->timer, due_ns);
    } else {
        loop_clear(loop, &link->timer);
    }
}

static bool end_finished(const struct end *end, const struct end *other)
{
    return other->read_closed && end->head == NULL;
}

/* False if the link is broken. */
static bool end_write(struct end *end, uint64_t now_ns)
{
    while (end->head != NULL && end->head->due_ns <= now_ns) {
        struct chunk *chunk = end->head;
        ssize_t sent = send(end->source.descriptor, chunk->bytes + chunk->sent,
                            chunk->size - chunk->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        chunk->sent += (size_t)sent;
        end->waiting -= (size_t)sent;
        if (chunk->sent < chunk->size) {
            return true;
        }
        end->head = chunk->next;
        if (end->head == NULL) {
            end->tail = NULL;
        }
        free(chunk);
    }
    return true;
}

/* False if the link is broken. */
static bool end_read(struct end *end, struct end *other, uint64_t delay_ns)
{
    struct chunk *chunk = malloc(sizeof(*chunk) + CHUNK_SIZE);
    ENSURE(chunk != NULL);
    ssize_t size = recv(end->source.descriptor, chunk->bytes, CHUNK_SIZE, MSG_DONTWAIT);
    if (size <= 0) {
        free(chunk);
        if (size == 0) {
            end->read_closed = true;
            return true;
        }
        return errno == EAGAIN || errno == EINTR;
    }
    *chunk = (struct chunk){.due_ns = clock_monotonic_ns() + delay_ns, .size = (size_t)size};
    if (other->tail == NULL) {
        other->head = chunk;
    } else {
        other->tail->next = chunk;
    }
    other->tail = chunk;
    other->waiting += chunk->size;
    return true;
}

/* Do what can be done; the link may be gone afterwards. */
static void link_move(struct link *link)
{
    uint64_t now_ns = clock_monotonic_ns();
    for (unsigned i = 0; i < 2; i++) {
        struct end *end = &link->ends[i];
        struct end *other = &link->ends[1 - i];
        if (!end_write(end, now_ns)) {
            link_close(link, true);
            return;
        }
        if (end_finished(end, other) && !end->write_closed) {
            end->write_closed = true;
            shutdown(end->source.descriptor, SHUT_WR);
        }
    }
    if (link->ends[0].write_closed && link->ends[1].write_closed) {
        link_close(link, false);
        return;
    }
    link_watch(link);
}

static void on_end(void *owner, unsigned events)
{
    struct end *end = owner;
    struct link *link = end->link;
    struct end *other = end == &link->ends[0] ? &link->ends[1] : &link->ends[0];
    if (mute(link)) {
        /* Only a broken connection is told while nothing is watched for; a process inside cannot
         * know of it before it runs again, and the outside is gone anyway. */
        link_close(link, true);
        return;
    }
    if (link->connecting) {
        int error = 0;
        socklen_t size = sizeof(error);
        getsockopt(link->ends[1].source.descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            link_close(link, true);
            return;
        }
        if (end != &link->ends[1]) {
            return;
        }
        link->connecting = false;
    }
    uint64_t delay_ns = link->port->fault.kind == RELAY_DELAY ? link->port->fault.delay_ns : 0;
    if ((events & (LOOP_READ | LOOP_BROKEN)) != 0 && !end->read_closed) {
        if (!end_read(end, other, delay_ns)) {
            link_close(link, true);
            return;
        }
    } else if ((events & LOOP_BROKEN) != 0) {
        link_close(link, true);
        return;
    }
    link_move(link);
}

static void on_link_timer(void *owner)
{
    struct link *link = owner;
    if (!mute(link)) {
        link_move(link);
    }
}

static int connect_outside(const struct relay_place *place, bool *connecting)
{
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -1;
    }
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons(place->outside_port),
                             .sin_addr.s_addr = place->outside_address};
    int connected = connect(descriptor, (const struct sockaddr *)&in, sizeof(in));
    if (connected != 0 && errno != EINPROGRESS) {
        close(descriptor);
        return -1;
    }
    *connecting = true;
    int one = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return descriptor;
}

static void reset_close(int descriptor)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(descriptor);
}

static void link_create(struct relay_port *port, int inside)
{
    struct relay *relay = port->relay;
    bool connecting = false;
    int outside = connect_outside(&port->place, &connecting);
    if (outside < 0) {
        reset_close(inside);
        return;
    }
    struct link *link = calloc(1, sizeof(*link));
    ENSURE(link != NULL);
    int one = 1;
    (void)setsockopt(inside, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    link->port = port;
    link->connecting = connecting;
    link->timer = (struct loop_timer){.fire = on_link_timer, .owner = link};
    int descriptors[2] = {inside, outside};
    for (unsigned i = 0; i < 2; i++) {
        struct end *end = &link->ends[i];
        end->link = link;
        end->source =
            (struct loop_source){.descriptor = descriptors[i], .ready = on_end, .owner = end};
        enum status watched = loop_watch(relay->loop, &end->source, 0);
        ENSURE(watched == STATUS_OK);
    }
    link->next = relay->links;
    if (relay->links != NULL) {
        relay->links->previous = link;
    }
    relay->links = link;
    link_watch(link);
}

static void on_accept(void *owner, unsigned events)
{
    (void)events;
    struct relay_port *port = owner;
    int inside = accept4(port->listener.descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (inside < 0) {
        return;
    }
    if (port->fault.kind == RELAY_RESET) {
        reset_close(inside);
        return;
    }
    link_create(port, inside);
}

static enum status port_open(struct relay_port *port)
{
    struct relay *relay = port->relay;
    if (port->listener.descriptor >= 0) {
        return STATUS_OK;
    }
    int descriptor =
        relay->make_listener(relay->owner, port->place.inside_address, port->place.inside_port);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    port->listener =
        (struct loop_source){.descriptor = descriptor, .ready = on_accept, .owner = port};
    return loop_watch(relay->loop, &port->listener, relay->frozen ? 0 : LOOP_READ);
}

static void port_close(struct relay_port *port)
{
    if (port->listener.descriptor >= 0) {
        loop_forget(port->relay->loop, &port->listener);
        close(port->listener.descriptor);
        port->listener.descriptor = -1;
    }
}

enum status relay_create(struct relay **out, struct loop *loop, relay_listen *make_listener,
                         void *owner)
{
    struct relay *relay = calloc(1, sizeof(*relay));
    if (relay == NULL) {
        return STATUS_FULL;
    }
    *relay = (struct relay){.loop = loop, .make_listener = make_listener, .owner = owner};
    *out = relay;
    return STATUS_OK;
}

void relay_free(struct relay *relay)
{
    if (relay == NULL) {
        return;
    }
    relay_reset(relay);
    while (relay->ports != NULL) {
        struct relay_port *port = relay->ports;
        relay->ports = port->next;
        port_close(port);
        free(port);
    }
    free(relay);
}

enum status relay_add(struct relay *relay, const struct relay_place *place)
{
    struct relay_port *port = calloc(1, sizeof(*port));
    if (port == NULL) {
        return STATUS_FULL;
    }
    port->relay = relay;
    port->place = *place;
    port->listener.descriptor = -1;
    port->next = relay->ports;
    relay->ports = port;
    return port_open(port);
}

static void port_links_close(struct relay_port *port, bool reset)
{
    struct link *link = port->relay->links;
    while (link != NULL) {
        struct link *next = link->next;
        if (link->port == port) {
            link_close(link, reset);
        }
        link = next;
    }
}

static void port_spoil(struct relay_port *port, struct relay_fault fault)
{
    port->fault = fault;
    if (fault.kind == RELAY_CUT) {
        port_links_close(port, false);
        port_close(port);
        return;
    }
    if (port_open(port) != STATUS_OK) {
        log_warn("relay-port-lost", log_string("to", port->place.label));
    }
    if (fault.kind == RELAY_RESET) {
        port_links_close(port, true);
    }
    for (struct link *link = port->relay->links; link != NULL; link = link->next) {
        if (link->port == port) {
            link_watch(link);
        }
    }
}

unsigned relay_spoil(struct relay *relay, struct slice label, struct relay_fault fault)
{
    unsigned count = 0;
    for (struct relay_port *port = relay->ports; port != NULL; port = port->next) {
        if (label.size == 0 || slice_equal(slice_from(port->place.label), label)) {
            port_spoil(port, fault);
            count++;
        }
    }
    return count;
}

static void watch_all(struct relay *relay)
{
    for (struct relay_port *port = relay->ports; port != NULL; port = port->next) {
        if (port->listener.descriptor >= 0) {
            loop_change(relay->loop, &port->listener, relay->frozen ? 0 : LOOP_READ);
        }
    }
    for (struct link *link = relay->links; link != NULL; link = link->next) {
        link_watch(link);
    }
}

void relay_freeze(struct relay *relay)
{
    relay->frozen = true;
    watch_all(relay);
}

void relay_thaw(struct relay *relay, bool connections_dead)
{
    relay->frozen = false;
    if (connections_dead) {
        relay_reset(relay);
    }
    watch_all(relay);
}

void relay_reset(struct relay *relay)
{
    struct link *next = relay->links;
    while (next != NULL) {
        struct link *link = next;
        next = link->next;
        link_close(link, true);
    }
    ENSURE(relay->links == NULL);
}

unsigned relay_connections(const struct relay *relay)
{
    unsigned count = 0;
    for (const struct link *link = relay->links; link != NULL; link = link->next) {
        count++;
    }
    return count;
}
