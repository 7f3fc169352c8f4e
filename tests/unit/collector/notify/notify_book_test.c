/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups, and what is told when: with times by hand.
 */
#include "notify/notify_private.h"
#include "notify/notify_silence.h"
#include "notify/notify_state.h"

#include "notify/notify_plan_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define START  (UINT64_C(1795392000) * SECOND)

static struct notify_book book;

static const char file[] =
    "route: {receiver: r, group_by: [alertname]}\n"
    "receivers: [{name: r, webhook_configs: [{url: 'http://example.com/'}]}]\n"
    "inhibit_rules:\n"
    "  - {source_matchers: [severity=critical], target_matchers: [severity=warning],\n"
    "     equal: [function]}\n";

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

static bool tell(const char *name, const char *function, const char *severity, uint64_t fired_ns,
                 uint64_t ends_ns, uint64_t now_ns)
{
    const struct notify_pair labels[] = {{SLICE("alertname"), slice_from(name)},
                                         {SLICE("function"), slice_from(function)},
                                         {SLICE("severity"), slice_from(severity)}};
    uint64_t fingerprint = 1;
    for (const char *c = function; *c != '\0'; c++) {
        fingerprint = fingerprint * 31 + (uint64_t)*c;
    }
    const struct notify_alert alert = {.fingerprint = fingerprint * 256 + (uint64_t)name[0],
                                       .labels = labels,
                                       .label_count = 3,
                                       .starts_ns = fired_ns,
                                       .fired_ns = fired_ns,
                                       .ends_ns = ends_ns};
    return notify_book_hear(&book, &alert, now_ns);
}

/* Step, and take what there is; how many messages, and how many alerts they told. */
static unsigned told_alerts;
static bool told_resolved;

static unsigned step(uint64_t now_ns)
{
    unsigned messages = 0;
    told_alerts = 0;
    (void)notify_book_step(&book, now_ns);
    for (struct notify_message *next = notify_book_next(&book, now_ns); next != NULL;
         next = notify_book_next(&book, now_ns)) {
        messages++;
        told_alerts += (unsigned)next->item_count;
        told_resolved = next->resolved;
        notify_book_attempted(&book, next->number, NOTIFY_TAKEN, 0, "", now_ns);
        book.paces[0].next_ns = 0;
    }
    return messages;
}

/* The first message waits for more, the next for the interval, the same again for four hours. */
static void groups_are_told_in_time(void **state)
{
    (void)state;
    uint64_t t = START;
    (void)tell("A", "one", "warning", t, 0, t);
    (void)tell("A", "two", "warning", t, 0, t + 10 * SECOND);
    assert_int_equal(step(t + 29 * SECOND), 0);
    assert_int_equal(notify_book_due_ns(&book), t + 30 * SECOND);
    assert_int_equal(step(t + 30 * SECOND), 1);
    assert_int_equal(told_alerts, 2);
    t += 30 * SECOND;
    (void)tell("A", "three", "warning", t, 0, t + SECOND);
    assert_int_equal(step(t + 299 * SECOND), 0);
    assert_int_equal(step(t + 5 * MINUTE), 1);
    assert_int_equal(told_alerts, 3);
    t += 5 * MINUTE;
    unsigned repeated = 0;
    for (unsigned i = 1; i <= 50; i++) {
        uint64_t now_ns = t + i * 5 * MINUTE;
        (void)tell("A", "one", "warning", START, 0, now_ns);
        (void)tell("A", "two", "warning", START, 0, now_ns);
        (void)tell("A", "three", "warning", START + 30 * SECOND, 0, now_ns);
        unsigned messages = step(now_ns);
        assert_true(messages == 0 || i == 48);
        repeated += messages;
    }
    assert_int_equal(repeated, 1);
}

/* What is over before its group is told, is never told; what was told, is told to be over. */
static void what_is_over_in_time_is_never_told(void **state)
{
    (void)state;
    uint64_t t = START;
    (void)tell("A", "one", "warning", t, 0, t);
    (void)tell("A", "one", "warning", t, t + 20 * SECOND, t + 20 * SECOND);
    assert_int_equal(step(t + 30 * SECOND), 0);
    assert_int_equal(book.alarm_count, 0);
    assert_int_equal(book.group_count, 0);
    t += MINUTE;
    (void)tell("A", "one", "warning", t, 0, t);
    assert_int_equal(step(t + 30 * SECOND), 1);
    (void)tell("A", "one", "warning", t, t + MINUTE, t + MINUTE);
    assert_int_equal(step(t + 30 * SECOND + 5 * MINUTE), 1);
    assert_true(told_resolved);
    assert_int_equal(book.alarm_count, 0);
}

