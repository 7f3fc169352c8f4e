/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_GROUP_H
#define THAW_STREAMS_MERGE_GROUP_H

#include "streams/merge_private.h"

#include <stddef.h>
#include <stdint.h>

/* The lines of one stream that fell into one millisecond. */

/* Read the group that begins at rows[0]; the answer is how many rows it has, at least one. */
size_t merge_group_read(struct merge *merge, struct merge_stream *stream, const uint32_t *rows,
                        size_t count);

/* Take the facts of its lines of the platform. */
void merge_group_take_facts(struct merge *merge, struct merge_stream *stream);

/* Whose a line of it is by its place, or MERGE_NONE. */
uint32_t merge_group_owner(const struct merge_stream *stream, const struct merge_group *group,
                           uint32_t at);

/* Whether the same line is there in another run. */
bool merge_group_repeats(const struct merge *merge, const struct merge_group *group, uint32_t at);

#endif
