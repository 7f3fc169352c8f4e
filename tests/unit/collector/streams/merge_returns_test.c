/* SPDX-License-Identifier: Apache-2.0 */
/* What comes back: streams that made room for others, inits and attempts that are tried again. */
#include "told.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

#include "streams/merge_limits.h"

#define ONE "2026/11/23/[$LATEST]00000000000000000000000000000001"

#define START(id) "START RequestId: $" id " Version: $LATEST\n"
#define END(id)   "END RequestId: $" id "\n"
#define REPORT(id, ms, more)                                                                       \
    "REPORT RequestId: $" id "\tDuration: " ms ".00 ms\tBilled Duration: " ms                      \
    " ms\tMemory Size: 128 MB\tMax Memory Used: 66 MB\t" more "\n"

struct fixture {
    struct told told;
    struct merge *merge;
};

static void ignore_line(void *context, const struct stream_line *line)
{
    (void)context;
    (void)line;
}

static void create(struct fixture *f)
{
    struct merge_options options = {.piece = false};
    f->merge = merge_create(&options, &f->told.sink);
    assert_non_null(f->merge);
}

static void begin(struct fixture *f)
{
    told_init(&f->told);
    create(f);
}

static void begin_without_lines(struct fixture *f)
{
    told_init(&f->told);
    f->told.sink.line = ignore_line;
    create(f);
}

static void end(struct fixture *f)
{
    merge_free(f->merge);
    told_fini(&f->told);
}

static void feed_number(struct merge *merge, unsigned number, int64_t ms, const char *text)
{
    char stream[64];
    (void)snprintf(stream, sizeof(stream), "2026/11/23/[$LATEST]%032x", number);
    told_feed(merge, stream, ms, text);
}

/* More streams than are followed: one that made room and returns is no new one, and its REPORT
 * completes what was told of its START. */
static void a_stream_returns_as_itself(void **state)
{
    (void)state;
    struct fixture f;
    struct merge_counts counts;
    begin(&f);
    f.told.sources = true;
    told_feed(f.merge, ONE, 0, START("a"));
    for (unsigned i = 0; i < MERGE_STREAMS_MAX; i++) {
        feed_number(f.merge, 0x1000 + i, 1, "EXTENSION\tName: x\tState: Ready\n");
    }
    merge_counts(f.merge, &counts);
    assert_int_equal(counts.streams, MERGE_STREAMS_MAX + 1);
    assert_int_equal(counts.streams_closed, 1);
#define KNOWN " group=/aws/lambda/shop stream=" ONE " function=shop version=$LATEST"
    told_is(&f.told, "inv a#1 open no-end no-report start=0" KNOWN " nr=1\n");
    told_feed(f.merge, ONE, 30000, REPORT("a", "30000", ""));
    told_feed(f.merge, ONE, 30000, END("a"));
    for (unsigned i = 0; i < MERGE_STREAMS_MAX; i++) {
        feed_number(f.merge, 0x1000 + i, 2, "EXTENSION\tName: x\tState: Ready\n");
    }
    merge_counts(f.merge, &counts);
    assert_int_equal(counts.streams, MERGE_STREAMS_MAX + 1);
    told_is(&f.told,
            "inv a#1 ok no-start end=30000 dur=30000 billed=30000" KNOWN " memory=128 nr=1\n");
#undef KNOWN
    end(&f);
}

/* An init that failed is done again inside of the next invocation: that one waited, whatever its
 * REPORT says, and began when it did. */
static void a_failed_init_makes_the_next_invocation_cold(void **state)
{
    (void)state;
    static const char init[] = "INIT_START Runtime Version: python:3.12.v3\n";
    static const char report[] =
        "INIT_REPORT Init Duration: 9999.00 ms\tPhase: init\tStatus: timeout\n";
    struct fixture f;
    for (int64_t late = 0; late <= 8; late += 4) {
        begin(&f);
        told_feed(f.merge, ONE, 1, init);
        told_feed(f.merge, ONE, 10000, report);
        told_feed(f.merge, ONE, 10005, START("a"));
        told_feed(f.merge, ONE, 22005 + late, END("a"));
        told_feed(f.merge, ONE, 22005 + late, REPORT("a", "12000", ""));
        told_feed(f.merge, ONE, 30000, START("b"));
        told_feed(f.merge, ONE, 30010, END("b"));
        told_feed(f.merge, ONE, 30010, REPORT("b", "10", ""));
        merge_finish(f.merge);
        char expected[512];
        (void)snprintf(expected, sizeof(expected),
                       "init init start=1 end=10000 dur=9999 status=timeout\n"
                       "inv a#1 ok start=10005 end=%d dur=12000 billed=12000 cold phase=invoke\n"
                       "inv b#1 ok start=30000 end=30010 dur=10 billed=10\n",
                       (int)(22005 + late));
        told_is(&f.told, expected);
        end(&f);
    }
}

