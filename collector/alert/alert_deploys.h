/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_DEPLOYS_H
#define THAW_COLLECTOR_ALERT_ALERT_DEPLOYS_H

#include "alert/alert_limits.h"
#include "notify/notify_deploys.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Versions of functions that are new, as deploys: a version's first invocation is one where another
 * version of the same function had been seen before.  One thread.
 *
 * A function that is seen for the first time is none: it may have been there for years.  Nor is a
 * version that was seen soon after another (somebody began to look while both were in use), one
 * whose number is below that of another (somebody calls an old one), and $LATEST, which is every
 * code in turn.
 */
struct view;

struct alert_deploys {
    int64_t *offered; /* By row of a function: when it was first seen, as it was looked at. */
    uint32_t count;
    struct notify_deploy found[ALERT_DEPLOY_COUNT_MAX];
};

void alert_deploys_init(struct alert_deploys *deploys);
void alert_deploys_fini(struct alert_deploys *deploys);

/*
 * Look for new ones, each offered once: they are in found, and their texts live as long as the
 * view. Where it is full there are more: call again.
 */
size_t alert_deploys_find(struct alert_deploys *deploys, struct view *view);

#endif
