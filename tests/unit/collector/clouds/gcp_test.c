/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/gcp.h"

#include "lib/every.h"
#include "lib/file.h"
#include "notes.h"

#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct cloud_options unknown = {.memory_mb = STREAMS_UNKNOWN};

#define ENTRY_COUNT_MAX 64

/* The entries of a file, one on each line. */
static size_t entries_of(struct slice content, struct slice entries[ENTRY_COUNT_MAX])
{
    size_t count = 0;
    struct slice line;
    while (content.size > 0) {
        (void)slice_cut(content, '\n', &line, &content);
        if (line.size > 0) {
            assert_true(count < ENTRY_COUNT_MAX);
            entries[count++] = line;
        }
    }
    return count;
}

static void tell(struct notes *notes, const struct cloud_options *options,
                 const struct slice *entries, size_t count)
{
    const struct stream_sink sink = notes_sink(notes);
    struct gcp *gcp = gcp_create(options, &sink);
    assert_non_null(gcp);
    for (size_t i = 0; i < count; i++) {
        gcp_entry(gcp, entries[i]);
    }
    gcp_finish(gcp);
    gcp_free(gcp);
}

static void tell_text(struct notes *notes, const char *text)
{
    struct slice entry = slice_from(text);
    tell(notes, &unknown, &entry, 1);
}

static void assert_told(const char *path, const char *const *expected)
{
    struct slice content = file_read(path);
    struct slice entries[ENTRY_COUNT_MAX];
    size_t count = entries_of(content, entries);
    struct notes notes = {.count = 0};
    tell(&notes, &unknown, entries, count);
    notes_assert(&notes, expected);
    notes_fini(&notes);
    file_free(content);
}

/*
 * Cloud Run: a request that waited for its instance, one of a scheduler, one that failed with an
 * exception, one that ran out of memory (which tells the memory of all), one that no instance took,
 * and one that was cut off on an instance that had been kept warm.  The second delivery of req-b is
 * counted once; an audit entry is refused.
 */
static void cloud_run(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "refused 1: an audit entry, which is not of a run",
        "init checkout@00c0ffee01 start=10:00:00.050Z end=10:00:02Z ns=1950000000 phase=invoke "
        "type=on-demand success",
        "init checkout@00c0ffee02 start=09:30:00Z end=09:30:01.500Z ns=1500000000 phase=init "
        "type=provisioned-concurrency success",
        "line checkout@00c0ffee01 at=10:00:01Z phase=init severity=0 \"loading model\"",
        "line checkout@00c0ffee01 at=10:00:02.300Z of=0a0a0a0a n=1 trace=0a0a0a0a severity=10 "
        "\"{\"message\":\"charged\",\"order\":17}\"",
        "line checkout@00c0ffee01 at=10:00:05.100Z of=0b0b0b0b n=1 trace=0b0b0b0b severity=0 "
        "\"slow database\"",
        "line checkout@00c0ffee01 at=10:00:10.250Z of=0c0c0c0c n=1 trace=0c0c0c0c severity=17 "
        "\"Traceback (most recent call last):\n  Fil\"",
        "line checkout@00c0ffee01 at=10:00:12.900Z of=0d0d0d0d n=1 trace=0d0d0d0d severity=17 "
        "\"Memory limit of 256 MiB exceeded with 26\"",
        "line checkout@ at=10:00:13Z of=2e0d3ddf n=1 severity=13 "
        "\"The request was aborted because there wa\"",
        "invocation checkout@00c0ffee01 version=checkout-00007-kiw "
        "text=0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a id=0a0a0a0a n=1 ok start=10:00:00Z "
        "end=10:00:02.500Z ns=2500000000 handler=2500000000 billed=2500 mb=256 cold "
        "init=1950000000 init_at=10:00:00.050Z phase=invoke trace=0a0a0a0a parent trigger=http "
        "http=200",
        "invocation checkout@00c0ffee01 version=checkout-00007-kiw "
        "text=0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b id=0b0b0b0b n=1 ok start=10:00:05Z "
        "end=10:00:05.120Z ns=120000000 handler=120000000 billed=200 mb=256 trace=0b0b0b0b parent "
        "trigger=timer http=200",
        "invocation checkout@00c0ffee01 version=checkout-00007-kiw "
        "text=0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c id=0c0c0c0c n=1 error start=10:00:10Z "
        "end=10:00:10.300000001Z ns=300000001 handler=300000001 billed=400 mb=256 "
        "error=shop.CardError trace=0c0c0c0c parent trigger=http http=500",
        "invocation checkout@00c0ffee01 version=checkout-00007-kiw "
        "text=0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d id=0d0d0d0d n=1 error start=10:00:12Z "
        "end=10:00:13Z ns=1000000000 handler=1000000000 billed=1000 mb=256 max_mb=263 error=out "
        "of memory oom trace=0d0d0d0d parent trigger=http http=503",
        "invocation checkout@ version=checkout-00007-kiw text=req-f id=2e0d3ddf n=1 error "
        "start=10:00:13Z end=10:00:13.010Z mb=256 error=no available "
        "instance cold? trigger=http http=429",
        "invocation checkout@00c0ffee02 version=checkout-00007-kiw "
        "text=0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e id=0e0e0e0e n=1 timeout start=10:00:20Z "
        "end=10:05:20Z ns=300000000000 handler=300000000000 billed=300000 mb=256 proactive "
        "trace=0e0e0e0e parent trigger=pubsub http=504",
        NULL};
    assert_told("tests/data/clouds/gcp_run.json", expected);
}

