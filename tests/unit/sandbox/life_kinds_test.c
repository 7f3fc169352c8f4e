/* SPDX-License-Identifier: Apache-2.0 */
#include "life_world.h"

/* The init ends in a snapshot, which waits for ever; a restore is another instance, and its time
 * and not that of the init is in the first report. */
static void test_snapshot(void **state)
{
    (void)state;
    struct world world = world_of(1, true, 0);
    in(&world, LIFE_IN_START);
    in_register(&world, 0, LIFE_EVENT_INVOKE | LIFE_EVENT_SHUTDOWN);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    wait_ms(&world, 300);
    world.said[0] = '\0';
    in(&world, LIFE_IN_RUNTIME_RESTORE_NEXT);
    SAID(&world, "initRuntimeDone:init:success initReport:init:success freeze free");
    assert_int_equal(life_deadline_ns(&world.life), 0);
    assert_true(life_free(&world.life));
    wait_ms(&world, 86400000);
    in(&world, LIFE_IN_INVOKE);
    SAID(&world, "restore restoreStart send-restore");
    assert_int_equal(life_deadline_ns(&world.life), world.now_ns + 10000 * MS);
    wait_ms(&world, 80);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "restoreRuntimeDone:success restoreReport:success start tell-invoke0 send-invoke");
    in(&world, LIFE_IN_RUNTIME_NEXT);
    wait_ms(&world, 5);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    const struct life_event *report = last_event(&world, LIFE_EVENT_REPORT);
    assert_int_equal(report->restore_ns, 80 * MS);
    assert_int_equal(report->init_ns, 0);
    assert_int_equal(report->duration_ns, 5 * MS);
    SAID(&world, "runtimeDone:success report:success finished freeze free");
    in(&world, LIFE_IN_INVOKE);
    SAID(&world, "thaw start tell-invoke0 send-invoke");
}

/* A runtime that knows no restore just waits for an invocation. */
static void test_snapshot_unaware(void **state)
{
    (void)state;
    struct world world = world_of(0, true, 0);
    in(&world, LIFE_IN_START);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    world.said[0] = '\0';
    in(&world, LIFE_IN_INVOKE);
    SAID(&world, "restore restoreStart restoreRuntimeDone:success restoreReport:success start "
                 "send-invoke");
}

/* Where there is no snapshot yet, the caller waits for one. */
static void test_snapshot_waited_for(void **state)
{
    (void)state;
    struct world world = world_of(0, true, 0);
    in(&world, LIFE_IN_INVOKE);
    world.said[0] = '\0';
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "initRuntimeDone:init:success initReport:init:success freeze free restore "
                 "restoreStart restoreRuntimeDone:success restoreReport:success start send-invoke");
}

/* A restore that fails, by a word of the runtime, an exit or its limit, fails the invocation, and
 * what was restored ends. */
static void test_restore_fails(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        struct world world = world_of(0, true, 0);
        in(&world, LIFE_IN_START);
        in(&world, LIFE_IN_RUNTIME_RESTORE_NEXT);
        in(&world, LIFE_IN_INVOKE);
        world.said[0] = '\0';
        if (how == 0) {
            input(&world, &(struct life_input){.kind = LIFE_IN_RUNTIME_RESTORE_ERROR,
                                               .error_type = "Runtime.RestoreHookUserError"});
            SAID(&world, "restoreRuntimeDone:error:Runtime.RestoreHookUserError "
                         "restoreReport:error:Runtime.RestoreHookUserError start "
                         "fail:Runtime.RestoreHookUserError "
                         "runtimeDone:error:Runtime.RestoreHookUserError "
                         "report:error:Runtime.RestoreHookUserError finished kill-runtime "
                         "kill-all end");
        } else if (how == 1) {
            exits(&world);
            SAID(&world, "restoreRuntimeDone:error:Runtime.ExitError "
                         "restoreReport:error:Runtime.ExitError start fail:Runtime.ExitError "
                         "runtimeDone:error:Runtime.ExitError report:error:Runtime.ExitError "
                         "finished kill-all end");
        } else {
            wait_ms(&world, 10000);
            in(&world, LIFE_IN_TIME);
            SAID(&world, "restoreRuntimeDone:timeout:SnapStartTimeoutException "
                         "restoreReport:timeout:SnapStartTimeoutException start "
                         "fail:SnapStartTimeoutException "
                         "runtimeDone:timeout:SnapStartTimeoutException "
                         "report:timeout:SnapStartTimeoutException finished kill-runtime "
                         "kill-all end");
        }
    }
}

static void invoke_slot(struct world *world, unsigned slot)
{
    input(world, &(struct life_input){.kind = LIFE_IN_INVOKE, .slot = slot});
}

