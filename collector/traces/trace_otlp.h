/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_OTLP_H
#define THAW_TRACES_TRACE_OTLP_H

#include "api/otlp_json.h"
#include "traces/trace.h"

/*
 * Traces as OTLP/JSON, the spans of one sender together: what Jaeger's API v3 and Tempo's answer.
 * Callers and times are as corrected unless raw.  Several traces may go into one text, which
 * otlp_json_begin_plain() begins.  False: the arena is too small.
 */
bool trace_otlp_write(struct otlp_json *json, const struct trace *trace, bool raw,
                      struct arena *arena) THAW_CHECK;

#endif
