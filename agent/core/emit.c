/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parts.h"

#include "base/ensure.h"
#include "base/hash.h"
#include "base/hex.h"
#include "otlp/attribute.h"
#include "otlp/record.h"
#include "proto/names.h"

#include <string.h>

enum {
    SEVERITY_INFO = 9,
    SEVERITY_WARN = 13,
};

/* The prefix says at first sight that no log stream has this name. */
#define MADE_UP_PREFIX "thaw-"

void emit_fix_instance(struct core *core, struct slice instance, uint64_t wall_ns)
{
    struct resource *resource = &core->resource;
    if (instance.size > 0 && instance.size <= sizeof(core->instance)) {
        memcpy(core->instance, instance.base, instance.size);
        resource->instance = slice_of(core->instance, instance.size);
        resource->instance_made_up = false;
    } else if (core->lives.latest > 0 && core->lives.rows[core->lives.latest].instance_size > 0) {
        /* The environment has a name already: that under which an earlier process of it sent. */
        const struct life *latest = &core->lives.rows[core->lives.latest];
        memcpy(core->instance, latest->instance, latest->instance_size);
        resource->instance = slice_of(core->instance, latest->instance_size);
        resource->instance_made_up = latest->made_up;
    } else {
        /* The time makes copies of one snapshot differ, which share the seed. */
        struct hash_key key = {{core->config.seed[0], core->config.seed[1]}};
        struct hash_128 hash = hash_sip128(&key, slice_of(&wall_ns, sizeof(wall_ns)));
        size_t prefix = sizeof(MADE_UP_PREFIX) - 1;
        memcpy(core->instance, MADE_UP_PREFIX, prefix);
        hex_encode(slice_of(hash.bytes, sizeof(hash.bytes)), core->instance + prefix);
        resource->instance = slice_of(core->instance, prefix + 2 * sizeof(hash.bytes));
        resource->instance_made_up = true;
    }
    core->instance_fixed = true;
}

uint64_t emit_begin(struct core *core)
{
    buf_reset(&core->record);
    return ++core->seq;
}

void emit_end(struct core *core, struct core_now now, enum block_signal signal,
              enum queue_class class, uint64_t seq)
{
    core->counters.received++;
    if (buf_overflowed(&core->record)) {
        core->counters.dropped[CORE_DROP_TOO_LARGE]++;
        return;
    }
    struct queue_frame frame = {
        .signal = (unsigned char)signal,
        .class = (unsigned char)class,
        .seq = seq,
        .mono_ns = now.mono_ns,
    };
    /* A refusal is counted by the queue. */
    (void)queue_push(&core->queue, &frame, buf_bytes(&core->record));
}

static void span_attributes(const struct invocation *invocation, struct buf *out)
{
    attribute_text(out, ATTRIBUTE_OF_SPAN, NAME_FAAS_INVOCATION_ID, invocation_id(invocation));
    attribute_int(out, ATTRIBUTE_OF_SPAN, NAME_THAW_ATTEMPT, invocation->attempt);
}

/* A child of the invocation's SERVER span. */
static void child_span(struct core *core, struct core_now now, const struct invocation *invocation,
                       struct slice part, const uint64_t times_ns[2])
{
    struct record_context parent =
        invocation_context(invocation, core->resource.instance, SLICE("invocation"));
    struct record_span span = {
        .context = invocation_context(invocation, core->resource.instance, part),
        .has_parent = true,
        .name = part,
        .kind = RECORD_SPAN_INTERNAL,
        .start_ns = times_ns[0],
        .end_ns = times_ns[1],
        .seq = emit_begin(core),
    };
    memcpy(span.parent_id, parent.span_id, sizeof(span.parent_id));
    record_span_write(&span, &core->record);
    span_attributes(invocation, &core->record);
    emit_end(core, now, BLOCK_TRACES, QUEUE_OTHER, span.seq);
}

static bool failed(const struct invocation *invocation)
{
    struct slice status = invocation_text_slice(&invocation->status);
    return status.size > 0 && !slice_equal(status, SLICE("success"));
}

