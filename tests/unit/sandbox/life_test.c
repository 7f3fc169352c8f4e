/* SPDX-License-Identifier: Apache-2.0 */
#include "life_world.h"

/* Extensions, then the runtime, then the invocation; frozen when all called next. */
static void test_first_invocation(void **state)
{
    (void)state;
    struct world world = world_make(1);
    in(&world, LIFE_IN_INVOKE);
    SAID(&world, "initStart:init start-extensions");
    in_register(&world, 0, LIFE_EVENT_INVOKE | LIFE_EVENT_SHUTDOWN);
    SAID(&world, "start-runtime");
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    SAID(&world, "extension");
    wait_ms(&world, 100);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "initRuntimeDone:init:success initReport:init:success start tell-invoke0 "
                 "send-invoke");
    wait_ms(&world, 10);
    responds(&world);
    wait_ms(&world, 1);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "runtimeDone:success");
    assert_int_equal(last_event(&world, LIFE_EVENT_RUNTIME_DONE)->duration_ns, 11 * MS);
    wait_ms(&world, 4);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    const struct life_event *report = last_event(&world, LIFE_EVENT_REPORT);
    assert_int_equal(report->time_ns, world.now_ns);
    assert_int_equal(report->duration_ns, 15 * MS);
    assert_int_equal(report->init_ns, 100 * MS);
    SAID(&world, "report:success finished freeze free");
    in(&world, LIFE_IN_INVOKE);
    SAID(&world, "thaw start tell-invoke0 send-invoke");
    in(&world, LIFE_IN_RUNTIME_NEXT);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    assert_int_equal(last_event(&world, LIFE_EVENT_REPORT)->init_ns, 0);
}

/* The other order, and all else as it is. */
static void test_runtime_first(void **state)
{
    (void)state;
    struct world world = world_make(1);
    world.life.limits.runtime_first = true;
    in(&world, LIFE_IN_INVOKE);
    in_register(&world, 0, LIFE_EVENT_INVOKE | LIFE_EVENT_SHUTDOWN);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    world.said[0] = '\0';
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "initRuntimeDone:init:success initReport:init:success start send-invoke "
                 "tell-invoke0");
    responds(&world);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    SAID(&world, "runtimeDone:success report:success finished freeze free");
}

/* An init with nobody waiting ends frozen. */
static void test_proactive(void **state)
{
    (void)state;
    struct world world = world_make(0);
    in(&world, LIFE_IN_START);
    SAID(&world, "initStart:init start-runtime");
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "initRuntimeDone:init:success initReport:init:success freeze free");
    assert_true(life_free(&world.life));
}

/* An extension that wants no INVOKE holds no invocation open. */
static void test_shutdown_only(void **state)
{
    (void)state;
    struct world world = world_make(1);
    in(&world, LIFE_IN_INVOKE);
    in_register(&world, 0, LIFE_EVENT_SHUTDOWN);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    world.said[0] = '\0';
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "runtimeDone:success report:success finished freeze free");
}

/* A timeout kills the runtime, tells the extensions, and the same environment starts anew. */
static void test_timeout(void **state)
{
    (void)state;
    struct world world = world_invoked();
    wait_ms(&world, 2999);
    in(&world, LIFE_IN_TIME);
    SAID(&world, "");
    wait_ms(&world, 1);
    assert_int_equal(life_deadline_ns(&world.life), world.now_ns);
    in(&world, LIFE_IN_TIME);
    SAID(&world, "fail:Sandbox.Timedout runtimeDone:timeout:Sandbox.Timedout "
                 "report:timeout:Sandbox.Timedout finished kill-runtime shutdown0:timeout");
    assert_false(life_free(&world.life));
    in_extension(&world, LIFE_IN_EXTENSION_EXITED, 0);
    SAID(&world, "kill-all free");
    in(&world, LIFE_IN_INVOKE);
    SAID(&world, "initStart:invoke start-extensions");
    in_register(&world, 0, LIFE_EVENT_INVOKE);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    wait_ms(&world, 50);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "start-runtime extension initRuntimeDone:invoke:success "
                 "initReport:invoke:success start tell-invoke0 send-invoke");
    in(&world, LIFE_IN_RUNTIME_NEXT);
    wait_ms(&world, 7);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    /* The init was waited for inside of the invocation: it is in the duration and not beside. */
    assert_int_equal(last_event(&world, LIFE_EVENT_REPORT)->duration_ns, 57 * MS);
    assert_int_equal(last_event(&world, LIFE_EVENT_REPORT)->init_ns, 0);
}

/* When extensions take the time, the function has answered and only the report says timeout. */
static void test_timeout_of_extension(void **state)
{
    (void)state;
    struct world world = world_invoked();
    responds(&world);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "runtimeDone:success");
    wait_ms(&world, 3000);
    in(&world, LIFE_IN_TIME);
    SAID(&world, "fail:Sandbox.Timedout report:timeout:Sandbox.Timedout finished kill-runtime "
                 "shutdown0:timeout");
}

