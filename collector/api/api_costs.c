/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_costs.h"

#include "api/api_search.h"
#include "query/advice.h"
#include "query/cost_changes.h"
#include "query/cost_month.h"
#include "query/costs.h"
#include "query/what_ifs.h"

#include <string.h>

#define HOUR_NS INT64_C(3600000000000)

/* ---- How much. ---- */

static void write_net(struct json_write *writer, const struct cost_net *net)
{
    json_write_member_object(writer, SLICE("net"));
    api_write_amount(writer, SLICE("amount"), net->net);
    json_write_member_bool(writer, SLICE("free_tier_applied"), net->free_tier_applied);
    json_write_member_string(writer, SLICE("note"), slice_from(cost_net_note));
    json_write_object_end(writer);
}

/* The components, what of it was for what did not do, and what of the time that was paid for was
 * used. */
static void write_components(struct json_write *writer, const struct cost *cost)
{
    double utilisation;
    json_write_key(writer, SLICE("components"));
    cost_write_parts(writer, &cost->parts);
    json_write_member_object(writer, SLICE("failed"));
    api_write_amount(writer, SLICE("errors"), cost->failed.errors);
    api_write_amount(writer, SLICE("timeouts"), cost->failed.timeouts);
    api_write_amount(writer, SLICE("retries"), cost->failed.retries);
    json_write_object_end(writer);
    json_write_key(writer, SLICE("utilisation"));
    if (cost_utilisation(cost, &utilisation)) {
        json_write_double(writer, utilisation, JSON_NONFINITE_NULL);
    } else {
        json_write_null(writer);
    }
}

/* What is paid for besides invocations. */
static void write_standing(struct json_write *writer, const struct standing *standing)
{
    json_write_member_object(writer, SLICE("standing"));
    api_write_amount(writer, SLICE("amount"), standing->amount);
    api_write_amount(writer, SLICE("provisioned"), standing->provisioned);
    api_write_amount(writer, SLICE("storage"), standing->storage);
    api_write_amount(writer, SLICE("snapshots"), standing->snapshots);
    api_write_amount(writer, SLICE("restores"), standing->restores);
    json_write_member_bool(writer, SLICE("assumed"), standing->assumed);
    json_write_member_bool(writer, SLICE("unpriced"), standing->unpriced);
    json_write_object_end(writer);
}

/* The time of invocations that nobody can price, and what of it was for what did not do. */
static void write_sizeless(struct json_write *writer, const struct unsized_sums *sizeless)
{
    json_write_member_object(writer, SLICE("sizeless"));
    json_write_member_u64(writer, SLICE("invocations"), sizeless->count);
    json_write_member_u64(writer, SLICE("billed_ms"), sizeless->billed_ms);
    json_write_member_u64(writer, SLICE("errors_ms"), sizeless->failed.errors_size);
    json_write_member_u64(writer, SLICE("timeouts_ms"), sizeless->failed.timeouts_size);
    json_write_member_u64(writer, SLICE("retries_ms"), sizeless->failed.retries_size);
    json_write_object_end(writer);
}

static void write_sums(struct json_write *writer, const struct costs *costs,
                       struct prices_about about)
{
    api_write_money(writer, SLICE("total"), &costs->total);
    write_components(writer, &costs->total);
    write_sizeless(writer, &costs->sizeless);
    write_net(writer, &costs->net);
    write_standing(writer, &costs->standing);
    api_write_amount(writer, SLICE("savings_plan"), costs->savings);
    api_write_amount(writer, SLICE("bill"), costs_bill(costs));
    json_write_member_object(writer, SLICE("price"));
    json_write_member_string(writer, SLICE("version"), about.version);
    json_write_member_string(writer, SLICE("source"), about.source);
    json_write_member_string(writer, SLICE("date"), about.date);
    json_write_object_end(writer);
}

