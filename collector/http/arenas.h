/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_ARENAS_H
#define THAW_HTTP_ARENAS_H

#include "base/arena.h"
#include "base/status.h"
#include "http/http_limits.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Arenas for requests: much address space each, of which only what is touched takes memory.  A few
 * are kept between requests with their first pages, so that an ordinary request asks the kernel for
 * nothing.  Any thread.
 */
struct arenas_kept {
    void *memory;
    size_t touched; /* Bytes from its start that may take memory. */
};

struct arenas {
    pthread_mutex_t mutex;
    struct arenas_kept kept[HTTP_ARENAS_KEPT];
    size_t kept_count;
};

enum status arenas_init(struct arenas *arenas) THAW_CHECK;
void arenas_fini(struct arenas *arenas);

/* False: the kernel has no more address space. */
bool arenas_take(struct arenas *arenas, struct arena *arena) THAW_CHECK;
void arenas_give(struct arenas *arenas, struct arena *arena);

#endif
