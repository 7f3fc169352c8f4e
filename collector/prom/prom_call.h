/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROM_CALL_H
#define THAW_PROM_CALL_H

#include "base/json_write.h"
#include "http/uri.h"
#include "prom/prom.h"
#include "promql/promql.h"

/* One request that is being answered: what the files of prom/ share. */
struct prom_call {
    const struct series_source *source;
    struct series_store *series;
    struct alerts *alerts;
    struct web_request *request;
    struct arena *arena; /* Of the request: what lives as long as it. */
    struct arena work;   /* A part of it: of the query. */
    struct slice path;   /* Behind /api/v1/. */
    struct uri form;     /* What was posted. */
    int64_t now_ms;
    uint64_t deadline_ns; /* Monotonic. */
    struct patience patience;
    struct slice *warnings;
    size_t warning_count;
    struct buf body;
    struct json_write writer;
    bool answered; /* It was refused: write no more. */
};

/* Refuse with Prometheus's words for the kind of error, and a sentence. */
enum prom_error { PROM_BAD_DATA, PROM_EXECUTION, PROM_TIMEOUT, PROM_INTERNAL, PROM_NOT_FOUND };
void prom_call_refuse(struct prom_call *call, enum prom_error error, const char *format, ...)
    THAW_PRINTF(3, 4);
void prom_call_refuse_query(struct prom_call *call, const struct promql_error *error);
void prom_call_refuse_status(struct prom_call *call, enum status status);

/* Begin and end the answer of a success; the data stands in between. */
void prom_call_begin(struct prom_call *call);
void prom_call_end(struct prom_call *call);
void prom_call_warn(struct prom_call *call, struct slice warning);

/* ---- Parameters; each refuses what is wrong and answers false then. ---- */

/* The value, of the form or else of the query; the empty slice. */
struct slice prom_call_text(const struct prom_call *call, const char *name);
/* Call visit for each of that name. */
void prom_call_each(const struct prom_call *call, const char *name,
                    void (*visit)(void *context, struct slice value), void *context);
bool prom_call_time(struct prom_call *call, const char *name, int64_t otherwise_ms,
                    int64_t *time_ms) THAW_CHECK;
bool prom_call_duration(struct prom_call *call, const char *name, int64_t *duration_ms) THAW_CHECK;
/* A whole number from 0 on; 0 where it is not there. */
bool prom_call_limit(struct prom_call *call, const char *name, uint64_t *limit) THAW_CHECK;
/* timeout: moves the deadline. */
bool prom_call_timeout(struct prom_call *call) THAW_CHECK;

/* ---- The paths. ---- */

void prom_query_instant(struct prom_call *call);
void prom_query_range(struct prom_call *call);
void prom_query_format(struct prom_call *call);
void prom_list_labels(struct prom_call *call);
void prom_list_values(struct prom_call *call, struct slice name);
void prom_list_series(struct prom_call *call);
void prom_list_metadata(struct prom_call *call);

/* ---- JSON. ---- */

void prom_write_labels(struct json_write *writer, const struct label_set *labels);
/* A result and its type, at most so many series (0: all). */
void prom_write_value(struct prom_call *call, const struct promql_value *value, uint64_t limit);

#endif
