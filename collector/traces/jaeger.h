/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_JAEGER_H
#define THAW_TRACES_JAEGER_H

#include "api/api_call.h"

/*
 * Jaeger's query API in its classic form, which Jaeger's own pages (up to 2.14) and Grafana's data
 * source ask: every answer is {"data", "total", "limit", "offset", "errors"}, also a refusal, whose
 * status is the HTTP one.  Parameters that are not known are ignored, as Jaeger does.
 */
void jaeger_services(struct api_call *call);
void jaeger_service_operations(struct api_call *call); /* rest: "{service}/operations" */
void jaeger_operations(struct api_call *call);
void jaeger_traces(struct api_call *call);
void jaeger_trace(struct api_call *call); /* rest: the id. */

/* The shape of its refusals. */
bool jaeger_refuse(struct web_request *request, const struct web_refusal *refusal,
                   struct web_answer *answer);

#endif
