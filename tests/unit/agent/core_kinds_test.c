/* SPDX-License-Identifier: Apache-2.0 */
#include "core_drive.h"

/* A core on instances of this type, with what its init has told. */
static void begin_on(const char *type)
{
    begin_as(CORE_FLUSH_ADAPTIVE, 0, type);
    tell((struct event){.type = EVENT_INIT_START,
                        .initialization_type = slice_from(type),
                        .phase = SLICE("init"),
                        .instance_id = SLICE("publisher")});
}

static void say(const char *text)
{
    tell((struct event){.type = EVENT_LINE_FUNCTION,
                        .text = {.raw = slice_from(text), .escaped = false}});
}

static void say_of(const char *object)
{
    tell((struct event){.type = EVENT_LINE_FUNCTION, .object = slice_from(object)});
}

static void restore(uint64_t seed)
{
    step((struct core_input){.kind = CORE_RESTORED, .restored = {.seed = {seed, seed}}});
}

static bool holds(const char *text)
{
    return slice_find(actions.body, slice_from(text)) != SLICE_NONE;
}

/* What was told before a snapshot is sent as the publisher's, first and apart; what follows is of a
 * new instance, with its own epoch. */
static void snapshot_wakes_up(void **state)
{
    (void)state;
    begin_on("snap-start");
    say("before");
    assert_true(core_restore_wanted(&core));
    now.wall_ns += MS(86400000);
    restore(7);
    assert_true(actions.cancel);
    assert_false(core_restore_wanted(&core));
    invoke("a");
    assert_false(actions.send);
    tell((struct event){.type = EVENT_INIT_REPORT, .duration_ns = 5});
    tell((struct event){.type = EVENT_RESTORE_START, .instance_id = SLICE("restored")});
    assert_int_equal(core.resource.epoch_ns, now.wall_ns);
    assert_true(actions.send && !actions.again);
    assert_true(holds("publisher") && holds("before") && holds("faas.instance.start"));
    assert_false(holds("restored") || holds("started"));
    start("a");
    assert_int_equal(core.current->cold, INVOCATION_COLD_YES);
    done("a");
    answer(200);
    assert_true(actions.send);
    assert_true(holds("restored") && holds("faas.instance.start"));
    assert_false(holds("publisher") || holds("before"));
    take_all();
}

/* Copies of one snapshot send the same bytes for what was before, and are different afterwards. */
static void copies_differ(void **state)
{
    (void)state;
    static unsigned char first[65536];
    size_t first_size = 0;
    char made_up[2][AGENT_INSTANCE_MAX];
    for (unsigned i = 0; i < 2; i++) {
        begin_on("snap-start");
        say("before");
        now.wall_ns += MS(1000) * (i + 1);
        restore(i);
        invoke("a");
        start("a"); /* No restoreStart: an id is made up. */
        assert_true(actions.send);
        if (i == 0) {
            first_size = actions.body.size;
            memcpy(first, actions.body.base, first_size);
        } else {
            assert_int_equal(actions.body.size, first_size);
            assert_memory_equal(actions.body.base, first, first_size);
        }
        done("a");
        take_all();
        assert_true(core.resource.instance_made_up);
        memcpy(made_up[i], core.resource.instance.base, core.resource.instance.size);
    }
    assert_memory_not_equal(made_up[0], made_up[1], 37);
}

/* An exchange that was under way at the snapshot is no failure, and its bytes go again. */
static void snapshot_in_an_exchange(void **state)
{
    (void)state;
    begin_on("snap-start");
    for (unsigned i = 0; i < 40; i++) {
        static char line[AGENT_LINE_MAX];
        memset(line, 'x', sizeof(line) - 1);
        say(line); /* So much that it is sent before anybody comes. */
    }
    assert_true(core.exchange.in_flight > 0);
    restore(1);
    assert_true(actions.cancel);
    assert_int_equal(core.failures, 0);
    invoke("a");
    tell((struct event){.type = EVENT_RESTORE_START, .instance_id = SLICE("restored")});
    pass(AGENT_RIDE_AFTER_NS);
    assert_true(core.exchange.in_flight > 0);
    take_all();
}

