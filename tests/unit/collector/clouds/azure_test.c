/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/azure.h"

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

static size_t entries_of(struct slice content, struct slice entries[ENTRY_COUNT_MAX])
{
    size_t count = 0;
    struct slice line;
    while (content.size > 0) {
        (void)slice_cut(content, '\n', &line, &content);
        if (line.size > 0) {
            assert_true(count < ENTRY_COUNT_MAX);
            assert_true(azure_is(line));
            entries[count++] = line;
        }
    }
    return count;
}

static void tell(struct notes *notes, const struct cloud_options *options,
                 const struct slice *entries, size_t count)
{
    const struct stream_sink sink = notes_sink(notes);
    struct azure *azure = azure_create(options, &sink);
    assert_non_null(azure);
    for (size_t i = 0; i < count; i++) {
        azure_entry(azure, entries[i]);
    }
    azure_finish(azure);
    azure_free(azure);
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
 * Lines of diagnostic settings: a request with its line and the host's two; a timer's that failed
 * with an exception that names its operation only, and stands for three more that were not kept; a
 * queue's of which only the host speaks; one that exceeded its time; a dependency.
 */
static void diagnostic_lines(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "refused 3: sampled: a record stands for others that were not kept",
        "refused 1: telemetry of another kind than requests, traces and exceptions",
        "line shop-fn/Pay@host-7f3a at=12:00:00.010Z of=11111111 n=1 trace=a1a1a1a1 severity=9 "
        "\"paying order 17\"",
        "line shop-fn/Nightly@host-7f3a at=12:00:11.400Z of=22222222 n=1 trace=a2a2a2a2 "
        "severity=17 \"Shop.StockException: no stock left\"",
        "line shop-fn/Slow@host-7f3a at=12:15:00Z of=44444444 n=1 trace=a4a4a4a4 severity=17 "
        "\"Microsoft.Azure.WebJobs.Host.FunctionTim\"",
        "invocation shop-fn/Pay@host-7f3a text=11111111-1111-4111-8111-111111111111 id=11111111 "
        "n=1 ok start=12:00:00Z end=12:00:00.099000100Z ns=99000100 handler=91500000 billed=100 "
        "cold? trace=a1a1a1a1 parent trigger=http http=200",
        "invocation shop-fn/Nightly@host-7f3a text=22222222-2222-4222-8222-222222222222 "
        "id=22222222 n=1 error start=12:00:10Z end=12:00:11.501500Z ns=1501500000 "
        "handler=1500250000 billed=1502 error=Shop.StockException cold? trace=a2a2a2a2 parent "
        "trigger=timer",
        "invocation shop-fn/Queue@host-7f3a text=33333333-3333-4333-8333-333333333333 "
        "id=33333333 n=1 error start=12:00:20Z end=12:00:20.300Z ns=300000000 handler=300000000 "
        "billed=300 cold? trace=a3a3a3a3 parent trigger=pubsub",
        "invocation shop-fn/Slow@host-7f3a text=44444444-4444-4444-8444-444444444444 id=44444444 "
        "n=1 timeout start=12:10:00Z end=12:15:00Z ns=300000000000 handler=300000000000 "
        "billed=300000 error=Microsoft.Azure.WebJobs.Host.FunctionTimeoutException cold? "
        "trace=a4a4a4a4 parent",
        NULL};
    assert_told("tests/data/clouds/azure_lines.json", expected);
}

/* One request and one line of it, in every form that carries the two: the same records. */
static void forms_say_the_same(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "line shop-fn/Pay@host-7f3a at=12:00:00.010Z of=11111111 n=1 trace=a1a1a1a1 severity=9 "
        "\"paying order 17\"",
        "invocation shop-fn/Pay@host-7f3a text=11111111-1111-4111-8111-111111111111 id=11111111 "
        "n=1 ok start=12:00:00Z end=12:00:00.099000100Z ns=99000100 handler=91500000 billed=100 "
        "cold? trace=a1a1a1a1 parent trigger=http http=200",
        NULL};
    assert_told("tests/data/clouds/azure_classic.json", expected);
    assert_told("tests/data/clouds/azure_envelopes.json", expected);
    assert_told("tests/data/clouds/azure_events.json", expected);
    assert_told("tests/data/clouds/azure_rows.json", expected);
    assert_told("tests/data/clouds/azure_tables.json", expected);
}

