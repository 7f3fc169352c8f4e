/* SPDX-License-Identifier: Apache-2.0 */
#include "core_drive.h"

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
    assert_int_equal(core.counters.split, 2 * AGENT_INVOCATIONS_MAX);
}

/* One after the other takes the rows of those of which everything is told: few are ever used. */
static void rows_are_used_again(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    for (unsigned i = 0; i < 3 * AGENT_INVOCATIONS_MAX; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "id-%u", i);
        one_life(id);
        tell((struct event){.type = EVENT_REPORT, .request_id = slice_from(id)});
    }
    assert_int_equal(core.invocations.reach, AGENT_INVOCATIONS_KEPT);
    assert_int_equal(core.counters.split, 0);
}

/* As many at once as there are rows, each told in one piece; one more costs one of them that. */
static void side_by_side(void **state)
{
    (void)state;
    for (unsigned count = AGENT_INVOCATIONS_MAX; count <= AGENT_INVOCATIONS_MAX + 1; count++) {
        begin(CORE_FLUSH_PERIODIC, MS(3600000));
        for (unsigned turn = 0; turn < 3; turn++) {
            char id[16];
            for (unsigned i = 0; i < count; i++) {
                (void)snprintf(id, sizeof(id), "id-%u-%u", turn, i);
                start(id);
            }
            for (unsigned i = 0; i < count; i++) {
                (void)snprintf(id, sizeof(id), "id-%u-%u", turn, (i * 37) % count);
                done(id);
                tell((struct event){.type = EVENT_REPORT, .request_id = slice_from(id)});
            }
            take_all();
        }
        /* What is told of the one that made way makes another one do so. */
        assert_int_equal(core.counters.split, count == AGENT_INVOCATIONS_MAX ? 0 : 3 * 2);
        assert_int_equal(core.invocations.reach, AGENT_INVOCATIONS_MAX);
    }
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
        cmocka_unit_test(late_end_of_earlier_attempt),
        cmocka_unit_test(started_rides_along),
        cmocka_unit_test(table_overflows),
        cmocka_unit_test(rows_are_used_again),
        cmocka_unit_test(side_by_side),
        cmocka_unit_test(id_limit),
        cmocka_unit_test(nameless),
        cmocka_unit_test(no_deadline),
        cmocka_unit_test(silent_telemetry),
        cmocka_unit_test(small_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
