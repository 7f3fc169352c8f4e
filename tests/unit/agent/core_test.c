/* SPDX-License-Identifier: Apache-2.0 */
#include "core/core.h"

#include "base/ensure.h"
#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

#define MS(x) AGENT_NS_MS(x)

static _Alignas(16) unsigned char queue_memory[AGENT_QUEUE_SIZE];
static unsigned char body_memory[AGENT_BODY_SIZE];
static unsigned char record_memory[AGENT_RECORD_MAX];
static struct core core;
static struct core_actions actions;
static struct core_now now;

static void begin(enum core_flush flush, uint64_t every_ns)
{
    const struct core_memory memory = {queue_memory,  sizeof(queue_memory),
                                       body_memory,   sizeof(body_memory),
                                       record_memory, sizeof(record_memory)};
    const struct core_config config = {.resource = {.function_name = SLICE("fn"), .epoch_ns = 1},
                                       .flush = flush,
                                       .flush_every_ns = every_ns,
                                       .budget_ns = MS(100),
                                       .lines = true};
    now = (struct core_now){.wall_ns = UINT64_C(1795000000000000000), .mono_ns = MS(1000000)};
    core_init(&core, &config, &memory);
}

static void step(struct core_input input)
{
    core_step(&core, now, &input, &actions);
    core_assert(&core);
}

static void pass(uint64_t ns)
{
    now.wall_ns += ns;
    now.mono_ns += ns;
    step((struct core_input){.kind = CORE_TIME});
}

static void invoke(const char *id)
{
    step((struct core_input){
        .kind = CORE_INVOKE,
        .invoke = {.request_id = slice_from(id), .deadline_ns = now.wall_ns + MS(3000)}});
}

static void tell(struct event event)
{
    event.time_ns = now.wall_ns;
    step((struct core_input){.kind = CORE_EVENT, .event = &event});
}

static void start(const char *id)
{
    tell((struct event){.type = EVENT_START, .request_id = slice_from(id)});
}

static void done(const char *id)
{
    tell((struct event){.type = EVENT_RUNTIME_DONE, .request_id = slice_from(id)});
}

static void answer(unsigned status)
{
    step((struct core_input){.kind = CORE_ANSWER, .answer = {.status = status}});
}

/* Acknowledge whatever is sent, until nothing is. */
static void take_all(void)
{
    while (actions.send) {
        answer(200);
    }
}

static void one_life(const char *id)
{
    invoke(id);
    start(id);
    done(id);
    take_all();
}

/* At the end: next is asked for when the runtime is done and what there was is acknowledged. */
static void holds_until_acknowledged(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    assert_false(actions.ask_next || actions.send);
    start("a");
    assert_false(actions.ask_next);
    done("a");
    assert_true(actions.send && actions.signal == BLOCK_LOGS && !actions.ask_next);
    answer(200);
    assert_true(actions.send && actions.signal == BLOCK_TRACES && !actions.ask_next);
    answer(200);
    assert_true(actions.ask_next && !actions.send);
    assert_int_equal(core.queue.count, 0);
}

/* An answer that does not come costs the budget and not more; the batch is still on its way. */
static void budget(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    start("a");
    done("a");
    assert_true(actions.wake_mono_ns <= now.mono_ns + MS(100));
    pass(MS(99));
    assert_false(actions.ask_next);
    pass(MS(1));
    assert_true(actions.ask_next && !actions.cancel);
    answer(200);
    assert_true(core.counters.sent > 0);
}

/* Without an end, next is asked for 200 ms before the deadline, and what is known was sent. */
static void deadline(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    tell((struct event){.type = EVENT_INIT_START});
    invoke("a");
    start("a");
    while (!actions.ask_next) {
        uint64_t wake_ns = actions.wake_mono_ns;
        assert_true(wake_ns > now.mono_ns && wake_ns <= MS(1000000) + MS(2800));
        pass(wake_ns - now.mono_ns);
        take_all();
    }
    assert_true(now.mono_ns <= MS(1000000) + MS(2800));
    assert_true(core.counters.sent > 0);
}

