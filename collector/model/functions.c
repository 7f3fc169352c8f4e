/* SPDX-License-Identifier: Apache-2.0 */
#include "model/functions.h"
#include "model/model_limits.h"
#include "model/view.h"

#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_PER_MB 1048576

struct function_key {
    uint32_t account, region, name, version;
};

struct function_lookup {
    const struct functions *functions;
    const struct function_key *key;
};

static bool function_is(const void *context, uint32_t row)
{
    const struct function_lookup *lookup = context;
    const struct function *function = &lookup->functions->rows[row];
    const struct function_key *key = lookup->key;
    return function->account == key->account && function->region == key->region &&
           function->name == key->name && function->version == key->version;
}

void functions_init(struct functions *functions, const struct hash_key *key)
{
    *functions = (struct functions){.key = *key};
    map_init_growing(&functions->map, FUNCTION_COUNT_MAX);
}

void functions_fini(struct functions *functions)
{
    for (uint32_t i = 0; i < functions->count; i++) {
        rollup_line_fini(&functions->rows[i].rollups);
    }
    free(functions->rows);
    map_fini(&functions->map);
}

static uint32_t function_add(struct functions *functions, const struct function_key *key,
                             uint64_t hash)
{
    void *rows = functions->rows;
    if (!rows_reserve(&rows, &functions->capacity, (uint64_t)functions->count + 1,
                      FUNCTION_COUNT_MAX, sizeof(functions->rows[0]))) {
        return ROW_NONE;
    }
    functions->rows = rows;
    if (map_insert(&functions->map, hash, functions->count) != STATUS_OK) {
        return ROW_NONE;
    }
    functions->rows[functions->count] = (struct function){
        .account = key->account,
        .region = key->region,
        .name = key->name,
        .version = key->version,
        .memory_mb = UNKNOWN_INT,
        .timeout_ns = UNKNOWN_NS,
        .timeout_start_ns = UNKNOWN_NS,
        .first_seen_ns = UNKNOWN_NS,
        .last_seen_ns = UNKNOWN_NS,
        .instances = ROW_NONE,
    };
    return functions->count++;
}

/* A newer process replaces what is told; one of the same age completes it, the greater text first.
 */
static void tell_text(uint32_t *told, struct texts *texts, struct attrs attrs, struct slice name,
                      bool newer)
{
    struct slice text;
    if (!attrs_find_text(attrs, name, &text) || text.size == 0) {
        return;
    }
    if (newer || slice_compare(text_get(texts, *told), text) < 0) {
        *told = text_intern(texts, text);
    }
}

static void function_tell(struct function *function, struct texts *texts,
                          const struct resource *resource)
{
    if (resource->epoch < function->told_epoch) {
        return;
    }
    bool newer = resource->epoch > function->told_epoch;
    function->told_epoch = resource->epoch;
    tell_text(&function->runtime, texts, resource->attrs, NAME_THAW_RUNTIME, newer);
    tell_text(&function->arch, texts, resource->attrs, NAME_HOST_ARCH, newer);
    tell_text(&function->agent_version, texts, resource->attrs, NAME_THAW_AGENT_VERSION, newer);
    int64_t memory;
    if (attrs_find_int(resource->attrs, NAME_FAAS_MAX_MEMORY, &memory) && memory >= BYTES_PER_MB &&
        memory / BYTES_PER_MB <= MEMORY_MB_MAX) {
        memory /= BYTES_PER_MB;
        if (resource->epoch > function->memory_epoch || function->memory_mb < memory) {
            function->memory_mb = memory;
        }
        function->memory_epoch = resource->epoch;
    }
}

uint32_t functions_touch(struct functions *functions, struct texts *texts,
                         const struct resource *resource)
{
    if (resource->function.size == 0) {
        return ROW_NONE;
    }
    struct function_key key = {
        .account = text_intern(texts, resource->account),
        .region = text_intern(texts, resource->region),
        .name = text_intern(texts, resource->function),
        .version = text_intern(texts, resource->version),
    };
    struct function_lookup lookup = {functions, &key};
    uint64_t hash = hash_sip64(&functions->key, slice_of(&key, sizeof(key)));
    uint32_t row;
    if (!map_find(&functions->map, hash, function_is, &lookup, &row)) {
        row = function_add(functions, &key, hash);
        if (row == ROW_NONE) {
            return ROW_NONE;
        }
    }
    function_tell(&functions->rows[row], texts, resource);
    return row;
}

void functions_seen(struct function *function, int64_t time_ns)
{
    if (function->first_seen_ns == UNKNOWN_NS || time_ns < function->first_seen_ns) {
        function->first_seen_ns = time_ns;
    }
    if (time_ns > function->last_seen_ns) {
        function->last_seen_ns = time_ns;
    }
}
