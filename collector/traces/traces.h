/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACES_H
#define THAW_TRACES_TRACES_H

#include "api/api.h"
#include "http/web.h"

/*
 * What is kept, as the tools for traces ask for it that people have already: Jaeger's user
 * interface and Grafana's data source for it below /api/, and Grafana's data source for Tempo below
 * /tempo/.  docs/guide/grafana.md says how they are set up, docs/reference/api.md what is answered.
 * Handlers run on the server's threads, several at once.
 */
struct traces;

/* What the options point to must outlive it.  NULL without memory. */
struct traces *traces_create(const struct api_options *options) __attribute__((warn_unused_result));
void traces_free(struct traces *traces); /* NULL is fine. */

/* Answer any GET request whose path is one of theirs, or below one. */
void traces_handle(struct traces *traces, struct web_request *request);

/* The shape of refusals for who asks as such a tool does, for web_options.refuse; false: the path
 * is another. */
bool traces_refuse(struct web_request *request, const struct web_refusal *refusal,
                   struct web_answer *answer);

#endif