/* adaptive: the first ones are held, frequent ones are not, rare ones are again. */
static void adaptive(void **state)
{
    (void)state;
    begin(CORE_FLUSH_ADAPTIVE, 0);
    char id[16];
    for (unsigned i = 0; i < 10; i++) {
        (void)snprintf(id, sizeof(id), "%u", i);
        invoke(id);
        assert_int_equal(actions.ask_next, i >= AGENT_ADAPTIVE_FIRST);
        start(id);
        done(id);
        take_all();
        pass(MS(1000));
        take_all();
    }
    for (unsigned i = 10; i < 20; i++) {
        pass(MS(100000));
        take_all();
        (void)snprintf(id, sizeof(id), "%u", i);
        invoke(id);
        take_all();
        start(id);
        done(id);
        take_all();
    }
    pass(MS(100000));
    invoke("last");
    assert_false(actions.ask_next);
}

/* A failure is tried again with the same bytes, later each time; then nothing is held for it. */
static void retries(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    uint64_t waited_ns = 0;
    invoke("a");
    start("a");
    done("a");
    for (unsigned i = 0; i < 6; i++) {
        assert_true(actions.send && actions.again == (i > 0));
        answer(503);
        assert_false(actions.send);
        assert_true(core.retry_ns - now.mono_ns >= waited_ns / 2);
        waited_ns = core.retry_ns - now.mono_ns;
        pass(waited_ns);
    }
    answer(0);
    invoke("b");
    assert_true(actions.ask_next);
}

/* Retry-After is obeyed. */
static void retry_after(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    start("a");
    done("a");
    step((struct core_input){.kind = CORE_ANSWER,
                             .answer = {.status = 429, .retry_after_ns = MS(7000)}});
    assert_true(actions.ask_next);
    pass(MS(6999));
    assert_false(actions.send);
    pass(MS(1));
    assert_true(actions.send && actions.again);
}

/* Each kind of loss has its counter, and partial success is one. */
static void losses(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    start("a");
    done("a");
    uint64_t batch = core.batch.frames;
    answer(400);
    assert_true(core.counters.dropped[CORE_DROP_REJECTED] == batch);
    pass(MS(60000));
    take_all();
    invoke("b");
    start("b");
    done("b");
    while (actions.send && core.batch.frames > 1) {
        answer(413);
    }
    answer(413);
    assert_true(core.counters.dropped[CORE_DROP_TOO_LARGE] == 1);
    take_all();
    invoke("c");
    start("c");
    done("c");
    uint64_t before = core.counters.dropped[CORE_DROP_REJECTED];
    step((struct core_input){.kind = CORE_ANSWER, .answer = {.status = 200, .rejected = 1}});
    assert_true(core.counters.dropped[CORE_DROP_REJECTED] == before + 1);
}

/* A batch that is refused again and again is given up; a connection that fails is not its fault. */
static void gives_up(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    start("a");
    done("a");
    for (unsigned i = 0; i < 2 * AGENT_RETRIES_MAX; i++) {
        answer(0);
        pass(core.retry_ns - now.mono_ns);
        assert_true(actions.send && actions.again);
    }
    for (unsigned i = 0; i < AGENT_RETRIES_MAX; i++) {
        assert_true(core.counters.dropped[CORE_DROP_RETRIES] == 0);
        answer(503);
        pass(core.retry_ns - now.mono_ns);
    }
    assert_true(core.counters.dropped[CORE_DROP_RETRIES] > 0);
}

/* SHUTDOWN waits for the last report, then tells the end and is gone. */
static void shutdown_waits_for_report(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    one_life("a");
    step((struct core_input){
        .kind = CORE_SHUTDOWN,
        .shutdown = {.reason = SLICE("SPINDOWN"), .deadline_ns = now.wall_ns + MS(2000)}});
    assert_false(actions.exit || actions.send);
    pass(MS(5));
    tell((struct event){.type = EVENT_REPORT, .request_id = SLICE("a"), .billed_ms = 3});
    assert_true(actions.send);
    take_all();
    assert_true(actions.exit);
    assert_int_equal(core.queue.count, 0);
}

/* Without the report it waits 300 ms; with a collector that hangs it is gone before the deadline.
 */