/* What the platform killed itself did not exit: its end is no failure, and nobody hears of it. */
static void test_killed_by_platform(void **state)
{
    (void)state;
    struct world world = world_invoked();
    wait_ms(&world, 3000);
    in(&world, LIFE_IN_TIME);
    world.said[0] = '\0';
    exits(&world);
    SAID(&world, "");

    world = world_invoked();
    in(&world, LIFE_IN_RUNTIME_NEXT);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    in(&world, LIFE_IN_END);
    world.said[0] = '\0';
    exits(&world);
    SAID(&world, "shutdown0:spindown");
}

/* A runtime that ends while nobody waits for it fails no invocation. */
static void test_killed_asleep(void **state)
{
    (void)state;
    struct world world = world_make(0);
    in(&world, LIFE_IN_START);
    exits(&world);
    SAID(&world, "initStart:init start-runtime initRuntimeDone:init:error:Runtime.ExitError "
                 "initReport:init:error:Runtime.ExitError kill-all free");

    world = world_invoked();
    in(&world, LIFE_IN_RUNTIME_NEXT);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    world.said[0] = '\0';
    exits(&world);
    SAID(&world, "thaw shutdown0:failure");
}

/* The time of start is when the invocation is sent, and durations are measured from there, however
 * long it takes to do what the life says. */
static void test_start_time(void **state)
{
    (void)state;
    struct world world = world_make(0);
    in(&world, LIFE_IN_START);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    wait_ms(&world, 20);
    in(&world, LIFE_IN_INVOKE);
    uint64_t start_ns = last_event(&world, LIFE_EVENT_START)->time_ns;
    assert_int_equal(start_ns, world.now_ns);
    wait_ms(&world, 28);
    responds(&world);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    const struct life_event *done = last_event(&world, LIFE_EVENT_RUNTIME_DONE);
    assert_int_equal(done->time_ns - done->duration_ns, start_ns);
    const struct life_event *report = last_event(&world, LIFE_EVENT_REPORT);
    assert_int_equal(report->time_ns - report->duration_ns, start_ns);
}

/* A runtime that exits fails the invocation; the shutdown says failure. */
static void test_crash(void **state)
{
    (void)state;
    struct world world = world_invoked();
    exits(&world);
    SAID(&world, "fail:Runtime.ExitError runtimeDone:error:Runtime.ExitError "
                 "report:error:Runtime.ExitError finished shutdown0:failure");
    wait_ms(&world, 2000);
    in(&world, LIFE_IN_TIME);
    SAID(&world, "kill-all free");
}

/* An extension that exits fails the invocation, too. */
static void test_extension_crash(void **state)
{
    (void)state;
    struct world world = world_invoked();
    in_extension(&world, LIFE_IN_EXTENSION_EXITED, 0);
    SAID(&world, "fail:Extension.Crash runtimeDone:error:Extension.Crash "
                 "report:error:Extension.Crash finished kill-runtime kill-all free");
}

/* A failed init is repeated for the invocation, with phase invoke; failing again fails it. */
static void test_failed_init(void **state)
{
    (void)state;
    struct world world = world_make(0);
    in(&world, LIFE_IN_INVOKE);
    SAID(&world, "initStart:init start-runtime");
    exits(&world);
    SAID(&world, "initRuntimeDone:init:error:Runtime.ExitError "
                 "initReport:init:error:Runtime.ExitError kill-all "
                 "initStart:invoke start-runtime");
    input(&world, &(struct life_input){.kind = LIFE_IN_RUNTIME_INIT_ERROR,
                                       .error_type = "Runtime.ImportModuleError"});
    SAID(&world, "initRuntimeDone:invoke:error:Runtime.ImportModuleError "
                 "initReport:invoke:error:Runtime.ImportModuleError start "
                 "fail:Runtime.ImportModuleError "
                 "runtimeDone:error:Runtime.ImportModuleError "
                 "report:error:Runtime.ImportModuleError finished kill-runtime kill-all free");
}

/* An init beyond its limit is repeated under the function's timeout. */
static void test_suppressed_init(void **state)
{
    (void)state;
    struct world world = world_make(0);
    in(&world, LIFE_IN_INVOKE);
    world.said[0] = '\0';
    wait_ms(&world, 10000);
    in(&world, LIFE_IN_TIME);
    SAID(&world, "initRuntimeDone:init:timeout initReport:init:timeout kill-runtime kill-all "
                 "initStart:invoke start-runtime");
    wait_ms(&world, 3000);
    in(&world, LIFE_IN_TIME);
    assert_int_equal(last_event(&world, LIFE_EVENT_REPORT)->duration_ns, 3000 * MS);
    SAID(&world, "initRuntimeDone:invoke:timeout:Sandbox.Timedout "
                 "initReport:invoke:timeout:Sandbox.Timedout start fail:Sandbox.Timedout "
                 "runtimeDone:timeout:Sandbox.Timedout report:timeout:Sandbox.Timedout finished "
                 "kill-runtime kill-all free");
}

