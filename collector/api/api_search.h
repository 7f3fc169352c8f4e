/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_SEARCH_H
#define THAW_COLLECTOR_API_API_SEARCH_H

#include "api/api_call.h"
#include "query/deadline.h"
#include "query/tally.h"
#include "search/search.h"

/* What is asked in the search language (docs/reference/search.md). */
void api_search_logs(struct api_call *call);
void api_search_spans(struct api_call *call);
void api_search_logs_histogram(struct api_call *call);
void api_search_spans_histogram(struct api_call *call);

/* q as a query; false: it is none, and was refused with the place. */
bool api_search_query(struct api_call *call, struct search_expr *expr) THAW_CHECK;

/* When the search has to end: timeout, in milliseconds. */
bool api_search_deadline(struct api_call *call, struct deadline *deadline) THAW_CHECK;

/* "partial": false, or why. */
void api_search_write_partial(struct api_call *call, enum query_limit limit);

/* The same in shapes that have no place for it: a header says it, and perhaps a sentence. */
void api_search_mark_partial(struct api_call *call, enum query_limit limit);
const char *api_search_reason(enum query_limit limit);

/* steps, and the answer that is made of them. */
bool api_search_steps(struct api_call *call, uint32_t *steps) THAW_CHECK;
void api_search_write_tally(struct api_call *call, const struct tally *tally);

#endif