static void shutdown_ends(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    one_life("a");
    uint64_t begun_ns = now.mono_ns;
    step((struct core_input){
        .kind = CORE_SHUTDOWN,
        .shutdown = {.reason = SLICE("spindown"), .deadline_ns = now.wall_ns + MS(2000)}});
    pass(MS(300));
    assert_true(actions.send);
    while (!actions.exit) {
        assert_true(actions.wake_mono_ns > now.mono_ns);
        pass(actions.wake_mono_ns - now.mono_ns);
    }
    assert_true(now.mono_ns - begun_ns <= MS(1850));
}

static void tell_at(enum event_type type, const char *id, uint64_t time_ns)
{
    const struct event event = {
        .type = type, .request_id = slice_from(id), .time_ns = time_ns, .billed_ms = EVENT_NONE};
    step((struct core_input){.kind = CORE_EVENT, .event = &event});
}

static unsigned rows(void)
{
    unsigned count = 0;
    for (size_t i = 0; i < AGENT_INVOCATIONS_MAX; i++) {
        count += core.invocations.rows[i].used ? 1 : 0;
    }
    return count;
}

/* A start of the same time is no new attempt, wherever the first one has come to; of another time
 * it is. */
static void start_told_again(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    uint64_t at_ns = now.wall_ns;
    invoke("a");
    tell_at(EVENT_START, "a", at_ns);
    tell_at(EVENT_START, "a", at_ns);
    assert_int_equal(rows(), 1);
    tell_at(EVENT_RUNTIME_DONE, "a", at_ns + MS(1));
    take_all();
    tell_at(EVENT_REPORT, "a", at_ns + MS(2));
    take_all();
    tell_at(EVENT_START, "a", at_ns);
    assert_int_equal(rows(), 1);
    /* The retry was announced; it is not what is told again. */
    invoke("a");
    tell_at(EVENT_START, "a", at_ns);
    assert_int_equal(rows(), 2);
    assert_false(core.current->started);
    tell_at(EVENT_START, "a", at_ns + MS(1000));
    assert_int_equal(rows(), 2);
    assert_true(core.current->started && core.current->attempt == 2);
}

/* After the rows are gone, and in the next process, a start of a time that was noted is the same
 * attempt, and a new one is the next. */
static void start_told_to_the_next(void **state)
{
    static struct invocation_table kept;
    (void)state;
    begin(CORE_FLUSH_END, 0);
    uint64_t at_ns = now.wall_ns;
    tell_at(EVENT_START, "a", at_ns);
    tell_at(EVENT_START, "a", at_ns + MS(1000));
    kept = core.invocations;
    begin(CORE_FLUSH_END, 0);
    memcpy(core.invocations.attempts, kept.attempts, sizeof(kept.attempts));
    tell_at(EVENT_START, "a", at_ns + MS(1000));
    assert_int_equal(rows(), 1);
    assert_int_equal(core.attributed->attempt, 2);
    invoke("a");
    tell_at(EVENT_START, "a", at_ns + MS(2000));
    assert_int_equal(rows(), 2);
    assert_int_equal(core.attributed->attempt, 3);
}

/* An init of the same start is the same init: what follows did not wait for it once more. */
static void init_told_again(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    uint64_t at_ns = now.wall_ns;
    tell_at(EVENT_INIT_START, "", at_ns);
    one_life("a");
    tell_at(EVENT_INIT_START, "", at_ns);
    one_life("b");
    assert_true(core.attributed->cold == INVOCATION_COLD_NO);
}

/* The same bytes are known among the latest, and counted; others are new. */
static void delivery_comes_again(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    assert_true(core_delivery_new(&core, SLICE("first")));
    for (unsigned i = 1; i < AGENT_DELIVERIES_MAX; i++) {
        assert_true(core_delivery_new(&core, slice_of(&i, sizeof(i))));
    }
    assert_false(core_delivery_new(&core, SLICE("first")));
    assert_int_equal(core.counters.redelivered, 1);
    assert_true(core_delivery_new(&core, SLICE("one more")));
    assert_true(core_delivery_new(&core, SLICE("first")));
}

/* An exchange that was frozen beyond its time is not sent again before its answer could be read;
 * one that never comes is, whatever wakes us first. */
