/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TEST_MERGING_H
#define THAW_TEST_MERGING_H

/* A merge and what it tells, and lines of the platform in few words, for the tests of the merger.
 */

#include "told.h"

#include "lib/cm.h"

#define ONE "2026/11/23/[$LATEST]00000000000000000000000000000001"
#define TWO "2026/11/23/[$LATEST]00000000000000000000000000000002"

#define START(id) "START RequestId: $" id " Version: $LATEST\n"
#define END(id)   "END RequestId: $" id "\n"
#define INIT                                                                                       \
    "INIT_START Runtime Version: python:3.13.v31\tRuntime Version ARN: "                           \
    "arn:aws:lambda:eu-west-1::runtime:f7\n"
#define TAIL "\tMemory Size: 128 MB\tMax Memory Used: 66 MB\t"
#define REPORT(id, ms)                                                                             \
    "REPORT RequestId: $" id "\tDuration: " ms ".00 ms\tBilled Duration: " ms " ms" TAIL "\n"
#define COLD(id, ms, init)                                                                         \
    "REPORT RequestId: $" id "\tDuration: " ms ".00 ms\tBilled Duration: " ms " ms" TAIL           \
    "Init Duration: " init ".00 ms\t\n"
#define FAILED(id, ms, status, type)                                                               \
    "REPORT RequestId: $" id "\tDuration: " ms ".00 ms\tBilled Duration: " ms " ms" TAIL           \
    "Status: " status "\tError Type: " type "\n"

struct fixture {
    struct told told;
    struct merge *merge;
};

static inline void begin_with(struct fixture *f, struct merge_options options)
{
    told_init(&f->told);
    f->merge = merge_create(&options, &f->told.sink);
    assert_non_null(f->merge);
}

static inline void ignore_line(void *context, const struct stream_line *line)
{
    (void)context;
    (void)line;
}

static inline void begin(struct fixture *f)
{
    begin_with(f, (struct merge_options){.piece = false});
}

static inline void end(struct fixture *f)
{
    merge_free(f->merge);
    told_fini(&f->told);
}

#endif
