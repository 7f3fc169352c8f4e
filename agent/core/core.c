/* SPDX-License-Identifier: Apache-2.0 */
#include "core/core.h"

#include "base/ensure.h"
#include "core/parts.h"
#include "core/starved.h"

#include <string.h>

void core_init(struct core *core, const struct core_config *config,
               const struct core_memory *memory)
{
    lives_init(&core->lives);
    core->config = *config;
    core->resource = config->resource;
    queue_init(&core->queue, memory->queue, memory->queue_size);
    buf_init_fixed(&core->body, memory->body, memory->body_size);
    buf_init_fixed(&core->record, memory->record, memory->record_size);
    metrics_init(&core->metrics, 0);
    prng_init(&core->prng, config->seed[0] ^ config->seed[1]);
    core->init_latest = AGENT_INITS_MAX;
    core->telemetry = true;
    core->asked = true;
    core->ride_ns = UINT64_MAX;
    core->ride_apart_ns = AGENT_RIDE_SOON_NS;
    core->batch_size_max = AGENT_BATCH_SIZE_MAX;
    struct slice type = config->resource.initialization_type;
    core->managed = slice_equal(type, SLICE("lambda-managed-instances"));
    if (slice_equal(type, SLICE("snap-start"))) {
        core->snapshot = CORE_SNAPSHOT_TAKEN;
    }
}

struct slice core_drop_name(enum core_drop drop)
{
    static const struct slice names[CORE_DROPS] = {
        [CORE_DROP_FULL] = SLICE_INIT("buffer_full"),
        [CORE_DROP_REJECTED] = SLICE_INIT("rejected"),
        [CORE_DROP_TOO_LARGE] = SLICE_INIT("too_large"),
        [CORE_DROP_RETRIES] = SLICE_INIT("retries"),
        [CORE_DROP_BUDGET] = SLICE_INIT("budget"),
        [CORE_DROP_HELD] = SLICE_INIT("held_full"),
        [CORE_DROP_SPOOL] = SLICE_INIT("spool_lost"),
    };
    ENSURE(drop < CORE_DROPS);
    return names[drop];
}

struct slice core_spool_name(enum core_spool spool)
{
    static const struct slice names[CORE_SPOOLS] = {
        [CORE_SPOOL_FULL] = SLICE_INIT("full"),       [CORE_SPOOL_FAILED] = SLICE_INIT("failed"),
        [CORE_SPOOL_GONE] = SLICE_INIT("gone"),       [CORE_SPOOL_BUSY] = SLICE_INIT("busy"),
        [CORE_SPOOL_DAMAGED] = SLICE_INIT("damaged"), [CORE_SPOOL_FOREIGN] = SLICE_INIT("foreign"),
    };
    ENSURE(spool < CORE_SPOOLS);
    return names[spool];
}

bool core_block_fits(const struct core *core, size_t size)
{
    return queue_fits(&core->queue, size);
}

bool core_delivery_new(struct core *core, struct slice body)
{
    bool new = deliveries_add(&core->deliveries, body);
    core->counters.redelivered += new ? 0 : 1;
    return new;
}

bool core_all_told(const struct core *core)
{
    return core->queue.count == 0 && !emit_facts_wait(core);
}

void core_account(struct core *core, struct slice account_id)
{
    invocation_text_keep(&core->account_id, &core->resource.account_id, account_id);
}

/* ---- Invocations. ---- */

/* What is complete becomes a record before another one begins: the rows that change stay few. */
static void emit_complete(struct core *core, struct core_now now)
{
    for (size_t i = 0; i < core->invocations.reach; i++) {
        struct invocation *row = &core->invocations.rows[i];
        if (row->used && row->dirty && row->state == INVOCATION_REPORTED && row != core->current) {
            emit_invocation(core, now, row);
        }
    }
}

static struct invocation *add_invocation(struct core *core, struct core_now now, struct slice id,
                                         bool again)
{
    emit_complete(core, now);
    struct invocation *victim = invocation_victim(
        &core->invocations, core->current != NULL ? core->current : core->attributed);
    if (victim != NULL) {
        core->counters.split += victim->state == INVOCATION_REPORTED ? 0 : 1;
        held_evict(core, now, victim);
        if (victim->dirty) {
            emit_invocation(core, now, victim);
        }
        if (core->attributed == victim) {
            core->attributed = NULL;
        }
        arrival_forget(victim);
        victim->used = false;
    }
    return invocation_add(&core->invocations, id, again);
}

static bool id_good(struct core *core, struct slice id)
{
    if (id.size > 0 && id.size <= AGENT_REQUEST_ID_MAX) {
        return true;
    }
    core->counters.events_useless++;
    return false;
}

