/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_lists.h"
#include "api/api_search.h"

#include "model/outcome_name.h"
#include "query/coldstarts.h"
#include "query/errors.h"
#include "query/lanes.h"
#include "query/query_limits.h"
#include "query/search.h"

/* ---- Transactions. ---- */

static void write_search_row(struct json_write *writer, const struct search_row *row)
{
    bool timed = row->start_ns != UNKNOWN_NS && row->end_ns != UNKNOWN_NS;
    json_write_object_begin(writer);
    api_write_id16(writer, SLICE("id"), row->id);
    json_write_member_array(writer, SLICE("trace_ids"));
    for (uint32_t i = 0; i < row->trace_id_count; i++) {
        json_write_hex(writer, slice_of(row->trace_ids[i].bytes, sizeof(row->trace_ids[i].bytes)));
    }
    json_write_array_end(writer);
    api_write_time(writer, SLICE("start"), row->start_ns);
    api_write_ms(writer, SLICE("elapsed_ms"), timed ? row->end_ns - row->start_ns : UNKNOWN_NS);
    api_write_ms(writer, SLICE("wait_ms"), row->wait_ns);
    json_write_member_array(writer, SLICE("functions"));
    for (uint32_t i = 0; i < row->function_count; i++) {
        json_write_string(writer, row->functions[i]);
    }
    json_write_array_end(writer);
    json_write_member_u64(writer, SLICE("instances"), row->instances);
    json_write_member_u64(writer, SLICE("invocations"), row->invocations);
    json_write_member_u64(writer, SLICE("spans"), row->spans);
    json_write_member_u64(writer, SLICE("logs"), row->logs);
    json_write_member_u64(writer, SLICE("cold_starts"), row->cold);
    json_write_member_u64(writer, SLICE("errors"), row->errors);
    json_write_member_u64(writer, SLICE("timeouts"), row->timeouts);
    api_write_money(writer, SLICE("cost"), &row->cost);
    json_write_key(writer, SLICE("entry"));
    if (row->has_entry) {
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("function"), row->entry_function);
        api_write_request_id(writer, SLICE("request_id"), row->entry_request);
        api_write_text(writer, SLICE("trigger"), row->entry_trigger);
        json_write_object_end(writer);
    } else {
        json_write_null(writer);
    }
    json_write_member_bool(writer, SLICE("complete"), row->complete);
    json_write_object_end(writer);
}

static bool read_search(struct api_call *call, struct search_expr *expr, struct search *search)
{
    uint64_t limit = 1;
    unsigned order = 0;
    *search = (struct search){.expr = expr, .cursor = api_call_text(call, "cursor")};
    if (!api_search_query(call, expr) || !api_call_range(call, &search->range) ||
        !api_search_deadline(call, &search->deadline) ||
        !api_call_number(call, "limit", 1, SEARCH_LIMIT_MAX, SEARCH_LIMIT_DEFAULT, &limit) ||
        !api_call_word(call, "order", "start elapsed cost oldest", &order)) {
        return false;
    }
    search->limit = (uint32_t)limit;
    search->order = (enum search_order)order;
    return true;
}

/* False when it was refused. */
static bool run_search(struct api_call *call, const struct search *search,
                       struct search_answer *answer)
{
    enum status status = search_run(call->query, search, call->arena, answer);
    api_call_read_done(call);
    if (status == STATUS_BAD) {
        api_call_refuse(call, 400, "bad_cursor", "pass next_cursor of the answer before, unchanged",
                        "cursor is none of this list");
    } else if (status != STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter time or fewer rows");
    }
    return status == STATUS_OK;
}

void api_lists_transactions(struct api_call *call)
{
    struct search search;
    struct search_expr expr;
    struct search_answer answer;
    if (!read_search(call, &expr, &search) || !run_search(call, &search, &answer)) {
        return;
    }
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("transactions"));
    for (uint32_t i = 0; i < answer.row_count; i++) {
        write_search_row(writer, &answer.rows[i]);
    }
    json_write_array_end(writer);
    api_write_text(writer, SLICE("next_cursor"), answer.next_cursor);
    api_search_write_partial(call, answer.partial);
    json_write_object_end(writer);
}

