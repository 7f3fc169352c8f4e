/* SPDX-License-Identifier: Apache-2.0 */
#include "query/search.h"
#include "model/model_limits.h"
#include "query/lanes.h"
#include "query/query_limits.h"
#include "world.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define EPOCH        UINT64_C(1799999000000000000)
#define MINUTE_MS    60000
#define FRAME_EVENTS 20

/* Invocations from request number `first` on, some in each frame, spread over ten minutes; of one
 * trace, or each of its own. */
static void invoke(struct world *world, uint64_t first, uint64_t count, uint64_t trace)
{
    for (uint64_t i = 0; i < count; i += FRAME_EVENTS) {
        struct build *b = build_create(SIGNAL_LOGS);
        build_agent(b, "front", "f1", EPOCH);
        for (uint64_t k = i; k < i + FRAME_EVENTS && k < count; k++) {
            int64_t start_ns =
                BUILD_T0 + (int64_t)(k * 10 * MINUTE_MS / count) * BUILD_MS + (int64_t)k;
            build_event(b, "faas.invocation", first + k);
            build_time(b, start_ns);
            build_request(b, first + k, 1);
            build_trace(b, trace != 0 ? trace : 0x900000 + first + k, 0xa1);
            build_text(b, "thaw.invocation.state", "done");
            build_text(b, "thaw.invocation.status", "success");
            build_int(b, "thaw.start_ns", start_ns);
            build_int(b, "thaw.done_ns", start_ns + 1000);
        }
        struct view_frame about = {.segment = 1, .arrival_ns = (uint64_t)BUILD_T0};
        view_apply(world->query.view, &about, build_batch(b));
        build_free(b);
    }
}

static void search_all(struct world *world, uint32_t limit, struct slice cursor,
                       struct search_answer *answer)
{
    const struct search_expr expr = {.count = 0};
    struct search search = {
        .expr = &expr,
        .range = {BUILD_T0 - MINUTE_MS * BUILD_MS, BUILD_T0 + INT64_C(60) * MINUTE_MS * BUILD_MS},
        .order = SEARCH_BY_START,
        .limit = limit,
        .cursor = cursor,
    };
    assert_int_equal(search_run(&world->query, &search, &world->arena, answer), STATUS_OK);
}

/* The oldest come first where that is asked for, page by page. */
static void the_oldest_first(void **state)
{
    (void)state;
    struct world *world = world_create();
    const struct search_expr expr = {.count = 0};
    struct search search = {
        .expr = &expr,
        .range = {BUILD_T0 - MINUTE_MS * BUILD_MS, BUILD_T0 + INT64_C(60) * MINUTE_MS * BUILD_MS},
        .order = SEARCH_BY_OLDEST,
        .limit = 7,
    };
    struct search_answer answer;
    int64_t before_ns = INT64_MIN;
    uint32_t count = 0;
    invoke(world, 0x100000, 20, 0);
    do {
        assert_int_equal(search_run(&world->query, &search, &world->arena, &answer), STATUS_OK);
        for (uint32_t i = 0; i < answer.row_count; i++) {
            assert_true(answer.rows[i].start_ns > before_ns);
            before_ns = answer.rows[i].start_ns;
        }
        count += answer.row_count;
        search.cursor = answer.next_cursor;
    } while (search.cursor.size > 0);
    assert_int_equal(count, 20);
    world_free(world);
}

/* More invocations than a transaction lists have one trace id: that is one row, which says that it
 * is not all, and the others have theirs. */
static void one_trace_is_one_row(void **state)
{
    (void)state;
    struct world *world = world_create();
    invoke(world, 0x100000, MEMBER_INVOCATION_COUNT_MAX + 4000, 0x71);
    invoke(world, 0x200000, 3, 0);
    struct search_answer answer;
    search_all(world, SEARCH_LIMIT_MAX, SLICE_EMPTY, &answer);
    assert_int_equal(answer.partial, QUERY_LIMIT_NONE);
    assert_int_equal(answer.row_count, 4);
    uint32_t cut = 0;
    for (uint32_t i = 0; i < answer.row_count; i++) {
        cut += answer.rows[i].invocations == MEMBER_INVOCATION_COUNT_MAX ? 1 : 0;
    }
    assert_int_equal(cut, 1);
    world_free(world);
}

/* However often the view is given back within a minute, every transaction comes once, page by page
 * or at once. */
