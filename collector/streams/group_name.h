/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_GROUP_NAME_H
#define THAW_STREAMS_GROUP_NAME_H

#include "streams/merge_limits.h"

#include "base/slice.h"

#include <stdbool.h>

/*
 * What the names of log groups and streams say.  Pure; the answers point into the names.
 */

struct group_name {
    struct slice account;  /* Of an ARN, or of "123456789012:/aws/lambda/x" (Insights' @log). */
    struct slice region;   /* Of an ARN. */
    struct slice group;    /* The name itself. */
    struct slice function; /* Of /aws/lambda/NAME; else empty. */
    bool foreign;          /* It is there and is no function's by its name. */
};

void group_name_read(struct slice text, struct group_name *name);

/* Whether a group is one of Lambda@Edge: /aws/lambda/us-east-1.NAME, in whatever region it ran. */
bool group_name_is_edge(struct slice group);

struct stream_name {
    struct slice stream;   /* As CloudWatch has it; perhaps in the buffer. */
    struct slice function; /* Of a custom group: 2026/11/23/NAME[7]0123...; else empty. */
    struct slice version;  /* "$LATEST", "7". */
    bool function_like;    /* It has the form that Lambda gives, */
    bool unique;           /* and its 128 bits: no other stream has this name. */
};

/* In exports to S3 the slashes are dashes: they become slashes again, in the buffer. */
void group_name_read_stream(struct slice text, char buffer[MERGE_NAME_SIZE_MAX],
                            struct stream_name *name);

#endif
