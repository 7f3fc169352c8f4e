/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thaw-collector: receives OTLP, keeps it, answers, alerts, serves the dashboard.
 * DESIGN.md beside this file says how the parts fit together.
 */
#include "alert/alert.h"
#include "alert/alert_api.h"
#include "api/api.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "check/check.h"
#include "cost/prices.h"
#include "http/web.h"
#include "ingest/cloudwatch.h"
#include "ingest/firehose.h"
#include "ingest/ingest.h"
#include "ingest/otlp_decode.h"
#include "model/view.h"
#include "prom/prom.h"
#include "self/assets.h"
#include "self/config.h"
#include "self/feed.h"
#include "self/metrics.h"
#include "self/status.h"
#include "store/store.h"
#include "tail/tail.h"
#include "traces/traces.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* What a program that is used wrong, or that the system fails, exits with. */
enum { EXIT_USAGE = 100, EXIT_SYSTEM = 111 };

#define MAIN_ARENA_SIZE  (64u << 10)
#define MAIN_ERRORS_SIZE (16u << 10)
#define MAIN_ANSWER_SIZE (256u << 10)

/* How often files that may change are looked at, in seconds. */
#define MAIN_LOOK_S 1

/* Nothing is taken there yet: as much as a sender may send before it reads the refusal. */
#define MAIN_API_BODY_MAX (64u << 10)

/* Metrics of functions are most of what a scrape shows. */
#define MAIN_METRICS_SIZE (64u << 20)

/* A form with a query. */
#define MAIN_FORM_BODY_MAX (1u << 20)

struct collector {
    struct config config;
    uint64_t start_ns;
    struct prices *prices;
    struct feed feed;
    struct view *view; /* The feed's. */
    struct store *store;
    struct ingest *ingest;
    struct alerts *alerts;
    struct api *api;
    struct traces *traces;
    struct prom *prom;
    struct tail *tail;
    struct web *web;
    char error[512];
    char dashboard_url[128]; /* Told to receivers of alerts. */
};

/* --- Handlers of our own. --- */

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

