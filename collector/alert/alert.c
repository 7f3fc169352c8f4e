/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert.h"

#include "alert/alert_json.h"
#include "alert/alert_prometheus.h"
#include "alert/alert_percent.h"
#include "alert/alert_run.h"
#include "alert/alert_tell.h"
#include "alert/alert_text.h"
#include "alert/alert_view.h"

#include "notify/notify.h"
#include "store/store.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under which the store keeps the book. */
#define STATE_KEY "alert/state"

struct alerts {
    struct alert_run *run;
    struct view *view;
    struct store *store;
    struct notify *notify;
    uint64_t interval_ns; /* Of evaluations. */
};

/* ---- Settings. ---- */

static enum status make_rule(const struct alert_settings *settings, struct alert_rule *rule,
                             char *error, size_t error_size)
{
    *rule = (struct alert_rule){.minimum = settings->cold_start_minimum,
                                .window_ns = settings->cold_start_window_ns,
                                .for_ns = settings->cold_start_for_ns,
                                .clear_for_ns = settings->cold_start_clear_for_ns,
                                /* A late evaluation is none missed. */
                                .gap_max_ns = settings->interval_ns * 4};
    if (!alert_percent_parse(settings->cold_start_rate, &rule->threshold_ppm)) {
        (void)snprintf(error, error_size,
                       "alert-cold-start-rate: not a share from 0%% to 100%% such as 5%%");
        return STATUS_BAD;
    }
    if (!alert_percent_parse(settings->cold_start_clear, &rule->clear_ppm)) {
        (void)snprintf(error, error_size,
                       "alert-cold-start-clear: not a share from 0%% to 100%% such as 3%%");
        return STATUS_BAD;
    }
    if (rule->clear_ppm > rule->threshold_ppm) {
        (void)snprintf(error, error_size,
                       "alert-cold-start-clear: above alert-cold-start-rate, it would flap");
        return STATUS_BAD;
    }
    return STATUS_OK;
}

enum status alert_check(const struct alert_settings *settings, char *error, size_t error_size)
{
    struct alert_rule rule;
    return make_rule(settings, &rule, error, error_size);
}

/* ---- Ports. ---- */

static uint64_t port_now(void *context)
{
    (void)context;
    return clock_wall_ns();
}

static void port_read(void *context, uint64_t from_ns, uint64_t to_ns, alert_run_visit *visit,
                      void *visitor)
{
    struct alerts *alerts = context;
    alert_view_read(alerts->view, from_ns, to_ns, visit, visitor);
}

static void port_find(void *context, uint64_t from_ns, uint64_t to_ns,
                      const struct alert_sample *sample, struct alert_examples *found)
{
    struct alerts *alerts = context;
    alert_view_find(alerts->view, from_ns, to_ns, sample, found);
}

static enum status port_save(void *context, struct slice state)
{
    struct alerts *alerts = context;
    return store_put(alerts->store, SLICE(STATE_KEY), state);
}

static void port_tell(void *context, const struct alert_rule *rule,
                      const struct alert_entry *entries, size_t count, uint64_t now_ns)
{
    const struct alerts *alerts = context;
    for (size_t i = 0; i < count; i++) {
        alert_tell(alerts->notify, rule, &entries[i], now_ns);
    }
}

/* ---- Life. ---- */

/* Start the thread with what the store remembers. */
static enum status start_run(struct alerts *alerts, const struct alert_options *options,
                             const struct alert_rule *rule)
{
    const struct alert_settings *settings = options->settings;
    const struct alert_ports ports = {.context = alerts,
                                      .now = port_now,
                                      .read = port_read,
                                      .find = port_find,
                                      .save = port_save,
                                      .tell = port_tell};
    struct alert_run_options run = {.rule_name = SLICE(ALERT_TEXT_NAME),
                                    .rule = *rule,
                                    .enabled = settings->cold_start,
                                    .interval_ns = settings->interval_ns,
                                    .delay_ns = settings->delay_ns};
    alerts->interval_ns = settings->interval_ns;
    void *memory = malloc(ALERT_STATE_SIZE_MAX);
    if (memory == NULL) {
        return STATUS_FULL;
    }
    struct arena arena;
    arena_init(&arena, memory, ALERT_STATE_SIZE_MAX);
    enum status status = store_get(alerts->store, SLICE(STATE_KEY), &arena, &run.state);
    if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        status = alert_run_start(&alerts->run, &run, &ports);
    }
    free(memory);
    return status;
}

