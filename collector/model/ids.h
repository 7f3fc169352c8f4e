/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_IDS_H
#define THAW_COLLECTOR_MODEL_IDS_H

#include "model/record.h"
#include "model/rows.h"

#include "base/hash.h"
#include "base/map.h"

#include <stdint.h>

/*
 * The 16-byte ids that stand for transactions (trace ids, request ids), and which of them stand for
 * the same one.  A request id is tied to each trace id that was seen in its invocation by an edge;
 * ids that edges connect are aliases.
 *
 * Edges instead of merged sets, because a tie may be taken back: a span that a queue's message
 * continues carries its sender's trace id, which is a link and not an alias, but that is known only
 * when the consumer's span arrives, perhaps after its children.  So what is connected is found when
 * it is asked for (members.h), and no order of arrival can make a difference.
 *
 * Per id, the direct facts of its records are kept, for lists and for senders without an agent.
 */
enum edge_tie {
    EDGE_OWN = 1,     /* The invocation's own trace id: always an alias. */
    EDGE_SEEN = 2,    /* Seen on a span or line of that invocation: an alias, unless */
    EDGE_FOREIGN = 4, /* it is that of a message's sender. */
    EDGE_ROOT = 8,    /* The trace was begun in that invocation: always an alias. */
    EDGE_TIMED = 16,  /* Something of that trace was there at that time.  It may have been begun for
                         another request: an alias only where nothing else ties the trace. */
};

struct edge {
    uint32_t request; /* Id rows. */
    uint32_t other;
    uint32_t request_next; /* Edges of the same request, of the same other. */
    uint32_t other_next;
    uint32_t ties;
};

struct id_row {
    struct id16 id;
    uint32_t request_edges; /* First edge in which it is the request, ... */
    uint32_t other_edges;   /* ... and the other. */
    uint32_t edge_count;
    uint32_t invocations;    /* First invocation that has it as request id. */
    uint32_t target_links;   /* First link to it. */
    uint32_t consumer_links; /* First link of the invocation or trace that it stands for. */
    uint32_t minute_previous,
        minute_next;          /* In its minute; both ROW_NONE and not placed: nowhere. */
    int64_t minute_ns;        /* INT64_MIN: not placed. */
    int64_t start_ns, end_ns; /* Of its spans and lines; UNKNOWN_NS. */
    uint32_t spans, errors;
    uint32_t logs; /* Lines of other senders than the next two, which tell the same ones. */
    uint32_t logs_agent, logs_stream;
    uint32_t service; /* Text: who sent its first span, when that is no function. */
    uint32_t segment_last;
};

struct ids {
    struct hash_bulk bulk;
    struct map map;
    struct id_row *rows;
    uint32_t count, capacity;
    uint32_t count_max; /* ID_COUNT_MAX, or less. */
    struct edge *edges;
    uint32_t edge_count, edge_capacity;
};

void ids_init(struct ids *ids, const struct hash_key *key);
void ids_fini(struct ids *ids);

/* Whether an id may stand for anything: all zero is no id. */
bool ids_valid(struct id16 id);

/* The row of an id, or ROW_NONE. */
uint32_t ids_find(const struct ids *ids, struct id16 id);

/* The same; it is added when it is new.  ROW_NONE when there is no room. */
uint32_t ids_touch(struct ids *ids, struct id16 id, uint32_t segment);

/* Tie an id to a request id.  False when there is no room (nothing is tied). */
bool ids_tie(struct ids *ids, uint32_t request, uint32_t other, enum edge_tie tie);

/* What was loaded: a row is to be found by its id, a new edge stands in its lists and has a place.
 * False without memory. */
bool ids_list(struct ids *ids, uint32_t row) THAW_CHECK;
void ids_append_edge(struct ids *ids, uint32_t request, uint32_t other, uint32_t ties);

/* Whether the edge makes its two ids aliases. */
bool ids_edge_alias(const struct ids *ids, const struct edge *edge);

/*
 * Remove the rows whose keep[] is false, with their edges.  moved[old] becomes the new number or
 * ROW_NONE.  Lists of invocations and links are emptied, for their owners to fill again.
 */
void ids_compact(struct ids *ids, const bool *keep, uint32_t *moved);

#endif
