/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_ADDRESS_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Which network addresses a message may be sent to.  The address that is about
 * to be connected to is judged, not the name that it came from, so a name that
 * resolves to something else the second time gains nothing.  Pure.
 */
enum notify_reach {
    NOTIFY_REACH_PUBLIC,   /* The internet only. */
    NOTIFY_REACH_LOOPBACK, /* And this machine. */
    NOTIFY_REACH_PRIVATE, /* And private networks: 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7.
                           */
};

/*
 * Whether an IPv4 address (4 bytes) or an IPv6 address (16 bytes), in network
 * order, may be reached.  Link-local addresses, where clouds keep their metadata,
 * multicast and reserved ones never are.  An IPv4 address inside of an IPv6 one
 * counts as what it is.
 */
bool notify_address_allowed(enum notify_reach reach, const unsigned char *bytes, size_t size);

#endif
