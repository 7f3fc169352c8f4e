/* SPDX-License-Identifier: Apache-2.0 */
#include "search/match.h"

#include "build.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

static _Alignas(16) unsigned char memory[1 << 20];

static struct search_expr parsed(const char *text)
{
    static struct arena arena;
    struct search_expr expr;
    struct search_error error;
    arena_init(&arena, memory, sizeof(memory));
    if (!search_parse(slice_from(text), &arena, &expr, &error)) {
        fail_msg("%s: %s at %zu", text, error.reason, error.at);
    }
    return expr;
}

/* Queries that hold, and those that do not. */
struct expected {
    const char *holds[48], *fails[48];
};

typedef bool record_test(const struct search_expr *expr, const void *record);

static void check(const struct expected *expected, record_test *matches, const void *record)
{
    for (size_t i = 0; expected->holds[i] != NULL; i++) {
        struct search_expr expr = parsed(expected->holds[i]);
        if (!matches(&expr, record)) {
            fail_msg("%s does not hold", expected->holds[i]);
        }
    }
    for (size_t i = 0; expected->fails[i] != NULL; i++) {
        struct search_expr expr = parsed(expected->fails[i]);
        if (matches(&expr, record)) {
            fail_msg("%s holds", expected->fails[i]);
        }
    }
}

static bool line_matches(const struct search_expr *expr, const void *record)
{
    return search_line_matches(expr, record);
}

static bool span_matches(const struct search_expr *expr, const void *record)
{
    return search_span_matches(expr, record);
}

static bool invocation_matches(const struct search_expr *expr, const void *record)
{
    return search_invocation_matches(expr, record);
}

static const struct expected of_line = {
    .holds =
        {
            "",
            "declined",
            "DECLINED",
            "\"card declined\"",
            "dec*",
            "*eclin*",
            "text:declined",
            "function:checkout",
            "function:check*",
            "instance:i1",
            "level:error",
            "level:>=warn",
            "error:true",
            "error:*",
            "error:CardError",
            "error.type:Card*",
            "error.type:*",
            "cart.items:3",
            "cart.items:>2",
            "cart.items:>=3",
            "cart.items:1..3",
            "user.id:user-1",
            "user.vip:true",
            "cloud.region:eu-west-1",
            "request:5f000000-0000-0000-0000-000000000011",
            "id:5f000000-0000-0000-0000-000000000011",
            "trace:5f000000000000000000000000000022",
            "trace:*",
            "declined function:checkout -level:info",
            "nothing OR declined",
            "(nothing OR declined) cart.items:3",
            "-nothing",
            "NOT (nothing OR (declined cart.items:4))",
            "-duration:*",
            "(a OR b OR c OR declined) (declined OR x) -(a b)",
        },
    .fails =
        {
            "nothing",
            "decline",
            "\"declined card\"",
            "function:Checkout",
            "function:checkou",
            "level:warn",
            "level:<error",
            "error:false",
            "error:Card",
            "cart.items:\"3\"",
            "cart.items:>3",
            "cart.items:4..5",
            "user.id:USER-1",
            "nobody:*",
            "-declined",
            "declined -function:checkout",
            "nothing declined",
            "duration:>0ms",
            "duration:<1h",
            "kind:server",
            "name:*",
            "cold:true",
            "cold:false",
            "request:5f000000-0000-0000-0000-000000000012",
            "trace:5f000000-0000-0000-0000-000000000011",
            "nothing OR (declined level:info)",
        },
};

/* A line of an agent: who wrote it, what it says, its attributes by their types. */
static void lines(void **state)
{
    struct build *b = build_create(SIGNAL_LOGS);
    (void)state;
    build_agent(b, "checkout", "i1", 7);
    build_resource_text(b, "cloud.region", "eu-west-1");
    build_line(b, "[ERROR] payment: card declined, giving up", 1, BUILD_T0);
    build_request(b, 0x11, 1);
    build_trace(b, 0x22, 1);
    build_text(b, "error.type", "CardError");
    build_text(b, "user.id", "user-1");
    build_int(b, "cart.items", 3);
    build_bool(b, "user.vip", true);
    check(&of_line, line_matches, build_batch(b)->logs);
    build_free(b);
}

