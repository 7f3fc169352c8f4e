/* SPDX-License-Identifier: Apache-2.0 */
#include "prom/prom_call.h"
#include "prom/prom_limits.h"

static bool query_parse(struct prom_call *call, const struct promql_query **query)
{
    struct promql_error error;
    enum status status = promql_parse(prom_call_text(call, "query"), &call->work, query, &error);
    if (status != STATUS_OK) {
        prom_call_refuse_query(call, &error);
    }
    return status == STATUS_OK;
}

static bool query_run(struct prom_call *call, struct promql_run *run)
{
    *run = (struct promql_run){
        .source = call->source,
        .arena = &call->work,
        .patience = &call->patience,
        .samples_max = PROM_SAMPLE_COUNT_MAX,
        .series_max = PROM_SERIES_COUNT_MAX,
    };
    return prom_call_text(call, "lookback_delta").size == 0 ||
           prom_call_duration(call, "lookback_delta", &run->lookback_ms);
}

static void query_answer(struct prom_call *call, const struct promql_value *value, uint64_t limit)
{
    for (size_t i = 0; i < value->warning_count; i++) {
        prom_call_warn(call, value->warnings[i]);
    }
    prom_call_begin(call);
    prom_write_value(call, value, limit);
    prom_call_end(call);
}

void prom_query_instant(struct prom_call *call)
{
    const struct promql_query *query;
    struct promql_run run;
    struct promql_value value;
    struct promql_error error;
    uint64_t limit;
    int64_t time_ms;
    if (!prom_call_limit(call, "limit", &limit) ||
        !prom_call_time(call, "time", call->now_ms, &time_ms) || !prom_call_timeout(call) ||
        !query_run(call, &run) || !query_parse(call, &query)) {
        return;
    }
    if (promql_instant(query, &run, time_ms, &value, &error) != STATUS_OK) {
        prom_call_refuse_query(call, &error);
        return;
    }
    query_answer(call, &value, limit);
}

static bool query_span(struct prom_call *call, struct promql_range *range)
{
    static const char *const names[] = {"start", "end", "step"};
    for (size_t i = 0; i < 3; i++) {
        if (prom_call_text(call, names[i]).size == 0) {
            prom_call_refuse(call, PROM_BAD_DATA,
                             "invalid parameter \"%s\": cannot parse \"\" to a valid %s", names[i],
                             i == 2 ? "duration" : "timestamp");
            return false;
        }
    }
    if (!prom_call_time(call, "start", 0, &range->start_ms) ||
        !prom_call_time(call, "end", 0, &range->end_ms)) {
        return false;
    }
    if (range->end_ms < range->start_ms) {
        prom_call_refuse(call, PROM_BAD_DATA,
                         "invalid parameter \"end\": end timestamp must not be before start time");
        return false;
    }
    if (!prom_call_duration(call, "step", &range->step_ms)) {
        return false;
    }
    if (range->step_ms <= 0) {
        prom_call_refuse(call, PROM_BAD_DATA,
                         "invalid parameter \"step\": zero or negative query resolution step "
                         "widths are not accepted. Try a positive integer");
        return false;
    }
    if ((range->end_ms - range->start_ms) / range->step_ms >= PROMQL_STEP_COUNT_MAX) {
        prom_call_refuse(call, PROM_BAD_DATA,
                         "exceeded maximum resolution of 11,000 points per timeseries. Try "
                         "decreasing the query resolution (?step=XX)");
        return false;
    }
    return true;
}

void prom_query_range(struct prom_call *call)
{
    const struct promql_query *query;
    struct promql_range range;
    struct promql_run run;
    struct promql_value value;
    struct promql_error error;
    uint64_t limit;
    if (!prom_call_limit(call, "limit", &limit) || !query_span(call, &range) ||
        !prom_call_timeout(call) || !query_run(call, &run) || !query_parse(call, &query)) {
        return;
    }
    enum promql_type type = promql_type(query);
    if (type != PROMQL_SCALAR && type != PROMQL_VECTOR) {
        prom_call_refuse(call, PROM_BAD_DATA,
                         "invalid parameter \"query\": invalid expression type \"%s\" for range "
                         "query, must be Scalar or instant Vector",
                         type == PROMQL_STRING ? "string" : "range vector");
        return;
    }
    if (promql_range(query, &run, &range, &value, &error) != STATUS_OK) {
        prom_call_refuse_query(call, &error);
        return;
    }
    query_answer(call, &value, limit);
}

/* There is no one true format: what can be parsed is given back without the space around it. */
void prom_query_format(struct prom_call *call)
{
    const struct promql_query *query;
    if (!query_parse(call, &query)) {
        return;
    }
    prom_call_begin(call);
    json_write_string(&call->writer, slice_trim(prom_call_text(call, "query")));
    prom_call_end(call);
}
