/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert.h"

#include "alert/alert_files.h"
#include "alert/alert_json.h"
#include "alert/alert_limits.h"
#include "alert/alert_percent.h"
#include "alert/alert_private.h"
#include "alert/alert_prometheus.h"
#include "alert/alert_view.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/number.h"
#include "notify/notify.h"
#include "sources/own.h"
#include "sources/sent.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under which the store keeps the states. */
#define STATE_KEY "rules/state"

/* Bytes of the keys of its pages. */
#define PAGE_KEY_SIZE 32

/* What the rules that come with it are called in place of a file. */
#define SHIPPED_NAME "shipped.yml"

/* Memory for the texts of files while they are read. */
#define TEXTS_SIZE ((size_t)256 << 20)

/* ---- Settings. ---- */

static enum status make_shipped(const struct alert_settings *settings,
                                struct alert_shipped *shipped, char *error, size_t error_size)
{
    *shipped = (struct alert_shipped){.cold_start = settings->cold_start,
                                      .minimum = settings->cold_start_minimum,
                                      .wait_ns = settings->cold_start_wait_ns,
                                      .window_ns = settings->cold_start_window_ns,
                                      .for_ns = settings->cold_start_for_ns,
                                      .clear_for_ns = settings->cold_start_clear_for_ns};
    if (!alert_percent_parse(settings->cold_start_rate, &shipped->rate_ppm)) {
        (void)snprintf(error, error_size,
                       "alert-cold-start-rate: not a share from 0%% to 100%% such as 5%%");
        return STATUS_BAD;
    }
    if (!alert_percent_parse(settings->cold_start_clear, &shipped->clear_ppm)) {
        (void)snprintf(error, error_size,
                       "alert-cold-start-clear: not a share from 0%% to 100%% such as 3%%");
        return STATUS_BAD;
    }
    if (shipped->clear_ppm > shipped->rate_ppm) {
        (void)snprintf(error, error_size,
                       "alert-cold-start-clear: above alert-cold-start-rate, it would flap");
        return STATUS_BAD;
    }
    if (number_parse_double(settings->budget, &shipped->budget) != NUMBER_OK ||
        shipped->budget < 0 || shipped->budget > 1e12) {
        (void)snprintf(error, error_size, "alert-budget: not an amount of dollars such as 200");
        return STATUS_BAD;
    }
    return STATUS_OK;
}

/* ---- Files. ---- */

/* The shipped rules and those of the files, as texts in the arena. */
static enum status gather(const struct alert_settings *settings,
                          const struct alert_shipped *shipped, const struct slice *names,
                          size_t count, struct arena *arena, struct alert_set_text **texts,
                          struct buf *errors)
{
    struct buf text;
    *texts = arena_alloc_array(arena, count + 1, sizeof(**texts));
    if (*texts == NULL) {
        return STATUS_FULL;
    }
    buf_init_growing(&text, 1u << 20);
    if (settings->shipped) {
        alert_shipped_write(shipped, &text);
    }
    (*texts)[0] = (struct alert_set_text){.name = SLICE(SHIPPED_NAME),
                                          .text = arena_dup(arena, buf_bytes(&text))};
    buf_fini(&text);
    return alert_files_read(names, count, arena, *texts + 1, errors);
}

/* Make a set of the files as they are.  STATUS_NOT_FOUND: their stamp is *stamp; it is set in any
 * other case. */
static enum status load(const struct alert_settings *settings, const struct alert_shipped *shipped,
                        bool forced, uint64_t *stamp, struct alert_set **set, struct buf *errors)
{
    struct arena arena;
    struct slice *names = NULL;
    struct alert_set_text *texts = NULL;
    size_t count = 0;
    void *memory = malloc(TEXTS_SIZE);
    if (memory == NULL) {
        return STATUS_FULL;
    }
    arena_init(&arena, memory, TEXTS_SIZE);
    enum status status = alert_files_list(settings->rules, &arena, &names, &count, errors);
    uint64_t now = status == STATUS_OK ? alert_files_stamp(names, count) : 0;
    if (!forced && now == *stamp) {
        free(memory);
        return STATUS_NOT_FOUND;
    }
    *stamp = now;
    if (status == STATUS_OK) {
        status = gather(settings, shipped, names, count, &arena, &texts, errors);
    }
    if (status == STATUS_OK) {
        status = alert_set_create(set, texts, count + 1, errors);
    }
    free(memory);
    return status;
}

