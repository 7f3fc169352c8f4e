/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/memo.h"

#include "lib/cm.h"
#include "promql/promql.h"
#include "shelf.h"

#include <string.h>

static const struct hash_key key = {{3, 4}};
static unsigned char shelf_memory[1u << 20], memo_memory[1u << 20], answer_memory[1u << 20],
    parsed_memory[1u << 20];

struct world {
    struct shelf shelf;
    struct arena shelf_arena, memo_arena, answer_arena, parsed_arena;
    struct series_source source, remembered;
    struct memo memo;
};

/* Series up{job="a"} and up{job="b"} with a sample each minute for two hours, and a memory of so
 * many bytes. */
static void world_open(struct world *world, size_t memo_size)
{
    arena_init(&world->shelf_arena, shelf_memory, sizeof(shelf_memory));
    arena_init(&world->memo_arena, memo_memory, memo_size);
    arena_init(&world->answer_arena, answer_memory, sizeof(answer_memory));
    arena_init(&world->parsed_arena, parsed_memory, sizeof(parsed_memory));
    shelf_init(&world->shelf, &world->shelf_arena);
    for (int64_t minute = 0; minute < 120; minute++) {
        shelf_add(shelf_find(&world->shelf, SLICE("up{job=\"a\"}")), minute * 60000,
                  (double)minute);
        shelf_add(shelf_find(&world->shelf, SLICE("up{job=\"b\"}")), minute * 60000, 1);
    }
    world->source = shelf_source(&world->shelf);
    memo_init(&world->memo, &world->source, &world->memo_arena, &key);
    world->remembered = memo_source(&world->memo);
}

static void world_close(struct world *world)
{
    memo_fini(&world->memo);
    shelf_fini(&world->shelf);
}

/* The only value of an expression at the end of the two hours, from a source. */
static double ask(struct world *world, const struct series_source *source, const char *text)
{
    const struct promql_query *query = NULL;
    struct promql_error error = {.kind = PROMQL_ERROR_NONE};
    struct promql_value value;
    const struct promql_run run = {.source = source, .arena = &world->answer_arena};
    arena_reset(&world->answer_arena);
    assert_int_equal(promql_parse(slice_from(text), &world->parsed_arena, &query, &error),
                     STATUS_OK);
    assert_int_equal(promql_instant(query, &run, INT64_C(7200000), &value, &error), STATUS_OK);
    assert_int_equal(value.series_count, 1);
    return value.series[0].samples[0].value;
}

static void assert_same(struct world *world, const char *text)
{
    double plain = ask(world, &world->source, text);
    assert_true(ask(world, &world->remembered, text) == plain);
}

/* What was asked for once, or for a longer time, is not read again, and means the same. */
static void test_once(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, sizeof(memo_memory));
    assert_same(&world, "sum(increase(up[1h]))");
    assert_int_equal(world.memo.reads, 1);
    assert_same(&world, "sum(increase(up[1h]))");
    assert_same(&world, "sum(increase(up[5m]))");
    assert_same(&world, "sum(up)");
    assert_int_equal(world.memo.reads, 1);
    assert_same(&world, "sum(increase(up[2h]))");
    assert_int_equal(world.memo.reads, 2);
    assert_same(&world, "sum(increase(up[90m]))");
    assert_int_equal(world.memo.reads, 2);
    world_close(&world);
}

/* Selectors that differ in a name, a value or an operator are others. */
static void test_others(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, sizeof(memo_memory));
    assert_same(&world, "sum(up{job=\"a\"})");
    assert_same(&world, "sum(up{job=\"b\"})");
    assert_same(&world, "sum(up{job!=\"a\"})");
    assert_same(&world, "sum(up{job=~\"a\"})");
    assert_same(&world, "sum(up)");
    assert_int_equal(world.memo.reads, 5);
    world_close(&world);
}

/* Where there is no room nothing is remembered, and the answers are the same. */
static void test_full(void **state)
{
    for (size_t size = 16; size < 8192; size += 256) {
        struct world world;
        (void)state;
        world_open(&world, size);
        assert_same(&world, "sum(increase(up[1h]))");
        assert_same(&world, "sum(increase(up{job=\"a\"}[30m]))");
        assert_same(&world, "sum(increase(up[5m]))");
        world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
