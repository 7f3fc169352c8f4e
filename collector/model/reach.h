/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_REACH_H
#define THAW_COLLECTOR_MODEL_REACH_H

#include "model/members.h"
#include "model/view_private.h"

/*
 * What aliases connect: from one id over edges to all others, and to the invocations of those that
 * are request ids.  Each such walk is a group; groups are reached one after the other, so what
 * belongs to one stands together.  For members.c; holding the view.
 */
struct reach {
    struct map seen; /* Id row -> index in ids. */
    uint32_t *ids;
    uint32_t *id_groups;
    uint32_t id_count, id_capacity, id_group_capacity;
    struct member_invocation *invocations;
    uint32_t invocation_count, invocation_capacity;
    uint64_t steps; /* Edges and invocations looked at since reach_init(). */
    bool cut;
};

void reach_init(struct reach *reach);
void reach_fini(struct reach *reach);
void reach_reset(struct reach *reach);

/* The group of an id row, or ROW_NONE when it has not been reached. */
uint32_t reach_find(const struct reach *reach, uint32_t id);

/* Add all that aliases connect with an id as a group, numbered by the caller, upwards. */
void reach_group(const struct view *view, struct reach *reach, uint32_t id, uint32_t group);

/* The first invocation of a group, or ROW_NONE. */
uint32_t reach_first(const struct view *view, const struct reach *reach, uint32_t group);

/* The id that a group is called by: its first invocation's trace id, else its earliest id. */
struct id16 reach_name(const struct view *view, const struct reach *reach, uint32_t group);

#endif
