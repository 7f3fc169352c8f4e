/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_SIM_RANGE_DUMP_H
#define THAW_TESTS_SIM_RANGE_DUMP_H

#include "query/coldstarts.h"
#include "query/errors.h"
#include "query/lanes.h"

/*
 * All that an answer about a span of time says, as lines; of cold starts the slowest.  Left out is
 * what an answer from the store does not tell: why a cold start happened.  Free it with free().
 */
char *range_dump_errors(const struct errors *errors);
char *range_dump_coldstarts(const struct coldstarts *coldstarts);

/* Of lanes what began in the span, by function and name: what an instance did before is not told.
 */
char *range_dump_lanes(const struct lanes *lanes, struct query_range range);

#endif
