/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_TRANSACTION_H
#define THAW_COLLECTOR_QUERY_TRANSACTION_H

#include "model/members.h"
#include "query/query.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One transaction, assembled when it is asked for:
 *
 *     id -> members (aliases, followed messages)            view
 *        -> frames noted for their ids -> records           store, decoder
 *        -> those of this transaction, each once            collect
 *        -> tied to their invocations                       attach
 *        -> callers found, clocks compared                  skew
 *        -> in order, with what is missing                  order, missing
 */
#define TRANSACTION_NONE UINT32_MAX

enum attached {
    ATTACHED_NONE,
    ATTACHED_ID,      /* The record names its invocation. */
    ATTACHED_CONTEXT, /* Its trace and instance do. */
    ATTACHED_TIME,    /* It lies in the window of one invocation of its instance. */
};

struct transaction_instance {
    struct slice account, region, function, name;
    struct slice alias;      /* The name that its agent made up; empty. */
    uint32_t number;         /* Among those of its function, from 1. */
    int64_t skew_ns;         /* Added to its times. */
    const char *skew_reason; /* NULL without skew. */
    uint64_t records_missing;
    struct unsent unsent; /* By its agents. */
};

struct transaction_invocation {
    struct invocation_facts facts;
    struct function_facts function;
    uint32_t instance; /* Index. */
    uint32_t group;    /* Of members. */
    struct cost cost, share;
    struct id8 parent;                      /* The caller's span; zero when it is not known. */
    uint32_t caller;                        /* Index of the calling invocation, or NONE. */
    int64_t caller_start_ns, caller_end_ns; /* Of the calling span, as told; UNKNOWN_NS. */
    bool caller_waits;                      /* That span is of a kind that waits for an answer. */
    uint32_t request_next;                  /* The next one of the same request id. */
    uint32_t instance_next;                 /* The next one of the same instance. */
    const struct log_line *usage; /* The event that tells what the environment used; NULL. */
};

struct transaction_span {
    const struct span *span;
    uint32_t invocation, instance; /* Indexes or NONE. */
    uint32_t group;
    enum attached attached;
    bool derived;        /* Nobody sent it: it is made of the facts of its invocation. */
    bool clamped;        /* A time of its own is absurd: its arrival stands for it. */
    bool parent_missing; /* Its parent must have been in the same process and has not come. */
    struct id8 parent;   /* With the platform's segment ids resolved. */
    int64_t start_ns, end_ns, skew_ns; /* start and end are corrected. */
};

/* In this order where several tell the same. */
enum line_teller { TELLER_AGENT, TELLER_LOGS, TELLER_OTHER };

struct transaction_log {
    const struct log_line *line; /* Of several that are one, the first. */
    enum line_teller teller;
    struct slice text;    /* Of a text line, all of it: its parts joined with newlines. */
    struct slice message; /* The same without the prefix that the runtime puts before it. */
    struct slice level;   /* As the record says, else the line; empty. */
    uint32_t severity;    /* */
    uint32_t parts;       /* Lines that it is made of. */
    uint64_t print, uid;  /* Hashes: of the text; of CloudWatch's id of it, or 0. */
    bool dropped;         /* While they are put together: another is shown for it. */
    bool paired;          /* An agent's that a stream has told as well. */
    uint32_t invocation, instance;
    uint32_t group;
    enum attached attached;
    bool clamped;        /* Its time is its arrival, its own being absurd or unknown. */
    uint64_t arrival_ns; /* The same for those that came together. */
    uint32_t arrival;    /* How many lines were read before it. */
    int64_t time_ns;     /* Corrected. */
    int64_t place_ns;    /* Never before that of an earlier line of its instance. */
};

enum missing_code {
    MISSING_END_UNKNOWN,
    MISSING_REPORT_PENDING,
    MISSING_PARENT,
    MISSING_RECORDS,
    MISSING_STILL_RUNNING,
};

struct transaction_missing {
    enum missing_code code;
    struct slice message;
    uint32_t invocation; /* Index or NONE. */
};

struct transaction {
    struct members members;
    struct transaction_instance *instances;
    uint32_t instance_count;
    struct transaction_invocation *invocations; /* In order of start. */
    uint32_t invocation_count;
    struct transaction_span *spans; /* In order. */
    uint32_t span_count;
    struct transaction_log *logs; /* In order. */
    uint32_t log_count;
    struct transaction_missing *missing;
    uint32_t missing_count;
    int64_t start_ns, end_ns; /* UNKNOWN_NS when nothing tells. */
    int64_t wait_ns;          /* Of the first invocation. */
    struct cost cost;
    bool cut;                /* A limit left records out. */
    struct store_hold *hold; /* Keeps what the records point to. */
    struct cold *cold;       /* The view that it was read from, or NULL: the query's. */
};

/*
 * Read the transaction of an id; one that the view has forgotten, or may know only a part of, is
 * read from a view of its own (cold.h).  NOT_FOUND when nobody knows it, FULL when the arena is too
 * small even for its outline; where it is only too small for all records, the transaction says that
 * some are missing. It lives in the arena and in what it holds of the store: whatever the answer
 * is, transaction_release() ends it.
 */
enum status transaction_read(const struct query *query, struct id16 id, struct arena *arena,
                             struct transaction *transaction) THAW_CHECK;
void transaction_release(struct transaction *transaction);

#endif
