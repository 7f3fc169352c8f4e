/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_GROUP_H
#define THAW_COLLECTOR_REPORT_GROUP_H

#include "report/facts.h"
#include "report/label.h"

#include "base/map.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Errors that are the same: of one function, of one type, with the same message but for what
 * differs each time.  Those that an invocation failed with, and those that were only logged, are
 * apart.  Bounded: what comes later than REPORT_GROUP_COUNT_MAX groups is counted together.
 */
struct group {
    uint32_t function;
    bool failed; /* Invocations ended with it; else it was logged and they went on. */
    struct label type;
    struct label message;
    struct label request; /* The first one, for an example. */
    uint64_t count;
    int64_t first_ns, last_ns; /* STREAMS_UNKNOWN: never told. */
};

#define GROUP_NONE UINT32_MAX

struct groups {
    struct group *rows;
    uint32_t count;
    uint64_t other; /* Errors that have no group. */
    struct map map;
};

/* STATUS_FULL without memory.  Undo with groups_fini(). */
enum status groups_init(struct groups *groups) THAW_CHECK;
void groups_fini(struct groups *groups);

/* Count one more; the answer is its group's row, or GROUP_NONE.  what has function, failed, type,
 * message, request, and the moment as first_ns. */
uint32_t groups_add(struct groups *groups, const struct group *what);

/* The rows in the order in which they matter: failed ones first, then the most frequent.  order
 * has room for all. */
void groups_sort(const struct groups *groups, const struct group **order);

#endif
