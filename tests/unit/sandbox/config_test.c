/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"
#include "lib/every.h"

#include "base/clock.h"
#include "sandbox/config.h"
#include "sandbox/sandbox_limits.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A configuration that was read, and what was said about it. */
struct world {
    struct config config;
    struct arena arena;
    enum status status;
    char said[4096];
};

static unsigned char memory[CONFIG_ARENA_SIZE];

static struct world read_text(const char *text)
{
    struct world world;
    struct buf errors;
    memset(&world, 0, sizeof(world));
    arena_init(&world.arena, memory, sizeof(memory));
    buf_init_fixed(&errors, world.said, sizeof(world.said) - 1);
    world.status =
        config_read(&world.config, slice_from(text), "f.yaml", "/usr", &world.arena, &errors);
    return world;
}

/* What the smallest file leaves out has the documented defaults. */
static void test_defaults(void **state)
{
    (void)state;
    struct world world = read_text("functions:\n  - name: f\n    bootstrap: [sh, x]\n");
    assert_string_equal(world.said, "");
    assert_int_equal(world.status, STATUS_OK);
    const struct config_function *f = world.config.functions;
    assert_string_equal(f->bootstrap[1], "x");
    assert_null(f->bootstrap[2]);
    assert_string_equal(f->code, "/usr");
    assert_int_equal(f->memory_mb, 128);
    assert_int_equal(f->timeout_ns, 3 * CLOCK_NS_PER_S);
    assert_int_equal(f->concurrency, 10);
    assert_int_equal(f->era, BILLING_2025_08);
    assert_int_equal(world.config.idle_ns, 300 * CLOCK_NS_PER_S);
    assert_int_equal(world.config.retry_count, 2);
}

/* A function's own keys win over defaults; environments are merged. */
static void test_merge(void **state)
{
    (void)state;
    struct world world = read_text("defaults:\n  memory: 512\n  environment: {A: one, B: two}\n"
                                   "functions:\n  - name: f\n    bootstrap: sh\n    memory: 256\n"
                                   "    environment: {B: three}\n");
    assert_string_equal(world.said, "");
    const struct config_function *f = world.config.functions;
    assert_int_equal(f->memory_mb, 256);
    for (const struct config_variable *v = f->environment; v != NULL; v = v->next) {
        assert_string_equal(v->value, strcmp(v->name, "A") == 0 ? "one" : "three");
    }
}

/* Everything else is read, too. */
static void test_all(void **state)
{
    (void)state;
    struct world world = read_text(
        "idle: 2s\nconnection-death: 500ms\nasync-retries: [10ms]\naccount: '000000000001'\n"
        "functions:\n  - {name: f, bootstrap: sh, timeout: 1500ms, log-format: json,\n"
        "     billing-era: 100ms, code: bin, trace: active, dead-letter: q}\n"
        "relay:\n  - {inside: 169.254.100.2:4318, to: 127.0.0.1:4319, name: collector}\n"
        "queues:\n  - {name: q, max-receives: 5, visibility-timeout: 1s}\n"
        "sources:\n  - {type: http, path: /a, function: f}\n"
        "  - {type: queue, queue: q, function: f, batch-size: 3, window: 20}\n");
    assert_string_equal(world.said, "");
    assert_int_equal(world.config.retry_count, 1);
    assert_int_equal(world.config.functions->timeout_ns, 1500 * CLOCK_NS_PER_MS);
    assert_true(world.config.functions->json);
    assert_string_equal(world.config.functions->code, "/usr/bin");
    assert_int_equal(world.config.relays->inside_address, inet_addr("169.254.100.2"));
    assert_int_equal(world.config.relays->outside_port, 4319);
    assert_int_equal(world.config.sources->batch_size, 3);
    assert_int_equal(world.config.sources->window_ns, 20 * CLOCK_NS_PER_MS);
}

