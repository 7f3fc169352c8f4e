/* SPDX-License-Identifier: Apache-2.0 */
#include "main_routes.h"

#include "alert/alert_api.h"
#include "alert/alert_limits.h"
#include "alert/alert_preview_api.h"
#include "base/clock.h"
#include "ingest/cloudwatch.h"
#include "ingest/firehose.h"
#include "notify/notify_api.h"
#include "self/assets.h"
#include "self/metrics.h"
#include "self/status.h"
#include "sources/own.h"

/* Nothing is taken there yet: as much as a sender may send before it reads the refusal. */
#define MAIN_API_BODY_MAX (64u << 10)

/* Metrics of functions are most of what a scrape shows. */
#define MAIN_METRICS_SIZE (64u << 20)

/* A form with a query. */
#define MAIN_FORM_BODY_MAX (1u << 20)

static void main_traces(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    ingest_handle(collector->ingest, request, SIGNAL_TRACES);
}

static void main_logs(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    ingest_handle(collector->ingest, request, SIGNAL_LOGS);
}

static void main_metrics_signal(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    ingest_handle(collector->ingest, request, SIGNAL_METRICS);
}

static void main_firehose(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    firehose_handle(collector->ingest, request);
}

static void main_cloudwatch(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    cloudwatch_handle(collector->ingest, request);
}

static void main_answer_text(struct web_request *request, unsigned status, const char *type,
                             struct slice body)
{
    struct web_answer answer = {.status = status, .content_type = type, .body = body};
    web_answer(request, &answer);
}

static void main_healthz(void *context, struct web_request *request)
{
    (void)context;
    main_answer_text(request, 200, "text/plain; charset=utf-8", SLICE("ok\n"));
}

static void main_readyz(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    struct store_stats stats;
    store_stats(collector->store, &stats);
    if (stats.accepting) {
        main_answer_text(request, 200, "text/plain; charset=utf-8", SLICE("ready\n"));
        return;
    }
    struct slice reason = arena_printf(web_arena(request), "not accepting: %s\n", stats.reason);
    main_answer_text(request, 503, "text/plain; charset=utf-8", reason);
}

static void main_answer_buf(struct web_request *request, const char *type, const struct buf *body)
{
    if (buf_overflowed(body)) {
        web_refuse(request, &(struct web_refusal){
                                .status = 500, .code = "internal", .message = "out of memory"});
        return;
    }
    main_answer_text(request, 200, type, buf_bytes(body));
}

static void main_take_metrics(const struct collector *collector, struct metrics_state *state)
{
    struct alert_stats alerts;
    struct view_stats view;
    *state = (struct metrics_state){.start_ns = collector->start_ns};
    store_stats(collector->store, &state->store);
    alert_stats(collector->alerts, &alerts);
    web_stats(collector->web, &state->web);
    metrics_take_series(state, collector->feed.series);
    view_read_begin(collector->view);
    view_stats(collector->view, &view);
    view_read_end(collector->view);
    state->firing = alerts.firing;
    notify_stats(collector->notify, &state->notify);
    state->lag_ns = ingest_lag_ns(collector->ingest);
    state->instances_alive = view.instances_alive;
}

static void main_note_metric(void *context, const char *metric, const char *labels, double value)
{
    own_note(context, metric, labels, value);
}

void main_note_metrics(const struct collector *collector)
{
    struct own *own = collector->own;
    if (own_due(own, (int64_t)(clock_wall_ns() / CLOCK_NS_PER_MS))) {
        struct metrics_state state;
        main_take_metrics(collector, &state);
        metrics_each(&state, main_note_metric, own);
        own_end(own);
    }
}

static void main_metrics(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    struct metrics_state state;
    struct buf body;
    main_take_metrics(collector, &state);
    buf_init_growing(&body, MAIN_METRICS_SIZE);
    metrics_write(&state, &body);
    prom_expose(collector->prom, collector->start_ns, web_arena(request), &body);
    main_answer_buf(request, "text/plain; version=0.0.4; charset=utf-8", &body);
    buf_fini(&body);
}

static void main_status(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    struct status_state state = {
        .store_path = collector->config.data,
        .prices = prices_about(collector->prices),
        .view = collector->view,
        .series = collector->feed.series,
        .start_ns = collector->start_ns,
        .now_ns = clock_wall_ns(),
        .lag_ns = ingest_lag_ns(collector->ingest),
        .refusals = ingest_refusals(collector->ingest),
    };
    struct json_write writer;
    struct buf body;
    store_stats(collector->store, &state.store);
    alert_stats(collector->alerts, &state.alerts);
    notify_stats(collector->notify, &state.notify);
    web_stats(collector->web, &state.web);
    buf_init_growing(&body, MAIN_ANSWER_SIZE);
    json_write_init(&writer, &body);
    status_write(&state, &writer);
    main_answer_buf(request, "application/json", &body);
    buf_fini(&body);
}