static void write_groups(struct json_write *writer, const struct costs *costs)
{
    json_write_member_array(writer, SLICE("by"));
    for (uint32_t i = 0; i < costs->group_count; i++) {
        const struct costs_group *group = &costs->groups[i];
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("key"), group->key);
        api_write_money(writer, SLICE("cost"), &group->cost);
        write_components(writer, &group->cost);
        write_standing(writer, &group->standing);
        json_write_member_u64(writer, SLICE("invocations"), group->invocations);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

#define NS_PER_US 1000

/* What rows are asked for: one of ours, or a label that the functions file has.  That of this name
 * is in the application. */
static bool read_grouping(struct api_call *call, struct costs_grouping *grouping)
{
    const struct declared *declared = call->query->declared;
    struct slice by;
    unsigned index = 0;
    *grouping = (struct costs_grouping){.by = COSTS_BY_NONE};
    if (!web_query(call->request, "by", &by)) {
        return true;
    }
    if (declared != NULL && !slice_equal(by, SLICE("application")) &&
        declared_has_label(declared, by)) {
        *grouping = (struct costs_grouping){.by = COSTS_BY_LABEL, .label = by};
        return true;
    }
    if (!api_call_word(call, "by", "function version trigger env route deploy application",
                       &index)) {
        return false;
    }
    grouping->by = (enum costs_by)(COSTS_BY_FUNCTION + index);
    return api_search_deadline(call, &grouping->deadline);
}

void api_costs_sum(struct api_call *call)
{
    struct query_range range;
    struct costs costs;
    struct costs_grouping grouping;
    struct slice price;
    struct prices_about about = prices_about(call->query->prices);
    if (!api_call_range(call, &range) || !read_grouping(call, &grouping)) {
        return;
    }
    if (web_query(call->request, "price", &price) && !slice_equal(price, about.version)) {
        api_call_refuse(call, 400, "bad_price", "leave price out for the one that is in use",
                        "the price table in use is " SLICE_FMT, SLICE_ARG(about.version));
        return;
    }
    if (costs_read(call->query, range, grouping, call->arena, &costs) != STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter time or fewer rows");
        return;
    }
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    write_sums(writer, &costs, about);
    write_groups(writer, &costs);
    json_write_member_object(writer, SLICE("agent"));
    json_write_member_u64(writer, SLICE("invocations"), costs.agents.told);
    api_write_ms(writer, SLICE("held_ms"), (int64_t)(costs.agents.held_us * NS_PER_US));
    api_write_money(writer, SLICE("cost"), &costs.held);
    json_write_object_end(writer);
    json_write_member_object(writer, SLICE("streaming"));
    json_write_member_u64(writer, SLICE("bytes"), costs.streamed.bytes);
    json_write_member_u64(writer, SLICE("unknown"), costs.invocations - costs.streamed.told);
    json_write_object_end(writer);
    json_write_member_bool(writer, SLICE("partial"), costs.partial);
    json_write_object_end(writer);
}

/* ---- Why. ---- */

static void write_change(struct json_write *writer, const struct cost_changes_row *row)
{
    api_write_amount(writer, SLICE("before"), row->before);
    api_write_amount(writer, SLICE("after"), row->after);
    api_write_amount(writer, SLICE("difference"), money_subtract(row->after, row->before));
    json_write_member_u64(writer, SLICE("invocations_before"), row->requests_before);
    json_write_member_u64(writer, SLICE("invocations_after"), row->requests_after);
    json_write_member_object(writer, SLICE("parts"));
    api_write_amount(writer, SLICE("volume"), row->change.volume);
    api_write_amount(writer, SLICE("duration"), row->change.duration);
    api_write_amount(writer, SLICE("cold"), row->change.cold);
    api_write_amount(writer, SLICE("memory"), row->change.memory);
    api_write_amount(writer, SLICE("price"), row->change.price);
    api_write_amount(writer, SLICE("streaming"),
                     money_subtract(row->streaming_after, row->streaming_before));
    api_write_amount(writer, SLICE("standing"),
                     money_subtract(row->standing_after, row->standing_before));
    json_write_object_end(writer);
}

static void write_range(struct json_write *writer, struct slice key, struct query_range range)
{
    json_write_member_object(writer, key);
    api_write_time(writer, SLICE("from"), range.from_ns);
    api_write_time(writer, SLICE("to"), range.to_ns);
    json_write_object_end(writer);
}

/* The span that is compared with: as long as the other, and so long before it. */
static bool before_of(struct api_call *call, struct query_range after, struct query_range *before)
{
    uint64_t shift_ms;
    uint64_t length_ms = (uint64_t)(after.to_ns - after.from_ns) / 1000000;
    if (!api_call_number(call, "shift_ms", 1, INT64_MAX / 1000000, length_ms > 0 ? length_ms : 1,
                         &shift_ms)) {
        return false;
    }
    int64_t shift_ns = (int64_t)(shift_ms * 1000000);
    if (after.from_ns <= 0 || shift_ns > after.from_ns) {
        api_call_refuse(call, 400, "bad_range", "give from and to, and shift_ms",
                        "there is no such span of time before this one");
        return false;
    }
    *before =
        (struct query_range){.from_ns = after.from_ns - shift_ns, .to_ns = after.to_ns - shift_ns};
    return true;
}

void api_costs_explain(struct api_call *call)
{
    struct query_range after;
    struct query_range before;
    struct cost_changes changes;
    if (!api_call_range(call, &after) || !before_of(call, after, &before)) {
        return;
    }
    if (cost_changes_read(call->query, before, after, call->arena, &changes) != STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter span of time");
        return;
    }
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    write_range(writer, SLICE("before"), before);
    write_range(writer, SLICE("after"), after);
    json_write_member_object(writer, SLICE("total"));
    write_change(writer, &changes.total);
    json_write_object_end(writer);
    json_write_member_array(writer, SLICE("by"));
    for (uint32_t i = 0; i < changes.row_count; i++) {
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("key"), changes.rows[i].function);
        write_change(writer, &changes.rows[i]);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_member_string(writer, SLICE("currency"), SLICE("USD"));
    json_write_member_bool(writer, SLICE("partial"), changes.partial);
    json_write_object_end(writer);
}

/* ---- What will be. ---- */

static const char *basis_of(const struct forecast *forecast)
{
    switch (forecast->basis) {
    case FORECAST_NOTHING:
        return "nothing";
    case FORECAST_RUN_RATE:
        return "run_rate";
    case FORECAST_HOUR_OF_WEEK:
        return "hour_of_week";
    }
    return "nothing";
}

static bool read_budget(struct api_call *call, struct money *budget)
{
    struct price price;
    struct slice text = api_call_text(call, "budget");
    *budget = MONEY_ZERO;
    if (text.size == 0) {
        return true;
    }
    if (!money_price_parse(text, &price)) {
        api_call_refuse(call, 400, "bad_budget", "a plain decimal, below 10000: budget=25.50",
                        "the budget is no such sum of dollars");
        return false;
    }
    *budget = money_of_count(1, price);
    return true;
}

/* The expected sums, which are known where there is anything to go by. */
static void write_band(struct json_write *writer, const struct forecast *forecast)
{
    static const char *const names[] = {"expected", "low", "high"};
    const struct money amounts[] = {forecast->expected, forecast->low, forecast->high};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (forecast->basis == FORECAST_NOTHING) {
            json_write_key(writer, slice_from(names[i]));
            json_write_null(writer);
        } else {
            api_write_amount(writer, slice_from(names[i]), amounts[i]);
        }
    }
}

