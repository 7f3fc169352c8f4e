/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"
#include "base/ensure.h"
#include "base/json_read.h"
#include "http/web.h"
#include "world.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH UINT64_C(1799999000000000000)

/* ---- A web of one request: what handlers see of http/web.h. ---- */

#define PARAMETER_COUNT_MAX 8

struct web_request {
    struct arena *arena;
    struct slice path;
    struct slice names[PARAMETER_COUNT_MAX], values[PARAMETER_COUNT_MAX];
    unsigned parameter_count;
    unsigned answers, status;
    char *body; /* Of the answer, with a NUL. */
    char code[64];
    bool tagged;
};

struct slice web_path(const struct web_request *request)
{
    return request->path;
}

bool web_query(const struct web_request *request, const char *name, struct slice *value)
{
    for (unsigned i = 0; i < request->parameter_count; i++) {
        if (slice_equal(request->names[i], slice_from(name))) {
            *value = request->values[i];
            return true;
        }
    }
    return false;
}

void web_query_each(const struct web_request *request,
                    void (*visit)(void *context, struct slice name, struct slice value),
                    void *context)
{
    for (unsigned i = 0; i < request->parameter_count; i++) {
        visit(context, request->names[i], request->values[i]);
    }
}

struct arena *web_arena(struct web_request *request)
{
    return request->arena;
}

void web_answer(struct web_request *request, const struct web_answer *answer)
{
    request->answers++;
    request->status = answer->status;
    request->tagged = answer->etag != NULL;
    request->body = malloc(answer->body.size + 1);
    ENSURE(request->body != NULL);
    memcpy(request->body, answer->body.base, answer->body.size);
    request->body[answer->body.size] = '\0';
}

void web_refuse(struct web_request *request, const struct web_refusal *refusal)
{
    request->answers++;
    request->status = refusal->status;
    (void)snprintf(request->code, sizeof(request->code), "%s", refusal->code);
    ENSURE(refusal->message[0] != '\0' && refusal->hint != NULL);
    request->body = strdup(refusal->message);
}

/* ---- The shop. ---- */

static uint64_t now_ns(void)
{
    return (uint64_t)BUILD_T0 + 60000000000U;
}

static struct world *shop(void)
{
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "front", "f1", EPOCH);
    build_resource_text(b, "host.arch", "arm64");
    build_resource_int(b, "faas.max_memory", 134217728);
    build_event(b, "faas.instance.start", 1);
    build_text(b, "thaw.init.phase", "init");
    build_int(b, "thaw.init.start_ns", BUILD_T0 - 400 * BUILD_MS);
    build_int(b, "thaw.init.end_ns", BUILD_T0 - 10 * BUILD_MS);
    build_event(b, "faas.invocation", 2);
    build_request(b, 0x11, 1);
    build_trace(b, 0x71, 0xa1);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", "error");
    build_text(b, "error.type", "Runtime.\xff\"Bad\"");
    build_int(b, "thaw.start_ns", BUILD_T0);
    build_int(b, "thaw.done_ns", BUILD_T0 + 20 * BUILD_MS);
    build_int(b, "thaw.handler_ns", 20 * BUILD_MS);
    build_int(b, "thaw.billed_ms", 410);
    build_int(b, "thaw.memory_size_mb", 128);
    build_line(b, "bad \xff\xfe bytes", 3, BUILD_T0 + BUILD_MS);
    build_request(b, 0x11, 1);
    world_add(world, b);
    b = build_create(SIGNAL_TRACES);
    build_sdk(b, "front", "f1", EPOCH, 4);
    build_span(b, "handle", SPAN_SERVER, 0x71, 0xb1, 0xa1);
    build_span_time(b, BUILD_T0 + BUILD_MS, BUILD_T0 + 2 * BUILD_MS);
    build_link(b, 0x99, 0xe1, NULL);
    world_add(world, b);
    return world;
}

static struct web_request get(struct world *world, const char *path, const char *parameters)
{
    struct web_request request = {.arena = &world->arena};
    char full[256];
    (void)snprintf(full, sizeof(full), "/api/thaw/v1/%s", path);
    arena_reset(&world->arena);
    request.path = arena_dup(&world->arena, slice_from(full));
    struct slice rest = slice_from(parameters), pair;
    for (bool more = parameters[0] != '\0'; more;) {
        more = slice_cut(rest, '&', &pair, &rest);
        (void)slice_cut(pair, '=', &request.names[request.parameter_count],
                        &request.values[request.parameter_count]);
        request.parameter_count++;
    }
    struct api_options options = {
        .view = world->query.view,
        .store = world->query.store,
        .prices = world->query.prices,
        .key = world->query.key,
        .now_ns = now_ns,
    };
    struct api *api = api_create(&options);
    assert_non_null(api);
    api_handle(api, &request);
    api_free(api);
    assert_int_equal(request.answers, 1);
    return request;
}

