/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_PLATFORM_H
#define THAW_SANDBOX_PLATFORM_H

#include "base/prng.h"
#include "base/slice.h"
#include "base/status.h"
#include "sandbox/cgroup.h"
#include "sandbox/config.h"
#include "sandbox/loop.h"
#include "sandbox/process.h"
#include "sandbox/relay.h"
#include "sandbox/web.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What all parts of the running sandbox share.  Made by main, one thread.
 */
struct function;
struct mapping;
struct queue;
struct poster;
struct cloudwatch;

#define PLATFORM_FAULT_MAX 64

/* A fault that also instances to come are under. */
struct platform_fault {
    char label[64]; /* Empty: all destinations. */
    struct relay_fault fault;
};

struct platform {
    const struct config *config;
    const char *state_directory; /* Absolute. */
    struct loop loop;
    struct processes processes;
    struct web *web;
    struct poster *poster;
    struct cloudwatch *cloudwatch; /* NULL: log streams are not given out. */
    struct cgroup_root cgroup_root;
    struct prng prng;
    uint64_t wall_offset_ns; /* Wall time is monotonic time plus this: it never jumps. */
    struct function *functions;
    struct queue *queues;
    struct mapping *mappings;
    struct loop_source listener;
    struct sockaddr_in listen_address;
    unsigned instance_count;
    struct platform_fault faults[PLATFORM_FAULT_MAX];
    unsigned fault_count;
    bool draining;
};

/* Where instances find us: the same addresses inside of each. */
#define PLATFORM_INSIDE_ADDRESS "169.254.100.1"
#define PLATFORM_API_PORT       9001
#define PLATFORM_ENDPOINT_PORT  9100

/* Now, for events and deadlines. */
uint64_t platform_wall_ns(const struct platform *platform);

/* Listen on the address of the settings, serve, and start what is provisioned. */
enum status platform_start(struct platform *platform, struct slice listen) THAW_CHECK;

/* Shut all instances down; the loop stops when the last is gone. */
void platform_drain(struct platform *platform);

/* Free what platform_start() and its parts made, after the loop has ended. */
void platform_stop(struct platform *platform);

/* Remember a fault for instances to come, and put a new instance's relay under those there are. */
void platform_spoil(struct platform *platform, struct slice label, struct relay_fault fault);
void platform_spoil_relay(const struct platform *platform, struct relay *relay);

/* An instance is gone. */
void platform_instance_gone(struct platform *platform);

/* A new random request id: 36 characters and a NUL. */
void platform_uuid(struct platform *platform, char text[37]);

#endif