static void server_span(struct core *core, struct core_now now, const struct invocation *invocation,
                        const uint64_t times_ns[2])
{
    struct slice error_type = invocation_text_slice(&invocation->error_type);
    struct record_span span = {
        .context = invocation_context(invocation, core->resource.instance, SLICE("invocation")),
        .has_parent = invocation->has_parent,
        .parent_remote = true,
        .name = core->resource.function_name,
        .kind = RECORD_SPAN_SERVER,
        .trace_state = arrival_trace_state(invocation),
        .links_dropped = arrival_links_dropped(invocation),
        .start_ns = times_ns[0],
        .end_ns = times_ns[1],
        .error = failed(invocation),
        .seq = emit_begin(core),
    };
    struct buf *out = &core->record;
    memcpy(span.parent_id, invocation->parent_id, sizeof(span.parent_id));
    record_span_write(&span, out);
    span_attributes(invocation, out);
    if (invocation->cold != INVOCATION_COLD_UNKNOWN) {
        attribute_bool(out, ATTRIBUTE_OF_SPAN, NAME_FAAS_COLDSTART,
                       invocation->cold == INVOCATION_COLD_YES);
    }
    attribute_text_known(out, ATTRIBUTE_OF_SPAN, NAME_AWS_LAMBDA_INVOKED_ARN,
                         slice_of(invocation->arn, invocation->arn_size));
    attribute_text_known(out, ATTRIBUTE_OF_SPAN, NAME_CLOUD_RESOURCE_ID,
                         slice_of(invocation->arn, invocation->arn_size));
    arrival_attributes(invocation, ATTRIBUTE_OF_SPAN, out);
    arrival_links(invocation, out);
    if (span.error) {
        attribute_text(out, ATTRIBUTE_OF_SPAN, NAME_ERROR_TYPE,
                       error_type.size > 0 ? error_type
                                           : invocation_text_slice(&invocation->status));
    }
    emit_end(core, now, BLOCK_TRACES, QUEUE_OTHER, span.seq);
}

/* Where the end of an init is not told, its duration says it. */
static uint64_t init_end_ns(const struct init *init)
{
    if (init->end_ns == 0 && init->duration_ns > 0) {
        return init->start_ns + (uint64_t)init->duration_ns;
    }
    return init->end_ns;
}

static uint64_t minus(uint64_t time_ns, int64_t duration_ns)
{
    return duration_ns > 0 && (uint64_t)duration_ns < time_ns ? time_ns - (uint64_t)duration_ns
                                                              : time_ns;
}

void emit_spans(struct core *core, struct core_now now, struct invocation *invocation)
{
    uint64_t start_ns = invocation->start_ns;
    uint64_t done_ns = invocation->done_ns;
    if (invocation->span_made) {
        return;
    }
    if (done_ns == 0 && start_ns > 0 && invocation->reported_ns != INT64_MIN) {
        done_ns = start_ns + (uint64_t)invocation->reported_ns;
    }
    if (done_ns == 0) {
        return;
    }
    if (start_ns == 0) {
        start_ns = minus(done_ns, invocation->handler_ns);
    }
    /* Clocks of different parts of the platform may disagree by a little. */
    done_ns = done_ns < start_ns ? start_ns : done_ns;
    invocation->span_made = true;
    invocation_trace(invocation, SLICE_EMPTY);
    server_span(core, now, invocation, (const uint64_t[2]){start_ns, done_ns});
    arrival_spans(core, now, invocation, start_ns);
    if (invocation->init != NULL && init_end_ns(invocation->init) >= invocation->init->start_ns &&
        invocation->init->start_ns > 0) {
        child_span(core, now, invocation, SLICE("init"),
                   (const uint64_t[2]){invocation->init->start_ns, init_end_ns(invocation->init)});
    }
    if (invocation->done_ns > 0) {
        uint64_t sent_ns =
            invocation->handler_ns != INT64_MIN ? minus(done_ns, invocation->handler_ns) : start_ns;
        child_span(core, now, invocation, SLICE("handler"), (const uint64_t[2]){sent_ns, done_ns});
    }
}

void emit_post_handler(struct core *core, struct core_now now, const struct invocation *invocation)
{
    if (invocation->done_ns == 0 || invocation->post_handler_ns == INT64_MIN) {
        return;
    }
    child_span(core, now, invocation, SLICE("post_handler"),
               (const uint64_t[2]){invocation->done_ns,
                                   invocation->done_ns + (uint64_t)invocation->post_handler_ns});
}

static void write_numbers(const struct invocation *invocation, struct buf *out)
{
    const struct {
        struct slice name;
        int64_t value;
    } numbers[] = {
        {NAME_THAW_HANDLER_NS, invocation->handler_ns},
        {NAME_THAW_PRODUCED_BYTES, invocation->produced_bytes},
        {NAME_THAW_RESPONSE_LATENCY_NS, invocation->response_latency_ns},
        {NAME_THAW_RESPONSE_DURATION_NS, invocation->response_duration_ns},
        {NAME_THAW_RUNTIME_OVERHEAD_NS, invocation->runtime_overhead_ns},
        {NAME_THAW_RUNTIME_CPU_NS, invocation->runtime_cpu_ns},
        {NAME_THAW_POST_HANDLER_NS, invocation->post_handler_ns},
        {NAME_THAW_REPORTED_NS, invocation->reported_ns},
        {NAME_THAW_BILLED_MS, invocation->billed_ms},
        {NAME_THAW_MEMORY_SIZE_MB, invocation->memory_size_mb},
        {NAME_THAW_MAX_MEMORY_USED_MB, invocation->max_memory_used_mb},
        {NAME_THAW_INIT_NS, invocation->init_ns},
        {NAME_THAW_RESTORE_NS, invocation->restore_ns},
        {NAME_THAW_BILLED_RESTORE_MS, invocation->billed_restore_ms},
        {NAME_THAW_AGENT_HELD_NS, invocation->held_ns},
    };
    const struct {
        struct slice name;
        uint64_t time_ns;
    } times[] = {
        {NAME_THAW_START_NS, invocation->start_ns},
        {NAME_THAW_DEADLINE_NS, invocation->deadline_ns},
        {NAME_THAW_DONE_NS, invocation->done_ns},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        attribute_int_known(out, ATTRIBUTE_OF_LOG, numbers[i].name, numbers[i].value);
    }
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (times[i].time_ns > 0) {
            attribute_int(out, ATTRIBUTE_OF_LOG, times[i].name, (int64_t)times[i].time_ns);
        }
    }
}

