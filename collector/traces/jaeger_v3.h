/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_JAEGER_V3_H
#define THAW_TRACES_JAEGER_V3_H

#include "api/api_call.h"

/*
 * Jaeger's query API in its third form, which its pages ask from 2.15 on: spans are OTLP/JSON,
 * times RFC 3339, parameters written in either way (query.serviceName, query.service_name).
 */
void jaeger_v3_services(struct api_call *call);
void jaeger_v3_operations(struct api_call *call);
void jaeger_v3_trace(struct api_call *call); /* rest: the id. */
void jaeger_v3_traces(struct api_call *call);
void jaeger_v3_summaries(struct api_call *call);

/* {"error": {"httpCode", "message"}} */
bool jaeger_v3_refuse(struct web_request *request, const struct web_refusal *refusal,
                      struct web_answer *answer);

#endif
