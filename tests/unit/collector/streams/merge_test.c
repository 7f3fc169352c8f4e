/* SPDX-License-Identifier: Apache-2.0 */
/* What streams turn out to say: the rules of merge.h and merge_step.h, each in few lines. */
#include "merging.h"

#include <stdio.h>
#include <string.h>

/* An instance from its init on: the first one waited, lines stand where they belong. */
static void an_instance_is_told(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 0, INIT);
    told_feed(f.merge, ONE, 50, "loading\n");
    told_feed(f.merge, ONE, 100, START("a"));
    told_feed(f.merge, ONE, 110, "hello\n");
    told_feed(f.merge, ONE, 120, END("a"));
    told_feed(f.merge, ONE, 120, COLD("a", "20", "98"));
    told_feed(f.merge, ONE, 150, "in between\n");
    told_feed(f.merge, ONE, 200, START("b"));
    told_feed(f.merge, ONE, 205, REPORT("b", "5"));
    told_feed(f.merge, ONE, 205, END("b"));
    told_is(&f.told, "");
    merge_finish(f.merge);
    told_is(&f.told,
            "line init loading\n"
            "line a#1 hello\n"
            "init init start=0 end=98 dur=98\n"
            "inv a#1 ok start=100 end=120 dur=20 billed=20 cold phase=init init=98 init-start=0\n"
            "line idle in between\n"
            "inv b#1 ok start=200 end=205 dur=5 billed=5\n");
    end(&f);
}

/* What falls into one millisecond comes in any order. */
static void a_millisecond_has_no_order(void **state)
{
    (void)state;
    static const char *const last[] = {"late\n", END("a"), REPORT("a", "5")};
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (unsigned i = 0; i < 12; i++) {
        struct fixture f;
        begin(&f);
        told_feed(f.merge, ONE, 0, INIT);
        told_feed(f.merge, ONE, 10, i < 6 ? "early\n" : START("a"));
        told_feed(f.merge, ONE, 10, i < 6 ? START("a") : "early\n");
        for (unsigned j = 0; j < 3; j++) {
            told_feed(f.merge, ONE, 15, last[orders[i % 6][j]]);
        }
        merge_finish(f.merge);
        told_is(&f.told, "line a#1 early\n"
                         "init init start=0\n"
                         "line a#1 late\n"
                         "inv a#1 ok start=10 end=15 dur=5 billed=5\n");
        end(&f);
    }
}

/* Rows in descending order, and shuffled ones, are told like ascending ones. */
static void order_of_arrival_does_not_matter(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } events[] = {{0, INIT},       {3, "loading\n"}, {10, START("a")},           {11, "one\n"},
                  {12, "two\n"},   {20, END("a")},   {20, COLD("a", "10", "9")}, {30, START("b")},
                  {31, "three\n"}, {40, END("b")},   {40, REPORT("b", "10")}};
    static const char expected[] =
        "line init loading\nline a#1 one\nline a#1 two\n"
        "init init start=0 end=9 dur=9\n"
        "inv a#1 ok start=10 end=20 dur=10 billed=10 cold phase=init init=9 init-start=0\n"
        "line b#1 three\n"
        "inv b#1 ok start=30 end=40 dur=10 billed=10\n";
    enum { COUNT = sizeof(events) / sizeof(events[0]) };
    for (unsigned step = 1; step < COUNT; step++) { /* COUNT is a prime number. */
        struct fixture f;
        begin(&f);
        for (unsigned i = 0, at = step; i < COUNT; i++, at = (at + step) % COUNT) {
            told_feed(f.merge, ONE, events[at].ms, events[at].text);
        }
        merge_finish(f.merge);
        told_is(&f.told, expected);
        end(&f);
    }
}

/* A retry on the same instance is another attempt; REPORTs go to the START they fit. */
static void attempts_are_told_apart(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 0, START("a"));
    told_feed(f.merge, ONE, 5, END("a"));
    told_feed(f.merge, ONE, 5, FAILED("a", "5", "error", "Runtime.ExitError"));
    told_feed(f.merge, ONE, 60, START("a"));
    told_feed(f.merge, ONE, 61, "again\n");
    told_feed(f.merge, ONE, 65, END("a"));
    told_feed(f.merge, ONE, 65, REPORT("a", "5"));
    told_feed(f.merge, TWO, 90, START("a"));
    merge_finish(f.merge);
    told_is(&f.told, "inv a#1 error start=0 end=5 dur=5 billed=5 error=Runtime.ExitError\n"
                     "line a#2 again\n"
                     "inv a#2 ok start=60 end=65 dur=5 billed=5\n"
                     "inv a#1 open no-end no-report start=90\n");
    end(&f);
}