static void main_api(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    api_handle(collector->api, request);
}

static void main_api_post(void *context, struct web_request *request)
{
    (void)context;
    api_handle_post(request);
}

static void main_traces_of_tools(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    traces_handle(collector->traces, request);
}

static void main_prom(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    prom_handle(collector->prom, request);
}

static void main_tail(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    tail_handle(collector->tail, request);
}

static void main_alerts(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    alert_api_alerts(collector->alerts, request);
}

static void main_alert_history(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    alert_api_history(collector->alerts, request);
}

static void main_rules(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    alert_api_rules(collector->alerts, request);
}

static void main_rules_preview(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    alert_preview_api(collector->alerts, request);
}

static void main_notify_notifications(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    notify_api_notifications(collector->notify, request);
}

static void main_notify_test(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    notify_api_test(collector->notify, request);
}

static void main_notify_silences(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    notify_api_silences(collector->notify, request);
}

static void main_notify_silence(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    notify_api_silence(collector->notify, request);
}

static void main_notify_unsilence(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    notify_api_unsilence(collector->notify, request);
}

static void main_notify_silence_alert(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    notify_api_silence_alert(collector->notify, request);
}

static void main_notify_deploys(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    notify_api_deploys(collector->notify, request);
}

static void main_notify_deploy(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    notify_api_deploy(collector->notify, request);
}

static void main_not_found(void *context, struct web_request *request)
{
    (void)context;
    web_refuse(request,
               &(struct web_refusal){
                   .status = 404,
                   .code = "not_found",
                   .message = "there is no such path",
                   .hint = "OTLP goes to /v1/traces, /v1/logs and /v1/metrics, log streams to "
                           "/v1/firehose and /v1/cloudwatch",
               });
}

bool main_refuse(void *context, struct web_request *request, const struct web_refusal *refusal,
                 struct web_answer *answer)
{
    (void)context;
    if (firehose_is(web_path(request))) {
        return firehose_refuse(request, refusal, answer);
    }
    return traces_refuse(request, refusal, answer) || prom_refuse(request, refusal, answer) ||
           (!cloudwatch_is(web_path(request)) && ingest_refuse(request, refusal, answer));
}

