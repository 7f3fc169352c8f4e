/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_APPLY_SPAN_H
#define THAW_COLLECTOR_MODEL_APPLY_SPAN_H

#include "model/event.h"
#include "model/record_gist.h"
#include "model/view_private.h"

#include "base/map.h"

/* What applying a batch needs; for apply.c and apply_span.c. */

/* The block of records of one resource. */
struct block {
    uint32_t function; /* Rows; ROW_NONE where the resource does not say. */
    uint32_t instance;
    bool fresh;    /* Its own number is new, or it has none. */
    uint64_t name; /* Of the instance, hashed. */
};

/* Lines that are looked at before it is their turn, so that what is remembered of their like, which
 * is anywhere in much memory, is there when it is asked for. */
enum { LINES_AHEAD = 8 };

/* Blocks whose senders are looked for before it is their turn, for the same reason. */
enum { BLOCKS_AHEAD = 6 };

/* Lines whose text is fetched before that, and how much of it at most: it was written by another
 * processor, and is waited for otherwise. */
enum { TEXTS_AHEAD = 2 * LINES_AHEAD, TEXT_EXPECT_SIZE = 512, CACHE_LINE_SIZE = 64 };

struct apply {
    struct view *view;
    const struct view_frame *frame;
    const struct batch *batch;
    struct block *blocks; /* One per resource. */
    struct map spans;     /* Of the batch, by id: filled when it is asked first. */
    bool spans_filled;
    struct map lines; /* Fingerprint of a line -> how many of it came before in the batch. */
    struct gist_latest gist, gist_ahead;
    struct line_print prints[LINES_AHEAD]; /* Of the lines ahead, without how many came before. */
    struct event_reader reader;
};

/* A trace id was seen in a known invocation, or in a window that will tell which. */
struct sighting {
    uint32_t trace;   /* Id row. */
    uint32_t request; /* Id row or ROW_NONE. */
    uint32_t link;    /* Link row that waits for the same, or ROW_NONE. */
    int64_t start_ns, end_ns;
    enum edge_tie tie; /* EDGE_TIMED: where the invocation is named, it was seen. */
    bool foreign;
};

/* The links of an invocation's own span: of a list of messages they are messages. */
void apply_span_messages(struct apply *apply, const struct block *block, const struct span *span,
                         uint32_t trace, uint32_t request);

void apply_span_sight(struct apply *apply, const struct block *block, struct sighting sighting);

/* What a span tells of transactions: the trace that it is of (an id row), in which invocation (an
 * id row, or ROW_NONE), and what it links to. */
void apply_span_tie(struct apply *apply, const struct block *block, const struct span *span,
                    uint32_t trace, uint32_t request);

/* A time to place something by: its own, or its arrival where that is absurd. */
int64_t apply_span_sane(const struct apply *apply, uint64_t time_ns);

#endif
