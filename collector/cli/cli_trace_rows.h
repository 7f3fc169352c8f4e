/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_TRACE_ROWS_H
#define THAW_COLLECTOR_CLI_CLI_TRACE_ROWS_H

#include "cli/cli_json.h"
#include "cli/cli_show_path.h"

/* What the page of a transaction reads of its answer.  Pure. */

struct trace_invocation {
    struct slice request_id;
    struct cli_number attempt;
    struct slice function;
    struct slice instance;
    struct cli_number instance_no;
    struct slice span_id;
    struct slice parent_span_id;
    struct slice outcome;
    struct slice error_type;
    uint64_t start_ns;
    uint64_t init_start_ns;
    struct cli_number init_ms;
    struct slice init_phase;
    struct cli_number handler_ms;
    struct cli_number post_handler_ms;
    struct cli_number billed_ms;
    struct cli_number memory_mb;
    struct cli_number max_memory_mb;
    struct cli_number lines_held_back;
    struct cli_number lines_over_budget;
    struct cli_number lines_redacted;
    bool cold;
    bool proactive;
    struct slice cost;
    struct slice cost_share;
    struct slice shared; /* JSON */
    struct slice trigger, trigger_source, method, route;
    struct cli_number trigger_wait_ms, status_code;
};

struct trace_span {
    struct slice span_id;
    struct slice request_id;
    struct slice instance;
    struct cli_number attempt;
};

struct trace_log {
    uint64_t time_ns;
    uint64_t observed_ns;
    struct cli_number severity;
    struct slice level;
    struct slice message; /* Of a body that is text, without what the runtime puts before it. */
    struct slice body;    /* JSON */
    struct slice function;
    struct cli_number instance_no;
    bool shared;
};

struct trace_missing {
    struct slice message;
};

struct trace_skew {
    struct slice function;
    struct slice instance;
    struct cli_number shift_ms;
    struct slice reason;
};

struct trace_link {
    struct slice kind;
    struct cli_number wait_ms;
    struct slice transaction;
};

struct trace_shared {
    struct cli_number messages;
    struct cli_number served;
};

struct trace_answer {
    struct slice id;
    struct slice trace_ids; /* JSON, as are the other lists. */
    uint64_t start_ns;
    struct cli_number elapsed_ms;
    struct cli_number wait_ms;
    struct slice cost;
    bool complete;
    struct cli_path path;
    struct slice missing;
    struct slice clock_skew;
    struct slice links;
    struct slice invocation_list;
    struct slice span_list;
    struct slice log_list;

    const struct trace_invocation *invocations;
    size_t invocation_count;
    const struct trace_span *spans;
    size_t span_count;
    const struct trace_log *logs;
    size_t log_count;
};

/* False if it is no answer about a transaction. */
bool cli_trace_rows(struct slice json, struct trace_answer *answer, struct arena *arena);

#endif
