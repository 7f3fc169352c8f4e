/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_URL_H
#define THAW_AGENT_URL_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Takes the URL of a server apart: "https://host:port/path", without user, query or fragment.
 * Nothing is copied.  Pure. */
struct url {
    bool tls; /* https. */
    struct slice host;
    uint16_t port;          /* 80 or 443 where none is written. */
    struct slice authority; /* Host and port as they are written. */
    struct slice path;      /* "" or "/..." */
};

/* The answer is NULL, or what is wrong with it, in words. */
const char *url_parse(struct slice text, struct url *url);

#endif
