/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_NUMBERS_H
#define THAW_COLLECTOR_MODEL_NUMBERS_H

#include "model/view_private.h"

/*
 * Agents number their blocks and records, so that what comes again is recognised.  A view that is
 * shown everything keeps watermarks (seqset.h), which also tell what is missing.  One that is shown
 * few of the records, in any order (view_partial()), keeps each number that it has seen, and a
 * block is the same one as long as it arrived at the same time: it may be shown in pieces.
 */

/* Whether the block of a resource comes for the first time. */
bool numbers_block(struct view *view, uint32_t instance, const struct resource *resource,
                   uint64_t arrival_ns) THAW_CHECK;

/* The same of a record of such a resource. */
bool numbers_record(struct view *view, uint32_t instance, const struct resource *resource,
                    uint64_t seq) THAW_CHECK;

#endif
