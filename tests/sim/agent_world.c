/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_world.h"

#include "base/ensure.h"
#include "base/hash.h"
#include "base/timestamp.h"
#include "core/parts.h"
#include "event/event_read.h"

#include <stdio.h>
#include <string.h>

#define JUMP_NS MS(3600000)

static _Alignas(16) unsigned char queue_memory[AGENT_QUEUE_SIZE];
static unsigned char body_memory[AGENT_BODY_SIZE];
static unsigned char record_memory[AGENT_RECORD_MAX];
static struct redact redact;
static unsigned char file_memory[FORMAT_FILE_SIZE];
static unsigned char entries_memory[AGENT_SPOOL_ENTRIES_SIZE];

uint64_t world_below(struct world *w, uint64_t bound)
{
    return prng_below(&w->prng, bound);
}

bool world_chance(struct world *w, unsigned numerator, unsigned denominator)
{
    return prng_chance(&w->prng, numerator, denominator);
}

/* ---- The collector. ---- */

/* The latest batch of each signal: one that is sent again is the same. */
static unsigned char sent_memory[BLOCK_SIGNALS][AGENT_BODY_SIZE];
static size_t sent_size[BLOCK_SIGNALS];

static struct slice sent_body(const struct core_actions *actions)
{
    if (!actions->again) {
        ENSURE(actions->body.size <= sizeof(sent_memory[0]));
        memcpy(sent_memory[actions->signal], actions->body.base, actions->body.size);
        sent_size[actions->signal] = actions->body.size;
    }
    return slice_of(sent_memory[actions->signal], sent_size[actions->signal]);
}

static void begin_request(struct world *w, const struct core_actions *actions)
{
    static const unsigned failures[] = {0, 0, 429, 502, 503, 504, 500, 400, 401, 413};
    struct slice body = sent_body(actions);
    ENSURE(w->exchange.count < (w->trains ? BLOCK_SIGNALS : 1));
    struct request *request = &w->exchange.requests[w->exchange.count++];
    *request = (struct request){.signal = actions->signal, .status = 200};
    /* Several of the slowest do not fit into the time that SHUTDOWN leaves. */
    unsigned slow_ms = w->calm ? 150 : 800;
    request->due_ns =
        w->mono_ns + MS(1) + world_below(w, MS(world_chance(w, 1, 10) ? slow_ms : 20));
    if (world_chance(w, w->trouble, 16)) {
        request->status = failures[world_below(w, sizeof(failures) / sizeof(failures[0]))];
        request->retry_after_ns = world_chance(w, 1, 4) ? MS(1000 * world_below(w, 5)) : 0;
        if (world_chance(w, 1, 6)) {
            request->due_ns = NEVER;
        }
        if (request->status == 0 && world_chance(w, 1, 2)) {
            /* Taken, but the acknowledgement is lost. */
            (void)sink_take(&w->sink, request->signal, body);
        }
    } else {
        request->records = sink_take(&w->sink, request->signal, body);
    }
}

/* ---- The spool. ---- */

void world_kill(struct world *w)
{
    w->died = true;
    w->deaths++;
    w->exchange.count = 0;
    w->wake_ns = NEVER;
    w->hold_until_ns = NEVER;
    w->exit_until_ns = NEVER;
}

void world_maybe_kill(struct world *w)
{
    if (w->kills && !w->died && !w->exited && w->deaths < SINK_EPOCHS_MAX / 2 &&
        prng_chance(&w->spool_prng, 1, 60)) {
        world_kill(w);
    }
}

static void arm_kill(struct world *w)
{
    if (w->kills && w->deaths < SINK_EPOCHS_MAX / 2 && prng_chance(&w->spool_prng, 1, 50)) {
        w->disk.kill_at = w->disk.calls + 1 + prng_below(&w->spool_prng, 4);
        w->disk.kill_bytes =
            (size_t)prng_below(&w->spool_prng, prng_chance(&w->spool_prng, 1, 2) ? 200 : 8000);
    }
}

