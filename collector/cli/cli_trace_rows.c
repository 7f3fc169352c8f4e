/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_trace_rows.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct cli_json_field answer_fields[] = {
    CLI_JSON_FIELD(trace_answer, "id", CLI_JSON_TEXT, id),
    CLI_JSON_FIELD(trace_answer, "trace_ids", CLI_JSON_RAW, trace_ids),
    CLI_JSON_FIELD(trace_answer, "start", CLI_JSON_INSTANT, start_ns),
    CLI_JSON_FIELD(trace_answer, "elapsed_ms", CLI_JSON_NUMBER, elapsed_ms),
    CLI_JSON_FIELD(trace_answer, "wait_ms", CLI_JSON_NUMBER, wait_ms),
    CLI_JSON_FIELD(trace_answer, "cost", CLI_JSON_MONEY, cost),
    CLI_JSON_FIELD(trace_answer, "complete", CLI_JSON_FLAG, complete),
    CLI_JSON_FIELD(trace_answer, "waited", CLI_JSON_RAW, path.waited),
    CLI_JSON_FIELD(trace_answer, "critical_path", CLI_JSON_RAW, path.critical_path),
    CLI_JSON_FIELD(trace_answer, "functions", CLI_JSON_RAW, path.functions),
    CLI_JSON_FIELD(trace_answer, "missing", CLI_JSON_RAW, missing),
    CLI_JSON_FIELD(trace_answer, "clock_skew", CLI_JSON_RAW, clock_skew),
    CLI_JSON_FIELD(trace_answer, "links", CLI_JSON_RAW, links),
    CLI_JSON_FIELD(trace_answer, "invocations", CLI_JSON_RAW, invocation_list),
    CLI_JSON_FIELD(trace_answer, "spans", CLI_JSON_RAW, span_list),
    CLI_JSON_FIELD(trace_answer, "logs", CLI_JSON_RAW, log_list),
};

static const struct cli_json_field invocation_fields[] = {
    CLI_JSON_FIELD(trace_invocation, "request_id", CLI_JSON_TEXT, request_id),
    CLI_JSON_FIELD(trace_invocation, "attempt", CLI_JSON_NUMBER, attempt),
    CLI_JSON_FIELD(trace_invocation, "function", CLI_JSON_TEXT, function),
    CLI_JSON_FIELD(trace_invocation, "instance", CLI_JSON_TEXT, instance),
    CLI_JSON_FIELD(trace_invocation, "instance_no", CLI_JSON_NUMBER, instance_no),
    CLI_JSON_FIELD(trace_invocation, "span_id", CLI_JSON_TEXT, span_id),
    CLI_JSON_FIELD(trace_invocation, "parent_span_id", CLI_JSON_TEXT, parent_span_id),
    CLI_JSON_FIELD(trace_invocation, "outcome", CLI_JSON_TEXT, outcome),
    CLI_JSON_FIELD(trace_invocation, "error_type", CLI_JSON_TEXT, error_type),
    CLI_JSON_FIELD(trace_invocation, "start", CLI_JSON_INSTANT, start_ns),
    CLI_JSON_FIELD(trace_invocation, "init_start", CLI_JSON_INSTANT, init_start_ns),
    CLI_JSON_FIELD(trace_invocation, "init_ms", CLI_JSON_NUMBER, init_ms),
    CLI_JSON_FIELD(trace_invocation, "init_phase", CLI_JSON_TEXT, init_phase),
    CLI_JSON_FIELD(trace_invocation, "handler_ms", CLI_JSON_NUMBER, handler_ms),
    CLI_JSON_FIELD(trace_invocation, "post_handler_ms", CLI_JSON_NUMBER, post_handler_ms),
    CLI_JSON_FIELD(trace_invocation, "billed_ms", CLI_JSON_NUMBER, billed_ms),
    CLI_JSON_FIELD(trace_invocation, "memory_mb", CLI_JSON_NUMBER, memory_mb),
    CLI_JSON_FIELD(trace_invocation, "max_memory_mb", CLI_JSON_NUMBER, max_memory_mb),
    CLI_JSON_FIELD(trace_invocation, "lines_held_back", CLI_JSON_NUMBER, lines_held_back),
    CLI_JSON_FIELD(trace_invocation, "lines_over_budget", CLI_JSON_NUMBER, lines_over_budget),
    CLI_JSON_FIELD(trace_invocation, "lines_redacted", CLI_JSON_NUMBER, lines_redacted),
    CLI_JSON_FIELD(trace_invocation, "cold", CLI_JSON_FLAG, cold),
    CLI_JSON_FIELD(trace_invocation, "proactive", CLI_JSON_FLAG, proactive),
    CLI_JSON_FIELD(trace_invocation, "cost", CLI_JSON_MONEY, cost),
    CLI_JSON_FIELD(trace_invocation, "cost_share", CLI_JSON_MONEY, cost_share),
    CLI_JSON_FIELD(trace_invocation, "trigger", CLI_JSON_TEXT, trigger),
    CLI_JSON_FIELD(trace_invocation, "trigger_source", CLI_JSON_TEXT, trigger_source),
    CLI_JSON_FIELD(trace_invocation, "trigger_wait_ms", CLI_JSON_NUMBER, trigger_wait_ms),
    CLI_JSON_FIELD(trace_invocation, "method", CLI_JSON_TEXT, method),
    CLI_JSON_FIELD(trace_invocation, "route", CLI_JSON_TEXT, route),
    CLI_JSON_FIELD(trace_invocation, "status_code", CLI_JSON_NUMBER, status_code),
    CLI_JSON_FIELD(trace_invocation, "shared", CLI_JSON_RAW, shared),
};