/* ...also where START was written just before the report of the init. */
static void a_failed_init_may_be_told_after_start(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 1, "INIT_START Runtime Version: python:3.12.v3\n");
    told_feed(f.merge, ONE, 9999, START("a"));
    told_feed(f.merge, ONE, 10000,
              "INIT_REPORT Init Duration: 9999.00 ms\tPhase: init\tStatus: timeout\n");
    told_feed(f.merge, ONE, 22000, END("a"));
    told_feed(f.merge, ONE, 22000, REPORT("a", "12000", ""));
    told_feed(f.merge, ONE, 30000, START("b"));
    told_feed(f.merge, ONE, 30010, REPORT("b", "10", ""));
    merge_finish(f.merge);
    told_is(&f.told, "init init start=1 end=10000 dur=9999 status=timeout\n"
                     "inv a#1 ok start=9999 end=22000 dur=12000 billed=12000 cold phase=invoke\n"
                     "inv b#1 ok no-end start=30000 end=30010 dur=10 billed=10\n");
    end(&f);
}

/* Text without times: attempts of one id are told apart by what is reported of them. */
static void attempts_without_times_differ_in_their_reports(void **state)
{
    (void)state;
    static const char *const reports[] = {
        REPORT("a", "10", "Init Duration: 100.00 ms\tStatus: error\tError Type: E"),
        REPORT("a", "10", "Init Duration: 99.00 ms\tStatus: error\tError Type: E"),
        REPORT("a", "10", ""),
        REPORT("a", "10", ""),
    };
    struct fixture f;
    begin(&f);
    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
        told_feed(f.merge, NULL, -1, START("a"));
        told_feed(f.merge, NULL, -1, END("a"));
        told_feed(f.merge, NULL, -1, reports[i]);
    }
    merge_finish(f.merge);
    assert_int_equal(f.told.finals, 3);
    end(&f);
}

/* ...but where the ids are made up nothing tells that one is told twice. */
static void attempts_of_sanitised_ids_all_count(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (unsigned i = 0; i < 4; i++) {
        told_feed(f.merge, NULL, -1,
                  "REPORT RequestId: ***\tDuration: 1.00 ms\tBilled Duration: 1 ms\t\n");
    }
    merge_finish(f.merge);
    assert_int_equal(f.told.finals, 4);
    end(&f);
}

/* Two accounts may have a stream of one name with one id (a copy): both are told.  One that is not
 * known is no other one. */
static void accounts_are_told_apart(void **state)
{
    (void)state;
    static const char *const accounts[] = {"111111111111", "222222222222", ""};
    struct fixture f;
    begin(&f);
    for (unsigned i = 0; i < 3; i++) {
        static const char *const texts[] = {
            "START RequestId: " TOLD_ID("a") " Version: 1",
            "REPORT RequestId: " TOLD_ID("a") "\tDuration: 1.00 ms\t",
        };
        for (unsigned j = 0; j < 2; j++) {
            struct log_event event = {.account = slice_from(accounts[i]),
                                      .group = SLICE("/aws/lambda/shop"),
                                      .stream = SLICE(ONE),
                                      .time_ns = TOLD_EPOCH_NS + (int64_t)j * 1000000,
                                      .message = slice_from(texts[j])};
            merge_event(f.merge, &event);
        }
    }
    merge_finish(f.merge);
    assert_int_equal(f.told.finals, 2);
    end(&f);
}

/* Each physical line an event of its own: what the runtime says of a failure is still known, and
 * what an application prints is none. */
