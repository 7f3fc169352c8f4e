/* SPDX-License-Identifier: Apache-2.0 */
/* What streams turn out to say: the rules of merge.h and merge_step.h, each in few lines. */
#include "told.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

#define ONE "2026/11/23/[$LATEST]00000000000000000000000000000001"
#define TWO "2026/11/23/[$LATEST]00000000000000000000000000000002"

#define START(id) "START RequestId: $" id " Version: $LATEST\n"
#define END(id)   "END RequestId: $" id "\n"
#define INIT                                                                                       \
    "INIT_START Runtime Version: python:3.13.v31\tRuntime Version ARN: "                           \
    "arn:aws:lambda:eu-west-1::runtime:f7\n"
#define TAIL "\tMemory Size: 128 MB\tMax Memory Used: 66 MB\t"
#define REPORT(id, ms)                                                                             \
    "REPORT RequestId: $" id "\tDuration: " ms ".00 ms\tBilled Duration: " ms " ms" TAIL "\n"
#define COLD(id, ms, init)                                                                         \
    "REPORT RequestId: $" id "\tDuration: " ms ".00 ms\tBilled Duration: " ms " ms" TAIL           \
    "Init Duration: " init ".00 ms\t\n"
#define FAILED(id, ms, status, type)                                                               \
    "REPORT RequestId: $" id "\tDuration: " ms ".00 ms\tBilled Duration: " ms " ms" TAIL           \
    "Status: " status "\tError Type: " type "\n"

struct fixture {
    struct told told;
    struct merge *merge;
};

static void begin_with(struct fixture *f, struct merge_options options)
{
    told_init(&f->told);
    f->merge = merge_create(&options, &f->told.sink);
    assert_non_null(f->merge);
}

static void ignore_line(void *context, const struct stream_line *line)
{
    (void)context;
    (void)line;
}

static void begin(struct fixture *f)
{
    begin_with(f, (struct merge_options){.piece = false});
}

static void end(struct fixture *f)
{
    merge_free(f->merge);
    told_fini(&f->told);
}

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

/* What the runtime writes when an invocation failed, and an application that only logs it, too, is
 * told apart by what comes next. */
static void doubtful_errors_are_decided(void **state)
{
    (void)state;
    static const char java[] =
        "java.lang.IllegalStateException: no order\n\tat shop.A.b(A.java:7)\n";
    static const char go[] =
        "2026/11/23 00:00:00 {\"errorMessage\":\"no\",\"errorType\":\"fit\"}\n";
    static const struct {
        const char *first, *second;
        const char *end;
    } cases[] = {
        {"going\n", java, "error"},
        {java, "answered with 500\n", "ok"},
        {"{\"requestId\":\"$a\"}", go, "error"},
        {go, "the callee failed\n", "ok"},
        {"[ERROR] Jam: x\n", "Traceback (most recent call last):\n", "error"},
        {"[ERROR] Jam: x\n", "not at all\n", "ok"},
        {"[ERROR] Jam: x\n", "", "ok"},
        {"[ERROR] Jam: x\nTraceback (most recent call last):\n  File \"a.py\", line 1", "",
         "error"},
    };
    static const char *const types[] = {"java.lang.IllegalStateException", "fit", "Jam"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        char expected[1024];
        bool fails = strcmp(cases[i].end, "error") == 0;
        begin(&f);
        f.told.sink.line = ignore_line;
        f.told.sink.context = &f.told;
        merge_free(f.merge);
        f.merge = merge_create(&(struct merge_options){.piece = false}, &f.told.sink);
        assert_non_null(f.merge);
        told_feed(f.merge, ONE, 0, START("a"));
        told_feed(f.merge, ONE, 1, cases[i].first);
        told_feed(f.merge, ONE, 2, cases[i].second);
        told_feed(f.merge, ONE, 5, END("a"));
        told_feed(f.merge, ONE, 5, REPORT("a", "5"));
        merge_finish(f.merge);
        (void)snprintf(expected, sizeof(expected), "inv a#1 %s start=0 end=5 dur=5 billed=5%s%s\n",
                       cases[i].end, fails ? " error=" : "",
                       fails ? types[i / 2 < 2 ? i / 2 : 2] : "");
        told_is(&f.told, expected);
        end(&f);
    }
}

