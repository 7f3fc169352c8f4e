/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_RUN_H
#define THAW_COLLECTOR_ALERT_ALERT_RUN_H

#include "alert/alert_set.h"

#include "base/slice.h"
#include "base/status.h"
#include "notify/notice.h"
#include "promql/source.h"
#include "rules/rules_samples.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Keeps a set of rules alive: a thread evaluates each group at its interval, saves what changed,
 * and then says what fires and what was resolved lately.  What it touches of the world are ports,
 * so tests own it.
 *
 * An evaluation is of a moment that lies a delay back, because telemetry may be that late.  A
 * change is saved before anybody is told of it, so after a crash at any moment nothing is forgotten
 * or taken back. If saving fails, it is told all the same: an alert is worth more than the
 * certainty that it is told once.
 *
 * Files of rules that change make a new set; where they are wrong, the old one stays.
 *
 * The lock is held for one rule at a time; under it are taken those of the view, of what rules
 * wrote, and of whoever is told.
 */
struct alert_run;

struct alert_ports {
    void *context;
    /* Wall clock. */
    uint64_t (*now)(void *context);
    /* Called behind an evaluation: what may explain its alerts is told before them.  NULL: nothing
     * is. */
    void (*explain)(void *context);
    /* The metrics that there are, but for what rules write.  Lives as long as the run. */
    const struct series_source *source;
    /* Give an alert that fires examples of the span. */
    void (*find)(void *context, uint64_t from_ns, uint64_t to_ns, int kind,
                 struct rule_alert *alert);
    /* Keep the state durably. */
    enum status (*save)(void *context, struct slice state);
    /* Keep pages of what rules wrote, and get them back (alert_pages.h).  NULL: they are not kept.
     */
    enum status (*save_page)(void *context, unsigned place, struct slice page);
    enum status (*load_page)(void *context, unsigned place, struct arena *arena,
                             struct slice *page);
    /* Make a set of the files as they are now.  STATUS_NOT_FOUND: they are as they were, unless
     * forced; else an error says what is wrong. */
    enum status (*load)(void *context, bool forced, struct alert_set **set, struct buf *errors);
    /* These fire, or were resolved within NOTIFY_RESOLVED_NS.  At every evaluation. */
    void (*tell)(void *context, const struct notify_alert *alerts, size_t count, uint64_t now_ns);
};

struct alert_run_options {
    struct alert_set *set; /* The run's from now on, also if it cannot start. */
    uint64_t interval_ns;  /* Of groups that say nothing else. */
    uint64_t delay_ns;
    struct slice external_url; /* Of the dashboard, without a slash at its end.  Copied. */
    struct slice state;        /* As it was saved last; empty at the first start. */
    struct hash_key key;       /* Of tables. */
};

/* Start the thread.  STATUS_FULL without memory, STATUS_IO if it cannot be started.  A state that
 * cannot be read is logged and left behind.  The ports must outlive the run. */
enum status alert_run_start(struct alert_run **run, const struct alert_run_options *options,
                            const struct alert_ports *ports) THAW_CHECK;

/* Stop the thread and save.  NULL is fine. */
void alert_run_stop(struct alert_run *run);

/* Look at the files of rules now, changed or not. */
void alert_run_reload(struct alert_run *run);

/* What readers see. */
struct alert_run_sight {
    const struct alert_set *set;
    uint64_t evaluated_ns; /* The latest evaluation; 0: none. */
    uint64_t took_ns;
    uint64_t loaded_ns;      /* When the set was made. */
    struct slice load_error; /* Of the latest attempt to make one; empty: none. */
    uint64_t delay_ns, interval_ns;
};

/* Let reader see the rules and their states; any thread.  It must be short: evaluations wait. */
void alert_run_read(struct alert_run *run,
                    void (*reader)(void *context, const struct alert_run_sight *sight),
                    void *context);

/* What rules wrote. */
struct rules_samples *alert_run_samples(struct alert_run *run);

#endif