/* The first generation: executions by their id, two of one id told apart, one that never ended, one
 * whose beginning is not there; 100 ms steps. */
static void first_generation(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "refused 1: a line of the platform with a number that cannot be",
        "line thumbnail@00c61b117c01 at=11:00:00.100Z of=f84c2bea n=1 trace=1a1a1a1a severity=9 "
        "\"resized 3 pictures\"",
        "line thumbnail@00c61b117c01 at=11:00:10.050Z of=14fa5ca7 n=1 severity=17 "
        "\"TypeError: Cannot read properties of und\"",
        "invocation thumbnail@00c61b117c01 text=x1y2z3a4b5c6 id=f84c2bea n=1 ok start=11:00:00Z "
        "end=11:00:00.260Z ns=260000000 handler=260000000 billed=300 cold? trace=1a1a1a1a "
        "trigger=http http=200",
        "invocation thumbnail@00c61b117c01 text=retry0000001 id=14fa5ca7 n=1 error "
        "start=11:00:10Z end=11:00:10.101Z ns=101000000 handler=101000000 billed=200 "
        "error=TypeError cold?",
        "invocation thumbnail@00c61b117c01 text=retry0000001 id=14fa5ca7 n=2 ok start=11:00:30Z "
        "end=11:00:30.100Z ns=100000000 handler=100000000 billed=100 cold?",
        "invocation thumbnail@00c61b117c01 text=timeout00001 id=332bffc7 n=1 timeout "
        "start=11:00:40Z end=11:01:40.003Z ns=60003000000 handler=60003000000 billed=60100 cold?",
        "invocation thumbnail@00c61b117c01 text=neverending1 id=cc551661 n=1 open start=11:02:00Z "
        "cold?",
        "invocation thumbnail@00c61b117c01 text=lateonly0001 id=88fb5480 n=1 error end=11:03:01Z "
        "ns=3007000000 handler=3007000000 billed=3100 error=connection error cold?",
        NULL};
    assert_told("tests/data/clouds/gcp_functions.json", expected);
}

/* Entries in any order say the same (newest first is what gcloud prints). */
static void order_does_not_matter(void **state)
{
    (void)state;
    static const char *const paths[] = {"tests/data/clouds/gcp_run.json",
                                        "tests/data/clouds/gcp_functions.json"};
    struct prng prng;
    prng_init(&prng, 7);
    for (size_t p = 0; p < 2; p++) {
        struct slice content = file_read(paths[p]);
        struct slice entries[ENTRY_COUNT_MAX];
        size_t count = entries_of(content, entries);
        struct notes first = {.count = 0};
        tell(&first, &unknown, entries, count);
        notes_sort(&first);
        for (unsigned round = 0; round < 200; round++) {
            for (size_t i = count; i > 1; i--) {
                size_t other = round == 0 ? count - i : (size_t)prng_below(&prng, (uint32_t)i);
                struct slice entry = entries[i - 1];
                if (round != 0 || other < i - 1) {
                    entries[i - 1] = entries[other];
                    entries[other] = entry;
                }
            }
            struct notes notes = {.count = 0};
            tell(&notes, &unknown, entries, count);
            notes_sort(&notes);
            notes_assert_same(&first, &notes);
            notes_fini(&notes);
        }
        notes_fini(&first);
        file_free(content);
    }
}

