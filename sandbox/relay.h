/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_RELAY_H
#define THAW_SANDBOX_RELAY_H

#include "base/slice.h"
#include "base/status.h"
#include "sandbox/loop.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The relay of one instance: it accepts connections inside and carries them
 * to named places outside, and can spoil them on demand.  While the instance
 * is frozen it carries nothing in either direction.  One thread.
 */
enum relay_fault_kind {
    RELAY_NONE,
    RELAY_DELAY,     /* Every byte is delay_ns late, in both directions. */
    RELAY_CUT,       /* Connections are closed, new ones refused. */
    RELAY_BLACKHOLE, /* Connections stay, no byte moves; new ones are accepted, and mute. */
    RELAY_RESET,     /* Connections are reset, new ones as soon as they are there. */
};

/* Names for the control API, NULL-terminated, in the order of the enum. */
extern const char *const relay_fault_names[];

struct relay_fault {
    enum relay_fault_kind kind;
    uint64_t delay_ns;
};

struct relay;
struct relay_port;

/* Make a listening socket inside, or -1. */
typedef int relay_listen(void *owner, uint32_t address, uint16_t port);

/* What one port is: addresses in network order. */
struct relay_place {
    uint32_t inside_address;
    uint16_t inside_port;
    uint32_t outside_address;
    uint16_t outside_port;
    const char *label;
};

/* A relay without ports. */
enum status relay_create(struct relay **out, struct loop *loop, relay_listen *make_listener,
                         void *owner) THAW_CHECK;

/* All connections are reset. */
void relay_free(struct relay *relay);

/* Open a port.  STATUS_IO if it cannot be listened on. */
enum status relay_add(struct relay *relay, const struct relay_place *place) THAW_CHECK;

/* Put the ports with this label (all for the empty one) under a fault; how many there were. */
unsigned relay_spoil(struct relay *relay, struct slice label, struct relay_fault fault);

/* Stop carrying. */
void relay_freeze(struct relay *relay);

/* Carry on.  If the connections are dead by now, they are reset on both sides. */
void relay_thaw(struct relay *relay, bool connections_dead);

/* Reset all connections: the processes that had them are gone. */
void relay_reset(struct relay *relay);

/* Connections at the moment. */
unsigned relay_connections(const struct relay *relay);

#endif