/* Each mistake is told with its place and what to do. */
static void test_mistakes(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"functions: [{name: f, bootstrap: sh, memroy: 1}]", "f.yaml:1:38: a function has no key"},
        {"functions: [{name: f}]", "f.yaml:1:13: this entry needs a bootstrap"},
        {"functions: [{bootstrap: sh}]", "needs a name"},
        {"functions: [{name: f, bootstrap: sh}, {name: f, bootstrap: sh}]", "another function"},
        {"functions: [{name: f, bootstrap: sh, memory: 64}]", "f.yaml:1:46: memory: must be a "},
        {"functions: [{name: f, bootstrap: sh, timeout: never}]", "must be a duration"},
        {"functions: [{name: f, bootstrap: sh, timeout: 901}]", "at most 900s"},
        {"functions: [{name: f, bootstrap: sh, code: nowhere}]", "no such directory: /usr/nowhere"},
        {"functions: [{name: f, bootstrap: sh, log-format: xml}]", "must be one of text, json"},
        {"functions: [{name: f, bootstrap: sh}]\nsources: [{type: topic, function: f}]",
         "needs a topic"},
        {"functions: [{name: f, bootstrap: sh}]\nsources: [{type: http, function: f, format: v3}]",
         "must be one of v2, v1, url, alb"},
        {"functions: [{name: f, bootstrap: sh, initialization: warm}]", "must be one of on-demand"},
        {"functions: [{name: f, bootstrap: sh, max-concurrency: 2}]", "max-concurrency, which is"},
        {"functions: [{name: f, bootstrap: sh, max-concurrency: 65}]", "must be a whole number"},
        {"functions: [{name: f, bootstrap: sh, invoke-first: both}]", "must be one of"},
        {"functions: [{name: f, bootstrap: sh, provisioned: 1, initialization: snap-start}]",
         "exclude each other"},
        {"functions: [{name: f, bootstrap: sh, telemetry: {late: 1}}]", "telemetry has no key"},
        {"functions: [{name: f, bootstrap: sh, clock: {slow: 1}}]", "a clock has no key"},
        {"functions: [{name: f, bootstrap: sh, dead-letter: q}]", "no queue of this file"},
        {"functions: []\nrelay: [{inside: here, to: 127.0.0.1:1}]", "IPv4 address and a port"},
        {"functions: []\nsources: [{type: http, path: /, function: f}]", "name of a function"},
        {"functions: []\nfunctions: []", "is there twice"},
        {"functions: []\nnonsense: 1", "f.yaml:2:1: the file has no key 'nonsense'"},
        {"idle: 1s", "needs 'functions:'"},
        {"functions: [", "f.yaml:"},
        {"", "the file is empty"},
        {"- a", "must be a mapping"},
        {"functions: &a []\nrelay: *a", "aliases are not supported"},
        {"cloudwatch: {interval: 1s}\nfunctions: []", "needs an export or a subscription"},
        {"cloudwatch: {subscription: 'ftp://x'}\nfunctions: []", "must be a URL"},
        {"cloudwatch: {export: x, repeat: 1.5}\nfunctions: []", "must be a share from 0 to 1"},
        {"cloudwatch: {export: x, reorder: -0.1}\nfunctions: []", "must be a share from 0 to 1"},
        {"cloudwatch: {export: x, format: csv}\nfunctions: []", "must be one of"},
        {"cloudwatch: {export: x, colour: red}\nfunctions: []", "colour"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct world world = read_text(pairs[i][0]);
        assert_int_equal(world.status, STATUS_BAD);
        if (strstr(world.said, pairs[i][1]) == NULL) {
            fail_msg("%s: said \"%s\"", pairs[i][0], world.said);
        }
    }
}

/* A command with a file of the host's /tmp can only fail, and would fail in each instance anew;
 * what does not exist yet may be made there. */
