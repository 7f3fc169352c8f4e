/* SPDX-License-Identifier: Apache-2.0 */
#include "core_drive.h"

static void sent(void)
{
    step((struct core_input){.kind = CORE_SENT});
}

static void answer_of(enum block_signal signal, unsigned status)
{
    step((struct core_input){.kind = CORE_ANSWER,
                             .answer = {.signals = 1u << signal, .status = status}});
}

/* The end of an invocation, with its logs and traces on their way. */
static void both_on_their_way(void)
{
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    start("a");
    done("a");
    assert_true(actions.send && actions.signal == BLOCK_LOGS && !actions.again);
    sent();
    assert_true(actions.send && actions.signal == BLOCK_TRACES && !actions.again);
    sent();
    assert_false(actions.send || actions.ask_next);
}

/* Signals are sent one behind the other without waiting, and next is asked for when all of them are
 * acknowledged. */
static void one_round_trip(void **state)
{
    (void)state;
    both_on_their_way();
    answer_of(BLOCK_LOGS, 200);
    assert_false(actions.send || actions.ask_next);
    answer_of(BLOCK_TRACES, 200);
    assert_true(actions.ask_next && !actions.send);
    assert_int_equal(core.queue.count, 0);
}

/* Who does not say that a batch is on its way gets the next one after the answer. */
static void one_by_one(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    start("a");
    done("a");
    pass(1);
    assert_false(actions.send);
    answer_of(BLOCK_LOGS, 200);
    assert_true(actions.send && actions.signal == BLOCK_TRACES);
}

/* What was answered is done with, what was not is sent again, and it is one failure. */
static void breaks_between(void **state)
{
    (void)state;
    both_on_their_way();
    answer_of(BLOCK_LOGS, 200);
    answer(0);
    assert_int_equal(core.failures, 1);
    assert_false(core.batches[BLOCK_LOGS].built);
    pass(core.retry_ns - now.mono_ns);
    assert_true(actions.send && actions.again && actions.signal == BLOCK_TRACES);
    answer(200);
    assert_int_equal(core.failures, 0);
    assert_int_equal(core.queue.count, 0);
}

/* A connection that breaks loses both, once; both are sent again, in one go. */
static void breaks_before(void **state)
{
    (void)state;
    both_on_their_way();
    answer(0);
    assert_int_equal(core.failures, 1);
    pass(core.retry_ns - now.mono_ns);
    assert_true(actions.send && actions.again && actions.signal == BLOCK_LOGS);
    sent();
    assert_true(actions.send && actions.again && actions.signal == BLOCK_TRACES);
    sent();
    answer_of(BLOCK_LOGS, 200);
    answer_of(BLOCK_TRACES, 200);
    assert_int_equal(core.queue.count, 0);
}

/* That the collector takes one does not hurry the retry of the other. */
static void one_fails(void **state)
{
    (void)state;
    both_on_their_way();
    step((struct core_input){
        .kind = CORE_ANSWER,
        .answer = {.signals = 1u << BLOCK_LOGS, .status = 503, .retry_after_ns = MS(7000)}});
    answer_of(BLOCK_TRACES, 200);
    assert_false(actions.send);
    assert_int_equal(core.failures, 1);
    pass(MS(6999));
    assert_false(actions.send);
    pass(MS(1));
    assert_true(actions.send && actions.again && actions.signal == BLOCK_LOGS);
}

/* One that does not fit is told at once; the others are on their way. */
static void one_does_not_fit(void **state)
{
    (void)state;
    both_on_their_way();
    answer_of(BLOCK_TRACES, 413);
    assert_false(core.batches[BLOCK_TRACES].in_flight);
    assert_true(core.batches[BLOCK_LOGS].in_flight);
    answer_of(BLOCK_LOGS, 200);
    take_all();
    assert_int_equal(core.queue.count, 0);
}

/* The time of all of them runs out together. */
static void hangs(void **state)
{
    (void)state;
    both_on_their_way();
    pass(AGENT_SEND_TIMEOUT_NS);
    assert_true(actions.cancel);
    assert_int_equal(core.exchange.in_flight, 0);
    assert_int_equal(core.failures, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_round_trip), cmocka_unit_test(one_by_one),
        cmocka_unit_test(breaks_between), cmocka_unit_test(breaks_before),
        cmocka_unit_test(one_fails),      cmocka_unit_test(one_does_not_fit),
        cmocka_unit_test(hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
