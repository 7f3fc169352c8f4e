/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_PRIVATE_H
#define THAW_COLLECTOR_ALERT_ALERT_PRIVATE_H

#include "alert/alert.h"
#include "alert/alert_deploys.h"
#include "alert/alert_run.h"
#include "alert/alert_shipped.h"

#include "query/query.h"
#include "sources/derived.h"

#include <stdatomic.h>

/* What the files of alerts as a whole share. */

struct alerts {
    struct alert_run *run;
    const struct alert_settings *settings;
    struct alert_shipped shipped;
    struct view *view;
    struct store *store;
    struct notify *notify;
    uint64_t stamp; /* Of the files as they were read last, right or wrong. */
    struct alert_deploys deploys;

    struct query query;
    struct derived derived;
    struct series_source items[3];
    struct source_union all;
    struct series_source source;
    atomic_flag previewing;
};

#endif