static void write_spikes(struct json_write *writer, const struct cost_month *month)
{
    json_write_member_array(writer, SLICE("spikes"));
    for (uint32_t i = 0; i < month->spike_count; i++) {
        const struct cost_month_spike *spike = &month->spikes[i];
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("function"), spike->function);
        api_write_time(writer, SLICE("from"), spike->spike.hour * HOUR_NS);
        api_write_time(writer, SLICE("to"), (spike->spike.hour + 1) * HOUR_NS);
        api_write_amount(writer, SLICE("amount"), spike->spike.amount);
        api_write_amount(writer, SLICE("usual"), spike->spike.usual);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

void api_costs_forecast(struct api_call *call)
{
    struct money budget;
    struct cost_month month;
    if (!read_budget(call, &budget)) {
        return;
    }
    if (cost_month_read(call->query, call->now_ns, budget, call->arena, &month) != STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter span of time");
        return;
    }
    const struct forecast *forecast = &month.forecast;
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    json_write_member_object(writer, SLICE("month"));
    api_write_time(writer, SLICE("from"), forecast->month_start_ns);
    api_write_time(writer, SLICE("to"), forecast->month_end_ns);
    json_write_object_end(writer);
    api_write_amount(writer, SLICE("to_date"), forecast->to_date);
    write_band(writer, forecast);
    json_write_member_string(writer, SLICE("basis"), slice_from(basis_of(forecast)));
    json_write_member_u64(writer, SLICE("days_known"), forecast->days_known);
    json_write_key(writer, SLICE("budget"));
    if (budget.units > 0) {
        json_write_object_begin(writer);
        api_write_amount(writer, SLICE("amount"), budget);
        api_write_time(writer, SLICE("spent_at"),
                       forecast->over_ns > 0 ? forecast->over_ns : UNKNOWN_NS);
        json_write_object_end(writer);
    } else {
        json_write_null(writer);
    }
    write_spikes(writer, &month);
    json_write_member_string(writer, SLICE("currency"), SLICE("USD"));
    json_write_member_bool(writer, SLICE("partial"), month.partial);
    json_write_object_end(writer);
}

/* ---- What would save most. ---- */

static void write_size(struct json_write *writer, struct slice key,
                       const struct what_if_times *times, const char *arch)
{
    json_write_member_object(writer, key);
    api_write_int(writer, SLICE("memory_mb"), times->memory_mb);
    json_write_member_string(writer, SLICE("arch"), slice_from(arch));
    json_write_member_object(writer, SLICE("handler_ms"));
    api_write_ms(writer, SLICE("p50"), times->p50_ns);
    api_write_ms(writer, SLICE("p95"), times->p95_ns);
    json_write_object_end(writer);
    json_write_object_end(writer);
}

static void write_advice(struct json_write *writer, const struct advice *advice)
{
    static const char *const kinds[] = {
        [ADVICE_MEMORY] = "memory", [ADVICE_ARCHITECTURE] = "architecture"};
    bool moved = advice->kind == ADVICE_ARCHITECTURE;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("function"), advice->function);
    json_write_member_string(writer, SLICE("kind"), slice_from(kinds[advice->kind]));
    api_write_amount(writer, SLICE("saved"), advice->saved);
    api_write_amount(writer, SLICE("cost"), advice->cost);
    write_size(writer, SLICE("now"), &advice->now, advice->arch);
    write_size(writer, SLICE("then"), &advice->then, moved ? "arm64" : advice->arch);
    json_write_member_u64(writer, SLICE("invocations"), advice->invocations);
    json_write_member_u64(writer, SLICE("samples"), advice->samples);
    api_write_int(writer, SLICE("max_memory_mb"), advice->max_used_mb);
    json_write_key(writer, SLICE("model_error"));
    if (advice->has_error) {
        json_write_double(writer, advice->error, JSON_NONFINITE_NULL);
    } else {
        json_write_null(writer);
    }
    json_write_member_bool(writer, SLICE("assumed"), advice->assumed);
    json_write_object_end(writer);
}

void api_costs_advice(struct api_call *call)
{
    struct query_range range;
    struct advices *advices = arena_alloc_array(call->arena, 1, sizeof(*advices));
    if (!api_call_range(call, &range)) {
        return;
    }
    if (advices == NULL || advices_read(call->query, range, call->arena, advices) != STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter span of time");
        return;
    }
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("advice"));
    for (uint32_t i = 0; i < advices->count; i++) {
        write_advice(writer, &advices->items[i]);
    }
    json_write_array_end(writer);
    json_write_member_u64(writer, SLICE("functions"), advices->looked_at);
    json_write_member_u64(writer, SLICE("functions_unknown"), advices->too_few);
    json_write_member_string(writer, SLICE("currency"), SLICE("USD"));
    json_write_member_bool(writer, SLICE("partial"), advices->partial);
    json_write_object_end(writer);
}