const struct web_route main_routes[] = {
    {.path = "/v1/traces",
     .method = WEB_POST,
     .handle = main_traces,
     .body_max = 64u << 20,
     .any_host = true},
    {.path = "/v1/logs",
     .method = WEB_POST,
     .handle = main_logs,
     .body_max = 64u << 20,
     .any_host = true},
    {.path = "/v1/metrics",
     .method = WEB_POST,
     .handle = main_metrics_signal,
     .body_max = 64u << 20,
     .any_host = true},
    {.path = "/v1/firehose",
     .method = WEB_POST,
     .handle = main_firehose,
     .body_max = 64u << 20,
     .any_host = true,
     .key_header = FIREHOSE_KEY_HEADER},
    {.path = "/v1/cloudwatch",
     .method = WEB_POST,
     .handle = main_cloudwatch,
     .body_max = 64u << 20,
     .any_host = true},
    {.path = "/v1/", .method = WEB_GET, .handle = main_not_found},
    {.path = "/v1/", .method = WEB_POST, .handle = main_not_found, .body_max = 64u << 20},
    {.path = "/api/", .method = WEB_GET, .handle = main_not_found},
    {.path = "/api/", .method = WEB_POST, .handle = main_not_found},
    {.path = "/api/v1/", .method = WEB_GET, .lane = WEB_SLOW, .handle = main_prom},
    {.path = "/api/v1/",
     .method = WEB_POST,
     .lane = WEB_SLOW,
     .handle = main_prom,
     .body_max = MAIN_FORM_BODY_MAX},
    {.path = "/api/services", .method = WEB_GET, .lane = WEB_SLOW, .handle = main_traces_of_tools},
    {.path = "/api/services/", .method = WEB_GET, .lane = WEB_SLOW, .handle = main_traces_of_tools},
    {.path = "/api/operations",
     .method = WEB_GET,
     .lane = WEB_SLOW,
     .handle = main_traces_of_tools},
    {.path = "/api/traces", .method = WEB_GET, .lane = WEB_SLOW, .handle = main_traces_of_tools},
    {.path = "/api/traces/", .method = WEB_GET, .lane = WEB_SLOW, .handle = main_traces_of_tools},
    {.path = "/api/dependencies",
     .method = WEB_GET,
     .lane = WEB_SLOW,
     .handle = main_traces_of_tools},
    {.path = "/api/v3/", .method = WEB_GET, .lane = WEB_SLOW, .handle = main_traces_of_tools},
    {.path = "/api/thaw/v1/map",
     .method = WEB_GET,
     .lane = WEB_SLOW,
     .handle = main_traces_of_tools},
    {.path = "/tempo/", .method = WEB_GET, .lane = WEB_SLOW, .handle = main_traces_of_tools},
    {.path = "/api/thaw/v1/", .method = WEB_GET, .lane = WEB_SLOW, .handle = main_api},
    {.path = "/api/thaw/v1/",
     .method = WEB_POST,
     .handle = main_api_post,
     .body_max = MAIN_API_BODY_MAX},
    /* What reads a transaction, or counts that are kept, of what main_api answers. */
    {.path = "/api/thaw/v1/transactions/",
     .method = WEB_GET,
     .lane = WEB_QUICK,
     .handle = main_api},
    {.path = "/api/thaw/v1/transactions/histogram",
     .method = WEB_GET,
     .lane = WEB_SLOW,
     .handle = main_api},
    {.path = "/api/thaw/v1/invocations/", .method = WEB_GET, .lane = WEB_QUICK, .handle = main_api},
    {.path = "/api/thaw/v1/functions", .method = WEB_GET, .lane = WEB_QUICK, .handle = main_api},
    {.path = "/api/thaw/v1/functions/", .method = WEB_GET, .lane = WEB_QUICK, .handle = main_api},
    {.path = "/api/thaw/v1/series", .method = WEB_GET, .lane = WEB_QUICK, .handle = main_api},
    {.path = "/api/thaw/v1/alerts", .method = WEB_GET, .lane = WEB_QUICK, .handle = main_alerts},
    {.path = "/api/thaw/v1/alerts/history",
     .method = WEB_GET,
     .lane = WEB_SLOW,
     .handle = main_alert_history},
    {.path = "/api/thaw/v1/notifications",
     .method = WEB_GET,
     .lane = WEB_QUICK,
     .handle = main_notify_notifications},
    {.path = "/api/thaw/v1/notifications/test",
     .method = WEB_POST,
     .lane = WEB_QUICK,
     .handle = main_notify_test,
     .body_max = MAIN_API_BODY_MAX},
    {.path = "/api/thaw/v1/silences",
     .method = WEB_GET,
     .lane = WEB_QUICK,
     .handle = main_notify_silences},
    {.path = "/api/thaw/v1/silences",
     .method = WEB_POST,
     .lane = WEB_QUICK,
     .handle = main_notify_silence,
     .body_max = MAIN_API_BODY_MAX},
    {.path = "/api/thaw/v1/silences/",
     .method = WEB_DELETE,
     .lane = WEB_QUICK,
     .handle = main_notify_unsilence},
    {.path = "/api/thaw/v1/alerts/",
     .method = WEB_POST,
     .lane = WEB_QUICK,
     .handle = main_notify_silence_alert,
     .body_max = MAIN_API_BODY_MAX},
    {.path = "/api/thaw/v1/deploys",
     .method = WEB_GET,
     .lane = WEB_QUICK,
     .handle = main_notify_deploys},
    {.path = "/api/thaw/v1/deploys",
     .method = WEB_POST,
     .lane = WEB_QUICK,
     .handle = main_notify_deploy,
     .body_max = MAIN_API_BODY_MAX},
    {.path = "/api/thaw/v1/tail", .method = WEB_GET, .handle = main_tail},
    {.path = "/api/thaw/v1/rules", .method = WEB_GET, .lane = WEB_QUICK, .handle = main_rules},
    {.path = "/api/thaw/v1/rules/preview",
     .method = WEB_POST,
     .lane = WEB_SLOW,
     .handle = main_rules_preview,
     .body_max = ALERT_PREVIEW_BODY_SIZE_MAX},
    {.path = "/api/thaw/v1/status", .method = WEB_GET, .lane = WEB_QUICK, .handle = main_status},
    {.path = "/healthz", .method = WEB_GET, .handle = main_healthz, .open = true, .any_host = true},
    {.path = "/readyz", .method = WEB_GET, .handle = main_readyz, .open = true, .any_host = true},
    {.path = "/metrics", .method = WEB_GET, .lane = WEB_QUICK, .handle = main_metrics},
    {.path = "/", .method = WEB_GET, .handle = assets_handle, .open = true},
    {.path = "/", .method = WEB_POST, .handle = main_not_found, .body_max = 64u << 20},
};

const size_t main_route_count = sizeof(main_routes) / sizeof(main_routes[0]);
