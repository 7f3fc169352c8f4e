/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_GCP_H
#define THAW_CLOUDS_GCP_H

#include "clouds/cloud_options.h"
#include "streams/stream_sink.h"

#include "base/slice.h"

#include <stdbool.h>

/*
 * Entries of Google Cloud Logging (JSON, as exported to files, sinks, or printed by
 * gcloud logging read --format=json) of Cloud Run functions and of the first generation, into the
 * records of log streams.  One object at a time, in any order; what belongs together (request,
 * lines, start of the instance) is put together in bounded memory (clouds_limits.h).  Pure but for
 * memory; one thread.
 *
 * An entry of the request log is an invocation, and so is what "Function execution started" and
 * "took" say of one execution_id.  The request id is the trace id of the entry; without one, a hash
 * of its insertId; of the first generation a hash of the execution_id.  docs/guide/other-clouds.md
 * says what is known and what is not.
 */
struct gcp;

/* NULL without memory.  The options' slices must outlive it. */
struct gcp *gcp_create(const struct cloud_options *options, const struct stream_sink *sink);
void gcp_free(struct gcp *gcp); /* NULL is fine. */

/* Whether a JSON object is such an entry: by its members, cheaply. */
bool gcp_is(struct slice json);
void gcp_entry(struct gcp *gcp, struct slice json);
/* The input has ended: tell all that is left. */
void gcp_finish(struct gcp *gcp);

#endif