static struct slice state_name(enum invocation_state state)
{
    static const struct slice names[] = {
        [INVOCATION_STARTED] = SLICE_INIT("started"),
        [INVOCATION_DONE] = SLICE_INIT("done"),
        [INVOCATION_REPORTED] = SLICE_INIT("reported"),
    };
    return names[state];
}

void emit_invocation(struct core *core, struct core_now now, struct invocation *invocation)
{
    struct buf *out = &core->record;
    /* Where nobody told a trace by now there is none but its own. */
    invocation_trace(invocation, SLICE_EMPTY);
    struct record_log log = {
        .time_ns = invocation->start_ns,
        .observed_ns = now.wall_ns,
        .severity = SEVERITY_INFO,
        .event_name = NAME_EVENT_INVOCATION,
        .seq = emit_begin(core),
        .context = invocation_context(invocation, core->resource.instance, SLICE("invocation")),
    };
    invocation->dirty = false;
    record_log_write(&log, out);
    attribute_text(out, ATTRIBUTE_OF_LOG, NAME_FAAS_INVOCATION_ID, invocation_id(invocation));
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_ATTEMPT, invocation->attempt);
    attribute_text(out, ATTRIBUTE_OF_LOG, NAME_THAW_INVOCATION_STATE,
                   state_name(invocation->state));
    if (invocation->cold != INVOCATION_COLD_UNKNOWN) {
        attribute_bool(out, ATTRIBUTE_OF_LOG, NAME_FAAS_COLDSTART,
                       invocation->cold == INVOCATION_COLD_YES);
    }
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_AWS_LAMBDA_INVOKED_ARN,
                         slice_of(invocation->arn, invocation->arn_size));
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_INVOCATION_STATUS,
                         invocation_text_slice(&invocation->status));
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_ERROR_TYPE,
                         invocation_text_slice(&invocation->error_type));
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_XRAY_HEADER,
                         slice_of(invocation->xray, invocation->xray_size));
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_XRAY_SEGMENT_ID,
                         invocation_text_slice(&invocation->segment_id));
    arrival_attributes(invocation, ATTRIBUTE_OF_LOG, out);
    write_numbers(invocation, out);
    account_write_invocation(core, invocation, out);
    held_write(&invocation->lines, out);
    emit_end(core, now, BLOCK_LOGS, QUEUE_FACT, log.seq);
}

static void emit_init(struct core *core, struct core_now now, struct init *init)
{
    struct buf *out = &core->record;
    struct record_log log = {
        .time_ns = init->start_ns,
        .observed_ns = now.wall_ns,
        .severity = SEVERITY_INFO,
        .event_name = NAME_EVENT_INSTANCE_START,
        .seq = emit_begin(core),
    };
    init->dirty = false;
    record_log_write(&log, out);
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_INIT_PHASE,
                         invocation_text_slice(&init->phase));
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_INITIALIZATION_TYPE,
                         invocation_text_slice(&init->type));
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_INIT_STATUS,
                         invocation_text_slice(&init->status));
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_ERROR_TYPE,
                         invocation_text_slice(&init->error_type));
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_INIT_START_NS, (int64_t)init->start_ns);
    if (init->end_ns > 0) {
        attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_INIT_END_NS, (int64_t)init->end_ns);
    }
    attribute_int_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_INIT_NS, init->duration_ns);
    emit_end(core, now, BLOCK_LOGS, QUEUE_FACT, log.seq);
}

void emit_inits(struct core *core, struct core_now now)
{
    for (size_t i = 0; i < AGENT_INITS_MAX; i++) {
        if (core->inits[i].used && core->inits[i].dirty) {
            emit_init(core, now, &core->inits[i]);
        }
    }
}