static void respond_slot(struct world *world, unsigned slot)
{
    input(world, &(struct life_input){.kind = LIFE_IN_RUNTIME_RESPONSE,
                                      .slot = slot,
                                      .first_ns = world->now_ns,
                                      .bytes = 5});
}

/* A managed world of two slots and one extension, whose runtime has two workers. */
static struct world world_managed(void)
{
    struct world world = world_of(1, false, 2);
    in(&world, LIFE_IN_START);
    in_register(&world, 0, LIFE_EVENT_SHUTDOWN);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "initStart:init start-extensions start-runtime extension "
                 "initRuntimeDone:init:success initReport:init:success free");
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "");
    return world;
}

/* Several at once, no freeze, no runtimeDone; a report as soon as there is an answer. */
static void test_managed(void **state)
{
    (void)state;
    struct world world = world_managed();
    invoke_slot(&world, 0);
    SAID(&world, "start send-invoke");
    wait_ms(&world, 10);
    invoke_slot(&world, 1);
    SAID(&world, "start send-invoke");
    assert_false(life_free(&world.life));
    wait_ms(&world, 10);
    respond_slot(&world, 1);
    SAID(&world, "report:success finished free");
    assert_int_equal(last_event(&world, LIFE_EVENT_REPORT)->slot, 1);
    assert_int_equal(last_event(&world, LIFE_EVENT_REPORT)->duration_ns, 10 * MS);
    /* Its worker has not come back: the next one waits for it. */
    invoke_slot(&world, 1);
    SAID(&world, "");
    wait_ms(&world, 5);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    SAID(&world, "start send-invoke");
    respond_slot(&world, 0);
    respond_slot(&world, 1);
    SAID(&world, "report:success finished free report:success finished free");
    assert_int_equal(life_deadline_ns(&world.life), world.now_ns + 60000 * MS);
    wait_ms(&world, 60000);
    in(&world, LIFE_IN_TIME);
    SAID(&world, "term-runtime");
    exits(&world);
    SAID(&world, "shutdown0:spindown");
    in_extension(&world, LIFE_IN_EXTENSION_EXITED, 0);
    SAID(&world, "kill-all end");
}

/* A timeout fails the one invocation and nothing else. */
static void test_managed_timeout(void **state)
{
    (void)state;
    struct world world = world_managed();
    invoke_slot(&world, 0);
    wait_ms(&world, 1000);
    invoke_slot(&world, 1);
    world.said[0] = '\0';
    wait_ms(&world, 2000);
    assert_int_equal(life_deadline_ns(&world.life), world.now_ns);
    in(&world, LIFE_IN_TIME);
    SAID(&world, "fail:Sandbox.Timedout report:timeout:Sandbox.Timedout finished free");
    respond_slot(&world, 0);
    SAID(&world, "");
    respond_slot(&world, 1);
    SAID(&world, "report:success finished free");
}

/* A crash takes all invocations with it, those that wait too, and the environment ends. */
static void test_managed_crash(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 2; how++) {
        struct world world = world_of(1, false, 2);
        invoke_slot(&world, 0);
        SAID(&world, "initStart:init start-extensions");
        assert_true(life_free(&world.life));
        invoke_slot(&world, 1);
        assert_false(life_free(&world.life));
        in_register(&world, 0, LIFE_EVENT_SHUTDOWN);
        in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
        in(&world, LIFE_IN_RUNTIME_NEXT);
        world.said[0] = '\0';
        if (how == 0) {
            exits(&world);
            SAID(&world, "fail:Runtime.ExitError report:error:Runtime.ExitError finished start "
                         "fail:Runtime.ExitError report:error:Runtime.ExitError finished "
                         "shutdown0:failure");
            in_extension(&world, LIFE_IN_EXTENSION_EXITED, 0);
            SAID(&world, "kill-all end");
        } else {
            in_extension(&world, LIFE_IN_EXTENSION_EXITED, 0);
            SAID(&world, "fail:Extension.Crash report:error:Extension.Crash finished start "
                         "fail:Extension.Crash report:error:Extension.Crash finished "
                         "kill-runtime kill-all end");
        }
    }
}

/* The end waits for what runs. */
static void test_managed_end(void **state)
{
    (void)state;
    struct world world = world_managed();
    invoke_slot(&world, 0);
    world.said[0] = '\0';
    in(&world, LIFE_IN_END);
    SAID(&world, "");
    assert_false(life_free(&world.life));
    respond_slot(&world, 0);
    SAID(&world, "report:success finished term-runtime");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshot),
        cmocka_unit_test(test_snapshot_unaware),
        cmocka_unit_test(test_snapshot_waited_for),
        cmocka_unit_test(test_restore_fails),
        cmocka_unit_test(test_managed),
        cmocka_unit_test(test_managed_timeout),
        cmocka_unit_test(test_managed_crash),
        cmocka_unit_test(test_managed_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
