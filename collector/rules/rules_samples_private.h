/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULES_SAMPLES_PRIVATE_H
#define THAW_RULES_RULES_SAMPLES_PRIVATE_H

#include "base/map.h"
#include "rules/rules_samples.h"

#include <pthread.h>

/* What the files of samples that rules write share. */

#define ROW_NONE UINT32_MAX

struct row {
    struct label_set labels; /* One block of memory with all texts. */
    uint64_t hash;
    struct sample *items;
    size_t count, capacity;
    uint32_t owner, next_of_owner;
    uint32_t name, next_of_name;
    bool ended; /* Its last sample is a marker of staleness, or there is none. */
};

/* Metrics of a name, in the order in which they came. */
struct name {
    struct slice text; /* In memory of its own. */
    uint32_t first, last;
};

struct rules_samples {
    pthread_mutex_t lock;
    struct hash_key key;
    struct rules_samples_limits limits;
    struct row *rows;
    size_t row_count, row_capacity;
    struct map by_labels;
    uint32_t *first_of_owner;
    size_t owner_count;
    uint32_t first_of_nobody;
    struct name *names; /* Those that were written once: rules have few. */
    size_t name_count, name_capacity;
    struct map by_name;
    size_t bytes;
};

#endif
