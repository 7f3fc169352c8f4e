/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SIM_AGENT_WORLD_H
#define THAW_SIM_AGENT_WORLD_H

#include "agent_sink.h"

#include "base/prng.h"
#include "core/core.h"
#include "lib/memory_disk.h"
#include "spool/spool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The world around the core: a clock, a collector that fails in every way, and
 * telemetry that is late.  After every step world_check() holds: see
 * agent_sim.c.
 */
#define MS(x) ((uint64_t)(x)*UINT64_C(1000000))
#define NEVER UINT64_MAX

#define WALL_START UINT64_C(1795000000000000000)
#define TIMEOUT_MS 3000u

/* Telemetry that the platform has not delivered yet. */
struct delivery {
    char text[65536];
    size_t size;
    unsigned events;
    unsigned done_of; /* It tells the end of this invocation; 0: of none. */
    uint64_t due_ns;
};

/* A request that is not answered yet. */
struct request {
    enum block_signal signal;
    uint64_t due_ns; /* NEVER: it hangs. */
    unsigned status;
    uint64_t retry_after_ns;
    size_t records; /* That the collector took. */
};

/* Answered in this order. */
struct exchange {
    size_t count;
    struct request requests[BLOCK_SIGNALS];
};

/* One instance's life, and its peculiarities. */
struct world {
    uint64_t seed;
    struct prng prng;
    struct core core;
    struct sink sink;
    uint64_t mono_ns;
    uint64_t wall_ns;
    uint64_t budget_ns;
    unsigned trouble; /* The collector fails in so many of 16 exchanges. */
    bool reorders;    /* Deliveries overtake each other. */
    bool loses;       /* Reports get lost. */
    bool silent;      /* No telemetry at all. */
    bool redelivers;  /* Some deliveries come twice. */
    bool measures;    /* What is used is read. */
    bool interposed;  /* The runtime's events and answers are seen. */
    bool holds;       /* Lines are held, have a budget and are redacted. */
    bool calm;        /* Nothing ever fails: everything must arrive. */
    enum core_flush flush;
    size_t queue_size;

    bool waiting; /* The agent has asked for the next event. */
    bool exited;
    uint64_t wake_ns;
    uint64_t hold_until_ns; /* The agent must have asked by then. */
    uint64_t exit_until_ns;
    struct exchange exchange;
    bool trains; /* Batches are sent one behind the other. */
    struct delivery delivery;
    struct delivery held; /* One that was overtaken. */
    struct prng spool_prng;
    struct memory_disk disk;
    struct spool spool;
    bool spooled; /* There is a spool. */
    bool kills;   /* The process dies now and then, between two calls of the file or inside one. */
    bool disk_fails; /* The file fails, is cut off or removed now and then. */
    bool jumps;      /* The clock of the wall goes back and forth. */
    bool died;       /* The process is dead, and nothing happens until world_restart(). */
    unsigned deaths;
    char unanswered[65538];                       /* The delivery that it died of. */
    unsigned char blocks_unsure[SINK_TOKENS_MAX]; /* It died of this block. */

    struct prng redelivery_prng;
    char again[65538]; /* The body that comes again; empty: none. */

    unsigned starts; /* Invocations, for their ids. */
    unsigned turn;   /* INVOKEs. */
    unsigned attempts;
    char id[64];
    bool running; /* There was a platform.start in this process. */
    unsigned token_lines;
    unsigned token_blocks;
    unsigned reports;
    uint64_t acknowledged; /* Records in exchanges that the core heard to be taken. */
};

/* A world of this seed with an agent that has just begun. */
void world_init(struct world *world, uint64_t seed);

/* A new agent process in the same environment: a new epoch.  What the old one had is lost, unless
 * there is a spool; what the platform had not delivered to one that was killed comes to this one.
 */
void world_restart(struct world *world);

/* The process is killed, perhaps: at this moment of the environment's life. */
void world_maybe_kill(struct world *world);
void world_kill(struct world *world);

/* Chance. */
uint64_t world_below(struct world *world, uint64_t bound);
bool world_chance(struct world *world, unsigned numerator, unsigned denominator);

/* Step the core and do what it says. */
void world_step(struct world *world, const struct core_input *input);

/* Read what is used, as the shell does where the core wants it. */
void world_measure(struct world *world);

/* What the proxy sees of the current invocation, where there is one: its event, its answer, and
 * that the runtime asks for the next one. */
void world_pass(struct world *world, enum core_input_kind kind, bool fails);

/* Let time pass, with everything that happens by itself in it. */
void world_advance(struct world *world, uint64_t until_ns);

/* The environment is frozen: nothing happens, and connections may die of it. */
void world_freeze(struct world *world, uint64_t duration_ns);

/* The platform says something: it is delivered soon.  done: it is the end of the current
 * invocation. */
void world_say(struct world *world, const char *type, const char *record, bool done);

/* Deliver what was said, now. */
void world_deliver(struct world *world);

#endif
