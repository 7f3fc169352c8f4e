/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_VIEW_H
#define THAW_COLLECTOR_ALERT_ALERT_VIEW_H

#include "alert/alert_run.h"

struct view;

/*
 * What alerts read of the view: counts of the rollups, versions of one function
 * together, and examples.  Proactive inits are no cold starts there, so they are
 * none here.  The view is held for reading for a bounded piece at a time.
 */
void alert_view_read(struct view *view, uint64_t from_ns, uint64_t to_ns, alert_run_visit *visit,
                     void *visitor);

/* The newest cold invocations of the function in the span, each of another transaction. */
void alert_view_find(struct view *view, uint64_t from_ns, uint64_t to_ns,
                     const struct alert_sample *sample, struct alert_examples *found);

#endif