static void every_transaction_once(void **state)
{
    (void)state;
    struct world *world = world_create();
    invoke(world, 0x100000, 12000, 0);
    struct slice cursor = SLICE_EMPTY;
    uint32_t count = 0;
    int64_t before_ns = INT64_MAX;
    do {
        struct search_answer answer;
        search_all(world, SEARCH_LIMIT_MAX, cursor, &answer);
        assert_int_equal(answer.partial, QUERY_LIMIT_NONE);
        for (uint32_t i = 0; i < answer.row_count; i++) {
            assert_true(answer.rows[i].start_ns < before_ns);
            before_ns = answer.rows[i].start_ns;
        }
        count += answer.row_count;
        static char kept[128];
        assert_true(answer.next_cursor.size < sizeof(kept));
        if (answer.next_cursor.size > 0) {
            memcpy(kept, answer.next_cursor.base, answer.next_cursor.size);
        }
        arena_reset(&world->arena);
        cursor = slice_of(kept, answer.next_cursor.size);
    } while (cursor.size > 0);
    assert_int_equal(count, 12000);
    world_free(world);
}

/* The invocations of a lane name the same transaction, which is walked once for all of them. */
static void lanes_of_one_trace(void **state)
{
    (void)state;
    struct world *world = world_create();
    invoke(world, 0x100000, 15000, 0x71);
    invoke(world, 0x200000, 10, 0);
    struct lanes_ask ask = {
        .range = {BUILD_T0 - MINUTE_MS * BUILD_MS, BUILD_T0 + INT64_C(60) * MINUTE_MS * BUILD_MS},
        .limit = 10,
        .now_ns = BUILD_T0,
    };
    struct lanes lanes;
    assert_int_equal(lanes_read(&world->query, &ask, &world->arena, &lanes), STATUS_OK);
    assert_false(lanes.truncated);
    assert_int_equal(lanes.row_count, 1);
    assert_int_equal(lanes.rows[0].invocation_count, 15010);
    struct id16 one = build_id(0x71);
    uint32_t same = 0;
    for (uint32_t i = 0; i < lanes.rows[0].invocation_count; i++) {
        const struct id16 *id = &lanes.rows[0].invocations[i].transaction;
        same += memcmp(id, &one, sizeof(one)) == 0 ? 1 : 0;
    }
    assert_int_equal(same, 15000);
    world_free(world);
}

/* What an id finds. */
static void find(struct world *world, unsigned number, uint32_t limit, struct search_answer *answer)
{
    char text[256];
    struct search_expr expr;
    struct search_error error;
    (void)snprintf(text, sizeof(text), "id:5f000000-0000-0000-0000-%012x", number);
    assert_true(search_parse(slice_from(text), &world->arena, &expr, &error));
    const struct search search = {
        .expr = &expr,
        .range = {0, INT64_MAX},
        .limit = limit,
    };
    assert_int_equal(search_run(&world->query, &search, &world->arena, answer), STATUS_OK);
}

/* Forty transactions, each with a line, of which the view keeps the latest. */
static void forget_some(struct world *world)
{
    for (unsigned i = 0; i < 40; i++) {
        int64_t start_ns = BUILD_T0 + (int64_t)i * 30 * MINUTE_MS * BUILD_MS;
        char line[32];
        struct build *b = build_create(SIGNAL_LOGS);
        (void)snprintf(line, sizeof(line), "said %u", i);
        build_agent(b, "front", "f1", EPOCH);
        build_event(b, "faas.invocation", 1 + i);
        build_time(b, start_ns);
        build_request(b, 0x100 + i, 1);
        build_trace(b, 0x7000 + i, 0xa1);
        build_text(b, "thaw.trigger", "http");
        build_text(b, "thaw.invocation.state", "done");
        build_int(b, "thaw.start_ns", start_ns);
        build_int(b, "thaw.done_ns", start_ns + 1000);
        build_line(b, line, 100 + i, start_ns + 500);
        build_request(b, 0x100 + i, 1);
        world_add(world, b);
    }
}

/* All that a query finds, seven at a time: so many, each once, the latest first. */
static void check_pages(struct world *world, const char *query, uint32_t expected)
{
    static char cursor[128];
    struct search_expr expr;
    struct search_error error;
    uint32_t count = 0;
    int64_t before_ns = INT64_MAX;
    cursor[0] = '\0';
    do {
        struct search_answer answer;
        arena_reset(&world->arena);
        assert_true(search_parse(slice_from(query), &world->arena, &expr, &error));
        const struct search search = {
            .expr = &expr,
            .range = {0, INT64_MAX},
            .limit = 7,
            .cursor = slice_from(cursor),
        };
        assert_int_equal(search_run(&world->query, &search, &world->arena, &answer), STATUS_OK);
        assert_int_equal(answer.partial, QUERY_LIMIT_NONE);
        for (uint32_t i = 0; i < answer.row_count; i++) {
            assert_true(answer.rows[i].start_ns < before_ns);
            before_ns = answer.rows[i].start_ns;
        }
        count += answer.row_count;
        assert_true(slice_copy_text(answer.next_cursor, cursor, sizeof(cursor)));
    } while (cursor[0] != '\0');
    if (count != expected) {
        fail_msg("%s: %u, not %u", query, count, expected);
    }
}

