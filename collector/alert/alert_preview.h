/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_PREVIEW_H
#define THAW_COLLECTOR_ALERT_ALERT_PREVIEW_H

#include "alert/alert_set.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/json_write.h"
#include "base/slice.h"
#include "base/status.h"
#include "promql/source.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What rules would have done in the past: those that are evaluated, or others that somebody is
 * about to write.  All that they read of other rules is evaluated with them, and nothing of it is
 * kept or told.
 *
 * Pure but for the source and the clock of its patience.
 */
struct notify_alert;

struct alert_preview_options {
    /* Rules that are evaluated, as texts; and those that are not yet: empty, none. */
    const struct alert_set_text *texts;
    size_t text_count;
    struct slice draft;
    struct slice rule;       /* Its name; empty: all alerting rules of the draft. */
    struct slice group;      /* Its group; empty: any. */
    uint64_t from_ns, to_ns; /* On the clock on the wall. */
    int64_t step_ms;         /* 0: as often as the rules' groups say. */
    int64_t interval_ms;     /* Of groups that say nothing. */
    uint64_t delay_ns;
    const struct series_source *source; /* The metrics that there are, but for what rules write. */
    struct hash_key key;
    int64_t coarse_ms; /* Before it counts are kept by the hour or longer; INT64_MIN: nowhere. */
    uint64_t (*monotonic_ns)(void);
    /* Writes who would have been told how often; NULL: that is left out. */
    void (*rehearse)(void *context, struct json_write *writer, const struct notify_alert *alerts,
                     size_t count);
    void *context;
};

/*
 * Write the answer of POST rules/preview (docs/reference/api.md).  STATUS_BAD: the draft is wrong,
 * and errors says where, line by line; STATUS_NOT_FOUND: there is no such rule; STATUS_FULL: it
 * takes more memory than a preview may have, or asks for more rules.
 */
enum status alert_preview_write(const struct alert_preview_options *options,
                                struct json_write *writer, struct buf *errors) THAW_CHECK;

#endif
