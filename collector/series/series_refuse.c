/* SPDX-License-Identifier: Apache-2.0 */
#include "series/series_private.h"

#include "base/ensure.h"

#include <string.h>

const char *series_reason_name(enum series_reason reason)
{
    static const char *const names[SERIES_REASON_COUNT] = {
        [SERIES_OWNER_LIMIT] = "function_limit",
        [SERIES_COUNT_LIMIT] = "series_limit",
        [SERIES_OLD] = "old",
        [SERIES_AHEAD] = "ahead",
        [SERIES_LABELS] = "labels",
        [SERIES_SHAPE] = "buckets",
        [SERIES_UNSPECIFIED] = "temporality",
        [SERIES_NAMELESS] = "nameless",
        [SERIES_MEMORY] = "memory",
    };
    ENSURE(reason < SERIES_REASON_COUNT);
    return names[reason];
}

/* The beginning of a name as text; a NUL in it ends it. */
static void refuse_copy(char target[64], struct slice name)
{
    size_t size = name.size < 63 ? name.size : 63;
    memset(target, 0, 64);
    if (size > 0) {
        memcpy(target, name.base, size);
    }
}

static struct series_refusal *refuse_find(struct series_store *store,
                                          const struct series_refusal *refusal)
{
    for (size_t i = 0; i < store->refusal_count; i++) {
        struct series_refusal *known = &store->refusals[i];
        if (known->reason == refusal->reason && strcmp(known->owner, refusal->owner) == 0 &&
            strcmp(known->metric, refusal->metric) == 0) {
            return known;
        }
    }
    return NULL;
}

void series_refuse(struct series_store *store, enum series_reason reason, struct slice owner,
                   struct slice metric, uint64_t count)
{
    struct series_refusal refusal = {.reason = reason};
    refuse_copy(refusal.owner, owner);
    refuse_copy(refusal.metric, metric);
    store->stats.refused[reason] += count;
    struct series_refusal *known = refuse_find(store, &refusal);
    /* The last places, one for each reason, are of those for whom there is none. */
    if (known == NULL && store->refusal_count >= SERIES_REFUSAL_COUNT_MAX - SERIES_REASON_COUNT) {
        refuse_copy(refusal.owner, SLICE("(other)"));
        refuse_copy(refusal.metric, SLICE("(other)"));
        known = refuse_find(store, &refusal);
    }
    if (known == NULL) {
        ENSURE(store->refusal_count < SERIES_REFUSAL_COUNT_MAX);
        known = &store->refusals[store->refusal_count++];
        *known = refusal;
    }
    known->count += count;
    known->last_ns = store->now_ns;
}

size_t series_refusal_count(const struct series_store *store)
{
    return store->refusal_count;
}

void series_refusal(const struct series_store *store, size_t index, struct series_refusal *refusal)
{
    ENSURE(index < store->refusal_count);
    *refusal = store->refusals[index];
}