/* Idle time ends it: the runtime has 30 % of 2 s, the extensions the rest. */
static void test_spindown(void **state)
{
    (void)state;
    struct world world = world_invoked();
    in(&world, LIFE_IN_RUNTIME_NEXT);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    world.said[0] = '\0';
    wait_ms(&world, 60000);
    in(&world, LIFE_IN_TIME);
    SAID(&world, "thaw term-runtime");
    wait_ms(&world, 599);
    in(&world, LIFE_IN_TIME);
    SAID(&world, "");
    wait_ms(&world, 1);
    in(&world, LIFE_IN_TIME);
    assert_int_equal(world.actions.list[1].deadline_ns, world.now_ns + 1400 * MS);
    SAID(&world, "kill-runtime shutdown0:spindown");
    in_extension(&world, LIFE_IN_EXTENSION_EXITED, 0);
    SAID(&world, "kill-all end");
}

/* Without an extension there is no time at all; with an internal one 500 ms. */
static void test_budgets(void **state)
{
    (void)state;
    struct world world = world_make(0);
    in(&world, LIFE_IN_START);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    world.said[0] = '\0';
    in(&world, LIFE_IN_END);
    SAID(&world, "thaw kill-runtime kill-all end");

    world = world_make(0);
    in(&world, LIFE_IN_START);
    in_register(&world, 0, LIFE_EVENT_INVOKE);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    world.said[0] = '\0';
    in(&world, LIFE_IN_END);
    SAID(&world, "thaw term-runtime");
    assert_int_equal(life_deadline_ns(&world.life), world.now_ns + 150 * MS);
}

/* An extension that wants no SHUTDOWN is killed. */
static void test_kill_unregistered(void **state)
{
    (void)state;
    struct world world = world_make(2);
    in(&world, LIFE_IN_START);
    in_register(&world, 0, LIFE_EVENT_INVOKE);
    in_register(&world, 1, LIFE_EVENT_SHUTDOWN);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 1);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    world.said[0] = '\0';
    in(&world, LIFE_IN_END);
    exits(&world);
    SAID(&world, "thaw term-runtime kill-extension0 shutdown1:spindown");
}

/* An end that is wanted during an invocation comes after it. */
static void test_end_waits(void **state)
{
    (void)state;
    struct world world = world_invoked();
    in(&world, LIFE_IN_END);
    SAID(&world, "");
    in(&world, LIFE_IN_RUNTIME_NEXT);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    SAID(&world, "runtimeDone:success report:success finished freeze thaw term-runtime");
}

/* Any order of any inputs keeps the invariants, and the action list never overflows. */
static void test_any_order(void **state)
{
    (void)state;
    static const enum life_input_kind kinds[] = {LIFE_IN_EXTENSION_NEXT,
                                                 LIFE_IN_EXTENSION_ERROR,
                                                 LIFE_IN_EXTENSION_EXITED,
                                                 LIFE_IN_RUNTIME_NEXT,
                                                 LIFE_IN_RUNTIME_INIT_ERROR,
                                                 LIFE_IN_RUNTIME_RESPONSE,
                                                 LIFE_IN_RUNTIME_EXITED,
                                                 LIFE_IN_TIME,
                                                 LIFE_IN_END};
    for (unsigned seed = 0; seed < 20000; seed++) {
        struct world world = world_make(seed % 3);
        unsigned random = seed * 2654435761u + 1;
        for (unsigned step = 0; step < 40 && world.life.state != LIFE_ENDED; step++) {
            random = random * 1664525u + 1013904223u;
            world.said[0] = '\0';
            unsigned pick = (random >> 16) % 12;
            unsigned extension =
                world.life.extension_count == 0 ? 0 : (random >> 8) % world.life.extension_count;
            wait_ms(&world, (random >> 24) % 64 == 0 ? 61000 : (random >> 24));
            if (pick >= 10 && life_free(&world.life)) {
                in(&world, LIFE_IN_INVOKE);
            } else if (pick == 9 && world.life.external_count > 0 &&
                       world.life.extensions[extension].state == LIFE_EXTENSION_STARTED) {
                in_register(&world, extension, random % 4);
            } else if (pick < 9 && (pick > 2 || world.life.extension_count > 0)) {
                input(&world, &(struct life_input){
                                  .kind = kinds[pick], .extension = extension, .error_type = "X"});
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_invocation),
        cmocka_unit_test(test_runtime_first),
        cmocka_unit_test(test_proactive),
        cmocka_unit_test(test_shutdown_only),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_timeout_of_extension),
        cmocka_unit_test(test_killed_by_platform),
        cmocka_unit_test(test_killed_asleep),
        cmocka_unit_test(test_start_time),
        cmocka_unit_test(test_crash),
        cmocka_unit_test(test_extension_crash),
        cmocka_unit_test(test_failed_init),
        cmocka_unit_test(test_suppressed_init),
        cmocka_unit_test(test_spindown),
        cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_kill_unregistered),
        cmocka_unit_test(test_end_waits),
        cmocka_unit_test(test_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
