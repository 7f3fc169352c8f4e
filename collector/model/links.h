/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_LINKS_H
#define THAW_COLLECTOR_MODEL_LINKS_H

#include "model/ids.h"
#include "model/record.h"

#include "base/hash.h"
#include "base/map.h"

#include <stdint.h>

/*
 * Links: a span that names a span of another transaction.  Those of CONSUMER spans are messages of
 * a queue; they are followed, but never merge two transactions.  Each is found from both of its
 * ends.
 */
struct link {
    uint32_t target;   /* Id row: the trace of the sender. */
    uint32_t consumer; /* Id row: the request id of the receiving invocation, else its span's trace
                          id. */
    uint32_t target_next, consumer_next, consumer_previous;
    struct id8 target_span, consumer_span;
    struct id16 consumer_trace;
    uint64_t
        message;     /* Which message: its id hashed, else its place among the links of the span. */
    int64_t time_ns; /* Start of the receiving span. */
    uint32_t batch;  /* How many messages the span says that there are; 0 when it says nothing. */
    uint32_t segment_last;
    bool queue;     /* A message, not a mere link. */
    bool requested; /* consumer is a request id. */
};

struct links {
    struct hash_key key;
    struct map map;
    struct link *rows;
    uint32_t count, capacity;
};

void links_init(struct links *links, const struct hash_key *key);
void links_fini(struct links *links);

/* Add a link that is filled except for its list fields; the same link again changes nothing but its
 * segment.  The answer is its row, or ROW_NONE when there is no room. */
uint32_t links_add(struct links *links, struct ids *ids, const struct link *link);

/* One that was loaded, as the next row, which has a place.  False without memory. */
bool links_append(struct links *links, struct ids *ids, const struct link *link) THAW_CHECK;

/* It is known now which invocation received it. */
void links_consume(struct links *links, struct ids *ids, uint32_t row, uint32_t request);

/* Remove links up to that segment and those whose ids are gone; fill the lists of ids again. */
void links_compact(struct links *links, struct ids *ids, const uint32_t *ids_moved,
                   uint32_t segment_last);

#endif