static const struct cli_json_field span_fields[] = {
    CLI_JSON_FIELD(trace_span, "span_id", CLI_JSON_TEXT, span_id),
    CLI_JSON_FIELD(trace_span, "request_id", CLI_JSON_TEXT, request_id),
    CLI_JSON_FIELD(trace_span, "instance", CLI_JSON_TEXT, instance),
    CLI_JSON_FIELD(trace_span, "attempt", CLI_JSON_NUMBER, attempt),
};

static const struct cli_json_field log_fields[] = {
    CLI_JSON_FIELD(trace_log, "time", CLI_JSON_INSTANT, time_ns),
    CLI_JSON_FIELD(trace_log, "observed", CLI_JSON_INSTANT, observed_ns),
    CLI_JSON_FIELD(trace_log, "severity", CLI_JSON_NUMBER, severity),
    CLI_JSON_FIELD(trace_log, "level", CLI_JSON_TEXT, level),
    CLI_JSON_FIELD(trace_log, "message", CLI_JSON_TEXT, message),
    CLI_JSON_FIELD(trace_log, "body", CLI_JSON_RAW, body),
    CLI_JSON_FIELD(trace_log, "function", CLI_JSON_TEXT, function),
    CLI_JSON_FIELD(trace_log, "instance_no", CLI_JSON_NUMBER, instance_no),
    CLI_JSON_FIELD(trace_log, "shared", CLI_JSON_FLAG, shared),
};

bool cli_trace_rows(struct slice json, struct trace_answer *answer, struct arena *arena)
{
    *answer = (struct trace_answer){.id = SLICE_EMPTY};
    if (!cli_json_object(json, answer_fields, COUNT_OF(answer_fields), answer, arena) ||
        answer->id.size == 0) {
        return false;
    }
    answer->invocations =
        cli_json_rows(answer->invocation_list, invocation_fields, COUNT_OF(invocation_fields),
                      sizeof(struct trace_invocation), &answer->invocation_count, arena);
    answer->spans = cli_json_rows(answer->span_list, span_fields, COUNT_OF(span_fields),
                                  sizeof(struct trace_span), &answer->span_count, arena);
    answer->logs = cli_json_rows(answer->log_list, log_fields, COUNT_OF(log_fields),
                                 sizeof(struct trace_log), &answer->log_count, arena);
    return true;
}