/* A stream that begins inside of an invocation, and one that ends inside of one. */
static void halves_are_told_as_halves(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 100, "before it began\n");
    told_feed(f.merge, ONE, 195, "within\n");
    told_feed(f.merge, ONE, 200, REPORT("a", "50"));
    told_feed(f.merge, ONE, 200, END("a"));
    told_feed(f.merge, ONE, 300, START("b"));
    told_feed(f.merge, ONE, 310, "last words\n");
    merge_finish(f.merge);
    told_is(&f.told, "line - before it began\n"
                     "line a#1 within\n"
                     "inv a#1 ok no-start end=200 dur=50 billed=50\n"
                     "line b#1 last words\n"
                     "inv b#1 open no-end no-report start=300\n");
    end(&f);
}

/* An init that failed is begun again inside of the invocation, which is known by what comes with
 * its START: it waited, and what was written meanwhile is its. */
static void a_suppressed_init_belongs_to_its_invocation(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 0, INIT);
    told_feed(f.merge, ONE, 300, "[ERROR] Runtime.ImportModuleError: no\n");
    told_feed(f.merge, ONE, 316,
              "INIT_REPORT Init Duration: 315.56 ms\tPhase: init\tStatus: error\tError Type: "
              "Runtime.ImportModuleError\n");
    told_feed(f.merge, ONE, 3400, "[ERROR] Runtime.ImportModuleError: no, again\n");
    told_feed(f.merge, ONE, 4200, START("a"));
    told_feed(f.merge, ONE, 4200,
              "INIT_REPORT Init Duration: 3892.00 ms\tPhase: invoke\tStatus: error\tError Type: "
              "Runtime.ImportModuleError\n");
    told_feed(f.merge, ONE, 4211, FAILED("a", "3902", "error", "Runtime.ImportModuleError"));
    told_feed(f.merge, ONE, 4211, END("a"));
    merge_finish(f.merge);
    told_is(&f.told,
            "line init [ERROR] Runtime.ImportModuleError: no\n"
            "init init start=0 end=316 dur=315 status=error error=Runtime.ImportModuleError\n"
            "init invoke start=308 end=4200 dur=3892 status=error "
            "error=Runtime.ImportModuleError\n"
            "line a#1 [ERROR] Runtime.ImportModuleError: no, again\n"
            "inv a#1 error start=308 end=4211 dur=3902 billed=3902 cold phase=invoke init=3892 "
            "init-start=308 error=Runtime.ImportModuleError\n");
    end(&f);
}

/* An init that ended long before is proactive; without its INIT_START nothing is guessed. */
static void proactive_inits_are_known_by_their_start(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 0, INIT);
    told_feed(f.merge, ONE, 20000, START("a"));
    told_feed(f.merge, ONE, 20010, END("a"));
    told_feed(f.merge, ONE, 20010, COLD("a", "10", "9000"));
    told_feed(f.merge, TWO, 20000, START("b"));
    told_feed(f.merge, TWO, 20010, END("b"));
    told_feed(f.merge, TWO, 20010, COLD("b", "10", "9000"));
    merge_finish(f.merge);
    told_is(&f.told,
            "init init start=0 end=9000 dur=9000\n"
            "inv a#1 ok start=20000 end=20010 dur=10 billed=10 proactive phase=init init=9000 "
            "init-start=0\n"
            "inv b#1 ok start=20000 end=20010 dur=10 billed=10 cold phase=init init=9000\n");
    end(&f);
}

