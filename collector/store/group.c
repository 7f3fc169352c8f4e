/* SPDX-License-Identifier: Apache-2.0 */
#include "store/group.h"

#include "store/store_limits.h"

uint32_t group_wanted(struct group *group, uint32_t there, bool behind)
{
    /* Those of the latest group were answered a moment ago, and these had come before. */
    uint32_t senders = behind ? group->latest + there : 1;
    if (group->expected < senders) {
        group->expected = senders;
    }
    return group->expected;
}

void group_taken(struct group *group, uint32_t count)
{
    if (group->expected > count) {
        group->expected = count;
    }
    group->latest = count;
}

uint64_t group_patience_ns(uint64_t sync_ns)
{
    return sync_ns < STORE_GROUP_NS_MAX ? sync_ns : STORE_GROUP_NS_MAX;
}
