/* SPDX-License-Identifier: Apache-2.0 */
#include "model/instances.h"
#include "model/model_limits.h"
#include "model/view.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

struct instance_lookup {
    const struct instances *instances;
    uint32_t function;
    struct slice name;
};

static bool instance_is(const void *context, uint32_t row)
{
    const struct instance_lookup *lookup = context;
    const struct instance *instance = &lookup->instances->rows[row];
    return instance->function == lookup->function && slice_equal(instance->name, lookup->name);
}

static uint64_t instance_hash(const struct instances *instances, uint32_t function,
                              struct slice name)
{
    return hash_sip64(&instances->key, name) ^ hash_u64(function);
}

void instances_init(struct instances *instances, const struct hash_key *key)
{
    *instances = (struct instances){.key = *key};
    map_init_growing(&instances->map, INSTANCE_COUNT_MAX);
}

static void instance_fini(struct instance *instance)
{
    free(instance->name_memory);
    free(instance->inits);
    free(instance->stops);
    for (uint32_t i = 0; i < instance->epoch_count; i++) {
        seqset_fini(&instance->epochs[i]);
    }
    free(instance->epochs);
    free(instance->invocations);
    free(instance->pending);
}

void instances_fini(struct instances *instances)
{
    for (uint32_t i = 0; i < instances->count; i++) {
        instance_fini(&instances->rows[i]);
    }
    free(instances->rows);
    map_fini(&instances->map);
}

static uint32_t instance_add(struct instances *instances, struct functions *functions,
                             const struct instance_lookup *lookup, uint64_t hash)
{
    void *rows = instances->rows;
    if (!rows_reserve(&rows, &instances->capacity, (uint64_t)instances->count + 1,
                      INSTANCE_COUNT_MAX, sizeof(instances->rows[0]))) {
        return ROW_NONE;
    }
    instances->rows = rows;
    struct slice name = slice_take(
        lookup->name, lookup->name.size < TEXT_SIZE_MAX ? lookup->name.size : TEXT_SIZE_MAX);
    unsigned char *copy = malloc(name.size);
    if (copy == NULL) {
        return ROW_NONE;
    }
    memcpy(copy, name.base, name.size);
    if (map_insert(&instances->map, hash, instances->count) != STATUS_OK) {
        free(copy);
        return ROW_NONE;
    }
    struct function *function = &functions->rows[lookup->function];
    instances->rows[instances->count] = (struct instance){
        .function = lookup->function,
        .function_next = function->instances,
        .name = slice_of(copy, name.size),
        .name_memory = copy,
        .first_seen_ns = UNKNOWN_NS,
        .last_seen_ns = UNKNOWN_NS,
    };
    function->instances = instances->count;
    return instances->count++;
}

uint32_t instances_touch(struct instances *instances, struct functions *functions,
                         uint32_t function, struct slice name)
{
    if (name.size == 0 || name.size > TEXT_SIZE_MAX) {
        return ROW_NONE;
    }
    struct instance_lookup lookup = {instances, function, name};
    uint64_t hash = instance_hash(instances, function, name);
    uint32_t row;
    if (map_find(&instances->map, hash, instance_is, &lookup, &row)) {
        return row;
    }
    return instance_add(instances, functions, &lookup, hash);
}

void instances_seen(struct instance *instance, int64_t time_ns)
{
    if (instance->first_seen_ns == UNKNOWN_NS || time_ns < instance->first_seen_ns) {
        instance->first_seen_ns = time_ns;
    }
    if (time_ns > instance->last_seen_ns) {
        instance->last_seen_ns = time_ns;
    }
}

/* Make room for another epoch: the oldest is closed, its late records count as seen. */
static struct seqset *epoch_add(struct instance *instance, uint64_t epoch)
{
    if (instance->epoch_count == EPOCH_COUNT_MAX) {
        uint32_t oldest = 0;
        for (uint32_t i = 1; i < instance->epoch_count; i++) {
            if (instance->epochs[i].epoch < instance->epochs[oldest].epoch) {
                oldest = i;
            }
        }
        if (epoch < instance->epochs[oldest].epoch) {
            return NULL;
        }
        seqset_fini(&instance->epochs[oldest]);
        seqset_init(&instance->epochs[oldest], epoch);
        return &instance->epochs[oldest];
    }
    void *rows = instance->epochs;
    if (!rows_reserve(&rows, &instance->epoch_capacity, (uint64_t)instance->epoch_count + 1,
                      EPOCH_COUNT_MAX, sizeof(instance->epochs[0]))) {
        return NULL;
    }
    instance->epochs = rows;
    seqset_init(&instance->epochs[instance->epoch_count], epoch);
    return &instance->epochs[instance->epoch_count++];
}

bool instances_number(struct instance *instance, uint64_t epoch, uint64_t number)
{
    if (epoch == 0 || number == 0) {
        return true;
    }
    for (uint32_t i = instance->epoch_count; i > 0; i--) {
        if (instance->epochs[i - 1].epoch == epoch) {
            return seqset_add(&instance->epochs[i - 1], number);
        }
    }
    struct seqset *set = epoch_add(instance, epoch);
    return set != NULL && seqset_add(set, number);
}

