/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_ASSEMBLE_H
#define THAW_COLLECTOR_QUERY_ASSEMBLE_H

#include "base/map.h"
#include "query/transaction.h"

/*
 * What the steps of transaction_read() share while a transaction is put together; for the files of
 * query/ only.  The tables below grow with malloc and go when the transaction is done; what the
 * transaction keeps is in the arena.
 */
struct assemble {
    const struct query *query;
    struct arena *arena;
    struct transaction *transaction;
    struct map ids;      /* Of members.ids. */
    struct map requests; /* Request id -> first invocation. */
    struct map instances;
    struct map spans;  /* (trace id, span id) -> span. */
    struct map names;  /* Span id -> span: whose child is whose. */
    struct map lines;  /* Numbered lines. */
    struct map blocks; /* Numbered blocks. */
    struct assemble_block *block_rows;
    uint32_t *instance_first; /* First invocation of each of the instances of the outline. */
    uint32_t outline_count;   /* So many: the others have no invocation here. */
    uint32_t instance_capacity, span_capacity, log_capacity, block_count, block_capacity;
    struct transaction_span *span_rows; /* malloc until the order step moves them to the arena. */
    struct transaction_log *log_rows;
    struct transaction_instance *instance_rows;
    uint64_t lost_frames; /* Noted places that are not there any more or not readable. */
    int64_t
        forgotten_ns; /* The view has forgotten things that began up to then; INT64_MIN: none. */
    int64_t first_ns; /* When the first of what was seen of this transaction began. */
};

/* Whether the view may have forgotten something of the transaction: it does not know it, or it
 * began before all is remembered. */
bool assemble_forgotten(const struct assemble *assemble);
/* Something of the transaction began then. */
void assemble_began(struct assemble *assemble, int64_t time_ns);

/* A numbered block of a function's SDK, and when it came first. */
struct assemble_block {
    uint32_t instance;
    uint64_t epoch, seq;
    uint64_t arrival_ns;
};

/* The index of an id among the members, or NONE. */
uint32_t assemble_id(const struct assemble *assemble, struct id16 id);

/* The first invocation of a request id, or NONE. */
uint32_t assemble_request(const struct assemble *assemble, struct id16 request_id);

/* The index of an instance, which is added when it is new and add is true; NONE otherwise. */
uint32_t assemble_instance(struct assemble *assemble, const struct resource *resource, bool add);
uint32_t assemble_instance_named(struct assemble *assemble,
                                 const struct transaction_instance *named, bool add);

/* The span of this id, or NONE; of several traces' the first that was read. */
uint32_t assemble_span(const struct assemble *assemble, struct id8 span_id);

/* Add a span that is not among them.  False when there is no room. */
bool assemble_add_span(struct assemble *assemble, const struct transaction_span *row);

/* Whether a span is the platform's own view of an invocation: an agent's, or one made of facts. */
bool assemble_platform(const struct transaction_span *row);

/* Steps, in this order.  outline: invocations from the view, under its lock. */
enum status outline_read(struct assemble *assemble, struct id16 id);
void collect_records(struct assemble *assemble);
void span_facts_make(struct assemble *assemble);
void attach_records(struct assemble *assemble);
void lines_settle(struct assemble *assemble);
void callers_find(struct assemble *assemble);
void skew_correct(struct assemble *assemble);
bool order_records(struct assemble *assemble);
void missing_list(struct assemble *assemble);

#endif
