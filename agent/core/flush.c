/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parts.h"

#include "base/ensure.h"

/* A SHUTDOWN that names no deadline ahead: the platform's budget for external extensions. */
#define SHUTDOWN_BUDGET_NS AGENT_NS_MS(2000)

static uint64_t earlier(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static uint64_t later(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

/* A deadline of the wall clock on the clock of timers; what is past is now. */
static uint64_t to_mono(struct core_now now, uint64_t wall_ns)
{
    return wall_ns <= now.wall_ns ? now.mono_ns : now.mono_ns + (wall_ns - now.wall_ns);
}

static bool sick(const struct core *core)
{
    return core->failures >= AGENT_SICK_AFTER;
}

/* Whether the latest invocations come at least once a minute. */
static bool frequent(const struct core *core)
{
    uint64_t count = core->invoke_count;
    if (count <= AGENT_ADAPTIVE_FIRST) {
        return false;
    }
    uint64_t kept = count < AGENT_ADAPTIVE_RING ? count : AGENT_ADAPTIVE_RING;
    uint64_t newest = core->invokes[(count - 1) % AGENT_ADAPTIVE_RING];
    uint64_t oldest = core->invokes[(count - kept) % AGENT_ADAPTIVE_RING];
    /* What rides waits for as long as the next one takes to come. */
    uint64_t gap_ns = earlier(AGENT_ADAPTIVE_GAP_NS, core->config.age_max_ns);
    return newest >= oldest && (newest - oldest) / (kept - 1) <= gap_ns;
}

static bool crowded(const struct core *core)
{
    return core->queue.live - core->queue.held_live > core->queue.size / 2;
}

static bool interval_over(const struct core *core, struct core_now now)
{
    return now.mono_ns - core->flushed_ns >= core->config.flush_every_ns;
}

/*
 * How far flushes that ride are apart: the second is not long after the first,
 * so that what a short burst leaves behind is no more than what was sent of it;
 * then so far that of a hundred invocations a second hardly one meets a flush,
 * because the processor's time that it takes is missing there.
 */
static void pace_flushes(struct core *core, struct core_now now)
{
    bool steady = !core->hold && now.mono_ns - core->flushed_ns < 2 * AGENT_RIDE_EVERY_NS &&
                  now.wall_ns - core->flushed_wall_ns < 2 * AGENT_RIDE_EVERY_NS;
    core->ride_apart_ns =
        steady ? earlier(2 * core->ride_apart_ns, AGENT_RIDE_EVERY_NS) : AGENT_RIDE_SOON_NS;
}

/* When the next one may ride.  Much, and what tells of a failure, waits no longer than need be. */
static uint64_t next_ride_ns(const struct core *core, struct core_now now, bool failure)
{
    bool much = core->queue.live - core->queue.held_live >= AGENT_RIDE_SIZE;
    /* What would be too old at the next invocation is held for. */
    uint64_t apart_ns = earlier(core->ride_apart_ns, core->config.age_max_ns / 2);
    if (failure || much || apart_ns < AGENT_RIDE_SOON_NS) {
        apart_ns = AGENT_RIDE_SOON_NS;
    }
    /* The clock of timers may have stood still in freezes; that of the wall has not. */
    return earlier(core->flushed_ns + apart_ns, to_mono(now, core->flushed_wall_ns + apart_ns));
}

/* Whether somebody says when the runtime is done. */
static bool end_told(const struct core *core)
{
    return core->telemetry || core->interposed;
}

/* Whether a hold would have an end, and somebody to send to. */
static bool hold_possible(const struct core *core)
{
    /* A sick collector costs nothing. */
    if (!end_told(core) || core->silent || sick(core)) {
        return false;
    }
    /* An event that names no invocation has no end that could be told, and a deadline that is
     * missing or over would be no end of the hold. */
    return core->current != NULL && core->invoke_deadline_ns != 0;
}

static bool hold_wanted(const struct core *core, struct core_now now)
{
    if (!hold_possible(core)) {
        return false;
    }
    bool old = core_unsent_age_ns(core, now) > core->config.age_max_ns;
    switch (core->config.flush) {
    case CORE_FLUSH_END:
        return interval_over(core, now) || old || crowded(core);
    case CORE_FLUSH_PERIODIC:
        return false;
    case CORE_FLUSH_ADAPTIVE:
        return !frequent(core) || old || crowded(core);
    }
    return false;
}

/*
 * We may have been frozen with an exchange under way.  After a short freeze
 * its time goes on: nothing between here and the collector forgets a
 * connection within seconds.  After a long one its time is over by the clock,
 * but the answer had time to come: it lies in the socket, or arrives now that
 * the network runs again, or the connection is dead.  Which of them is known
 * soon; to send again before that would only make duplicates.
 */
static void thaw_exchange(struct core *core, struct core_now now)
{
    struct core_exchange *exchange = &core->exchange;
    /* The clock of timers may have stood still in the freeze; that of the wall has not. */
    bool over =
        now.mono_ns >= exchange->deadline_ns ||
        (exchange->thaws == 0 && now.wall_ns >= exchange->sent_wall_ns + AGENT_SEND_TIMEOUT_NS);
    if (exchange->in_flight > 0 && over && exchange->thaws < AGENT_THAWS_MAX) {
        exchange->thaws++;
        exchange->deadline_ns = now.mono_ns + AGENT_THAW_TIMEOUT_NS;
    }
}

void flush_on_invoke(struct core *core, struct core_now now)
{
    uint64_t ride_ns = now.mono_ns + AGENT_RIDE_AFTER_NS;
    core->invokes[core->invoke_count % AGENT_ADAPTIVE_RING] = now.wall_ns;
    core->invoke_count++;
    core->invoked_ns = now.mono_ns;
    /* Telemetry that was granted and does not come: one hold up to the deadline is enough. */
    core->silent = core->silent || (core->hold && core->done_seen_ns == 0);
    core->asked = false;
    core->done_seen_ns = 0;
    core->hold = hold_wanted(core, now);
    if (core->hold) {
        ride_ns = now.mono_ns + AGENT_STARTED_AFTER_NS;
    } else if (core->config.flush == CORE_FLUSH_ADAPTIVE) {
        ride_ns = later(ride_ns, next_ride_ns(core, now, false));
    } else {
        uint64_t due_ns = core->flushed_ns + core->config.flush_every_ns;
        ride_ns = later(ride_ns, due_ns);
    }
    core->ride_ns = core->hold ? ride_ns : earlier(core->ride_ns, ride_ns);
    /* Where the answer is seen it decides: a failure is told of at its end.  Until then there is no
     * hurry to ask, because the runtime has not asked either. */
    core->undecided = !core->hold && core->interposed && hold_possible(core) &&
                      core->config.flush == CORE_FLUSH_ADAPTIVE && !core->current->answered;
    core->hold = core->hold || core->undecided;
    thaw_exchange(core, now);
}

/* The report completes what is known of an invocation: a good moment for what rides. */
void flush_on_report(struct core *core, struct core_now now, bool failure)
{
    bool held = core->hold && !core->undecided;
    if (!core->hold && !core->asked) {
        return;
    }
    if (core->config.flush == CORE_FLUSH_ADAPTIVE && !held && core->ride_ns != UINT64_MAX) {
        core->ride_ns =
            earlier(core->ride_ns, later(now.mono_ns, next_ride_ns(core, now, failure)));
    }
}

static bool report_missing(const struct core *core)
{
    for (size_t i = 0; i < core->invocations.reach; i++) {
        const struct invocation *row = &core->invocations.rows[i];
        if (row->used && row->state != INVOCATION_REPORTED && !row->former) {
            return true;
        }
    }
    return false;
}

void flush_on_shutdown(struct core *core, struct core_now now, uint64_t deadline_ns)
{
    /* One that is over already is of a clock that runs off from ours: then it tells nothing. */
    uint64_t end_ns =
        deadline_ns > now.wall_ns ? to_mono(now, deadline_ns) : now.mono_ns + SHUTDOWN_BUDGET_NS;
    /* A deadline of another planet must not keep us beyond the platform's patience. */
    end_ns = earlier(end_ns, now.mono_ns + SHUTDOWN_BUDGET_NS);
    end_ns = end_ns - now.mono_ns > AGENT_SHUTDOWN_MARGIN_NS ? end_ns - AGENT_SHUTDOWN_MARGIN_NS
                                                             : now.mono_ns;
    core->stopping = true;
    core->asked = false;
    core->stop_wall_ns = now.wall_ns;
    core->stop_deadline_ns = end_ns;
    core->report_wait_ns = core->telemetry && report_missing(core)
                               ? earlier(end_ns, now.mono_ns + AGENT_REPORT_WAIT_NS)
                               : now.mono_ns;
    /* It is the last chance: try, however sick the collector was. */
    core->retry_ns = 0;
    if (core->exchange.in_flight > 0) {
        /* The connection may be dead: there must be time for another try and for the rest. */
        core->exchange.deadline_ns = now.mono_ns + AGENT_THAW_TIMEOUT_NS;
    }
}

/* The runtime was stopped by the platform, which did not come to say so of the invocation. */
static void close_open_invocations(struct core *core)
{
    struct slice reason = invocation_text_slice(&core->stop_reason);
    if (slice_equal(reason, SLICE("spindown"))) {
        return;
    }
    for (size_t i = 0; i < core->invocations.reach; i++) {
        struct invocation *row = &core->invocations.rows[i];
        if (row->used && row->state == INVOCATION_STARTED && !row->former) {
            invocation_text_set(&row->status, reason);
            row->dirty = true;
        }
    }
}

/* When the running handler comes so close to its deadline that it will hardly end by itself. */
static uint64_t last_call_ns(const struct core *core)
{
    uint64_t before_ns = AGENT_DEADLINE_MARGIN_NS + core->config.budget_ns;
    if (core->invoke_deadline_ns == 0 || core->done_seen_ns != 0) {
        return UINT64_MAX;
    }
    return core->invoke_deadline_ns > before_ns ? core->invoke_deadline_ns - before_ns : 0;
}

/* When the running handler takes so long that it is told of, where data rides. */
static uint64_t long_call_ns(const struct core *core)
{
    if (core->config.flush != CORE_FLUSH_ADAPTIVE || core->done_seen_ns != 0 ||
        core->current == NULL || !core->current->dirty) {
        return UINT64_MAX;
    }
    return core->invoked_ns + AGENT_STARTED_AFTER_NS;
}

/* When something is due whatever came before it. */
static uint64_t due_ns(const struct core *core)
{
    return earlier(core->ride_ns, earlier(last_call_ns(core), long_call_ns(core)));
}

static uint64_t hold_end_ns(const struct core *core)
{
    uint64_t end_ns = UINT64_MAX;
    if (core->invoke_deadline_ns > 0) {
        end_ns = core->invoke_deadline_ns > AGENT_DEADLINE_MARGIN_NS
                     ? core->invoke_deadline_ns - AGENT_DEADLINE_MARGIN_NS
                     : 0;
    }
    if (core->done_seen_ns > 0) {
        end_ns = earlier(end_ns, core->done_seen_ns + core->config.budget_ns);
    }
    return end_ns;
}

static bool may_ask(const struct core *core, struct core_now now)
{
    if (!core->hold || !end_told(core) || now.mono_ns >= hold_end_ns(core)) {
        return true;
    }
    if (core->done_seen_ns == 0) {
        return false;
    }
    if (core->undecided && outcome_good(core)) {
        /* Its answer was not seen, but nothing is wrong with it. */
        return true;
    }
    if (core->exchange.in_flight > 0) {
        return false;
    }
    bool hopeless = core->retry_ns >= hold_end_ns(core);
    return hopeless || sick(core) || !(batch_built(core) || batch_wanted(core));
}

/* Whether a flush takes along what comes while it lasts.  One that rides does not: where
 * invocations come every few milliseconds it would never end. */
static bool everything_due(const struct core *core)
{
    bool held = core->hold && !(core->undecided && outcome_good(core));
    return core->stopping || (held && !core->asked && core->done_seen_ns > 0) || crowded(core);
}

/* Whether the platform may still tell who we are. */
static bool waits_for_instance(const struct core *core)
{
    return core->telemetry && (!core->instance_fixed || core->snapshot == CORE_SNAPSHOT_RESTORING);
}

/* It has not: be somebody all the same. */
static void fix_instance(struct core *core, struct core_now now)
{
    if (core->snapshot == CORE_SNAPSHOT_RESTORING) {
        restore_become(core, now, SLICE_EMPTY, now.wall_ns);
    } else if (!core->instance_fixed) {
        emit_fix_instance(core, SLICE_EMPTY, now.wall_ns);
    }
}

/* Whether now is a time to send what waits. */
static bool flush_due(const struct core *core, struct core_now now)
{
    if (core->stopping) {
        return true;
    }
    if (waits_for_instance(core) && now.mono_ns < core->instance_wait_ns) {
        return false;
    }
    return core->draining || everything_due(core) || now.mono_ns >= due_ns(core);
}

/* The flush has sent all that it was for.  Whether another one is due at once, and is cut. */
static bool flush_over(struct core *core, struct core_now now)
{
    bool began = core->draining;
    core->draining = false;
    core->ride_ns =
        core->asked || core->done_seen_ns == 0 ? now.mono_ns + AGENT_STREAM_EVERY_NS : UINT64_MAX;
    if (core->managed) {
        core->ride_ns = UINT64_MAX;
    }
    return began && flush_due(core, now) && batch_cut(core, now, true);
}

/* Send another batch behind those that are in flight: what waits of other signals, in the same
 * flush.  It begins none and ends none. */
static void send_behind(struct core *core, struct core_now now, struct core_actions *actions)
{
    if (batch_rests(core) || batch_cut(core, now, everything_due(core))) {
        batch_send(core, now, actions);
    }
}

static void try_to_send(struct core *core, struct core_now now, struct core_actions *actions)
{
    if (core->exchange.in_flight > 0 || now.mono_ns < core->retry_ns) {
        return;
    }
    if (!batch_rests(core)) {
        if (!flush_due(core, now)) {
            return;
        }
        /* After a restore that cuts a batch, of what is from before. */
        fix_instance(core, now);
    }
    if (!batch_rests(core) && !batch_cut(core, now, everything_due(core)) &&
        !flush_over(core, now)) {
        return;
    }
    if (!core->draining) {
        pace_flushes(core, now);
    }
    core->draining = true;
    batch_send(core, now, actions);
}

static void send_what_is_due(struct core *core, struct core_now now, enum core_input_kind kind,
                             struct core_actions *actions)
{
    if (kind == CORE_SENT && core->exchange.in_flight > 0) {
        send_behind(core, now, actions);
    } else {
        try_to_send(core, now, actions);
    }
}

static void decide_stop(struct core *core, struct core_now now, enum core_input_kind kind,
                        struct core_actions *actions)
{
    if (!core->final && (now.mono_ns >= core->report_wait_ns || !report_missing(core))) {
        core->final = true;
        close_open_invocations(core);
        fix_instance(core, now);
        text_end(core);
        held_stop(core, now);
        emit_facts(core, now);
        emit_stop(core, now);
    }
    if (now.mono_ns < core->stop_deadline_ns) {
        send_what_is_due(core, now, kind, actions);
    }
    bool left = batch_built(core) || batch_wanted(core);
    bool hopeless = now.mono_ns >= core->stop_deadline_ns ||
                    (core->exchange.in_flight == 0 && core->retry_ns >= core->stop_deadline_ns);
    if (core->final && (!left || hopeless)) {
        core->gone = true;
        actions->exit = true;
    }
}

static uint64_t next_wake(const struct core *core)
{
    bool in_flight = core->exchange.in_flight > 0;
    uint64_t wake_ns = UINT64_MAX;
    if (in_flight) {
        wake_ns = earlier(wake_ns, core->exchange.deadline_ns);
    } else if (batch_built(core) || (core->draining && batch_wanted(core))) {
        wake_ns = earlier(wake_ns, core->retry_ns);
    }
    wake_ns = earlier(wake_ns, text_wait_ns(core));
    if (core->stopping) {
        wake_ns = earlier(wake_ns, core->final ? core->stop_deadline_ns : core->report_wait_ns);
        return earlier(wake_ns, core->stop_deadline_ns);
    }
    if (!core->asked && core->hold) {
        wake_ns = earlier(wake_ns, hold_end_ns(core));
    }
    if (!in_flight && batch_wanted(core)) {
        uint64_t flush_ns = later(due_ns(core), core->retry_ns);
        bool waits = waits_for_instance(core) && flush_ns < core->instance_wait_ns;
        wake_ns = earlier(wake_ns, waits ? core->instance_wait_ns : flush_ns);
    }
    return wake_ns;
}

/* Nothing is frozen here, and no INVOKE comes to ride beside: what waits goes by the clock. */
static void flush_by_clock(struct core *core, struct core_now now)
{
    if (core->managed && core->ride_ns == UINT64_MAX && batch_wanted(core)) {
        uint64_t every_ns = core->config.flush_every_ns;
        every_ns = every_ns > 0 ? every_ns : AGENT_MANAGED_EVERY_NS;
        core->ride_ns = now.mono_ns + earlier(every_ns, core->config.age_max_ns);
    }
}

void flush_decide(struct core *core, struct core_now now, enum core_input_kind kind,
                  struct core_actions *actions)
{
    const struct core_exchange *exchange = &core->exchange;
    if (core->gone) {
        return;
    }
    if (exchange->in_flight > 0 && now.mono_ns >= exchange->deadline_ns + AGENT_LATE_NS) {
        /* No timer is so late in a process that runs. */
        thaw_exchange(core, now);
    }
    if (exchange->in_flight > 0 && now.mono_ns >= exchange->deadline_ns) {
        const struct core_input lost = {.kind = CORE_ANSWER, .answer = {.status = 0}};
        actions->cancel = true;
        batch_answer(core, now, &lost);
    }
    if (core->stopping) {
        decide_stop(core, now, kind, actions);
    } else {
        send_what_is_due(core, now, kind, actions);
        if (!core->asked && may_ask(core, now)) {
            core->asked = true;
            actions->ask_next = true;
            if (core->hold && core->current != NULL && core->current->done_ns > 0 &&
                now.wall_ns >= core->current->done_ns) {
                core->current->held_ns = (int64_t)(now.wall_ns - core->current->done_ns);
                core->account.sums.held_ns += (uint64_t)core->current->held_ns;
            }
        }
    }
    /* Behind the sending: the end of a flush forgets when the next one is due. */
    flush_by_clock(core, now);
    actions->wake_mono_ns = next_wake(core);
}
