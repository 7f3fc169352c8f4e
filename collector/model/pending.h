/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_PENDING_H
#define THAW_COLLECTOR_MODEL_PENDING_H

#include "model/view_private.h"

/*
 * What was told of an instance without saying of which invocation, and waits until it is known in
 * whose window it lies (struct pending, struct failure in model/instances.h).  Both touch what they
 * change; for derive_settle().
 */

/* Spans: their traces are tied, their messages taken. */
void pending_settle(struct view *view, struct instance *instance);

/* Lines that say that their invocation failed. */
void pending_settle_failures(struct view *view, struct instance *instance);

#endif
