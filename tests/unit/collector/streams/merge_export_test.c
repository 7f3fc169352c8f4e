/* SPDX-License-Identifier: Apache-2.0 */
/* What exports leave out or take apart: times, names, ids and lines, and how a merge copes. */
#include "merging.h"

#include <stdio.h>
#include <string.h>

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
        cmocka_unit_test(doubtful_errors_are_decided),
        cmocka_unit_test(unknown_ids_yield_to_place),
        cmocka_unit_test(text_without_times_keeps_its_order),
        cmocka_unit_test(text_without_times_is_never_sorted),
        cmocka_unit_test(a_broken_report_is_joined),
        cmocka_unit_test(sources_are_named),
        cmocka_unit_test(a_stream_is_one_in_all_containers),
        cmocka_unit_test(other_groups_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
