/* SPDX-License-Identifier: Apache-2.0 */
#include "orders.h"

/* Init, start, done, report and a span of one invocation: any order, and all of them twice. */
static void a_cold_invocation_in_any_order(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    init(b, 1, "init", BUILD_T0 - 300 * BUILD_MS, 290 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    started(b, 2, 0x11, BUILD_T0);
    build_trace(b, 0x7a, 0xa1);
    build_bool(b, "faas.coldstart", true);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    done(b, 4, 0x11, BUILD_T0, "success", 50 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    reported(b, 6, 0x11, "success", 341);
    b = frame(&frames, SIGNAL_TRACES);
    build_agent(b, "stock", "i1", EPOCH);
    build_span(b, "stock", SPAN_SERVER, 0x7a, 0xa1, 0xee);
    build_span_time(b, BUILD_T0, BUILD_T0 + 50 * BUILD_MS);
    build_seq(b, 5);
    build_request(b, 0x11, 1);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_line(b, "hello", 3, BUILD_T0 + BUILD_MS);
    build_request(b, 0x11, 1);
    build_trace(b, 0x7a, 0xa1);
    struct view *view = all_orders(&frames);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_int_equal(facts.outcome, OUTCOME_OK);
    assert_true(facts.cold);
    assert_false(facts.proactive);
    assert_int_equal(facts.wait_ns, 340 * BUILD_MS);
    assert_int_equal(facts.placed_ns, BUILD_T0 - 300 * BUILD_MS);
    assert_int_equal(facts.timeout_ms, 3000);
    struct rollup_facts sum = counts(view);
    assert_int_equal(sum.invocations, 1);
    assert_int_equal(sum.cold, 1);
    assert_int_equal(sum.billed_ms, 341);
    assert_int_equal(sum.mb_ms, 341 * 128);
    assert_int_equal(sum.cold_init_us, 290000);
    view_free(view);
}

/* A timeout, the end of the agent, a suppressed init inside of the next invocation: it is cold, but
 * what it waited for lies inside of its handler. */
static void a_timeout_and_a_suppressed_init(void **state)
{
    (void)state;
    struct frames frames = {0};
    int64_t next_ns = BUILD_T0 + 60000 * BUILD_MS;
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    started(b, 1, 0x11, BUILD_T0);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.instance.stop", 2);
    build_text(b, "thaw.stop.reason", "timeout");
    build_int(b, "thaw.stop_ns", BUILD_T0 + 3001 * BUILD_MS);
    build_int(b, "thaw.agent.dropped.spool_full", 3);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH + 1);
    init(b, 1, "invoke", next_ns + BUILD_MS, 200 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH + 1);
    done(b, 2, 0x12, next_ns, "success", 250 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH + 1);
    reported(b, 3, 0x12, "success", 250);
    struct view *view = all_orders(&frames);
    struct invocation_facts first = digest_invocation(view, 0x11, 1);
    assert_int_equal(first.outcome, OUTCOME_TIMEOUT);
    assert_false(first.cold);
    struct invocation_facts second = digest_invocation(view, 0x12, 1);
    assert_int_equal(second.outcome, OUTCOME_OK);
    assert_true(second.cold);
    assert_int_equal(second.wait_ns, 250 * BUILD_MS);
    assert_int_equal(second.init_ns, 200 * BUILD_MS);
    assert_int_equal(second.placed_ns, next_ns);
    struct rollup_facts sum = counts(view);
    assert_int_equal(sum.timeouts, 1);
    assert_int_equal(sum.errors, 1);
    assert_int_equal(sum.cold, 1);
    view_free(view);
}

/* The platform's status, later, wins over what the end of the agent made us believe. */
static void a_late_report_corrects_the_outcome(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    started(b, 1, 0x11, BUILD_T0);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    done(b, 2, 0x11, BUILD_T0, "success", 10 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    reported(b, 3, 0x11, "error", 11);
    build_text(b, "error.type", "Runtime.ExitError");
    build_int(b, "thaw.lines.held_back", 7);
    build_int(b, "thaw.lines.redacted", 2);
    struct view *view = all_orders(&frames);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_int_equal(facts.outcome, OUTCOME_ERROR);
    assert_int_equal(facts.lines_held_back, 7);
    assert_int_equal(facts.lines_over_budget, UNKNOWN_INT);
    assert_int_equal(facts.lines_redacted, 2);
    assert_int_equal(counts(view).errors, 1);
    assert_int_equal(counts(view).invocations, 1);
    view_free(view);
}

/* Nothing after the start: running until the deadline and some grace have passed, then unknown. */
static void an_end_that_never_comes(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    started(b, 1, 0x11, BUILD_T0);
    apply(view, b);
    assert_int_equal(digest_invocation(view, 0x11, 1).outcome, OUTCOME_RUNNING);
    assert_int_equal(counts(view).invocations, 0);
    view_tick(view, (uint64_t)(BUILD_T0 + 3000 * BUILD_MS + END_GRACE_NS));
    assert_int_equal(digest_invocation(view, 0x11, 1).outcome, OUTCOME_RUNNING);
    view_tick(view, (uint64_t)(BUILD_T0 + 3000 * BUILD_MS + END_GRACE_NS + 1));
    assert_int_equal(digest_invocation(view, 0x11, 1).outcome, OUTCOME_END_UNKNOWN);
    assert_int_equal(counts(view).end_unknown, 1);
    build_free(b);
    b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    done(b, 2, 0x11, BUILD_T0, "success", 10 * BUILD_MS);
    apply(view, b);
    assert_int_equal(digest_invocation(view, 0x11, 1).outcome, OUTCOME_OK);
    assert_int_equal(counts(view).end_unknown, 0);
    assert_int_equal(counts(view).invocations, 1);
    build_free(b);
    view_free(view);
}

/* An init that ended more than 10 s before its first invocation was waited for by nobody. */
static void a_proactive_init(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct frames frames = {0};
        int64_t gap_ns = PROACTIVE_GAP_NS + late;
        struct build *b = frame(&frames, SIGNAL_LOGS);
        build_agent(b, "stock", "i1", EPOCH);
        init(b, 1, "init", BUILD_T0 - gap_ns - 100 * BUILD_MS, 100 * BUILD_MS);
        b = frame(&frames, SIGNAL_LOGS);
        build_agent(b, "stock", "i1", EPOCH);
        done(b, 2, 0x11, BUILD_T0, "success", 10 * BUILD_MS);
        b = frame(&frames, SIGNAL_LOGS);
        build_agent(b, "stock", "i1", EPOCH);
        done(b, 3, 0x12, BUILD_T0 + 100 * BUILD_MS, "success", 10 * BUILD_MS);
        struct view *view = all_orders(&frames);
        struct invocation_facts facts = digest_invocation(view, 0x11, 1);
        assert_int_equal(facts.cold, late == 0);
        assert_int_equal(facts.proactive, late == 1);
        assert_false(digest_invocation(view, 0x12, 1).cold);
        assert_int_equal(counts(view).proactive, late);
        assert_int_equal(counts(view).cold, 1 - late);
        view_free(view);
    }
}

/* A retry repeats the request id, on another instance or on the same one: each attempt is its own,
 * and all are one transaction. */
static void attempts(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    done(b, 1, 0x11, BUILD_T0, "error", 10 * BUILD_MS);
    build_trace(b, 0x7a, 0xa1);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.invocation", 2);
    build_request(b, 0x11, 2);
    build_trace(b, 0x7b, 0xa2);
    build_text(b, "thaw.invocation.state", "done");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", BUILD_T0 + 1000 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i2", EPOCH);
    done(b, 1, 0x11, BUILD_T0 + 500 * BUILD_MS, "timeout", 10 * BUILD_MS);
    build_trace(b, 0x7c, 0xa3);
    struct view *view = all_orders(&frames);
    uint32_t rows[4];
    view_read_begin(view);
    assert_int_equal(view_attempts(view, build_id(0x11), rows, 4), 3);
    struct members_work *work = members_work_create();
    struct id16 one = members_transaction(view, work, build_id(0x7b));
    struct id16 other = members_transaction(view, work, build_id(0x7c));
    assert_memory_equal(&one, &other, sizeof(one));
    view_read_end(view);
    members_work_free(work);
    assert_int_equal(counts(view).invocations, 3);
    view_free(view);
}

