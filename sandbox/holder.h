/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_HOLDER_H
#define THAW_SANDBOX_HOLDER_H

#include "sandbox/namespace.h"

#include <stdint.h>

/*
 * The process that holds an instance's namespaces: see namespace.h, which is
 * the only one to use it.  It is a fork of the sandbox that never executes
 * anything else.
 */
enum holder_what {
    HOLDER_LISTEN, /* Answered with a descriptor. */
    HOLDER_SOCKET, /* Answered with a descriptor. */
    HOLDER_SIGNAL, /* Answered without one, when it is done. */
};

struct holder_request {
    enum holder_what what;
    uint32_t address;
    uint16_t port;
    int signal;
};

/* Build what the plan says, send one message (a NUL, or what failed), then serve until the other
 * end closes.  Never returns. */
_Noreturn void holder_run(int control, const struct namespace_plan *plan);

#endif
