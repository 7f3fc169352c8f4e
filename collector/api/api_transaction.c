/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_transaction.h"
#include "api/api_environment.h"
#include "api/api_path.h"
#include "api/api_record.h"

#include "model/outcome_name.h"
#include "model/span_names.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

static void refuse_large(struct api_call *call)
{
    api_call_refuse(call, 503, "too_large", "raise the memory of a request, or ask for less",
                    "the transaction does not fit into the memory of one request");
}

static bool read_transaction(struct api_call *call, struct id16 id, struct transaction *transaction)
{
    enum status status = transaction_read(call->query, id, call->arena, transaction);
    if (status == STATUS_OK) {
        api_call_read_done(call);
        return true;
    }
    transaction_release(transaction);
    if (status == STATUS_NOT_FOUND) {
        api_call_refuse(call, 404, "not_found",
                        "it may be past the retention, or not have arrived yet",
                        "no transaction has this id");
    } else {
        refuse_large(call);
    }
    return false;
}

static bool read_id(struct api_call *call, struct id16 *id)
{
    if (query_id_parse(call->rest, id)) {
        return true;
    }
    api_call_refuse(call, 400, "bad_id",
                    "use a trace id (32 hexadecimal digits, or X-Ray's 1-8-24) or a request id "
                    "(a UUID)",
                    "\"" SLICE_FMT "\" is no id",
                    SLICE_ARG(slice_take(call->rest, call->rest.size < 64 ? call->rest.size : 64)));
    return false;
}

/* ---- Invocations. ---- */

