/* SPDX-License-Identifier: Apache-2.0 */
#include "relay_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define LISTENER  (WORLD_FIRST + (int)WORLD_SOCKETS)
#define PIPE      (LISTENER + 1) /* Its end that is read from; the other one is next. */
#define PIPE_SIZE 100000u
#define WAITS_IN  16 /* One call of so many has to wait. */

struct world world;

unsigned char world_byte(size_t socket, uint64_t place)
{
    return (unsigned char)((place * UINT64_C(0x9e3779b97f4a7c15) >> 56) + 61 * socket);
}

void world_begin(struct prng *prng)
{
    memset(&world, 0, sizeof(world));
    world.prng = prng;
    world.pipe_refused = prng_chance(prng, 1, 8);
}

/* ---- Sockets. ---- */

static struct world_socket *socket_of(int fd)
{
    if (fd < WORLD_FIRST || fd >= LISTENER || !world.sockets[fd - WORLD_FIRST].used) {
        world_fail("a descriptor that is not open");
    }
    return &world.sockets[fd - WORLD_FIRST];
}

static struct world_socket *peer_of(const struct world_socket *socket)
{
    return socket->peer < WORLD_SOCKETS ? &world.sockets[socket->peer] : NULL;
}

/* A regular end says: that was all.  So it must have been, unless nobody listens there. */
static void give_end(struct world_socket *socket)
{
    const struct world_socket *from = peer_of(socket);
    bool matters =
        !socket->deaf && !socket->reset && (from == NULL || !(from->deaf || from->deafened));
    if (matters && (from == NULL || !from->said_all || from->taken != from->said ||
                    socket->got != from->said)) {
        world_fail("an end before all was passed on");
    }
    socket->got_end = true;
}

static ssize_t refuse(int error)
{
    errno = error;
    return -1;
}

static bool waits(void)
{
    return prng_chance(world.prng, 1, WAITS_IN);
}

static size_t part(uint64_t size)
{
    return (size_t)(prng_chance(world.prng, 1, 2) ? size : prng_between(world.prng, 1, size));
}

/* How much can be taken out of it; 0: an end, -1: errno says why not. */
static ssize_t readable(struct world_socket *socket, size_t size)
{
    if (socket->unconnected) {
        return refuse(ENOTCONN);
    }
    if (socket->delay > 0) {
        return refuse(EAGAIN);
    }
    if (socket->unheard || socket->refused) {
        socket->unheard = false;
        return refuse(ECONNRESET);
    }
    uint64_t there = socket->said - socket->taken;
    if (there == 0 && !socket->said_all && !socket->reset) {
        return refuse(EAGAIN);
    }
    return (ssize_t)(there < size ? there : size);
}

static ssize_t writable(struct world_socket *socket, size_t size)
{
    uint64_t room = socket->room - (socket->got - socket->read);
    if (socket->got_end) {
        world_fail("bytes behind the end");
    }
    if (socket->deaf || socket->reset || socket->refused || socket->unconnected) {
        socket->deafened = socket->deafened || socket->unheard || socket->refused;
        socket->unheard = false;
        return refuse(EPIPE);
    }
    if (room == 0 || socket->delay > 0 || waits()) {
        return refuse(EAGAIN);
    }
    return (ssize_t)part(room < size ? room : size);
}

ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags)
{
    struct world_socket *socket = socket_of(fd);
    if ((flags & MSG_PEEK) != 0 && waits()) {
        return refuse(prng_chance(world.prng, 1, 2) ? EAGAIN : EINTR);
    }
    ssize_t got = readable(socket, size);
    if ((flags & MSG_PEEK) == 0) {
        socket->taken += got > 0 ? (uint64_t)got : 0;
        return got;
    }
    got = got > 0 ? (ssize_t)part((uint64_t)got) : got;
    for (ssize_t i = 0; i < got; i++) {
        ((unsigned char *)bytes)[i] =
            world_byte((size_t)(fd - WORLD_FIRST), socket->taken + (uint64_t)i);
    }
    return got;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
    struct world_socket *socket = socket_of(fd);
    ssize_t sent = writable(socket, size);
    (void)flags;
    for (ssize_t i = 0; i < sent; i++) {
        if (((const unsigned char *)bytes)[i] !=
            world_byte(socket->peer, socket->got + (uint64_t)i)) {
            world_fail("another byte");
        }
    }
    socket->got += sent > 0 ? (uint64_t)sent : 0;
    return sent;
}

