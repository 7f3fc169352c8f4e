/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of receivers: what is right, what is wrong and where, and who is told what by it.
 */
#include "notify/notify_plan_read.h"

#include "notify/notify_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct notify_plan *plan;
static struct buf errors;
static char error_memory[8192];

static int begin(void **state)
{
    (void)state;
    plan = notify_plan_create();
    buf_init_fixed(&errors, error_memory, sizeof(error_memory) - 1);
    memset(error_memory, 0, sizeof(error_memory));
    return plan != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    notify_plan_drop(plan);
    return 0;
}

static const char good[] = "global:\n"
                           "  slack_api_url: https://hooks.slack.example/T0/s3cret\n"
                           "  smtp_smarthost: mail.example:465\n"
                           "  smtp_from: thaw@example.com\n"
                           "route:\n"
                           "  receiver: team\n"
                           "  routes:\n"
                           "    - matchers: [ 'severity=\"critical\"' ]\n"
                           "      receiver: oncall\n"
                           "      group_wait: 10s\n"
                           "      group_by: ['...']\n"
                           "      continue: true\n"
                           "    - matchers: [ 'function=~\"pay.*\"', env!=dev ]\n"
                           "      receiver: pay\n"
                           "      routes:\n"
                           "        - match: {alertname: Throttles}\n"
                           "          receiver: oncall\n"
                           "receivers:\n"
                           "  - name: team\n"
                           "    slack_configs: [{channel: '#ops'}]\n"
                           "    email_configs: [{to: 'a@example.com, b@example.com'}]\n"
                           "  - name: oncall\n"
                           "    pagerduty_configs: [{routing_key: k3y}]\n"
                           "    opsgenie_configs: [{api_key: k3y}]\n"
                           "  - name: pay\n"
                           "    webhook_configs:\n"
                           "      - url: http://127.0.0.1:9/\n"
                           "        reach: loopback\n"
                           "        send_resolved: false\n"
                           "        timeout: 2s\n"
                           "inhibit_rules:\n"
                           "  - source_matchers: [severity=critical]\n"
                           "    target_matchers: [severity=warning]\n"
                           "    equal: [function]\n"
                           "alertmanagers:\n"
                           "  - url: http://127.0.0.1:9093/\n"
                           "    reach: loopback\n";

static enum status read_text(const char *text)
{
    enum status status = notify_plan_read(plan, slice_from(text), "f", &errors);
    error_memory[errors.size] = '\0';
    return status;
}

/* Who is told of an alert, as names with a space behind each. */
static char told[256];

static void visit(void *context, const struct notify_route *route)
{
    (void)context;
    size_t size = strlen(told);
    (void)slice_copy_text(route->receiver, told + size, sizeof(told) - size);
    strcat(told, " ");
}

static void assert_told(const char *expected, const char *name, const char *severity,
                        const char *function)
{
    const struct notify_pair labels[] = {
        {SLICE("alertname"), slice_from(name)},
        {SLICE("function"), slice_from(function)},
        {SLICE("severity"), slice_from(severity)},
    };
    const struct notify_alert alert = {.labels = labels, .label_count = 3};
    told[0] = '\0';
    notify_plan_route(plan, &alert, visit, NULL);
    assert_string_equal(told, expected);
}

/* Every field means what it says, and what is not there is as Alertmanager has it. */
static void a_file_means_what_it_says(void **state)
{
    (void)state;
    enum status status = read_text(good);
    assert_string_equal(error_memory, "");
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(plan->target_count, 6);
    assert_int_equal(plan->root_count, 2);
    assert_int_equal(plan->inhibition_count, 1);
    const struct notify_target *slack = &plan->targets[0];
    assert_true(slice_equal(slack->url, SLICE("https://hooks.slack.example/T0/s3cret")));
    assert_true(slice_equal(slack->channel, SLICE("#ops")));
    assert_true(slack->send_resolved && slack->reach == NOTIFY_REACH_PUBLIC);
    const struct notify_target *mail = &plan->targets[1];
    assert_true(slice_equal(mail->url, SLICE("smtps://mail.example:465")));
    assert_int_equal(mail->to_count, 2);
    assert_true(slice_equal(mail->to[1], SLICE("b@example.com")) && mail->require_tls);
    const struct notify_target *hook = &plan->targets[4];
    assert_true(!hook->send_resolved && hook->reach == NOTIFY_REACH_LOOPBACK);
    assert_int_equal(hook->timeout_ns, 2000000000);
    assert_true(slice_equal(plan->targets[5].url, SLICE("http://127.0.0.1:9093")));
    const struct notify_route *root = &plan->roots[1];
    assert_int_equal(root->wait_ns, UINT64_C(30000000000));
    assert_int_equal(root->interval_ns, UINT64_C(300000000000));
    assert_int_equal(root->repeat_ns, UINT64_C(14400000000000));
    assert_int_equal(root->group_by_count, 4);
    assert_true(slice_equal(root->group_by[1], SLICE("application")));
    assert_int_equal(root->children[0].wait_ns, UINT64_C(10000000000));
    assert_true(root->children[0].group_by_all);
    assert_true(slice_equal(root->children[0].key, SLICE("{}/{severity=\"critical\"}")));
    assert_int_equal(root->children[1].wait_ns, UINT64_C(30000000000));
}

/* The first child that takes an alert has it, unless it goes on; else its parent. */
static void alerts_find_their_receivers(void **state)
{
    (void)state;
    assert_int_equal(read_text(good), STATUS_OK);
    assert_told("alertmanager team ", "Latency", "warning", "checkout");
    assert_told("alertmanager oncall ", "Latency", "critical", "checkout");
    assert_told("alertmanager oncall pay ", "Latency", "critical", "payments");
    assert_told("alertmanager pay ", "Latency", "warning", "payments");
    assert_told("alertmanager oncall ", "Throttles", "warning", "payments");
}