static void main_metrics(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    struct metrics_state state = {.start_ns = collector->start_ns};
    struct alert_stats alerts;
    struct buf body;
    store_stats(collector->store, &state.store);
    alert_stats(collector->alerts, &alerts);
    web_stats(collector->web, &state.web);
    metrics_take_series(&state, collector->feed.series);
    state.firing = alerts.firing;
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

static void main_rules(void *context, struct web_request *request)
{
    const struct collector *collector = context;
    alert_api_rules(collector->alerts, request);
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

static bool main_refuse(void *context, struct web_request *request,
                        const struct web_refusal *refusal, struct web_answer *answer)
{
    (void)context;
    if (firehose_is(web_path(request))) {
        return firehose_refuse(request, refusal, answer);
    }
    return traces_refuse(request, refusal, answer) || prom_refuse(request, refusal, answer) ||
           (!cloudwatch_is(web_path(request)) && ingest_refuse(request, refusal, answer));
}

static const struct web_route main_routes[] = {
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
    {.path = "/api/v1/", .method = WEB_GET, .handle = main_prom},
    {.path = "/api/v1/", .method = WEB_POST, .handle = main_prom, .body_max = MAIN_FORM_BODY_MAX},
    {.path = "/api/services", .method = WEB_GET, .handle = main_traces_of_tools},
    {.path = "/api/services/", .method = WEB_GET, .handle = main_traces_of_tools},
    {.path = "/api/operations", .method = WEB_GET, .handle = main_traces_of_tools},
    {.path = "/api/traces", .method = WEB_GET, .handle = main_traces_of_tools},
    {.path = "/api/traces/", .method = WEB_GET, .handle = main_traces_of_tools},
    {.path = "/api/dependencies", .method = WEB_GET, .handle = main_traces_of_tools},
    {.path = "/api/v3/", .method = WEB_GET, .handle = main_traces_of_tools},
    {.path = "/api/thaw/v1/map", .method = WEB_GET, .handle = main_traces_of_tools},
    {.path = "/tempo/", .method = WEB_GET, .handle = main_traces_of_tools},
    {.path = "/api/thaw/v1/", .method = WEB_GET, .handle = main_api},
    {.path = "/api/thaw/v1/",
     .method = WEB_POST,
     .handle = main_api_post,
     .body_max = MAIN_API_BODY_MAX},
    {.path = "/api/thaw/v1/alerts", .method = WEB_GET, .handle = main_alerts},
    {.path = "/api/thaw/v1/tail", .method = WEB_GET, .handle = main_tail},
    {.path = "/api/thaw/v1/rules", .method = WEB_GET, .handle = main_rules},
    {.path = "/api/thaw/v1/status", .method = WEB_GET, .handle = main_status},
    {.path = "/healthz", .method = WEB_GET, .handle = main_healthz, .open = true, .any_host = true},
    {.path = "/readyz", .method = WEB_GET, .handle = main_readyz, .open = true, .any_host = true},
    {.path = "/metrics", .method = WEB_GET, .handle = main_metrics},
    {.path = "/", .method = WEB_GET, .handle = assets_handle, .open = true},
    {.path = "/", .method = WEB_POST, .handle = main_not_found, .body_max = 64u << 20},
};

/* --- Construction, in order; destruction, in reverse. --- */

static void main_shown(void *context, const struct frame *frame, const struct batch *batch)
{
    const struct collector *collector = context;
    tail_offer(collector->tail, frame->signal, frame->body, batch->log_count);
}

static enum status main_start_feed(struct collector *collector)
{
    enum status status = feed_init(&collector->feed);
    collector->tail = tail_create();
    collector->feed.shown = main_shown;
    collector->feed.shown_context = collector;
    if (status == STATUS_OK && collector->tail != NULL) {
        return STATUS_OK;
    }
    (void)snprintf(collector->error, sizeof(collector->error), "out of memory");
    return STATUS_FULL;
}

/* A replay may take minutes: it is to hear what main_wait_for_end() would. */
static bool main_stopping(void)
{
    static const struct timespec now = {0, 0};
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    int number = sigtimedwait(&signals, NULL, &now);
    if (number <= 0) {
        return false;
    }
    log_info("stopping", log_string("signal", strsignal(number)));
    return true;
}

static enum status main_start_store(struct collector *collector)
{
    const struct config *config = &collector->config;
    struct store_options options = {
        .path = config->data,
        .decode = otlp_decode,
        .segment_bytes_max = config->segment_size,
        .retention_bytes_max = config->retention_size,
        .retention_ns_max = config->retention_age_ns,
        .pending_bytes_max = config->pending_size,
    };
    collector->feed.stopping = main_stopping;
    struct store_observer observer = feed_observer(&collector->feed);
    enum status status = store_open(&collector->store, &options, &observer, collector->error,
                                    sizeof(collector->error));
    collector->view = collector->feed.view;
    return status;
}

static enum status main_start_alerts(struct collector *collector)
{
    const struct config *config = &collector->config;
    (void)snprintf(collector->dashboard_url, sizeof(collector->dashboard_url), "%s://" SLICE_FMT,
                   config->tls_cert.size > 0 ? "https" : "http", SLICE_ARG(config->listen));
    struct alert_options options = {
        .settings = &config->alert,
        .view = collector->view,
        .store = collector->store,
        .dashboard_url = slice_from(collector->dashboard_url),
    };
    return alert_start(&collector->alerts, &options, collector->error, sizeof(collector->error));
}

static enum status main_start_api(struct collector *collector)
{
    struct api_options options = {
        .view = collector->view,
        .store = collector->store,
        .prices = collector->prices,
    };
    enum status status = entropy_fill(&options.key, sizeof(options.key));
    if (status == STATUS_OK) {
        collector->api = api_create(&options);
        collector->traces = traces_create(&options);
        collector->prom = prom_create(&(struct prom_options){
            .view = collector->view,
            .store = collector->store,
            .prices = collector->prices,
            .series = collector->feed.series,
            .alerts = collector->alerts,
        });
        status = collector->api != NULL && collector->traces != NULL && collector->prom != NULL
                     ? STATUS_OK
                     : STATUS_FULL;
    }
    if (status != STATUS_OK) {
        (void)snprintf(collector->error, sizeof(collector->error), "out of memory");
    }
    return status;
}

static enum status main_start_web(struct collector *collector)
{
    const struct config *config = &collector->config;
    struct web_options options = {
        .listen = config->listen,
        .tls_cert_file = config->tls_cert,
        .tls_key_file = config->tls_key,
        .token_file = config->token_file,
        .external_url = config->alert.external_url,
        .threads = (unsigned)config->threads,
        .connections = config->connections,
        .refuse = main_refuse,
    };
    return web_start(&collector->web, &options, main_routes,
                     sizeof(main_routes) / sizeof(main_routes[0]), collector, collector->error,
                     sizeof(collector->error));
}

/* Start everything; what was started before a failure is stopped by main_stop().  STATUS_CLOSED: a
 * signal came first. */
static enum status main_start(struct collector *collector)
{
    enum status status = prices_load(&collector->prices, collector->config.prices, collector->error,
                                     sizeof(collector->error));
    if (status == STATUS_OK) {
        status = main_start_feed(collector);
    }
    if (status == STATUS_OK) {
        status = main_start_store(collector);
    }
    if (status == STATUS_OK) {
        status = ingest_create(&collector->ingest, collector->store);
    }
    if (status == STATUS_OK) {
        status = main_start_alerts(collector);
    }
    if (status == STATUS_OK) {
        status = main_start_api(collector);
    }
    if (status == STATUS_OK) {
        status = main_start_web(collector);
    }
    return status;
}

static void main_stop(struct collector *collector)
{
    tail_stop(collector->tail);
    web_stop(collector->web);
    traces_free(collector->traces);
    prom_free(collector->prom);
    api_free(collector->api);
    alert_stop(collector->alerts);
    ingest_free(collector->ingest);
    store_close(collector->store);
    if (collector->feed.arena.base != NULL) {
        feed_fini(&collector->feed);
    }
    tail_free(collector->tail);
    prices_free(collector->prices);
}

/* --- Signals. --- */

/* Every thread inherits this: signals are for the main thread, which waits for them. */
static void main_block_signals(sigset_t *signals)
{
    (void)sigemptyset(signals);
    (void)sigaddset(signals, SIGTERM);
    (void)sigaddset(signals, SIGINT);
    (void)sigaddset(signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void main_wait_for_end(const struct collector *collector, const sigset_t *signals)
{
    static const struct timespec look = {MAIN_LOOK_S, 0};
    int number;
    do {
        number = sigtimedwait(signals, NULL, &look);
        if (number == SIGHUP || number < 0) {
            web_reload(collector->web, number == SIGHUP);
        }
    } while (number == SIGHUP || number < 0);
    log_info("stopping", log_string("signal", strsignal(number)));
}

/* Connections are descriptors: take as many as the system gives. */
static void main_raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* --- The table of contents. --- */

static void main_print(const struct buf *text)
{
    (void)fwrite(text->base, 1, text->size, stdout);
    (void)fflush(stdout);
}

static void main_print_help(void)
{
    struct buf text;
    buf_init_growing(&text, MAIN_ANSWER_SIZE);
    buf_append_text(&text,
                    "thaw-collector [OPTION...]\n\n"
                    "Receives OpenTelemetry of serverless functions, keeps it, answers, alerts, "
                    "and serves the dashboard.\nEvery option is also THAW_<NAME> in the "
                    "environment and a line name = value in the file of --config.\n\n");
    settings_print_help(config_rows, config_row_count, &text);
    main_print(&text);
    buf_fini(&text);
}

static void main_print_reference(void)
{
    struct buf text;
    buf_init_growing(&text, MAIN_ANSWER_SIZE);
    settings_print_markdown(config_rows, config_row_count, &text);
    buf_append_text(&text, "\n");
    metrics_write_reference(&text);
    main_print(&text);
    buf_fini(&text);
}

static int main_run(struct collector *collector)
{
    sigset_t signals;
    log_set_level((enum log_level)collector->config.log_level);
    main_block_signals(&signals);
    main_raise_descriptors();
    collector->start_ns = clock_wall_ns();
    enum status status = main_start(collector);
    if (status != STATUS_OK && status != STATUS_CLOSED) {
        (void)fprintf(stderr, "thaw-collector: %s\n", collector->error);
    }
    if (status == STATUS_OK) {
        (void)printf("thaw-collector: listening on %s\n", web_address(collector->web));
        (void)fflush(stdout);
        main_wait_for_end(collector, &signals);
    }
    main_stop(collector);
    return status == STATUS_OK || status == STATUS_CLOSED ? 0 : EXIT_SYSTEM;
}

int main(int argc, char **argv)
{
    static struct collector collector;
    static unsigned char memory[MAIN_ARENA_SIZE];
    static unsigned char errors_memory[MAIN_ERRORS_SIZE];
    struct arena arena;
    struct buf errors;
    arena_init(&arena, memory, sizeof(memory));
    buf_init_fixed(&errors, errors_memory, sizeof(errors_memory));

    enum status status = config_read(&collector.config, argc, (const char *const *)argv,
                                     (const char *const *)environ, &arena, &errors);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, SLICE_FMT "thaw-collector: --help lists the settings\n",
                      SLICE_ARG(buf_bytes(&errors)));
        return EXIT_USAGE;
    }
    if (collector.config.help) {
        main_print_help();
        return 0;
    }
    if (collector.config.version) {
        (void)printf("thaw-collector %s\n", THAW_VERSION);
        return 0;
    }
    if (collector.config.print_reference) {
        main_print_reference();
        return 0;
    }
    if (collector.config.check.size > 0) {
        return (int)check_directory(&(struct check_directory){
            .path = collector.config.check,
            .decode = otlp_decode,
            .json = collector.config.json,
        });
    }
    if (collector.config.check_config) {
        (void)printf("thaw-collector: the settings are right\n");
        return 0;
    }
    return main_run(&collector);
}