/* Without names of streams, place tells only while one invocation is open. */
static void without_streams_place_tells_little(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, NULL, 0, START("a"));
    told_feed(f.merge, NULL, 1, "mine\n");
    told_feed(f.merge, NULL, 2, START("b"));
    told_feed(f.merge, NULL, 3, "whose\n");
    told_feed(f.merge, NULL, 4, END("a"));
    told_feed(f.merge, NULL, 4, REPORT("a", "4"));
    told_feed(f.merge, NULL, 5, "yours\n");
    told_feed(f.merge, NULL, 6, END("b"));
    told_feed(f.merge, NULL, 6, REPORT("b", "4"));
    told_feed(f.merge, NULL, 7, "nobody's\n");
    merge_finish(f.merge);
    told_is(&f.told, "line a#1 mine\n"
                     "line - whose\n"
                     "inv a#1 ok start=0 end=4 dur=4 billed=4\n"
                     "line b#1 yours\n"
                     "inv b#1 ok start=2 end=6 dur=4 billed=4\n"
                     "line - nobody's\n");
    struct merge_counts counts;
    merge_counts(f.merge, &counts);
    assert_int_equal(counts.without_stream, 10);
    end(&f);
}

/* The same input twice, at once or far apart, is told once, and counted as repeated. */
static void repetitions_are_told_once(void **state)
{
    (void)state;
    static const char expected[] =
        "line init loading\nline a#1 one\nline a#1 one\n"
        "init init start=0 end=9 dur=9\n"
        "inv a#1 ok start=10 end=20 dur=10 billed=10 cold phase=init init=9 init-start=0\n";
    for (unsigned far = 0; far < 2; far++) {
        struct fixture f;
        begin(&f);
        for (unsigned i = 0; i < 2; i++) {
            told_feed(f.merge, ONE, 0, INIT);
            told_feed(f.merge, ONE, 3, "loading\n");
            told_feed(f.merge, ONE, 10, START("a"));
            told_feed(f.merge, ONE, 11, "one\n");
            told_feed(f.merge, ONE, 11, "one\n");
            told_feed(f.merge, ONE, 20, END("a"));
            told_feed(f.merge, ONE, 20, COLD("a", "10", "9"));
            for (unsigned j = 0; far == 1 && i == 0 && j < 20000; j++) {
                char text[1100];
                (void)snprintf(text, sizeof(text), "{\"requestId\":\"x\",\"message\":\"%01000u\"}",
                               j);
                told_feed(f.merge, TWO, 100 + j, text);
            }
        }
        merge_finish(f.merge);
        struct merge_counts counts;
        merge_counts(f.merge, &counts);
        if (far == 0) {
            told_is(&f.told, expected);
            assert_int_equal(counts.repeated, 7);
        } else {
            assert_int_equal(f.told.finals, 1);
            assert_int_equal(f.told.inits, 1);
            assert_int_equal(f.told.lines, 20000 + 3);
        }
        end(&f);
    }
}

/* Events that come again by their id are not looked at again. */
static void event_ids_are_known(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    struct log_event event = {
        .group = SLICE("/aws/lambda/shop"),
        .stream = SLICE(ONE),
        .id = SLICE("36547962837465876324876325876328763287632876328763287632"),
        .time_ns = TOLD_EPOCH_NS,
        .message = SLICE("hello"),
    };
    merge_event(f.merge, &event);
    merge_event(f.merge, &event);
    event.id = SLICE("36547962837465876324876325876328763287632876328763287633");
    merge_event(f.merge, &event);
    merge_finish(f.merge);
    told_is(&f.told, "line - hello\nline - hello\n");
    end(&f);
}

