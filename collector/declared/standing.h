/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_DECLARED_STANDING_H
#define THAW_DECLARED_STANDING_H

#include "cost/money.h"
#include "cost/prices.h"
#include "declared/declared.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What a function costs besides its invocations, by what is declared of it (AWS's rules; facts of
 * its pricing page):
 *
 *   provisioned  instances kept ready: gigabyte-seconds from the time they are asked for to the
 * time they are not, rounded up to five minutes. storage      of /tmp beyond 512 MB:
 * gigabyte-seconds of billed time. snapshots    kept: gigabyte-seconds from the day they are
 * published, three hours at least; restores     and each start from one, by its gigabytes.
 *
 * Exact and additive: what two spans of time cost that lie side by side is what both cost at once.
 * Pure; any thread.
 */
struct standing {
    struct money provisioned, storage, snapshots, restores;
    struct money amount; /* Their sum. */
    bool assumed;        /* Some price was that of another region. */
    bool unpriced;       /* The table had no price at all for some of it. */
};

struct standing standing_zero(void);
void standing_add(struct standing *sum, const struct standing *other);

/* Whose it is, and which prices. */
struct standing_terms {
    const struct prices *prices;
    const struct declared_function *function;
    struct slice region; /* cloud.region */
    struct slice arch;   /* host.arch */
};

/* Add what is paid for the time from from_ns until before to_ns, used or not. */
void standing_add_time(struct standing *sum, const struct standing_terms *terms, int64_t from_ns,
                       int64_t to_ns);

/* Add what use costs besides: of so much billed time, and so many starts, at that time. */
void standing_add_use(struct standing *sum, const struct standing_terms *terms, int64_t at_ns,
                      uint64_t billed_ms, uint64_t starts);

#endif
