/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_WEB_PROXY_H
#define THAW_AGENT_WEB_PROXY_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What HTTPS_PROXY and NO_PROXY say: a proxy for connections to the outside,
 * and what it is not for.  Pure.
 */
struct web_proxy {
    struct slice host; /* Empty: there is none. */
    uint16_t port;
    struct slice authorization; /* "Basic ..." from user and password of the URL; or empty. */
};

/* Take "http://user:password@host:port" or "host:port" apart; what is made of it lives in the
 * arena. The answer is NULL, or what is wrong with it. */
const char *web_proxy_parse(struct slice url, struct arena *arena, struct web_proxy *proxy);

/* Whether the host is to be reached without a proxy: by a list of names (they stand for their
 * subdomains too), addresses, networks (10.0.0.0/8), each with a port if only that is meant, or
 * "*"; and always if it is on this machine or its link, where the platform has its services. */
bool web_proxy_bypassed(struct slice no_proxy, struct slice host, uint16_t port) THAW_CHECK;

#endif
