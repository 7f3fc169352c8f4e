/* SPDX-License-Identifier: Apache-2.0 */
#include "tail/tail_number.h"

#include <string.h>

#define ROWS (2 * TAIL_INSTANCES_MAX)

void tail_number_init(struct tail_number *number, const struct hash_key *key)
{
    *number = (struct tail_number){.key = *key};
}

/* The row of a hash; its own, or the free one where it belongs.  Half of the rows are free. */
static struct tail_number_row *row_of(struct tail_number_row *rows, uint64_t hash)
{
    uint64_t at = hash % ROWS;
    while (rows[at].hash != 0 && rows[at].hash != hash) {
        at = (at + 1) % ROWS;
    }
    return &rows[at];
}

uint32_t tail_number_instance(struct tail_number *number, const struct resource *resource)
{
    if (resource->instance.size == 0) {
        return 0;
    }
    uint64_t function = hash_sip64(&number->key, resource->function) | 1;
    uint64_t instance = (hash_sip64(&number->key, resource->instance) ^ function << 1) | 1;
    struct tail_number_row *row = row_of(number->instances, instance);
    if (row->hash != 0) {
        return row->number;
    }
    if (number->instance_count == TAIL_INSTANCES_MAX) {
        memset(number->instances, 0, sizeof(number->instances));
        memset(number->functions, 0, sizeof(number->functions));
        number->instance_count = 0;
        row = row_of(number->instances, instance);
    }
    struct tail_number_row *of_function = row_of(number->functions, function);
    of_function->hash = function;
    *row = (struct tail_number_row){instance, ++of_function->number};
    number->instance_count++;
    return row->number;
}

bool tail_number_first(struct tail_number *number, const struct resource *resource,
                       struct id16 request_id, int64_t attempt)
{
    uint64_t hash = hash_sip64(&number->key, slice_of(request_id.bytes, sizeof(request_id.bytes))) ^
                    hash_sip64(&number->key, resource->instance) ^ (uint64_t)attempt;
    for (uint32_t i = 0; i < TAIL_SEEN_COUNT; i++) {
        if (number->seen[i] == hash) {
            return false;
        }
    }
    number->seen[number->seen_next] = hash;
    number->seen_next = (number->seen_next + 1) % TAIL_SEEN_COUNT;
    return true;
}
