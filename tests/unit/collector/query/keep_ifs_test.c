/* SPDX-License-Identifier: Apache-2.0 */
#include "query/keep_ifs.h"

#include "query/what_ifs.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EPOCH  UINT64_C(1795392000000000000)
#define MINUTE INT64_C(60000000000)
#define MS     INT64_C(1000000)

/* 100 ms with 1024 MB; a cold one waited for 400 ms before that, and was billed for 500. */
static void invoke(struct world *world, const char *instance, unsigned request, int64_t start_ns,
                   bool cold)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "front", instance, EPOCH);
    build_resource_text(b, "host.arch", "amd64");
    if (cold) {
        build_event(b, "faas.instance.start", 100 + request);
        build_text(b, "thaw.init.phase", "init");
        build_text(b, "thaw.initialization_type", "on-demand");
        build_int(b, "thaw.init.start_ns", start_ns - 400 * MS);
        build_int(b, "thaw.init.end_ns", start_ns);
    }
    build_event(b, "faas.invocation", request);
    build_request(b, request, 1);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.done_ns", start_ns + 100 * MS);
    build_int(b, "thaw.reported_ns", 100 * MS);
    build_int(b, "thaw.billed_ms", cold ? 500 : 100);
    if (cold) {
        build_int(b, "thaw.init_ns", 400 * MS);
    }
    build_int(b, "thaw.memory_size_mb", 1024);
    world_add(world, b);
}

/* Thirty, a minute apart, in an instance that is kept; beside each third another one, cold. */
static struct world *make(bool told)
{
    struct world *world = world_create();
    if (told) {
        struct build *b = build_create(SIGNAL_LOGS);
        build_agent(b, "front", "kept", EPOCH);
        build_event(b, "faas.instance.start", 99);
        build_text(b, "thaw.init.phase", "init");
        build_text(b, "thaw.initialization_type", "provisioned-concurrency");
        build_int(b, "thaw.init.start_ns", BUILD_T0 - 120000 * MS);
        build_int(b, "thaw.init.end_ns", BUILD_T0 - 119000 * MS);
        world_add(world, b);
    }
    for (unsigned i = 0; i < 30; i++) {
        int64_t start_ns = BUILD_T0 + i * MINUTE;
        invoke(world, "kept", 1 + i, start_ns, false);
        if (i % 3 == 0) {
            char name[16];
            (void)snprintf(name, sizeof(name), "other%u", i);
            invoke(world, name, 1000 + i, start_ns + 50 * MS, true);
        }
    }
    return world;
}

static struct keep_ifs read_all(struct world *world, struct deadline deadline)
{
    struct keep_ifs keep_ifs;
    struct function_facts function;
    assert_true(what_ifs_function(world->query.view, SLICE("front"), &function));
    arena_reset(&world->arena);
    assert_int_equal(keep_ifs_read(&world->query, &function, (struct query_range){0, INT64_MAX},
                                   deadline, &world->arena, &keep_ifs),
                     STATUS_OK);
    return keep_ifs;
}

static void assert_money(struct money amount, const char *exact)
{
    char text[MONEY_TEXT_SIZE];
    (void)money_format(amount, text);
    assert_string_equal(text, exact);
}

static void all_numbers_up_to_the_peak(void **state)
{
    struct world *world = make(false);
    struct keep_ifs found = read_all(world, (struct deadline){0});
    (void)state;
    assert_null(found.partial);
    assert_int_equal(found.calls, 40);
    assert_int_equal(found.cold, 10);
    assert_int_equal(found.memory_mb, 1024);
    assert_false(found.has_error || found.unpriced);
    /* The request of a cold one came 350 ms before the warm one beside it, so without its init it
     * is done by then. */
    assert_int_equal(found.peak, 1);
    assert_int_equal(found.row_count, 2);
    assert_int_equal(found.rows[0].instances, 0);
    assert_int_equal(found.rows[0].calls.served, 0);
    assert_int_equal(found.rows[0].calls.cold, 10);
    assert_true(found.rows[0].calls.init_ns == 4000 * MS);
    /* 3 GB-s and 5 GB-s on demand, and 40 requests. */
    assert_money(found.rows[0].calls.amount, "0.0001413336");
    assert_money(found.rows[0].standing, "0");
    assert_int_equal(found.rows[1].instances, 1);
    assert_int_equal(found.rows[1].calls.served, 40);
    assert_int_equal(found.rows[1].calls.cold, 0);
    assert_true(found.rows[1].calls.init_ns == 0);
    /* 4 GB-s of kept time; 29 minutes and a bit are six steps of five. */
    assert_money(found.rows[1].calls.amount, "0.0000468888");
    assert_money(found.rows[1].standing, "0.00750006");
    world_free(world);
}