static void arm_failure(struct world *w)
{
    static const int failures[] = {EIO, ENOSPC, EINTR, 0};
    if (!w->disk_fails || !prng_chance(&w->spool_prng, 1, 16)) {
        return;
    }
    switch (prng_below(&w->spool_prng, 8)) {
    case 0:
        w->disk.linked = false;
        break;
    case 1:
        w->disk.size = prng_below(&w->spool_prng, w->disk.size + 1);
        memset(file_memory + w->disk.size, 0, sizeof(file_memory) - w->disk.size);
        break;
    default:
        w->disk.fail_at = w->disk.calls + 1 + prng_below(&w->spool_prng, 4);
        w->disk.failure = failures[prng_below(&w->spool_prng, 4)];
        w->disk.failing = w->disk.failure != EINTR && prng_chance(&w->spool_prng, 1, 3);
        break;
    }
}

static void disarm(struct world *w)
{
    w->disk.fail_at = 0;
    w->disk.failing = false;
    w->disk.kill_at = 0;
    if (w->disk.dead) {
        world_kill(w);
    }
}

/* As the shell does it, before it does what the step decided. */
static void keep(struct world *w, const struct core_actions *actions, enum core_input_kind kind)
{
    if (w->spooled && (kind != CORE_ANSWER || actions->send || actions->exit)) {
        arm_kill(w);
        arm_failure(w);
        spool_keep(&w->spool, &w->core, kind == CORE_INVOKE);
        disarm(w);
    }
}

static void settle(struct world *w)
{
    if (w->spooled && core_all_told(&w->core)) {
        arm_kill(w);
        spool_settle(&w->spool, &w->core);
        disarm(w);
    }
}

/* ---- Steps, and what holds after each. ---- */

static void check(const struct world *w)
{
    core_assert(&w->core);
    ENSURE(w->core.counters.sent == w->acknowledged);
    ENSURE(w->waiting || w->exited || w->mono_ns < w->hold_until_ns);
    ENSURE(w->exited || w->mono_ns < w->exit_until_ns);
    /* Nobody comes to ride beside on managed instances: what waits has its time. */
    ENSURE(!w->core.managed || w->exited || w->wake_ns != NEVER || !batch_wanted(&w->core));
}

void world_step(struct world *w, const struct core_input *input)
{
    struct core_actions actions;
    struct core_now now = {.wall_ns = w->wall_ns, .mono_ns = w->mono_ns};
    if (w->died) {
        return;
    }
    core_step(&w->core, now, input, &actions);
    if (input->more) {
        ENSURE(!actions.send && !actions.ask_next && !actions.exit && !actions.cancel);
        return;
    }
    keep(w, &actions, input->kind);
    if (w->died) {
        return;
    }
    w->wake_ns = actions.wake_mono_ns;
    if (actions.cancel) {
        ENSURE(w->exchange.count > 0);
        w->exchange.count = 0;
    }
    if (actions.send) {
        begin_request(w, &actions);
    }
    if (actions.ask_next) {
        ENSURE(!w->waiting);
        w->waiting = true;
        w->hold_until_ns = NEVER;
    }
    if (actions.exit) {
        w->exited = true;
        settle(w);
        if (w->died) {
            w->exited = false;
            return;
        }
    }
    check(w);
    if (actions.send && w->trains) {
        world_step(w, &(struct core_input){.kind = CORE_SENT});
    }
}

void world_measure(struct world *w)
{
    struct account_reading reading = account_unknown();
    const struct core_now now = {.wall_ns = w->wall_ns, .mono_ns = w->mono_ns};
    enum account_reach reach = w->measures ? account_due(&w->core, now) : ACCOUNT_NOTHING;
    if (reach == ACCOUNT_NOTHING) {
        return;
    }
    reading.agent_cpu_ns = (int64_t)(w->mono_ns / 100);
    if (reach == ACCOUNT_ALL) {
        reading.cpu_user_ns = (int64_t)(w->mono_ns / 3);
        reading.memory_used_bytes = (int64_t)(w->mono_ns % 4096);
    }
    account_take(&w->core, now, reach, &reading);
    ENSURE(account_due(&w->core, now) == ACCOUNT_NOTHING);
}

