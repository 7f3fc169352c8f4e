/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "lib/cm.h"
#include "teller.h"

/* What was told is added up: counts, billed, memory and, exactly, money. */
static void test_sums(void **state)
{
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    for (unsigned i = 0; i < 3; i++) {
        struct stream_invocation invocation = teller_invocation(&teller, i);
        if (i == 0) {
            invocation.cold = true;
            invocation.init_ns = 50 * TELLER_MS;
            invocation.init_start_ns = invocation.start_ns - 60 * TELLER_MS;
            invocation.init_phase = SLICE("init");
            invocation.billed_ms = 150;
        }
        teller_tell(&teller, &invocation);
    }
    struct slice json = teller_json(&teller);
    assert_true(teller_has(json, "\"streams\":1,"));
    assert_true(teller_has(json, "\"invocations\":3,\"cold_starts\":1,"));
    assert_true(teller_has(json, "\"proactive_inits\":0,\"proactive_known\":true,"));
    assert_true(teller_has(json, "\"billed_ms\":350,\"mb_ms\":44800,"));
    /* 44,800 MB-ms at $0.0000166667 per GB-s and three requests at $0.0000002. */
    assert_true(teller_has(json, "\"amount\":\"0.000001329168125\","));
    assert_true(teller_has(json, "\"init\":\"0.000000104166875\","));
    assert_true(teller_has(json, "\"max_memory_mb\":64,\"max_memory_mb_sum\":192,"));
    assert_true(teller_has(json, "\"init_ms\":{\"count\":1,\"p50\":50,"));
    teller_end(&teller);
}

/* What is streamed beyond 6 MB of an answer is paid for where logs tell how long it was; of how
 * many they do not is said, too. */
static void test_streaming(void **state)
{
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    struct stream_invocation invocation = teller_invocation(&teller, 1);
    invocation.produced_bytes = (6 + 1024) << 20; /* A gigabyte at $0.008. */
    teller_tell(&teller, &invocation);
    invocation = teller_invocation(&teller, 2);
    invocation.produced_bytes = 6 << 20;
    teller_tell(&teller, &invocation);
    invocation = teller_invocation(&teller, 3);
    teller_tell(&teller, &invocation);
    struct slice json = teller_json(&teller);
    assert_true(teller_has(json, "\"streaming\":{\"bytes\":1073741824,\"unknown\":1},"));
    assert_true(teller_has(json, "\"streaming\":\"0.008\"}"));
    assert_true(teller_has(json, "\"amount\":\"0.0080012250012\"") ||
                teller_has(json, "\"amount\":\"0.00800122500125\""));
    teller_end(&teller);
}

/* An invocation that comes again is counted once; another attempt of it is another one. */
static void test_repetition(void **state)
{
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    struct stream_invocation invocation = teller_invocation(&teller, 1);
    teller_tell(&teller, &invocation);
    teller_tell(&teller, &invocation);
    invocation.attempt = 2;
    teller_tell(&teller, &invocation);
    assert_int_equal(report_invocations(teller.report), 2);
    assert_true(teller_has(teller_json(&teller), "\"repeated_invocations\":1,"));
    teller_end(&teller);
}

/* One that is told again with more is what it was told last. */
static void test_told_again(void **state)
{
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    struct stream_invocation whole = teller_invocation(&teller, 1);
    struct stream_invocation early = whole;
    early.final = false;
    early.report_seen = false;
    early.end = END_OPEN;
    early.billed_ms = STREAMS_UNKNOWN;
    early.reported_ns = STREAMS_UNKNOWN;
    teller_tell(&teller, &early);
    teller_tell(&teller, &early);
    early.final = true; /* Its stream was closed for want of room. */
    teller_tell(&teller, &early);
    assert_int_equal(report_invocations(teller.report), 0);
    teller_tell(&teller, &whole);
    assert_int_equal(report_invocations(teller.report), 1);
    struct slice json = teller_json(&teller);
    assert_true(teller_has(json, "\"unfinished\":0,\"billed_ms\":100,"));
    teller_end(&teller);
}

/* Errors are grouped by what they say without what differs; timeouts and out of memory are errors.
 * Those that were only logged are apart. */
