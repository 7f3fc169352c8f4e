/* SPDX-License-Identifier: Apache-2.0 */
#include "query/assemble.h"

#include <stdlib.h>
#include <string.h>

/*
 * One order for all records (docs/reference/api.md).  Spans by start, then the longer one first, so
 * that parents come before children.  Lines of an agent in the order of their numbers, as they were
 * written; to keep that among lines of others a line is never placed before an earlier one of its
 * instance.
 */

static int compare_i64(int64_t one, int64_t other)
{
    return one < other ? -1 : one > other;
}

static int compare_u64(uint64_t one, uint64_t other)
{
    return one < other ? -1 : one > other;
}

static int compare_spans(const void *one, const void *other)
{
    const struct transaction_span *a = one;
    const struct transaction_span *b = other;
    int order = compare_i64(a->start_ns, b->start_ns);
    order = order != 0 ? order : compare_i64(b->end_ns, a->end_ns);
    order = order != 0 ? order : compare_u64(a->span->seq, b->span->seq);
    return order != 0 ? order
                      : memcmp(&a->span->span_id, &b->span->span_id, sizeof(a->span->span_id));
}

static bool numbered(const struct transaction_log *log)
{
    return log->line->seq != 0 && log->line->scope != NULL && log->line->scope->agent;
}

/* By instance, numbered ones first, in the order of their numbers. */
static int compare_numbers(const void *one, const void *other)
{
    const struct transaction_log *a = one;
    const struct transaction_log *b = other;
    int order = compare_u64(a->instance, b->instance);
    order = order != 0 ? order : numbered(b) - numbered(a);
    if (order != 0 || !numbered(a)) {
        return order != 0 ? order : compare_u64(a->arrival, b->arrival);
    }
    order = compare_u64(a->line->resource->epoch, b->line->resource->epoch);
    return order != 0 ? order : compare_u64(a->line->seq, b->line->seq);
}

static int compare_places(const void *one, const void *other)
{
    const struct transaction_log *a = one;
    const struct transaction_log *b = other;
    int order = compare_i64(a->place_ns, b->place_ns);
    return order != 0 ? order : compare_numbers(one, other);
}

static void place_lines(struct transaction_log *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        rows[i].place_ns = rows[i].time_ns;
        if (i > 0 && numbered(&rows[i]) && numbered(&rows[i - 1]) &&
            rows[i].instance == rows[i - 1].instance && rows[i].place_ns < rows[i - 1].place_ns) {
            rows[i].place_ns = rows[i - 1].place_ns;
        }
    }
}

/* A copy in the arena, for the answer; NULL when it does not fit. */
static void *keep(struct arena *arena, const void *rows, size_t count, size_t size)
{
    void *copy = arena_alloc_array(arena, count + 1, size);
    if (copy != NULL && count > 0) {
        memcpy(copy, rows, count * size);
    }
    return copy;
}

static void number_instances(struct transaction *transaction)
{
    /* Those with invocations stand first, in order of their first; quadratic in the instances of
     * one function, so count by sorting out names once they are many. */
    for (uint32_t i = 0; i < transaction->instance_count; i++) {
        struct transaction_instance *row = &transaction->instances[i];
        row->number = 1;
        for (uint32_t k = i; k > 0; k--) {
            const struct transaction_instance *before = &transaction->instances[k - 1];
            if (slice_equal(before->function, row->function) &&
                slice_equal(before->region, row->region) &&
                slice_equal(before->account, row->account)) {
                row->number = before->number + 1;
                break;
            }
        }
    }
}

static void find_span_of_time(struct transaction *transaction)
{
    transaction->start_ns = transaction->end_ns = UNKNOWN_NS;
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        const struct transaction_invocation *row = &transaction->invocations[i];
        int64_t skew_ns = transaction->instances[row->instance].skew_ns;
        int64_t start_ns = row->facts.placed_ns + skew_ns;
        int64_t end_ns = row->facts.end_ns != UNKNOWN_NS ? row->facts.end_ns + skew_ns
                                                         : row->facts.start_ns + skew_ns;
        if (transaction->start_ns == UNKNOWN_NS || start_ns < transaction->start_ns) {
            transaction->start_ns = start_ns;
        }
        transaction->end_ns = end_ns > transaction->end_ns ? end_ns : transaction->end_ns;
    }
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        const struct transaction_span *row = &transaction->spans[i];
        bool proactive_init = row->invocation != TRANSACTION_NONE && assemble_platform(row) &&
                              row->start_ns < transaction->start_ns;
        if (!proactive_init &&
            (transaction->start_ns == UNKNOWN_NS || row->start_ns < transaction->start_ns)) {
            transaction->start_ns = row->start_ns;
        }
        transaction->end_ns = row->end_ns > transaction->end_ns ? row->end_ns : transaction->end_ns;
    }
    for (uint32_t i = 0; i < transaction->log_count && transaction->span_count == 0 &&
                         transaction->invocation_count == 0;
         i++) {
        int64_t time_ns = transaction->logs[i].time_ns;
        if (transaction->start_ns == UNKNOWN_NS || time_ns < transaction->start_ns) {
            transaction->start_ns = time_ns;
        }
        transaction->end_ns = time_ns > transaction->end_ns ? time_ns : transaction->end_ns;
    }
}

bool order_records(struct assemble *assemble)
{
    struct transaction *transaction = assemble->transaction;
    if (transaction->span_count > 0) {
        qsort(assemble->span_rows, transaction->span_count, sizeof(assemble->span_rows[0]),
              compare_spans);
    }
    if (transaction->log_count > 0) {
        qsort(assemble->log_rows, transaction->log_count, sizeof(assemble->log_rows[0]),
              compare_numbers);
        place_lines(assemble->log_rows, transaction->log_count);
        qsort(assemble->log_rows, transaction->log_count, sizeof(assemble->log_rows[0]),
              compare_places);
    }
    transaction->spans = keep(assemble->arena, assemble->span_rows, transaction->span_count,
                              sizeof(transaction->spans[0]));
    transaction->logs = keep(assemble->arena, assemble->log_rows, transaction->log_count,
                             sizeof(transaction->logs[0]));
    transaction->instances = keep(assemble->arena, assemble->instance_rows,
                                  transaction->instance_count, sizeof(transaction->instances[0]));
    if (transaction->spans == NULL || transaction->logs == NULL || transaction->instances == NULL) {
        return false;
    }
    number_instances(transaction);
    find_span_of_time(transaction);
    return true;
}
