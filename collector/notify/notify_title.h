/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_TITLE_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_TITLE_H

#include "notify/notify_plan.h"

#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The title of a group: the text that identifies it to receivers, in Alertmanager's form
 * ({}/{severity="critical"}:{alertname="Throttles"}), and the labels that its alerts share by
 * definition.  Immutable, in one block, shared by counting as notes are.
 */
struct notify_title {
    uint64_t id; /* The same over restarts, and as long as the route keeps its place. */
    struct slice key;
    const struct notify_pair *labels;
    size_t label_count;
    size_t holders;
    size_t place; /* In the list of the latest saved state: notify_state.c's. */
};

/* The title of the group that a route puts an alert into; wave is 0, or that of the deploy whose
 * alerts are gathered.  NULL without memory. */
struct notify_title *notify_title_of(const struct notify_route *route,
                                     const struct notify_alert *alert, uint64_t wave) THAW_CHECK;

/* The same from its parts. */
struct notify_title *notify_title_create(uint64_t id, struct slice key,
                                         const struct notify_pair *labels,
                                         size_t label_count) THAW_CHECK;

struct notify_title *notify_title_hold(struct notify_title *title);
void notify_title_drop(struct notify_title *title); /* NULL is fine. */

#endif