static void test_hidden(void **state)
{
    (void)state;
    char path[] = "/tmp/thaw-config-test-XXXXXX";
    char text[128];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(text, sizeof(text), "functions: [{name: f, bootstrap: [sh, %s]}]", path);
    struct world world = read_text(text);
    assert_int_equal(world.status, STATUS_BAD);
    assert_non_null(strstr(world.said, "bootstrap: no instance sees /tmp/thaw-config-test-"));
    assert_int_equal(unlink(path), 0);
    world = read_text(text);
    assert_int_equal(world.status, STATUS_OK);
}

/* What log streams are given out to; a relative directory need not exist. */
static void test_cloudwatch(void **state)
{
    (void)state;
    struct world world =
        read_text("functions: []\ncloudwatch:\n  export: not/there\n  format: s3\n"
                  "  subscription: http://127.0.0.1:4318/v1/cloudwatch\n  interval: 200ms\n"
                  "  repeat: 0.1\n  reorder: 1\n  seed: 7\n");
    const struct config_cloudwatch *cloudwatch = &world.config.cloudwatch;
    assert_string_equal(world.said, "");
    assert_string_equal(cloudwatch->export, "/usr/not/there");
    assert_int_equal(cloudwatch->format, CONFIG_EXPORT_S3);
    assert_string_equal(cloudwatch->subscription, "http://127.0.0.1:4318/v1/cloudwatch");
    assert_int_equal(cloudwatch->interval_ns, 200 * CLOCK_NS_PER_MS);
    assert_int_equal(cloudwatch->repeat_ppm, 100000);
    assert_int_equal(cloudwatch->reorder_ppm, 1000000);
    assert_int_equal(cloudwatch->seed, 7);
    world = read_text("functions: []\n");
    assert_null(world.config.cloudwatch.export);
    assert_null(world.config.cloudwatch.subscription);
}

static void read_any(struct slice input, void *context)
{
    (void)context;
    struct config config;
    struct arena arena;
    struct buf errors;
    arena_init(&arena, memory, sizeof(memory));
    buf_init_growing(&errors, 65536);
    (void)!config_read(&config, input, "f.yaml", "/usr", &arena, &errors);
    buf_fini(&errors);
}

/* Any damage is survived. */
static void test_damage(void **state)
{
    (void)state;
    every_damage(SLICE("functions:\n  - {name: f, bootstrap: [sh], timeout: 1s}\n"
                       "sources:\n  - {type: http, function: f}\n"),
                 read_any, NULL);
}

/* What lives the environments of a function lead. */
static void test_life(void **state)
{
    (void)state;
    struct world world = read_text(
        "functions:\n  - {name: f, bootstrap: sh, initialization: lambda-managed-instances,\n"
        "     max-concurrency: 64, memory-limit: true, invoke-first: runtime, clock: {behind: 3s, "
        "gains: 0.001},\n"
        "     telemetry: {refused: true, report: late, repeat: 0.5, reorder: 1, drop: 0.25,\n"
        "     seed: 7}}\n");
    assert_string_equal(world.said, "");
    const struct config_function *f = world.config.functions;
    assert_int_equal(f->init, CONFIG_INIT_MANAGED);
    assert_int_equal(f->slots, 64);
    assert_true(f->memory_limit);
    assert_true(f->clock.ahead_ns == -3 * (int64_t)CLOCK_NS_PER_S);
    assert_int_equal(f->clock.gains_ppm, 1000);
    assert_true(f->telemetry.refused);
    assert_int_equal(f->telemetry.report, TELEMETRY_REPORT_LATE);
    assert_int_equal(f->telemetry.repeat_ppm, 500000);
    assert_int_equal(f->telemetry.reorder_ppm, 1000000);
    assert_int_equal(f->telemetry.drop_ppm, 250000);
    assert_int_equal(f->telemetry.seed, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_merge),
        cmocka_unit_test(test_all),      cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_hidden),   cmocka_unit_test(test_cloudwatch),
        cmocka_unit_test(test_damage),   cmocka_unit_test(test_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
