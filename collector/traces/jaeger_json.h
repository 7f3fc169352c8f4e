/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_JAEGER_JSON_H
#define THAW_TRACES_JAEGER_JSON_H

#include "base/json_write.h"
#include "traces/trace.h"

/*
 * A trace as Jaeger's pages take it: spans with tags, logs and references, and the processes that
 * sent them.  raw: times and callers as they were sent, not as they were corrected.  Pure but for
 * memory; false: there is not enough.
 */
bool jaeger_json_trace(struct json_write *writer, const struct trace *trace, bool raw,
                       const struct hash_key *key, struct arena *arena) THAW_CHECK;

#endif
