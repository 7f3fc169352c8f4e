/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_AZURE_H
#define THAW_CLOUDS_AZURE_H

#include "clouds/cloud_options.h"
#include "streams/stream_sink.h"

#include "base/slice.h"

#include <stdbool.h>

/*
 * Requests, traces and exceptions of Azure Functions as Application Insights exports them (query
 * answers with tables, diagnostic settings' JSON lines, classic continuous export, rows of the
 * portal), into the records of log streams.  As clouds/gcp.h.
 */
struct azure;

/* NULL without memory. */
struct azure *azure_create(const struct cloud_options *options, const struct stream_sink *sink);
void azure_free(struct azure *azure); /* NULL is fine. */

bool azure_is(struct slice json);
void azure_entry(struct azure *azure, struct slice json);
void azure_finish(struct azure *azure);

#endif
