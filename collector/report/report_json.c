/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "report/report_private.h"

#include "base/ensure.h"
#include "base/json_write.h"
#include "base/timestamp.h"
#include "cost/cost.h"

#include <stdlib.h>

/* Digits of nanoseconds below a millisecond. */
#define MS_DIGITS 6

/* Numbers that stand for what nobody told are null. */
static void member_ms(struct json_write *json, struct slice key, int64_t value_ns)
{
    json_write_key(json, key);
    if (value_ns < 0) {
        json_write_null(json);
    } else {
        json_write_scaled(json, value_ns, MS_DIGITS);
    }
}

static void member_count(struct json_write *json, struct slice key, int64_t value)
{
    if (value < 0) {
        json_write_member_null(json, key);
    } else {
        json_write_member_i64(json, key, value);
    }
}

static void member_time(struct json_write *json, struct slice key, int64_t at_ns)
{
    char text[TIMESTAMP_TEXT_SIZE];
    if (at_ns < 0) {
        json_write_member_null(json, key);
        return;
    }
    size_t size = timestamp_format((uint64_t)at_ns, 3, text);
    json_write_member_string(json, key, slice_of(text, size));
}

static void member_money(struct json_write *json, struct slice key, struct money amount)
{
    char text[MONEY_TEXT_SIZE];
    size_t size = money_format(amount, text);
    json_write_member_string(json, key, slice_of(text, size));
}

static void member_label(struct json_write *json, struct slice key, const struct label *label)
{
    if (label->size == 0) {
        json_write_member_null(json, key);
    } else {
        json_write_member_string(json, key, label_text(label));
    }
}

static void member_share(struct json_write *json, struct slice key, uint64_t part, uint64_t whole)
{
    json_write_key(json, key);
    if (whole == 0) {
        json_write_null(json);
    } else {
        json_write_double(json, (double)part / (double)whole, JSON_NONFINITE_NULL);
    }
}

/* {"count", "p50", "p95", "p99", "max", "sum"} */
static void member_spread(struct json_write *json, struct slice key, const struct spread *spread)
{
    json_write_member_object(json, key);
    json_write_member_u64(json, SLICE("count"), spread->count);
    member_ms(json, SLICE("p50"), spread_at(spread, 50, 100));
    member_ms(json, SLICE("p95"), spread_at(spread, 95, 100));
    member_ms(json, SLICE("p99"), spread_at(spread, 99, 100));
    member_ms(json, SLICE("max"), spread->count == 0 ? -1 : spread->greatest);
    member_ms(json, SLICE("sum"), spread->sum);
    json_write_object_end(json);
}

/* What a function and all of them have in common. */
static void write_sums(struct json_write *json, const struct function *function)
{
    json_write_member_u64(json, SLICE("invocations"), function->invocations);
    json_write_member_u64(json, SLICE("cold_starts"), function->cold);
    member_share(json, SLICE("cold_start_rate"), function->cold, function_cold_known(function));
    json_write_member_u64(json, SLICE("cold_start_unknown"), function->cold_unknown);
    json_write_member_u64(json, SLICE("proactive_inits"), function->proactive);
    json_write_member_bool(json, SLICE("proactive_known"), function->unplaced == 0);
    json_write_member_u64(json, SLICE("suppressed_inits"), function->suppressed);
    json_write_member_u64(json, SLICE("restored"), function->restored);
    json_write_member_u64(json, SLICE("errors"), function->errors);
    member_share(json, SLICE("error_rate"), function->errors, function->invocations);
    json_write_member_u64(json, SLICE("timeouts"), function->timeouts);
    json_write_member_u64(json, SLICE("out_of_memory"), function->out_of_memory);
    json_write_member_u64(json, SLICE("unfinished"), function->open);
    json_write_member_u64(json, SLICE("billed_ms"), function->billed_ms);
    json_write_member_u64(json, SLICE("mb_ms"), function->cost.mb_ms);
    json_write_member_u64(json, SLICE("requests"), function->cost.requests);
    member_money(json, SLICE("amount"), function->cost.amount);
    json_write_member_string(json, SLICE("currency"), SLICE("USD"));
    json_write_key(json, SLICE("parts"));
    cost_write_parts(json, &function->cost.parts);
    member_money(json, SLICE("amount_failed"), function->failed);
    member_money(json, SLICE("amount_timed_out"), function->timed_out);
    json_write_member_object(json, SLICE("streaming"));
    json_write_member_u64(json, SLICE("bytes"), function->cost.stream_bytes);
    json_write_member_u64(json, SLICE("unknown"), function->invocations - function->sized);
    json_write_object_end(json);
    json_write_member_u64(json, SLICE("init_billed"), function->init_billed);
    json_write_member_u64(json, SLICE("cost_unknown"), function->cost.unknown);
    member_spread(json, SLICE("duration_ms"), &function->durations);
    member_spread(json, SLICE("init_ms"), &function->inits);
    bool told = function->memory.count > 0;
    member_count(json, SLICE("max_memory_mb"),
                 told ? function->memory.greatest / SPREAD_NS_PER_MB : -1);
    json_write_member_i64(json, SLICE("max_memory_mb_sum"), function->memory_mb_sum);
}

