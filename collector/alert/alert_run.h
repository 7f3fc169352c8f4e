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
 * Keeps a book alive: one thread evaluates at an interval, saves what changed, and then says what
 * fires and what was resolved lately.  What it touches of the world are ports, so tests own it.
 *
 * A change is saved before anybody is told of it, so after a crash at any moment nothing is
 * forgotten or taken back.  If saving fails, it is told all the same: an alert is worth more than
 * the certainty that it is told once.
 *
 * Locks: the book's, and one that keeps savings in order.  The latter is taken first.  Ports are
 * called without locks, but for find.
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
    /* These fire, or were resolved within NOTIFY_RESOLVED_NS.  At every evaluation. */
    void (*tell)(void *context, const struct alert_rule *rule, const struct alert_entry *entries,
                 size_t count, uint64_t now_ns);
};

struct alert_run_options {
    struct slice rule_name;
    struct alert_rule rule;
    bool enabled; /* Else no function is counted, and what fired is resolved. */
    uint64_t interval_ns;
    uint64_t delay_ns;  /* How late counts may be: the window ends this long ago. */
    struct slice state; /* As it was saved last; empty at the first start. */
};

/* Start the thread.  STATUS_FULL without memory, STATUS_IO if it cannot be started.  A
 * state that cannot be read is logged and left behind.  The ports must outlive the run. */
enum status alert_run_start(struct alert_run **run, const struct alert_run_options *options,
                            const struct alert_ports *ports) THAW_CHECK;

/* Stop the thread and save.  NULL is fine. */
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
