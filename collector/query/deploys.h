/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_DEPLOYS_H
#define THAW_COLLECTOR_QUERY_DEPLOYS_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What was deployed, as questions look at it.  Who knows of deploys (notify/) gives them when they
 * are asked for.
 */
struct deploy {
    int64_t at_ns;
    struct slice function; /* Empty: all of them. */
    struct slice version;
};

/* In order of time. */
struct deploys {
    struct deploy *items;
    size_t count;
};

struct deploys_source {
    /* List all of them, in the arena; false: it is too small.  Any thread. */
    bool (*list)(void *context, struct arena *arena, struct deploys *deploys);
    void *context;
};

/* Those of one function, one after the other as its time goes by. */
struct deploys_of {
    const struct deploys *deploys;
    struct slice function;
    size_t next;
    const struct deploy *latest; /* NULL: none yet. */
};

/* The latest deploy of the function by the end of a minute, which never goes back; NULL: none. */
const struct deploy *deploys_of_minute(struct deploys_of *of, int64_t minute_ns);

#endif