static const struct {
    const char *text, *says;
} wrong[] = {
    {"", "f:1:1: nothing stands in it"},
    {"[]", "f:1:1: the file is a map with:"},
    {"rout: {}\n", "f:1:1: there is no field 'rout' here"},
    {"route: {}\nreceivers: [{name: a}]\n", "f:1:1: a route has a receiver"},
    {"receivers: [{name: a}]\n", "no route to them"},
    {"route: {receiver: b}\nreceivers: [{name: a}]\n", "f:1:9: there is no receiver 'b'"},
    {"route: {receiver: a}\nreceivers: [{name: a}, {name: a}]\n", "two receivers of the name a"},
    {"route: {receiver: a}\nreceivers: [{}]\n", "a receiver has a name"},
    {"route: {receiver: a, group_wait: soon}\nreceivers: [{name: a}]\n",
     "f:1:22: group_wait is a duration"},
    {"route: {receiver: a, group_interval: 0s}\nreceivers: [{name: a}]\n", "more than 0"},
    {"route: {receiver: a, matchers: [a=b]}\nreceivers: [{name: a}]\n", "takes everything"},
    {"route: {receiver: a, routes: [{matchers: ['x=~\"(\"']}]}\nreceivers: [{name: a}]\n",
     "no regular expression"},
    {"route: {receiver: a, routes: [{matchers: [x]}]}\nreceivers: [{name: a}]\n",
     "f:1:43: a matcher is a label"},
    {"route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{}]}]\n", "write url"},
    {"route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'ftp://s3cret'}]}]\n",
     "url is no http"},
    {"route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url_file: /nope}]}]\n",
     "/nope: No such file"},
    {"route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url_env: NOPE_S}]}]\n",
     "the environment has no NOPE_S"},
    {"route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://s3cret/', "
     "api_url_env: X}]}]\n",
     "api_url stands there more than once"},
    {"route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{}]}]\n",
     "write routing_key"},
    {"route: {receiver: a}\nreceivers: [{name: a, opsgenie_configs: [{}]}]\n", "write api_key"},
    {"route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x, from: y}]}]\n",
     "write smarthost"},
    {"route: {receiver: a}\nreceivers: [{name: a, email_configs: [{smarthost: h, from: y}]}]\n",
     "write to:"},
    {"alertmanagers: [{url: x, reach: far}]\n", "reach is public"},
    {"alertmanagers: [{timeout: 1h}]\n", "timeout is between"},
    {"inhibit_rules: [{equal: [a]}]\n", "write source_matchers"},
    {"global: {http_config: {}}\n", "no field 'http_config'"},
};

/* Each mistake is told with its place, and no credential. */
static void mistakes_have_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(begin(NULL), 0);
        enum status status = read_text(wrong[i].text);
        if (status != STATUS_BAD || strstr(error_memory, wrong[i].says) == NULL) {
            print_error("%s%s\n", wrong[i].text, error_memory);
        }
        assert_int_equal(status, STATUS_BAD);
        assert_non_null(strstr(error_memory, wrong[i].says));
        assert_null(strstr(error_memory, "s3cret"));
        (void)end(NULL);
    }
}

/* Depth and number of routes are limited; the file's size, too. */
static void files_have_limits(void **state)
{
    (void)state;
    char deep[1024] = "route: {receiver: a, ";
    for (unsigned i = 0; i < 6; i++) {
        strcat(deep, "routes: [{");
    }
    for (unsigned i = 0; i < 6; i++) {
        strcat(deep, "}]");
    }
    strcat(deep, "}\nreceivers: [{name: a}]\n");
    assert_int_equal(read_text(deep), STATUS_OK);
    char *large = malloc(NOTIFY_FILE_SIZE_MAX + 2);
    assert_non_null(large);
    memset(large, ' ', NOTIFY_FILE_SIZE_MAX + 1);
    large[NOTIFY_FILE_SIZE_MAX + 1] = '\0';
    assert_int_equal(read_text(large), STATUS_BAD);
    free(large);
}

/* Matchers are written as they are read. */
static void matchers_are_written_as_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written;
    } cases[] = {
        {"a=b", "a=\"b\""},
        {" a = \"b c\" ", "a=\"b c\""},
        {"a!=", "a!=\"\""},
        {"a=~\"x\\\\.y|z\"", "a=~\"x\\\\.y|z\""},
        {"a!~\"\\\"\"", "a!~\"\\\"\""},
    };
    char error[256];
    struct notify_matcher matcher;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_reset(&errors);
        assert_int_equal(notify_matcher_parse(slice_from(cases[i].text), &plan->arena, &matcher,
                                              error, sizeof(error)),
                         STATUS_OK);
        notify_matcher_write(&matcher, &errors);
        assert_true(slice_equal(buf_bytes(&errors), slice_from(cases[i].written)));
    }
    static const char *const bad[] = {"", "a", "=b", "1a=b", "a=\"b", "a=\"b\"c\"", "a=~("};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
            notify_matcher_parse(slice_from(bad[i]), &plan->arena, &matcher, error, sizeof(error)),
            STATUS_BAD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_means_what_it_says, begin, end),
        cmocka_unit_test_setup_teardown(alerts_find_their_receivers, begin, end),
        cmocka_unit_test(mistakes_have_places),
        cmocka_unit_test_setup_teardown(files_have_limits, begin, end),
        cmocka_unit_test_setup_teardown(matchers_are_written_as_read, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
