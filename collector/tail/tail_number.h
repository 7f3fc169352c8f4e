/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TAIL_TAIL_NUMBER_H
#define THAW_TAIL_TAIL_NUMBER_H

#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"
#include "tail/tail_limits.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Numbers for instances, "stock #2": those of one function from 1, in the order in which they are
 * heard of first; and which invocations were told already.  Names are kept as hashes.  When there
 * are too many instances counting begins anew.  One thread.
 */
struct tail_number {
    struct hash_key key;
    struct tail_number_row {
        uint64_t hash; /* 0: free. */
        uint32_t number;
    } instances[2 * TAIL_INSTANCES_MAX], functions[2 * TAIL_INSTANCES_MAX];
    uint32_t instance_count;
    uint64_t seen[TAIL_SEEN_COUNT];
    uint32_t seen_next;
};

void tail_number_init(struct tail_number *number, const struct hash_key *key);

/* The number of the instance that sent something; 0: it has no name. */
uint32_t tail_number_instance(struct tail_number *number, const struct resource *resource);

/* Whether an invocation is told for the first time among the latest. */
bool tail_number_first(struct tail_number *number, const struct resource *resource,
                       struct id16 request_id, int64_t attempt) THAW_CHECK;

#endif
