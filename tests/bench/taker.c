/* SPDX-License-Identifier: Apache-2.0 */
#include "taker.h"

#include "base/clock.h"
#include "base/ensure.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64
#define HEAD_MAX        8192
#define POLL_MS         100

/* Answers that are on their way to one peer: few requests come before the first is answered. */
#define ANSWERS_MAX 64

struct peer {
    int fd;
    size_t due_count;
    uint64_t due_ns[ANSWERS_MAX];
    size_t size; /* Of the head so far. */
    size_t body; /* Bytes of the body that are to come. */
    bool in_body;
    char head[HEAD_MAX];
};

static void answer(struct taker *taker, struct peer *peer)
{
    static const char text[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
    atomic_fetch_add(&taker->requests, 1);
    (void)!send(peer->fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
}

/* Send the answers that are due; whether others are to come. */
static bool answer_due(struct taker *taker, struct peer *peer)
{
    size_t sent = 0;
    while (sent < peer->due_count && peer->due_ns[sent] <= clock_monotonic_ns()) {
        answer(taker, peer);
        sent++;
    }
    peer->due_count -= sent;
    memmove(peer->due_ns, peer->due_ns + sent, peer->due_count * sizeof(peer->due_ns[0]));
    return peer->due_count > 0;
}

/* Take what has come; false: the peer is gone. */
static bool take(struct taker *taker, struct peer *peer)
{
    char bytes[65536];
    ssize_t got = recv(peer->fd, bytes, sizeof(bytes), 0);
    if (got <= 0) {
        return false;
    }
    atomic_fetch_add(&taker->bytes, (uint64_t)got);
    for (size_t at = 0; at < (size_t)got;) {
        if (!peer->in_body) {
            ENSURE(peer->size < HEAD_MAX - 1);
            peer->head[peer->size++] = bytes[at++];
            peer->head[peer->size] = '\0';
            if (peer->size < 4 || memcmp(peer->head + peer->size - 4, "\r\n\r\n", 4) != 0) {
                continue;
            }
            const char *length = strcasestr(peer->head, "content-length:");
            peer->body = length != NULL ? strtoul(length + 15, NULL, 10) : 0;
            peer->in_body = true;
        }
        size_t left = (size_t)got - at;
        size_t part = left < peer->body ? left : peer->body;
        at += part;
        peer->body -= part;
        if (peer->body == 0) {
            peer->in_body = false;
            peer->size = 0;
            ENSURE(peer->due_count < ANSWERS_MAX);
            peer->due_ns[peer->due_count++] = clock_monotonic_ns() + taker->delay_ns;
        }
    }
    return true;
}

static void *run(void *context)
{
    static struct peer peers[CONNECTIONS_MAX];
    struct taker *taker = context;
    struct pollfd watched[CONNECTIONS_MAX + 1] = {{.fd = taker->listener, .events = POLLIN}};
    size_t count = 0;
    while (!atomic_load(&taker->stop)) {
        bool due = false;
        for (size_t i = 0; i < count; i++) {
            watched[i + 1] = (struct pollfd){.fd = peers[i].fd, .events = POLLIN};
            due = answer_due(taker, &peers[i]) || due;
        }
        size_t polled = count;
        /* A sleeping thread wakes late by more than what is measured. */
        (void)poll(watched, (nfds_t)(count + 1), due ? 0 : POLL_MS);
        if (watched[0].revents != 0 && count < CONNECTIONS_MAX) {
            int on = 1;
            int fd = accept(taker->listener, NULL, NULL);
            ENSURE(fd >= 0);
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            peers[count++] = (struct peer){.fd = fd};
        }
        for (size_t i = polled; i > 0; i--) {
            if (watched[i].revents != 0 && !take(taker, &peers[i - 1])) {
                close(peers[i - 1].fd);
                peers[i - 1] = peers[--count];
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        close(peers[i].fd);
    }
    return NULL;
}

void taker_start(struct taker *taker, uint64_t delay_ns)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t length = sizeof(name);
    memset(taker, 0, sizeof(*taker));
    taker->delay_ns = delay_ns;
    taker->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ENSURE(taker->listener >= 0);
    ENSURE(bind(taker->listener, (struct sockaddr *)&name, sizeof(name)) == 0);
    ENSURE(listen(taker->listener, 8) == 0);
    ENSURE(getsockname(taker->listener, (struct sockaddr *)&name, &length) == 0);
    taker->port = ntohs(name.sin_port);
    ENSURE(pthread_create(&taker->thread, NULL, run, taker) == 0);
}

void taker_stop(struct taker *taker)
{
    atomic_store(&taker->stop, true);
    pthread_join(taker->thread, NULL);
    close(taker->listener);
}
