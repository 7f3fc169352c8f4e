/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_FUNCTIONS_H
#define THAW_COLLECTOR_MODEL_FUNCTIONS_H

#include "model/record.h"
#include "model/rollups.h"
#include "model/text.h"

#include "base/hash.h"
#include "base/map.h"

#include <stdint.h>

/*
 * The versions of functions that were seen.  What a resource says of one is taken from the newest
 * agent process that said it (the greatest epoch), so the order of arrival does not matter.  Rows
 * stay.
 */
struct function {
    uint32_t account, region, name, version; /* Texts: the key. */
    uint32_t runtime, arch, agent_version;   /* Texts. */
    uint64_t told_epoch;                     /* Of these three. */
    int64_t memory_mb;                       /* UNKNOWN_INT */
    uint64_t memory_epoch;
    int64_t timeout_ns; /* deadline - start of the invocation that started last; UNKNOWN_NS. */
    int64_t timeout_start_ns;
    int64_t first_seen_ns, last_seen_ns; /* By what its records tell; UNKNOWN_NS. */
    uint32_t instances;                  /* First instance. */
    struct rollup_line rollups;
};

struct functions {
    struct hash_key key;
    struct map map;
    struct function *rows;
    uint32_t count, capacity;
};

void functions_init(struct functions *functions, const struct hash_key *key);
void functions_fini(struct functions *functions);

/* The row of the function that a resource names, added when it is new; ROW_NONE when it names none
 * or there is no room.  What the resource says of the function is taken in. */
uint32_t functions_touch(struct functions *functions, struct texts *texts,
                         const struct resource *resource);

/* Something of this function happened then. */
void functions_seen(struct function *function, int64_t time_ns);

#endif