/* INVOKE, platform.start and the trigger of one invocation come in any order; each makes a row
 * unless another one has. */
static struct invocation *begun(struct core *core, struct core_now now, struct slice id,
                                enum core_input_kind kind)
{
    struct invocation *row = invocation_find(&core->invocations, id);
    if (row != NULL) {
        bool told = kind == CORE_INVOKE    ? row->announced
                    : kind == CORE_TRIGGER ? row->triggered || row->state != INVOCATION_STARTED
                                           : row->started;
        if (!told) {
            return row;
        }
    }
    return add_invocation(core, now, id, false);
}

/* The account is the fifth field of an ARN. */
static struct slice arn_account(struct slice arn)
{
    struct slice field = SLICE_EMPTY;
    for (int i = 0; i < 5; i++) {
        if (!slice_cut(arn, ':', &field, &arn)) {
            return SLICE_EMPTY;
        }
    }
    return field;
}

static void on_invoke(struct core *core, struct core_now now, const struct core_input *input)
{
    struct slice arn = input->invoke.arn;
    uint64_t deadline_ns = input->invoke.deadline_ns;
    struct invocation *row = NULL;
    if (core->resource.account_id.size == 0) {
        core_account(core, arn_account(arn));
    }
    if (id_good(core, input->invoke.request_id)) {
        row = begun(core, now, input->invoke.request_id, CORE_INVOKE);
        row->announced = true;
        row->dirty = true;
        row->deadline_ns = deadline_ns;
        if (row->start_ns == 0) {
            row->start_ns = now.wall_ns;
        }
        if (arn.size > 0 && arn.size <= AGENT_ARN_MAX) {
            memcpy(row->arn, arn.base, arn.size);
            row->arn_size = (uint16_t)arn.size;
        }
        invocation_trace(row, input->invoke.tracing);
    }
    account_on_invoke(core, now);
    if (row != NULL && !core->telemetry) {
        inits_judge_untold(core, now, row);
    }
    core->current = row;
    core->invoke_deadline_ns =
        deadline_ns > now.wall_ns ? now.mono_ns + (deadline_ns - now.wall_ns) : 0;
    if (!core->instance_fixed && core->instance_wait_ns == 0) {
        core->instance_wait_ns = now.mono_ns + AGENT_INSTANCE_WAIT_NS;
    }
    flush_on_invoke(core, now);
    if (row != NULL && row->state != INVOCATION_STARTED) {
        core->done_seen_ns = now.mono_ns;
    }
}

static void on_trigger(struct core *core, struct core_now now, const struct core_input *input)
{
    if (id_good(core, input->trigger.request_id)) {
        struct invocation *row = begun(core, now, input->trigger.request_id, CORE_TRIGGER);
        if (row->start_ns == 0) {
            row->start_ns = now.wall_ns;
        }
        core->interposed = true;
        arrival_trigger(core, row, input->trigger.trigger);
    }
}

static void on_response(struct core *core, const struct core_input *input)
{
    struct invocation *row = invocation_find(&core->invocations, input->response.request_id);
    if (row != NULL) {
        arrival_response(core, row, input);
        outcome_on_response(core, row);
    }
}

