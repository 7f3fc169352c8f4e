/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_LOG_STREAM_H
#define THAW_SANDBOX_LOG_STREAM_H

#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

/*
 * The log stream of one instance: a file of events, each with its time in
 * front, as the log service exports them:
 *
 *     2026-11-23T14:53:25.123Z START RequestId: ... Version: $LATEST
 *
 * An event of several lines has its time in front of the first alone.  The file
 * is DIR/logs/<function>/<stream name>.log.  Events also go to the service's
 * deliveries where there are any (cloudwatch.h).  One owner, one thread.
 */
struct cloudwatch;
struct cloudwatch_stream;

struct log_stream {
    int file;
    uint64_t last_ns;                   /* Of the latest event: times of a stream do not go back. */
    struct cloudwatch_stream *delivery; /* NULL: there is none. */
};

/* What a stream is called and where it is written. */
struct log_stream_place {
    const char *state_directory;
    const char *function;
    const char *name;
    struct cloudwatch *cloudwatch; /* May be NULL. */
};

/* Create the file and the directories above it. */
enum status log_stream_init(struct log_stream *stream,
                            const struct log_stream_place *place) THAW_CHECK;
void log_stream_fini(struct log_stream *stream);

/* Append one event.  A disk that is full loses it: the log is not what the sandbox is for. */
void log_stream_write(struct log_stream *stream, uint64_t wall_ns, struct slice message);

/* Create the directories above a path, which is not changed in the end. */
enum status log_stream_directories(char *path) THAW_CHECK;

#endif
