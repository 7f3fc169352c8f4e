/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_CLOUDWATCH_H
#define THAW_INGEST_CLOUDWATCH_H

#include "base/slice.h"
#include "http/web.h"
#include "ingest/ingest.h"

#include <stdbool.h>

/*
 * POST /v1/cloudwatch, for a function that forwards what a subscription gives it: payloads as JSON,
 * as gzip, as base64 text of that, or the event itself.  docs/reference/v1-cloudwatch.md.
 */
void cloudwatch_handle(struct ingest *ingest, struct web_request *request);

/* Whether a path is this one: it is refused in the shape of the API, not of OTLP. */
bool cloudwatch_is(struct slice path);

#endif