/* Ids of others (of an API, say) tear no line away from the invocation that it stands in. */
static void unknown_ids_yield_to_place(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 0, START("a"));
    told_feed(f.merge, ONE, 1, "{\"requestId\":\"$c\",\"message\":\"of an API\"}\n");
    told_feed(f.merge, ONE, 2, "{\"requestId\":\"$a\",\"faas.invocation_id\":\"here\"}\n");
    told_feed(f.merge, ONE, 5, END("a"));
    told_feed(f.merge, ONE, 5, REPORT("a", "5"));
    told_feed(f.merge, ONE, 8, START("b"));
    told_feed(f.merge, ONE, 9, "{\"requestId\":\"$a\",\"message\":\"late\"}\n");
    told_feed(f.merge, ONE, 10, END("b"));
    told_feed(f.merge, ONE, 10, REPORT("b", "2"));
    told_feed(f.merge, ONE, 20, "{\"requestId\":\"$c\",\"message\":\"nobody's\"}\n");
    merge_finish(f.merge);
    told_is(&f.told, "line a#1 {\"requestId\":\"" TOLD_ID(
                         "c") "\",\"message\":\"of an API\"}\n"
                              "line a#1 {\"requestId\":\"" TOLD_ID(
                                  "a") "\",\"faas.invocation_id\":\"here\"}\n"
                                       "inv a#1 ok start=0 end=5 dur=5 billed=5\n"
                                       "line a#1 {\"requestId\":\"" TOLD_ID(
                                           "a") "\",\"message\":\"late\"}\n"
                                                "inv b#1 ok start=8 end=10 dur=2 billed=2\n"
                                                "line c#1 {\"requestId\":\"" TOLD_ID(
                                                    "c") "\",\"message\":\"nobody's\"}\n");
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

/* Without times the order of arrival is all there is. */
static void text_without_times_keeps_its_order(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, -1, START("a"));
    told_feed(f.merge, ONE, -1, "hello\n");
    told_feed(f.merge, ONE, -1, END("a"));
    told_feed(f.merge, ONE, -1, REPORT("a", "5"));
    told_feed(f.merge, ONE, -1, "idle\n");
    merge_finish(f.merge);
    told_is(&f.told, "line a#1 hello\ninv a#1 ok dur=5 billed=5\nline idle idle\n");
    end(&f);
}

/* Times of lines without a time around them are no order: those of the application are told by it,
 * and of another clock. */
static void text_without_times_is_never_sorted(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (unsigned i = 0; i < 2; i++) {
        told_feed(f.merge, NULL, -1, i == 0 ? START("a") : START("b"));
        told_feed(f.merge, NULL, -1,
                  i == 0 ? "2026-11-23T09:00:00.000Z one\n" : "2026-11-23T01:00:00.000Z two\n");
        told_feed(f.merge, NULL, -1, "plain\n");
        told_feed(f.merge, NULL, -1,
                  i == 0 ? "2026-11-23T08:00:03.000Z $a Task timed out after 3.00 seconds\n"
                         : "2026-11-23T00:00:03.000Z $b Task timed out after 3.00 seconds\n");
        told_feed(f.merge, NULL, -1, i == 0 ? END("a") : END("b"));
        told_feed(f.merge, NULL, -1, i == 0 ? REPORT("a", "3") : REPORT("b", "3"));
    }
    merge_finish(f.merge);
    told_is(&f.told, "line a#1 2026-11-23T09:00:00.000Z one\n"
                     "line a#1 plain\n"
                     "inv a#1 timeout dur=3 billed=3 timeout=3000\n"
                     "line b#1 2026-11-23T01:00:00.000Z two\n"
                     "line b#1 plain\n"
                     "inv b#1 timeout dur=3 billed=3 timeout=3000\n");
    end(&f);
}

/* Text that was cut at each newline: a REPORT goes on with its other fields. */
static void a_broken_report_is_joined(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, NULL, -1, START("a"));
    told_feed(f.merge, NULL, -1, END("a"));
    told_feed(f.merge, NULL, -1, "REPORT RequestId: $a\t");
    told_feed(f.merge, NULL, -1,
              "Duration: 300.50 ms\tBilled Duration: 301 ms\tMemory Size: 128 MB\tMax Memory Used: "
              "128 MB\t");
    told_feed(f.merge, NULL, -1,
              "Init Duration: 551.73 ms\tStatus: error\tError Type: Runtime.OutOfMemory");
    told_feed(f.merge, NULL, -1, "Duration: of something else\n");
    told_feed(f.merge, NULL, -1, START("b"));
    told_feed(f.merge, NULL, -1, END("b"));
    told_feed(f.merge, NULL, -1, REPORT("b", "5"));
    told_feed(f.merge, NULL, -1,
              "XRAY TraceId: 1-5d88ad26-af7e1cf86161c0887567eed0\t"
              "SegmentId: 2ea934c013374041\tSampled: true\t");
    merge_finish(f.merge);
    told_is(&f.told, "inv a#1 error dur=300 billed=301 cold oom phase=init init=551 "
                     "error=Runtime.OutOfMemory\n"
                     "line - Duration: of something else\n"
                     "inv b#1 ok dur=5 billed=5 trace\n");
    end(&f);
}