static const struct declared_provisioned whole[] = {{1, 1024, 0, DECLARED_NO_END}};
static const struct declared_provisioned part[] = {{1, 1024, BUILD_T0 + MINUTE, DECLARED_NO_END}};

static void the_error_is_what_agents_told(void **state)
{
    struct declared_function function = {
        .name = SLICE_INIT("front"), .provisioned = whole, .provisioned_count = 1};
    const struct declared declared = {.functions = &function, .function_count = 1};
    struct world *world = make(true);
    (void)state;
    world->query.declared = &declared;
    /* The model says 40 of 40, and 30 it were. */
    struct keep_ifs found = read_all(world, (struct deadline){0});
    assert_true(found.has_error);
    assert_true(found.error == 0.25);
    function.provisioned = part;
    assert_false(read_all(world, (struct deadline){0}).has_error);
    world_free(world);
    /* Nobody told that any was kept. */
    function.provisioned = whole;
    world = make(false);
    world->query.declared = &declared;
    assert_false(read_all(world, (struct deadline){0}).has_error);
    world_free(world);
}

static uint64_t now_ns;

/* One more each time that it is looked at. */
static uint64_t counting(void)
{
    return now_ns++;
}

/* However early it ends, what is told of is all that began since then, and the rest is said to be
 * missing. */
static void what_is_not_all_is_said(void **state)
{
    struct world *world = world_create();
    uint32_t before = 0;
    bool cut = false, all = false;
    (void)state;
    view_limit(world->query.view, 64, 256);
    for (unsigned i = 0; i < 600; i++) {
        invoke(world, "one", 1 + i, BUILD_T0 + i * MINUTE, false);
    }
    world_seal(world);
    world_cut(world, 50);
    for (uint64_t pieces = 0; pieces < 60 && !all; pieces++) {
        now_ns = 0;
        struct keep_ifs found =
            read_all(world, (struct deadline){.now_ns = counting, .at_ns = pieces});
        all = found.partial == NULL;
        cut = cut || !all;
        assert_true(found.calls >= before && found.calls <= 600);
        assert_true(all == (found.calls == 600));
        assert_true(found.calls == 0 ||
                    found.range.from_ns > BUILD_T0 + (599 - (int64_t)found.calls) * MINUTE);
        assert_true(found.calls == 0 ||
                    found.range.from_ns <= BUILD_T0 + (600 - (int64_t)found.calls) * MINUTE);
        before = found.calls;
    }
    assert_true(cut && all);
    world_free(world);
}

static void too_few_say_nothing(void **state)
{
    struct world *world = world_create();
    (void)state;
    for (unsigned i = 0; i < 19; i++) {
        invoke(world, "one", 1 + i, BUILD_T0 + i * MINUTE, false);
    }
    struct keep_ifs found = read_all(world, (struct deadline){0});
    assert_int_equal(found.calls, 19);
    assert_int_equal(found.row_count, 0);
    invoke(world, "one", 20, BUILD_T0 + 20 * MINUTE, false);
    found = read_all(world, (struct deadline){0});
    assert_int_equal(found.row_count, 2);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_numbers_up_to_the_peak),
        cmocka_unit_test(the_error_is_what_agents_told),
        cmocka_unit_test(what_is_not_all_is_said),
        cmocka_unit_test(too_few_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
