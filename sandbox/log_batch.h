/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_LOG_BATCH_H
#define THAW_SANDBOX_LOG_BATCH_H

#include "base/buf.h"
#include "base/slice.h"
#include "sandbox/sandbox_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Events of one log stream that wait for their delivery, and the forms in which
 * the log service gives them out.  Pure but for memory; one thread.
 *
 * An event's id is what the service's are: a decimal number of 56 digits whose
 * upper bits are the event's milliseconds and whose lower ones count, so that
 * ids of a stream increase and the same event always has the same one.
 */
#define LOG_ID_SIZE 57 /* 56 digits and a NUL. */

/* Whose events they are.  The slices are the owner's. */
struct log_batch_source {
    struct slice account;
    struct slice group;  /* "/aws/lambda/checkout" */
    struct slice stream; /* "2026/11/23/[$LATEST]0123..." */
};

struct log_batch_event {
    uint64_t time_ms;
    uint64_t number; /* Of the event in its stream, from 1. */
    size_t end;      /* Of its message in text. */
};

struct log_batch {
    uint64_t stream_hash; /* So that ids of different streams differ. */
    uint64_t count_all;   /* Events that the stream has had. */
    struct buf text;
    struct log_batch_event *events;
    size_t count;
    size_t capacity;
};

void log_batch_init(struct log_batch *batch, struct slice stream);
void log_batch_fini(struct log_batch *batch);

/* Take in an event; its message is copied.  False, and nothing is taken, when the batch is full:
 * give it out and reset it. */
bool log_batch_add(struct log_batch *batch, uint64_t wall_ns, struct slice message);

/* Forget the events, not how many there have been. */
void log_batch_reset(struct log_batch *batch);

/* The id of an event. */
void log_batch_id(const struct log_batch *batch, const struct log_batch_event *event,
                  char id[LOG_ID_SIZE]);

/* The data of a subscription: {"messageType": "DATA_MESSAGE", ...}. */
void log_batch_write_subscription(const struct log_batch *batch,
                                  const struct log_batch_source *source, struct buf *out);

/* One page of an answer of filter-log-events, and a newline. */
void log_batch_write_page(const struct log_batch *batch, const struct log_batch_source *source,
                          uint64_t ingestion_ms, struct buf *out);

/* Lines of an export to S3: the time in front of each event, further lines of it as they are. */
void log_batch_write_lines(const struct log_batch *batch, struct buf *out);

#endif
