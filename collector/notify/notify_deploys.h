/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_DEPLOYS_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_DEPLOYS_H

#include "notify/notify_limits.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Deploys: those that somebody told us of, and versions of functions that were invoked for the
 * first time.  Those that follow each other soon are one wave: alerts of its functions are gathered
 * to one message.  Pure memory.
 *
 * Invariant: items are in the order in which they were added, and a wave's time is that of its
 * first deploy.
 */
enum notify_deploy_source {
    NOTIFY_DEPLOY_POSTED,
    NOTIFY_DEPLOY_VERSION, /* A version that is new. */
};

/* What an empty text leaves open: of a place any, of the rest that nobody said it. */
struct notify_deploy {
    uint64_t at_ns;
    enum notify_deploy_source source;
    struct slice account, region, function, version, env, ref, url;
    uint64_t wave;         /* The time of the first deploy of its wave. */
    unsigned char *memory; /* Of the texts. */
};

struct notify_deploys {
    struct notify_deploy *items;
    size_t count;
};

enum status notify_deploys_init(struct notify_deploys *deploys) THAW_CHECK;
void notify_deploys_fini(struct notify_deploys *deploys);

/*
 * Add one, whose texts are copied; gather_ns is how soon one follows another of its wave.  Beyond
 * NOTIFY_DEPLOY_COUNT_MAX the oldest is forgotten.  False: nothing has changed, for it is known, or
 * there is no memory.
 *
 * Posted ones of the same function and version within a wave are the same again.  A new version is
 * known where it was added before, whenever that was, and where its function (or all) was said to
 * be deployed within NOTIFY_WAVE_NS_MAX without saying another version.  One that is posted within
 * NOTIFY_WAVE_NS_MAX of the version's first invocation takes its place, and says more of it.
 */
bool notify_deploys_add(struct notify_deploys *deploys, const struct notify_deploy *deploy,
                        uint64_t gather_ns);

/* The wave of the function of this place that was deployed at most gather_ns before a time; 0:
 * none.
 */
struct notify_place {
    struct slice account, region, function;
};
uint64_t notify_deploys_wave(const struct notify_deploys *deploys, const struct notify_place *place,
                             uint64_t time_ns, uint64_t gather_ns);

/* "posted", "version". */
struct slice notify_deploy_source_name(enum notify_deploy_source source);

/* The time of the latest deploy of a wave; 0: it is not known. */
uint64_t notify_deploys_last_ns(const struct notify_deploys *deploys, uint64_t wave);

/* As bytes, and back into an empty one: JSON of version 2, also of 1, which knew posted ones only.
 * STATUS_BAD: it is something else. */
void notify_deploys_write(const struct notify_deploys *deploys, struct buf *out);
enum status notify_deploys_read(struct notify_deploys *deploys, struct slice text) THAW_CHECK;

#endif
