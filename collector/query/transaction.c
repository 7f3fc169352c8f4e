/* SPDX-License-Identifier: Apache-2.0 */
#include "query/transaction.h"
#include "query/assemble.h"
#include "query/cold.h"
#include "query/query_limits.h"

#include <stdlib.h>

static void transaction_init(struct transaction *transaction, struct store_hold *hold)
{
    *transaction = (struct transaction){
        .start_ns = UNKNOWN_NS,
        .end_ns = UNKNOWN_NS,
        .hold = hold,
    };
}

static void assemble_init(struct assemble *assemble, const struct query *query, struct arena *arena,
                          struct transaction *transaction)
{
    *assemble = (struct assemble){
        .query = query,
        .arena = arena,
        .transaction = transaction,
        .forgotten_ns = INT64_MIN,
        .first_ns = INT64_MAX,
    };
    map_init_growing(&assemble->ids, UINT32_MAX);
    map_init_growing(&assemble->requests, UINT32_MAX);
    map_init_growing(&assemble->instances, UINT32_MAX);
    map_init_growing(&assemble->spans, QUERY_SPAN_COUNT_MAX);
    map_init_growing(&assemble->names, QUERY_SPAN_COUNT_MAX);
    map_init_growing(&assemble->lines, QUERY_LOG_COUNT_MAX);
    map_init_growing(&assemble->blocks, QUERY_SPAN_COUNT_MAX);
}

static void assemble_fini(struct assemble *assemble)
{
    map_fini(&assemble->ids);
    map_fini(&assemble->requests);
    map_fini(&assemble->instances);
    map_fini(&assemble->spans);
    map_fini(&assemble->names);
    map_fini(&assemble->lines);
    map_fini(&assemble->blocks);
    free(assemble->block_rows);
    free(assemble->span_rows);
    free(assemble->log_rows);
    free(assemble->instance_rows);
}

/* *forgotten: the view may know only a part of it. */
static enum status read_from(const struct query *query, struct id16 id, struct arena *arena,
                             struct transaction *transaction, bool *forgotten)
{
    struct assemble assemble;
    assemble_init(&assemble, query, arena, transaction);
    enum status status = outline_read(&assemble, id);
    if (status == STATUS_OK && !assemble_forgotten(&assemble)) {
        collect_records(&assemble);
    }
    *forgotten = assemble_forgotten(&assemble);
    if (status == STATUS_OK && !*forgotten) {
        span_facts_make(&assemble);
        attach_records(&assemble);
        lines_settle(&assemble);
        callers_find(&assemble);
        skew_correct(&assemble);
        status = order_records(&assemble) ? STATUS_OK : STATUS_FULL;
        if (status == STATUS_OK) {
            missing_list(&assemble);
        }
    }
    assemble_fini(&assemble);
    return status;
}

/* Read it from a view of its own; what that was made of is read once. */
static enum status read_cold(const struct query *query, struct id16 id, struct arena *arena,
                             struct transaction *transaction)
{
    bool forgotten;
    enum status status = cold_create(&transaction->cold, query, id, transaction->hold, arena);
    return status == STATUS_OK
               ? read_from(cold_query(transaction->cold), id, arena, transaction, &forgotten)
               : status;
}

enum status transaction_read(const struct query *query, struct id16 id, struct arena *arena,
                             struct transaction *transaction)
{
    bool forgotten;
    size_t mark = arena_mark(arena);
    transaction_init(transaction, store_hold(query->store));
    if (transaction->hold == NULL) {
        return STATUS_FULL;
    }
    enum status status = read_from(query, id, arena, transaction, &forgotten);
    bool partly = status == STATUS_OK || status == STATUS_NOT_FOUND;
    if (partly && forgotten) {
        transaction_init(transaction, transaction->hold);
        arena_rewind(arena, mark);
        status = read_cold(query, id, arena, transaction);
    }
    return status;
}

void transaction_release(struct transaction *transaction)
{
    store_release(transaction->hold);
    cold_free(transaction->cold);
    transaction->hold = NULL;
    transaction->cold = NULL;
}