void api_lists_transactions_histogram(struct api_call *call)
{
    struct search search;
    struct search_expr expr;
    struct search_answer answer;
    uint32_t steps;
    if (!read_search(call, &expr, &search) || !api_search_steps(call, &steps)) {
        return;
    }
    search.tally = arena_alloc(call->arena, sizeof(*search.tally));
    if (search.tally == NULL) {
        api_call_refuse_large(call, "ask for a shorter time or fewer rows");
        return;
    }
    tally_init(search.tally, search.range, steps);
    if (run_search(call, &search, &answer)) {
        api_search_write_tally(call, search.tally);
    }
}

/* ---- Instances. ---- */

static void write_lane_inits(struct json_write *writer, const struct lane *lane)
{
    json_write_member_array(writer, SLICE("inits"));
    for (uint32_t i = 0; i < lane->init_count; i++) {
        const struct init_facts *init = &lane->inits[i];
        json_write_object_begin(writer);
        api_write_time(writer, SLICE("start"), init->start_ns);
        api_write_time(writer, SLICE("end"), init->end_ns);
        api_write_ms(writer, SLICE("init_ms"), init->duration_ns);
        api_write_text(writer, SLICE("phase"), init->phase);
        api_write_text(writer, SLICE("status"), init->status);
        json_write_member_bool(writer, SLICE("proactive"), init->proactive);
        json_write_member_bool(writer, SLICE("cold"), init->cold);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_lane_invocations(struct json_write *writer, const struct lane *lane)
{
    json_write_member_array(writer, SLICE("invocations"));
    for (uint32_t i = 0; i < lane->invocation_count; i++) {
        const struct lane_invocation *invocation = &lane->invocations[i];
        const struct invocation_facts *facts = &invocation->facts;
        json_write_object_begin(writer);
        api_write_request_id(writer, SLICE("request_id"), facts->request_id);
        json_write_member_u64(writer, SLICE("attempt"), facts->attempt);
        api_write_id16(writer, SLICE("transaction"), invocation->transaction);
        api_write_time(writer, SLICE("start"), facts->start_ns);
        api_write_time(writer, SLICE("end"), facts->end_ns);
        api_write_ms(writer, SLICE("handler_ms"), facts->handler_ns);
        api_write_ms(writer, SLICE("post_handler_ms"), facts->post_handler_ns);
        api_write_int(writer, SLICE("billed_ms"), facts->billed_ms);
        json_write_member_string(writer, SLICE("outcome"), outcome_name(facts->outcome));
        json_write_member_bool(writer, SLICE("cold"), facts->cold);
        api_write_int(writer, SLICE("max_memory_mb"), facts->max_memory_mb);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_lane(struct json_write *writer, const struct lane *lane)
{
    json_write_object_begin(writer);
    api_write_text(writer, SLICE("account"), lane->function.account);
    api_write_text(writer, SLICE("region"), lane->function.region);
    json_write_member_string(writer, SLICE("function"), lane->function.name);
    api_write_text(writer, SLICE("version"), lane->function.version);
    json_write_member_string(writer, SLICE("instance"), lane->name);
    json_write_member_u64(writer, SLICE("instance_no"), lane->number);
    api_write_text(writer, SLICE("type"), lane->type);
    api_write_source(writer, lane->sources);
    api_write_time(writer, SLICE("start"), lane->start_ns);
    api_write_time(writer, SLICE("end"), lane->end_ns);
    api_write_text(writer, SLICE("end_reason"), lane->end_reason);
    api_write_int(writer, SLICE("memory_mb"), lane->function.memory_mb);
    api_write_text(writer, SLICE("runtime"), lane->function.runtime);
    api_write_text(writer, SLICE("arch"), lane->function.arch);
    write_lane_inits(writer, lane);
    write_lane_invocations(writer, lane);
    api_write_ms(writer, SLICE("idle_ms"), lane->idle_ns);
    api_write_int(writer, SLICE("agent_memory_bytes"), lane->agent_memory_bytes);
    json_write_member_u64(writer, SLICE("waiting_records"), lane->waiting_records);
    api_write_time(writer, SLICE("waiting_since"), lane->waiting_since_ns);
    unsent_write(writer, &lane->unsent);
    json_write_object_end(writer);
}

void api_lists_instances(struct api_call *call)
{
    struct query_range range;
    struct lanes lanes;
    uint64_t limit;
    if (!api_call_range(call, &range) ||
        !api_call_number(call, "limit", 1, LANE_LIMIT_MAX, LANE_LIMIT_DEFAULT, &limit)) {
        return;
    }
    const struct lanes_ask ask = {
        .range = range,
        .name = api_call_text(call, "function"),
        .limit = (uint32_t)limit,
        .now_ns = call->now_ns,
    };
    if (lanes_read(call->query, &ask, call->arena, &lanes) != STATUS_OK) {
        lanes_release(&lanes);
        api_call_refuse_large(call, "ask for a shorter time or fewer rows");
        return;
    }
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("instances"));
    for (uint32_t i = 0; i < lanes.row_count; i++) {
        write_lane(&call->writer, &lanes.rows[i]);
    }
    json_write_array_end(&call->writer);
    json_write_member_bool(&call->writer, SLICE("truncated"), lanes.truncated);
    json_write_object_end(&call->writer);
    lanes_release(&lanes);
}

/* ---- Cold starts. ---- */

/* Upper bounds of the histogram in milliseconds; the last count is of all that is longer. */
static const uint16_t cold_bounds_ms[] = {50,   100,  200,  300,  500,  750,
                                          1000, 1500, 2000, 3000, 5000, 10000};
#define COLD_BOUND_COUNT (sizeof(cold_bounds_ms) / sizeof(cold_bounds_ms[0]))

static void write_cold_histogram(struct json_write *writer, const struct histogram_sum *sum)
{
    uint64_t counts[COLD_BOUND_COUNT + 1] = {0};
    for (uint16_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++) {
        size_t at = 0;
        while (at < COLD_BOUND_COUNT && sum->counts[i] > 0 &&
               histogram_bucket_ns(i) > (int64_t)cold_bounds_ms[at] * 1000000) {
            at++;
        }
        counts[at] += sum->counts[i];
    }
    json_write_member_object(writer, SLICE("histogram"));
    json_write_member_array(writer, SLICE("bounds_ms"));
    for (size_t i = 0; i < COLD_BOUND_COUNT; i++) {
        json_write_u64(writer, cold_bounds_ms[i]);
    }
    json_write_array_end(writer);
    json_write_member_array(writer, SLICE("counts"));
    for (size_t i = 0; i < COLD_BOUND_COUNT + 1; i++) {
        json_write_u64(writer, counts[i]);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static void write_cold_counts(struct json_write *writer, const struct rollup_sum *sum)
{
    static const struct {
        struct slice key;
        uint64_t hundredths;
    } ranks[] = {{SLICE_INIT("p50"), 50}, {SLICE_INIT("p95"), 95}, {SLICE_INIT("p99"), 99}};
    const struct rollup_facts *facts = &sum->facts;
    json_write_key(writer, SLICE("rate"));
    if (facts->invocations > 0) {
        json_write_double(writer, (double)facts->cold / (double)facts->invocations,
                          JSON_NONFINITE_NULL);
    } else {
        json_write_null(writer);
    }
    json_write_member_u64(writer, SLICE("cold_starts"), facts->cold);
    json_write_member_u64(writer, SLICE("invocations"), facts->invocations);
    json_write_member_u64(writer, SLICE("proactive"), facts->proactive);
    api_write_ms(writer, SLICE("wait_ms_total"), (int64_t)facts->cold_init_us * 1000);
    json_write_member_object(writer, SLICE("init_ms"));
    for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
        int64_t value_ns = histogram_percentile(&sum->init, ranks[i].hundredths, 100);
        api_write_ms(writer, ranks[i].key, value_ns < 0 ? UNKNOWN_NS : value_ns);
    }
    int64_t max_ns = histogram_max(&sum->init);
    api_write_ms(writer, SLICE("max"), max_ns < 0 ? UNKNOWN_NS : max_ns);
    json_write_object_end(writer);
    write_cold_histogram(writer, &sum->init);
}

static struct slice cause_name(enum cold_cause cause)
{
    switch (cause) {
    case COLD_FIRST:
        return SLICE("first");
    case COLD_SCALE_OUT:
        return SLICE("scale_out");
    case COLD_AFTER_IDLE:
        return SLICE("after_idle");
    case COLD_AFTER_FAILURE:
        return SLICE("after_failure");
    case COLD_UNKNOWN:
        break;
    }
    return SLICE("unknown");
}

static void write_coldstart(struct json_write *writer, const struct coldstart *row)
{
    json_write_object_begin(writer);
    api_write_request_id(writer, SLICE("request_id"), row->facts.request_id);
    api_write_id16(writer, SLICE("transaction"), row->transaction);
    json_write_member_string(writer, SLICE("function"), row->function);
    api_write_text(writer, SLICE("trigger"), row->facts.trigger);
    api_write_ms(writer, SLICE("init_ms"), row->facts.init_ns);
    api_write_time(writer, SLICE("start"), row->facts.start_ns);
    json_write_member_string(writer, SLICE("cause"), cause_name(row->cause));
    json_write_object_end(writer);
}

void api_lists_coldstarts(struct api_call *call)
{
    struct query_range range;
    struct coldstarts coldstarts;
    unsigned by = 0;
    struct slice unused;
    bool grouped = web_query(call->request, "by", &unused);
    if (!api_call_range(call, &range) ||
        !api_call_word(call, "by", "version memory arch runtime function trigger", &by)) {
        return;
    }
    if (coldstarts_read(call->query, range, api_call_text(call, "function"),
                        grouped ? (enum coldstarts_by)(by + 1) : COLDSTARTS_BY_NONE, call->arena,
                        &coldstarts) != STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter time or fewer rows");
        return;
    }
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    write_cold_counts(writer, coldstarts.all.sum);
    json_write_member_object(writer, SLICE("cold_starts_by_caller"));
    json_write_member_u64(writer, SLICE("waiting"), coldstarts.awaited);
    json_write_member_u64(writer, SLICE("nobody"), coldstarts.unawaited);
    json_write_member_u64(writer, SLICE("unknown"), coldstarts.unknown);
    json_write_object_end(writer);
    json_write_member_array(writer, SLICE("by"));
    for (uint32_t i = 0; i < coldstarts.group_count; i++) {
        json_write_object_begin(writer);
        api_write_text(writer, SLICE("key"), coldstarts.groups[i].key);
        if (grouped && by + 1 == COLDSTARTS_BY_TRIGGER) {
            api_write_waits(writer, coldstarts.groups[i].key);
        }
        write_cold_counts(writer, coldstarts.groups[i].sum);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_member_array(writer, SLICE("slowest"));
    for (uint32_t i = 0; i < coldstarts.slowest_count; i++) {
        write_coldstart(writer, &coldstarts.slowest[i]);
    }
    json_write_array_end(writer);
    api_write_partial(writer, coldstarts.partial);
    json_write_object_end(writer);
}

/* ---- Errors. ---- */

void api_lists_errors(struct api_call *call)
{
    struct query_range range;
    struct errors errors;
    if (!api_call_range(call, &range)) {
        return;
    }
    if (errors_read(call->query, range, call->arena, &errors) != STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter time or fewer rows");
        return;
    }
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("errors"));
    for (uint32_t i = 0; i < errors.group_count; i++) {
        const struct error_group *group = &errors.groups[i];
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("function"), group->function);
        json_write_member_string(writer, SLICE("error_type"), group->error_type);
        json_write_member_u64(writer, SLICE("count"), group->count);
        api_write_time(writer, SLICE("first_seen"), group->first_ns);
        api_write_time(writer, SLICE("last_seen"), group->last_ns);
        json_write_member_array(writer, SLICE("examples"));
        for (uint32_t k = 0; k < group->example_count; k++) {
            api_write_request_id_value(writer, group->examples[k]);
        }
        json_write_array_end(writer);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    api_write_partial(writer, errors.partial);
    json_write_object_end(writer);
}
