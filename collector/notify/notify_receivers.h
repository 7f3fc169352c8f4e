/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_RECEIVERS_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_RECEIVERS_H

#include "notify/notify_fields.h"
#include "notify/notify_plan.h"

#include "yaml/yaml.h"

#include <stddef.h>

/*
 * The receivers of a file, and the Alertmanagers, as targets.
 */
struct notify_receiver {
    struct slice name;
    size_t first, count; /* Of the targets. */
};

struct notify_receivers {
    struct notify_receiver *items;
    size_t count;
    struct notify_target *targets; /* Those of the plan first. */
    size_t target_count, target_room;
};

/* Read receivers, of which defaults stand in global; root is the map of the whole file. */
void notify_receivers_read(struct yaml_reader *fields, const struct yaml_node *root,
                           struct notify_receivers *receivers);

/* Read alertmanagers into targets behind them; the answer is how many there are. */
size_t notify_receivers_read_alertmanagers(struct yaml_reader *fields, const struct yaml_node *root,
                                           struct notify_receivers *receivers);

/* The receiver of a name, or NULL. */
const struct notify_receiver *notify_receivers_find(const struct notify_receivers *receivers,
                                                    struct slice name);

#endif