void world_pass(struct world *w, enum core_input_kind kind, bool fails)
{
    static const struct trigger trigger = {.kind = TRIGGER_OTHER};
    struct slice id = slice_from(w->id);
    if (!w->interposed) {
        return;
    }
    struct core_input input = {.kind = kind};
    if (kind == CORE_TRIGGER) {
        input.trigger.request_id = id;
        input.trigger.trigger = &trigger;
    } else if (kind == CORE_RESPONSE) {
        input.response.request_id = id;
        input.response.error = fails;
        input.response.bytes = 7;
    } else {
        input.asked.request_id = id;
        input.asked.handler_ns = 5;
        input.asked.cpu_ns = 3;
        if (w->silent && w->hold_until_ns != NEVER &&
            w->hold_until_ns > w->mono_ns + w->budget_ns) {
            w->hold_until_ns = w->mono_ns + w->budget_ns + 1;
        }
    }
    world_step(w, &input);
}

/* As the shell does it.  False: it was known. */
static bool hand_over(struct world *w, const char *text)
{
    static char arena_bytes[AGENT_EVENT_ARENA_SIZE];
    struct arena arena;
    struct event_read reader;
    struct event event;
    enum event_answer answer;
    if (w->died || !core_delivery_new(&w->core, slice_from(text))) {
        return w->died;
    }
    arena_init(&arena, arena_bytes, sizeof(arena_bytes));
    event_read_init(&reader, slice_from(text), &arena);
    while ((answer = event_read_next(&reader, &event)) == EVENT_GOT) {
        world_step(w, &(struct core_input){.kind = CORE_EVENT, .more = true, .event = &event});
    }
    ENSURE(answer == EVENT_END && reader.skipped == 0);
    world_measure(w);
    world_step(w, &(struct core_input){.kind = CORE_TIME});
    if (w->died) {
        (void)snprintf(w->unanswered, sizeof(w->unanswered), "%s", text);
    }
    return true;
}

/* The answer to a delivery may be lost: it comes again, at once or after the next one. */
static void redeliver(struct world *w, const char *text)
{
    if (w->again[0] != '\0') {
        ENSURE(!hand_over(w, w->again) || w->died);
        w->again[0] = '\0';
    }
    if (!w->redelivers || !prng_chance(&w->redelivery_prng, 1, 2)) {
        return;
    }
    if (prng_chance(&w->redelivery_prng, 1, 2)) {
        ENSURE(!hand_over(w, text) || w->died);
    } else {
        (void)snprintf(w->again, sizeof(w->again), "%s", text);
    }
}

static void deliver(struct world *w, struct delivery *delivery)
{
    static char text[sizeof(delivery->text) + 2];
    if (delivery->events == 0 || w->died) {
        return;
    }
    if (delivery->done_of == w->turn && w->hold_until_ns != NEVER &&
        w->hold_until_ns > w->mono_ns + w->budget_ns) {
        w->hold_until_ns = w->mono_ns + w->budget_ns + 1;
    }
    (void)snprintf(text, sizeof(text), "[%.*s]", (int)delivery->size, delivery->text);
    delivery->size = 0;
    delivery->events = 0;
    delivery->done_of = 0;
    ENSURE(hand_over(w, text));
    redeliver(w, text);
}

static void flush_telemetry(struct world *w)
{
    if (w->reorders && !w->died && w->held.events == 0 && world_chance(w, 1, 4)) {
        w->held = w->delivery;
        w->delivery.size = 0;
        w->delivery.events = 0;
        w->delivery.done_of = 0;
        return;
    }
    deliver(w, &w->delivery);
    deliver(w, &w->held);
}

