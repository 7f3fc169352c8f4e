/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_PREVIEW_PRIVATE_H
#define THAW_COLLECTOR_ALERT_ALERT_PREVIEW_PRIVATE_H

#include "alert/alert_chart.h"
#include "alert/alert_limits.h"
#include "alert/alert_past.h"
#include "alert/alert_preview.h"
#include "alert/alert_read.h"
#include "alert/alert_source.h"

#include "notify/notice.h"
#include "rules/rules_past.h"
#include "sources/memo.h"

#include <stdbool.h>

/* What the files of a preview share. */

/* A rule that is asked for. */
struct alert_previewed {
    const struct alert_set_rule *rule;
    struct slice file;
    size_t place; /* In the walk. */
    struct alert_past past;
    struct alert_chart chart;
};

/* A preview under way. */
struct alert_preview {
    const struct alert_preview_options *options;
    struct alert_set *loaded, *draft;         /* Either may be NULL. */
    const struct alert_set_rule **candidates; /* Of both. */
    const struct alert_set_group **groups;    /* Of each candidate. */
    bool *marks;                              /* Those that are walked. */
    size_t candidate_count;
    struct alert_previewed *asked;
    size_t asked_count;
    uint32_t *asked_of; /* Of each rule of the walk; UINT32_MAX: it is only read. */

    int64_t from_ms, to_ms, warm_ms; /* As of evaluations. */
    struct rules_past past;
    struct rules_samples *samples;
    struct memo memo;
    bool memo_used;
    struct alert_source mixed, plain;
    struct alert_read read;
    struct series_source mixed_shown, plain_shown, read_shown;

    unsigned char *memory;
    struct arena read_arena, scratch, found;
    struct patience patience;
    uint64_t began_ns;
    bool timed_out;
};

/* Find the rules that are asked for and those that they read. As alert_preview_write(). */
enum status alert_preview_choose(struct alert_preview *preview, struct buf *errors) THAW_CHECK;

/* Write the answer of a walk. */
void alert_preview_json(struct alert_preview *preview, struct json_write *writer);

#endif
