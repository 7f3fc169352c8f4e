/* SPDX-License-Identifier: Apache-2.0 */
#include "core_drive.h"

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
    uint64_t batch = core.batches[BLOCK_LOGS].frames;
    answer(400);
    assert_true(core.counters.dropped[CORE_DROP_REJECTED] == batch);
    pass(MS(60000));
    take_all();
    invoke("b");
    start("b");
    done("b");
    while (actions.send && core.batches[BLOCK_LOGS].frames > 1) {
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
    assert_true(core.exchange.in_flight > 0);
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
    assert_true(core.exchange.in_flight > 0 && !actions.cancel);
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
        if (core.exchange.in_flight > 0) {
            exchanges++;
            answer(200);
        }
    }
    /* Three signals, twenty flushes, and those of the first invocations. */
    assert_in_range(exchanges, 30, 80);
    assert_true(core.counters.sent > core.counters.received * 9 / 10);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
