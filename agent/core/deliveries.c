/* SPDX-License-Identifier: Apache-2.0 */
#include "core/deliveries.h"

#include "base/hash.h"

void deliveries_add_hash(struct deliveries *deliveries, uint64_t hash)
{
    deliveries->hashes[deliveries->next] = hash;
    deliveries->next = (deliveries->next + 1) % AGENT_DELIVERIES_MAX;
    deliveries->added++;
}

bool deliveries_add(struct deliveries *deliveries, struct slice body)
{
    static const struct hash_key key_zero = {{0, 0}};
    uint64_t hash = hash_sip64(&key_zero, body) | 1;
    for (size_t i = 0; i < AGENT_DELIVERIES_MAX; i++) {
        if (deliveries->hashes[i] == hash) {
            return false;
        }
    }
    deliveries_add_hash(deliveries, hash);
    return true;
}
