/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_run.h"

#include "notify/notify_private.h"
#include "notify/notify_state.h"

#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct notify_run {
    struct notify_ports ports;
    pthread_mutex_t saving; /* Taken before lock. */
    pthread_mutex_t lock;   /* Guards all below. */
    pthread_cond_t wakes;
    struct notify_book book;
    bool dirty;     /* Something changed since the book was written. */
    uint64_t saved; /* Messages up to this number are on the disk, or it does not take them. */
    bool stopping;
    pthread_t thread;
};

/* Write the book as it is now and keep it.  No lock is held on entry. */
static enum status save(struct notify_run *run)
{
    struct buf state;
    buf_init_growing(&state, NOTIFY_STATE_SIZE_MAX);
    pthread_mutex_lock(&run->saving);
    pthread_mutex_lock(&run->lock);
    run->dirty = false;
    bool written = notify_state_write(&run->book, &state);
    uint64_t number = run->book.number_last;
    pthread_mutex_unlock(&run->lock);
    enum status status = STATUS_FULL;
    if (written && !buf_overflowed(&state)) {
        status = run->ports.save(run->ports.context, NOTIFY_KEPT_STATE, buf_bytes(&state));
    }
    pthread_mutex_lock(&run->lock);
    run->saved = number > run->saved ? number : run->saved;
    pthread_mutex_unlock(&run->lock);
    pthread_mutex_unlock(&run->saving);
    buf_fini(&state);
    if (status != STATUS_OK) {
        log_error("notify-state-not-saved", log_status(status));
    }
    return status;
}

/* ---- Delivering. ---- */

/* Send what was copied, with no lock held. */
static enum notify_attempt send_copy(struct notify_run *run, const struct notify_message *message,
                                     const struct notify_plan *plan, uint64_t *retry_ns,
                                     char *error, size_t error_size)
{
    const struct notify_target *target = notify_plan_target(plan, message->target);
    struct notify_parcel parcel;
    const struct notify_letter letter = {.message = message,
                                         .target = target,
                                         .external_url = plan->external_url,
                                         .now_ns = run->ports.now(run->ports.context)};
    (void)slice_copy_text(SLICE("the message is too large"), error, error_size);
    enum notify_attempt attempt = NOTIFY_REFUSED;
    if (notify_parcel_write(&parcel, &letter) == STATUS_OK) {
        attempt = run->ports.send(run->ports.context, target, &parcel, retry_ns, error, error_size);
    }
    notify_parcel_fini(&parcel);
    return attempt;
}

/* Send a message and note what came of it.  The lock is held, and let go of meanwhile. */
static void deliver(struct notify_run *run, const struct notify_message *message)
{
    char error[NOTIFY_ERROR_SIZE_MAX] = "";
    uint64_t retry_ns = 0;
    struct notify_message copy;
    if (!notify_messages_copy(message, &copy)) {
        notify_book_attempted(&run->book, message->number, NOTIFY_LATER, 0, "no memory",
                              run->ports.now(run->ports.context));
        return;
    }
    struct notify_plan *plan = notify_plan_hold(run->book.plan);
    pthread_mutex_unlock(&run->lock);
    enum notify_attempt attempt = send_copy(run, &copy, plan, &retry_ns, error, sizeof(error));
    uint64_t now_ns = run->ports.now(run->ports.context);
    pthread_mutex_lock(&run->lock);
    bool stopped = run->stopping && attempt != NOTIFY_TAKEN;
    if (!stopped) {
        notify_book_attempted(&run->book, copy.number, attempt, retry_ns, error, now_ns);
        run->dirty = true;
    }
    if (attempt != NOTIFY_TAKEN && !stopped) {
        log_warn("notification-not-delivered", log_u64("number", copy.number),
                 log_text("receiver", copy.receiver), log_string("reason", error));
    }
    notify_messages_clear(&copy);
    notify_plan_drop(plan);
}

/* Wait for a signal, or for at most this long; the lock is held. */
static void wait_for(struct notify_run *run, uint64_t duration_ns)
{
    uint64_t until_ns = clock_monotonic_ns() + duration_ns;
    const struct timespec until = {.tv_sec = (time_t)(until_ns / CLOCK_NS_PER_S),
                                   .tv_nsec = (long)(until_ns % CLOCK_NS_PER_S)};
    (void)pthread_cond_timedwait(&run->wakes, &run->lock, &until);
}

static void *run_thread(void *context)
{
    struct notify_run *run = context;
    pthread_mutex_lock(&run->lock);
    while (!run->stopping) {
        uint64_t now_ns = run->ports.now(run->ports.context);
        run->dirty = notify_book_step(&run->book, now_ns) || run->dirty;
        if (run->dirty || run->book.number_last > run->saved) {
            pthread_mutex_unlock(&run->lock);
            (void)save(run);
            pthread_mutex_lock(&run->lock);
            continue; /* What came meanwhile is to be saved, too. */
        }
        const struct notify_message *next = notify_book_next(&run->book, now_ns);
        if (next != NULL && !run->stopping) {
            deliver(run, next);
            continue;
        }
        uint64_t due_ns = notify_book_due_ns(&run->book);
        uint64_t wait_ns = due_ns > now_ns ? due_ns - now_ns : 0;
        if (!run->stopping) {
            /* A clock that was set back must not put anything off for long. */
            wait_for(run, wait_ns < NOTIFY_LOOK_NS ? wait_ns : NOTIFY_LOOK_NS);
        }
    }
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

/* ---- Life. ---- */

static void locks_init(struct notify_run *run)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&run->wakes, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&run->saving, NULL);
    (void)pthread_mutex_init(&run->lock, NULL);
}

