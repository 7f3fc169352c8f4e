/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_RELOAD_H
#define THAW_HTTP_RELOAD_H

#include "base/status.h"
#include "http/watch.h"
#include "self/counters.h"

#include <pthread.h>

/* Why files were not taken, in words. */
#define RELOAD_ERROR_SIZE 512

/*
 * Takes files again while the collector runs, when they have changed or somebody says so: all of
 * them or nothing.  What was not taken is said once in the log, counted, and shown until files are
 * taken again.  Steps are one thread's, facts are for any.
 */
struct reload_kind {
    const char *done, *failed; /* Messages of the log. */
    enum counter done_count, failed_count;
    /* Take the files; on failure nothing has changed, and error says why. */
    enum status (*load)(void *context, char *error, size_t error_size);
};

struct reload_facts {
    bool used;          /* There are such files. */
    bool failing;       /* The files are not those that are in use: */
    uint64_t loaded_ns; /* Wall clock when those were taken. */
    char error[RELOAD_ERROR_SIZE];
};

struct reload {
    const struct reload_kind *kind;
    void *context;
    struct watch watch;
    pthread_mutex_t mutex; /* Guards facts; a leaf. */
    struct reload_facts facts;
};

/* Begin, before the files are read for the first time; without files nothing is ever loaded. */
enum status reload_init(struct reload *reload, const struct reload_kind *kind, void *context,
                        const struct slice *paths, size_t count) THAW_CHECK;
void reload_fini(struct reload *reload);

/* Take the files if they have changed, or if forced. */
void reload_step(struct reload *reload, bool forced);

void reload_facts(struct reload *reload, struct reload_facts *facts);

#endif