/* A process that was started anew in a restored instance is no copy. */
static void not_a_copy(void **state)
{
    (void)state;
    begin_as(CORE_FLUSH_ADAPTIVE, 0, "snap-start");
    restore(1);
    invoke("a");
    tell((struct event){
        .type = EVENT_INIT_START, .phase = SLICE("invoke"), .instance_id = SLICE("same")});
    start("a");
    done("a");
    assert_true(actions.send && holds("same"));
    take_all();
}

/* Without a restoreStart within its time we are somebody all the same. */
static void restore_untold(void **state)
{
    (void)state;
    begin_on("snap-start");
    restore(1);
    invoke("a");
    pass(AGENT_INSTANCE_WAIT_NS - 1);
    assert_false(actions.send);
    pass(1);
    assert_true(actions.send);
    take_all();
    assert_true(core.resource.instance_made_up);
}

/* Invocations side by side: lines belong to whom they name, reports end them, the clock sends. */
static void managed(void **state)
{
    (void)state;
    begin_on("lambda-managed-instances");
    start("a");
    start("b");
    say_of("{\"requestId\":\"b\",\"message\":\"of b\"}");
    say("of nobody");
    assert_false(actions.send || actions.ask_next);
    assert_int_equal(actions.wake_mono_ns, now.mono_ns + AGENT_MANAGED_EVERY_NS);
    pass(AGENT_MANAGED_EVERY_NS - 1);
    assert_false(actions.send);
    pass(1);
    assert_true(actions.send && holds("of b") && holds("of nobody") && holds("started"));
    take_all();
    assert_int_equal(actions.wake_mono_ns, UINT64_MAX);
    tell((struct event){.type = EVENT_REPORT,
                        .request_id = SLICE("a"),
                        .status = SLICE("success"),
                        .duration_ns = MS(5)});
    assert_false(actions.send);
    pass(AGENT_MANAGED_EVERY_NS);
    assert_true(actions.send && holds("reported"));
    take_all();
    struct invocation *b = invocation_find(&core.invocations, SLICE("b"));
    assert_int_equal(b->state, INVOCATION_STARTED);
    assert_int_equal(b->cold, INVOCATION_COLD_NO);
}

/* What comes while a batch is under way is sent a second after its answer, if nothing else comes.
 */
static void managed_behind_a_batch(void **state)
{
    (void)state;
    begin_on("lambda-managed-instances");
    start("a");
    pass(AGENT_MANAGED_EVERY_NS);
    assert_true(actions.send);
    tell((struct event){.type = EVENT_REPORT,
                        .request_id = SLICE("a"),
                        .status = SLICE("success"),
                        .duration_ns = MS(5)});
    answer(200);
    take_all();
    assert_int_equal(actions.wake_mono_ns, now.mono_ns + AGENT_MANAGED_EVERY_NS);
    pass(AGENT_MANAGED_EVERY_NS);
    assert_true(actions.send && holds("reported"));
    take_all();
    assert_int_equal(actions.wake_mono_ns, UINT64_MAX);
}

/* A platform that refuses INVOKE is one, whatever it calls itself; a setting slows the clock, and
 * the age bounds it. */
static void managed_by_refusal(void **state)
{
    (void)state;
    begin(CORE_FLUSH_PERIODIC, MS(60000));
    step((struct core_input){.kind = CORE_MANAGED, .more = true});
    start("a");
    assert_int_equal(actions.wake_mono_ns, now.mono_ns + MS(60000));
    begin(CORE_FLUSH_PERIODIC, MS(600000));
    step((struct core_input){.kind = CORE_MANAGED, .more = true});
    start("a");
    assert_int_equal(actions.wake_mono_ns, now.mono_ns + MS(120000));
}

