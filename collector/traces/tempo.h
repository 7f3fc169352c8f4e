/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TEMPO_H
#define THAW_TRACES_TEMPO_H

#include "api/api_call.h"
#include "traces/trace_test.h"

/*
 * Tempo's HTTP API below /tempo/, as Grafana's data source asks it; JSON, traces also as protobuf
 * where Accept wants it.  Refusals are plain text, which Grafana shows.
 */
void tempo_echo(struct api_call *call);
void tempo_ready(struct api_call *call);
void tempo_buildinfo(struct api_call *call);
void tempo_trace(struct api_call *call);    /* rest: the id; of v1, */
void tempo_trace_v2(struct api_call *call); /* and of v2. */
void tempo_search(struct api_call *call);

/* The shape of its refusals. */
bool tempo_refuse(struct web_request *request, const struct web_refusal *refusal,
                  struct web_answer *answer);

/* start and end, in seconds: without them, the last two days.  Refuses what is wrong and answers
 * false then. */
bool tempo_range(struct api_call *call, struct query_range *range) THAW_CHECK;

#endif