enum status alert_start(struct alerts **alerts, const struct alert_options *options, char *error,
                        size_t error_size)
{
    struct alert_rule rule;
    *alerts = NULL;
    enum status status = make_rule(options->settings, &rule, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    struct alerts *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        (void)snprintf(error, error_size, "alerts: no memory");
        return STATUS_FULL;
    }
    made->view = options->view;
    made->store = options->store;
    made->notify = options->notify;
    status = start_run(made, options, &rule);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "alerts: cannot start: %s", status_name(status));
        free(made);
        return status;
    }
    *alerts = made;
    return STATUS_OK;
}

void alert_stop(struct alerts *alerts)
{
    if (alerts == NULL) {
        return;
    }
    alert_run_stop(alerts->run);
    free(alerts);
}

/* ---- Reading. ---- */

static void read_stats(void *context, const struct alert_book *book)
{
    struct alert_stats *stats = context;
    *stats = (struct alert_stats){.evaluated_ns = book->evaluated_ns};
    for (size_t i = 0; i < book->entry_count; i++) {
        enum alert_phase phase = book->entries[i].watch.phase;
        stats->firing += phase == ALERT_FIRING || phase == ALERT_RESOLVING;
    }
}

void alert_stats(struct alerts *alerts, struct alert_stats *stats)
{
    alert_run_read(alerts->run, read_stats, stats);
}

/* What a reader of the book writes with. */
struct writing {
    struct json_write *writer;
    const struct alert_run *run;
    uint64_t interval_ns;
    struct notify *notify;
};

static void write_told(void *context, struct json_write *writer, uint64_t fingerprint)
{
    notify_write_of_alert(context, writer, fingerprint);
}

static void write_alerts(void *context, const struct alert_book *book)
{
    const struct writing *writing = context;
    const struct alert_json_told told = {write_told, writing->notify};
    alert_json_alerts(writing->writer, book, alert_run_rule(writing->run), &told);
}

static void write_rules(void *context, const struct alert_book *book)
{
    const struct writing *writing = context;
    if (alert_run_enabled(writing->run)) {
        alert_json_rules(writing->writer, book, alert_run_rule(writing->run));
    } else {
        alert_json_no_rules(writing->writer);
    }
}

void alert_write_alerts(struct alerts *alerts, struct json_write *writer)
{
    struct writing writing = {.writer = writer, .run = alerts->run, .notify = alerts->notify};
    alert_run_read(alerts->run, write_alerts, &writing);
}

void alert_write_rules(struct alerts *alerts, struct json_write *writer)
{
    struct writing writing = {.writer = writer, .run = alerts->run};
    alert_run_read(alerts->run, write_rules, &writing);
}

static void write_group(void *context, const struct alert_book *book)
{
    const struct writing *writing = context;
    if (alert_run_enabled(writing->run)) {
        alert_prometheus_group(writing->writer, book, alert_run_rule(writing->run),
                               writing->interval_ns);
    }
}

static void write_firing(void *context, const struct alert_book *book)
{
    const struct writing *writing = context;
    alert_prometheus_alerts(writing->writer, book, alert_run_rule(writing->run));
}

void alert_write_groups(struct alerts *alerts, struct json_write *writer)
{
    struct writing writing = {
        .writer = writer, .run = alerts->run, .interval_ns = alerts->interval_ns};
    alert_run_read(alerts->run, write_group, &writing);
}

void alert_write_firing(struct alerts *alerts, struct json_write *writer)
{
    struct writing writing = {.writer = writer, .run = alerts->run};
    alert_run_read(alerts->run, write_firing, &writing);
}
