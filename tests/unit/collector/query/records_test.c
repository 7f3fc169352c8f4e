/* SPDX-License-Identifier: Apache-2.0 */
#include "query/records.h"
#include "query/query_limits.h"
#include "world.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH UINT64_C(1799999000000000000)

/* Lines of which many have the same time: said 0 to said count - 1, three at each moment. */
static void say(struct world *world, unsigned from, unsigned count)
{
    struct build *b = NULL;
    for (unsigned i = from; i < from + count; i++) {
        if ((i - from) % 50 == 0) {
            if (b != NULL) {
                world_add(world, b);
            }
            b = build_create(SIGNAL_LOGS);
            build_agent(b, "front", "f1", EPOCH);
        }
        char text[32];
        (void)snprintf(text, sizeof(text), "%s said %u", i % 5 == 0 ? "[ERROR]" : "[INFO]", i);
        build_line(b, text, 1 + i, BUILD_T0 + (int64_t)(i / 3) * BUILD_MS);
        build_request(b, 0x100 + i % 4, 1);
    }
    world_add(world, b);
}

static struct records_ask asked(struct world *world, const char *text, enum scan_signal signal,
                                struct search_expr *expr)
{
    struct search_error error;
    assert_true(search_parse(slice_from(text), &world->arena, expr, &error));
    return (struct records_ask){
        .expr = expr,
        .signal = signal,
        .range = {0, INT64_MAX},
        .limit = 7,
    };
}

/* Every page; each line is counted where its number says.  *world may grow between two of them. */
static unsigned read_pages_in(struct world *world, const char *text, unsigned *seen, bool grow,
                              bool oldest)
{
    static char cursor[128];
    unsigned count = 0, pages = 0;
    uint64_t before_ns = oldest ? 0 : UINT64_MAX;
    cursor[0] = '\0';
    do {
        struct search_expr expr;
        struct records_answer answer;
        arena_reset(&world->arena);
        struct records_ask ask = asked(world, text, SCAN_LINES, &expr);
        ask.cursor = slice_from(cursor);
        ask.oldest = oldest;
        assert_int_equal(records_read(&world->query, &ask, &world->arena, &answer), STATUS_OK);
        assert_int_equal(answer.partial, QUERY_LIMIT_NONE);
        for (uint32_t i = 0; i < answer.row_count; i++) {
            char line[64];
            uint64_t time_ns = answer.rows[i].time_ns;
            assert_true(oldest ? time_ns >= before_ns : time_ns <= before_ns);
            before_ns = answer.rows[i].time_ns;
            assert_true(slice_copy_text(answer.rows[i].line->body.text, line, sizeof(line)));
            seen[strtoul(strstr(line, "said ") + 5, NULL, 10)]++;
        }
        count += answer.row_count;
        assert_true(slice_copy_text(answer.next_cursor, cursor, sizeof(cursor)));
        records_release(&answer);
        if (grow && ++pages < 4) {
            say(world, 1000 + pages * 10, 10);
        }
    } while (cursor[0] != '\0');
    return count;
}

static unsigned read_pages(struct world *world, const char *text, unsigned *seen, bool grow)
{
    return read_pages_in(world, text, seen, grow, false);
}

/* No line twice and none skipped, though many are of one moment and new ones come. */
static void every_line_once(void **state)
{
    static unsigned seen[2000];
    (void)state;
    struct world *world = world_create();
    say(world, 0, 100);
    for (unsigned grow = 0; grow < 2; grow++) {
        memset(seen, 0, sizeof(seen));
        unsigned count = read_pages(world, "", seen, grow == 1);
        assert_int_equal(count, 100);
        for (unsigned i = 0; i < 100; i++) {
            assert_int_equal(seen[i], 1);
        }
    }
    memset(seen, 0, sizeof(seen));
    assert_int_equal(read_pages(world, "level:error said", seen, false), 20 + 6);
    memset(seen, 0, sizeof(seen));
    assert_int_equal(read_pages(world, "\"said 17\"", seen, false), 1);
    assert_int_equal(seen[17], 1);
    memset(seen, 0, sizeof(seen));
    assert_int_equal(
        read_pages(world, "request:5f000000-0000-0000-0000-000000000101 -level:error", seen, false),
        20 + 6);
    world_free(world);
}

/* The same from the oldest on: what comes meanwhile is behind the last page. */
static void the_oldest_first(void **state)
{
    static unsigned seen[2000];
    (void)state;
    struct world *world = world_create();
    say(world, 0, 100);
    assert_int_equal(read_pages_in(world, "", seen, false, true), 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(seen[i], 1);
    }
    memset(seen, 0, sizeof(seen));
    assert_int_equal(read_pages_in(world, "level:error said", seen, false, true), 20);
    memset(seen, 0, sizeof(seen));
    assert_int_equal(
        read_pages_in(world, "request:5f000000-0000-0000-0000-000000000101", seen, false, true),
        25);
    memset(seen, 0, sizeof(seen));
    assert_int_equal(read_pages_in(world, "", seen, true, true), 100 + 30);
    world_free(world);
}

