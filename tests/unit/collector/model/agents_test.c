/* SPDX-License-Identifier: Apache-2.0 */
/* What agents tell of themselves. */
#include "orders.h"

#define SEC INT64_C(1000000000)

static uint32_t only_instance(const struct view *view, struct instance_facts *facts)
{
    assert_int_equal(view_instance_count(view), 1);
    view_instance(view, 0, facts);
    return 0;
}

/* The sums of a function are those of its invocations, in whatever order they are told of, and
 * however often; what was held is weighted with the memory that is paid for. */
static void sums(void **state)
{
    (void)state;
    struct frames frames = {0};
    for (uint64_t i = 0; i < 3; i++) {
        struct build *b = frame(&frames, SIGNAL_LOGS);
        build_agent(b, "stock", "i1", EPOCH);
        done(b, 10 * i + 1, 0x10 + i, BUILD_T0 + (int64_t)i * SEC, "success", 50 * BUILD_MS);
        build_int(b, "thaw.agent.waiting.records", 0);
        b = frame(&frames, SIGNAL_LOGS);
        build_agent(b, "stock", "i1", EPOCH);
        reported(b, 10 * i + 2, 0x10 + i, "success", 60);
        if (i < 2) {
            build_int(b, "thaw.agent.cpu_ns", 300000);
            build_int(b, "thaw.agent.held_ns", 2500000);
            build_int(b, "thaw.agent.wire_bytes", 1000);
            build_int(b, "thaw.agent.memory_bytes", 700000 + (int64_t)i);
        }
    }
    struct view *view = all_orders(&frames);
    struct rollup_facts facts = counts(view);
    assert_int_equal(facts.invocations, 3);
    assert_int_equal(facts.agent.told, 2);
    assert_int_equal(facts.agent.cpu_us, 600);
    assert_int_equal(facts.agent.held_us, 5000);
    assert_int_equal(facts.agent.held_mb_us, 5000 * 128);
    assert_int_equal(facts.agent.wire_bytes, 2000);
    struct instance_facts instance;
    only_instance(view, &instance);
    assert_int_equal(instance.agent_memory_bytes, 700001);
    assert_int_equal(instance.waiting_records, 0);
    assert_int_equal(instance.waiting_since_ns, UNKNOWN_NS);
    view_free(view);
}

/* Each process tells at its end what it did not send; in whatever order, and however often. */
static void unsent_by_reason(void **state)
{
    (void)state;
    struct frames frames = {0};
    for (uint64_t epoch = EPOCH; epoch < EPOCH + 2; epoch++) {
        struct build *b = frame(&frames, SIGNAL_LOGS);
        build_agent(b, "stock", "i1", epoch);
        build_event(b, "faas.instance.stop", 9);
        build_int(b, "thaw.agent.dropped.buffer_full", 3);
        build_int(b, "thaw.agent.dropped.retries", (int64_t)(epoch - EPOCH) + 1);
        build_int(b, "thaw.agent.dropped.of_tomorrow", 5);
        build_int(b, "thaw.agent.dropped.rejected", -1);
        build_int(b, "thaw.agent.lines_held_back", 100);
        build_int(b, "thaw.agent.lines_of_tomorrow", 7);
    }
    struct view *view = all_orders(&frames);
    struct instance_facts instance;
    only_instance(view, &instance);
    const uint32_t *counts = instance.unsent.counts;
    assert_int_equal(counts[UNSENT_FULL], 6);
    assert_int_equal(counts[UNSENT_RETRIES], 3);
    assert_int_equal(counts[UNSENT_OTHER], 10);
    assert_int_equal(counts[UNSENT_REJECTED], 0);
    assert_int_equal(counts[UNSENT_HELD_BACK], 200);
    assert_int_equal(unsent_dropped(&instance.unsent), 19);
    view_free(view);
}

