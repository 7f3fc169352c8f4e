/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MAIN_ROUTES_H
#define THAW_COLLECTOR_MAIN_ROUTES_H

#include "alert/alert.h"
#include "api/api.h"
#include "cost/prices.h"
#include "declared/declared.h"
#include "http/web.h"
#include "ingest/ingest.h"
#include "model/view.h"
#include "notify/notify.h"
#include "prom/prom.h"
#include "query/deploys.h"
#include "self/config.h"
#include "self/feed.h"
#include "sources/own.h"
#include "store/store.h"
#include "tail/tail.h"
#include "traces/traces.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The parts of the collector, and which of them answers which path.
 */
struct collector {
    struct config config;
    uint64_t start_ns;
    struct prices *prices;
    struct declared *declared;
    struct own *own;
    struct feed feed;
    struct view *view; /* The feed's. */
    struct store *store;
    struct ingest *ingest;
    struct notify *notify;
    struct deploys_source deploys; /* That it knows. */
    struct alerts *alerts;
    struct api *api;
    struct traces *traces;
    struct prom *prom;
    struct tail *tail;
    struct web *web;
    char error[512];
    char dashboard_url[128]; /* Told to receivers of alerts. */
};

/* An answer of our own, of status, help or metrics. */
#define MAIN_ANSWER_SIZE (256u << 10)

/* Note the collector's own metrics, if it is time to; the main thread, now and then. */
void main_note_metrics(const struct collector *collector);

/* For web_start(): the context is the struct collector. */
extern const struct web_route main_routes[];
extern const size_t main_route_count;

/* Refusals in the shape that the path's clients know: web_options.refuse. */
bool main_refuse(void *context, struct web_request *request, const struct web_refusal *refusal,
                 struct web_answer *answer);

#endif