static int64_t known_max(int64_t one, int64_t other)
{
    return one > other ? one : other; /* Unknown is the least number. */
}

static uint32_t text_either(uint32_t one, uint32_t other)
{
    return one != TEXT_EMPTY ? one : other;
}

bool instances_add_init(struct instance *instance, const struct init *told)
{
    uint32_t at = instance->init_count;
    while (at > 0 && instance->inits[at - 1].start_ns > told->start_ns) {
        at--;
    }
    if (at > 0 && instance->inits[at - 1].start_ns == told->start_ns) {
        struct init *init = &instance->inits[at - 1];
        init->end_ns = known_max(init->end_ns, told->end_ns);
        init->duration_ns = known_max(init->duration_ns, told->duration_ns);
        init->phase = text_either(init->phase, told->phase);
        init->type = text_either(init->type, told->type);
        init->status = text_either(init->status, told->status);
        init->error_type = text_either(init->error_type, told->error_type);
        init->suppressed = init->suppressed || told->suppressed;
        return true;
    }
    void *rows = instance->inits;
    if (!rows_reserve(&rows, &instance->init_capacity, (uint64_t)instance->init_count + 1,
                      INIT_COUNT_MAX, sizeof(instance->inits[0]))) {
        return false;
    }
    instance->inits = rows;
    memmove(&instance->inits[at + 1], &instance->inits[at],
            (instance->init_count - at) * sizeof(instance->inits[0]));
    instance->inits[at] = *told;
    instance->init_count++;
    return true;
}

bool instances_add_stop(struct instance *instance, const struct stop *told)
{
    for (uint32_t i = 0; i < instance->stop_count; i++) {
        struct stop *stop = &instance->stops[i];
        if (stop->epoch == told->epoch) {
            stop->time_ns = known_max(stop->time_ns, told->time_ns);
            stop->reason = text_either(stop->reason, told->reason);
            stop->dropped = stop->dropped > told->dropped ? stop->dropped : told->dropped;
            return true;
        }
    }
    void *rows = instance->stops;
    if (!rows_reserve(&rows, &instance->stop_capacity, (uint64_t)instance->stop_count + 1,
                      EPOCH_COUNT_MAX, sizeof(instance->stops[0]))) {
        return false;
    }
    instance->stops = rows;
    instance->stops[instance->stop_count++] = *told;
    return true;
}

bool instances_wait(struct instance *instance, const struct pending *pending)
{
    uint32_t same = 0;
    for (uint32_t i = 0; i < instance->pending_count; i++) {
        const struct pending *known = &instance->pending[i];
        if (known->id != pending->id || known->link != pending->link ||
            known->tie != pending->tie) {
            continue;
        }
        if (known->start_ns >= pending->start_ns && known->end_ns <= pending->end_ns) {
            return true; /* Where that one does not fit, this one does not either. */
        }
        same++;
    }
    if (same >= PENDING_ID_COUNT_MAX) {
        return false;
    }
    if (instance->pending_count == PENDING_COUNT_MAX) {
        memmove(&instance->pending[0], &instance->pending[1],
                (PENDING_COUNT_MAX - 1) * sizeof(instance->pending[0]));
        instance->pending[PENDING_COUNT_MAX - 1] = *pending;
        return false;
    }
    void *rows = instance->pending;
    if (!rows_reserve(&rows, &instance->pending_capacity, (uint64_t)instance->pending_count + 1,
                      PENDING_COUNT_MAX, sizeof(instance->pending[0]))) {
        return false;
    }
    instance->pending = rows;
    instance->pending[instance->pending_count++] = *pending;
    return true;
}

const struct stop *instances_ended(const struct instance *instance)
{
    const struct stop *last = NULL;
    for (uint32_t i = 0; i < instance->stop_count; i++) {
        const struct stop *stop = &instance->stops[i];
        if (last == NULL || stop->time_ns > last->time_ns) {
            last = stop;
        }
    }
    if (last == NULL || last->time_ns == UNKNOWN_NS) {
        return NULL;
    }
    if (instance->init_count > 0 &&
        instance->inits[instance->init_count - 1].start_ns > last->time_ns) {
        return NULL;
    }
    return last;
}

void instances_compact(struct instances *instances, struct functions *functions, const bool *keep,
                       uint32_t *moved)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < functions->count; i++) {
        functions->rows[i].instances = ROW_NONE;
    }
    map_reset(&instances->map);
    for (uint32_t i = 0; i < instances->count; i++) {
        moved[i] = ROW_NONE;
        if (!keep[i]) {
            instance_fini(&instances->rows[i]);
            continue;
        }
        struct instance instance = instances->rows[i];
        struct function *function = &functions->rows[instance.function];
        instance.function_next = function->instances;
        function->instances = count;
        uint64_t hash = instance_hash(instances, instance.function, instance.name);
        ENSURE(map_insert(&instances->map, hash, count) == STATUS_OK);
        instances->rows[count] = instance;
        moved[i] = count++;
    }
    instances->count = count;
}