/* Names: of the group, of an ARN, of a custom group's stream, of an export to S3. */
static void sources_are_named(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    f.told.sources = true;
    struct log_event event = {
        .group = SLICE("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/front:*"),
        .stream = SLICE("2026-11-23-[7]0123"),
        .time_ns = TOLD_EPOCH_NS,
        .message = SLICE("one"),
    };
    merge_event(f.merge, &event);
    event.stream = SLICE("2026/11/23/[7]0123");
    event.message = SLICE("two");
    merge_event(f.merge, &event);
    event.group = SLICE("ours");
    event.stream = SLICE("2026/11/23/back[$LATEST]0123");
    event.message = SLICE("three");
    merge_event(f.merge, &event);
    event.group = SLICE("/aws/lambda/us-east-1.edge");
    event.stream = SLICE_EMPTY;
    event.message = SLICE("four");
    merge_event(f.merge, &event);
    event.group = SLICE_EMPTY;
    event.function = SLICE("file");
    event.message = SLICE("five");
    merge_event(f.merge, &event);
    merge_finish(f.merge);
    told_is(&f.told,
            "line - one account=123456789012 region=eu-west-1 group=/aws/lambda/front "
            "stream=2026/11/23/[7]0123 function=front version=7 nr=1\n"
            "line - two account=123456789012 region=eu-west-1 group=/aws/lambda/front "
            "stream=2026/11/23/[7]0123 function=front version=7 nr=1\n"
            "line - three group=ours stream=2026/11/23/back[$LATEST]0123 function=back "
            "version=$LATEST nr=2\n"
            "line - four platform=aws_lambda_edge group=/aws/lambda/us-east-1.edge function=edge "
            "nr=3\n"
            "line - five made-up=file nr=4\n");
    end(&f);
}

/* The name of an instance's stream is its alone: what one container does not say of it, another one
 * does.  Only other groups make other streams of it. */
static void a_stream_is_one_in_all_containers(void **state)
{
    (void)state;
    struct fixture f;
    struct merge_counts counts;
    begin(&f);
    f.told.sources = true;
    struct log_event event = {
        .function = SLICE("export"),
        .stream = SLICE(ONE),
        .time_ns = TOLD_EPOCH_NS,
        .message = SLICE("{\"requestId\":\"" TOLD_ID("a") "\",\"message\":\"one\"}"),
    };
    merge_event(f.merge, &event);
    event.group = SLICE("123456789012:/aws/lambda/shop");
    event.message = SLICE("REPORT RequestId: " TOLD_ID("a") "\tDuration: 1.00 ms\t");
    merge_event(f.merge, &event);
    event.group = SLICE_EMPTY;
    event.region = SLICE("eu-west-1");
    event.message = SLICE("REPORT RequestId: " TOLD_ID("b") "\tDuration: 1.00 ms\t");
    merge_event(f.merge, &event);
    event.group = SLICE("/aws/lambda/other");
    event.message = SLICE("REPORT RequestId: " TOLD_ID("c") "\tDuration: 1.00 ms\t");
    merge_event(f.merge, &event);
    merge_counts(f.merge, &counts);
    assert_int_equal(counts.streams, 2);
    merge_finish(f.merge);
#define KNOWN                                                                                      \
    " account=123456789012 region=eu-west-1 group=/aws/lambda/shop stream=" ONE                    \
    " function=shop version=$LATEST nr=1\n"
    told_is(
        &f.told,
        "line a#1 {\"requestId\":\"" TOLD_ID(
            "a") "\",\"message\":\"one\"}" KNOWN "inv a#1 ok no-start no-end end=0 dur=1" KNOWN
                 "inv b#1 ok no-start no-end end=0 dur=1" KNOWN
                 "inv c#1 ok no-start no-end end=0 dur=1 region=eu-west-1 group=/aws/lambda/other "
                 "stream=" ONE " function=other version=$LATEST nr=2\n");
#undef KNOWN
    end(&f);
}

/* What is no function's is refused, unless a function writes into it. */
static void other_groups_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    struct log_event event = {
        .group = SLICE("vpc-flow"),
        .stream = SLICE("eni-0123"),
        .time_ns = TOLD_EPOCH_NS,
        .message = SLICE("2 123456789012 eni-0123 10.0.0.1 10.0.0.2 ACCEPT OK"),
    };
    merge_event(f.merge, &event);
    merge_event(f.merge, &event);
    event.group = SLICE("custom");
    event.message = SLICE("hello");
    merge_event(f.merge, &event);
    event.time_ns += 1000000;
    event.message = SLICE("START RequestId: " TOLD_ID("a") " Version: 1");
    merge_event(f.merge, &event);
    merge_finish(f.merge);
    told_is(&f.told, "refused 2 not a function's log group\n"
                     "line init hello\ninv a#1 open no-end no-report start=1\n");
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
        cmocka_unit_test(doubtful_errors_are_decided),
        cmocka_unit_test(unknown_ids_yield_to_place),
        cmocka_unit_test(pieces_are_not_final),
        cmocka_unit_test(pieces_tell_of_failures),
        cmocka_unit_test(text_without_times_keeps_its_order),
        cmocka_unit_test(text_without_times_is_never_sorted),
        cmocka_unit_test(a_broken_report_is_joined),
        cmocka_unit_test(sources_are_named),
        cmocka_unit_test(a_stream_is_one_in_all_containers),
        cmocka_unit_test(other_groups_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
