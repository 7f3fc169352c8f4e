/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_QUERY_CALLS_H
#define THAW_TESTS_QUERY_CALLS_H

#include "query/transaction.h"
#include "world.h"

/*
 * Invocations as agents tell of them, for the tests of transactions.
 */
#define CALLS_EPOCH UINT64_C(1799999000000000000)

struct call {
    const char *function, *instance;
    uint64_t request, trace, span, parent, segment;
    int64_t start_ns, duration_ns;
    uint64_t seq; /* Three numbers of the agent, from here on. */
    int64_t response_ns;
    uint32_t attempt; /* 0: the first. */
};

/* An invocation with its facts, its SERVER span and one line, from the agent of its instance. */
void calls_invoke(struct world *world, const struct call *call);
/* Spans of the function's SDK, in a block of this number. */
struct build *calls_sdk(const struct call *call, uint64_t block);
/* The transaction of an id, which is there. */
void calls_read(struct world *world, uint64_t id, struct transaction *transaction);
/* Its span or line of this name or text, which is there once. */
const struct transaction_span *calls_span(const struct transaction *transaction, const char *name);
const struct transaction_log *calls_line(const struct transaction *transaction, const char *text);

#endif