/* An alert that nobody speaks of any more is over after an hour. */
static void what_is_lost_is_over(void **state)
{
    (void)state;
    (void)tell("A", "one", "warning", START, 0, START);
    assert_int_equal(step(START + 30 * SECOND), 1);
    assert_int_equal(step(START + 60 * MINUTE), 0);
    assert_int_equal(step(START + 66 * MINUTE), 1);
    assert_true(told_resolved);
}

/* A silence keeps an alert from being told, but not its end from who knows it. */
static void silences_keep_quiet(void **state)
{
    (void)state;
    static const struct slice matchers[] = {SLICE_INIT("function=\"one\"")};
    char error[256];
    uint64_t id = 0;
    uint64_t t = START;
    struct notify_silence_parts parts = {.matchers = matchers,
                                         .matcher_count = 1,
                                         .author = SLICE("me"),
                                         .reason = SLICE("known"),
                                         .made_ns = t,
                                         .starts_ns = t,
                                         .ends_ns = t + 10 * MINUTE};
    assert_int_equal(notify_book_silence(&book, &parts, &id, error, sizeof(error)), STATUS_OK);
    (void)tell("A", "one", "warning", t, 0, t);
    (void)tell("A", "two", "warning", t, 0, t);
    assert_int_equal(step(t + 30 * SECOND), 1);
    assert_int_equal(told_alerts, 1);
    assert_int_equal(step(t + 30 * SECOND + 5 * MINUTE), 0);
    assert_int_equal(step(t + 30 * SECOND + 10 * MINUTE), 1); /* It has ended. */
    assert_int_equal(told_alerts, 2);
    parts.made_ns = parts.starts_ns = t + 11 * MINUTE;
    parts.ends_ns = t + 60 * MINUTE;
    assert_int_equal(notify_book_silence(&book, &parts, &id, error, sizeof(error)), STATUS_OK);
    assert_int_equal(id, 2);
    (void)tell("A", "one", "warning", t, t + 12 * MINUTE, t + 12 * MINUTE);
    assert_int_equal(step(t + 30 * SECOND + 15 * MINUTE), 1);
    assert_int_equal(told_alerts, 2); /* One is resolved, two still fires. */
    assert_true(notify_book_unsilence(&book, 2, t + 16 * MINUTE));
    assert_false(notify_book_unsilence(&book, 2, t + 16 * MINUTE));
    assert_false(notify_book_unsilence(&book, 9, t + 16 * MINUTE));
}

/* Wrong silences are refused with a sentence. */
static void silences_are_checked(void **state)
{
    (void)state;
    static const struct slice everything[] = {SLICE_INIT("function=~\".*\"")};
    static const struct slice wrong[] = {SLICE_INIT("function")};
    char error[256];
    uint64_t id = 0;
    struct notify_silence_parts parts = {.matchers = everything,
                                         .matcher_count = 1,
                                         .author = SLICE("me"),
                                         .reason = SLICE("known"),
                                         .made_ns = START,
                                         .starts_ns = START,
                                         .ends_ns = START + MINUTE};
    assert_int_equal(notify_book_silence(&book, &parts, &id, error, sizeof(error)), STATUS_BAD);
    assert_non_null(strstr(error, "everything"));
    parts.matchers = wrong;
    assert_int_equal(notify_book_silence(&book, &parts, &id, error, sizeof(error)), STATUS_BAD);
    parts.ends_ns = START;
    assert_int_equal(notify_book_silence(&book, &parts, &id, error, sizeof(error)), STATUS_BAD);
    parts.author = SLICE_EMPTY;
    assert_int_equal(notify_book_silence(&book, &parts, &id, error, sizeof(error)), STATUS_BAD);
    assert_int_equal(book.silence_count, 0);
}

/* What is critical inhibits warnings of the same function, and of no other. */
static void what_is_worse_inhibits(void **state)
{
    (void)state;
    (void)tell("A", "one", "critical", START, 0, START);
    (void)tell("B", "one", "warning", START, 0, START);
    (void)tell("B", "two", "warning", START, 0, START);
    assert_int_equal(step(START + 30 * SECOND), 2);
    assert_int_equal(told_alerts, 2);
    (void)tell("A", "one", "critical", START, START + MINUTE, START + MINUTE);
    assert_int_equal(step(START + 30 * SECOND + 5 * MINUTE), 2);
    assert_int_equal(told_alerts, 3); /* A is resolved, and both of B fire. */
}

