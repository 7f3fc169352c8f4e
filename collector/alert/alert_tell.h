/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_TELL_H
#define THAW_COLLECTOR_ALERT_ALERT_TELL_H

#include "alert/alert_set.h"

#include "base/arena.h"
#include "notify/notice.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What notify/ is told at an evaluation: what fires, and what was resolved lately; also of rules
 * that were taken out, whose alerts are over with them.  All zero is empty.  Who owns it locks.
 */
struct alert_tell {
    struct slice external_url; /* Of the dashboard, for links to examples; empty: there are none. */
    struct arena arena;        /* Of the latest collection. */
    void *memory;
    struct alert_set_rule *retired; /* Rules are gone; their states with what was resolved. */
    size_t retired_count, retired_capacity;
};

void alert_tell_fini(struct alert_tell *tell);

/* Take the alerts that still fire out of a set whose other rules were inherited: they are resolved
 * now. */
void alert_tell_retire(struct alert_tell *tell, struct alert_set *old, uint64_t now_ns,
                       uint64_t delay_ns);

/* What is to be told; valid until the next collection.  0 also without memory. */
size_t alert_tell_collect(struct alert_tell *tell, const struct alert_set *set, uint64_t now_ns,
                          uint64_t delay_ns, const struct notify_alert **alerts);

#endif