static void spans(void **state)
{
    static const struct expected expected = {
        .holds =
            {
                "name:\"GET /cart\"",
                "name:GET*",
                "kind:client",
                "cart",
                "status:error",
                "error:true",
                "status:500",
                "status:>=500",
                "duration:250ms",
                "duration:>=250ms",
                "duration:<=250ms",
                "duration:>249ms",
                "duration:200ms..1s",
                "function:front service:front",
                "(name:GET* duration:>1ms) OR x",
            },
        .fails =
            {
                "name:GET",
                "kind:server",
                "status:ok",
                "status:<500",
                "error:false",
                "duration:>250ms",
                "duration:<250ms",
                "level:error",
                "request:*",
                "billed:>0ms",
            },
    };
    struct build *b = build_create(SIGNAL_TRACES);
    (void)state;
    build_service(b, "front");
    build_span(b, "GET /cart", SPAN_CLIENT, 0x22, 1, 0);
    build_span_time(b, BUILD_T0, BUILD_T0 + 250 * BUILD_MS);
    build_span_error(b);
    build_int(b, "http.response.status_code", 500);
    check(&expected, span_matches, build_batch(b)->spans);
    build_free(b);
}

/* A span that ends before it starts has no duration. */
static void backward_spans(void **state)
{
    static const struct expected expected = {
        .holds = {"-duration:*"},
        .fails = {"duration:<1s", "duration:>=0", "duration:*"},
    };
    struct build *b = build_create(SIGNAL_TRACES);
    (void)state;
    build_service(b, "front");
    build_span(b, "x", SPAN_CLIENT, 0x22, 1, 0);
    build_span_time(b, BUILD_T0, BUILD_T0 - 1);
    check(&expected, span_matches, build_batch(b)->spans);
    build_free(b);
}

static struct invocation_facts unknown_facts(void)
{
    return (struct invocation_facts){
        .start_ns = BUILD_T0,
        .end_ns = UNKNOWN_NS,
        .wait_ns = UNKNOWN_NS,
        .handler_ns = UNKNOWN_NS,
        .reported_ns = UNKNOWN_NS,
        .billed_ms = UNKNOWN_INT,
        .max_memory_mb = UNKNOWN_INT,
        .init_ns = UNKNOWN_NS,
        .status_code = UNKNOWN_INT,
    };
}

static void invocations(void **state)
{
    static const struct expected expected = {
        .holds =
            {
                "function:stock",
                "version:7",
                "instance:i1",
                "errors",
                "timeouts",
                "cold",
                "cold:true",
                "oom:false",
                "status:timeout",
                "trigger:http",
                "duration:>=3s",
                "billed:3s",
                "init:>200ms",
                "wait:<4s",
                "memory:>100MB",
                "cost:>0.0001",
                "request:5f000000-0000-0000-0000-000000000011",
                "error:*",
                "error:Sandbox.*",
            },
        .fails =
            {
                "function:stoc",
                "oom:true",
                "status:ok",
                "status:500",
                "memory:>128MB",
                "cost:>1",
                "any text",
                "level:error",
                "-cold",
                "faas.name:stock",
            },
    };
    struct invocation_facts facts = unknown_facts();
    const struct function_facts function = {.name = SLICE("stock"), .version = SLICE("7")};
    (void)state;
    facts.outcome = OUTCOME_TIMEOUT;
    facts.cold = true;
    facts.trigger = SLICE("http");
    facts.error_type = SLICE("Sandbox.Timedout");
    facts.reported_ns = 3000 * BUILD_MS;
    facts.billed_ms = 3000;
    facts.init_ns = 250 * BUILD_MS;
    facts.wait_ns = 3300 * BUILD_MS;
    facts.max_memory_mb = 128;
    facts.request_id = build_id(0x11);
    const struct search_invocation invocation = {&facts, &function, SLICE("i1"), 0.0002};
    check(&expected, invocation_matches, &invocation);
}

/* Of what is not known no comparison holds. */
static void unknown_invocations(void **state)
{
    static const struct expected expected = {
        .holds = {"-duration:*", "-cost:*", "status:running", "cold:false", "-billed:>0ms",
                  "error:false"},
        .fails = {"duration:>=0", "duration:<1h", "cost:<1", "billed:<1s", "wait:*", "memory:<1GB",
                  "errors", "status:>0"},
    };
    struct invocation_facts facts = unknown_facts();
    const struct function_facts function = {.name = SLICE("stock")};
    (void)state;
    const struct search_invocation invocation = {&facts, &function, SLICE_EMPTY, (double)NAN};
    check(&expected, invocation_matches, &invocation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(spans),
        cmocka_unit_test(backward_spans),
        cmocka_unit_test(invocations),
        cmocka_unit_test(unknown_invocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
