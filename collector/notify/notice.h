/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTICE_H
#define THAW_COLLECTOR_NOTIFY_NOTICE_H

#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The seam between what finds alerts and what tells people of them.  Who evaluates rules says what
 * is so; when, to whom and how often it is told is the business of notify/.
 *
 * Everything is borrowed for the call: notify copies.
 */
struct notify;

struct notify_pair {
    struct slice name, value;
};

/* An alert as it is told. */
struct notify_alert {
    uint64_t fingerprint;             /* Of the rule and its labels: there is one alert for each. */
    const struct notify_pair *labels; /* Sorted by name, alertname among them. */
    size_t label_count;
    const struct notify_pair *annotations; /* With templates expanded. */
    size_t annotation_count;
    uint64_t starts_ns; /* When what it is about began (activeAt). */
    uint64_t fired_ns;  /* When it fired: another time is another alert of the same fingerprint. */
    uint64_t ends_ns;   /* When it was resolved; 0 while it fires. */
    struct slice generator_url; /* Where a person sees it; empty: the page of alerts. */
};

/*
 * These alerts fire, still fire, or are resolved.  Any thread; copies and returns.  The same again
 * is nothing new: an alert is (fingerprint, fired_ns), and resolved or not.
 *
 * What fires is to be told at every evaluation, and what is resolved for
 * NOTIFY_RESOLVED_NS after, so that neither a crash between two processes' states nor a full table
 * loses it; what was not told as firing for NOTIFY_LOST_NS is taken for resolved.  Who has saved
 * what it tells before it tells it never has to take anything back.
 */
void notify_tell(struct notify *notify, const struct notify_alert *alerts, size_t count,
                 uint64_t now_ns);

#define NOTIFY_RESOLVED_NS (UINT64_C(15) * 60 * 1000000000)
#define NOTIFY_LOST_NS     (UINT64_C(60) * 60 * 1000000000)

#endif
