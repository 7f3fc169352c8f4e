/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_H
#define THAW_STREAMS_MERGE_H

#include "streams/log_event.h"
#include "streams/stream_sink.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Merges the events of any number of log streams into inits, invocations and lines.
 *
 * Events may come interleaved, out of order within a window (MERGE_WINDOW_SIZE bytes of text,
 * sorted by stream, time and place), twice (the same event id; without ids the same text at the
 * same time in the same stream, as often as one input has it), in pieces.  A stream's state
 * outlives the window; at most MERGE_STREAMS_MAX streams are open, the longest silent is closed for
 * another. Memory is bounded whatever comes.
 *
 * Lines that name no request belong where they stand: to the invocation between its START and its
 * END, to the init before the first START, to none (phase idle) between END and START.  CloudWatch
 * has milliseconds and orders what falls into one as it likes: a line in the same millisecond as
 * START or END belongs to that invocation.  Where a stream has several invocations open (a managed
 * instance, an export without stream names), place says nothing and the line stays without.
 *
 * Pure but for its memory; one thread.
 */
struct merge;

struct merge_options {
    /* The input is one piece of a stream that goes on elsewhere (a live delivery): what stands
     * before the first START of it is left to the reader of the records, who knows more. */
    bool piece;
    /* For events that do not say; empty: unknown. */
    struct slice account, region, group, stream, function;
};

struct merge_counts {
    uint64_t events;         /* Taken in, */
    uint64_t bytes;          /* with so much text. */
    uint64_t repeated;       /* Of them, known already. */
    uint64_t streams;        /* Different ones, as far as remembered. */
    uint64_t streams_closed; /* For want of room: their later lines begin anew. */
    uint64_t without_stream; /* Events of exports that have no stream names. */
    uint64_t refused;        /* Lines refused. */
};

/* NULL without memory.  The options' slices must outlive it. */
struct merge *merge_create(const struct merge_options *options, const struct stream_sink *sink);
void merge_free(struct merge *merge); /* NULL is fine. */

/* Take in an event; what it holds is copied.  The sink may be called. */
void merge_event(struct merge *merge, const struct log_event *event);

/* The input has ended: tell all that is left.  Then the merge is as new but for its counts. */
void merge_finish(struct merge *merge);

void merge_counts(const struct merge *merge, struct merge_counts *counts);

#endif