/* ---- The pipe. ---- */

ssize_t __wrap_splice(int from, off64_t *from_place, int to, off64_t *to_place, size_t size,
                      unsigned flags);
ssize_t __wrap_splice(int from, off64_t *from_place, int to, off64_t *to_place, size_t size,
                      unsigned flags)
{
    (void)from_place;
    (void)to_place;
    (void)flags;
    if (to == PIPE + 1) {
        struct world_socket *socket = socket_of(from);
        ssize_t got = world.pipe_refused ? refuse(EINVAL) : readable(socket, size);
        if (got > 0 && waits()) {
            return refuse(EAGAIN);
        }
        if (got > 0) {
            got = (ssize_t)part((uint64_t)got < PIPE_SIZE ? (uint64_t)got : PIPE_SIZE);
            world.pipe_stream = (size_t)(from - WORLD_FIRST);
            world.pipe_from = socket->taken;
            socket->taken += (uint64_t)got;
            world.pipe_to = socket->taken;
        }
        return got;
    }
    struct world_socket *socket = socket_of(to);
    if (from != PIPE || !world.piped) {
        world_fail("a pipe that is not open");
    }
    ssize_t sent = writable(socket, (size_t)(world.pipe_to - world.pipe_from));
    if (sent > 0) {
        if (socket->peer != world.pipe_stream || socket->got != world.pipe_from) {
            world_fail("bytes of the pipe at another place");
        }
        socket->got += (uint64_t)sent;
        world.pipe_from += (uint64_t)sent;
    }
    return sent;
}

int __wrap_pipe2(int fds[2], int flags);
int __wrap_pipe2(int fds[2], int flags)
{
    if (world.piped) {
        world_fail("a second pipe");
    }
    world.piped = true;
    world.pipe_from = world.pipe_to = 0;
    for (int i = 0; i < 2; i++) {
        fds[i] = PIPE + i;
        world.pipe_cloexec[i] = (flags & O_CLOEXEC) != 0;
    }
    return 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    int *size = va_arg(arguments, int *);
    va_end(arguments);
    if (fd != PIPE || request != FIONREAD) {
        return -1;
    }
    *size = (int)(world.pipe_to - world.pipe_from);
    return 0;
}

/* ---- Descriptors. ---- */

static bool *cloexec_of(int fd)
{
    static bool listener;
    return fd == LISTENER                 ? &listener
           : fd == PIPE || fd == PIPE + 1 ? &world.pipe_cloexec[fd - PIPE]
                                          : &socket_of(fd)->cloexec;
}

int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    int value = va_arg(arguments, int);
    va_end(arguments);
    if (command == F_SETFD) {
        *cloexec_of(fd) = (value & FD_CLOEXEC) != 0;
    }
    return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    (void)value;
    (void)size;
    if (level == SOL_SOCKET && name == SO_LINGER) {
        socket_of(fd)->linger = true;
    }
    return 0;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    const struct world_socket *socket = socket_of(fd);
    int error = socket->refused ? ECONNREFUSED : 0;
    (void)level;
    (void)name;
    memcpy(value, &error, *size);
    return 0;
}

int __wrap_shutdown(int fd, int how);
int __wrap_shutdown(int fd, int how)
{
    (void)how;
    give_end(socket_of(fd));
    return 0;
}

int __wrap_close(int fd);
int __wrap_close(int fd)
{
    if (fd == PIPE || fd == PIPE + 1) {
        world.piped = fd == PIPE ? world.piped : false;
        return 0;
    }
    if (fd == LISTENER) {
        return 0;
    }
    struct world_socket *socket = socket_of(fd);
    if (world.sources[fd - WORLD_FIRST] != NULL) {
        world_fail("closed while it is watched");
    }
    if (socket->linger || socket->delay > 0 || socket->refused || socket->unconnected) {
        socket->got_reset = true;
    } else if (!socket->got_end) {
        give_end(socket);
    }
    socket->used = false;
    return 0;
}

/* ---- Connections. ---- */

