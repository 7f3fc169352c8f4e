# SPDX-License-Identifier: Apache-2.0
"""What of a transaction is the same whether an agent told it or the log streams of its functions,
and what is not, with the reason.  docs/guide/logs-compared.md has the same reasons for people; the
test holds both together."""

# Every field of an answer is in exactly one of the two tables of its kind.

INVOCATION_SAME = {
    "request_id",
    "attempt",
    "function",
    "version",
    "region",
    "account",
    "instance",
    "runtime",
    "memory_mb",
    "out_of_memory",
    "trace_id",
    "span_id",
    "start",
    "init_start",
    "init_ms",
    "init_phase",
    "reported_ms",
    "billed_ms",
    "max_memory_mb",
    "cold",
    "proactive",
    "outcome",
    "error_type",
    "cost",
}

INVOCATION_UNKNOWN = {
    "handler_ms": "No line says when the handler was done; the Duration has the extensions' time in it.",
    "response_ms": "No line says when the answer was sent.",
    "post_handler_ms": "No line says how long extensions went on.",
    "wait_ms": "What the caller waited is made of the response or the handler.",
    "end": "The end is START and the Duration, which has the extensions' time in it.",
    "timeout_ms": "No line names the limit but that of a timeout.",
    "trigger": "No line says what invoked the function.",
    "trigger_source": "What invoked the function is in its event, not in its lines.",
    "trigger_origin": "What invoked the function is in its event, not in its lines.",
    "trigger_time": "What invoked the function is in its event, not in its lines.",
    "trigger_wait_ms": "What invoked the function is in its event, not in its lines.",
    "caller_waits": "What invoked the function is in its event, not in its lines.",
    "method": "The request is in the event, not in its lines.",
    "route": "The request is in the event, not in its lines.",
    "status_code": "The answer is in no line.",
    "messages": "Which messages a batch served is in its event, not in its lines.",
    "status": "A REPORT has a status only when something went wrong.",
    "parent_span_id": "The XRAY line names the trace and the segment, not the caller's.",
    "xray_header": "The header is in no line.",
    "invoked_arn": "The ARN that was invoked is in no line.",
    "alias": "The ARN that was invoked is in no line.",
    "arch": "The architecture is in no line.",
    "agent_held_ms": "There is no agent.",
    "agent_cpu_ms": "There is no agent.",
    "agent_wire_bytes": "There is no agent.",
    "environment": "There is no agent.",
    "lines_held_back": "There is no agent.",
    "lines_over_budget": "There is no agent.",
    "lines_redacted": "There is no agent.",
    "source": "It says who told.",
    "shared": "Which messages a batch served is in its event, not in its lines.",
    "cost_share": "Without its messages a batch is one request.",
    "instance_no": "It numbers the instances of one answer.",
}

LINE_SAME = {
    "body",
    "message",
    "level",
    "severity",
    "parts",
    "function",
    "instance",
    "request_id",
    "attempt",
    "attributes",
}

LINE_UNKNOWN = {
    "trace_id": "A line of a stream names its request; the trace is its invocation's.",
    "span_id": "A line of a stream names its request, not a span.",
    "time": "CloudWatch has milliseconds: lines of one millisecond have one time.",
    "observed": "It is when the record was taken in.",
    "seq": "The agent numbers its records.",
    "epoch": "The agent numbers its records.",
    "phase": "It is of lines of no invocation.",
    "source": "A stream does not say whether the function or an extension printed a line.",
    "shared": "Which messages a batch served is in its event, not in its lines.",
    "event_name": "It is of the agent's own records.",
    "instance_no": "It numbers the instances of one answer.",
    "clamped": "It depends on when the record was taken in.",
    "streamed": "It says who told.",
}

# Attributes of a line that say who told it, or how it was told.
LINE_ATTRIBUTES_UNKNOWN = {"thaw.seq", "thaw.source", "thaw.attempt", "log.record.uid"}

# Of the platform's spans (SERVER and init).
SPAN_SAME = {"span_id", "trace_id", "name", "kind", "status", "function", "instance", "request_id", "attempt"}

# What is different beside single fields.
TRANSACTION_UNKNOWN = {
    "queue": "A queue's consumer has a trace of its own, and the message's trace is in the event: it is "
    "a transaction of its own.",
    "SDK spans": "What the function's own SDK tells is in no line.",
    "handler span": "The spans handler and post_handler need what an agent sees.",
    "error of a custom runtime": "An error that a runtime tells to the platform and to no log is not "
    "known; REPORT has no status for it.",
    "error type of a timeout": "The REPORT of a timeout has no error type; the platform's own word for it, "
    "Sandbox.Timedout, is in no line.",
    "error type of Node.js": "The runtime prints the class of the exception, and tells the platform another "
    "word (Runtime.Unknown, for one that has no name of its own).",
    "assumed price": "Where the architecture is not known the price of x86 is taken, and marked as assumed.",
    "init again": "An init that is repeated inside of an invocation has a line only if it fails; its time "
    "is in the Duration.",
    "not sampled": "Without a sampled X-Ray trace no line names the trace: each invocation is a "
    "transaction of its own.",
    "proactive": "An init without INIT_START in the export (an older one, or cut off) is known by its "
    "Duration alone.",
}