/* The first request is answered; where the connection is gone, none is. */
static void end_request(struct world *w)
{
    struct exchange *exchange = &w->exchange;
    struct request request = exchange->requests[0];
    struct core_input input = {
        .kind = CORE_ANSWER,
        .answer = {.status = request.status, .retry_after_ns = request.retry_after_ns}};
    exchange->count = request.status == 0 ? 0 : exchange->count - 1;
    memmove(exchange->requests, exchange->requests + 1,
            exchange->count * sizeof(exchange->requests[0]));
    if (request.status != 0) {
        input.answer.signals = 1u << request.signal;
    }
    if (request.status == 200) {
        w->acknowledged += request.records;
    }
    world_step(w, &input);
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

void world_advance(struct world *w, uint64_t until_ns)
{
    for (;;) {
        uint64_t next_ns = earlier(until_ns, w->wake_ns);
        if (w->exchange.count > 0) {
            next_ns = earlier(next_ns, w->exchange.requests[0].due_ns);
        }
        if (w->delivery.events > 0) {
            next_ns = earlier(next_ns, w->delivery.due_ns);
        }
        if (next_ns > w->mono_ns) {
            w->wall_ns += next_ns - w->mono_ns;
            w->mono_ns = next_ns;
        }
        if (w->exited || w->died) {
            return;
        }
        if (w->exchange.count > 0 && w->exchange.requests[0].due_ns <= w->mono_ns) {
            end_request(w);
        } else if (w->delivery.events > 0 && w->delivery.due_ns <= w->mono_ns) {
            flush_telemetry(w);
        } else if (w->wake_ns <= w->mono_ns) {
            uint64_t before_ns = w->wake_ns;
            world_step(w, &(struct core_input){.kind = CORE_TIME});
            /* A wake that asks for itself again would spin. */
            ENSURE(w->wake_ns > w->mono_ns || w->wake_ns != before_ns || w->exited);
        } else if (w->mono_ns >= until_ns) {
            return;
        }
    }
}

void world_freeze(struct world *w, uint64_t duration_ns)
{
    w->wall_ns += duration_ns;
    if (w->jumps && prng_chance(&w->spool_prng, 1, 2)) {
        w->wall_ns += prng_below(&w->spool_prng, 2 * JUMP_NS);
        w->wall_ns -= JUMP_NS;
    }
    w->mono_ns += world_chance(w, 1, 2) ? duration_ns : 0;
    if (w->exchange.count > 0 && world_chance(w, 1, 3)) {
        w->exchange.requests[0].due_ns = NEVER;
    }
}

void world_deliver(struct world *w)
{
    deliver(w, &w->held);
    deliver(w, &w->delivery);
}

void world_say(struct world *w, const char *type, const char *record, bool done)
{
    struct delivery *delivery = &w->delivery;
    char time[TIMESTAMP_TEXT_SIZE];
    if (w->silent) {
        return;
    }
    timestamp_format(w->wall_ns, 3, time);
    if (delivery->events == 0) {
        delivery->due_ns = w->mono_ns + world_below(w, MS(40));
    }
    int size = snprintf(delivery->text + delivery->size, sizeof(delivery->text) - delivery->size,
                        "%s{\"time\":\"%s\",\"type\":\"%s\",\"record\":%s}",
                        delivery->events > 0 ? "," : "", time, type, record);
    ENSURE(size > 0 && (size_t)size < sizeof(delivery->text) - delivery->size);
    delivery->size += (size_t)size;
    delivery->events++;
    delivery->done_of = done ? w->turn : delivery->done_of;
    if (delivery->size > sizeof(delivery->text) / 2) {
        flush_telemetry(w);
    }
}

static void start_core(struct world *w)
{
    const struct core_now now = {.wall_ns = w->wall_ns, .mono_ns = w->mono_ns};
    struct core_config config = {
        .resource = {.service_name = SLICE("shop"),
                     .function_name = SLICE("shop"),
                     .agent_version = SLICE("0"),
                     .epoch_ns = w->wall_ns},
        .flush = w->flush,
        .flush_every_ns = w->flush == CORE_FLUSH_ADAPTIVE ? 0 : MS(1000 * world_below(w, 3)),
        .age_max_ns = AGENT_NS_MS(120000),
        .budget_ns = w->budget_ns,
        .lines = CORE_LINES_ALL,
        .seed = {prng_next(&w->prng), prng_next(&w->prng)},
    };
    if (w->holds) {
        config.lines = w->seed % 3 == 0 ? CORE_LINES_ALL : CORE_LINES_ON_ERROR;
        config.severity_always = 17;
        config.slow_ns = w->seed % 5 == 0 ? MS(50) : 0;
        config.sample_below = w->seed % 7 == 0 ? UINT64_MAX / 2 : 0;
        config.line_budget = w->seed % 3 == 0 ? 1500 : 0;
        config.redact = &redact;
        redact_init(&redact, REDACT_BUILT_IN);
    }
    const struct core_memory memory = {
        .queue = queue_memory,
        .queue_size = w->queue_size,
        .body = body_memory,
        .body_size = sizeof(body_memory),
        .record = record_memory,
        .record_size = sizeof(record_memory),
    };
    memset(&w->core, 0, sizeof(w->core));
    core_init(&w->core, &config, &memory);
    w->died = false;
    w->waiting = true;
    w->exited = false;
    w->wake_ns = NEVER;
    w->hold_until_ns = NEVER;
    w->exit_until_ns = NEVER;
    w->exchange.count = 0;
    w->again[0] = '\0';
    if (w->spooled) {
        const struct disk disk = memory_disk_of(&w->disk);
        const struct spool_loan loan = {.half = body_memory, .salt = prng_next(&w->spool_prng)};
        memory_disk_next_process(&w->disk);
        spool_init(&w->spool, &disk, SLICE("/tmp/spool"), entries_memory);
        arm_kill(w);
        arm_failure(w);
        (void)spool_open(&w->spool, &w->core, now, &loan);
        disarm(w);
    }
    core_assert(&w->core);
    sink_epoch(&w->sink, w->core.resource.epoch_ns);
    w->acknowledged = w->core.counters.sent;
    if (w->silent) {
        world_step(w, &(struct core_input){.kind = CORE_NO_TELEMETRY});
    }
}

static void forget_deliveries(struct world *w)
{
    w->delivery.size = w->held.size = 0;
    w->delivery.events = w->held.events = 0;
    w->delivery.done_of = w->held.done_of = 0;
    w->unanswered[0] = '\0';
}

static void init_spool(struct world *w)
{
    prng_init(&w->spool_prng, w->seed ^ UINT64_C(0x5b001));
    w->spooled = !prng_chance(&w->spool_prng, 1, 4);
    w->kills = w->spooled && prng_chance(&w->spool_prng, 1, 2);
    w->disk_fails = w->spooled && !w->calm && prng_chance(&w->spool_prng, 1, 3);
    w->jumps = prng_chance(&w->spool_prng, 1, 3);
    w->deaths = 0;
    memset(w->blocks_unsure, 0, sizeof(w->blocks_unsure));
    if (w->spooled) {
        memory_disk_reset(&w->disk, file_memory);
    }
}

void world_init(struct world *w, uint64_t seed)
{
    static const uint64_t budgets_ms[] = {0, 20, 250, 2000};
    w->seed = seed;
    prng_init(&w->prng, seed);
    sink_init(&w->sink);
    w->mono_ns = MS(1000);
    w->wall_ns = WALL_START;
    w->budget_ns = MS(budgets_ms[world_below(w, 4)]);
    w->flush = (enum core_flush)world_below(w, 3);
    w->calm = world_chance(w, 1, 3);
    w->trouble = w->calm ? 0 : (unsigned)world_below(w, 17);
    w->reorders = !w->calm && world_chance(w, 1, 3);
    w->loses = !w->calm && world_chance(w, 1, 3);
    w->silent = !w->calm && world_chance(w, 1, 12);
    w->queue_size = !w->calm && world_chance(w, 1, 4) ? 8192 : AGENT_QUEUE_SIZE;
    /* Chances of its own, so that a seed's life is the same with and without. */
    prng_init(&w->redelivery_prng, ~seed);
    w->redelivers = prng_chance(&w->redelivery_prng, 1, 3);
    /* Some seeds only, so that the lives of the others stay what they were. */
    w->measures = seed % 4 == 3;
    w->trains = seed % 3 != 1;
    w->interposed = seed % 5 == 2;
    w->holds = seed % 8 == 5;
    init_spool(w);
    forget_deliveries(w);
    w->sink.one_instance = w->calm;
    /* Without what the file held nobody knows what a late line belongs to. */
    w->sink.attributed = !w->reorders && !w->disk_fails;
    w->attempts = 0;
    w->running = false;
    w->token_lines = w->token_blocks = w->reports = w->starts = w->turn = 0;
    start_core(w);
}

void world_restart(struct world *w)
{
    static char text[sizeof(w->unanswered)];
    w->running = false;
    w->attempts = 0;
    w->mono_ns += MS(1);
    w->wall_ns += MS(1);
    if (!w->died || !w->spooled) {
        forget_deliveries(w);
    }
    start_core(w);
    /* What was not answered comes again; whether it was taken in is for the spool to know. */
    (void)snprintf(text, sizeof(text), "%s", w->unanswered);
    if (text[0] != '\0' && !w->died) {
        w->unanswered[0] = '\0';
        (void)hand_over(w, text);
    }
    world_deliver(w);
}
