/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in the shapes of their receivers: limits, marks where something is cut, and escapes.
 */
#include "notify/notify_parcel.h"

#include "notify/notify_private.h"

#include "base/json_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START UINT64_C(1795392000000000000)

static struct notify_note *notes[NOTIFY_MESSAGE_ALERT_MAX];
static struct notify_item items[NOTIFY_MESSAGE_ALERT_MAX];
static struct notify_message message;
static struct notify_parcel parcel;
static char text[1 << 20];

static const struct slice to[] = {SLICE_INIT("a@example.com"), SLICE_INIT("b@example.com")};

static const char *links = ""; /* Of the alerts that are made. */

static void make(const char *function, const char *summary, size_t count, bool resolved)
{
    const struct notify_pair labels[] = {{SLICE("alertname"), SLICE("Latency")},
                                         {SLICE("function"), slice_from(function)},
                                         {SLICE("severity"), SLICE("critical")}};
    const struct notify_pair annotations[] = {{SLICE("description"), slice_from(summary)},
                                              {SLICE("summary"), slice_from(summary)},
                                              {SLICE("links"), slice_from(links)}};
    const struct notify_alert alert = {.fingerprint = 0xabcd,
                                       .labels = labels,
                                       .label_count = 3,
                                       .annotations = annotations,
                                       .annotation_count = links[0] != '\0' ? 3 : 2,
                                       .starts_ns = START,
                                       .fired_ns = START,
                                       .ends_ns = resolved ? START + 60000000000 : 0};
    for (size_t i = 0; i < count; i++) {
        notes[i] = notify_note_create(&alert);
        assert_non_null(notes[i]);
        items[i] = (struct notify_item){notes[i], resolved};
    }
    message =
        (struct notify_message){.number = 5,
                                .receiver = SLICE("team"),
                                .title = notify_title_create(0x1234, SLICE("{}:{}"), labels, 2),
                                .items = items,
                                .item_count = count,
                                .resolved = resolved,
                                .made_ns = START};
    assert_non_null(message.title);
}

static void write_as(enum notify_kind kind)
{
    const struct notify_target target = {.kind = kind,
                                         .receiver = SLICE("team"),
                                         .url = SLICE("https://example.com"),
                                         .secret = SLICE("k3y"),
                                         .from = SLICE("thaw@example.com"),
                                         .to = to,
                                         .to_count = 2};
    const struct notify_letter letter = {.message = &message,
                                         .target = &target,
                                         .external_url = SLICE("http://thaw.example"),
                                         .now_ns = START};
    assert_int_equal(notify_parcel_write(&parcel, &letter), STATUS_OK);
    assert_true(slice_copy_text(buf_bytes(&parcel.body), text, sizeof(text)));
    if (kind != NOTIFY_EMAIL) {
        struct json_read reader;
        json_read_init(&reader, buf_bytes(&parcel.body), JSON_DEPTH_MAX);
        json_read_skip(&reader);
        assert_true(json_read_finish(&reader));
    }
}

static void clear(void)
{
    notify_parcel_fini(&parcel);
    for (size_t i = 0; i < message.item_count; i++) {
        notify_note_drop(notes[i]);
    }
    notify_title_drop(message.title);
}

static void assert_says(const char *part)
{
    if (strstr(text, part) == NULL) {
        print_error("%s\nis not in\n%s\n", part, text);
    }
    assert_non_null(strstr(text, part));
}

/* The size of the text of the first member of this name. */
static size_t size_of(const char *key)
{
    char pattern[64];
    (void)snprintf(pattern, sizeof(pattern), "\"%s\":\"", key);
    const char *at = strstr(text, pattern);
    assert_non_null(at);
    return strcspn(at + strlen(pattern), "\"");
}

/* The webhook is Alertmanager's, version 4. */
static void the_webhook_is_alertmanagers(void **state)
{
    (void)state;
    make("checkout", "p95 2 s > 1 s", 1, false);
    write_as(NOTIFY_WEBHOOK);
    assert_string_equal(
        text,
        "{\"version\":\"4\",\"groupKey\":\"{}:{}\",\"truncatedAlerts\":0,\"status\":\"firing\","
        "\"receiver\":\"team\",\"groupLabels\":{\"alertname\":\"Latency\",\"function\":"
        "\"checkout\"},\"commonLabels\":{\"alertname\":\"Latency\",\"function\":\"checkout\","
        "\"severity\":\"critical\"},\"commonAnnotations\":{\"description\":\"p95 2 s > 1 s\","
        "\"summary\":\"p95 2 s > 1 s\"},\"externalURL\":\"http://thaw.example\",\"alerts\":[{"
        "\"status\":\"firing\",\"labels\":{\"alertname\":\"Latency\",\"function\":\"checkout\","
        "\"severity\":\"critical\"},\"annotations\":{\"description\":\"p95 2 s > 1 s\","
        "\"summary\":\"p95 2 s > 1 s\"},\"startsAt\":\"2026-11-23T00:00:00Z\",\"endsAt\":"
        "\"0001-01-01T00:00:00Z\",\"generatorURL\":\"http://thaw.example/alerts?open="
        "000000000000abcd\",\"fingerprint\":\"000000000000abcd\"}]}");
    assert_string_equal(parcel.key, "000000000000abcd-5");
    clear();
    make("checkout", "x", 2, true);
    message.left_out = 3;
    write_as(NOTIFY_WEBHOOK);
    assert_says("\"truncatedAlerts\":3,\"status\":\"resolved\"");
    assert_says("\"endsAt\":\"2026-11-23T00:01:00Z\"");
    assert_string_equal(parcel.key, "0000000000001234-5");
    clear();
}

