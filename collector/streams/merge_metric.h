/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_METRIC_H
#define THAW_STREAMS_MERGE_METRIC_H

#include "streams/merge_private.h"

/* Tell the values of the embedded metrics in a line, and what in them could not be used. */
void merge_metric_tell(struct merge *merge, const struct stream_source *source,
                       const struct line *line, int64_t time_ns);

#endif