/* What is missing stays unknown, what is absurd is refused, and neither stops the rest. */
static void missing_and_absurd_facts(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.invocation", 1);
    build_event(b, "faas.invocation", 2);
    build_text(b, "faas.invocation_id", "no uuid");
    build_event(b, "faas.invocation", 3);
    build_request(b, 0x11, 0);
    build_int(b, "thaw.start_ns", 12);
    build_int(b, "thaw.billed_ms", -5);
    build_int(b, "thaw.handler_ns", INT64_MAX);
    build_int(b, "thaw.memory_size_mb", INT64_MAX);
    build_text(b, "thaw.done_ns", "soon");
    build_event(b, "faas.instance.start", 4);
    build_event(b, "faas.instance.stop", 5);
    apply(view, b);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_int_equal(facts.billed_ms, UNKNOWN_INT);
    assert_int_equal(facts.handler_ns, UNKNOWN_NS);
    assert_int_equal(facts.end_ns, UNKNOWN_NS);
    struct view_stats stats;
    view_read_begin(view);
    view_stats(view, &stats);
    view_read_end(view);
    assert_int_equal(stats.refused_values, 4);
    assert_int_equal(stats.refused_events, 3);
    assert_int_equal(stats.invocations, 1);
    build_free(b);
    view_free(view);
}