static void answer_after_thaw(void **state)
{
    (void)state;
    for (unsigned by_timer = 0; by_timer < 2; by_timer++) {
        begin(CORE_FLUSH_ADAPTIVE, 0);
        one_life("a");
        invoke("b");
        tell_at(EVENT_START, "b", now.wall_ns);
        tell_at(EVENT_RUNTIME_DONE, "b", now.wall_ns);
        assert_true(actions.send);
        now.wall_ns += MS(60000);
        now.mono_ns += MS(60000);
        if (by_timer == 1) {
            step((struct core_input){.kind = CORE_TIME});
            assert_false(actions.cancel || actions.send);
        }
        invoke("c");
        assert_false(actions.cancel || actions.send);
        uint64_t before = core.counters.sent;
        answer(200);
        assert_true(core.counters.sent > before);
        assert_int_equal(core.failures, 0);
    }
    begin(CORE_FLUSH_ADAPTIVE, 0);
    invoke("d");
    tell_at(EVENT_START, "d", now.wall_ns);
    tell_at(EVENT_RUNTIME_DONE, "d", now.wall_ns);
    assert_true(core.batch.in_flight);
    for (unsigned i = 0; i < AGENT_THAWS_MAX; i++) {
        now.wall_ns += MS(60000);
        now.mono_ns += MS(60000);
        invoke("e");
        assert_false(actions.cancel);
    }
    now.wall_ns += MS(60000);
    now.mono_ns += MS(60000);
    invoke("f");
    assert_true(actions.cancel);
}

/* A slow collector is given its time across a short freeze. */
static void short_freeze(void **state)
{
    (void)state;
    begin(CORE_FLUSH_ADAPTIVE, 0);
    one_life("a");
    invoke("b");
    tell_at(EVENT_START, "b", now.wall_ns);
    tell_at(EVENT_RUNTIME_DONE, "b", now.wall_ns);
    pass(MS(2000));
    invoke("c");
    pass(MS(2900));
    assert_true(core.batch.in_flight && !actions.cancel);
    pass(MS(100));
    assert_true(actions.cancel);
}

/* A handler that runs a quarter of a second is told of while it runs. */
static void long_handler_is_told_of(void **state)
{
    (void)state;
    begin(CORE_FLUSH_ADAPTIVE, 0);
    tell((struct event){.type = EVENT_INIT_START});
    invoke("a");
    start("a");
    assert_false(actions.send);
    assert_true(actions.wake_mono_ns <= now.mono_ns + MS(250));
    pass(MS(250));
    assert_true(actions.send && actions.signal == BLOCK_LOGS && !actions.ask_next);
}

/* Where invocations come every millisecond, what rides is sent in few exchanges, and all of it. */
static void rides_are_apart(void **state)
{
    (void)state;
    unsigned exchanges = 0;
    begin(CORE_FLUSH_ADAPTIVE, 0);
    for (unsigned i = 0; i < 2000; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "%u", i);
        invoke(id);
        start(id);
        done(id);
        tell((struct event){.type = EVENT_REPORT, .request_id = slice_from(id), .billed_ms = 1});
        pass(MS(1));
        if (core.batch.in_flight) {
            exchanges++;
            answer(200);
        }
    }
    /* Three signals, twenty flushes, and those of the first invocations. */
    assert_in_range(exchanges, 30, 80);
    assert_true(core.counters.sent > core.counters.received * 9 / 10);
}

/* The late end of an earlier attempt ends the hold of the current one: too short is better than
 * too long. */
static void late_end_of_earlier_attempt(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    start("a");
    pass(MS(3100));
    take_all();
    invoke("a");
    start("a");
    assert_int_equal(core.current->attempt, 2);
    assert_false(actions.ask_next);
    done("a");
    take_all();
    assert_true(core.asked);
}

/* What rides with an invocation carries that it has started. */
static void started_rides_along(void **state)
{
    (void)state;
    begin(CORE_FLUSH_ADAPTIVE, 0);
    for (unsigned i = 0; i < 5; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "%u", i);
        one_life(id);
        pass(MS(1000));
        take_all();
    }
    pass(AGENT_RIDE_EVERY_NS);
    invoke("next");
    assert_true(actions.ask_next);
    tell((struct event){.type = EVENT_REPORT, .request_id = SLICE("4"), .billed_ms = 3});
    assert_true(actions.send && actions.signal == BLOCK_LOGS);
    assert_false(core.current->dirty);
}

