/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_PAGES_H
#define THAW_COLLECTOR_ALERT_ALERT_PAGES_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "rules/rules_samples.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What rules wrote (recorded series, ALERTS and ALERTS_FOR_STATE), kept over restarts: a page for
 * each hour, in as many places as hours are kept.  The page of the hour that runs is written again
 * each minute, and when an alert changed; so a crash costs at most a minute of recorded samples,
 * and nothing of what alerts went through.  Pages behind the oldest sample in memory are emptied.
 *
 *     page:  the hour since 1970 (8 bytes, the lowest first), what rules_samples_save() writes
 *
 * One thread.  All zero but for the ports is new.
 */
struct alert_pages {
    /* Keep a page durably; an empty one is none any more.  And get it back: STATUS_NOT_FOUND. */
    enum status (*save)(void *context, unsigned place, struct slice page);
    enum status (*load)(void *context, unsigned place, struct arena *arena, struct slice *page);
    void *context;
    int64_t saved_ms;   /* Up to when pages are written; 0: not yet. */
    int64_t first_hour; /* There are none before it. */
};

/* Put all pages into samples that are new.  What is damaged is logged and left behind. */
void alert_pages_recall(struct alert_pages *pages, struct rules_samples *samples);

/* Write what is due behind the evaluation of a time; changed: an alert did, or it is the last
 * chance. */
void alert_pages_keep(struct alert_pages *pages, struct rules_samples *samples, int64_t time_ms,
                      bool changed);

#endif
