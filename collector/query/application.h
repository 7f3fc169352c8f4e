/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_APPLICATION_H
#define THAW_COLLECTOR_QUERY_APPLICATION_H

#include "query/query.h"

/*
 * The application that a function is part of: the label "application" that people gave it in the
 * functions file, else service.namespace of its telemetry, else empty: not known.  Nothing else
 * tells it: names of functions have a stack's name in front only where nobody chose them, and tags
 * come with no telemetry.  As long as the facts.
 */
struct slice application_of(const struct query *query, const struct function_facts *function);

#endif
