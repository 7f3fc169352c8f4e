/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_RUN_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_RUN_H

#include "notify/notify_book.h"
#include "notify/notify_parcel.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Keeps a book alive: one thread steps it, saves it, and delivers.  What it touches of the world
 * are ports, so tests own it.
 *
 * A message is saved before it is sent, and what came of it before the next one is; so after a
 * crash at any moment nothing is forgotten, and a message is sent twice only where the crash fell
 * between the receiver's answer and its saving.  If saving fails, people are told all the same: an
 * alert is worth more than the certainty that it is told once.
 *
 * Locks: the book's, and one that keeps savings in order.  The latter is taken first.  Ports are
 * called without the former.
 */
struct notify_run;

/* What is kept: the book, and the deploys in it, which change far less often. */
enum notify_kept { NOTIFY_KEPT_STATE, NOTIFY_KEPT_DEPLOYS };

struct notify_ports {
    void *context;
    /* Wall clock. */
    uint64_t (*now)(void *context);
    /* Keep something durably. */
    enum status (*save)(void *context, enum notify_kept what, struct slice bytes);
    /* Send; may take until its time-out.  Says why not in error, without secrets. */
    enum notify_attempt (*send)(void *context, const struct notify_target *target,
                                const struct notify_parcel *parcel, uint64_t *retry_ns, char *error,
                                size_t error_size);
    /* Let a send that is under way end soon; called once, by another thread. */
    void (*cancel)(void *context);
};

/* Start with what was saved last, empty at the first start, and a plan, which is held.  What cannot
 * be read is logged and left behind.  STATUS_FULL without memory, STATUS_IO if
 * the thread cannot be started.  The ports must outlive the run. */
enum status notify_run_start(struct notify_run **run, struct notify_plan *plan, struct slice state,
                             struct slice deploys, const struct notify_ports *ports) THAW_CHECK;

/* Stop the thread and save.  NULL is fine. */
void notify_run_stop(struct notify_run *run);

/* Take alerts as notify_tell() has them; any thread. */
void notify_run_tell(struct notify_run *run, const struct notify_alert *alerts, size_t count,
                     uint64_t now_ns);

/* Take deploys; STATUS_OK once those that are new are on the disk.  Any thread. */
enum status notify_run_deploy(struct notify_run *run, const struct notify_deploy *deploys,
                              size_t count) THAW_CHECK;

/* Follow another plan from now on, which is taken over. */
void notify_run_adopt(struct notify_run *run, struct notify_plan *plan);

/*
 * Let visit see the book, and change it where it answers that it did: then that is saved before
 * this returns, and the answer is that of saving.  Any thread.  It must be short: others wait.
 */
typedef bool notify_run_visit(void *context, struct notify_book *book, uint64_t now_ns);
enum status notify_run_see(struct notify_run *run, notify_run_visit *visit, void *context);

#endif
