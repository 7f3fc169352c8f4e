/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_LOG_STREAM_H
#define THAW_SANDBOX_LOG_STREAM_H

#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

/*
 * The log stream of one instance: a file of lines, each with its time in
 * front, as CloudWatch exports them:
 *
 *     2026-11-23T14:53:25.123Z START RequestId: ... Version: $LATEST
 *
 * The file is DIR/logs/<function>/<stream name>.log.  One owner, one thread.
 */
struct log_stream {
    int file;
};

/* Create the file and the directories above it. */
enum status log_stream_init(struct log_stream *stream, const char *state_directory,
                            const char *function, const char *name) THAW_CHECK;
void log_stream_fini(struct log_stream *stream);

/* Append text; what is between newlines is one event each.  A disk that is full loses lines: the
 * log is not what the sandbox is for. */
void log_stream_write(struct log_stream *stream, uint64_t wall_ns, struct slice text);

#endif
