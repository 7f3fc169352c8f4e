/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that name no invocation: those of an init, between two invocations, and of a crash. */
#include "calls.h"

#include "lib/cm.h"

static const struct call front = {.function = "front",
                                  .instance = "f1",
                                  .request = 0x11,
                                  .trace = 0x71,
                                  .span = 0xa1,
                                  .start_ns = BUILD_T0,
                                  .duration_ns = 100 * BUILD_MS,
                                  .seq = 10};

/* An init of 200 ms that ended where front starts, which waited for it, or did not. */
static void begin(struct world *world, bool cold)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "front", "f1", CALLS_EPOCH);
    build_event(b, "faas.instance.start", 1);
    build_text(b, "thaw.init.phase", "init");
    build_int(b, "thaw.init.start_ns", BUILD_T0 - (cold ? 200 : 60000) * BUILD_MS);
    build_int(b, "thaw.init.end_ns", BUILD_T0 - (cold ? 0 : 59800) * BUILD_MS);
    build_int(b, "thaw.init_ns", 200 * BUILD_MS);
    world_add(world, b);
    calls_invoke(world, &front);
}

/* A line of the function that names no request, at so many milliseconds behind T0. */
static void write(struct world *world, const char *text, int64_t at_ms, const char *phase)
{
    static uint64_t seq = 100;
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "front", "f1", CALLS_EPOCH);
    build_line(b, text, seq++, BUILD_T0 + at_ms * BUILD_MS);
    build_text(b, "thaw.source", "function");
    if (phase != NULL) {
        build_text(b, "thaw.phase", phase);
    }
    world_add(world, b);
}

/* How many lines front's transaction has beside its own. */
static uint32_t others(struct world *world, struct transaction *t)
{
    calls_read(world, 0x11, t);
    return t->log_count - 1;
}

/* Lines of an init are of the one that waited for it, and of no other init's. */
static void lines_of_an_init(void **state)
{
    (void)state;
    struct transaction t;
    struct world *world = world_create();
    begin(world, true);
    write(world, "of an init before", -500, "init");
    write(world, "loading", -150, "init");
    write(world, "of an init after", 30, "init");
    assert_int_equal(others(world, &t), 1);
    assert_int_equal(calls_line(&t, "loading")->invocation, TRANSACTION_NONE);
    world_free(world);

    world = world_create();
    begin(world, false);
    write(world, "long before", -59900, "init");
    assert_int_equal(others(world, &t), 0);
    world_free(world);
}

/* What was written between two invocations, or while the environment went down, is of neither,
 * whatever its time says; what names no phase is of the one in whose time it lies: that is how the
 * last words before a crash, which nothing can tie any more, are found. */
static void lines_between(void **state)
{
    (void)state;
    struct transaction t;
    struct world *world = world_create();
    begin(world, true);
    write(world, "idle", 50, "idle");
    write(world, "going down", 60, "shutdown");
    write(world, "panic: out of luck", 99, NULL);
    write(world, "behind it", 150, NULL);
    assert_int_equal(others(world, &t), 1);
    const struct transaction_log *crash = calls_line(&t, "panic: out of luck");
    assert_int_equal(crash->invocation, 0);
    assert_int_equal(crash->attached, ATTACHED_TIME);
    world_free(world);
}

/* Where an instance serves several requests at once time says nothing. */
static void several_at_once(void **state)
{
    (void)state;
    struct transaction t;
    for (unsigned managed = 0; managed < 2; managed++) {
        struct world *world = world_create();
        begin(world, true);
        struct build *b = build_create(SIGNAL_LOGS);
        build_agent(b, "front", "f1", CALLS_EPOCH);
        build_resource_text(b, "thaw.initialization_type",
                            managed == 1 ? "lambda-managed-instances" : "on-demand");
        build_line(b, "whose", 50, BUILD_T0 + 10 * BUILD_MS);
        world_add(world, b);
        assert_int_equal(others(world, &t), managed == 1 ? 0 : 1);
        world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_an_init),
        cmocka_unit_test(lines_between),
        cmocka_unit_test(several_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