void emit_facts(struct core *core, struct core_now now)
{
    emit_inits(core, now);
    for (size_t i = 0; i < core->invocations.reach; i++) {
        struct invocation *invocation = &core->invocations.rows[i];
        if (invocation->used && invocation->dirty) {
            emit_invocation(core, now, invocation);
        }
    }
}

bool emit_facts_wait(const struct core *core)
{
    for (size_t i = 0; i < AGENT_INITS_MAX; i++) {
        if (core->inits[i].used && core->inits[i].dirty) {
            return true;
        }
    }
    for (size_t i = 0; i < core->invocations.reach; i++) {
        if (core->invocations.rows[i].used && core->invocations.rows[i].dirty) {
            return true;
        }
    }
    return false;
}

static void count_unless_zero(struct buf *out, struct slice name, uint64_t count)
{
    if (count > 0) {
        attribute_int(out, ATTRIBUTE_OF_LOG, name, (int64_t)count);
    }
}

static void count_named(struct buf *out, struct slice prefix, struct slice name, uint64_t count)
{
    char bytes[64];
    struct buf key;
    buf_init_fixed(&key, bytes, sizeof(bytes));
    buf_append(&key, prefix);
    buf_append(&key, name);
    count_unless_zero(out, buf_bytes(&key), count);
}

void emit_stop(struct core *core, struct core_now now)
{
    struct buf *out = &core->record;
    const struct core_counters *counters = &core->counters;
    struct record_log log = {
        .time_ns = core->stop_wall_ns,
        .observed_ns = now.wall_ns,
        .severity = SEVERITY_INFO,
        .event_name = NAME_EVENT_INSTANCE_STOP,
        .seq = emit_begin(core),
    };
    record_log_write(&log, out);
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_STOP_REASON,
                         invocation_text_slice(&core->stop_reason));
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_STOP_NS, (int64_t)core->stop_wall_ns);
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_AGENT_RECEIVED, (int64_t)counters->received);
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_AGENT_SENT, (int64_t)counters->sent);
    account_write_stop(core, out);
    count_unless_zero(out, NAME_THAW_AGENT_REDELIVERED, counters->redelivered);
    count_unless_zero(out, NAME_THAW_AGENT_TELEMETRY_BAD, counters->telemetry_bad);
    count_unless_zero(out, NAME_THAW_AGENT_RUNTIME_UNSEEN, counters->runtime_unseen);
    count_unless_zero(out, NAME_THAW_AGENT_EVENTS_USELESS, counters->events_useless);
    count_unless_zero(out, NAME_THAW_AGENT_EVENTS_UNKNOWN, counters->events_unknown);
    count_unless_zero(out, NAME_THAW_AGENT_INVOCATIONS_SPLIT, counters->split);
    count_unless_zero(out, NAME_THAW_AGENT_LINES_HELD_BACK, counters->held_back);
    count_unless_zero(out, NAME_THAW_AGENT_LINES_BELOW_LEVEL, counters->below_level);
    count_unless_zero(out, NAME_THAW_AGENT_LINES_WITHHELD, counters->withheld);
    for (enum redact_detector each = 0; each < REDACT_DETECTORS; each++) {
        count_named(out, NAME_THAW_AGENT_REDACTED_PREFIX, redact_name(each),
                    counters->redacted[each]);
    }
    for (enum core_drop drop = 0; drop < CORE_DROPS; drop++) {
        uint64_t count = counters->dropped[drop];
        count += drop == CORE_DROP_FULL ? core->queue.dropped : 0;
        count_named(out, NAME_THAW_AGENT_DROPPED_PREFIX, core_drop_name(drop), count);
    }
    for (enum core_spool spool = 0; spool < CORE_SPOOLS; spool++) {
        count_named(out, NAME_THAW_AGENT_SPOOL_PREFIX, core_spool_name(spool),
                    counters->spool[spool]);
    }
    emit_end(core, now, BLOCK_LOGS, QUEUE_FACT, log.seq);
}

void emit_logs_dropped(struct core *core, struct core_now now, const struct event *event)
{
    struct buf *out = &core->record;
    struct record_log log = {
        .time_ns = event->time_ns,
        .observed_ns = now.wall_ns,
        .severity = SEVERITY_WARN,
        .severity_text = SLICE("WARN"),
        .event_name = NAME_EVENT_LOGS_DROPPED,
        .seq = emit_begin(core),
    };
    record_log_write(&log, out);
    attribute_text(out, ATTRIBUTE_OF_LOG, NAME_THAW_SOURCE, SLICE("extension"));
    attribute_int_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_DROPPED_RECORDS, event->dropped_records);
    attribute_int_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_DROPPED_BYTES, event->dropped_bytes);
    attribute_text_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_DROPPED_REASON, event->reason);
    emit_end(core, now, BLOCK_LOGS, QUEUE_FACT, log.seq);
}