/* More invocations without a report than there is room for: their facts become records. */
static void table_overflows(void **state)
{
    (void)state;
    begin(CORE_FLUSH_PERIODIC, MS(3600000));
    for (unsigned i = 0; i < 3 * AGENT_INVOCATIONS_MAX; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "id-%u", i);
        invoke(id);
        start(id);
        take_all();
        done(id);
        take_all();
    }
    assert_true(core.counters.received >= 2 * AGENT_INVOCATIONS_MAX);
}

/* A request id at its limit is kept, one byte more is counted as useless. */
static void id_limit(void **state)
{
    (void)state;
    char id[AGENT_REQUEST_ID_MAX + 2];
    begin(CORE_FLUSH_END, 0);
    memset(id, 'x', sizeof(id));
    id[AGENT_REQUEST_ID_MAX] = '\0';
    start(id);
    assert_true(core.counters.events_useless == 0 && core.attributed != NULL);
    id[AGENT_REQUEST_ID_MAX] = 'x';
    id[AGENT_REQUEST_ID_MAX + 1] = '\0';
    start(id);
    assert_true(core.counters.events_useless == 1);
}

/* An event without a request id is answered with the next one, whatever it was. */
static void nameless(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    step((struct core_input){.kind = CORE_INVOKE,
                             .invoke = {.deadline_ns = now.wall_ns + MS(3000)}});
    assert_true(actions.ask_next);
}

/* Without a deadline ahead there is no end of a hold: the next event is asked for at once. */
static void no_deadline(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    step((struct core_input){.kind = CORE_INVOKE, .invoke = {.request_id = SLICE("a")}});
    assert_true(actions.ask_next);
    step((struct core_input){
        .kind = CORE_INVOKE,
        .invoke = {.request_id = SLICE("b"), .deadline_ns = now.wall_ns - MS(1)}});
    assert_true(actions.ask_next);
}

/* Telemetry that was promised and does not come costs one hold; what comes is believed again. */
static void silent_telemetry(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    assert_false(actions.ask_next);
    pass(MS(2800));
    assert_true(actions.ask_next);
    take_all();
    for (unsigned i = 0; i < 10; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "silent-%u", i);
        invoke(id);
        assert_true(actions.ask_next);
        take_all();
        pass(MS(1000));
        take_all();
    }
    done("silent-9");
    take_all();
    invoke("b");
    assert_false(actions.ask_next);
}

/* Each block of an SDK grows by the attributes of the resource: many small ones are no batch that
 * bursts. */
static void small_blocks(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    const unsigned count = 6000;
    const struct core_input block = {
        .kind = CORE_BLOCK, .more = true, .block = {.signal = BLOCK_TRACES, .bytes = SLICE_EMPTY}};
    for (unsigned i = 0; i < count; i++) {
        core_step(&core, now, &block, &actions);
    }
    one_life("a");
    assert_true(core.counters.sent >= count);
    assert_true(core.queue.dropped == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_until_acknowledged),
        cmocka_unit_test(budget),
        cmocka_unit_test(deadline),
        cmocka_unit_test(adaptive),
        cmocka_unit_test(retries),
        cmocka_unit_test(retry_after),
        cmocka_unit_test(losses),
        cmocka_unit_test(gives_up),
        cmocka_unit_test(shutdown_waits_for_report),
        cmocka_unit_test(shutdown_ends),
        cmocka_unit_test(start_told_again),
        cmocka_unit_test(start_told_to_the_next),
        cmocka_unit_test(init_told_again),
        cmocka_unit_test(delivery_comes_again),
        cmocka_unit_test(answer_after_thaw),
        cmocka_unit_test(short_freeze),
        cmocka_unit_test(long_handler_is_told_of),
        cmocka_unit_test(rides_are_apart),
        cmocka_unit_test(late_end_of_earlier_attempt),
        cmocka_unit_test(started_rides_along),
        cmocka_unit_test(table_overflows),
        cmocka_unit_test(id_limit),
        cmocka_unit_test(nameless),
        cmocka_unit_test(no_deadline),
        cmocka_unit_test(silent_telemetry),
        cmocka_unit_test(small_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
