/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_RESOLVE_H
#define THAW_AGENT_RESOLVE_H

#include "base/slice.h"
#include "base/status.h"
#include "net/address.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Finds the addresses of a host name, AGENT_ADDRESSES_MAX at most, without ever blocking the agent:
 * a child process calls the C library's getaddrinfo(), which may take as long as it likes, and
 * writes the answer into a pipe.  It costs a fork of a process of a few pages, once per name;
 * literal addresses cost nothing.
 */
typedef void resolve_done(void *context, const struct address *addresses, size_t count);

struct resolve {
    struct loop *loop;
    struct loop_source source; /* The pipe. */
    pid_t child;
    resolve_done *done;
    void *context;
};

void resolve_init(struct resolve *resolve, struct loop *loop, resolve_done *done, void *context);

/* Begin; done is called later, with no address if the name has none.  A lookup that is under way
 * goes on instead.  STATUS_IO: there is no process or descriptor to be had. */
enum status resolve_begin(struct resolve *resolve, struct slice host, uint16_t port) THAW_CHECK;

/* Whether a lookup is under way. */
bool resolve_busy(const struct resolve *resolve) THAW_CHECK;

#endif