/* A message is tried again after 1 s, 2 s, 4 s and so on, longer where it is asked for, for a day.
 */
static void messages_are_tried_again(void **state)
{
    (void)state;
    uint64_t t = START;
    (void)tell("A", "one", "warning", t, 0, t);
    t += 30 * SECOND;
    (void)notify_book_step(&book, t);
    uint64_t wait_ns = NOTIFY_RETRY_NS_MIN;
    unsigned attempts = 0;
    while (book.messages[0].delivery == NOTIFY_WAITING) {
        const struct notify_message *next = notify_book_next(&book, t);
        assert_non_null(next);
        uint64_t asked_ns = attempts == 3 ? 100 * SECOND : 0;
        notify_book_attempted(&book, next->number, NOTIFY_LATER, asked_ns, "it is away", t);
        uint64_t expected = asked_ns > wait_ns ? asked_ns : wait_ns;
        assert_int_equal(book.paces[0].next_ns, t + expected);
        assert_null(notify_book_next(&book, t + expected - 1));
        t += expected;
        wait_ns = wait_ns * 2 < NOTIFY_RETRY_NS_MAX ? wait_ns * 2 : NOTIFY_RETRY_NS_MAX;
        attempts++;
    }
    assert_int_equal(book.messages[0].delivery, NOTIFY_FAILED);
    assert_string_equal(book.messages[0].error, "it is away");
    assert_in_range(attempts, 280, 310);
    assert_int_equal(book.counts.failed, 1);
}

/* Alerts have a limit; what is refused is taken later. */
static void alerts_have_a_limit(void **state)
{
    (void)state;
    char name[32];
    for (unsigned i = 0; i < NOTIFY_ALERT_COUNT_MAX; i++) {
        (void)snprintf(name, sizeof(name), "f%u", i);
        (void)tell("A", name, "warning", START, 0, START);
    }
    assert_int_equal(book.alarm_count, NOTIFY_ALERT_COUNT_MAX);
    assert_false(tell("A", "more", "warning", START, 0, START));
    assert_int_equal(book.counts.refused_alerts, 1);
    assert_int_equal(step(START + 30 * SECOND), 1);
    assert_int_equal(told_alerts, NOTIFY_MESSAGE_ALERT_MAX);
    (void)tell("A", "f7", "warning", START, START + MINUTE, START + MINUTE);
    assert_int_equal(step(START + 30 * SECOND + 5 * MINUTE), 1);
    assert_true(tell("A", "more", "warning", START, 0, START + 6 * MINUTE));
}

/* What is saved comes back the same. */
static void the_state_survives(void **state)
{
    (void)state;
    static const struct slice matchers[] = {SLICE_INIT("function=~\"o.*\""),
                                            SLICE_INIT("severity!=critical")};
    const struct notify_silence_parts parts = {.matchers = matchers,
                                               .matcher_count = 2,
                                               .author = SLICE("me"),
                                               .reason = SLICE("known \xff"),
                                               .made_ns = START,
                                               .starts_ns = START,
                                               .ends_ns = START + MINUTE};
    char error[256];
    uint64_t id = 0;
    assert_int_equal(notify_book_silence(&book, &parts, &id, error, sizeof(error)), STATUS_OK);
    (void)tell("A", "two\"\xff\n", "warning", START, 0, START);
    (void)notify_book_step(&book, START + 30 * SECOND);
    (void)tell("B", "three", "warning", START, 0, START + MINUTE);
    (void)notify_book_unsilence(&book, id, START + SECOND);
    struct buf first;
    struct buf second;
    buf_init_growing(&first, NOTIFY_STATE_SIZE_MAX);
    buf_init_growing(&second, NOTIFY_STATE_SIZE_MAX);
    assert_true(notify_state_write(&book, &first));
    struct notify_book other;
    assert_int_equal(notify_book_init(&other), STATUS_OK);
    assert_int_equal(notify_state_read(&other, buf_bytes(&first), START), STATUS_OK);
    assert_int_equal(other.silence_count, 1);
    assert_int_equal(other.message_count, 1);
    notify_book_adopt(&other, book.plan, START + MINUTE);
    assert_true(notify_state_write(&other, &second));
    assert_true(slice_equal(buf_bytes(&first), buf_bytes(&second)));
    notify_book_fini(&other);
    buf_fini(&first);
    buf_fini(&second);
}