/* Every key in the words stands in the answer, which is JSON and has a tag. */
static void has(struct world *world, const char *path, const char *parameters, const char *words)
{
    struct web_request request = get(world, path, parameters);
    struct json_read reader;
    assert_int_equal(request.status, 200);
    assert_true(request.tagged);
    json_read_init(&reader, slice_from(request.body), JSON_DEPTH_MAX);
    json_read_skip(&reader);
    assert_true(json_read_finish(&reader));
    struct slice rest = slice_from(words), word;
    for (bool more = true; more;) {
        char key[80];
        more = slice_cut(rest, ' ', &word, &rest);
        (void)snprintf(key, sizeof(key), "\"" SLICE_FMT "\":", SLICE_ARG(word));
        if (strstr(request.body, key) == NULL) {
            fail_msg("%s has no %s in %s", path, key, request.body);
        }
    }
    free(request.body);
}

static void refused(struct world *world, const char *path, const char *parameters, unsigned status,
                    const char *code)
{
    struct web_request request = get(world, path, parameters);
    assert_int_equal(request.status, status);
    assert_string_equal(request.code, code);
    free(request.body);
}

/* Every path answers with every field of docs/reference/api.md. */
static void every_field_is_there(void **state)
{
    (void)state;
    struct world *world = shop();
    has(world, "functions", "",
        "functions from to name version region account runtime arch memory_mb timeout_ms "
        "invocations errors timeouts cold_starts proactive_inits cold_start_rate wait_ms p50 p95 "
        "p99 init_ms max_memory_mb billed_ms gb_seconds cost instances agent dropped left_out "
        "waiting records since "
        "first_seen last_seen "
        "agent_version mb_ms requests amount currency");
    has(world, "functions/front", "",
        "name rows series step_ms t invocations errors timeouts cold_starts billed_ms wait_p50 "
        "wait_p95 wait_p99 init_p95");
    has(world, "series", "function=front", "step_ms t invocations cost");
    has(world, "transactions", "",
        "transactions next_cursor partial id trace_ids start elapsed_ms wait_ms functions "
        "instances invocations spans logs cold_starts errors timeouts cost entry function "
        "request_id complete");
    has(world, "transactions/5f000000000000000000000000000071", "",
        "id trace_ids start elapsed_ms wait_ms cost complete missing clock_skew invocations spans "
        "logs links request_id attempt function version region account instance instance_no "
        "runtime arch memory_mb trace_id span_id parent_span_id status outcome error_type trigger "
        "end init_start init_ms init_phase handler_ms response_ms post_handler_ms reported_ms "
        "billed_ms max_memory_mb timeout_ms cold proactive shared cost_share xray_header "
        "invoked_arn agent_held_ms lines_held_back lines_over_budget lines_redacted agent_cpu_ms "
        "agent_wire_bytes environment name kind duration_ms "
        "status_message service attached source "
        "scope attributes resource events skew_ms clamped time observed severity level body phase "
        "seq "
        "epoch event_name from to transaction");
    has(world, "transactions/histogram", "q=function:front declined",
        "step_ms t counts errors count reached partial");
    has(world, "logs", "q=bytes function:front",
        "logs next_cursor partial time observed severity level body message parts streamed "
        "source phase seq epoch trace_id span_id attributes event_name service function instance "
        "instance_no request_id attempt transaction");
    has(world, "logs/histogram", "", "step_ms t counts errors count reached partial");
    has(world, "spans", "q=name:handle",
        "spans next_cursor partial trace_id span_id parent_span_id name kind start end "
        "duration_ms status status_message source scope attributes resource events links "
        "service function instance instance_no request_id attempt transaction");
    has(world, "spans/histogram", "q=kind:server", "step_ms t counts errors count partial");
    has(world, "invocations/5f000000-0000-0000-0000-000000000011", "",
        "request_id transaction attempts");
    has(world, "instances", "function=front",
        "instances truncated account region function version instance instance_no type start end "
        "end_reason memory_mb runtime arch inits init_ms phase status proactive cold invocations "
        "request_id attempt transaction handler_ms post_handler_ms billed_ms outcome "
        "max_memory_mb idle_ms agent_memory_bytes waiting_records waiting_since dropped left_out");
    has(world, "coldstarts", "by=memory",
        "rate cold_starts invocations proactive wait_ms_total init_ms p50 max histogram bounds_ms "
        "counts by key slowest request_id transaction function start cause");
    has(world, "cost", "by=function",
        "total components useful rounding init post_handler requests net amount agent held_ms "
        "free_tier_applied note price version source date by key cost invocations standing "
        "provisioned storage snapshots restores savings_plan bill");
    has(world, "stored", "", "functions function spans lines bytes disk_bytes partial");
    has(world, "errors", "", "errors function error_type count first_seen last_seen examples");
    world_free(world);
}

