/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_SWEEP_H
#define THAW_COLLECTOR_QUERY_SWEEP_H

#include "query/query.h"

/*
 * Visit the invocations that started in a span of time, newest minute first, in no order within
 * one.  The view is held while visit() runs, for some thousand invocations at a time; what it keeps
 * it copies.
 */
typedef void sweep_visit(void *context, const struct invocation_facts *facts,
                         const struct function_facts *function);

/* False when count_max was reached: there are older ones. */
bool sweep_run(const struct query *query, struct query_range range, uint32_t count_max,
               sweep_visit *visit, void *context) THAW_CHECK;

#endif
