/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_RUN_H
#define THAW_COLLECTOR_ALERT_ALERT_RUN_H

#include "alert/alert_book.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Keeps a book alive: one thread evaluates at an interval, one delivers
 * notices.  What they touch of the world are ports, so tests own it.
 *
 * A change is saved before a receiver is told of it, and a delivery before the
 * next one begins; so after a crash at any moment nothing is forgotten, and a
 * notice is told twice only when the crash fell between the receiver's answer
 * and its saving.  If saving fails, receivers are told all the same: an alert
 * is worth more than the certainty that it is told once.
 *
 * Locks: the book's, and one that keeps savings in order.  The latter is taken
 * first.  Ports are called without locks, but for find.
 */
struct alert_run;

/* Told the counts of one function. */
typedef void alert_run_visit(void *visitor, const struct alert_sample *sample);

struct alert_ports {
    void *context;
    /* Wall clock. */
    uint64_t (*now)(void *context);
    /* Tell the counts of every function that has any from from_ns to before to_ns. */
    void (*read)(void *context, uint64_t from_ns, uint64_t to_ns, alert_run_visit *visit,
                 void *visitor);
    /* Find examples in the same span.  Called with the book's lock. */
    void (*find)(void *context, uint64_t from_ns, uint64_t to_ns, const struct alert_sample *sample,
                 struct alert_examples *found);
    /* Keep the state durably. */
    enum status (*save)(void *context, struct slice state);
    /* Send a body; may take until its time-out.  Says why not in error, without secrets. */
    enum alert_attempt (*post)(void *context, const struct alert_notice *notice, struct slice body,
                               char *error, size_t error_size);
    /* Let a post that is under way end soon; called once, by another thread. */
    void (*cancel)(void *context);
};

struct alert_run_options {
    struct slice rule_name;
    struct alert_rule rule;
    bool enabled; /* Else no function is counted, and what fired is resolved. */
    bool notify;  /* There is a receiver. */
    uint64_t interval_ns;
    uint64_t delay_ns;         /* How late counts may be: the window ends this long ago. */
    struct slice external_url; /* Of the dashboard, for links.  Copied. */
    struct slice state;        /* As it was saved last; empty at the first start. */
};

/* Start both threads.  STATUS_FULL without memory, STATUS_IO if a thread cannot be started.  A
 * state that cannot be read is logged and left behind.  The ports must outlive the run. */
enum status alert_run_start(struct alert_run **run, const struct alert_run_options *options,
                            const struct alert_ports *ports) THAW_CHECK;

/* Stop both threads and save.  NULL is fine. */
void alert_run_stop(struct alert_run *run);

/* Let reader see the book; any thread.  It must be short: evaluations wait. */
void alert_run_read(struct alert_run *run,
                    void (*reader)(void *context, const struct alert_book *book), void *context);

/* The rule that is evaluated, and whether it is. */
const struct alert_rule *alert_run_rule(const struct alert_run *run);
bool alert_run_enabled(const struct alert_run *run);

/* The span that is counted by an evaluation at this time: whole minutes, the last of them the one
 * in which the time less the delay lies. */
void alert_run_window(const struct alert_run_options *options, uint64_t now_ns, uint64_t *from_ns,
                      uint64_t *to_ns);

#endif
