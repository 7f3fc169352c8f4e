/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_ROOM_H
#define THAW_COLLECTOR_MODEL_ROOM_H

#include "model/view_private.h"

/*
 * What goes when a table is nearly full, so that what is new always has a place.  The counts of
 * what goes stay (rollups.h); they go by themselves, oldest minutes first, when there are too many
 * of them.  What goes with its counts, or comes again and cannot be told from what was counted, is
 * noted as a span of time in which counts are not all there are.
 */

/* Make room in every table that is nearly full. */
void room_make(struct view *view);

/* What an invocation, or a proactive init, that goes has counted stays. */
void room_leave(struct view *view, struct contribution *put, uint32_t segment);

/*
 * Remember that what an invocation counted has stayed, and whether that was with its bill; ask
 * whether it is so of one that is heard of: of the attempt of that number in that instance where an
 * agent tells of it.  A stream tells no number (attempt is 0): of any attempt of the request.
 */
enum room_print { ROOM_UNKNOWN, ROOM_COUNTED, ROOM_BILLED };
void room_print(struct view *view, const struct invocation *invocation, bool billed);
enum room_print room_printed(const struct view *view, uint32_t instance, struct id16 request_id,
                             uint32_t attempt);

/* The same of instances: the inits of one that comes back have been counted. */
void room_print_instance(struct view *view, const struct instance *instance);
bool room_instance_printed(const struct view *view, const struct instance *instance);

/* Whether this may still be counted; else it is noted as refused. */
bool room_counts(struct view *view, const struct contribution *contribution);

/* Counts of that minute are not all there are. */
void room_refuse(struct view *view, int64_t minute_ns);

#endif
