/* SPDX-License-Identifier: Apache-2.0 */
#include "model/functions.h"
#include "model/model_limits.h"
#include "model/view.h"

#include "base/ensure.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_PER_MB 1048576

struct function_lookup {
    const struct functions *functions;
    const struct identity *key;
};

static bool function_is(const void *context, uint32_t row)
{
    const struct function_lookup *lookup = context;
    const struct identity *identity = &lookup->functions->rows[row].identity;
    return memcmp(identity, lookup->key, sizeof(*identity)) == 0;
}

void functions_init(struct functions *functions, const struct hash_key *key)
{
    *functions = (struct functions){.key = *key, .vacant = ROW_NONE};
    map_init_growing(&functions->map, FUNCTION_COUNT_MAX);
    map_init_growing(&functions->names, FUNCTION_COUNT_MAX);
}

void functions_fini(struct functions *functions)
{
    for (uint32_t i = 0; i < functions->count; i++) {
        rollup_line_fini(&functions->rows[i].rollups);
    }
    free(functions->rows);
    map_fini(&functions->map);
    map_fini(&functions->names);
}

/* The row for a new function: that of a forgotten one, else one more; ROW_NONE. */
static uint32_t function_place(struct functions *functions)
{
    if (functions->vacant != ROW_NONE) {
        return functions->vacant;
    }
    void *rows = functions->rows;
    if (!rows_reserve(&rows, &functions->capacity, (uint64_t)functions->count + 1,
                      FUNCTION_COUNT_MAX, sizeof(functions->rows[0]))) {
        return ROW_NONE;
    }
    functions->rows = rows;
    return functions->count;
}

static uint64_t function_hash(const struct functions *functions, const struct identity *identity)
{
    return hash_sip64(&functions->key, slice_of(identity, sizeof(*identity)));
}

static uint64_t name_hash(const struct functions *functions, uint32_t name)
{
    return hash_sip64(&functions->key, slice_of(&name, sizeof(name)));
}

/* To be found by all, and by name. */
static bool function_list(struct functions *functions, const struct identity *identity,
                          uint64_t hash, uint32_t row)
{
    if (map_insert(&functions->map, hash, row) != STATUS_OK) {
        return false;
    }
    if (map_insert(&functions->names, name_hash(functions, identity->name), row) != STATUS_OK) {
        ENSURE(map_remove(&functions->map, hash, row));
        return false;
    }
    return true;
}

bool functions_list(struct functions *functions, uint32_t row)
{
    const struct function *function = &functions->rows[row];
    return function->vacant || function_list(functions, &function->identity,
                                             function_hash(functions, &function->identity), row);
}

struct function_naming {
    const struct functions *functions;
    uint32_t name;
    functions_visit *visit;
    void *context;
};

/* Never the one that is looked for, so that all come by. */
static bool function_named(const void *context, uint32_t row)
{
    const struct function_naming *naming = context;
    if (naming->functions->rows[row].identity.name == naming->name) {
        naming->visit(naming->context, row);
    }
    return false;
}

void functions_named(const struct functions *functions, uint32_t name, functions_visit *visit,
                     void *context)
{
    struct function_naming naming = {functions, name, visit, context};
    uint32_t row;
    ENSURE(!map_find(&functions->names, name_hash(functions, name), function_named, &naming, &row));
}

/* A version, and another of the same function. */
struct function_version {
    struct functions *functions;
    uint32_t row;
};

static bool is_version_of(const struct function_version *version, uint32_t row)
{
    const struct identity *one = &version->functions->rows[version->row].identity;
    const struct identity *other = &version->functions->rows[row].identity;
    return row != version->row && one->account == other->account && one->region == other->region;
}

/* It takes its application from another version. */
static void application_take(void *context, uint32_t row)
{
    const struct function_version *version = context;
    if (is_version_of(version, row)) {
        struct function *function = &version->functions->rows[version->row];
        function->application = version->functions->rows[row].application;
        function->application_epoch = version->functions->rows[row].application_epoch;
    }
}

/* Another version takes its application. */
static void application_give(void *context, uint32_t row)
{
    struct function_version *version = context;
    if (is_version_of(version, row)) {
        application_take(&(struct function_version){version->functions, row}, version->row);
    }
}

static uint32_t function_add(struct functions *functions, const struct identity *key, uint64_t hash)
{
    uint32_t row = function_place(functions);
    if (row == ROW_NONE || !function_list(functions, key, hash, row)) {
        return ROW_NONE;
    }
    if (row == functions->vacant) {
        functions->vacant = functions->rows[row].vacant_next;
        functions->vacant_count--;
    } else {
        functions->count++;
    }
    functions->rows[row] = (struct function){
        .identity = *key,
        .memory_mb = UNKNOWN_INT,
        .timeout_ns = UNKNOWN_NS,
        .timeout_start_ns = UNKNOWN_NS,
        .reported_memory_mb = UNKNOWN_INT,
        .reported_start_ns = UNKNOWN_NS,
        .first_seen_ns = UNKNOWN_NS,
        .last_seen_ns = UNKNOWN_NS,
        .instances = ROW_NONE,
        .left_ns = UNKNOWN_NS,
        .left_before_ns = UNKNOWN_NS,
        .counts_from_ns = UNKNOWN_NS,
    };
    rollup_line_init(&functions->rows[row].rollups);
    functions_named(functions, key->name, application_take,
                    &(struct function_version){functions, row});
    return row;
}

