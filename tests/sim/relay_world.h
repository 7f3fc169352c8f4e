/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_RELAY_WORLD_H
#define TESTS_SIM_RELAY_WORLD_H

#include "base/prng.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kernel under the relays, as far as they know it: sockets, one pipe, and
 * what is ready.  Every call may do a part of its work, or none (EAGAIN,
 * EINTR), as chance has it.  Bytes are not kept: the byte at a place of a stream
 * follows from the stream and the place, so each that is sent is checked then.
 *
 * The calls are the linker's (--wrap): the relays are those of the agent.
 */
#define WORLD_SOCKETS 16u
#define WORLD_FIRST   1000 /* The first socket's descriptor. */

/* One end that the relays hold; the program behind it is played by the simulator. */
struct world_socket {
    bool used;     /* Somebody holds it: us, or the list of those who wait. */
    bool waiting;  /* To be accepted. */
    bool upstream; /* Made by socket(). */
    bool cloexec;
    bool linger;
    bool refused; /* connect() fails. */
    bool unconnected;
    unsigned delay; /* Turns until it is connected. */
    size_t peer;    /* The other end of the relay; WORLD_SOCKETS: none yet. */
    /* What the program behind it says... */
    uint64_t said;  /* Bytes so far... */
    uint64_t taken; /* ...and those that the relays took. */
    bool said_all;
    bool reset;    /* Its connection broke; what it said before can still be read. */
    bool unheard;  /* That is an error of the next call... */
    bool deafened; /* ...which was one that sends: then it may be a server that refuses a body. */
    /* ...and what it gets. */
    uint64_t got;
    uint64_t read; /* What it took out of its buffer, which has that much room. */
    uint64_t room;
    bool got_end;
    bool got_reset;
    bool deaf; /* It reads no more, and has said what it had to say. */
};

struct world {
    struct prng *prng;
    struct world_socket sockets[WORLD_SOCKETS];
    struct loop_source *sources[WORLD_SOCKETS + 1]; /* What is watched; the listener is last. */
    bool piped;
    bool pipe_cloexec[2];
    bool pipe_refused;  /* This kernel has no splice(). */
    size_t pipe_stream; /* Whose bytes are in it. */
    uint64_t pipe_from;
    uint64_t pipe_to;
};

extern struct world world;

/* Prints what is wrong, and the seed, and ends. */
_Noreturn void world_fail(const char *what);

/* The byte at a place of what is said behind a socket. */
unsigned char world_byte(size_t socket, uint64_t place);

void world_begin(struct prng *prng);

/* Let something that is ready be told, if there is anything. */
void world_turn(void);

/* This program executes another one: what is not handed over is closed, and nothing is watched. */
void world_exec(void);

#endif