static void write_shared(struct json_write *writer, const struct member_group *group)
{
    json_write_key(writer, SLICE("shared"));
    if (group->share_count == 0 || (!group->shared && group->share_count < 2)) {
        json_write_null(writer);
        return;
    }
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("messages"), group->messages);
    json_write_member_u64(writer, SLICE("served"), group->shared ? group->served : group->messages);
    json_write_member_array(writer, SLICE("transactions"));
    for (uint32_t i = 0; i < group->share_count; i++) {
        json_write_object_begin(writer);
        api_write_id16(writer, SLICE("id"), group->shares[i].id);
        api_write_id16(writer, SLICE("trace_id"), group->shares[i].trace_id);
        json_write_member_u64(writer, SLICE("messages"), group->shares[i].messages);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static int64_t response_ns(const struct invocation_facts *facts)
{
    if (facts->response_latency_ns == UNKNOWN_NS) {
        return UNKNOWN_NS;
    }
    return facts->response_latency_ns +
           (facts->response_duration_ns != UNKNOWN_NS ? facts->response_duration_ns : 0);
}

static int64_t shifted(int64_t time_ns, int64_t skew_ns)
{
    return time_ns == UNKNOWN_NS ? UNKNOWN_NS : time_ns + skew_ns;
}

static void write_identity(struct json_write *writer, const struct transaction *transaction,
                           const struct transaction_invocation *invocation)
{
    const struct invocation_facts *facts = &invocation->facts;
    const struct transaction_instance *instance = &transaction->instances[invocation->instance];
    api_write_request_id(writer, SLICE("request_id"), facts->request_id);
    json_write_member_u64(writer, SLICE("attempt"), facts->attempt);
    json_write_member_string(writer, SLICE("function"), invocation->function.name);
    api_write_text(writer, SLICE("version"), invocation->function.version);
    api_write_text(writer, SLICE("region"), invocation->function.region);
    api_write_text(writer, SLICE("account"), invocation->function.account);
    json_write_member_string(writer, SLICE("instance"), instance->name);
    json_write_member_u64(writer, SLICE("instance_no"), instance->number);
    api_write_text(writer, SLICE("runtime"), invocation->function.runtime);
    api_write_text(writer, SLICE("arch"), invocation->function.arch);
    api_write_int(writer, SLICE("memory_mb"),
                  facts->memory_mb != UNKNOWN_INT ? facts->memory_mb
                                                  : invocation->function.memory_mb);
    api_write_source(writer, facts->sources);
    api_write_id16(writer, SLICE("trace_id"), facts->trace_id);
    api_write_id8(writer, SLICE("span_id"), facts->span_id);
    api_write_id8(writer, SLICE("parent_span_id"), invocation->parent);
}

static void write_durations(struct json_write *writer, const struct invocation_facts *facts,
                            int64_t skew_ns)
{
    api_write_time(writer, SLICE("start"), shifted(facts->start_ns, skew_ns));
    api_write_time(writer, SLICE("end"), shifted(facts->end_ns, skew_ns));
    api_write_time(writer, SLICE("init_start"), shifted(facts->init_start_ns, skew_ns));
    api_write_ms(writer, SLICE("init_ms"), facts->init_ns);
    api_write_text(writer, SLICE("init_phase"), facts->init_phase);
    api_write_ms(writer, SLICE("handler_ms"), facts->handler_ns);
    api_write_ms(writer, SLICE("response_ms"), response_ns(facts));
    api_write_ms(writer, SLICE("post_handler_ms"), facts->post_handler_ns);
    api_write_ms(writer, SLICE("wait_ms"), facts->wait_ns);
    api_write_ms(writer, SLICE("reported_ms"), facts->reported_ns);
    api_write_int(writer, SLICE("billed_ms"), facts->billed_ms);
    api_write_int(writer, SLICE("max_memory_mb"), facts->max_memory_mb);
    api_write_int(writer, SLICE("timeout_ms"), facts->timeout_ms);
}

/* What invoked it.  Whether somebody waits is told by the event, and never guessed. */
static void write_trigger(struct json_write *writer, const struct invocation_facts *facts,
                          int64_t skew_ns)
{
    api_write_text(writer, SLICE("trigger"), facts->trigger);
    api_write_text(writer, SLICE("trigger_source"), facts->trigger_source);
    api_write_text(writer, SLICE("trigger_origin"), facts->trigger_origin);
    api_write_time(writer, SLICE("trigger_time"), shifted(facts->trigger_time_ns, skew_ns));
    api_write_ms(writer, SLICE("trigger_wait_ms"), facts->trigger_wait_ns);
    api_write_int(writer, SLICE("messages"), facts->trigger_messages);
    json_write_key(writer, SLICE("caller_waits"));
    if (facts->caller_waits == UNKNOWN_INT) {
        json_write_null(writer);
    } else {
        json_write_bool(writer, facts->caller_waits != 0);
    }
    api_write_text(writer, SLICE("method"), facts->method);
    api_write_text(writer, SLICE("route"), facts->route);
    api_write_int(writer, SLICE("status_code"), facts->status_code);
}

static void write_invocation(struct json_write *writer, const struct transaction *transaction,
                             const struct transaction_invocation *invocation)
{
    const struct invocation_facts *facts = &invocation->facts;
    bool failed = facts->outcome == OUTCOME_ERROR || facts->outcome == OUTCOME_TIMEOUT;
    json_write_object_begin(writer);
    write_identity(writer, transaction, invocation);
    api_write_text(writer, SLICE("status"), facts->status);
    json_write_member_string(writer, SLICE("outcome"), outcome_name(facts->outcome));
    api_write_text(writer, SLICE("error_type"), failed ? facts->error_type : SLICE_EMPTY);
    write_trigger(writer, facts, transaction->instances[invocation->instance].skew_ns);
    write_durations(writer, facts, transaction->instances[invocation->instance].skew_ns);
    json_write_member_bool(writer, SLICE("cold"), facts->cold);
    json_write_member_bool(writer, SLICE("proactive"), facts->proactive);
    api_write_money(writer, SLICE("cost"), &invocation->cost);
    write_shared(writer, &transaction->members.groups[invocation->group]);
    api_write_money(writer, SLICE("cost_share"), &invocation->share);
    api_write_text(writer, SLICE("xray_header"), facts->xray_header);
    api_write_text(writer, SLICE("invoked_arn"), facts->invoked_arn);
    api_write_text(writer, SLICE("alias"), facts->alias);
    json_write_member_bool(writer, SLICE("out_of_memory"), facts->out_of_memory);
    api_write_ms(writer, SLICE("agent_held_ms"), facts->agent_held_ns);
    api_write_ms(writer, SLICE("agent_cpu_ms"), facts->agent_cpu_ns);
    api_write_int(writer, SLICE("agent_wire_bytes"), facts->agent_wire_bytes);
    api_environment_write(writer, invocation->usage);
    api_write_int(writer, SLICE("lines_held_back"), facts->lines_held_back);
    api_write_int(writer, SLICE("lines_over_budget"), facts->lines_over_budget);
    api_write_int(writer, SLICE("lines_redacted"), facts->lines_redacted);
    json_write_object_end(writer);
}

/* ---- Spans and lines. ---- */

static void write_place(struct json_write *writer, const struct transaction *transaction,
                        const struct resource *resource, uint32_t instance, uint32_t invocation)
{
    api_write_text(writer, SLICE("function"), resource->function);
    api_write_text(writer, SLICE("instance"), resource->instance);
    if (instance == TRANSACTION_NONE) {
        json_write_member_null(writer, SLICE("instance_no"));
    } else {
        json_write_member_u64(writer, SLICE("instance_no"),
                              transaction->instances[instance].number);
    }
    if (invocation == TRANSACTION_NONE) {
        json_write_member_null(writer, SLICE("request_id"));
        json_write_member_null(writer, SLICE("attempt"));
        return;
    }
    const struct invocation_facts *facts = &transaction->invocations[invocation].facts;
    api_write_request_id(writer, SLICE("request_id"), facts->request_id);
    json_write_member_u64(writer, SLICE("attempt"), facts->attempt);
}

static struct slice attached_name(enum attached attached)
{
    switch (attached) {
    case ATTACHED_ID:
        return SLICE("id");
    case ATTACHED_CONTEXT:
        return SLICE("context");
    case ATTACHED_TIME:
        return SLICE("time");
    case ATTACHED_NONE:
        break;
    }
    return SLICE_EMPTY;
}

/* Who told of a span; of one that is made of facts, who told them. */
static struct slice span_source(const struct transaction *transaction,
                                const struct transaction_span *row)
{
    if (row->derived) {
        uint8_t sources = transaction->invocations[row->invocation].facts.sources;
        return (sources & SOURCE_AGENT) != 0 ? SLICE("agent") : SLICE("logs");
    }
    return row->span->scope != NULL && row->span->scope->agent ? SLICE("agent") : SLICE("sdk");
}

static void write_span(struct json_write *writer, const struct transaction *transaction,
                       const struct transaction_span *row, int64_t critical_ns)
{
    const struct span *span = row->span;
    json_write_object_begin(writer);
    api_write_id16(writer, SLICE("trace_id"), span->trace_id);
    api_write_id8(writer, SLICE("span_id"), span->span_id);
    api_write_id8(writer, SLICE("parent_span_id"), row->parent);
    json_write_member_string(writer, SLICE("name"), span->name);
    json_write_member_string(writer, SLICE("kind"), span_name_of_kind(span->kind));
    api_write_time(writer, SLICE("start"), row->start_ns);
    api_write_time(writer, SLICE("end"), row->end_ns);
    api_write_ms(writer, SLICE("duration_ms"),
                 row->end_ns >= row->start_ns ? row->end_ns - row->start_ns : UNKNOWN_NS);
    json_write_member_string(writer, SLICE("status"), span_name_of_status(span->status));
    api_write_text(writer, SLICE("status_message"), span->status_message);
    api_write_text(writer, SLICE("service"), span->resource->service);
    write_place(writer, transaction, span->resource, row->instance, row->invocation);
    api_write_text(writer, SLICE("attached"), attached_name(row->attached));
    json_write_member_string(writer, SLICE("source"), span_source(transaction, row));
    json_write_member_bool(writer, SLICE("derived"), row->derived);
    api_write_text(writer, SLICE("scope"), span->scope != NULL ? span->scope->name : SLICE_EMPTY);
    api_write_attrs(writer, SLICE("attributes"), span->attrs);
    api_write_attrs(writer, SLICE("resource"), span->resource->attrs);
    api_record_write_events(writer, span, row->skew_ns);
    api_write_ms(writer, SLICE("skew_ms"), row->skew_ns);
    json_write_member_bool(writer, SLICE("clamped"), row->clamped);
    api_write_ms(writer, SLICE("critical_ms"), critical_ns > 0 ? critical_ns : UNKNOWN_NS);
    json_write_object_end(writer);
}

static void write_log(struct json_write *writer, const struct transaction *transaction,
                      const struct transaction_log *row)
{
    const struct log_line *line = row->line;
    struct slice phase;
    json_write_object_begin(writer);
    api_write_time(writer, SLICE("time"), row->time_ns);
    api_write_time(writer, SLICE("observed"),
                   line->observed_ns != 0 ? (int64_t)line->observed_ns : UNKNOWN_NS);
    json_write_member_u64(writer, SLICE("severity"), row->severity);
    api_write_text(writer, SLICE("level"), row->level);
    json_write_key(writer, SLICE("body"));
    if (row->parts > 1) {
        json_write_string(writer, row->text);
    } else {
        api_write_value(writer, &line->body);
    }
    api_write_text(writer, SLICE("message"), row->message);
    json_write_member_u64(writer, SLICE("parts"), row->parts);
    json_write_member_bool(writer, SLICE("streamed"), row->teller == TELLER_LOGS);
    write_place(writer, transaction, line->resource, row->instance, row->invocation);
    json_write_member_string(writer, SLICE("source"), api_record_source(line));
    if (!attrs_find_text(line->attrs, NAME_THAW_PHASE, &phase)) {
        phase = SLICE_EMPTY;
    }
    api_write_text(writer, SLICE("phase"), phase);
    api_record_write_line_ids(writer, line);
    json_write_member_bool(writer, SLICE("shared"), transaction->members.groups[row->group].shared);
    api_write_attrs(writer, SLICE("attributes"), line->attrs);
    api_write_text(writer, SLICE("event_name"), line->event_name);
    json_write_member_bool(writer, SLICE("clamped"), row->clamped);
    json_write_object_end(writer);
}

/* ---- The rest. ---- */

static struct slice missing_name(enum missing_code code)
{
    switch (code) {
    case MISSING_END_UNKNOWN:
        return SLICE("end_unknown");
    case MISSING_REPORT_PENDING:
        return SLICE("report_pending");
    case MISSING_PARENT:
        return SLICE("parent_missing");
    case MISSING_RECORDS:
        return SLICE("records_missing");
    case MISSING_STILL_RUNNING:
        break;
    }
    return SLICE("still_running");
}

static void write_missing(struct json_write *writer, const struct transaction *transaction)
{
    json_write_member_array(writer, SLICE("missing"));
    for (uint32_t i = 0; i < transaction->missing_count; i++) {
        const struct transaction_missing *missing = &transaction->missing[i];
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("code"), missing_name(missing->code));
        json_write_member_string(writer, SLICE("message"), missing->message);
        if (missing->invocation == TRANSACTION_NONE) {
            json_write_member_null(writer, SLICE("request_id"));
        } else {
            api_write_request_id(writer, SLICE("request_id"),
                                 transaction->invocations[missing->invocation].facts.request_id);
        }
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_skew(struct json_write *writer, const struct transaction *transaction)
{
    json_write_member_array(writer, SLICE("clock_skew"));
    for (uint32_t i = 0; i < transaction->instance_count; i++) {
        const struct transaction_instance *instance = &transaction->instances[i];
        if (instance->skew_ns == 0) {
            continue;
        }
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("instance"), instance->name);
        api_write_text(writer, SLICE("function"), instance->function);
        api_write_ms(writer, SLICE("shift_ms"), instance->skew_ns);
        api_write_text(writer, SLICE("reason"), slice_from(instance->skew_reason));
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

/* Spans by their ids, to look up who sent a message. */
static int compare_span_ids(const void *one, const void *other)
{
    const struct span *a = (*(const struct transaction_span *const *)one)->span;
    const struct span *b = (*(const struct transaction_span *const *)other)->span;
    int order = memcmp(&a->span_id, &b->span_id, sizeof(a->span_id));
    return order != 0 ? order : memcmp(&a->trace_id, &b->trace_id, sizeof(a->trace_id));
}

struct senders {
    const struct transaction_span **rows; /* Sorted; NULL when nothing has to be looked up. */
    size_t count;
};

static struct senders sort_senders(struct arena *arena, const struct transaction *transaction)
{
    struct senders senders = {.count = transaction->span_count};
    if (transaction->members.link_count == 0 || transaction->span_count == 0) {
        return (struct senders){.count = 0};
    }
    senders.rows = arena_alloc_array(arena, senders.count, sizeof(struct transaction_span *));
    if (senders.rows == NULL) {
        return (struct senders){.count = 0};
    }
    for (size_t i = 0; i < senders.count; i++) {
        senders.rows[i] = &transaction->spans[i];
    }
    qsort(senders.rows, senders.count, sizeof(struct transaction_span *), compare_span_ids);
    return senders;
}

/* How long a message waited: from the end of the span that sent it to the start of the one that
 * received it, where both are here. */
static int64_t link_wait_ns(const struct senders *senders, const struct member_link *link)
{
    struct span wanted = {.span_id = link->from_span, .trace_id = link->from_trace};
    struct transaction_span row = {.span = &wanted};
    const struct transaction_span *key = &row;
    if (senders->count == 0) {
        return UNKNOWN_NS;
    }
    const struct transaction_span *const *found = bsearch(
        &key, senders->rows, senders->count, sizeof(struct transaction_span *), compare_span_ids);
    if (found == NULL) {
        return UNKNOWN_NS;
    }
    return link->time_ns > (*found)->end_ns ? link->time_ns - (*found)->end_ns : 0;
}

static void write_link(struct json_write *writer, const struct senders *senders,
                       const struct member_link *link)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("kind"), link->queue ? SLICE("queue") : SLICE("link"));
    json_write_member_object(writer, SLICE("from"));
    api_write_id16(writer, SLICE("trace_id"), link->from_trace);
    api_write_id8(writer, SLICE("span_id"), link->from_span);
    json_write_object_end(writer);
    json_write_member_object(writer, SLICE("to"));
    if (link->has_request) {
        api_write_request_id(writer, SLICE("request_id"), link->to_request);
    } else {
        json_write_member_null(writer, SLICE("request_id"));
    }
    api_write_id16(writer, SLICE("trace_id"), link->to_trace);
    api_write_id8(writer, SLICE("span_id"), link->to_span);
    json_write_object_end(writer);
    api_write_ms(writer, SLICE("wait_ms"), link_wait_ns(senders, link));
    api_write_id16(writer, SLICE("transaction"), link->transaction);
    json_write_object_end(writer);
}

/* Aliases that are not request ids. */
static void write_trace_ids(struct json_write *writer, const struct transaction *transaction)
{
    json_write_member_array(writer, SLICE("trace_ids"));
    for (uint32_t i = 0; i < transaction->members.id_count; i++) {
        const struct member_id *id = &transaction->members.ids[i];
        if (id->trace) {
            json_write_hex(writer, slice_of(id->id.bytes, sizeof(id->id.bytes)));
        }
    }
    json_write_array_end(writer);
}

static void write_transaction(struct json_write *writer, const struct transaction *transaction,
                              const struct senders *senders, const struct path_report *report)
{
    bool timed = transaction->start_ns != UNKNOWN_NS && transaction->end_ns != UNKNOWN_NS;
    json_write_object_begin(writer);
    api_write_id16(writer, SLICE("id"), transaction->members.id);
    write_trace_ids(writer, transaction);
    api_write_time(writer, SLICE("start"), transaction->start_ns);
    api_write_ms(writer, SLICE("elapsed_ms"),
                 timed ? transaction->end_ns - transaction->start_ns : UNKNOWN_NS);
    api_write_ms(writer, SLICE("wait_ms"), transaction->wait_ns);
    api_write_money(writer, SLICE("cost"), &transaction->cost);
    json_write_member_bool(writer, SLICE("complete"), transaction->missing_count == 0);
    write_missing(writer, transaction);
    write_skew(writer, transaction);
    api_path_write(writer, transaction, report);
    json_write_member_array(writer, SLICE("invocations"));
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        write_invocation(writer, transaction, &transaction->invocations[i]);
    }
    json_write_array_end(writer);
    json_write_member_array(writer, SLICE("spans"));
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        write_span(writer, transaction, &transaction->spans[i], report->path.own_ns[i]);
    }
    json_write_array_end(writer);
    json_write_member_array(writer, SLICE("logs"));
    for (uint32_t i = 0; i < transaction->log_count; i++) {
        write_log(writer, transaction, &transaction->logs[i]);
    }
    json_write_array_end(writer);
    json_write_member_array(writer, SLICE("links"));
    for (uint32_t i = 0; i < transaction->members.link_count; i++) {
        write_link(writer, senders, &transaction->members.links[i]);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

void api_transaction_get(struct api_call *call)
{
    struct id16 id;
    struct transaction transaction;
    if (read_id(call, &id) && read_transaction(call, id, &transaction)) {
        struct senders senders = sort_senders(call->arena, &transaction);
        struct path_report report;
        if (path_report(&transaction, call->arena, &report)) {
            write_transaction(&call->writer, &transaction, &senders, &report);
        } else {
            refuse_large(call);
        }
        transaction_release(&transaction);
    }
}

/* What is known of each attempt of a request. */
static void write_attempts(struct json_write *writer, const struct transaction *transaction,
                           struct id16 id)
{
    json_write_object_begin(writer);
    api_write_request_id(writer, SLICE("request_id"), id);
    api_write_id16(writer, SLICE("transaction"), transaction->members.id);
    json_write_member_array(writer, SLICE("attempts"));
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        if (memcmp(&transaction->invocations[i].facts.request_id, &id, sizeof(id)) == 0) {
            write_invocation(writer, transaction, &transaction->invocations[i]);
        }
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

void api_transaction_attempts(struct api_call *call)
{
    struct id16 id;
    struct transaction transaction;
    if (!read_id(call, &id) || !read_transaction(call, id, &transaction)) {
        return;
    }
    uint32_t attempts = 0;
    for (uint32_t i = 0; i < transaction.invocation_count; i++) {
        attempts +=
            memcmp(&transaction.invocations[i].facts.request_id, &id, sizeof(id)) == 0 ? 1 : 0;
    }
    if (attempts == 0) {
        api_call_refuse(call, 404, "not_found", "look for it with transactions/{id}",
                        "no invocation has this request id");
    } else {
        write_attempts(&call->writer, &transaction, id);
    }
    transaction_release(&transaction);
}
