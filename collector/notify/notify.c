/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify.h"

#include "notify/notify_json.h"
#include "notify/notify_limits.h"
#include "notify/notify_plan_make.h"
#include "notify/notify_run.h"
#include "notify/notify_send.h"

#include "store/store.h"

#include "base/arena.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

/* Under which the store keeps the book, and the deploys. */
#define STATE_KEY   "notify/state"
#define DEPLOYS_KEY "notify/deploys"

const char *const notify_reach_names[] = {"public", "loopback", "private", NULL};

struct notify {
    struct notify_run *run;
    struct notify_send *send;
    struct store *store;
    const struct notify_settings *settings;
    char dashboard_url[NOTIFY_URL_SIZE_MAX];
    struct reload reload;
};

/* ---- Ports. ---- */

static uint64_t port_now(void *context)
{
    (void)context;
    return clock_wall_ns();
}

static enum status port_save(void *context, enum notify_kept what, struct slice bytes)
{
    const struct notify *notify = context;
    return store_put(notify->store,
                     what == NOTIFY_KEPT_STATE ? SLICE(STATE_KEY) : SLICE(DEPLOYS_KEY), bytes);
}

static enum notify_attempt port_send(void *context, const struct notify_target *target,
                                     const struct notify_parcel *parcel, uint64_t *retry_ns,
                                     char *error, size_t error_size)
{
    const struct notify *notify = context;
    return notify_send_parcel(notify->send, target, parcel, retry_ns, error, error_size);
}

static void port_cancel(void *context)
{
    const struct notify *notify = context;
    notify_send_cancel(notify->send);
}

/* ---- Life. ---- */

enum status notify_check(const struct notify_settings *settings, struct buf *errors)
{
    struct notify_plan *plan = NULL;
    enum status status = notify_plan_make(&plan, settings, SLICE_EMPTY, errors);
    notify_plan_drop(plan);
    return status;
}

/* The plan of the settings, with the first mistake as a sentence. */
static enum status make_plan(const struct notify_settings *settings, struct slice dashboard_url,
                             struct notify_plan **plan, char *error, size_t error_size)
{
    struct buf errors;
    struct slice first;
    struct slice rest;
    buf_init_growing(&errors, 65536);
    enum status status = notify_plan_make(plan, settings, dashboard_url, &errors);
    (void)slice_cut(buf_bytes(&errors), '\n', &first, &rest);
    (void)slice_copy_text(slice_take(first, error_size - 1), error, error_size);
    buf_fini(&errors);
    return status;
}

static enum status load_file(void *context, char *error, size_t error_size)
{
    struct notify *notify = context;
    struct notify_plan *plan = NULL;
    enum status status =
        make_plan(notify->settings, slice_from(notify->dashboard_url), &plan, error, error_size);
    if (status == STATUS_OK) {
        notify_run_adopt(notify->run, plan);
    }
    return status;
}

static const struct reload_kind reload_kind = {
    .done = "notify-file-loaded",
    .failed = "notify-file-wrong",
    .done_count = COUNTER_RELOADS_NOTIFY,
    .failed_count = COUNTER_RELOADS_NOTIFY_FAILED,
    .load = load_file,
};

enum status notify_deployed(struct notify *notify, const struct notify_deploy *deploys,
                            size_t count)
{
    return notify_run_deploy(notify->run, deploys, count);
}

void notify_reload(struct notify *notify, bool forced)
{
    reload_step(&notify->reload, forced);
}

