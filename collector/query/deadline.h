/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_DEADLINE_H
#define THAW_COLLECTOR_QUERY_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* Why an answer may not be all of it. */
enum query_limit {
    QUERY_LIMIT_NONE,
    QUERY_LIMIT_TIME,   /* There was no time for the rest. */
    QUERY_LIMIT_ROWS,   /* There are more rows than one answer looks at. */
    QUERY_LIMIT_MEMORY, /* The view has forgotten what is older. */
    QUERY_LIMIT_DAMAGE, /* The disk did not give all of it. */
};

/* When a search has to end: by a clock, which is not asked for every record. */
struct deadline {
    uint64_t (*now_ns)(void); /* One that never goes back; NULL: there is no end. */
    uint64_t at_ns;
    uint32_t asked; /* How often since the clock was looked at. */
    bool over;
};

/* Whether it is over; looks at the clock each time, or once in some. */
bool deadline_over(struct deadline *deadline);
bool deadline_over_soon(struct deadline *deadline);

#endif