/* What is wrong is refused with the place, and nothing else happens. */
static void wrong_requests_are_refused(void **state)
{
    (void)state;
    struct world *world = shop();
    refused(world, "functions", "form=0", 400, "unknown_parameter");
    refused(world, "transactions/5f000000000000000000000000000071", "x=1", 400,
            "unknown_parameter");
    refused(world, "functions", "from=yesterday", 400, "bad_time");
    refused(world, "functions", "from=99999999999999999999", 400, "bad_time");
    refused(world, "functions", "from=2000&to=1000", 400, "bad_range");
    refused(world, "transactions", "limit=0", 400, "bad_number");
    refused(world, "transactions", "limit=1001", 400, "bad_number");
    refused(world, "transactions", "order=size", 400, "bad_parameter");
    refused(world, "transactions", "q=function:", 400, "bad_query");
    refused(world, "transactions", "cursor=zzz", 400, "bad_cursor");
    refused(world, "logs", "q=a OR", 400, "bad_query");
    refused(world, "spans", "q=(a", 400, "bad_query");
    refused(world, "logs", "cursor=zzz", 400, "bad_cursor");
    refused(world, "logs", "order=cost", 400, "bad_parameter");
    refused(world, "logs", "timeout=0", 400, "bad_number");
    refused(world, "logs", "timeout=30001", 400, "bad_number");
    refused(world, "logs/histogram", "steps=361", 400, "bad_number");
    refused(world, "transactions/zz", "", 400, "bad_id");
    refused(world, "transactions/5f0000000000000000000000000000ff", "", 404, "not_found");
    refused(world, "invocations/5f000000-0000-0000-0000-000000000071", "", 404, "not_found");
    refused(world, "functions/nobody", "", 404, "not_found");
    refused(world, "cost", "price=other", 400, "bad_price");
    refused(world, "deploys", "", 404, "not_yet");
    refused(world, "nothing", "", 404, "not_found");
    world_free(world);
}

/* Pages of a list have each transaction once, newest first. */
static void pages(void **state)
{
    (void)state;
    struct world *world = world_create();
    for (uint64_t i = 0; i < 25; i++) {
        struct build *b = build_create(SIGNAL_LOGS);
        build_agent(b, "front", "f1", EPOCH);
        build_event(b, "faas.invocation", i + 1);
        build_request(b, 0x1000 + i, 1);
        build_trace(b, 0x2000 + i, 0xa1);
        build_text(b, "thaw.invocation.state", "done");
        build_text(b, "thaw.invocation.status", i % 5 == 0 ? "error" : "success");
        /* Pairs begin at the same moment, across several minutes. */
        build_int(b, "thaw.start_ns", BUILD_T0 - (int64_t)(i / 2) * 17000 * BUILD_MS);
        world_add(world, b);
    }
    static const char *const orders[] = {"start", "elapsed", "cost"};
    for (unsigned o = 0; o < 3; o++) {
        char parameters[200];
        unsigned rows = 0, pages_read = 0;
        char cursor[100] = "";
        do {
            (void)snprintf(parameters, sizeof(parameters), "limit=4&order=%s%s%s", orders[o],
                           cursor[0] != '\0' ? "&cursor=" : "", cursor);
            struct web_request request = get(world, "transactions", parameters);
            assert_int_equal(request.status, 200);
            for (const char *at = request.body; (at = strstr(at, "\"entry\"")) != NULL; at++) {
                rows++;
            }
            const char *next = strstr(request.body, "\"next_cursor\":");
            assert_non_null(next);
            cursor[0] = '\0';
            (void)sscanf(next, "\"next_cursor\":\"%99[^\"]", cursor);
            free(request.body);
            pages_read++;
        } while (cursor[0] != '\0' && pages_read < 20);
        assert_int_equal(rows, 25);
        assert_int_equal(pages_read, 7);
    }
    struct web_request request = get(world, "transactions", "q=errors&limit=1000");
    unsigned rows = 0;
    for (const char *at = request.body; (at = strstr(at, "\"entry\"")) != NULL; at++) {
        rows++;
    }
    assert_int_equal(rows, 5);
    free(request.body);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_there),
        cmocka_unit_test(wrong_requests_are_refused),
        cmocka_unit_test(pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