static void failures_in_single_lines_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *lines[5];
        const char *told;
    } cases[] = {
        {{"boom: java.lang.RuntimeException", "java.lang.RuntimeException: boom",
          "\tat a.B(C.java)"},
         "error error=java.lang.RuntimeException"},
        {{"no: com.acme.OrderRejected", "com.acme.OrderRejected: no", "\tat a.B(C.java)"},
         "error error=com.acme.OrderRejected"},
        {{"[ERROR] MyError", "Traceback (most recent call last):", "  File \"a.py\""},
         "error error=MyError"},
        {{"Error raised from handler method",
          "{\"errorMessage\":\"boom\",\"errorType\":\"Function<StandardError>\"}"},
         "error error=Function<StandardError>"},
        {{"Error raised from handler method", "{", "  \"errorMessage\": \"boom\",",
          "  \"errorType\": \"Function<RuntimeError>\",", "}"},
         "error error=Function<RuntimeError>"},
        {{"panic: boom", "RequestId: $a Error: Runtime exited with error: exit status 2",
          "Runtime.ExitError"},
         "error error=Runtime.ExitError"},
        {{"RequestId: $a Error: Runtime exited with error: exit status 2", "hello",
          "Runtime.ExitError"},
         "error error=Runtime.ExitError"},
        {{"boom: errorString", "null"}, "error error=errorString"},
        {{"boom: NotFound\n   at Fn.Function.Handler(Object) in /a.cs:line 3"},
         "error error=NotFound"},
        {{"boom: NotFound\n   at Fn.Function.Handler(Object) in /a.cs:line 3", "caught"}, "ok"},
        {{"ERROR Lambda runtime invoke{requestId=\"$a\"}: lambda_runtime::layers: boom"}, "error"},
        {{"ERROR Lambda runtime invoke{requestId=\"$a\"}: shop::pay: boom"}, "ok"},
        {{"could not: errorText", "null"}, "ok"},
        {{"[ERROR] MyError", "hello"}, "ok"},
        {{"could not: Timeout", "Traceback (most recent call last):", "Timeout: could not"}, "ok"},
        {{"boom: java.lang.RuntimeException", "hello"}, "ok"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        char expected[256];
        begin_without_lines(&f);
        told_feed(f.merge, ONE, 0, START("a"));
        for (int64_t j = 0; j < 5 && cases[i].lines[j] != NULL; j++) {
            told_feed(f.merge, ONE, 1 + j, cases[i].lines[j]);
        }
        told_feed(f.merge, ONE, 10, END("a"));
        told_feed(f.merge, ONE, 10, REPORT("a", "10", ""));
        merge_finish(f.merge);
        const char *error = strchr(cases[i].told, ' ');
        const char *ended = strncmp(cases[i].told, "error", 5) == 0 ? "error" : "ok";
        (void)snprintf(expected, sizeof(expected), "inv a#1 %s start=0 end=10 dur=10 billed=10%s\n",
                       ended, error == NULL ? "" : error);
        told_is(&f.told, expected);
        end(&f);
    }
}

/* The last line of an exit is the platform's. */
static void the_end_of_an_exit_is_no_line(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    told_feed(f.merge, ONE, 0, START("a"));
    told_feed(f.merge, ONE, 1, "RequestId: $a Error: Runtime exited with error: exit status 1");
    told_feed(f.merge, ONE, 1, "Runtime.ExitError");
    told_feed(f.merge, ONE, 2, "Runtime.ExitError");
    told_feed(f.merge, ONE, 10, REPORT("a", "10", ""));
    merge_finish(f.merge);
    told_is(&f.told, "line a#1 Runtime.ExitError\n"
                     "inv a#1 error no-end start=0 end=10 dur=10 billed=10 "
                     "error=Runtime.ExitError\n");
    end(&f);
}

/* Times of whole seconds and no names of streams: the order of the rows tells whose a line is, also
 * where it is the opposite one. */
static void rows_of_one_second_keep_their_order(void **state)
{
    (void)state;
    static const char *const texts[] = {
        START("a"), "one\n",
        END("a"),   REPORT("a", "50", ""),
        START("b"), "[ERROR] ValueError: x\nTraceback (most recent call last):\n",
        END("b"),   REPORT("b", "50", ""),
        START("c"), "two\n",
        END("c"),   REPORT("c", "50", ""),
    };
    enum { COUNT = sizeof(texts) / sizeof(texts[0]) };
    for (unsigned backward = 0; backward < 2; backward++) {
        struct fixture f;
        begin(&f);
        for (unsigned i = 0; i < COUNT; i++) {
            unsigned at = backward == 0 ? i : COUNT - 1 - i;
            told_feed(f.merge, NULL, at / 10 * 1000, texts[at]);
        }
        merge_finish(f.merge);
        told_is(&f.told, "line a#1 one\n"
                         "inv a#1 ok start=0 end=0 dur=50 billed=50\n"
                         "line b#1 [ERROR] ValueError: x\nTraceback (most recent call last):\n"
                         "inv b#1 error start=0 end=0 dur=50 billed=50 error=ValueError\n"
                         "line c#1 two\n"
                         "inv c#1 ok start=0 end=1000 dur=50 billed=50\n");
        end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_returns_as_itself),
        cmocka_unit_test(a_failed_init_makes_the_next_invocation_cold),
        cmocka_unit_test(a_failed_init_may_be_told_after_start),
        cmocka_unit_test(attempts_without_times_differ_in_their_reports),
        cmocka_unit_test(attempts_of_sanitised_ids_all_count),
        cmocka_unit_test(accounts_are_told_apart),
        cmocka_unit_test(failures_in_single_lines_are_known),
        cmocka_unit_test(the_end_of_an_exit_is_no_line),
        cmocka_unit_test(rows_of_one_second_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