/* What was sent again is one row; events are none; a line leads to its transaction. */
static void repetitions_and_events(void **state)
{
    (void)state;
    struct world *world = world_create();
    say(world, 0, 3);
    say(world, 0, 3);
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "front", "f1", EPOCH);
    build_event(b, "faas.invocation", 90);
    build_time(b, BUILD_T0);
    build_request(b, 0x100, 1);
    build_trace(b, 0x71, 0xa1);
    build_text(b, "thaw.invocation.state", "done");
    build_int(b, "thaw.start_ns", BUILD_T0);
    world_add(world, b);
    struct search_expr expr;
    struct records_answer answer;
    struct records_ask ask = asked(world, "function:front", SCAN_LINES, &expr);
    assert_int_equal(records_read(&world->query, &ask, &world->arena, &answer), STATUS_OK);
    assert_int_equal(answer.row_count, 3);
    struct id16 trace = build_id(0x71);
    unsigned known = 0;
    for (uint32_t i = 0; i < answer.row_count; i++) {
        assert_true(answer.rows[i].has_transaction);
        known += memcmp(&answer.rows[i].transaction, &trace, sizeof(trace)) == 0;
    }
    assert_int_equal(known, 1);
    records_release(&answer);
    world_free(world);
}

static void spans_by_duration(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_TRACES);
    build_service(b, "front");
    for (unsigned i = 0; i < 20; i++) {
        build_span(b, i % 2 == 0 ? "GET /cart" : "GET /", SPAN_SERVER, 0x71, 0x100 + i, 0);
        build_span_time(b, BUILD_T0 + i, BUILD_T0 + i + (int64_t)i * BUILD_MS);
    }
    world_add(world, b);
    struct search_expr expr;
    struct records_answer answer;
    struct records_ask ask = asked(world, "name:\"GET /cart\" duration:>10ms", SCAN_SPANS, &expr);
    assert_int_equal(records_read(&world->query, &ask, &world->arena, &answer), STATUS_OK);
    assert_int_equal(answer.row_count, 4);
    assert_true(answer.rows[0].time_ns == (uint64_t)BUILD_T0 + 18);
    records_release(&answer);
    struct tally *tally = malloc(sizeof(*tally));
    assert_non_null(tally);
    tally_init(tally, ask.range, 10);
    assert_int_equal(records_count(&world->query, &ask, tally), STATUS_OK);
    assert_int_equal(tally->sum, 4);
    free(tally);
    world_free(world);
}

static uint64_t late(void)
{
    return 1000;
}

/* Without time the answer is what there was time for, and says so. */
static void no_time(void **state)
{
    (void)state;
    struct deadline deadline = {.now_ns = late, .at_ns = 1001};
    assert_false(deadline_over(&deadline));
    deadline.at_ns = 1000;
    assert_true(deadline_over(&deadline));
    assert_true(deadline_over_soon(&deadline));
    struct world *world = world_create();
    say(world, 0, 100);
    struct search_expr expr;
    struct records_answer answer;
    struct records_ask ask =
        asked(world, "id:5f000000-0000-0000-0000-000000000101", SCAN_LINES, &expr);
    ask.deadline = deadline;
    assert_int_equal(records_read(&world->query, &ask, &world->arena, &answer), STATUS_OK);
    assert_int_equal(answer.partial, QUERY_LIMIT_TIME);
    records_release(&answer);
    world_free(world);
}

/* Cursors that are none of ours. */
static void bad_cursors(void **state)
{
    static const char *const wrong[] = {"x",
                                        "1",
                                        "1-2-3",
                                        "1-0000000000000000",
                                        "1-zzzzzzzzzzzzzzzz-0",
                                        "1-0000000000000000-x",
                                        "o1-0000000000000000-0"};
    (void)state;
    struct world *world = world_create();
    say(world, 0, 3);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct search_expr expr;
        struct records_answer answer;
        struct records_ask ask = asked(world, "", SCAN_LINES, &expr);
        ask.cursor = slice_from(wrong[i]);
        assert_int_equal(records_read(&world->query, &ask, &world->arena, &answer), STATUS_BAD);
        records_release(&answer);
    }
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_once),   cmocka_unit_test(repetitions_and_events),
        cmocka_unit_test(spans_by_duration), cmocka_unit_test(no_time),
        cmocka_unit_test(bad_cursors),       cmocka_unit_test(the_oldest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
