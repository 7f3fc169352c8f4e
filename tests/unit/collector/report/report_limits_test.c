/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report_limits.h"

#include "lib/cm.h"
#include "teller.h"

#include <stdio.h>

static void tell_functions(struct teller *teller, unsigned count)
{
    char name[32];
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), "function-%u", i);
        teller->source.function = slice_from(name);
        teller->source.number = i + 1;
        struct stream_invocation invocation = teller_invocation(teller, i);
        teller_tell(teller, &invocation);
    }
}

/* As many functions as there are rows have one each; those beyond share one, and none is lost. */
static void test_functions(void **state)
{
    (void)state;
    for (unsigned more = 0; more < 3; more++) {
        struct teller teller;
        char text[64];
        teller_begin(&teller);
        tell_functions(&teller, REPORT_FUNCTION_COUNT_MAX + more);
        struct slice json = teller_json(&teller);
        (void)snprintf(text, sizeof(text), "\"invocations\":%u,", REPORT_FUNCTION_COUNT_MAX + more);
        assert_true(teller_has(json, text));
        assert_int_equal(teller_has(json, "(other functions)"), more > 0);
        assert_true(teller_has(json, "\"function-999\""));
        assert_false(teller_has(json, "\"function-1000\""));
        teller_end(&teller);
    }
}

/* Invocations without their REPORT are held, and counted when there are too many or at the end. */
static void test_pending(void **state)
{
    (void)state;
    struct teller teller;
    char text[64];
    teller_begin(&teller);
    for (unsigned i = 0; i < REPORT_PENDING_COUNT_MAX + 10; i++) {
        struct stream_invocation invocation = teller_invocation(&teller, i);
        invocation.report_seen = false;
        invocation.final = false;
        invocation.end = END_OPEN;
        invocation.billed_ms = STREAMS_UNKNOWN;
        teller_tell(&teller, &invocation);
    }
    assert_int_equal(report_invocations(teller.report), 10);
    struct slice json = teller_json(&teller);
    (void)snprintf(text, sizeof(text), "\"unfinished\":%u,", REPORT_PENDING_COUNT_MAX + 10);
    assert_true(teller_has(json, text));
    teller_end(&teller);
}

/* Reasons beyond the limit are counted, not listed. */
static void test_reasons(void **state)
{
    static char whys[REPORT_REASON_COUNT_MAX + 5][16];
    (void)state;
    struct teller teller;
    teller_begin(&teller);
    const struct stream_sink *sink = report_sink(teller.report);
    for (unsigned i = 0; i < REPORT_REASON_COUNT_MAX + 5; i++) {
        (void)snprintf(whys[i], sizeof(whys[i]), "reason %u", i);
        for (unsigned n = 0; n < REPORT_SAMPLE_COUNT_MAX + 2; n++) {
            sink->refused(
                sink->context,
                &(struct stream_refusal){.why = whys[i], .sample = SLICE("sample\n"), .count = 2});
        }
    }
    struct slice json = teller_json(&teller);
    char text[64];
    (void)snprintf(text, sizeof(text), "\"unparsed_lines\":%u}",
                   (REPORT_REASON_COUNT_MAX + 5) * 2 * (REPORT_SAMPLE_COUNT_MAX + 2));
    assert_true(teller_has(json, text));
    assert_true(teller_has(json, "{\"reason\":\"reason 31\",\"count\":10,"
                                 "\"samples\":[\"sample\",\"sample\",\"sample\"]}"));
    assert_false(teller_has(json, "\"reason 32\""));
    teller_end(&teller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_pending),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
