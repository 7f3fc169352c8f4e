/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_ADDRESS_H
#define THAW_AGENT_ADDRESS_H

#include "base/slice.h"
#include "base/status.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Where to connect to or to listen: IPv4 or IPv6. */
struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t size; /* 0: none. */
};

/* Split "host:port", "[v6]:port" or "host" (then port is as it was).  False if it is none. */
bool address_split(struct slice text, struct slice *host, uint16_t *port) THAW_CHECK;

/* A literal IPv4 or IPv6 address.  False if the host is a name. */
bool address_literal(struct slice host, uint16_t port, struct address *address) THAW_CHECK;

/* A literal address, "localhost", which is 127.0.0.1, or what a name stands for.  Looking up a name
 * blocks and allocates: at start only. */
bool address_look_up(struct slice host, uint16_t port, struct address *address) THAW_CHECK;

#endif
