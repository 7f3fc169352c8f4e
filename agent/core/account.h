/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_ACCOUNT_H
#define THAW_AGENT_ACCOUNT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the agent itself costs, and what the environment used.  The shell reads
 * the figures where account_due() wants them and hands them to account_take();
 * the rest is counted where it happens.  Pure data.
 *
 * To read all of them costs 50 us of processor time, so where invocations are
 * short they are read ten times a second at most, and an invocation whose
 * reading covers those before it has their mean.
 */

#define ACCOUNT_UNKNOWN INT64_MIN

/* One reading.  What could not be read is ACCOUNT_UNKNOWN. */
struct account_reading {
    /* Since the process, or the environment, began. */
    int64_t agent_cpu_ns;
    int64_t cpu_user_ns;
    int64_t cpu_system_ns;
    int64_t received_bytes; /* By all network devices but the loopback. */
    int64_t sent_bytes;
    /* As it is now. */
    int64_t agent_memory_bytes; /* Resident. */
    int64_t memory_total_bytes;
    int64_t memory_used_bytes;
    int64_t tmp_total_bytes;
    int64_t tmp_used_bytes;
    int64_t descriptors;
    int64_t threads;
};

/* How far a reading goes. */
enum account_reach {
    ACCOUNT_NOTHING,
    ACCOUNT_AGENT, /* The agent's processor time: one system call. */
    ACCOUNT_ALL,
};

/* A reading of which nothing is known. */
struct account_reading account_unknown(void);

/* What of it falls on one invocation. */
struct account_share {
    bool known;
    int64_t agent_wire_bytes;
    struct account_reading used; /* What is since the beginning there is of this invocation here. */
};

/* Sums over the life of the process. */
struct account_sums {
    uint64_t cpu_ns;
    uint64_t plain_bytes; /* Of batches, each time that one was answered. */
    uint64_t wire_bytes;  /* The same as they were on the wire, head and all. */
    uint64_t exchanges;
    uint64_t failures; /* Exchanges without an answer, or with one that took nothing. */
    uint64_t held_ns;  /* The environment was held by us alone. */
};

struct account {
    struct account_sums sums;
    struct account_sums told; /* What metrics have told of them. */
    struct account_reading last;
    uint64_t last_wire_bytes;
    uint64_t read_ns;      /* When all was read last, on the clock of timers; 0: never... */
    uint64_t read_wall_ns; /* ...and on that of the wall, which a freeze does not stop. */
    int64_t unread;        /* Invocations since then. */
    bool begun;            /* There is a last reading. */
    bool measured;         /* There is one since the current invocation was done. */
    uint64_t behind_order; /* The row before the current one, if it was not measured; 0: none. */
    uint64_t waited;       /* Records that waited when the current invocation came... */
    uint64_t waited_ns;    /* ...and how long the oldest had. */
};

#endif
