/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thaw-collector: receives OTLP, keeps it, answers, alerts, serves the dashboard.
 * DESIGN.md beside this file says how the parts fit together.
 */
#include "main_deploys.h"
#include "main_routes.h"

#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "check/check.h"
#include "ingest/otlp_decode.h"
#include "self/heap.h"
#include "self/metrics.h"

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

/* How often files that may change are looked at, in seconds. */
#define MAIN_LOOK_S 1

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
    collector->own = own_create();
    collector->feed.shown = main_shown;
    collector->feed.shown_context = collector;
    if (status == STATUS_OK && collector->tail != NULL && collector->own != NULL) {
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

static enum status main_start_notify(struct collector *collector)
{
    const struct config *config = &collector->config;
    (void)snprintf(collector->dashboard_url, sizeof(collector->dashboard_url), "%s://" SLICE_FMT,
                   config->tls_cert.size > 0 ? "https" : "http", SLICE_ARG(config->listen));
    struct notify_options options = {
        .settings = &config->notify,
        .store = collector->store,
        .dashboard_url = slice_from(collector->dashboard_url),
    };
    return notify_start(&collector->notify, &options, collector->error, sizeof(collector->error));
}

static enum status main_start_alerts(struct collector *collector)
{
    struct alert_options options = {
        .settings = &collector->config.alert,
        .view = collector->view,
        .store = collector->store,
        .prices = collector->prices,
        .series = collector->feed.series,
        .own = collector->own,
        .notify = collector->notify,
        .dashboard_url = collector->config.notify.external_url.size > 0
                             ? collector->config.notify.external_url
                             : slice_from(collector->dashboard_url),
    };
    return alert_start(&collector->alerts, &options, collector->error, sizeof(collector->error));
}

static enum status main_start_api(struct collector *collector)
{
    collector->deploys =
        (struct deploys_source){.list = main_list_deploys, .context = collector->notify};
    struct api_options options = {
        .deploys = &collector->deploys,
        .view = collector->view,
        .store = collector->store,
        .prices = collector->prices,
        .declared = collector->declared,
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
            .own = collector->own,
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
        .external_url = config->notify.external_url,
        .threads = (unsigned)config->threads,
        .connections = config->connections,
        .refuse = main_refuse,
    };
    return web_start(&collector->web, &options, main_routes, main_route_count, collector,
                     collector->error, sizeof(collector->error));
}

/* What settings name and is read once. */
static enum status main_read_files(struct collector *collector)
{
    struct buf errors;
    buf_init_fixed(&errors, collector->error, sizeof(collector->error));
    enum status status = prices_load(&collector->prices, collector->config.prices, collector->error,
                                     sizeof(collector->error));
    return status != STATUS_OK
               ? status
               : declared_load(&collector->declared, collector->config.functions, &errors);
}

/* Start everything; what was started before a failure is stopped by main_stop().  STATUS_CLOSED: a
 * signal came first. */
static enum status main_start(struct collector *collector)
{
    enum status status = main_read_files(collector);
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
        status = main_start_notify(collector);
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
    notify_stop(collector->notify);
    ingest_free(collector->ingest);
    store_close(collector->store);
    if (collector->feed.arena.base != NULL) {
        feed_fini(&collector->feed);
    }
    tail_free(collector->tail);
    prices_free(collector->prices);
    declared_free(collector->declared);
    own_free(collector->own);
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
        main_note_metrics(collector);
        number = sigtimedwait(signals, NULL, &look);
        if (number == SIGHUP || number < 0) {
            web_reload(collector->web, number == SIGHUP);
            notify_reload(collector->notify, number == SIGHUP);
            if (number == SIGHUP) {
                alert_reload(collector->alerts);
            }
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
    heap_init();
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