static void test_groups(void **state)
{
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    for (unsigned i = 0; i < 4; i++) {
        struct stream_invocation invocation = teller_invocation(&teller, i);
        teller_line(&teller, &invocation, SEVERITY_ERROR, i < 2 ? "retry 17" : "retry 18");
        if (i < 3) {
            teller_exception(&teller, &invocation, "KeyError",
                             i == 0 ? "KeyError: 'x' of 12" : "KeyError: 'x' of 13\nmore");
            invocation.end = END_ERROR;
        }
        teller_tell(&teller, &invocation);
    }
    /* What the platform calls unknown, the lines know. */
    struct stream_invocation unknown = teller_invocation(&teller, 6);
    teller_exception(&teller, &unknown, "ValueError", "ValueError: odd");
    unknown.end = END_ERROR;
    unknown.error_type = SLICE("Runtime.Unknown");
    teller_tell(&teller, &unknown);
    struct stream_invocation timeout = teller_invocation(&teller, 4);
    timeout.end = END_TIMEOUT;
    teller_tell(&teller, &timeout);
    struct stream_invocation memory = teller_invocation(&teller, 5);
    memory.end = END_ERROR;
    memory.out_of_memory = true;
    memory.error_type = SLICE("Runtime.ExitError");
    teller_tell(&teller, &memory);
    struct slice json = teller_json(&teller);
    assert_true(teller_has(json, "\"errors\":6,"));
    assert_true(teller_has(json, "\"timeouts\":1,\"out_of_memory\":1,"));
    assert_true(teller_has(json, "\"failed\":true,\"type\":\"KeyError\","
                                 "\"message\":\"'x' of <n>\",\"count\":3,"));
    assert_true(teller_has(json, "\"failed\":true,\"type\":\"Task timed out\",\"message\":null,"));
    assert_true(teller_has(json, "\"type\":\"Runtime.OutOfMemory\""));
    assert_true(teller_has(json, "\"type\":\"ValueError\",\"message\":\"odd\""));
    assert_false(teller_has(json, "\"Runtime.Unknown\""));
    assert_true(teller_has(json, "\"failed\":false,\"type\":null,\"message\":\"retry <n>\","
                                 "\"count\":1,"));
    teller_end(&teller);
}

/* A rate says how much it knows: of what, and whether inits ahead of requests would show. */
static void test_cold_is_honest(void **state)
{
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    for (unsigned i = 0; i < 4; i++) {
        struct stream_invocation invocation = teller_invocation(&teller, i);
        invocation.cold = i == 0;
        invocation.proactive = i == 1;
        invocation.cold_unknown = i == 2;
        invocation.init_ns = i < 2 ? TELLER_S : STREAMS_UNKNOWN;
        teller_tell(&teller, &invocation);
    }
    struct slice json = teller_json(&teller);
    assert_true(teller_has(json, "\"cold_starts\":1,\"cold_start_rate\":0.3333333333333333,"
                                 "\"cold_start_unknown\":1,\"proactive_inits\":1,"
                                 "\"proactive_known\":false,"));
    teller_end(&teller);
}

/* Streams of one function that know its region and streams that do not are one function; in two
 * regions there are two. */
static void test_functions_by_what_is_told(void **state)
{
    static const char *const regions[] = {"", "eu-central-1", "", "us-east-1", "eu-central-1"};
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    for (unsigned i = 0; i < 5; i++) {
        teller.source.region = slice_from(regions[i]);
        teller.source.number = i + 1;
        struct stream_invocation invocation = teller_invocation(&teller, i);
        teller_tell(&teller, &invocation);
    }
    assert_true(teller_has(teller_json(&teller), "\"functions\":2,"));
    teller_end(&teller);
}

/* Other providers' invocations are billed by their rules, which the logs do not tell. */
static void test_other_provider(void **state)
{
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    teller.source.provider = PROVIDER_GCP;
    teller.source.platform = SLICE("gcp_cloud_functions");
    struct stream_invocation invocation = teller_invocation(&teller, 1);
    invocation.report_seen = false;
    invocation.reported_ns = 260 * TELLER_MS;
    invocation.billed_ms = STREAMS_UNKNOWN;
    teller_tell(&teller, &invocation);
    struct slice json = teller_json(&teller);
    assert_true(teller_has(json, "\"billed_ms\":300,\"mb_ms\":38400,"));
    assert_true(teller_has(json, "\"provider\":\"gcp\""));
    teller_end(&teller);
}

/* A start inside of the request is usual of other providers, and no init that had failed before;
 * what is said of prices is of those that are there. */
