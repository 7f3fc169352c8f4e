/* SPDX-License-Identifier: Apache-2.0 */
#include "query/cost_month.h"

#include "query/price_minutes.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_NS INT64_C(3600000000000)

/* Hours that are looked at: the longest month, or the weeks before and the running hour. */
#define HOUR_COUNT (FORECAST_PAST_HOURS + FORECAST_WEEK_HOURS)
_Static_assert(HOUR_COUNT > FORECAST_MONTH_HOURS, "the month begins in them");

/* An hour of one function is a spike only if it costs so much more than it uses to: 50 cents. */
#define SPIKE_FLOOR ((struct money){.units = MONEY_UNITS_PER_DOLLAR / 2})

struct adding {
    const struct view *view;
    int64_t first;
    struct money *hours;
};

static void add_to(struct adding *adding, int64_t hour, struct money amount)
{
    int64_t index = hour - adding->first;
    if (index >= 0 && index < HOUR_COUNT) {
        adding->hours[index] = money_add(adding->hours[index], amount);
    }
}

/* What is counted by the day is spread over its hours; what cannot be divided is in the first. */
static void add_minute(void *context, const struct price_minute *minute)
{
    struct adding *adding = context;
    struct money amount = minute->cost.amount;
    int64_t first = minute->start_ns / HOUR_NS;
    int64_t hours = view_rollup_grain(adding->view, minute->start_ns) / HOUR_NS;
    if (hours <= 1) {
        add_to(adding, first, amount);
        return;
    }
    for (int64_t i = 0; i < hours; i++) {
        add_to(adding, first + i, (struct money){.units = amount.units / hours});
    }
    add_to(adding, first, (struct money){.units = amount.units % hours});
}

static void add_spikes(const struct cost_hours *hours, struct slice function,
                       struct cost_month *month)
{
    struct cost_spike found[COST_MONTH_SPIKE_MAX];
    size_t count = forecast_spikes(hours, SPIKE_FLOOR, found, COST_MONTH_SPIKE_MAX);
    for (size_t i = 0; i < count; i++) {
        if (month->spike_count == COST_MONTH_SPIKE_MAX) {
            month->partial = true;
            return;
        }
        month->spikes[month->spike_count++] =
            (struct cost_month_spike){.function = function, .spike = found[i]};
    }
}

/* A row of the view and its name. */
struct named {
    struct slice name;
    uint32_t row;
};

static int compare_names(const void *one, const void *other)
{
    const struct named *a = one;
    const struct named *b = other;
    int order = slice_compare(a->name, b->name);
    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

/* Rows by name, so that all versions of a function are beside each other; NULL without room. */
static struct named *rows_by_name(struct view *view, struct arena *arena, uint32_t *count)
{
    view_read_begin(view);
    *count = view_function_count(view);
    struct named *rows = arena_alloc_array(arena, *count > 0 ? *count : 1, sizeof(*rows));
    for (uint32_t i = 0; rows != NULL && i < *count; i++) {
        struct function_facts facts;
        view_function(view, i, &facts);
        rows[i] = (struct named){.name = facts.name, .row = i};
    }
    view_read_end(view);
    if (rows != NULL) {
        qsort(rows, *count, sizeof(*rows), compare_names);
    }
    return rows;
}

/* Add the hours of the functions that are called as the first of these; how many those are. */
static uint32_t add_function(const struct query *query, const struct named *rows, uint32_t count,
                             struct query_range range, struct adding *adding)
{
    uint32_t same = 0;
    view_read_begin(query->view);
    while (same < count && slice_equal(rows[same].name, rows[0].name)) {
        price_minutes_each(query, rows[same].row, range, add_minute, adding);
        same++;
    }
    view_read_end(query->view);
    return same;
}

enum status cost_month_read(const struct query *query, int64_t now_ns, struct money budget,
                            struct arena *arena, struct cost_month *month)
{
    int64_t first = now_ns / HOUR_NS - HOUR_COUNT + 1;
    const struct query_range range = {.from_ns = first * HOUR_NS, .to_ns = now_ns + 1};
    *month = (struct cost_month){.partial = false};
    month->spikes = arena_alloc_array(arena, COST_MONTH_SPIKE_MAX, sizeof(month->spikes[0]));
    struct money *all = arena_alloc_array(arena, HOUR_COUNT, sizeof(*all));
    struct money *one = arena_alloc_array(arena, HOUR_COUNT, sizeof(*one));
    uint32_t count;
    struct named *rows = rows_by_name(query->view, arena, &count);
    if (month->spikes == NULL || all == NULL || one == NULL || rows == NULL) {
        return STATUS_FULL;
    }
    (void)memset(all, 0, HOUR_COUNT * sizeof(*all));
    for (uint32_t i = 0; i < count;) {
        (void)memset(one, 0, HOUR_COUNT * sizeof(*one));
        struct adding adding = {.view = query->view, .first = first, .hours = one};
        struct slice name = rows[i].name;
        i += add_function(query, &rows[i], count - i, range, &adding);
        for (size_t k = 0; k < HOUR_COUNT; k++) {
            all[k] = money_add(all[k], one[k]);
        }
        const struct cost_hours hours = {.amounts = one, .count = HOUR_COUNT, .first = first};
        add_spikes(&hours, name, month);
    }
    const struct cost_hours hours = {.amounts = all, .count = HOUR_COUNT, .first = first};
    month->forecast = cost_forecast(&hours, now_ns, budget);
    view_read_begin(query->view);
    month->partial = month->partial || view_counts_missing(query->view, range.from_ns, range.to_ns);
    view_read_end(query->view);
    return STATUS_OK;
}