/* The same entries again add nothing. */
static void twice_is_once(void **state)
{
    (void)state;
    struct slice content = file_read("tests/data/clouds/gcp_run.json");
    struct slice entries[ENTRY_COUNT_MAX];
    size_t count = entries_of(content, entries);
    struct notes once = {.count = 0};
    struct notes twice = {.count = 0};
    tell(&once, &unknown, entries, count);
    for (size_t i = 0; i < count; i++) {
        entries[count + i] = entries[i];
    }
    tell(&twice, &unknown, entries, 2 * count);
    notes_assert_same(&once, &twice);
    notes_fini(&once);
    notes_fini(&twice);
    file_free(content);
}

/* What the user says of memory holds where no line tells it; a name likewise. */
static void the_user_may_say(void **state)
{
    (void)state;
    static const struct cloud_options options = {.function = SLICE_INIT("mine"), .memory_mb = 512};
    struct slice entry = SLICE("{\"insertId\":\"1\",\"timestamp\":\"2026-11-20T10:00:00Z\","
                               "\"resource\":{},\"httpRequest\":{\"latency\":\"0.1s\"}}");
    struct notes notes = {.count = 0};
    tell(&notes, &options, &entry, 1);
    notes_assert_has(&notes, "invocation mine@ made-up");
    notes_assert_has(&notes, "billed=100 mb=512");
    notes_fini(&notes);
    tell(&notes, &unknown, &entry, 1);
    notes_assert_has(&notes, "invocation unknown@ made-up");
    notes_assert_has(&notes, " open ");
    notes_fini(&notes);
}

#define RUN(rest)                                                                                  \
    "{\"insertId\":\"1\",\"timestamp\":\"2026-11-20T10:00:00Z\",\"resource\":{\"type\":"           \
    "\"cloud_run_revision\",\"labels\":{\"service_name\":\"s\"}},\"labels\":{\"instanceId\":"      \
    "\"i\"}," rest "}"

/* Numbers that cannot be are refused, never read as 0. */
static void impossible_numbers_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        RUN("\"httpRequest\":{\"status\":200,\"latency\":\"-0.1s\"}"),
        RUN("\"httpRequest\":{\"status\":200,\"latency\":\"fast\"}"),
        RUN("\"httpRequest\":{\"status\":200,\"latency\":\"***\"}"),
        RUN("\"httpRequest\":{\"status\":200,\"latency\":\"99999999s\"}"),
        RUN("\"httpRequest\":{\"status\":200,\"latency\":{\"seconds\":-1}}"),
        RUN("\"httpRequest\":{\"status\":\"OK\",\"latency\":\"1s\"}"),
        RUN("\"httpRequest\":{\"status\":-1,\"latency\":\"1s\"}"),
        RUN("\"textPayload\":\"Function execution took *** ms, finished with status: 'ok'\""),
        RUN("\"textPayload\":\"Memory limit of ??? exceeded with 3 MiB used\""),
        RUN("\"textPayload\":\"Function execution started\""),
        "{\"insertId\":\"1\",\"timestamp\":\"yesterday\",\"resource\":{}}",
        ("{\"insertId\":\"1\",\"timestamp\":\"2026-11-20T10:00:00Z\",\"resource\":{\"type\":"
         "\"gce_instance\"}}"),
        "{\"insertId\":",
        "[]",
        "",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct notes notes = {.count = 0};
        tell_text(&notes, texts[i]);
        assert_int_equal(notes.invocations, 0);
        assert_int_equal(notes.refusals, 1);
        assert_int_equal(notes.app_lines, 0);
        notes_fini(&notes);
    }
}

/* Latencies come as text and as numbers of seconds and nanoseconds. */
static void latencies_have_forms(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    tell_text(&notes, RUN("\"httpRequest\":{\"status\":200,\"latency\":{\"seconds\":\"1\","
                          "\"nanos\":500000000}}"));
    notes_assert_has(&notes, " ns=1500000000 ");
    notes_fini(&notes);
    tell_text(&notes, RUN("\"httpRequest\":{\"status\":200,\"latency\":\"2s\"}"));
    notes_assert_has(&notes, " ns=2000000000 ");
    notes_fini(&notes);
}