static void test_other_start(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct teller teller;
        bool aws = i % 2 == 0;
        teller_begin(&teller);
        teller.source.provider = aws ? PROVIDER_AWS : PROVIDER_GCP;
        struct stream_invocation invocation = teller_invocation(&teller, 1);
        invocation.cold = true;
        invocation.init_phase = SLICE("invoke");
        invocation.init_ns = 100 * TELLER_MS;
        invocation.out_of_memory = true;
        invocation.end = END_ERROR;
        teller_tell(&teller, &invocation);
        if (i < 2) {
            struct slice json = teller_json(&teller);
            assert_true(teller_has(json, "\"suppressed_inits\":1") == aws);
            assert_true(teller_has(json, "Runtime.OutOfMemory") == aws);
        } else {
            struct slice text = teller_text(&teller, 200);
            assert_true(teller_has(text, "began anew inside") == aws);
            assert_true(teller_has(text, "started inside of the request") == !aws);
            assert_true(teller_has(text, "arm64") == aws);
            assert_true(teller_has(text, "upper bound") == !aws);
        }
        teller_end(&teller);
    }
}

/* What there is one of is told as one. */
static void test_one(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 2; count++) {
        struct teller teller;
        teller_begin(&teller);
        for (unsigned i = 0; i < count; i++) {
            struct stream_invocation invocation = teller_invocation(&teller, i);
            invocation.end = END_OPEN;
            invocation.billed_ms = STREAMS_UNKNOWN;
            teller_tell(&teller, &invocation);
        }
        struct slice text = teller_text(&teller, 200);
        assert_true(teller_has(text, "1 of them has no end in these logs") == (count == 1));
        assert_true(teller_has(text, "2 of them have no end in these logs") == (count == 2));
        teller_end(&teller);
    }
}

/* Lambda@Edge has prices of its own, whatever the region. */
static void test_edge(void **state)
{
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    teller.source.platform = SLICE("aws_lambda_edge");
    teller.source.region = SLICE_EMPTY;
    struct stream_invocation invocation = teller_invocation(&teller, 1);
    teller_tell(&teller, &invocation);
    struct slice json = teller_json(&teller);
    /* 0.1 s of 128 MB at $0.00000625125 and a request at $0.0000006. */
    assert_true(teller_has(json, "\"amount\":\"0.000001225125\","));
    assert_true(teller_has(json, "\"price_assumed\":false,"));
    teller_end(&teller);
}

/* What could be saved in a month is told of logs of an hour or more, and else not known. */
static void test_saving_of_a_month(void **state)
{
    static const struct {
        unsigned last;
        const char *month;
    } cases[] = {{4, "\"saving_month\":null}"}, {3600, "\"saving_month\":\"0.0"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct teller teller;
        teller_begin(&teller);
        for (unsigned number = 0; number < 4; number++) {
            struct stream_invocation invocation =
                teller_invocation(&teller, number == 3 ? cases[i].last : number);
            invocation.memory_mb = 1024;
            teller_tell(&teller, &invocation);
        }
        struct slice json = teller_json(&teller);
        assert_true(teller_has(json, "\"advice\":\"smaller\",\"suggested_mb\":128,"));
        assert_true(teller_has(json, cases[i].month));
        teller_end(&teller);
    }
}

/* A function that had 2048 MB and then 256. */
static void tell_sizes(struct teller *teller)
{
    static const int64_t sizes[] = {2048, 2048, 256};
    static const int64_t used[] = {1000, 1192, 70};
    teller_begin(teller);
    for (unsigned i = 0; i < 3; i++) {
        struct stream_invocation invocation = teller_invocation(teller, i);
        invocation.memory_mb = sizes[i];
        invocation.max_memory_mb = used[i];
        teller_tell(teller, &invocation);
    }
}

/* What was used stands beside the size that it was used of. */
static void test_sizes(void **state)
{
    (void)state;
    struct teller teller;
    tell_sizes(&teller);
    assert_true(teller_has(teller_json(&teller),
                           "\"memory\":{\"size_mb\":256,\"used_p99_mb\":null,\"used_max_mb\":70,"
                           "\"sizes\":["
                           "{\"size_mb\":2048,\"invocations\":2,\"used_max_mb\":1192},"
                           "{\"size_mb\":256,\"invocations\":1,\"used_max_mb\":70}],"));
    teller_end(&teller);
    tell_sizes(&teller);
    struct slice text = teller_text(&teller, 120);
    assert_true(teller_has(text, "256 MB *"));
    assert_true(teller_has(text, "70 MB "));
    assert_true(teller_has(text, "* had other sizes, too"));
    assert_false(teller_has(text, "1192 MB  ")); /* In a column; a request has it alone. */
    teller_end(&teller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_streaming),
        cmocka_unit_test(test_repetition),
        cmocka_unit_test(test_told_again),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_cold_is_honest),
        cmocka_unit_test(test_functions_by_what_is_told),
        cmocka_unit_test(test_other_provider),
        cmocka_unit_test(test_other_start),
        cmocka_unit_test(test_edge),
        cmocka_unit_test(test_saving_of_a_month),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
