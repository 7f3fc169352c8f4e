/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who would have been told of alerts of the past, and how often.
 */
#include "notify/notify_plan_read.h"
#include "notify/notify_rehearse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE (UINT64_C(60) * 1000000000)
#define HOUR   (60 * MINUTE)
#define START  (UINT64_C(1795392000) * 1000000000)

static const char file[] =
    "route: {receiver: r, group_by: [alertname], group_wait: 30s, group_interval: 5m,\n"
    "  repeat_interval: 4h, routes: [{receiver: loud, matchers: [severity=critical]}]}\n"
    "receivers:\n"
    "- {name: r, webhook_configs: [{url: 'http://example.com/'}]}\n"
    "- {name: loud, webhook_configs: [{url: 'http://example.com/', send_resolved: false}]}\n";

static struct notify_book book;

static int begin(void **state)
{
    (void)state;
    char memory[1024];
    struct buf errors;
    buf_init_fixed(&errors, memory, sizeof(memory));
    struct notify_plan *plan = notify_plan_create();
    if (plan == NULL || notify_book_init(&book) != STATUS_OK ||
        notify_plan_read(plan, slice_from(file), "f", &errors) != STATUS_OK) {
        return -1;
    }
    notify_book_adopt(&book, plan, START);
    notify_plan_drop(plan);
    return 0;
}

static int end(void **state)
{
    (void)state;
    notify_book_fini(&book);
    return 0;
}

static const struct notify_pair warning[] = {{SLICE_INIT("alertname"), SLICE_INIT("A")},
                                             {SLICE_INIT("severity"), SLICE_INIT("warning")}};
static const struct notify_pair critical[] = {{SLICE_INIT("alertname"), SLICE_INIT("B")},
                                              {SLICE_INIT("severity"), SLICE_INIT("critical")}};

static struct notify_alert alert_of(uint64_t fingerprint, const struct notify_pair *labels,
                                    uint64_t fired_ns, uint64_t ends_ns)
{
    return (struct notify_alert){.fingerprint = fingerprint,
                                 .labels = labels,
                                 .label_count = 2,
                                 .starts_ns = fired_ns,
                                 .fired_ns = fired_ns,
                                 .ends_ns = ends_ns};
}

static void rehearse(const struct notify_alert *alerts, size_t count, uint64_t end_ns,
                     struct notify_rehearsed *counts)
{
    assert_int_equal(book.plan->target_count, 2);
    assert_int_equal(notify_rehearse(&book, alerts, count, end_ns, counts), STATUS_OK);
    assert_memory_equal(counts[0].receiver.base, "r", 1);
    assert_memory_equal(counts[1].receiver.base, "loud", 4);
}

/* What fires together is told together; what is over is told once; who wants no ends hears none. */
static void test_grouped(void **state)
{
    (void)state;
    const struct notify_alert alerts[] = {
        alert_of(1, warning, START, START + HOUR),
        alert_of(2, warning, START + MINUTE / 4, START + HOUR),
        alert_of(3, critical, START, START + HOUR),
        /* Over before anybody is told. */
        alert_of(4, critical, START + 3 * HOUR, START + 3 * HOUR + MINUTE / 6),
    };
    struct notify_rehearsed counts[2];
    rehearse(alerts, 4, START + 24 * HOUR, counts);
    assert_int_equal(counts[0].messages, 1);
    assert_int_equal(counts[0].resolved, 1);
    assert_int_equal(counts[1].messages, 1);
    assert_int_equal(counts[1].resolved, 0);
}

/* What fires for long is told again, and is not lost because nothing changes. */
static void test_repeated(void **state)
{
    (void)state;
    const struct notify_alert alerts[] = {alert_of(1, warning, START, 0)};
    struct notify_rehearsed counts[2];
    rehearse(alerts, 1, START + 13 * HOUR, counts);
    assert_int_equal(counts[0].messages, 4);
    assert_int_equal(counts[0].resolved, 0);
    assert_int_equal(counts[1].messages, 0);
}

static void test_nothing(void **state)
{
    (void)state;
    struct notify_rehearsed counts[2];
    rehearse(NULL, 0, START + HOUR, counts);
    assert_int_equal(counts[0].messages + counts[1].messages, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_grouped, begin, end),
        cmocka_unit_test_setup_teardown(test_repeated, begin, end),
        cmocka_unit_test_setup_teardown(test_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
