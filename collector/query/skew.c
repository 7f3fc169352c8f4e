/* SPDX-License-Identifier: Apache-2.0 */
#include "query/assemble.h"
#include "query/query_limits.h"

#include <stdlib.h>

/*
 * Clocks of two instances differ.  What is certain: nobody begins before he is called; and who
 * waits for an answer ends after it was given.  Where the times say otherwise, the called
 * instance's clock is shifted, all of its times alike, and the answer says by how much.
 *
 * That a caller waited is concluded only from a CLIENT span that is long enough to have held the
 * call and was mostly filled by it; an asynchronous call is acknowledged at once.
 */

/* How far the called one may be shifted: from low to high; high is INT64_MAX when nobody waited. */
struct bounds {
    int64_t low_ns, high_ns;
};

/* When the caller had its answer at the earliest.  A runtime may go on after it has answered, so
 * the end of its work says nothing about it. */
static int64_t answered_ns(const struct invocation_facts *facts)
{
    if (facts->response_latency_ns == UNKNOWN_NS) {
        return facts->start_ns;
    }
    return facts->start_ns + facts->response_latency_ns +
           (facts->response_duration_ns != UNKNOWN_NS ? facts->response_duration_ns : 0);
}

static struct bounds bounds_of(const struct transaction_invocation *called, int64_t caller_skew_ns)
{
    const struct invocation_facts *facts = &called->facts;
    struct bounds bounds = {
        .low_ns = called->caller_start_ns + caller_skew_ns - facts->start_ns,
        .high_ns = INT64_MAX,
    };
    if (!called->caller_waits || facts->end_ns == UNKNOWN_NS ||
        called->caller_end_ns == UNKNOWN_NS) {
        return bounds;
    }
    int64_t waited_ns = called->caller_end_ns - called->caller_start_ns;
    int64_t used_ns = facts->end_ns - facts->start_ns;
    if (used_ns >= SKEW_WAIT_NS_MIN && used_ns <= waited_ns && used_ns >= waited_ns / 2) {
        bounds.high_ns = called->caller_end_ns + caller_skew_ns - answered_ns(facts);
    }
    return bounds;
}

static void shift(struct transaction *transaction, uint32_t index, int64_t caller_skew_ns)
{
    const struct transaction_invocation *called = &transaction->invocations[index];
    struct transaction_instance *instance = &transaction->instances[called->instance];
    struct bounds bounds = bounds_of(called, caller_skew_ns);
    int64_t skew_ns = 0;
    if (bounds.low_ns > SKEW_SLACK_NS) {
        skew_ns = bounds.high_ns != INT64_MAX && bounds.high_ns > bounds.low_ns
                      ? bounds.low_ns + (bounds.high_ns - bounds.low_ns) / 2
                      : bounds.low_ns;
        instance->skew_reason = "it seemed to begin before it was called";
    } else if (bounds.high_ns < -SKEW_SLACK_NS) {
        skew_ns = bounds.low_ns < bounds.high_ns
                      ? bounds.low_ns + (bounds.high_ns - bounds.low_ns) / 2
                      : bounds.low_ns;
        instance->skew_reason = "it seemed to end after its caller had the answer";
    }
    instance->skew_ns = skew_ns;
}

/* Visit called ones after their callers; an instance is judged by the first call into it. */
static void walk(struct transaction *transaction, uint32_t *first, uint32_t *next, uint32_t *queue)
{
    uint32_t count = transaction->invocation_count;
    uint32_t head = 0, tail = 0;
    for (uint32_t i = 0; i < count; i++) {
        first[i] = TRANSACTION_NONE;
    }
    for (uint32_t i = count; i > 0; i--) {
        uint32_t caller = transaction->invocations[i - 1].caller;
        if (caller != TRANSACTION_NONE && caller != i - 1) {
            next[i - 1] = first[caller];
            first[caller] = i - 1;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t caller = transaction->invocations[i].caller;
        if (caller == TRANSACTION_NONE || caller == i) {
            queue[tail++] = i;
        }
    }
    bool *judged = calloc((size_t)transaction->instance_count + 1, sizeof(judged[0]));
    while (judged != NULL && head < tail) {
        uint32_t at = queue[head++];
        const struct transaction_invocation *invocation = &transaction->invocations[at];
        uint32_t caller = invocation->caller;
        if (!judged[invocation->instance]) {
            judged[invocation->instance] = true;
            if (caller != TRANSACTION_NONE && caller != at &&
                transaction->invocations[caller].instance != invocation->instance) {
                shift(transaction, at,
                      transaction->instances[transaction->invocations[caller].instance].skew_ns);
            }
        }
        for (uint32_t i = first[at]; i != TRANSACTION_NONE; i = next[i]) {
            queue[tail++] = i;
        }
    }
    free(judged);
}

void skew_correct(struct assemble *assemble)
{
    struct transaction *transaction = assemble->transaction;
    transaction->instances = assemble->instance_rows;
    size_t count = (size_t)transaction->invocation_count + 1;
    uint32_t *rows = malloc(count * 3 * sizeof(rows[0]));
    if (rows != NULL) {
        walk(transaction, rows, rows + count, rows + 2 * count);
        free(rows);
    }
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        struct transaction_span *row = &assemble->span_rows[i];
        if (row->instance != TRANSACTION_NONE) {
            row->skew_ns = transaction->instances[row->instance].skew_ns;
            row->start_ns += row->skew_ns;
            row->end_ns += row->skew_ns;
        }
    }
    for (uint32_t i = 0; i < transaction->log_count; i++) {
        struct transaction_log *row = &assemble->log_rows[i];
        if (row->instance != TRANSACTION_NONE) {
            row->time_ns += transaction->instances[row->instance].skew_ns;
        }
    }
}
