/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_APPLY_H
#define THAW_COLLECTOR_MODEL_APPLY_H

#include "model/view_private.h"

/* Take a batch into the tables; the caller holds the lock and derives afterwards. */
void apply_batch(struct view *view, const struct view_frame *frame, const struct batch *batch);

#endif
