/* SPDX-License-Identifier: Apache-2.0 */

/* What the core makes of the runtime's events and answers, which the proxy sees. */
#include "core_drive.h"

static void trigger(const char *id)
{
    static const struct trigger told = {.kind = TRIGGER_OTHER};
    step((struct core_input){.kind = CORE_TRIGGER,
                             .trigger = {.request_id = slice_from(id), .trigger = &told}});
}

static void respond(const char *id, bool error)
{
    step((struct core_input){.kind = CORE_RESPONSE,
                             .response = {.request_id = slice_from(id), .error = error}});
}

static void ask(const char *id)
{
    step((struct core_input){
        .kind = CORE_ASKED,
        .asked = {.request_id = slice_from(id), .handler_ns = MS(7), .cpu_ns = MS(3)}});
}

/* So often that data rides with the next one. */
static void begin_often(void)
{
    begin(CORE_FLUSH_ADAPTIVE, 0);
    for (unsigned i = 0; i < AGENT_ADAPTIVE_FIRST; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "before-%u", i);
        trigger(id);
        one_life(id);
        pass(MS(1000));
        take_all();
    }
}

/* A good answer is the moment to ask for the next event, and nothing is sent for it. */
static void test_good(void **state)
{
    (void)state;
    begin_often();
    trigger("a");
    invoke("a");
    start("a");
    assert_false(core.asked);
    respond("a", false);
    assert_true(actions.ask_next);
    assert_false(actions.send);
    ask("a");
    done("a");
    assert_false(actions.send);
}

/* One that failed is told of at its end, and then the next event is asked for. */
static void test_failed(void **state)
{
    (void)state;
    begin_often();
    invoke("a");
    trigger("a");
    start("a");
    respond("a", true);
    assert_false(actions.ask_next);
    ask("a");
    assert_false(actions.ask_next);
    done("a");
    assert_true(actions.send);
    while (actions.send) {
        assert_false(core.asked);
        answer(200);
    }
    assert_true(core.asked);
}

/* The first one of which the event is seen after INVOKE has been asked for already: no harm. */
static void test_late_event(void **state)
{
    (void)state;
    begin(CORE_FLUSH_ADAPTIVE, 0);
    for (unsigned i = 0; i < AGENT_ADAPTIVE_FIRST; i++) {
        one_life("x");
        pass(MS(1000));
        take_all();
    }
    invoke("a");
    assert_true(core.asked);
    trigger("a");
    respond("a", true);
    ask("a");
    done("a");
    assert_true(core.asked);
}

/* A runtime that never answers holds nothing beyond the deadline's margin, and a crash is told of
 * at once. */
static void test_no_answer(void **state)
{
    (void)state;
    begin_often();
    trigger("a");
    invoke("a");
    pass(MS(3000) - AGENT_DEADLINE_MARGIN_NS - 1);
    take_all();
    assert_false(core.asked);
    pass(1);
    assert_true(core.asked);

    begin_often();
    trigger("b");
    invoke("b");
    start("b");
    tell((struct event){.type = EVENT_RUNTIME_DONE,
                        .request_id = SLICE("b"),
                        .status = SLICE("failure"),
                        .error_type = SLICE("Runtime.ExitError")});
    assert_true(actions.send);
    assert_false(core.asked);
    take_all();
    assert_true(core.asked);
}

/* An answer that was not seen, of an invocation that went well. */
static void test_unseen_answer(void **state)
{
    (void)state;
    begin_often();
    trigger("a");
    invoke("a");
    start("a");
    done("a");
    assert_false(actions.send);
    assert_true(core.asked);
}

/* A sick collector, or a way to flush that never holds: as without the proxy. */
static void test_not_held(void **state)
{
    (void)state;
    begin(CORE_FLUSH_PERIODIC, MS(10000));
    trigger("a");
    invoke("a");
    assert_true(core.asked);
    begin_often();
    core.failures = AGENT_SICK_AFTER;
    trigger("b");
    invoke("b");
    assert_true(core.asked);
}

/* Without telemetry the proxy tells the end: time, status and processor time. */
static void test_no_telemetry(void **state)
{
    const struct invocation *row = NULL;
    (void)state;
    begin(CORE_FLUSH_END, 0);
    step((struct core_input){.kind = CORE_NO_TELEMETRY});
    invoke("first");
    assert_true(core.asked);
    trigger("first");
    respond("first", false);
    ask("first");
    row = invocation_find(&core.invocations, SLICE("first"));
    assert_int_equal(row->state, INVOCATION_DONE);
    assert_int_equal(row->handler_ns, MS(7));
    assert_int_equal(row->runtime_cpu_ns, MS(3));
    assert_true(slice_equal(invocation_text_slice(&row->status), SLICE("success")));
    take_all();
    /* From now on it can be waited for. */
    trigger("second");
    invoke("second");
    assert_false(core.asked);
    respond("second", true);
    ask("second");
    row = invocation_find(&core.invocations, SLICE("second"));
    assert_true(slice_equal(invocation_text_slice(&row->status), SLICE("error")));
    assert_true(actions.send);
    take_all();
    assert_true(core.asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),          cmocka_unit_test(test_failed),
        cmocka_unit_test(test_late_event),    cmocka_unit_test(test_no_answer),
        cmocka_unit_test(test_unseen_answer), cmocka_unit_test(test_not_held),
        cmocka_unit_test(test_no_telemetry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
