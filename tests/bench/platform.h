/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BENCH_PLATFORM_H
#define THAW_BENCH_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A platform as small as can be, around one real agent: the Extensions and the
 * Telemetry API, one call at a time, so that each moment of the agent's life
 * can be timed from outside.  For benches: whatever goes wrong ends the program.
 *
 *     platform_start --> platform_ready --> platform_invoke --> platform_deliver
 *                                                ^                     |
 *                                                +---- platform_asked <+
 */
#define PLATFORM_VARIABLES_MAX 24
#define PLATFORM_REQUEST_MAX   4096

struct platform {
    int listener;
    int control; /* The agent's connection. */
    int telemetry;
    pid_t agent;
    char address[96];
    char request[PLATFORM_REQUEST_MAX]; /* The latest call of the agent. */
    uint64_t exec_ns;                   /* When the agent was executed. */
    uint64_t registered_ns;             /* When its first call had come. */
    uint64_t own_ns;            /* From exec to asking for the first event, answers excluded. */
    uint64_t registered_faults; /* Page faults until its first call. */
};

/* Agents that are started from now on belong to a group that gets so much of one processor; 0: to
 * none.  False: this machine has no such groups, or they are not ours to make. */
bool platform_share(unsigned percent);

/* Execute the agent with these variables beside AWS_LAMBDA_RUNTIME_API; NULL ends them. */
void platform_start(struct platform *platform, const char *program, const char *const *variables);

/* Answer its calls until it asks for the first event. */
void platform_ready(struct platform *platform);

/* Answer what it asked for with an invocation whose deadline is so far away. */
void platform_invoke(struct platform *platform, const char *request_id, uint64_t deadline_ns);

/* Deliver telemetry, a JSON array, and wait for the answer. */
void platform_deliver(struct platform *platform, const char *events);

/* Whether it has asked for the next event already. */
bool platform_has_asked(const struct platform *platform);

/* Wait until it asks for the next event; the answer is when it did, on the monotonic clock. */
uint64_t platform_asked(struct platform *platform);

/* What the kernel says of the agent. */
uint64_t platform_cpu_ns(const struct platform *platform);
uint64_t platform_pss_bytes(const struct platform *platform);

/* Kill it and forget it. */
void platform_stop(struct platform *platform);

#endif
