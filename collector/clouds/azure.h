/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_AZURE_H
#define THAW_CLOUDS_AZURE_H

#include "clouds/cloud_options.h"
#include "streams/stream_sink.h"

#include "base/slice.h"

#include <stdbool.h>

/*
 * Requests, traces and exceptions of Azure Functions as Application Insights exports them, into the
 * records of log streams.  As clouds/gcp.h.  The forms:
 *
 *   {"tables": [{"columns", "rows"}]}    answers of its API and of az monitor ... query
 *   {"time", "Type": "AppRequests", ...} lines of diagnostic settings, alone or in {"records": []},
 *                                        FunctionAppLogs among them
 *   {"timestamp", "itemType", ...}       rows of the portal and of az monitor log-analytics query
 *   {"request": [], "context": {}}       classic continuous export
 *   {"data": {"baseType", "baseData"}}   telemetry as SDKs send it
 *   {"type", "request": {}, "cloud": {}} az monitor app-insights events show, alone or in
 *                                        {"value": []}
 *
 * A request is an invocation; its id is InvocationId, else the operation's.  What the host says
 * ("Executed 'Functions.X' ...") stands in for a request that was sampled out.
 * docs/guide/other-clouds.md says what is known and what is not.
 */
struct azure;

/* NULL without memory.  The options' slices must outlive it. */
struct azure *azure_create(const struct cloud_options *options, const struct stream_sink *sink);
void azure_free(struct azure *azure); /* NULL is fine. */

/* Whether a JSON object is one of these: by its members, cheaply. */
bool azure_is(struct slice json);
void azure_entry(struct azure *azure, struct slice json);
/* The input has ended: tell all that is left. */
void azure_finish(struct azure *azure);

#endif
