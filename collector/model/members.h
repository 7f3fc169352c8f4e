/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_MEMBERS_H
#define THAW_COLLECTOR_MODEL_MEMBERS_H

#include "model/record.h"
#include "model/view.h"

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Who belongs to a transaction.  It consists of groups: what aliases connect is one group; a
 * message that one group sent and another received is followed, so the receiver's group comes
 * along, shared when its batch serves others too.
 *
 * Asked by an id of a batch that serves exactly one transaction, the answer is that transaction;
 * one that serves several is its own.
 */

/* Another transaction that a batch serves, or this one. */
struct member_share {
    struct id16 id;       /* Of that transaction. */
    struct id16 trace_id; /* As the message's sender named itself. */
    uint32_t messages;
};

struct member_group {
    struct id16 id; /* The trace id of its first invocation. */
    struct id16
        batch; /* The request id that received the messages; all zero when it is no batch. */
    uint32_t messages; /* Of the batch. */
    uint32_t served;   /* Those from this transaction; in the first group those of known senders. */
    uint32_t share,
        share_of; /* The part of its cost that is this transaction's: share / share_of. */
    bool shared;  /* Not all messages are from this transaction. */
    const struct member_share *shares; /* All that it serves, when it is shared. */
    uint32_t share_count;
};

struct member_id {
    struct id16 id;
    uint32_t group;
    bool trace; /* A trace id; else nothing but a request id. */
};

struct member_invocation {
    uint32_t row;
    uint32_t group;
};

struct member_link {
    bool queue;
    bool has_request;
    struct id16 from_trace, to_trace, to_request;
    struct id8 from_span, to_span;
    struct id16 transaction; /* The one at the other end. */
    int64_t time_ns;         /* Start of the receiving span. */
};

struct members {
    struct id16 id; /* Of the transaction. */
    const struct member_group *groups;
    uint32_t group_count;
    const struct member_id *ids; /* All aliases of all groups. */
    uint32_t id_count;
    const struct member_invocation *invocations; /* Not sorted. */
    uint32_t invocation_count;
    const struct member_link *links;
    uint32_t link_count;
    /* What its ids' records say, for lists. */
    int64_t start_ns, end_ns; /* UNKNOWN_NS */
    uint64_t spans, logs, errors;
    struct slice service; /* Of the first group, when its sender is no function. */
    bool cut;             /* A limit was reached: there is more. */
};

/* Memory that look-ups share.  One per thread of work. */
struct members_work;
struct members_work *members_work_create(void) THAW_CHECK; /* NULL without memory. */
void members_work_free(struct members_work *work);         /* NULL is fine. */

/* From now on answers leave out links and shares: what a list does not show. */
void members_work_list(struct members_work *work);

/* How many rows its look-ups have looked at so far: who asks often counts what it costs. */
uint64_t members_work_steps(const struct members_work *work) THAW_CHECK;

/* The transaction of an id, or of a row of view_walk_id(); between view_read_begin() and _end().
 * False when the id is unknown, or when the arena is too small (it tells). */
bool members_find(const struct view *view, struct members_work *work, struct id16 id,
                  struct arena *arena, struct members *members) THAW_CHECK;
bool members_find_row(const struct view *view, struct members_work *work, uint32_t id_row,
                      struct arena *arena, struct members *members) THAW_CHECK;

/* The id of the transaction that an id belongs to, and nothing else; all zero when it is unknown.
 */
struct id16 members_transaction(const struct view *view, struct members_work *work, struct id16 id);
struct id16 members_transaction_row(const struct view *view, struct members_work *work,
                                    uint32_t id_row);

#endif
