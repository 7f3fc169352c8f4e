/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_ARRIVAL_H
#define THAW_AGENT_ARRIVAL_H

#include "agent_limits.h"

#include "trigger/trigger.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What invoked the invocations that are not complete yet, in a table of fixed
 * size.  Pure data; the core owns it.
 */
struct invocation;

struct arrival {
    struct invocation *row; /* NULL: nobody's. */
    struct trigger trigger; /* Its slices point into text. */
    size_t text_size;
    char text[AGENT_ARRIVAL_TEXT_MAX];
};

struct arrivals {
    size_t reach; /* Slots from here on were never used. */
    struct arrival slots[AGENT_ARRIVALS_MAX];
};

#endif
