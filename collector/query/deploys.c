/* SPDX-License-Identifier: Apache-2.0 */
#include "query/deploys.h"

#include "model/rollups.h"

const struct deploy *deploys_of_minute(struct deploys_of *of, int64_t minute_ns)
{
    while (of->next < of->deploys->count &&
           of->deploys->items[of->next].at_ns < minute_ns + MINUTE_NS) {
        const struct deploy *deploy = &of->deploys->items[of->next++];
        if (deploy->function.size == 0 || slice_equal(deploy->function, of->function)) {
            of->latest = deploy;
        }
    }
    return of->latest;
}