/* After segments are gone, the view is as if it had been shown the others only. */
static void forgetting(void **state)
{
    (void)state;
    struct view *both = view_create(&key);
    struct view *late = view_create(&key);
    for (uint32_t segment = 1; segment <= 2; segment++) {
        struct build *b = build_create(SIGNAL_LOGS);
        const char *instance = segment == 1 ? "i1" : "i2";
        build_agent(b, "stock", instance, EPOCH);
        init(b, 1, "init", BUILD_T0 - 300 * BUILD_MS, 290 * BUILD_MS);
        done(b, 2, 0x10 + segment, BUILD_T0, "success", 50 * BUILD_MS);
        build_trace(b, 0x70 + segment, 0xa1);
        reported(b, 3, 0x10 + segment, "success", 341);
        struct view_frame about = {.segment = segment,
                                   .arrival_ns = (uint64_t)BUILD_T0 + 5000000000U};
        view_apply(both, &about, build_batch(b));
        if (segment == 2) {
            view_apply(late, &about, build_batch(b));
        }
        build_free(b);
    }
    view_forget(both, 1);
    char *one = digest_create(both);
    char *other = digest_create(late);
    assert_string_equal(one, other);
    free(one);
    free(other);
    view_forget(both, 2);
    struct view_stats stats;
    view_read_begin(both);
    view_stats(both, &stats);
    view_read_end(both);
    assert_int_equal(stats.invocations + stats.instances + stats.ids + stats.rollups, 0);
    view_free(both);
    view_free(late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cold_invocation_in_any_order),
        cmocka_unit_test(a_timeout_and_a_suppressed_init),
        cmocka_unit_test(a_late_report_corrects_the_outcome),
        cmocka_unit_test(an_end_that_never_comes),
        cmocka_unit_test(a_proactive_init),
        cmocka_unit_test(attempts),
        cmocka_unit_test(missing_and_absurd_facts),
        cmocka_unit_test(forgetting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