static void deploy(const char *function, uint64_t at_ns)
{
    const struct notify_deploy item = {
        .at_ns = at_ns, .function = slice_from(function), .version = SLICE("7")};
    (void)notify_book_deploy(&book, &item);
}

/* A deploy of a thousand functions, most with little traffic: one message says what is wrong after
 * it, whatever the groups are otherwise; what is critical is told at once. */
static void a_deploy_is_one_message(void **state)
{
    (void)state;
    char name[32];
    for (unsigned i = 0; i < 1000; i++) { /* Three a second. */
        (void)snprintf(name, sizeof(name), "f%u", i);
        deploy(name, START + i * SECOND / 3);
    }
    unsigned messages = 0;
    for (uint64_t now_ns = START; now_ns < START + 20 * MINUTE; now_ns += 15 * SECOND) {
        for (unsigned i = 0; i < 1000; i += 25) { /* These have calls enough to tell. */
            uint64_t fired_ns = START + i * SECOND / 3 + 2 * MINUTE;
            (void)snprintf(name, sizeof(name), "f%u", i);
            const char *rule = i % 2 == 0 ? "ColdStartRate" : "Latency";
            if (now_ns >= fired_ns) {
                (void)tell(rule, name, "warning", fired_ns, 0, now_ns);
            }
        }
        messages += step(now_ns);
        assert_true(messages == 0 || now_ns >= START + 15 * MINUTE);
    }
    messages += step(START + 21 * MINUTE);
    assert_int_equal(messages, 1);
    assert_int_equal(told_alerts, 40);
    (void)tell("ErrorRate", "f3", "critical", START + 5 * MINUTE, 0, START + 22 * MINUTE);
    (void)tell("ErrorRate", "other", "warning", START + 5 * MINUTE, 0, START + 22 * MINUTE);
    assert_int_equal(step(START + 22 * MINUTE + 30 * SECOND), 1);
    assert_int_equal(told_alerts, 2);
}

/* A version that is new is a deploy, whether somebody says so before, after, or not at all; it is
 * one deploy. */
static void versions_are_deploys(void **state)
{
    (void)state;
    struct notify_deploy seen = {.at_ns = START + 10 * MINUTE,
                                 .source = NOTIFY_DEPLOY_VERSION,
                                 .account = SLICE("1"),
                                 .region = SLICE("r"),
                                 .function = SLICE("f1"),
                                 .version = SLICE("7")};
    const struct notify_place here = {SLICE("1"), SLICE("r"), SLICE("f1")};
    const struct notify_place there = {SLICE("1"), SLICE("other"), SLICE("f1")};
    deploy("f1", START);
    assert_false(notify_book_deploy(&book, &seen)); /* Said before. */
    seen.version = SLICE("8");
    assert_true(notify_book_deploy(&book, &seen));
    assert_int_equal(notify_deploys_wave(&book.deploys, &here, START + 20 * MINUTE, 15 * MINUTE),
                     START);
    assert_int_equal(notify_deploys_wave(&book.deploys, &there, START + 20 * MINUTE, 15 * MINUTE),
                     0);
    seen.at_ns += 86400 * SECOND;
    assert_false(notify_book_deploy(&book, &seen)); /* A version is new once. */
    struct notify_deploy said = {.at_ns = START + 12 * MINUTE,
                                 .function = SLICE("f1"),
                                 .version = SLICE("8"),
                                 .ref = SLICE("4f2a9c1")};
    assert_true(notify_book_deploy(&book, &said)); /* Said after: it says more. */
    assert_false(notify_book_deploy(&book, &said));
    assert_int_equal(book.deploys.count, 2);
    const struct notify_deploy *known = &book.deploys.items[1];
    assert_int_equal(known->source, NOTIFY_DEPLOY_POSTED);
    assert_int_equal(known->at_ns, START + 10 * MINUTE);
    assert_true(slice_equal(known->ref, SLICE("4f2a9c1")));
    assert_true(slice_equal(known->region, SLICE("r")));
    /* A deploy of all says no versions: those that are seen soon after are its. */
    said = (struct notify_deploy){.at_ns = START + 48 * 3600 * SECOND};
    assert_true(notify_book_deploy(&book, &said));
    seen = (struct notify_deploy){.at_ns = said.at_ns + 50 * MINUTE,
                                  .source = NOTIFY_DEPLOY_VERSION,
                                  .function = SLICE("f2"),
                                  .version = SLICE("2")};
    assert_false(notify_book_deploy(&book, &seen));
    seen.at_ns += 15 * MINUTE;
    assert_true(notify_book_deploy(&book, &seen));
}

