/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_WORST_H
#define THAW_COLLECTOR_REPORT_WORST_H

#include "report/facts.h"
#include "report/report_limits.h"
#include "report/trail.h"

#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The worst requests with their lines: of those that failed some of every kind, the longest first;
 * of the others the slowest.  Owns the lines: worst_fini().
 */
struct worst_one {
    struct facts facts;
    uint32_t group; /* Of its error; GROUP_NONE. */
    struct complaint complaint;
    unsigned char *memory; /* Lines, for trail_next(): */
    size_t size;           /* all bytes, */
    size_t head_size;      /* and those before the ones that were dropped. */
    uint64_t lines, dropped;
};

struct worst {
    struct worst_one failed[REPORT_FAILED_COUNT_MAX];
    size_t failed_count;
    struct worst_one slow[REPORT_SLOW_COUNT_MAX];
    size_t slow_count;
    int64_t
        slow_least_ns; /* When they are all there: none that waited this long or less comes in. */
};

void worst_fini(struct worst *worst);

/* Take it in if it is one of the worst.  trail may be NULL: no lines. */
void worst_add(struct worst *worst, const struct facts *facts, uint32_t group,
               const struct trail *trail);

/* The type of an error: the platform's word, or that of the lines where it says nothing by it. */
const struct label *worst_type(const struct facts *facts, const struct complaint *complaint);

/* The worst of all first; the answer is how many (at most REPORT_WORST_COUNT_MAX). */
size_t worst_sort(const struct worst *worst, const struct worst_one *order[REPORT_WORST_COUNT_MAX]);

#endif
