/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify.h"

#include "notify/notify_json.h"
#include "notify/notify_plan_make.h"
#include "notify/notify_run.h"
#include "notify/notify_send.h"

#include "store/store.h"

#include "base/arena.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

/* Under which the store keeps the book. */
#define STATE_KEY "notify/state"

const char *const notify_reach_names[] = {"public", "loopback", "private", NULL};

struct notify {
    struct notify_run *run;
    struct notify_send *send;
    struct store *store;
};

/* ---- Ports. ---- */

static uint64_t port_now(void *context)
{
    (void)context;
    return clock_wall_ns();
}

static enum status port_save(void *context, struct slice state)
{
    const struct notify *notify = context;
    return store_put(notify->store, SLICE(STATE_KEY), state);
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

enum status notify_check(const struct notify_settings *settings, char *error, size_t error_size)
{
    struct notify_plan *plan = NULL;
    enum status status = notify_plan_make(&plan, settings, SLICE_EMPTY, error, error_size);
    notify_plan_drop(plan);
    return status;
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
    struct arena arena;
    void *memory = malloc(NOTIFY_STATE_SIZE_MAX);
    if (memory == NULL) {
        return STATUS_FULL;
    }
    arena_init(&arena, memory, NOTIFY_STATE_SIZE_MAX);
    enum status status = store_get(notify->store, SLICE(STATE_KEY), &arena, &state);
    if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        status = notify_run_start(&notify->run, plan, state, &ports);
    }
    free(memory);
    return status;
}

enum status notify_start(struct notify **notify, const struct notify_options *options, char *error,
                         size_t error_size)
{
    struct notify_plan *plan = NULL;
    *notify = NULL;
    enum status status =
        notify_plan_make(&plan, options->settings, options->dashboard_url, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    struct notify *made = calloc(1, sizeof(*made));
    struct notify_send *send = notify_send_create();
    status = made == NULL || send == NULL ? STATUS_FULL : STATUS_OK;
    if (status == STATUS_OK) {
        made->send = send;
        made->store = options->store;
        status = start_run(made, plan);
    }
    notify_plan_drop(plan);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "notify: cannot start: %s", status_name(status));
        notify_send_free(send);
        free(made);
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
    free(notify);
}

void notify_tell(struct notify *notify, const struct notify_alert *alerts, size_t count,
                 uint64_t now_ns)
{
    notify_run_tell(notify->run, alerts, count, now_ns);
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
