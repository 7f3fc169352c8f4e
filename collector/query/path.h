/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_PATH_H
#define THAW_COLLECTOR_QUERY_PATH_H

#include "query/transaction.h"

/*
 * What a transaction's time went to: the critical path, what the caller waited for, and each
 * function's part.  Pure: it looks at a transaction that was read, and allocates of its arena.
 *
 * The path is walked from its end back.  At a time within a span the child that ended last before
 * it is gone into, and what lies between is the span's own; at the beginning of a span its caller
 * is gone on with, or who sent the message that began it; in between the message waited.  So the
 * steps follow each other without a gap, each of one span or of nobody, and what runs beside them
 * is on no path.
 */

/* What a step is. */
enum path_part {
    PATH_QUEUE,   /* A message waited, or the request in front of the entry. */
    PATH_INIT,    /* An init that was waited for. */
    PATH_HANDLER, /* A function's, or service's, own work. */
    PATH_OUTSIDE, /* A call: the network, placement, and whoever tells nothing. */
    PATH_UNKNOWN, /* No span says. */
    PATH_PARTS,
};

struct slice path_part_name(enum path_part part);

struct path_step {
    int64_t start_ns, end_ns; /* Corrected, as those of spans. */
    enum path_part part;
    uint32_t span;       /* Index or TRANSACTION_NONE. */
    uint32_t invocation; /* That it belongs to; a waiting message to the one that received it. */
};

struct path {
    struct path_step *steps; /* The first comes first. */
    uint32_t count;
    int64_t *own_ns; /* Of each span of the transaction: how long the path is its own. */
};

/* What somebody waited for, whole: the parts are the sum. */
struct path_wait {
    bool known; /* Somebody waited, or nobody said that none did. */
    int64_t start_ns, end_ns;
    int64_t parts_ns[PATH_PARTS];
};

struct path_function {
    struct slice name;
    uint32_t invocations, errors, cold_starts;
    int64_t busy_ns;   /* Of all handlers; UNKNOWN_NS: nobody tells. */
    int64_t path_ns;   /* On the critical path. */
    int64_t billed_ms; /* UNKNOWN_INT: nobody tells. */
    struct cost cost;  /* This transaction's share. */
};

struct path_report {
    struct path path;
    struct path_wait wait;
    struct path_function *functions; /* The largest part of the path comes first. */
    uint32_t function_count;
};

/* False when the arena is too small. */
bool path_report(const struct transaction *transaction, struct arena *arena,
                 struct path_report *report) THAW_CHECK;

#endif
