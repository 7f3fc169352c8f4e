/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SELF_STATUS_H
#define THAW_SELF_STATUS_H

#include "alert/alert.h"
#include "base/json_write.h"
#include "cost/prices.h"
#include "http/web.h"
#include "ingest/refusals.h"
#include "model/view.h"
#include "notify/notify.h"
#include "series/series_store.h"
#include "store/store.h"

#include <stdint.h>

/*
 * The answer of GET /api/thaw/v1/status, as docs/reference/api.md has it.
 */
struct status_state {
    struct store_stats store;
    struct web_stats web;
    struct slice store_path;
    struct alert_stats alerts;
    struct notify_stats notify;
    struct prices_about prices;
    struct view *view;
    struct series_store *series;
    uint64_t start_ns; /* Wall clock when the process began, and now. */
    uint64_t now_ns;
    uint64_t lag_ns;           /* ingest_lag_ns() */
    struct refusals *refusals; /* ingest_refusals() */
};

void status_write(const struct status_state *state, struct json_write *writer);

#endif