/* Nobody tells of inits: the first invocation is cold if it comes at once. */
static void no_telemetry(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        begin_as(CORE_FLUSH_ADAPTIVE, 0, "on-demand");
        core.resource.epoch_ns = now.wall_ns - AGENT_PROACTIVE_NS - i;
        step((struct core_input){.kind = CORE_NO_TELEMETRY, .more = true});
        invoke("a");
        assert_true(actions.ask_next);
        assert_int_equal(core.current->cold, i == 0 ? INVOCATION_COLD_YES : INVOCATION_COLD_NO);
        invoke("b");
        assert_int_equal(core.current->cold, INVOCATION_COLD_NO);
        pass(AGENT_INSTANCE_WAIT_NS);
        assert_true(actions.send && holds("thaw.no_telemetry"));
        take_all();
    }
}

static const char *error_type(void)
{
    static char text[AGENT_WORD_MAX + 1];
    struct slice type = invocation_text_slice(&core.current->error_type);
    memcpy(text, type.base, type.size);
    text[type.size] = '\0';
    return text;
}

/* What each runtime writes without memory makes a failure one of memory, and nothing of a success.
 */
static void starved(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "fatal error: runtime: out of memory\n",
        "java.lang.OutOfMemoryError: Java heap space\n",
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n",
        "[ERROR] MemoryError\n",
        "failed to allocate memory (NoMemoryError)\n",
        "System.OutOfMemoryException: Array dimensions exceeded\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        for (unsigned fails = 0; fails < 2; fails++) {
            begin(CORE_FLUSH_ADAPTIVE, 0);
            invoke("a");
            start("a");
            say(lines[i]);
            tell((struct event){.type = EVENT_RUNTIME_DONE,
                                .request_id = SLICE("a"),
                                .status = fails ? SLICE("error") : SLICE("success"),
                                .error_type = fails ? SLICE("Runtime.ExitError") : SLICE_EMPTY});
            assert_string_equal(error_type(), fails ? "Runtime.OutOfMemory" : "");
            take_all();
        }
    }
}

/* A runtime that was killed with all memory in use is told by its report alone. */
static void starved_by_report(void **state)
{
    (void)state;
    for (int64_t used = 127; used < 129; used++) {
        begin(CORE_FLUSH_ADAPTIVE, 0);
        invoke("a");
        start("a");
        tell((struct event){.type = EVENT_REPORT,
                            .request_id = SLICE("a"),
                            .status = SLICE("error"),
                            .error_type = SLICE("Runtime.ExitError"),
                            .memory_size_mb = 128,
                            .max_memory_used_mb = used});
        assert_string_equal(error_type(),
                            used == 128 ? "Runtime.OutOfMemory" : "Runtime.ExitError");
        take_all();
    }
}

/* Where invocations are further apart than data may wait, none waits for the next. */
static void age_is_bounded(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        begin(CORE_FLUSH_ADAPTIVE, 0);
        core.config.age_max_ns = MS(5000);
        uint64_t gap_ns = i == 0 ? MS(4000) : MS(6000);
        for (unsigned n = 0; n < 12; n++) {
            char id[16];
            (void)snprintf(id, sizeof(id), "%u", n);
            invoke(id);
            bool held = !actions.ask_next;
            assert_true(n < AGENT_ADAPTIVE_FIRST || held == (i == 1));
            start(id);
            done(id);
            take_all();
            pass(gap_ns);
            take_all();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshot_wakes_up),
        cmocka_unit_test(copies_differ),
        cmocka_unit_test(snapshot_in_an_exchange),
        cmocka_unit_test(not_a_copy),
        cmocka_unit_test(restore_untold),
        cmocka_unit_test(managed),
        cmocka_unit_test(managed_behind_a_batch),
        cmocka_unit_test(managed_by_refusal),
        cmocka_unit_test(no_telemetry),
        cmocka_unit_test(starved),
        cmocka_unit_test(starved_by_report),
        cmocka_unit_test(age_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
