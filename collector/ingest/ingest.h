/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_INGEST_H
#define THAW_INGEST_INGEST_H

#include "base/status.h"
#include "http/web.h"
#include "ingest/refusals.h"
#include "model/record.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The OTLP/HTTP receiver: one request is one frame.  A handler's thread checks and decodes the
 * body, the store writes it, and the request is answered from the store's thread once it is on the
 * disk. Any sender that speaks OTLP/HTTP is welcome.
 */
struct ingest;

/* The store must outlive the ingest, which ends after the last request is answered. */
enum status ingest_create(struct ingest **ingest, struct store *store) THAW_CHECK;
void ingest_free(struct ingest *ingest);

/* Handle a POST of this signal. */
void ingest_handle(struct ingest *ingest, struct web_request *request, enum signal signal);

/* What could not be used of log streams, for the status page. */
struct refusals *ingest_refusals(struct ingest *ingest);

/* How long the latest acknowledged request waited for the disk, from its decoding on. */
uint64_t ingest_lag_ns(const struct ingest *ingest);

/* The shape of refusals under /v1/, for web_options.refuse; false: the path is another. */
bool ingest_refuse(struct web_request *request, const struct web_refusal *refusal,
                   struct web_answer *answer);

#endif
