/* SPDX-License-Identifier: Apache-2.0 */
#include "query/cost_changes.h"

#include "query/costs.h"
#include "query/price_minutes.h"
#include "query/query_limits.h"

#include <stdlib.h>

/* What invocations cost, and beside it what was streamed, which is none of their factors. */
struct period {
    struct cost_period sums;
    struct money streaming;
};

static void add_minute(void *context, const struct price_minute *minute)
{
    struct period *sum = context;
    struct cost_period *period = &sum->sums;
    const struct cost *cost = &minute->cost;
    const struct rollup_facts *facts = minute->facts;
    period->requests += cost->requests;
    period->billed_ms += facts->billed_ms + facts->unsized.billed_ms;
    period->init_mb_us += facts->parts.init;
    period->mb_ms += cost->mb_ms;
    sum->streaming = money_add(sum->streaming, cost->parts.streaming);
    period->amount = money_add(period->amount, money_subtract(cost->amount, cost->parts.streaming));
    period->requests_amount = money_add(period->requests_amount, cost->parts.requests);
}

static void add_row(struct cost_changes_row *row, const struct period *before,
                    const struct period *after)
{
    struct cost_change change = cost_change(&before->sums, &after->sums);
    row->before = money_add(row->before, money_add(before->sums.amount, before->streaming));
    row->after = money_add(row->after, money_add(after->sums.amount, after->streaming));
    row->streaming_before = money_add(row->streaming_before, before->streaming);
    row->streaming_after = money_add(row->streaming_after, after->streaming);
    row->requests_before += before->sums.requests;
    row->requests_after += after->sums.requests;
    cost_change_add(&row->change, &change);
}

static struct cost_changes_row *row_of(struct cost_changes *changes, struct slice function)
{
    for (uint32_t i = 0; i < changes->row_count; i++) {
        if (slice_equal(changes->rows[i].function, function)) {
            return &changes->rows[i];
        }
    }
    if (changes->row_count == GROUP_COUNT_MAX) {
        changes->partial = true;
        return NULL;
    }
    struct cost_changes_row *row = &changes->rows[changes->row_count++];
    *row = (struct cost_changes_row){.function = function};
    return row;
}

static void add_function(const struct query *query, uint32_t function, struct query_range before,
                         struct query_range after, struct cost_changes *changes)
{
    struct period was = {.streaming = MONEY_ZERO};
    struct period is = {.streaming = MONEY_ZERO};
    price_minutes_each(query, function, before, add_minute, &was);
    price_minutes_each(query, function, after, add_minute, &is);
    if (was.sums.requests == 0 && is.sums.requests == 0) {
        return;
    }
    struct function_facts facts;
    view_function(query->view, function, &facts);
    add_row(&changes->total, &was, &is);
    struct cost_changes_row *row = row_of(changes, facts.name);
    if (row != NULL) {
        add_row(row, &was, &is);
    }
}

static void stand(struct cost_changes_row *row, struct money amount, bool after)
{
    struct money *sum = after ? &row->after : &row->before;
    struct money *part = after ? &row->standing_after : &row->standing_before;
    *sum = money_add(*sum, amount);
    *part = money_add(*part, amount);
}

/* What was paid for besides invocations in one of the two. */
static enum status add_standing(const struct query *query, struct query_range range, bool after,
                                struct arena *arena, struct cost_changes *changes)
{
    const struct costs_grouping grouping = {.by = COSTS_BY_FUNCTION};
    struct costs costs;
    if (query->declared == NULL) {
        return STATUS_OK;
    }
    enum status status = costs_read(query, range, grouping, arena, &costs);
    for (uint32_t i = 0; status == STATUS_OK && i < costs.group_count; i++) {
        const struct costs_group *group = &costs.groups[i];
        if (money_compare(group->standing.amount, MONEY_ZERO) != 0) {
            struct cost_changes_row *row = row_of(changes, group->key);
            stand(&changes->total, group->standing.amount, after);
            if (row != NULL) {
                stand(row, group->standing.amount, after);
            }
        }
    }
    return status;
}

static struct money size_of(const struct cost_changes_row *row)
{
    struct money difference = money_subtract(row->after, row->before);
    difference.units = difference.units < 0 ? -difference.units : difference.units;
    return difference;
}

static int compare_rows(const void *one, const void *other)
{
    const struct cost_changes_row *a = one;
    const struct cost_changes_row *b = other;
    int order = money_compare(size_of(b), size_of(a));
    return order != 0 ? order : slice_compare(a->function, b->function);
}

enum status cost_changes_read(const struct query *query, struct query_range before,
                              struct query_range after, struct arena *arena,
                              struct cost_changes *changes)
{
    struct view *view = query->view;
    *changes = (struct cost_changes){.partial = false};
    changes->rows = arena_alloc_array(arena, GROUP_COUNT_MAX, sizeof(changes->rows[0]));
    if (changes->rows == NULL) {
        return STATUS_FULL;
    }
    view_read_begin(view);
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        if (i > 0) { /* The writer has its turn. */
            view_read_end(view);
            view_read_begin(view);
        }
        add_function(query, i, before, after, changes);
    }
    changes->partial = changes->partial ||
                       view_counts_missing(view, before.from_ns, before.to_ns) ||
                       view_counts_missing(view, after.from_ns, after.to_ns);
    view_read_end(view);
    enum status status = add_standing(query, before, false, arena, changes);
    if (status == STATUS_OK) {
        status = add_standing(query, after, true, arena, changes);
    }
    if (changes->row_count > 1) {
        qsort(changes->rows, changes->row_count, sizeof(changes->rows[0]), compare_rows);
    }
    return status;
}