/* Start the thread with what the store remembers. */
static enum status start_run(struct notify *notify, struct notify_plan *plan)
{
    const struct notify_ports ports = {.context = notify,
                                       .now = port_now,
                                       .save = port_save,
                                       .send = port_send,
                                       .cancel = port_cancel};
    struct slice state = SLICE_EMPTY;
    struct slice deploys = SLICE_EMPTY;
    struct arena arena;
    void *memory = malloc(NOTIFY_STATE_SIZE_MAX + NOTIFY_DEPLOYS_SIZE_MAX);
    if (memory == NULL) {
        return STATUS_FULL;
    }
    arena_init(&arena, memory, NOTIFY_STATE_SIZE_MAX + NOTIFY_DEPLOYS_SIZE_MAX);
    enum status status = store_get(notify->store, SLICE(STATE_KEY), &arena, &state);
    if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        status = store_get(notify->store, SLICE(DEPLOYS_KEY), &arena, &deploys);
    }
    if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        status = notify_run_start(&notify->run, plan, state, deploys, &ports);
    }
    free(memory);
    return status;
}

enum status notify_start(struct notify **notify, const struct notify_options *options, char *error,
                         size_t error_size)
{
    const struct notify_settings *settings = options->settings;
    struct notify_plan *plan = NULL;
    *notify = NULL;
    struct notify *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        (void)snprintf(error, error_size, "notify: no memory");
        return STATUS_FULL;
    }
    made->store = options->store;
    made->settings = settings;
    (void)slice_copy_text(options->dashboard_url, made->dashboard_url, sizeof(made->dashboard_url));
    enum status status =
        reload_init(&made->reload, &reload_kind, made, &settings->file, settings->file.size > 0);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "notify: no memory");
        free(made);
        return status;
    }
    status = make_plan(settings, options->dashboard_url, &plan, error, error_size);
    if (status == STATUS_OK) {
        made->send = notify_send_create();
        status = made->send == NULL ? STATUS_FULL : start_run(made, plan);
        if (status != STATUS_OK) {
            (void)snprintf(error, error_size, "notify: cannot start: %s", status_name(status));
        }
        notify_plan_drop(plan);
    }
    if (status != STATUS_OK) {
        notify_stop(made);
        return status;
    }
    *notify = made;
    return STATUS_OK;
}

void notify_stop(struct notify *notify)
{
    if (notify == NULL) {
        return;
    }
    notify_run_stop(notify->run);
    notify_send_free(notify->send);
    reload_fini(&notify->reload);
    free(notify);
}

void notify_tell(struct notify *notify, const struct notify_alert *alerts, size_t count,
                 uint64_t now_ns)
{
    notify_run_tell(notify->run, alerts, count, now_ns);
}

struct notify_run *notify_running(struct notify *notify)
{
    return notify->run;
}

/* ---- Reading. ---- */

static bool read_stats(void *context, struct notify_book *book, uint64_t now_ns)
{
    struct notify_stats *stats = context;
    (void)now_ns;
    *stats = (struct notify_stats){.groups = book->group_count,
                                   .delivered = book->counts.delivered,
                                   .failed = book->counts.failed,
                                   .retried = book->counts.retried,
                                   .refused = book->counts.refused_alerts};
    for (size_t i = 0; i < book->alarm_count; i++) {
        stats->alerts += book->alarms[i].note->alert.ends_ns == 0;
    }
    for (size_t i = 0; i < book->message_count; i++) {
        stats->waiting += book->messages[i].delivery == NOTIFY_WAITING;
    }
    return false;
}

void notify_stats(struct notify *notify, struct notify_stats *stats)
{
    (void)notify_run_see(notify->run, read_stats, stats);
    reload_facts(&notify->reload, &stats->file);
}

/* What is written of what. */
struct writing {
    struct json_write *writer;
    uint64_t fingerprint;
};

static bool write_of_alert(void *context, struct notify_book *book, uint64_t now_ns)
{
    const struct writing *writing = context;
    (void)now_ns;
    notify_json_of_alert(writing->writer, book, writing->fingerprint);
    return false;
}

void notify_write_of_alert(struct notify *notify, struct json_write *writer, uint64_t fingerprint)
{
    struct writing writing = {writer, fingerprint};
    (void)notify_run_see(notify->run, write_of_alert, &writing);
}