/* The same for the first time: with a sentence. */
static enum status load_first(const struct alert_settings *settings, struct alert_shipped *shipped,
                              uint64_t *stamp, struct alert_set **set, char *error,
                              size_t error_size)
{
    struct buf errors;
    enum status status = make_shipped(settings, shipped, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    buf_init_fixed(&errors, error, error_size - 1);
    status = load(settings, shipped, true, stamp, set, &errors);
    if (status != STATUS_OK && errors.size == 0) {
        buf_printf(&errors, "rules: cannot be read: %s", status_name(status));
    }
    /* A last line that did not fit whole is still one. */
    while (errors.size > 0 && error[errors.size - 1] == '\n') {
        errors.size--;
    }
    error[errors.size] = '\0';
    return status;
}

enum status alert_check(const struct alert_settings *settings, char *error, size_t error_size)
{
    struct alert_shipped shipped;
    struct alert_set *set = NULL;
    uint64_t stamp = 0;
    enum status status = load_first(settings, &shipped, &stamp, &set, error, error_size);
    alert_set_free(set);
    return status;
}

/* ---- Ports. ---- */

/*
 * The time at which the evaluation under way began, in its thread.  What is derived of the minute
 * that runs is as of now: all rules of an evaluation see the same now, however long it takes.
 */
static _Thread_local uint64_t evaluation_ns;

static uint64_t evaluation_now(void)
{
    return evaluation_ns;
}

static uint64_t port_now(void *context)
{
    (void)context;
    evaluation_ns = clock_wall_ns();
    return evaluation_ns;
}

/* Versions that are new are known before what is wrong with them. */
static void port_explain(void *context)
{
    struct alerts *alerts = context;
    size_t count = ALERT_DEPLOY_COUNT_MAX;
    while (count == ALERT_DEPLOY_COUNT_MAX) {
        count = alert_deploys_find(&alerts->deploys, alerts->view);
        enum status status =
            count == 0 ? STATUS_OK : notify_deployed(alerts->notify, alerts->deploys.found, count);
        if (status != STATUS_OK) {
            log_error("deploys-not-saved", log_status(status));
        }
    }
}

static void port_find(void *context, uint64_t from_ns, uint64_t to_ns, int kind,
                      struct rule_alert *alert)
{
    const struct alerts *alerts = context;
    alert_view_find(alerts->view, from_ns, to_ns, (enum alert_examples_kind)kind, alert);
}

static enum status port_save(void *context, struct slice state)
{
    const struct alerts *alerts = context;
    return store_put(alerts->store, SLICE(STATE_KEY), state);
}

/* Under which the store keeps a page of what rules wrote. */
static struct slice page_key(unsigned place, char text[PAGE_KEY_SIZE])
{
    int size = snprintf(text, PAGE_KEY_SIZE, "rules/samples/%03u", place);
    return slice_of(text, (size_t)size);
}

static enum status port_save_page(void *context, unsigned place, struct slice page)
{
    const struct alerts *alerts = context;
    char key[PAGE_KEY_SIZE];
    return store_put(alerts->store, page_key(place, key), page);
}

static enum status port_load_page(void *context, unsigned place, struct arena *arena,
                                  struct slice *page)
{
    const struct alerts *alerts = context;
    char key[PAGE_KEY_SIZE];
    return store_get(alerts->store, page_key(place, key), arena, page);
}

static enum status port_load(void *context, bool forced, struct alert_set **set, struct buf *errors)
{
    struct alerts *alerts = context;
    return load(alerts->settings, &alerts->shipped, forced, &alerts->stamp, set, errors);
}

static void port_tell(void *context, const struct notify_alert *told, size_t count, uint64_t now_ns)
{
    const struct alerts *alerts = context;
    notify_tell(alerts->notify, told, count, now_ns);
}

/* ---- Life. ---- */

/* All metrics that there are. */
static bool make_source(struct alerts *alerts, const struct alert_options *options)
{
    alerts->query =
        (struct query){.view = options->view, .store = options->store, .prices = options->prices};
    alerts->derived = (struct derived){
        .query = &alerts->query, .now_ns = evaluation_now, .keep = derived_keep_create()};
    alerts->items[0] = derived_source(&alerts->derived);
    alerts->items[1] = sent_source(options->series);
    alerts->items[2] = own_source(options->own);
    alerts->all = (struct source_union){.items = alerts->items, .count = 3};
    alerts->source = source_union(&alerts->all);
    return alerts->derived.keep != NULL;
}

/* Start the thread with what the store remembers. */
static enum status start_run(struct alerts *alerts, const struct alert_options *options,
                             struct alert_set *set)
{
    const struct alert_settings *settings = options->settings;
    const struct alert_ports ports = {.context = alerts,
                                      .now = port_now,
                                      .explain = port_explain,
                                      .source = &alerts->source,
                                      .find = port_find,
                                      .save = port_save,
                                      .save_page = port_save_page,
                                      .load_page = port_load_page,
                                      .load = port_load,
                                      .tell = port_tell};
    struct alert_run_options run = {.set = set,
                                    .interval_ns = settings->interval_ns,
                                    .delay_ns = settings->delay_ns,
                                    .external_url = options->dashboard_url};
    void *memory = malloc(ALERT_STATE_SIZE_MAX);
    enum status status = memory == NULL ? STATUS_FULL : entropy_fill(&run.key, sizeof(run.key));
    if (status == STATUS_OK) {
        struct arena arena;
        arena_init(&arena, memory, ALERT_STATE_SIZE_MAX);
        status = store_get(alerts->store, SLICE(STATE_KEY), &arena, &run.state);
        status = status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    if (status == STATUS_OK) {
        status = alert_run_start(&alerts->run, &run, &ports);
    } else {
        alert_set_free(set);
    }
    free(memory);
    return status;
}

enum status alert_start(struct alerts **alerts, const struct alert_options *options, char *error,
                        size_t error_size)
{
    struct alert_set *set = NULL;
    struct alerts *made = calloc(1, sizeof(*made));
    *alerts = NULL;
    if (made == NULL) {
        (void)snprintf(error, error_size, "alerts: no memory");
        return STATUS_FULL;
    }
    alert_deploys_init(&made->deploys);
    made->settings = options->settings;
    made->view = options->view;
    made->store = options->store;
    made->notify = options->notify;
    atomic_flag_clear(&made->previewing);
    enum status status =
        load_first(options->settings, &made->shipped, &made->stamp, &set, error, error_size);
    if (status != STATUS_OK) {
        goto free_made;
    }
    status = STATUS_FULL;
    if (make_source(made, options)) {
        status = start_run(made, options, set);
    } else {
        alert_set_free(set);
    }
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "alerts: cannot start: %s", status_name(status));
        goto free_keep;
    }
    *alerts = made;
    return STATUS_OK;

free_keep:
    derived_keep_free(made->derived.keep);
free_made:
    free(made);
    return status;
}

