/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROM_PROM_H
#define THAW_PROM_PROM_H

#include "http/web.h"
#include "promql/source.h"
#include "series/series_store.h"

#include <stdint.h>

/*
 * Prometheus's HTTP API (docs/reference/api.md): queries in PromQL, and lists of what may be asked
 * for.  GET and POST, in Prometheus's shapes, its errors included.  Any thread, several at once.
 */
struct alerts;
struct own;
struct prices;
struct prom;
struct store;
struct view;

/* All of it outlives what is made of it. */
struct prom_options {
    struct view *view;
    struct store *store;
    const struct prices *prices;
    struct series_store *series;
    struct own *own; /* The collector's own metrics (sources/own.h). */
    struct alerts *alerts;
    uint64_t (*now_ns)(void); /* The wall clock; NULL: that of the system. */
};

struct prom *prom_create(const struct prom_options *options); /* NULL: no memory. */
void prom_free(struct prom *prom);                            /* NULL is fine. */

/* All series that may be asked for: derived ones, those that were sent, the collector's own.  Lives
 * as long as it.
 */
const struct series_source *prom_source(const struct prom *prom);

/* Metrics of functions as text, for who scrapes a process that began then (sources/exposed.h). */
void prom_expose(const struct prom *prom, uint64_t start_ns, struct arena *arena, struct buf *out);

/* Answer a request below /api/v1/. */
void prom_handle(struct prom *prom, struct web_request *request);

/* Put a refusal of the HTTP side into Prometheus's shape: false where the path is not ours. */
bool prom_refuse(struct web_request *request, const struct web_refusal *refusal,
                 struct web_answer *answer);

#endif