/* A record of the agent that says that so many wait when it has arrived. */
static void say(struct view *view, uint64_t epoch, uint64_t seq, int64_t records,
                int64_t arrival_ns)
{
    struct build *b = build_create(SIGNAL_LOGS);
    struct view_frame about = {.segment = 1, .arrival_ns = (uint64_t)arrival_ns};
    build_agent(b, "stock", "i1", epoch);
    started(b, seq, 0x11, BUILD_T0);
    build_int(b, "thaw.agent.waiting.records", records);
    if (records > 0) {
        build_int(b, "thaw.agent.waiting.since_ns", BUILD_T0);
    }
    view_apply(view, &about, build_batch(b));
    build_free(b);
}

static uint32_t waiting(struct view *view, int64_t now_ns)
{
    struct instance_facts instance;
    view_tick(view, (uint64_t)now_ns);
    only_instance(view, &instance);
    assert_int_equal(instance.waiting_since_ns,
                     instance.waiting_records > 0 ? BUILD_T0 : UNKNOWN_NS);
    return instance.waiting_records;
}

/* Records wait in an instance from ten seconds after it said so until it says otherwise. */
static void waits(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    int64_t said_ns = BUILD_T0 + SEC;
    say(view, EPOCH, 5, 7, said_ns);
    assert_int_equal(waiting(view, said_ns + WAITING_AFTER_NS - 1), 0);
    assert_int_equal(waiting(view, said_ns + WAITING_AFTER_NS), 7);
    /* What was said before, and comes late, and the same again, change nothing. */
    say(view, EPOCH, 4, 9, said_ns + 20 * SEC);
    say(view, EPOCH, 5, 7, said_ns + 20 * SEC);
    say(view, EPOCH - 1, 99, 3, said_ns + 20 * SEC);
    assert_int_equal(waiting(view, said_ns + 21 * SEC), 7);
    say(view, EPOCH, 6, 2, said_ns + 30 * SEC);
    assert_int_equal(waiting(view, said_ns + 39 * SEC), 0);
    assert_int_equal(waiting(view, said_ns + 40 * SEC), 2);
    say(view, EPOCH, 7, 0, said_ns + 50 * SEC);
    assert_int_equal(waiting(view, said_ns + 90 * SEC), 0);
    view_free(view);
}

/* Not in one that was stopped, nor in one that gave no sign for so long that it must be gone. */
static void waits_no_more(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    say(view, EPOCH, 5, 7, BUILD_T0 + SEC);
    assert_int_equal(waiting(view, BUILD_T0 + INSTANCE_SILENT_NS), 7);
    assert_int_equal(waiting(view, BUILD_T0 + INSTANCE_SILENT_NS + 1), 0);
    view_free(view);

    view = view_create(&key);
    say(view, EPOCH, 5, 7, BUILD_T0 + SEC);
    struct build *b = build_create(SIGNAL_LOGS);
    struct view_frame about = {.segment = 1, .arrival_ns = (uint64_t)(BUILD_T0 + 60 * SEC)};
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.instance.stop", 9);
    build_text(b, "thaw.stop.reason", "spindown");
    build_int(b, "thaw.stop_ns", BUILD_T0 + 60 * SEC);
    view_apply(view, &about, build_batch(b));
    build_free(b);
    assert_int_equal(waiting(view, BUILD_T0 + 120 * SEC), 0);
    view_free(view);
}

/* Absurd numbers are none. */
static void absurd(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    done(b, 1, 0x11, BUILD_T0, "success", 50 * BUILD_MS);
    build_int(b, "thaw.agent.cpu_ns", -1);
    build_int(b, "thaw.agent.wire_bytes", AGENT_BYTES_MAX + 1);
    build_int(b, "thaw.agent.memory_bytes", -5);
    build_int(b, "thaw.agent.waiting.records", -1);
    struct view *view = all_orders(&frames);
    struct rollup_facts facts = counts(view);
    struct instance_facts instance;
    assert_int_equal(facts.agent.told, 0);
    assert_int_equal(facts.agent.wire_bytes, 0);
    only_instance(view, &instance);
    assert_int_equal(instance.agent_memory_bytes, UNKNOWN_INT);
    assert_int_equal(instance.waiting_records, 0);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),   cmocka_unit_test(unsent_by_reason),
        cmocka_unit_test(waits),  cmocka_unit_test(waits_no_more),
        cmocka_unit_test(absurd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