static void dispose(struct notify_run *run)
{
    notify_book_fini(&run->book);
    pthread_cond_destroy(&run->wakes);
    pthread_mutex_destroy(&run->saving);
    pthread_mutex_destroy(&run->lock);
    free(run);
}

enum status notify_run_start(struct notify_run **run, struct notify_plan *plan, struct slice state,
                             struct slice deploys, const struct notify_ports *ports)
{
    struct notify_run *made = calloc(1, sizeof(*made));
    *run = NULL;
    if (made == NULL) {
        return STATUS_FULL;
    }
    made->ports = *ports;
    locks_init(made);
    uint64_t now_ns = ports->now(ports->context);
    enum status status = notify_book_init(&made->book);
    if (status == STATUS_OK && state.size > 0) {
        status = notify_state_read(&made->book, state, now_ns);
        if (status == STATUS_BAD) {
            log_error("notify-state-unreadable", log_u64("bytes", state.size));
            status = STATUS_OK;
        }
    }
    if (status == STATUS_OK && deploys.size > 0 &&
        notify_deploys_read(&made->book.deploys, deploys) != STATUS_OK) {
        log_error("notify-deploys-unreadable", log_u64("bytes", deploys.size));
    }
    if (status == STATUS_OK) {
        made->saved = made->book.number_last;
        notify_book_adopt(&made->book, plan, now_ns);
        status = pthread_create(&made->thread, NULL, run_thread, made) == 0 ? STATUS_OK : STATUS_IO;
    }
    if (status != STATUS_OK) {
        dispose(made);
        return status;
    }
    *run = made;
    return STATUS_OK;
}

void notify_run_stop(struct notify_run *run)
{
    if (run == NULL) {
        return;
    }
    pthread_mutex_lock(&run->lock);
    run->stopping = true;
    pthread_cond_signal(&run->wakes);
    pthread_mutex_unlock(&run->lock);
    run->ports.cancel(run->ports.context);
    (void)pthread_join(run->thread, NULL);
    (void)save(run);
    dispose(run);
}

void notify_run_tell(struct notify_run *run, const struct notify_alert *alerts, size_t count,
                     uint64_t now_ns)
{
    pthread_mutex_lock(&run->lock);
    uint64_t refused = run->book.counts.refused_alerts;
    bool changed = false;
    for (size_t i = 0; i < count; i++) {
        changed = notify_book_hear(&run->book, &alerts[i], now_ns) || changed;
    }
    refused = run->book.counts.refused_alerts - refused;
    if (changed) {
        run->dirty = true;
        pthread_cond_signal(&run->wakes);
    }
    pthread_mutex_unlock(&run->lock);
    if (refused > 0) {
        log_error("alerts-not-told-full", log_u64("count", refused));
    }
}

enum status notify_run_deploy(struct notify_run *run, const struct notify_deploy *deploys,
                              size_t count)
{
    struct buf bytes;
    enum status status = STATUS_OK;
    buf_init_growing(&bytes, NOTIFY_DEPLOYS_SIZE_MAX);
    pthread_mutex_lock(&run->saving);
    pthread_mutex_lock(&run->lock);
    bool added = false;
    for (size_t i = 0; i < count; i++) {
        added = notify_book_deploy(&run->book, &deploys[i]) || added;
    }
    if (added) {
        notify_deploys_write(&run->book.deploys, &bytes);
    }
    pthread_mutex_unlock(&run->lock);
    if (added) {
        status = buf_overflowed(&bytes)
                     ? STATUS_FULL
                     : run->ports.save(run->ports.context, NOTIFY_KEPT_DEPLOYS, buf_bytes(&bytes));
    }
    pthread_mutex_unlock(&run->saving);
    buf_fini(&bytes);
    return status;
}

void notify_run_adopt(struct notify_run *run, struct notify_plan *plan)
{
    uint64_t now_ns = run->ports.now(run->ports.context);
    pthread_mutex_lock(&run->lock);
    notify_book_adopt(&run->book, plan, now_ns);
    notify_plan_drop(plan);
    run->dirty = true;
    pthread_cond_signal(&run->wakes);
    pthread_mutex_unlock(&run->lock);
}

enum status notify_run_see(struct notify_run *run, notify_run_visit *visit, void *context)
{
    uint64_t now_ns = run->ports.now(run->ports.context);
    pthread_mutex_lock(&run->lock);
    bool changed = visit(context, &run->book, now_ns);
    if (changed) {
        run->dirty = true;
        pthread_cond_signal(&run->wakes);
    }
    pthread_mutex_unlock(&run->lock);
    return changed ? save(run) : STATUS_OK;
}