/* How it ended: the platform's word first, else what lines amount to. */
static void ends_are_told(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 0, START("a"));
    told_feed(f.merge, ONE, 3000,
              "2026-11-23T00:00:03.000Z $a Task timed out after 3.00 seconds\n\n");
    told_feed(f.merge, ONE, 3000, END("a"));
    told_feed(f.merge, ONE, 3000, REPORT("a", "3000"));
    told_feed(f.merge, ONE, 4000, START("b"));
    told_feed(f.merge, ONE, 4001, "[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n");
    told_feed(f.merge, ONE, 4010, END("b"));
    told_feed(f.merge, ONE, 4010, REPORT("b", "10"));
    told_feed(f.merge, ONE, 5000, START("c"));
    told_feed(
        f.merge, ONE, 5010,
        "RequestId: $c Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n");
    told_feed(f.merge, ONE, 5010, END("c"));
    told_feed(f.merge, ONE, 5010,
              "REPORT RequestId: $c\tDuration: 10.00 ms\tBilled Duration: 10 ms\tMemory Size: 128 "
              "MB\tMax Memory Used: 128 MB\t\n");
    told_feed(f.merge, ONE, 6000, START("d"));
    told_feed(f.merge, ONE, 6010, END("d"));
    told_feed(f.merge, ONE, 6010, FAILED("d", "10", "timeout", ""));
    merge_finish(f.merge);
    told_is(&f.told,
            "inv a#1 timeout start=0 end=3000 dur=3000 billed=3000 timeout=3000\n"
            "line b#1 [ERROR] KeyError: 'x'\nTraceback (most recent call last):\n"
            "inv b#1 error start=4000 end=4010 dur=10 billed=10 error=KeyError\n"
            "inv c#1 error start=5000 end=5010 dur=10 billed=10 oom error=Runtime.ExitError\n"
            "inv d#1 timeout start=6000 end=6010 dur=10 billed=10\n");
    end(&f);
}

/* What tells of a failure is told of its invocation, also where that began in another piece. */
static void pieces_tell_of_failures(void **state)
{
    (void)state;
    struct fixture f;
    begin_with(&f, (struct merge_options){.piece = true});
    told_feed(f.merge, ONE, 3000,
              "2026-11-23T00:00:03.000Z $a Task timed out after 3.00 seconds\n\n");
    merge_finish(f.merge);
    told_is(&f.told, "inv a#1 timeout not-final no-start no-end no-report end=3000 timeout=3000\n");
    told_feed(f.merge, ONE, 3000,
              "RequestId: $a Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n");
    told_feed(f.merge, ONE, 3000, END("a"));
    told_feed(f.merge, ONE, 3000, REPORT("a", "3000"));
    merge_finish(f.merge);
    told_is(&f.told,
            "inv a#1 error no-start end=3000 dur=3000 billed=3000 error=Runtime.ExitError\n");
    told_feed(f.merge, ONE, 3000,
              "2026-11-23T00:00:03.000Z\t$b\tERROR\tInvoke Error \t{\"errorType\":\"Jam\","
              "\"errorMessage\":\"boom\",\"stack\":[\"Jam: boom\"]}\n");
    merge_finish(f.merge);
    told_is(&f.told,
            "line b#1 "
            "2026-11-23T00:00:03.000Z\t0f0e0d0c-0b0a-4908-8706-05040302010b\tERROR\tInvoke Error \t"
            "{\"errorType\":\"Jam\",\"errorMessage\":\"boom\",\"stack\":[\"Jam: boom\"]}\n"
            "inv b#1 error not-final no-start no-end no-report end=3000 error=Jam\n");
    end(&f);
}

/* A piece leaves its beginning and its end to the reader. */
static void pieces_are_not_final(void **state)
{
    (void)state;
    struct fixture f;
    begin_with(&f, (struct merge_options){.piece = true});
    told_feed(f.merge, ONE, 0, "before\n");
    told_feed(f.merge, ONE, 10, START("a"));
    told_feed(f.merge, ONE, 11, "hello\n");
    merge_finish(f.merge);
    told_is(&f.told, "line - before\nline a#1 hello\n"
                     "inv a#1 open not-final no-end no-report start=10\n");
    told_feed(f.merge, ONE, 15, END("a"));
    told_feed(f.merge, ONE, 15, REPORT("a", "5"));
    merge_finish(f.merge);
    told_is(&f.told, "inv a#1 ok no-start end=15 dur=5 billed=5\n");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_instance_is_told),
        cmocka_unit_test(a_millisecond_has_no_order),
        cmocka_unit_test(order_of_arrival_does_not_matter),
        cmocka_unit_test(attempts_are_told_apart),
        cmocka_unit_test(halves_are_told_as_halves),
        cmocka_unit_test(a_suppressed_init_belongs_to_its_invocation),
        cmocka_unit_test(proactive_inits_are_known_by_their_start),
        cmocka_unit_test(without_streams_place_tells_little),
        cmocka_unit_test(repetitions_are_told_once),
        cmocka_unit_test(event_ids_are_known),
        cmocka_unit_test(ends_are_told),
        cmocka_unit_test(pieces_tell_of_failures),
        cmocka_unit_test(pieces_are_not_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
