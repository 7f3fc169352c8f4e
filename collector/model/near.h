/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_NEAR_H
#define THAW_COLLECTOR_MODEL_NEAR_H

#include "model/members.h"

/*
 * The ids that what is said of a transaction depends on: its own, those that edges tie to them
 * (whether an edge makes an alias depends on what else it ties), and those of the groups at the
 * other ends of its links (a batch is shared by the transactions of its senders, by name).
 */
typedef void near_visit(void *context, struct id16 id);

/* Visit them, some more than once; members are an answer of members_find() on this view that lists
 * links.  False: there are more than a look-up gathers.  Between view_read_begin() and _end(). */
bool near_each(const struct view *view, const struct members *members, near_visit *visit,
               void *context) THAW_CHECK;

#endif