static void write_sizes(struct json_write *json, const struct function *function)
{
    json_write_member_array(json, SLICE("sizes"));
    for (size_t i = 0; i < function->size_count; i++) {
        const struct function_size *size = &function->sizes[i];
        json_write_object_begin(json);
        json_write_member_i64(json, SLICE("size_mb"), size->mb);
        json_write_member_u64(json, SLICE("invocations"), size->invocations);
        member_count(json, SLICE("used_max_mb"), size->used_mb_max > 0 ? size->used_mb_max : -1);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_advice(struct json_write *json, const struct function *function)
{
    static const char *const names[] = {
        [ADVICE_NONE] = "none", [ADVICE_SHRINK] = "smaller", [ADVICE_GROW] = "larger"};
    struct advice advice = function_advice(function);
    json_write_member_object(json, SLICE("memory"));
    member_count(json, SLICE("size_mb"), advice.size_mb > 0 ? advice.size_mb : -1);
    /* Of what was used nothing tells the size: of one size only it can stand beside it. */
    int64_t p99 = function->size_count == 1 ? spread_at(&function->memory, 99, 100) : -1;
    member_count(json, SLICE("used_p99_mb"), p99 < 0 ? -1 : p99 / SPREAD_NS_PER_MB);
    member_count(json, SLICE("used_max_mb"), advice.size_mb > 0 ? advice.used_mb : -1);
    write_sizes(json, function);
    json_write_member_string(json, SLICE("advice"), slice_from(names[advice.kind]));
    if (advice.kind == ADVICE_SHRINK) {
        json_write_member_i64(json, SLICE("suggested_mb"), advice.suggested_mb);
        member_money(json, SLICE("saving"), advice.saving);
        if (advice.month_known) {
            member_money(json, SLICE("saving_month"), advice.saving_month);
        } else {
            json_write_member_null(json, SLICE("saving_month"));
        }
    }
    json_write_object_end(json);
}

static void write_function(struct json_write *json, const struct function *function)
{
    static const char *const providers[] = {
        [PROVIDER_AWS] = "aws", [PROVIDER_GCP] = "gcp", [PROVIDER_AZURE] = "azure"};
    const struct function_size *size = function_size_now(function);
    json_write_object_begin(json);
    member_label(json, SLICE("name"), &function->name);
    json_write_member_bool(json, SLICE("name_known"), !function->made_up);
    json_write_member_string(json, SLICE("provider"), slice_from(providers[function->provider]));
    member_label(json, SLICE("account"), &function->account);
    member_label(json, SLICE("region"), &function->region);
    member_label(json, SLICE("version"), &function->version);
    member_label(json, SLICE("runtime"), &function->runtime);
    member_count(json, SLICE("memory_mb"), size == NULL ? -1 : size->mb);
    write_sums(json, function);
    write_advice(json, function);
    member_time(json, SLICE("first_seen"), function->first_ns);
    member_time(json, SLICE("last_seen"), function->last_ns);
    json_write_object_end(json);
}

static void write_groups(struct json_write *json, const struct report *report)
{
    const struct group *order[REPORT_GROUP_COUNT_MAX];
    groups_sort(&report->groups, order);
    json_write_member_array(json, SLICE("errors_by_group"));
    for (uint32_t i = 0; i < report->groups.count; i++) {
        json_write_object_begin(json);
        member_label(json, SLICE("function"), &report->functions.rows[order[i]->function].name);
        json_write_member_bool(json, SLICE("failed"), order[i]->failed);
        member_label(json, SLICE("type"), &order[i]->type);
        member_label(json, SLICE("message"), &order[i]->message);
        json_write_member_u64(json, SLICE("count"), order[i]->count);
        member_time(json, SLICE("first_seen"), order[i]->first_ns);
        member_time(json, SLICE("last_seen"), order[i]->last_ns);
        member_label(json, SLICE("request_id"), &order[i]->request);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_write_member_u64(json, SLICE("errors_without_group"), report->groups.other);
}

static void write_lines(struct json_write *json, const struct worst_one *one)
{
    struct slice piece = slice_of(one->memory, one->size);
    struct trail_line line;
    json_write_member_array(json, SLICE("lines"));
    while (trail_next(&piece, &line)) {
        json_write_object_begin(json);
        member_time(json, SLICE("time"), line.time_ns);
        json_write_member_u64(json, SLICE("severity"), line.severity);
        json_write_member_string(json, SLICE("text"), line.text);
        if (line.cut) {
            json_write_member_bool(json, SLICE("cut"), true);
        }
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_worst_one(struct json_write *json, const struct report *report,
                            const struct worst_one *one)
{
    static const char *const ends[] = {[END_OPEN] = "unknown",
                                       [END_OK] = "success",
                                       [END_ERROR] = "error",
                                       [END_TIMEOUT] = "timeout"};
    const struct facts *facts = &one->facts;
    json_write_object_begin(json);
    member_label(json, SLICE("request_id"), &facts->request);
    json_write_member_u64(json, SLICE("attempt"), facts->attempt);
    member_label(json, SLICE("function"), &report->functions.rows[facts->function].name);
    member_label(json, SLICE("stream"), &facts->stream);
    json_write_key(json, SLICE("trace_id"));
    if (facts->has_trace) {
        json_write_hex(json, slice_of(facts->trace_id.bytes, sizeof(facts->trace_id.bytes)));
    } else {
        json_write_null(json);
    }
    member_time(json, SLICE("start"), facts->at_ns);
    json_write_member_string(json, SLICE("status"), slice_from(ends[facts->end]));
    member_label(json, SLICE("error_type"), worst_type(facts, &one->complaint));
    member_ms(json, SLICE("init_and_duration_ms"), facts_wait_ns(facts));
    member_ms(json, SLICE("duration_ms"), facts_duration_ns(facts));
    member_ms(json, SLICE("init_ms"), facts->init_ns);
    member_count(json, SLICE("billed_ms"), facts->billed_ms);
    json_write_member_bool(json, SLICE("cold"), facts->cold);
    member_count(json, SLICE("memory_mb"), facts->memory_mb);
    member_count(json, SLICE("max_memory_mb"), facts->max_memory_mb);
    json_write_member_u64(json, SLICE("line_count"), one->lines);
    json_write_member_u64(json, SLICE("lines_left_out"), one->dropped);
    write_lines(json, one);
    json_write_object_end(json);
}

static void write_worst(struct json_write *json, const struct report *report)
{
    const struct worst_one *order[REPORT_WORST_COUNT_MAX];
    size_t count = worst_sort(&report->worst, order);
    json_write_member_array(json, SLICE("worst"));
    for (size_t i = 0; i < count; i++) {
        write_worst_one(json, report, order[i]);
    }
    json_write_array_end(json);
}

static void write_refused(struct json_write *json, const struct report *report)
{
    json_write_member_array(json, SLICE("refused"));
    for (size_t i = 0; i < report->reason_count; i++) {
        const struct report_reason *reason = &report->reasons[i];
        json_write_object_begin(json);
        json_write_member_string(json, SLICE("reason"), slice_from(reason->why));
        json_write_member_u64(json, SLICE("count"), reason->count);
        json_write_member_array(json, SLICE("samples"));
        for (size_t j = 0; j < reason->sample_count; j++) {
            json_write_string(json, label_text(&reason->samples[j]));
        }
        json_write_array_end(json);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void write_times(struct json_write *json, const struct times *times)
{
    json_write_member_object(json, SLICE("over_time"));
    json_write_member_i64(json, SLICE("step_s"), times->width_s);
    json_write_member_array(json, SLICE("steps"));
    for (size_t i = 0; i < times->count; i++) {
        const struct times_step *step = &times->steps[i];
        if (step->ok + step->errors + step->timeouts + step->open == 0) {
            continue;
        }
        json_write_object_begin(json);
        member_time(json, SLICE("start"), times_begin_ns(times, i));
        json_write_member_u64(json, SLICE("ok"), step->ok);
        json_write_member_u64(json, SLICE("errors"), step->errors);
        json_write_member_u64(json, SLICE("timeouts"), step->timeouts);
        json_write_member_u64(json, SLICE("unfinished"), step->open);
        json_write_member_u64(json, SLICE("cold_starts"), step->cold);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_write_object_end(json);
}

static void write_summary(struct json_write *json, const struct report *report)
{
    const struct report_input *input = &report->input;
    json_write_member_object(json, SLICE("summary"));
    json_write_member_u64(json, SLICE("files"), input->files);
    json_write_member_string(json, SLICE("format"),
                             slice_from(input->format == NULL ? "" : input->format));
    json_write_member_object(json, SLICE("formats"));
    for (size_t i = 0; i < input->format_count; i++) {
        json_write_member_u64(json, slice_from(input->formats[i].name), input->formats[i].files);
    }
    json_write_object_end(json);
    json_write_member_u64(json, SLICE("bytes"), input->bytes);
    json_write_member_u64(json, SLICE("events"), input->events);
    json_write_member_u64(json, SLICE("lines"), report->lines);
    json_write_member_u64(json, SLICE("streams"), input->streams);
    json_write_member_u64(json, SLICE("without_stream"), input->without_stream);
    json_write_member_u64(json, SLICE("functions"), report->functions.count);
    member_time(json, SLICE("from"), report->first_ns);
    member_time(json, SLICE("to"), report->last_ns);
    write_sums(json, &report->all);
    json_write_member_u64(json, SLICE("failed_inits"), report->inits_failed);
    json_write_member_u64(json, SLICE("repeated_invocations"), report->repeated);
    json_write_member_bool(json, SLICE("price_assumed"), report->all.cost.assumed);
    json_write_member_string(json, SLICE("prices"), prices_about(report->prices).version);
    json_write_member_string(json, SLICE("prices_date"), prices_about(report->prices).date);
    json_write_member_u64(json, SLICE("unparsed_lines"), report->refused);
    json_write_object_end(json);
}

void report_json(const struct report *report, struct buf *out)
{
    ENSURE(report->finished);
    const struct function *order[REPORT_FUNCTION_COUNT_MAX + 1];
    uint32_t count = function_table_sort(&report->functions, order);
    struct json_write json;
    json_write_init(&json, out);
    json_write_object_begin(&json);
    write_summary(&json, report);
    json_write_member_array(&json, SLICE("functions"));
    for (uint32_t i = 0; i < count; i++) {
        write_function(&json, order[i]);
    }
    json_write_array_end(&json);
    write_groups(&json, report);
    write_worst(&json, report);
    write_times(&json, &report->times);
    write_refused(&json, report);
    json_write_member_string(&json, SLICE("version"), SLICE(THAW_VERSION));
    json_write_object_end(&json);
    json_write_finish(&json);
    buf_append_byte(out, '\n');
}
