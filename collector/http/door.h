/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_DOOR_H
#define THAW_HTTP_DOOR_H

#include "base/status.h"

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Lets connections in, and wakes those whose TLS handshake waits for the other side.
 *
 * The HTTP library could accept by itself, but at its limit whoever comes hangs without an answer;
 * and while a handshake waits it asks for it again and again, so that one peer that says half a
 * hello keeps a processor busy.  Here there is room made for who comes, or they are turned away at
 * once; and a connection whose handshake waits is put to sleep until its socket is ready.
 *
 * A thread of its own.
 */
struct door;

/* A connection that may sleep; embedded in what its owner knows of it. */
struct door_sleeper {
    struct door_sleeper *next, **link; /* Of those that sleep. */
    int socket;
    bool known; /* The socket is in the door's set. */
};

struct door_options {
    int listener; /* Non-blocking; the owner closes it after door_stop(). */
    void *context;
    /* One has come: whether there is room for it. */
    bool (*make_room)(void *context);
    /* Take over a connection, and its socket in any case. */
    void (*enter)(void *context, int socket, const struct sockaddr *address, socklen_t size);
    /* There is no room: say so, if it can be said; the door closes the socket. */
    void (*turn_away)(void *context, int socket);
    /* Under the door's lock: nobody asks for this connection before wake(). */
    void (*sleep)(struct door_sleeper *sleeper);
    void (*wake)(struct door_sleeper *sleeper);
};

enum status door_start(struct door **door, const struct door_options *options) THAW_CHECK;
/* Let nobody in any more.  Any thread. */
void door_close(struct door *door);
/* Wakes all that sleep; nobody sleeps any more, though the connections may still ask to.  NULL is
 * fine, here and below. */
void door_stop(struct door *door);
/* Stopped, and nobody asks any more. */
void door_free(struct door *door);

/* Sleep until the socket can be read, or written; from the thread that serves the connection.
 * False: no, it has to be asked for again. */
bool door_sleep(struct door *door, struct door_sleeper *sleeper, bool write);

#endif