/* What a deploy breaks and mends again within its time is never told. */
static void a_deploy_that_mends_itself_is_silent(void **state)
{
    (void)state;
    deploy("f1", START);
    (void)tell("ColdStartRate", "f1", "warning", START + MINUTE, 0, START + MINUTE);
    assert_int_equal(step(START + 10 * MINUTE), 0);
    (void)tell("ColdStartRate", "f1", "warning", START + MINUTE, START + 12 * MINUTE,
               START + 12 * MINUTE);
    assert_int_equal(step(START + 16 * MINUTE), 0);
    assert_int_equal(book.alarm_count, 0);
}

/* Deploys come back as they were; waves end. */
static void deploys_survive(void **state)
{
    (void)state;
    deploy("f1", START);
    deploy("f2", START + 10 * MINUTE);
    deploy("f1", START + 11 * MINUTE); /* The same version, in the same wave. */
    deploy("f3", START + 50 * MINUTE);
    assert_int_equal(book.deploys.count, 3);
    assert_int_equal(book.deploys.items[1].wave, START);
    assert_int_equal(book.deploys.items[2].wave, START + 50 * MINUTE);
    struct buf first;
    struct buf second;
    buf_init_growing(&first, NOTIFY_DEPLOYS_SIZE_MAX);
    buf_init_growing(&second, NOTIFY_DEPLOYS_SIZE_MAX);
    notify_deploys_write(&book.deploys, &first);
    struct notify_deploys other;
    assert_int_equal(notify_deploys_init(&other), STATUS_OK);
    assert_int_equal(notify_deploys_read(&other, buf_bytes(&first)), STATUS_OK);
    notify_deploys_write(&other, &second);
    assert_true(slice_equal(buf_bytes(&first), buf_bytes(&second)));
    notify_deploys_fini(&other);
    assert_int_equal(notify_deploys_init(&other), STATUS_OK);
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"version\":3,\"deploys\":[]}",
        "{\"version\":1,\"deploys\":[[1]]}",
        "{\"version\":2,\"deploys\":[[1,1,\"\",\"\",\"\",\"\",\"\"]]}",
        "{\"version\":2,\"deploys\":[[1,1,\"\",\"\",\"\",\"\",\"\",\"\",\"\",2]]}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(notify_deploys_read(&other, slice_from(bad[i])), STATUS_BAD);
        assert_int_equal(other.count, 0);
    }
    /* As they were before versions were deploys. */
    assert_int_equal(
        notify_deploys_read(
            &other, SLICE("{\"version\":1,\"deploys\":[[5,5,\"ZjE=\",\"Nw==\",\"\",\"\",\"\"]]}")),
        STATUS_OK);
    assert_int_equal(other.count, 1);
    assert_true(slice_equal(other.items[0].function, SLICE("f1")));
    assert_int_equal(other.items[0].source, NOTIFY_DEPLOY_POSTED);
    notify_deploys_fini(&other);
    buf_fini(&first);
    buf_fini(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(groups_are_told_in_time, begin, end),
        cmocka_unit_test_setup_teardown(what_is_over_in_time_is_never_told, begin, end),
        cmocka_unit_test_setup_teardown(what_is_lost_is_over, begin, end),
        cmocka_unit_test_setup_teardown(silences_keep_quiet, begin, end),
        cmocka_unit_test_setup_teardown(silences_are_checked, begin, end),
        cmocka_unit_test_setup_teardown(what_is_worse_inhibits, begin, end),
        cmocka_unit_test_setup_teardown(messages_are_tried_again, begin, end),
        cmocka_unit_test_setup_teardown(alerts_have_a_limit, begin, end),
        cmocka_unit_test_setup_teardown(the_state_survives, begin, end),
        cmocka_unit_test_setup_teardown(a_deploy_is_one_message, begin, end),
        cmocka_unit_test_setup_teardown(a_deploy_that_mends_itself_is_silent, begin, end),
        cmocka_unit_test_setup_teardown(deploys_survive, begin, end),
        cmocka_unit_test_setup_teardown(versions_are_deploys, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
