/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_OUTPUT_H
#define THAW_AGENT_OUTPUT_H

#include "agent_limits.h"

#include "base/slice.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One output of the child: what it writes is passed on to ours unchanged, and
 * then told line by line.  Where ours takes no more, the child waits, as it
 * would without us.
 */
typedef void output_line(void *context, struct slice line);

struct output {
    struct loop *loop;
    struct loop_source source; /* The reading end of the pipe. */
    int target;                /* Where it is passed on to. */
    bool ended;
    uint64_t retry_ns; /* When to try again to pass on; UINT64_MAX: no need. */
    output_line *line;
    void *context;
    size_t size; /* Of the line that has begun. */
    unsigned char begun[AGENT_LINE_MAX];
};

void output_init(struct output *output, struct loop *loop, int source, int target,
                 output_line *line, void *context);

/* Tell the lines of what was passed on; pure but for the telling. */
void output_split(struct output *output, struct slice bytes);

/* When output_time() is to be called at the latest. */
void output_time(struct output *output, uint64_t now_ns);

/* The child has ended: pass on what is left, which waits for a slow reader only for a while, and
 * tell a last line that has no end. */
void output_finish(struct output *output);

#endif