/* Alertmanager's API takes a list; an end says that it is over. */
static void alertmanager_takes_a_list(void **state)
{
    (void)state;
    make("checkout", "x", 2, true);
    write_as(NOTIFY_ALERTMANAGER);
    assert_int_equal(text[0], '[');
    assert_says("\"endsAt\":\"2026-11-23T00:01:00Z\"");
    assert_true(slice_equal(buf_bytes(&parcel.url), SLICE("https://example.com/api/v2/alerts")));
    clear();
}

/* Slack's marks are escaped, texts are cut, and few alerts are told one by one. */
static void slack_is_escaped_and_cut(void **state)
{
    (void)state;
    make("<!channel>&", "a < b & c > d", 1, false);
    write_as(NOTIFY_SLACK);
    assert_null(strstr(text, "<!channel>"));
    assert_says("a &lt; b &amp; c &gt; d");
    assert_says("&lt;!channel&gt;&amp;");
    assert_says("\"color\":\"danger\"");
    clear();
    char *large = calloc(1, 4000);
    assert_non_null(large);
    memset(large, 'x', 3999);
    make("checkout", large, 50, false);
    message.left_out = 7;
    write_as(NOTIFY_SLACK);
    assert_says("... and 47 more");
    assert_true(size_of("title") <= 150);
    assert_says("xxx...>");
    clear();
    free(large);
}

/* PagerDuty: a summary of 1024, a key of the group, resolved by the same. */
static void pagerduty_is_cut(void **state)
{
    (void)state;
    char *large = calloc(1, 4000);
    assert_non_null(large);
    memset(large, 'y', 3999);
    make("checkout", large, 100, false);
    write_as(NOTIFY_PAGERDUTY);
    assert_true(size_of("summary") <= 1024);
    assert_true(strlen(text) < 512 * 1000);
    assert_says("\"routing_key\":\"k3y\",\"event_action\":\"trigger\",\"dedup_key\":\"thaw-"
                "0000000000001234\"");
    assert_says("\"severity\":\"critical\"");
    assert_says("\"more_alerts\":80");
    clear();
    make("checkout", "x", 1, true);
    write_as(NOTIFY_PAGERDUTY);
    assert_says("\"event_action\":\"resolve\",\"dedup_key\":\"thaw-0000000000001234\"");
    clear();
    free(large);
}

/* OpsGenie: 130 and 15,000, ending in a mark; closed by the alias. */
static void opsgenie_is_cut(void **state)
{
    (void)state;
    char *large = calloc(1, 500);
    assert_non_null(large);
    memset(large, 'z', 499);
    make(large, large, 100, false);
    write_as(NOTIFY_OPSGENIE);
    assert_int_equal(size_of("message"), 130);
    assert_int_equal(size_of("alias"), 21);
    assert_says("zzz...\",\"alias\"");
    assert_says("zzz...\",\"details\"");
    assert_says("\"priority\":\"P1\"");
    assert_true(strlen(text) < 20000);
    clear();
    make("checkout", "x", 1, true);
    write_as(NOTIFY_OPSGENIE);
    assert_true(slice_equal(
        buf_bytes(&parcel.url),
        SLICE("https://example.com/v2/alerts/thaw-0000000000001234/close?identifierType=alias")));
    assert_string_equal(text, "{\"source\":\"thaw\"}");
    clear();
    free(large);
}

/* No label writes a header of a mail, and lines are short. */
static void mail_has_its_own_headers(void **state)
{
    (void)state;
    make("x\r\nBcc: evil@example.com\r\n\r\nbody", "gr\xc3\xbc\xc3\x9f", 3, false);
    write_as(NOTIFY_EMAIL);
    assert_null(strstr(text, "\nBcc"));
    assert_says("To: a@example.com, b@example.com\r\n");
    assert_says("Subject: =?UTF-8?B?");
    assert_says("Date: Mon, 23 Nov 2026 00:00:00 +0000\r\n");
    size_t line = 0;
    for (const char *c = text; *c != '\0'; c++) {
        line = *c == '\n' ? 0 : line + 1;
        assert_true(line <= 998);
        assert_true((unsigned char)*c < 0x80);
    }
    clear();
}

/* Whatever the kind, the way to each example is in it. */
static void all_lead_to_the_examples(void **state)
{
    (void)state;
    static const struct {
        enum notify_kind kind;
        const char *says;
    } rows[] = {
        {NOTIFY_WEBHOOK, "\"links\":\"http://thaw.example/transactions/aa http"},
        {NOTIFY_SLACK, " <http://thaw.example/transactions/aa|example 1> "
                       "<http://thaw.example/transactions/bb|example 2>"},
        {NOTIFY_PAGERDUTY, "{\"href\":\"http://thaw.example/transactions/bb\",\"text\":"
                           "\"Example 2\"}"},
        {NOTIFY_OPSGENIE, "example: http://thaw.example/transactions/aa\\nexample: http"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        links = "http://thaw.example/transactions/aa http://thaw.example/transactions/bb";
        make("checkout", "slow", 1, false);
        links = "";
        write_as(rows[i].kind);
        assert_says(rows[i].says);
        clear();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_webhook_is_alertmanagers),
        cmocka_unit_test(alertmanager_takes_a_list),
        cmocka_unit_test(slack_is_escaped_and_cut),
        cmocka_unit_test(pagerduty_is_cut),
        cmocka_unit_test(opsgenie_is_cut),
        cmocka_unit_test(all_lead_to_the_examples),
        cmocka_unit_test(mail_has_its_own_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