/* FunctionAppLogs know no request: the host's lines are all there is. */
static void app_logs(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "line shop-fn/Pay@host-7f3a at=12:00:00.010Z of=11111111 n=1 severity=9 "
        "\"paying order 17\"",
        "invocation shop-fn/Pay@host-7f3a text=11111111-1111-4111-8111-111111111111 id=11111111 "
        "n=1 ok start=12:00:00.007Z end=12:00:00.099Z ns=92000000 handler=92000000 billed=100 "
        "cold? trigger=http",
        NULL};
    assert_told("tests/data/clouds/azure_app_logs.json", expected);
}

/* Records in any order, and twice, say the same. */
static void order_and_repetition_do_not_matter(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 11);
    struct slice content = file_read("tests/data/clouds/azure_lines.json");
    struct slice entries[ENTRY_COUNT_MAX];
    size_t count = entries_of(content, entries);
    struct notes first = {.count = 0};
    tell(&first, &unknown, entries, count);
    notes_sort(&first);
    for (size_t i = 0; i < count; i++) {
        entries[count + i] = entries[i];
    }
    for (unsigned round = 0; round < 100; round++) {
        for (size_t i = 2 * count; i > 1; i--) {
            size_t other = (size_t)prng_below(&prng, i);
            struct slice entry = entries[i - 1];
            entries[i - 1] = entries[other];
            entries[other] = entry;
        }
        struct notes notes = {.count = 0};
        tell(&notes, &unknown, entries, 2 * count);
        notes_sort(&notes);
        notes_assert_same(&first, &notes);
        notes_fini(&notes);
    }
    notes_fini(&first);
    file_free(content);
}

#define ROW(rest)                                                                                  \
    "{\"timestamp\":\"2026-11-20T10:00:00Z\",\"itemType\":\"request\",\"cloud_RoleName\":\"r\","   \
    "\"operation_Id\":\"0102030405060708090a0b0c0d0e0f10\",\"id\":\"x\",\"name\":\"F\"," rest "}"

static void tell_text(struct notes *notes, const struct cloud_options *options, const char *text)
{
    struct slice entry = slice_from(text);
    tell(notes, options, &entry, 1);
}

/* Numbers that cannot be, and what is none of this, are refused. */
static void impossible_records_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ROW("\"duration\":-1,\"success\":true"),
        ROW("\"duration\":\"***\",\"success\":true"),
        ROW("\"duration\":1e30,\"success\":true"),
        ROW("\"duration\":\"00:61:00\",\"success\":true"),
        ROW("\"duration\":5,\"success\":true,\"customDimensions\":{\"FunctionExecutionTimeMs\":"
            "\"NaN\"}"),
        "{\"timestamp\":\"now\",\"itemType\":\"request\",\"duration\":1,\"success\":true}",
        ("{\"timestamp\":\"2026-11-20T10:00:00Z\",\"itemType\":\"trace\",\"message\":"
         "\"Executed 'Functions.F' (Succeeded, Id=1, Duration=-5ms)\"}"),
        "{\"timestamp\":\"2026-11-20T10:00:00Z\",\"itemType\":\"availabilityResult\"}",
        "{\"timestamp\":\"2026-11-20T10:00:00Z\",\"itemType\":\"exception\"}",
        "{\"tables\":[{\"columns\":[{\"name\":\"id\"}],\"rows\":{}}]}",
        "{\"tables\":[{\"rows\":[[1]]}]}",
        "{\"tables\":[{\"columns\":[{\"name\":\"id\"}],\"rows\":[5]}]}",
        "[1,2]",
        "{\"timestamp\":",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct notes notes = {.count = 0};
        tell_text(&notes, &unknown, texts[i]);
        if (notes.invocations != 0 || notes.refusals != 1) {
            print_error("%s\n", texts[i]);
        }
        assert_int_equal(notes.invocations, 0);
        assert_int_equal(notes.refusals, 1);
        notes_fini(&notes);
    }
}

/* An answer below 500 is the function's own word, whatever "success" makes of it; 500 and a failure
 * without a status are errors. */