/* An application may log a request of its own: that is a line and no invocation. */
static void an_applications_request_is_a_line(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    tell_text(&notes, RUN("\"logName\":\"projects/p/logs/run.googleapis.com%2Fstdout\","
                          "\"httpRequest\":{\"status\":200,\"latency\":\"2s\"},"
                          "\"jsonPayload\":{ \"message\" : \"a \\\" b\",\n  \"n\": 1 }"));
    assert_int_equal(notes.invocations, 0);
    notes_assert_has(&notes, "\"{\"message\":\"a \\\" b\",\"n\":1}\"");
    notes_fini(&notes);
}

/* Two requests at once in one instance: a line that names none of them is of none. */
static void place_says_nothing_among_several(void **state)
{
    (void)state;
    static const struct slice entries[] = {
        SLICE_INIT(RUN("\"httpRequest\":{\"status\":200,\"latency\":\"3s\"}")),
        SLICE_INIT("{\"insertId\":\"2\",\"timestamp\":\"2026-11-20T10:00:01Z\",\"resource\":{"
                   "\"type\":\"cloud_run_revision\",\"labels\":{\"service_name\":\"s\"}},"
                   "\"labels\":{\"instanceId\":\"i\"},\"httpRequest\":{\"status\":200,"
                   "\"latency\":\"1s\"}}"),
        SLICE_INIT("{\"insertId\":\"3\",\"timestamp\":\"2026-11-20T10:00:01.5Z\",\"resource\":{"
                   "\"type\":\"cloud_run_revision\",\"labels\":{\"service_name\":\"s\"}},"
                   "\"labels\":{\"instanceId\":\"i\"},\"textPayload\":\"whose\"}"),
        SLICE_INIT("{\"insertId\":\"4\",\"timestamp\":\"2026-11-20T10:00:02.5Z\",\"resource\":{"
                   "\"type\":\"cloud_run_revision\",\"labels\":{\"service_name\":\"s\"}},"
                   "\"labels\":{\"instanceId\":\"i\"},\"textPayload\":\"mine\"}"),
    };
    struct notes notes = {.count = 0};
    tell(&notes, &unknown, entries, 4);
    notes_assert_has(&notes, "line s@i at=10:00:01.500Z severity=0 \"whose\"");
    notes_assert_has(&notes, "n=1 severity=0 \"mine\"");
    assert_int_equal(notes.invocations, 2);
    notes_fini(&notes);
}

/* A bare object that has what entries have is one; other JSON is not. */
static void entries_are_recognised(void **state)
{
    (void)state;
    assert_true(gcp_is(SLICE(RUN("\"textPayload\":\"x\""))));
    assert_true(gcp_is(SLICE("{\"logName\":\"l\",\"resource\":{\"type\":\"x\"},")));
    assert_false(gcp_is(SLICE("{\"resource\":{}}")));
    assert_false(gcp_is(SLICE("{\"insertId\":\"1\"}")));
    assert_false(gcp_is(SLICE("{\"events\":[{\"insertId\":1,\"resource\":2}]}")));
    assert_false(gcp_is(SLICE("[1]")));
    assert_false(gcp_is(SLICE_EMPTY));
}

struct anything {
    struct notes notes;
    struct gcp *gcp;
};

static void tell_anything(struct slice input, void *context)
{
    struct anything *anything = context;
    (void)gcp_is(input);
    gcp_entry(anything->gcp, input);
    gcp_finish(anything->gcp);
    assert_true(anything->notes.count <= 3);
    notes_fini(&anything->notes);
}

/* No damage to an entry makes the reader touch what it must not. */
static void damaged_entries_are_read_safely(void **state)
{
    (void)state;
    struct anything anything = {.notes = {.count = 0}};
    const struct stream_sink sink = notes_sink(&anything.notes);
    anything.gcp = gcp_create(&unknown, &sink);
    every_damage(SLICE(RUN("\"trace\":\"projects/p/traces/0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a\","
                           "\"httpRequest\":{\"status\":200,\"latency\":\"2s\"}")),
                 tell_anything, &anything);
    every_damage(SLICE(RUN("\"textPayload\":\"Memory limit of 2 MiB exceeded with 3 MiB\"")),
                 tell_anything, &anything);
    gcp_free(anything.gcp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cloud_run),
        cmocka_unit_test(first_generation),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(twice_is_once),
        cmocka_unit_test(the_user_may_say),
        cmocka_unit_test(impossible_numbers_are_refused),
        cmocka_unit_test(latencies_have_forms),
        cmocka_unit_test(an_applications_request_is_a_line),
        cmocka_unit_test(place_says_nothing_among_several),
        cmocka_unit_test(entries_are_recognised),
        cmocka_unit_test(damaged_entries_are_read_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
