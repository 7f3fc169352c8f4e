/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/logs.h"
#include "agent/settings.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

static struct agent_settings settings;
static char arena_bytes[65536];
static char error_bytes[4096];
static struct buf errors;

#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool read_settings(const char *const *environment)
{
    static struct arena arena;
    arena_init(&arena, arena_bytes, sizeof(arena_bytes));
    buf_init_fixed(&errors, error_bytes, sizeof(error_bytes));
    return agent_settings_read(&settings, environment, &arena, &errors);
}

/* Our own names come first, and everything has a default. */
static void own_names(void **state)
{
    (void)state;
    assert_true(read_settings(ENVIRONMENT(
        "THAW_ENDPOINT=http://collector:4318/base/", "OTEL_EXPORTER_OTLP_ENDPOINT=http://other:1",
        "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", "AWS_LAMBDA_FUNCTION_NAME=fn",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512")));
    assert_false(settings.passive);
    assert_slice(settings.host, "collector");
    assert_int_equal(settings.port, 4318);
    assert_slice(settings.host_text, "collector:4318");
    assert_slice(settings.path_prefix, "/base");
    assert_int_equal(settings.flush, CORE_FLUSH_ADAPTIVE);
    assert_int_equal(settings.budget_ms, 250);
    assert_slice(settings.otlp_listen, "127.0.0.1:4318");
    assert_slice(settings.resource.service_name, "fn");
    assert_true(settings.resource.memory_max == UINT64_C(512) << 20);
    assert_slice(settings.runtime_api, "127.0.0.1:9001");
}

/* https has a port of its own, and roots: ours, or the SDK's where its endpoint is taken. */
static void secure(void **state)
{
    (void)state;
    assert_true(read_settings(ENVIRONMENT("THAW_ENDPOINT=https://collector/base",
                                          "THAW_CA_FILE=/opt/ca.pem",
                                          "OTEL_EXPORTER_OTLP_CERTIFICATE=/opt/other.pem")));
    assert_true(settings.tls);
    assert_int_equal(settings.port, 443);
    assert_slice(settings.host_text, "collector");
    assert_slice(settings.path_prefix, "/base");
    assert_slice(settings.ca_file, "/opt/ca.pem");
    assert_true(read_settings(ENVIRONMENT("THAW_ENDPOINT=https://collector:4318",
                                          "OTEL_EXPORTER_OTLP_CERTIFICATE=/opt/other.pem")));
    assert_int_equal(settings.port, 4318);
    assert_slice(settings.ca_file, "");
    assert_true(read_settings(ENVIRONMENT("OTEL_EXPORTER_OTLP_ENDPOINT=https://collector",
                                          "OTEL_EXPORTER_OTLP_CERTIFICATE=/opt/other.pem")));
    assert_slice(settings.ca_file, "/opt/other.pem");
    assert_true(read_settings(ENVIRONMENT("THAW_ENDPOINT=http://collector:4318")));
    assert_false(settings.tls);
}

/* The longest host name, and one byte more. */
static void host_size(void **state)
{
    char text[512];
    (void)state;
    for (size_t size = AGENT_HOST_MAX - 1; size <= AGENT_HOST_MAX + 1; size++) {
        (void)snprintf(text, sizeof(text), "THAW_ENDPOINT=https://%0*d", (int)size, 0);
        assert_int_equal(read_settings(ENVIRONMENT(text)), size <= AGENT_HOST_MAX);
    }
}

/* The SDK's variables are taken only where they do not name our own receiver. */
static void fallback(void **state)
{
    (void)state;
    assert_true(read_settings(ENVIRONMENT("OTEL_EXPORTER_OTLP_ENDPOINT=http://10.0.0.1:4318",
                                          "OTEL_EXPORTER_OTLP_HEADERS=api-key=a%20b,x=y")));
    assert_false(settings.passive);
    assert_slice(settings.header_lines, "api-key: a b\r\nx: y\r\n");
    static const char *const own[] = {"http://127.0.0.1:4318", "http://localhost:4318/"};
    for (size_t i = 0; i < 2; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "OTEL_EXPORTER_OTLP_ENDPOINT=%s", own[i]);
        assert_true(read_settings(ENVIRONMENT(text)));
        assert_true(settings.passive);
    }
    assert_true(read_settings(ENVIRONMENT("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4320")));
    assert_false(settings.passive);
    assert_true(read_settings(ENVIRONMENT("NOTHING=1")));
    assert_true(settings.passive);
}

/* What is wrong is said, and the default stands. */
static void wrong_values(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "THAW_ENDPOINT=ftp://collector",
        "THAW_ENDPOINT=https://",
        "THAW_ENDPOINT=https://x:0",
        "THAW_ENDPOINT=collector:4318",
        "THAW_ENDPOINT=http://",
        "THAW_ENDPOINT=http://a b/",
        "THAW_ENDPOINT=http://x:99999",
        "THAW_FLUSH=sometimes",
        "THAW_FLUSH=end,soon",
        "THAW_FLUSH=periodic",
        "THAW_FLUSH=adaptive,5",
        "THAW_FLUSH_BUDGET_MS=forever",
        "THAW_LOGS=some",
        "THAW_TELEMETRY_PORT=0",
        "THAW_HEADERS=novalue",
        "THAW_HEADERS=a=b%0d%0ac: d",
        "THAW_HEADERS=content-length=5",
        "THAW_HEADERS=bad name=1",
        "OTEL_RESOURCE_ATTRIBUTES=a=1,b",
        "OTEL_RESOURCE_ATTRIBUTES=a=%zz",
        "THAW_ENDPOINT=http://127.0.0.1:4318",
        "THAW_DISABLED=perhaps",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (read_settings(ENVIRONMENT(wrong[i])) || errors.size == 0) {
            fail_msg("accepted: %s", wrong[i]);
        }
        assert_int_equal(settings.flush, CORE_FLUSH_ADAPTIVE);
        assert_int_equal(settings.budget_ms, 250);
        assert_int_equal(settings.resource.pair_count, 0);
        assert_int_equal(settings.header_lines.size, 0);
    }
}

/* A secret is never repeated in a message. */
static void secrets(void **state)
{
    (void)state;
    assert_false(read_settings(ENVIRONMENT("THAW_HEADERS=authorization=hunter2,broken")));
    assert_true(slice_find(buf_bytes(&errors), SLICE("hunter2")) == SLICE_NONE);
}

static void flush_modes(void **state)
{
    (void)state;
    assert_true(read_settings(ENVIRONMENT("THAW_FLUSH=end")));
    assert_int_equal(settings.flush, CORE_FLUSH_END);
    assert_true(settings.flush_every_ns == 0);
    assert_true(read_settings(ENVIRONMENT("THAW_FLUSH=end,5000")));
    assert_true(settings.flush_every_ns == UINT64_C(5000000000));
    assert_true(read_settings(ENVIRONMENT("THAW_FLUSH=periodic,100")));
    assert_int_equal(settings.flush, CORE_FLUSH_PERIODIC);
}

/* OTEL_SERVICE_NAME wins over the attributes, those over the function's name. */
static void names(void **state)
{
    (void)state;
    assert_true(read_settings(ENVIRONMENT("OTEL_RESOURCE_ATTRIBUTES=service.name=attr,team=a%2Cb",
                                          "AWS_LAMBDA_FUNCTION_NAME=fn")));
    assert_slice(settings.resource.service_name, "attr");
    assert_int_equal(settings.resource.pair_count, 2);
    assert_slice(settings.resource.pairs[1].value, "a,b");
    assert_true(read_settings(
        ENVIRONMENT("OTEL_RESOURCE_ATTRIBUTES=service.name=attr", "OTEL_SERVICE_NAME=named")));
    assert_slice(settings.resource.service_name, "named");
}

/* Where the platform tells extensions of no invocation, it is known before registering, and so is
 * the function's timeout. */
static void managed_instances(void **state)
{
    (void)state;
    assert_true(
        read_settings(ENVIRONMENT("THAW_ENDPOINT=http://c:4318", "AWS_LAMBDA_FUNCTION_TIMEOUT=30",
                                  "AWS_LAMBDA_INITIALIZATION_TYPE=lambda-managed-instances")));
    assert_true(settings.managed && !settings.passive);
    assert_true(settings.timeout_ns == UINT64_C(30000000000));
    assert_true(read_settings(
        ENVIRONMENT("THAW_ENDPOINT=http://c:4318", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand")));
    assert_false(settings.managed);
    assert_int_equal(settings.timeout_ns, 0);
}

/* Which lines are sent. */
static void lines(void **state)
{
    (void)state;
    assert_true(read_settings(ENVIRONMENT("THAW_ENDPOINT=http://c:4318")));
    assert_int_equal(settings.logs, CORE_LINES_ALL);
    assert_int_equal(settings.severity_min, 1);
    assert_int_equal(settings.severity_always, 17);
    assert_null(settings.redact);
    assert_true(read_settings(ENVIRONMENT("THAW_ENDPOINT=http://c:4318", "THAW_LOGS=on-error",
                                          "THAW_LOGS_MIN_LEVEL=info", "THAW_LOGS_ALWAYS_LEVEL=off",
                                          "THAW_LOGS_SLOW_MS=1500", "THAW_LOGS_BUDGET_KB=64",
                                          "THAW_LOGS_SAMPLE=5%")));
    assert_int_equal(settings.logs, CORE_LINES_ON_ERROR);
    assert_int_equal(settings.severity_min, 9);
    assert_int_equal(settings.severity_always, 0);
    assert_int_equal(settings.slow_ms, 1500);
    assert_int_equal(settings.budget_kb, 64);
    assert_true(settings.sample_below > UINT64_MAX / 100 * 5 - UINT64_MAX / 1000000);
    assert_true(settings.sample_below <= UINT64_MAX / 100 * 5);
    static const struct {
        const char *text;
        bool good;
        uint64_t below;
    } shares[] = {
        {"THAW_LOGS_SAMPLE=0", true, 0},
        {"THAW_LOGS_SAMPLE=1", true, UINT64_MAX},
        {"THAW_LOGS_SAMPLE=100%", true, UINT64_MAX},
        {"THAW_LOGS_SAMPLE=1.5", false, 0},
        {"THAW_LOGS_SAMPLE=-1", false, 0},
        {"THAW_LOGS_SAMPLE=x", false, 0},
        {"THAW_LOGS_SAMPLE=101%", false, 0},
    };
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        assert_true(read_settings(ENVIRONMENT(shares[i].text)) == shares[i].good);
        assert_true(settings.sample_below == shares[i].below);
    }
}

/* What is redacted.  Whoever asks for what we do not know gets no lines rather than raw ones. */
static void redaction(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned detectors;
    } rows[] = {
        {"THAW_REDACT=on", REDACT_BUILT_IN},
        {"THAW_REDACT=true", REDACT_BUILT_IN},
        {"THAW_REDACT=credentials", REDACT_CREDENTIALS},
        {"THAW_REDACT=card, Email", REDACT_BIT(REDACT_CARD) | REDACT_BIT(REDACT_EMAIL)},
        {"THAW_REDACT=secret,", REDACT_BIT(REDACT_SECRET)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(read_settings(ENVIRONMENT(rows[i].text)));
        assert_false(settings.withhold);
        assert_non_null(settings.redact);
        assert_int_equal(settings.redact->detectors, rows[i].detectors);
    }
    assert_true(read_settings(ENVIRONMENT("THAW_REDACT=off")));
    assert_null(settings.redact);
    /* Payloads are redacted unless it is said that they are not to be. */
    assert_true(read_settings(ENVIRONMENT("THAW_PAYLOADS=on-error", "THAW_PAYLOADS_KB=32")));
    assert_int_equal(settings.redact->detectors, REDACT_BUILT_IN);
    assert_int_equal(settings.payloads, CORE_PAYLOADS_ON_ERROR);
    assert_true(read_settings(ENVIRONMENT("THAW_PAYLOADS=all", "THAW_REDACT=off")));
    assert_null(settings.redact);
    assert_int_equal(settings.payloads, CORE_PAYLOADS_ALL);
    assert_int_equal(settings.payloads_kb, 4);
    assert_false(read_settings(ENVIRONMENT("THAW_PAYLOADS_KB=33")));
    assert_false(read_settings(ENVIRONMENT("THAW_PAYLOADS_KB=0")));
    assert_false(read_settings(ENVIRONMENT("THAW_PAYLOADS=yes")));
    assert_int_equal(settings.payloads, CORE_PAYLOADS_OFF);
    assert_false(read_settings(ENVIRONMENT("THAW_REDACT=card,sekret")));
    assert_true(settings.withhold && errors.size > 0);
    assert_int_equal(settings.redact->detectors, REDACT_BUILT_IN);
    assert_true(read_settings(ENVIRONMENT("THAW_REDACT_PATTERNS=a=x\\d+\nb=y{2}")));
    assert_int_equal(settings.redact->detectors, 0);
    assert_int_equal(settings.redact->patterns.count, 2);
    /* What is wrong with a pattern is said with its place. */
    assert_false(read_settings(ENVIRONMENT("THAW_REDACT=on", "THAW_REDACT_PATTERNS=a=x[")));
    assert_true(settings.withhold);
    assert_true(slice_find(buf_bytes(&errors), SLICE("at byte 5: a bracket")) != SLICE_NONE);
    assert_true(read_settings(ENVIRONMENT("THAW_REDACT_PATTERNS=/a/file")));
    assert_true(logs_patterns_file(&settings) && !settings.withhold);
    assert_false(logs_patterns(&settings, SLICE("# nothing\n"), &errors));
    assert_true(settings.withhold);
}

/* At its limit the token is one; a byte more, and it is said instead. */
static void token_limit(void **state)
{
    (void)state;
    static char text[AGENT_TOKEN_MAX + 1];
    memset(text, 'x', sizeof(text));
    for (unsigned extra = 0; extra < 2; extra++) {
        struct arena arena;
        char bytes[3 * AGENT_EXTRA_HEADERS_MAX];
        arena_init(&arena, bytes, sizeof(bytes));
        assert_true(read_settings(ENVIRONMENT("NOTHING=1")));
        agent_settings_token(&settings, slice_of(text, AGENT_TOKEN_MAX + extra), &arena, &errors);
        assert_true((settings.token.text.size > 0) == (extra == 0));
        assert_true((errors.size > 0) == (extra == 1));
    }
}

/* An endpoint is not longer than the head that names it has room for. */
static void endpoint_limit(void **state)
{
    (void)state;
    char text[sizeof("THAW_ENDPOINT=") + AGENT_ENDPOINT_MAX + 1];
    for (unsigned extra = 0; extra < 2; extra++) {
        int size = snprintf(text, sizeof(text), "THAW_ENDPOINT=http://c:1/");
        size_t end = sizeof("THAW_ENDPOINT=") - 1 + AGENT_ENDPOINT_MAX + extra;
        memset(text + size, 'p', end - (size_t)size);
        text[end] = '\0';
        assert_true(read_settings(ENVIRONMENT(text)) == (extra == 0));
        assert_true(settings.passive == (extra == 1));
    }
}

/* What would break the head is no token. */
static void token(void **state)
{
    (void)state;
    struct arena arena;
    char bytes[4096];
    arena_init(&arena, bytes, sizeof(bytes));
    assert_true(read_settings(ENVIRONMENT("THAW_HEADERS=a=b")));
    agent_settings_token(&settings, SLICE("s3cret\n"), &arena, &errors);
    assert_slice(settings.token.text, "s3cret");
    agent_settings_token(&settings, SLICE("a\r\nb: c"), &arena, &errors);
    assert_true(errors.size > 0);
    assert_slice(settings.token.text, "s3cret");
    assert_slice(settings.header_lines, "a: b\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_names),      cmocka_unit_test(secure),
        cmocka_unit_test(host_size),      cmocka_unit_test(fallback),
        cmocka_unit_test(wrong_values),   cmocka_unit_test(secrets),
        cmocka_unit_test(flush_modes),    cmocka_unit_test(names),
        cmocka_unit_test(token),          cmocka_unit_test(token_limit),
        cmocka_unit_test(endpoint_limit), cmocka_unit_test(managed_instances),
        cmocka_unit_test(lines),          cmocka_unit_test(redaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