static void what_counts_as_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *has;
    } cases[] = {
        {ROW("\"duration\":5,\"success\":\"False\",\"resultCode\":\"404\""), " ok "},
        {ROW("\"duration\":5,\"success\":false,\"resultCode\":500"), " error "},
        {ROW("\"duration\":5,\"success\":false,\"resultCode\":\"0\""), " error "},
        {ROW("\"duration\":5,\"success\":\"True\""), " ok "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct notes notes = {.count = 0};
        tell_text(&notes, &unknown, cases[i].text);
        notes_assert_has(&notes, cases[i].has);
        /* Without an InvocationId the operation's id stands for the invocation. */
        notes_assert_has(&notes, "text=0102030405060708090a0b0c0d0e0f10 id=01020304");
        notes_fini(&notes);
    }
}

/* The Flex Consumption plan, where the user says so, bills a second at least. */
static void the_plan_decides_what_is_billed(void **state)
{
    (void)state;
    static const struct cloud_options flex = {.memory_mb = 2048, .azure_flex = true};
    struct notes notes = {.count = 0};
    tell_text(&notes, &flex, ROW("\"duration\":5,\"success\":true"));
    notes_assert_has(&notes, " billed=1000 mb=2048");
    notes_fini(&notes);
    tell_text(&notes, &unknown, ROW("\"duration\":123.4,\"success\":true"));
    notes_assert_has(&notes, " billed=124 cold?");
    notes_fini(&notes);
}

/* Other JSON is none of this. */
static void records_are_recognised(void **state)
{
    (void)state;
    assert_true(azure_is(SLICE(ROW("\"duration\":5"))));
    assert_true(azure_is(SLICE("{\"time\":\"t\",\"Type\":\"AppTraces\"}")));
    assert_false(azure_is(SLICE("{\"records\":[{\"data\":\"x\"}],\"requestId\":\"1\"}")));
    assert_false(azure_is(SLICE("{\"tables\":[1]}")));
    assert_false(azure_is(SLICE("{\"time\":\"t\",\"type\":\"platform.start\",\"record\":{}}")));
    assert_false(azure_is(SLICE("{\"logEvents\":[],\"data\":{}}")));
    assert_false(azure_is(SLICE("[]")));
    assert_false(azure_is(SLICE_EMPTY));
}

struct anything {
    struct notes notes;
    struct azure *azure;
};

static void tell_anything(struct slice input, void *context)
{
    struct anything *anything = context;
    (void)azure_is(input);
    azure_entry(anything->azure, input);
    azure_finish(anything->azure);
    assert_true(anything->notes.count <= 4);
    notes_fini(&anything->notes);
}

/* No damage to a record makes the reader touch what it must not. */
static void damaged_records_are_read_safely(void **state)
{
    (void)state;
    struct anything anything = {.notes = {.count = 0}};
    const struct stream_sink sink = notes_sink(&anything.notes);
    anything.azure = azure_create(&unknown, &sink);
    every_damage(
        SLICE("{\"tables\":[{\"columns\":[{\"name\":\"timestamp\"},{\"name\":\"message\"}],"
              "\"rows\":[[\"2026-11-20T10:00:00Z\",\"Executed 'Functions.F' (Failed, "
              "Id=1, Duration=5ms)\"]]}]}"),
        tell_anything, &anything);
    every_damage(SLICE("{\"time\":\"2026-11-20T10:00:00Z\",\"tags\":{\"ai.cloud.role\":\"r\"},"
                       "\"data\":{\"baseType\":\"RequestData\",\"baseData\":{\"duration\":"
                       "\"00:00:01.5\",\"success\":true}}}"),
                 tell_anything, &anything);
    azure_free(anything.azure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diagnostic_lines),
        cmocka_unit_test(forms_say_the_same),
        cmocka_unit_test(app_logs),
        cmocka_unit_test(order_and_repetition_do_not_matter),
        cmocka_unit_test(impossible_records_are_refused),
        cmocka_unit_test(what_counts_as_an_error),
        cmocka_unit_test(the_plan_decides_what_is_billed),
        cmocka_unit_test(records_are_recognised),
        cmocka_unit_test(damaged_records_are_read_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