static void on_shutdown(struct core *core, struct core_now now, const struct core_input *input)
{
    char lower[AGENT_WORD_MAX];
    struct slice reason = slice_take(input->shutdown.reason, sizeof(lower));
    /* The documentation spells it in upper case, the wire does not. */
    for (size_t i = 0; i < reason.size; i++) {
        unsigned char byte = reason.base[i];
        lower[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
    }
    invocation_text_set(&core->stop_reason, slice_of(lower, reason.size));
    flush_on_shutdown(core, now, input->shutdown.deadline_ns);
}

/* ---- Telemetry. ---- */

/* The row that a start speaks of; NULL if all that it could say is known. */
static struct invocation *started(struct core *core, struct core_now now, const struct event *event)
{
    struct slice id = event->request_id;
    if (!invocation_start_noted(&core->invocations, id, event->time_ns)) {
        return begun(core, now, id, CORE_EVENT);
    }
    /* Told again, and its row made way, or our predecessor had it: facts and lines that follow are
     * of that attempt. */
    return invocation_find(&core->invocations, id) == NULL ? add_invocation(core, now, id, true)
                                                           : NULL;
}

static void on_start(struct core *core, struct core_now now, const struct event *event)
{
    struct slice id = event->request_id;
    if (!id_good(core, id) || invocation_find_start(&core->invocations, id, event->time_ns)) {
        return;
    }
    struct invocation *row = started(core, now, event);
    if (row == NULL) {
        return;
    }
    row->started = true;
    row->dirty = true;
    if (event->time_ns > 0) {
        row->start_ns = event->time_ns;
        invocation_note_start(&core->invocations, id, event->time_ns);
    }
    invocation_trace(row, event->tracing_value);
    invocation_text_set(&row->segment_id, event->tracing_span_id);
    if (core->managed) {
        /* Its lines name it; nothing else tells them from those of the others. */
        core->serving = true;
        if (core->config.timeout_ns > 0) {
            row->deadline_ns = row->start_ns + core->config.timeout_ns;
        }
    } else {
        core->attributed = row;
    }
    inits_judge(core, now, row);
    held_start(core, row);
}

/* The row that an end speaks of.  Its start may have been before our time: a process that was
 * started after a timeout hears the end of what its predecessor saw begin. */
static struct invocation *ended(struct core *core, struct core_now now, const struct event *event,
                                enum invocation_state state)
{
    struct invocation *row = invocation_find_before(&core->invocations, event->request_id, state);
    if (row == NULL) {
        row = invocation_find(&core->invocations, event->request_id);
    }
    if (row == NULL) {
        row = add_invocation(core, now, event->request_id, true);
    }
    invocation_trace(row, event->tracing_value);
    return row;
}

static void take_status(struct core *core, struct invocation *row, const struct event *event)
{
    if (event->status.size > 0) {
        invocation_text_set(&row->status, event->status);
    }
    text_error_type(core, &row->error_type, event->error_type, &row->lines);
}

/* The hold ends with what has the request id of the current invocation, whichever attempt it may
 * be: holding too short is better than too long. */
static void see_end(struct core *core, struct core_now now, const struct event *event)
{
    if (core->current != NULL && core->done_seen_ns == 0 &&
        slice_equal(invocation_id(core->current), event->request_id)) {
        core->done_seen_ns = now.mono_ns;
    }
}

static void on_runtime_done(struct core *core, struct core_now now, const struct event *event)
{
    if (!id_good(core, event->request_id)) {
        return;
    }
    core->silent = false;
    struct invocation *row = ended(core, now, event, INVOCATION_DONE);
    row->dirty = true;
    row->done_ns = event->time_ns > 0 ? event->time_ns : now.wall_ns;
    row->handler_ns = event->duration_ns;
    row->produced_bytes = event->produced_bytes;
    row->response_latency_ns = event->response_latency_ns;
    row->response_duration_ns = event->response_duration_ns;
    row->runtime_overhead_ns = event->runtime_overhead_ns;
    if (row->state == INVOCATION_STARTED) {
        row->state = INVOCATION_DONE;
        take_status(core, row, event);
        starved_judge(row);
    }
    held_end(core, now, row, false);
    emit_spans(core, now, row);
    see_end(core, now, event);
}

static enum metrics_outcome outcome_of(const struct invocation *row)
{
    struct slice status = invocation_text_slice(&row->status);
    if (slice_equal(status, SLICE("timeout"))) {
        return METRICS_TIMEOUT;
    }
    return status.size == 0 || slice_equal(status, SLICE("success")) ? METRICS_SUCCESS
                                                                     : METRICS_ERROR;
}

static void on_report(struct core *core, struct core_now now, const struct event *event)
{
    if (!id_good(core, event->request_id)) {
        return;
    }
    struct invocation *row = ended(core, now, event, INVOCATION_REPORTED);
    bool first = row->state != INVOCATION_REPORTED;
    row->dirty = true;
    row->state = INVOCATION_REPORTED;
    take_status(core, row, event);
    row->reported_ns = event->duration_ns;
    row->billed_ms = event->billed_ms;
    row->memory_size_mb = event->memory_size_mb;
    row->max_memory_used_mb = event->max_memory_used_mb;
    row->init_ns = event->init_ns;
    row->restore_ns = event->restore_ns;
    row->billed_restore_ms = event->billed_restore_ms;
    row->post_handler_ns = event->extension_overhead_ns;
    starved_judge(row);
    if (event->response_latency_ns != EVENT_NONE) {
        row->response_latency_ns = event->response_latency_ns;
    }
    if (event->response_duration_ns != EVENT_NONE) {
        row->response_duration_ns = event->response_duration_ns;
    }
    held_end(core, now, row, true);
    emit_spans(core, now, row);
    if (first) {
        emit_post_handler(core, now, row);
        metrics_invocation(&core->metrics, now.wall_ns, outcome_of(row),
                           row->handler_ns != INT64_MIN ? row->handler_ns : row->reported_ns,
                           row->max_memory_used_mb);
    }
    see_end(core, now, event);
    flush_on_report(core, now, outcome_of(row) != METRICS_SUCCESS);
}

static void on_event(struct core *core, struct core_now now, const struct event *event)
{
    instance_learn(core, now, event);
    if (event->type != EVENT_LINE_FUNCTION && event->type != EVENT_LINE_EXTENSION) {
        text_end(core);
    }
    switch (event->type) {
    case EVENT_UNKNOWN:
        core->counters.events_unknown++;
        break;
    case EVENT_EXTENSION:
    case EVENT_SUBSCRIPTION:
        break;
    case EVENT_INIT_START:
        inits_start(core, now, event, SLICE("init"));
        break;
    case EVENT_RESTORE_START:
        inits_start(core, now, event, SLICE("snap-start"));
        break;
    case EVENT_INIT_RUNTIME_DONE:
    case EVENT_RESTORE_RUNTIME_DONE:
        inits_end(core, event, false);
        break;
    case EVENT_INIT_REPORT:
    case EVENT_RESTORE_REPORT:
        inits_end(core, event, true);
        break;
    case EVENT_START:
        on_start(core, now, event);
        break;
    case EVENT_RUNTIME_DONE:
        on_runtime_done(core, now, event);
        break;
    case EVENT_REPORT:
        on_report(core, now, event);
        break;
    case EVENT_LOGS_DROPPED:
        emit_logs_dropped(core, now, event);
        break;
    case EVENT_LINE_FUNCTION:
    case EVENT_LINE_EXTENSION:
        if (core->config.lines != CORE_LINES_OFF) {
            line_emit(core, now, event);
        }
        break;
    }
}

static void on_block(struct core *core, struct core_now now, const struct core_input *input)
{
    struct queue_frame frame = {
        .signal = (unsigned char)input->block.signal,
        .class = QUEUE_OTHER,
        .block = true,
        .seq = ++core->seq,
        .mono_ns = now.mono_ns,
    };
    core->counters.received++;
    /* The queue counts it among what it dropped. */
    bool kept = queue_push(&core->queue, &frame, input->block.bytes);
    core->counters.blocks_refused += kept ? 0 : 1;
}

void core_step(struct core *core, struct core_now now, const struct core_input *input,
               struct core_actions *actions)
{
    *actions = (struct core_actions){.wake_mono_ns = UINT64_MAX};
    text_wait(core, now);
    switch (input->kind) {
    case CORE_TIME:
        break;
    case CORE_INVOKE:
        on_invoke(core, now, input);
        break;
    case CORE_SHUTDOWN:
        on_shutdown(core, now, input);
        break;
    case CORE_EVENT:
        on_event(core, now, input->event);
        break;
    case CORE_BLOCK:
        on_block(core, now, input);
        break;
    case CORE_SENT:
        break;
    case CORE_ANSWER:
        batch_answer(core, now, input);
        break;
    case CORE_NO_TELEMETRY:
        core->telemetry = false;
        core->resource.no_telemetry = true;
        break;
    case CORE_MANAGED:
        core->managed = true;
        break;
    case CORE_RESTORED:
        restore_begin(core, now, input->restored.seed, actions);
        break;
    case CORE_TRIGGER:
        on_trigger(core, now, input);
        break;
    case CORE_PAYLOAD:
        payload_emit(core, now, input);
        break;
    case CORE_RESPONSE:
        on_response(core, input);
        break;
    case CORE_ASKED:
        outcome_on_asked(core, now, input);
        break;
    }
    if (!input->more) {
        flush_decide(core, now, input->kind, actions);
    }
}

uint64_t core_unsent_age_ns(const struct core *core, struct core_now now)
{
    uint64_t oldest_ns = queue_oldest_ns(&core->queue);
    return oldest_ns < now.mono_ns ? now.mono_ns - oldest_ns : 0;
}

void core_assert(const struct core *core)
{
    uint64_t accounted =
        core->counters.sent + core->counters.held_back + core->queue.dropped + core->queue.count;
    for (enum core_drop drop = 0; drop < CORE_DROPS; drop++) {
        accounted += core->counters.dropped[drop];
    }
    queue_assert(&core->queue);
    ENSURE(core->counters.received == accounted);
    unsigned in_flight = 0;
    for (enum block_signal each = BLOCK_LOGS; each < BLOCK_SIGNALS; each++) {
        ENSURE(core->batches[each].built || !core->batches[each].in_flight);
        in_flight += core->batches[each].in_flight ? 1 : 0;
    }
    ENSURE(core->exchange.in_flight == in_flight);
}