void functions_vacate(struct functions *functions, uint32_t row, struct rollups *rollups)
{
    struct function *function = &functions->rows[row];
    ENSURE(!function->vacant && function->instances == ROW_NONE);
    ENSURE(map_remove(&functions->map, function_hash(functions, &function->identity), row));
    ENSURE(map_remove(&functions->names, name_hash(functions, function->identity.name), row));
    rollup_line_cut(&function->rollups, INT64_MAX, rollups);
    rollup_line_fini(&function->rollups);
    rollup_line_init(&function->rollups);
    function->first_seen_ns = function->last_seen_ns = UNKNOWN_NS;
    function->vacant = true;
    function->vacant_next = functions->vacant;
    functions->vacant = row;
    functions->vacant_count++;
}

/* A newer process replaces what is told; one of the same age completes it, the greater text first.
 */
static void keep_text(uint32_t *told, struct texts *texts, struct slice text, bool newer)
{
    if (text.size > 0 && (newer || slice_compare(text_get(texts, *told), text) < 0)) {
        *told = text_intern(texts, text);
    }
}

static void tell_text(uint32_t *told, struct texts *texts, struct attrs attrs, struct slice name,
                      bool newer)
{
    struct slice text;
    if (attrs_find_text(attrs, name, &text)) {
        keep_text(told, texts, text, newer);
    }
}

/* Whoever knows it says it of all versions. */
static void tell_application(struct functions *functions, struct texts *texts, uint32_t row,
                             struct slice application, uint64_t epoch)
{
    struct function *function = &functions->rows[row];
    if (application.size > 0 && epoch >= function->application_epoch) {
        keep_text(&function->application, texts, application, epoch > function->application_epoch);
        function->application_epoch = epoch;
        functions_named(functions, function->identity.name, application_give,
                        &(struct function_version){functions, row});
    }
}

void functions_tell(struct functions *functions, struct texts *texts, uint32_t row,
                    const struct resource *resource)
{
    struct function *function = &functions->rows[row];
    struct slice application;
    if (attrs_find_text(resource->attrs, NAME_SERVICE_NAMESPACE, &application)) {
        tell_application(functions, texts, row, application, resource->epoch);
    }
    tell_text(&function->provider, texts, resource->attrs, NAME_CLOUD_PROVIDER, false);
    tell_text(&function->platform, texts, resource->attrs, NAME_CLOUD_PLATFORM, false);
    bool made_up;
    if (attrs_find_bool(resource->attrs, NAME_THAW_FUNCTION_MADE_UP, &made_up) && made_up) {
        function->made_up = true;
    }
    if (resource->epoch < function->told_epoch) {
        return;
    }
    bool newer = resource->epoch > function->told_epoch;
    function->told_epoch = resource->epoch;
    tell_text(&function->runtime, texts, resource->attrs, NAME_THAW_RUNTIME, newer);
    tell_text(&function->arch, texts, resource->attrs, NAME_HOST_ARCH, newer);
    tell_text(&function->agent_version, texts, resource->attrs, NAME_THAW_AGENT_VERSION, newer);
    tell_text(&function->environment, texts, resource->attrs, NAME_DEPLOYMENT_ENVIRONMENT_NAME,
              newer);
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

struct identity functions_identity(struct texts *texts, const struct resource *resource)
{
    return (struct identity){
        .account = text_intern(texts, resource->account),
        .region = text_intern(texts, resource->region),
        .name = text_intern(texts, resource->function),
        .version = text_intern(texts, resource->version),
    };
}

uint32_t functions_touch(struct functions *functions, const struct identity *identity)
{
    struct function_lookup lookup = {functions, identity};
    uint64_t hash = function_hash(functions, identity);
    uint32_t row;
    if (map_find(&functions->map, hash, function_is, &lookup, &row)) {
        return row;
    }
    return function_add(functions, identity, hash);
}

void functions_inherit(struct functions *functions, struct texts *texts, uint32_t row,
                       uint32_t from)
{
    struct function *function = &functions->rows[row];
    struct function *other = &functions->rows[from];
    keep_text(&function->provider, texts, text_get(texts, other->provider), false);
    keep_text(&function->platform, texts, text_get(texts, other->platform), false);
    function->made_up = function->made_up || other->made_up;
    if (other->told_epoch >= function->told_epoch) {
        bool newer = other->told_epoch > function->told_epoch;
        function->told_epoch = other->told_epoch;
        keep_text(&function->runtime, texts, text_get(texts, other->runtime), newer);
        keep_text(&function->arch, texts, text_get(texts, other->arch), newer);
        keep_text(&function->agent_version, texts, text_get(texts, other->agent_version), newer);
        keep_text(&function->environment, texts, text_get(texts, other->environment), newer);
    }
    tell_application(functions, texts, row, text_get(texts, other->application),
                     other->application_epoch);
    if (other->memory_mb != UNKNOWN_INT && other->memory_epoch >= function->memory_epoch) {
        if (other->memory_epoch > function->memory_epoch ||
            function->memory_mb < other->memory_mb) {
            function->memory_mb = other->memory_mb;
        }
        function->memory_epoch = other->memory_epoch;
    }
    if (other->instances == ROW_NONE && !other->bare) {
        other->first_seen_ns = other->last_seen_ns = UNKNOWN_NS;
    }
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
