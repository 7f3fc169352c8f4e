/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_FIREHOSE_H
#define THAW_INGEST_FIREHOSE_H

#include "base/slice.h"
#include "http/web.h"
#include "ingest/ingest.h"

#include <stdbool.h>

/*
 * POST /v1/firehose: an HTTP endpoint destination of Amazon Data Firehose, to the letter of its
 * contract.  Firehose sends a batch again until it is answered with 200, and gives up at once at
 * 413, so what can never be used is counted and acknowledged, and what only cannot be kept now is
 * answered with 503.  docs/reference/v1-firehose.md.
 */

/* The header in which Firehose sends its access key. */
#define FIREHOSE_KEY_HEADER "X-Amz-Firehose-Access-Key"

void firehose_handle(struct ingest *ingest, struct web_request *request);

/* Whether a path is this one, and the shape in which it is refused. */
bool firehose_is(struct slice path);
bool firehose_refuse(struct web_request *request, const struct web_refusal *refusal,
                     struct web_answer *answer);

#endif