/* One that the view has forgotten is found by its id, with its row. */
static void a_forgotten_one_has_its_row(void **state)
{
    (void)state;
    struct world *world = world_create();
    view_limit(world->query.view, 16, 256);
    for (uint64_t i = 0; i < 40; i++) {
        int64_t start_ns = BUILD_T0 + (int64_t)i * 30 * MINUTE_MS * BUILD_MS;
        struct build *b = build_create(SIGNAL_LOGS);
        build_agent(b, "front", "f1", EPOCH);
        build_event(b, "faas.invocation", 1 + i);
        build_time(b, start_ns);
        build_request(b, 0x100 + i, 1);
        build_trace(b, 0x7000 + i, 0xa1);
        build_text(b, "thaw.trigger", "http");
        build_text(b, "thaw.invocation.state", "done");
        build_int(b, "thaw.start_ns", start_ns);
        build_int(b, "thaw.done_ns", start_ns + 1000);
        world_add(world, b);
    }
    for (uint64_t i = 0; i < 40; i += 39) {
        struct search_answer answer;
        find(world, 0x100 + (unsigned)i, 10, &answer);
        assert_int_equal(answer.row_count, 1);
        struct id16 named = build_id(0x7000 + i);
        assert_memory_equal(&answer.rows[0].id, &named, sizeof(named));
        assert_int_equal(answer.rows[0].invocations, 1);
        assert_string_equal(arena_dup_text(&world->arena, answer.rows[0].functions[0]), "front");
        assert_string_equal(arena_dup_text(&world->arena, answer.rows[0].entry_trigger), "http");
    }
    struct search_answer answer;
    find(world, 0x99, 10, &answer);
    assert_int_equal(answer.row_count, 0);
    world_free(world);
}

/* Of all that the view has forgotten, page by page, each comes once, in order of time. */
static void forgotten_ones_are_listed(void **state)
{
    (void)state;
    struct world *world = world_create();
    view_limit(world->query.view, 16, 256);
    forget_some(world);
    check_pages(world, "", 40);
    check_pages(world, "function:front", 40);
    check_pages(world, "function:nobody", 0);
    check_pages(world, "trigger:http -error:true", 40);
    check_pages(world, "said", 40);
    check_pages(world, "\"said 7\"", 1);
    check_pages(world, "-\"said 7\"", 39);
    check_pages(world, "\"said 7\" OR \"said 39\"", 2);
    check_pages(world, "(function:front said)", 40);
    check_pages(world, "cold said", 0);
    world_free(world);
}

/* A line long after a transaction's beginning is none of its, however it is found, unless it is
 * asked for by its id. */
static void far_lines_do_not_count(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "front", "f1", EPOCH);
    build_event(b, "faas.invocation", 1);
    build_time(b, BUILD_T0);
    build_request(b, 0x100, 1);
    build_trace(b, 0x7000, 0xa1);
    build_text(b, "thaw.invocation.state", "done");
    build_int(b, "thaw.start_ns", BUILD_T0);
    build_int(b, "thaw.done_ns", BUILD_T0 + 1000);
    build_line(b, "near", 2, BUILD_T0 + INT64_C(59) * MINUTE_MS * BUILD_MS);
    build_request(b, 0x100, 1);
    build_line(b, "far", 3, BUILD_T0 + INT64_C(61) * MINUTE_MS * BUILD_MS);
    build_request(b, 0x100, 1);
    world_add(world, b);
    check_pages(world, "near", 1);
    check_pages(world, "far", 0);
    check_pages(world, "near OR far", 1);
    check_pages(world, "near -far", 1);
    check_pages(world, "errors OR far", 0);
    check_pages(world, "far id:5f000000-0000-0000-0000-000000000100", 1);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_first),
        cmocka_unit_test(one_trace_is_one_row),
        cmocka_unit_test(every_transaction_once),
        cmocka_unit_test(lanes_of_one_trace),
        cmocka_unit_test(a_forgotten_one_has_its_row),
        cmocka_unit_test(forgotten_ones_are_listed),
        cmocka_unit_test(far_lines_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