static int latest = -1; /* The client that was accepted last: the next upstream socket is its. */

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    (void)fd;
    (void)address;
    (void)size;
    for (size_t i = 0; i < WORLD_SOCKETS; i++) {
        if (world.sockets[i].waiting) {
            world.sockets[i].waiting = false;
            world.sockets[i].cloexec = (flags & SOCK_CLOEXEC) != 0;
            latest = (int)i;
            return WORLD_FIRST + (int)i;
        }
    }
    return (int)refuse(EAGAIN);
}

int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol)
{
    (void)domain;
    (void)protocol;
    /* The socket behind a client is the one beside it: the simulator has prepared it. */
    struct world_socket *socket = &world.sockets[latest + 1];
    socket->used = true;
    socket->cloexec = (type & SOCK_CLOEXEC) != 0;
    socket->unconnected = true;
    return WORLD_FIRST + latest + 1;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    struct world_socket *socket = socket_of(fd);
    (void)address;
    (void)size;
    socket->unconnected = false;
    if (prng_chance(world.prng, 1, 3)) {
        socket->delay = 0;
        return socket->refused ? (int)refuse(ECONNREFUSED) : 0;
    }
    socket->delay = (unsigned)prng_between(world.prng, 1, 5);
    return (int)refuse(EINPROGRESS);
}

/* ---- What is ready. ---- */

static struct loop_source **place_of(const struct loop_source *source)
{
    return &world.sources[source->fd - WORLD_FIRST];
}

enum status __wrap_loop_watch(struct loop *loop, struct loop_source *source, unsigned events);
enum status __wrap_loop_watch(struct loop *loop, struct loop_source *source, unsigned events)
{
    (void)loop;
    source->added = true;
    source->events = events;
    *place_of(source) = source;
    return STATUS_OK;
}

void __wrap_loop_forget(struct loop *loop, struct loop_source *source);
void __wrap_loop_forget(struct loop *loop, struct loop_source *source)
{
    (void)loop;
    if (source->added) {
        *place_of(source) = NULL;
    }
    source->added = false;
}

static unsigned ready(size_t index)
{
    const struct world_socket *socket = &world.sockets[index];
    if (index == WORLD_SOCKETS) {
        for (size_t i = 0; i < WORLD_SOCKETS; i++) {
            if (world.sockets[i].waiting) {
                return LOOP_READABLE;
            }
        }
        return 0;
    }
    if (socket->delay > 0) {
        return 0;
    }
    if (socket->reset || socket->refused || socket->unconnected) {
        return LOOP_READABLE | LOOP_WRITABLE;
    }
    return (socket->said > socket->taken || socket->said_all ? (unsigned)LOOP_READABLE : 0u) |
           (socket->deaf || socket->got - socket->read < socket->room ? (unsigned)LOOP_WRITABLE
                                                                      : 0u);
}

void world_turn(void)
{
    size_t first = (size_t)prng_below(world.prng, WORLD_SOCKETS + 1);
    for (size_t i = 0; i <= WORLD_SOCKETS; i++) {
        size_t index = (first + i) % (WORLD_SOCKETS + 1);
        struct loop_source *source = world.sources[index];
        if (index < WORLD_SOCKETS && world.sockets[index].delay > 0) {
            world.sockets[index].delay--;
        }
        unsigned events = source == NULL ? 0 : ready(index) & source->events;
        /* An error shows whatever is watched for. */
        if (source != NULL && index < WORLD_SOCKETS && world.sockets[index].reset) {
            events = LOOP_READABLE | LOOP_WRITABLE;
        }
        if (events != 0) {
            source->ready(source->context, events);
            return;
        }
    }
}

void world_exec(void)
{
    memset(world.sources, 0, sizeof(world.sources));
    for (size_t i = 0; i < WORLD_SOCKETS; i++) {
        if (world.sockets[i].used && !world.sockets[i].waiting && world.sockets[i].cloexec) {
            world_fail("a connection that was not handed over");
        }
    }
    if (world.piped && (world.pipe_cloexec[0] || world.pipe_cloexec[1])) {
        if (world.pipe_to > world.pipe_from) {
            world_fail("bytes that were not handed over");
        }
        world.piped = false;
    }
}