void alert_stop(struct alerts *alerts)
{
    if (alerts == NULL) {
        return;
    }
    alert_run_stop(alerts->run);
    alert_deploys_fini(&alerts->deploys);
    derived_keep_free(alerts->derived.keep);
    free(alerts);
}

void alert_reload(struct alerts *alerts)
{
    alert_run_reload(alerts->run);
}

struct series_source alert_source(struct alerts *alerts)
{
    return rules_samples_source(alert_run_samples(alerts->run));
}

/* ---- Reading. ---- */

static void read_stats(void *context, const struct alert_run_sight *sight)
{
    struct alert_stats *stats = context;
    *stats = (struct alert_stats){.evaluated_ns = sight->evaluated_ns,
                                  .took_ns = sight->took_ns,
                                  .rules = sight->set->rule_count};
    for (size_t i = 0; i < sight->set->rule_count; i++) {
        const struct rule_state *state = &sight->set->rules[i].state;
        stats->failing += state->error[0] != '\0';
        for (size_t a = 0; a < state->alert_count; a++) {
            stats->firing += rule_phase_firing(state->alerts[a].watch.phase);
        }
    }
    struct slice error = slice_take(sight->load_error, sizeof(stats->load_error) - 1);
    (void)slice_copy_text(error, stats->load_error, sizeof(stats->load_error));
}

void alert_stats(struct alerts *alerts, struct alert_stats *stats)
{
    alert_run_read(alerts->run, read_stats, stats);
}

/* What a reader writes with. */
struct writing {
    struct json_write *writer;
    struct alert_json_told told;
    struct arena arena;
    enum alert_prometheus_kind kind;
};

static void write_told(void *context, struct json_write *writer, uint64_t fingerprint)
{
    notify_write_of_alert(context, writer, fingerprint);
}

static void write_alerts(void *context, const struct alert_run_sight *sight)
{
    struct writing *writing = context;
    alert_json_alerts(writing->writer, sight, &writing->told, &writing->arena);
}

static void write_rules(void *context, const struct alert_run_sight *sight)
{
    const struct writing *writing = context;
    alert_json_rules(writing->writer, sight);
}

static void write_groups(void *context, const struct alert_run_sight *sight)
{
    const struct writing *writing = context;
    alert_prometheus_groups(writing->writer, sight, writing->kind);
}

static void write_firing(void *context, const struct alert_run_sight *sight)
{
    const struct writing *writing = context;
    alert_prometheus_alerts(writing->writer, sight);
}

void alert_write_alerts(struct alerts *alerts, struct json_write *writer)
{
    struct writing writing = {.writer = writer, .told = {write_told, alerts->notify}};
    void *memory = malloc(ALERT_SCRATCH_SIZE);
    arena_init(&writing.arena, memory, memory == NULL ? 0 : ALERT_SCRATCH_SIZE);
    alert_run_read(alerts->run, write_alerts, &writing);
    free(memory);
}

void alert_write_rules(struct alerts *alerts, struct json_write *writer)
{
    struct writing writing = {.writer = writer};
    alert_run_read(alerts->run, write_rules, &writing);
}

void alert_write_groups(struct alerts *alerts, struct slice type, struct json_write *writer)
{
    struct writing writing = {.writer = writer,
                              .kind = slice_equal(type, SLICE("alert"))    ? ALERT_PROMETHEUS_ALERT
                                      : slice_equal(type, SLICE("record")) ? ALERT_PROMETHEUS_RECORD
                                                                           : ALERT_PROMETHEUS_ALL};
    alert_run_read(alerts->run, write_groups, &writing);
}

void alert_write_firing(struct alerts *alerts, struct json_write *writer)
{
    struct writing writing = {.writer = writer};
    alert_run_read(alerts->run, write_firing, &writing);
}
