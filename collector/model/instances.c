/* SPDX-License-Identifier: Apache-2.0 */
#include "model/instances.h"
#include "model/model_limits.h"
#include "model/view.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

struct instance_lookup {
    const struct instances *instances;
    const struct identity *identity;
    struct slice name;
};

static bool instance_is(const void *context, uint32_t row)
{
    const struct instance_lookup *lookup = context;
    const struct instance *instance = &lookup->instances->rows[row];
    return memcmp(&instance->identity, lookup->identity, sizeof(*lookup->identity)) == 0 &&
           slice_equal(instance->name, lookup->name);
}

static bool agrees(uint32_t one, uint32_t other)
{
    return one == other || one == TEXT_EMPTY || other == TEXT_EMPTY;
}

static bool instance_agrees(const void *context, uint32_t row)
{
    const struct instance_lookup *lookup = context;
    const struct instance *instance = &lookup->instances->rows[row];
    const struct identity *known = &instance->identity;
    const struct identity *told = lookup->identity;
    return known->name == told->name && agrees(known->account, told->account) &&
           agrees(known->region, told->region) && agrees(known->version, told->version) &&
           slice_equal(instance->name, lookup->name);
}

static uint64_t instance_hash(const struct instances *instances, const struct identity *identity,
                              struct slice name)
{
    return hash_bulk64(&instances->bulk, name) ^ hash_u64(identity->name);
}

void instances_init(struct instances *instances, const struct hash_key *key)
{
    *instances = (struct instances){.count = 0};
    hash_bulk_init(&instances->bulk, key);
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
    free(instance->lines);
    free(instance->failures);
}

void instances_fini(struct instances *instances)
{
    for (uint32_t i = 0; i < instances->count; i++) {
        instance_fini(&instances->rows[i]);
    }
    free(instances->rows);
    map_fini(&instances->map);
}

static void function_enter(struct instances *instances, struct functions *functions, uint32_t row,
                           uint32_t function)
{
    struct instance *instance = &instances->rows[row];
    uint32_t *first = &functions->rows[function].instances;
    instance->function = function;
    instance->function_previous = ROW_NONE;
    instance->function_next = *first;
    if (*first != ROW_NONE) {
        instances->rows[*first].function_previous = row;
    }
    *first = row;
}

static void function_leave(struct instances *instances, struct functions *functions, uint32_t row)
{
    const struct instance *instance = &instances->rows[row];
    if (instance->function_previous != ROW_NONE) {
        instances->rows[instance->function_previous].function_next = instance->function_next;
    } else {
        functions->rows[instance->function].instances = instance->function_next;
    }
    if (instance->function_next != ROW_NONE) {
        instances->rows[instance->function_next].function_previous = instance->function_previous;
    }
}

uint32_t instances_find(const struct instances *instances, const struct identity *identity,
                        struct slice name)
{
    struct instance_lookup lookup = {instances, identity, name};
    uint64_t hash = instance_hash(instances, identity, name);
    uint32_t row;
    return map_find(&instances->map, hash, instance_is, &lookup, &row) ||
                   map_find(&instances->map, hash, instance_agrees, &lookup, &row)
               ? row
               : ROW_NONE;
}

uint32_t instances_add(struct instances *instances, struct functions *functions, uint32_t function,
                       const struct identity *identity, struct slice name)
{
    void *rows = instances->rows;
    if (name.size == 0 || name.size > TEXT_SIZE_MAX ||
        !rows_reserve(&rows, &instances->capacity, (uint64_t)instances->count + 1,
                      INSTANCE_COUNT_MAX, sizeof(instances->rows[0]))) {
        return ROW_NONE;
    }
    instances->rows = rows;
    unsigned char *copy = malloc(name.size);
    if (copy == NULL) {
        return ROW_NONE;
    }
    memcpy(copy, name.base, name.size);
    if (map_insert(&instances->map, instance_hash(instances, identity, name), instances->count) !=
        STATUS_OK) {
        free(copy);
        return ROW_NONE;
    }
    instances->rows[instances->count] = (struct instance){
        .identity = *identity,
        .name = slice_of(copy, name.size),
        .name_memory = copy,
        .twin = ROW_NONE,
        .inits_after_ns = UNKNOWN_NS,
        .first_seen_ns = UNKNOWN_NS,
        .last_seen_ns = UNKNOWN_NS,
        .agent = {.memory_bytes = UNKNOWN_INT},
    };
    function_enter(instances, functions, instances->count, function);
    return instances->count++;
}

bool instances_list(struct instances *instances, struct functions *functions, uint32_t row)
{
    const struct instance *instance = &instances->rows[row];
    function_enter(instances, functions, row, instance->function);
    uint64_t hash = instance_hash(instances, &instance->identity, instance->name);
    return map_insert(&instances->map, hash, row) == STATUS_OK;
}

void instances_move(struct instances *instances, struct functions *functions, uint32_t row,
                    uint32_t function)
{
    function_leave(instances, functions, row);
    function_enter(instances, functions, row, function);
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

static int64_t end_of(const struct init *init)
{
    if (init->end_ns != UNKNOWN_NS) {
        return init->end_ns;
    }
    return init->duration_ns != UNKNOWN_NS ? init->start_ns + init->duration_ns : init->start_ns;
}

/*
 * Whether two records are of one init.  An agent knows each by its start.  A stream's times differ
 * by some milliseconds from an agent's, and by more where they are concluded from durations; but an
 * environment has one init of its own, and those inside of invocations do not overlap.
 */
static bool same_init(const struct init *one, const struct init *other)
{
    if (one->start_ns == other->start_ns) {
        return true;
    }
    if ((one->sources & other->sources & SOURCE_AGENT) != 0 ||
        one->suppressed != other->suppressed) {
        return false;
    }
    int64_t slack_ns = one->suppressed ? INIT_INSIDE_SLACK_NS : INIT_SLACK_NS;
    return one->start_ns <= end_of(other) + slack_ns && other->start_ns <= end_of(one) + slack_ns;
}

static void join_time(struct init *init, int64_t *known, uint8_t bit, int64_t told, uint8_t of_logs)
{
    bool known_logs = (init->of_logs & bit) != 0;
    bool told_logs = (of_logs & bit) != 0;
    if (told == UNKNOWN_NS || (*known != UNKNOWN_NS && told_logs && !known_logs)) {
        return;
    }
    if (*known == UNKNOWN_NS || (known_logs && !told_logs)) {
        *known = told;
        init->of_logs = (uint8_t)(told_logs ? init->of_logs | bit : init->of_logs & ~bit);
    } else if (bit == INIT_START ? told < *known : told > *known) {
        *known = told;
    }
}

static void join_init(struct init *init, const struct init *told)
{
    bool first = (init->sources & SOURCE_AGENT) != 0 || (told->sources & SOURCE_AGENT) == 0;
    const struct init known = *init;
    const struct init *better = first ? &known : told;
    const struct init *worse = first ? told : &known;
    init->phase = text_either(better->phase, worse->phase);
    init->type = text_either(better->type, worse->type);
    init->status = text_either(better->status, worse->status);
    init->error_type = text_either(better->error_type, worse->error_type);
    join_time(init, &init->start_ns, INIT_START, told->start_ns, told->of_logs);
    join_time(init, &init->end_ns, INIT_END, told->end_ns, told->of_logs);
    join_time(init, &init->duration_ns, INIT_DURATION, told->duration_ns, told->of_logs);
    init->suppressed = init->suppressed || told->suppressed;
    init->sources |= told->sources;
}

bool instances_add_init(struct instance *instance, const struct init *told)
{
    struct init init = *told;
    for (uint32_t i = 0; i < instance->init_count;) {
        if (!same_init(&instance->inits[i], &init)) {
            i++;
            continue;
        }
        struct init known = instance->inits[i];
        ENSURE(!known.put.present);
        join_init(&known, &init);
        init = known;
        instance->init_count--;
        memmove(&instance->inits[i], &instance->inits[i + 1],
                (instance->init_count - i) * sizeof(instance->inits[0]));
        i = 0; /* With what it knows now it may be one that was passed by. */
    }
    void *rows = instance->inits;
    if (!rows_reserve(&rows, &instance->init_capacity, (uint64_t)instance->init_count + 1,
                      INIT_COUNT_MAX, sizeof(instance->inits[0]))) {
        return false;
    }
    instance->inits = rows;
    uint32_t at = instance->init_count;
    while (at > 0 && instance->inits[at - 1].start_ns > init.start_ns) {
        at--;
    }
    memmove(&instance->inits[at + 1], &instance->inits[at],
            (instance->init_count - at) * sizeof(instance->inits[0]));
    instance->inits[at] = init;
    instance->init_count++;
    return true;
}

bool instances_init_gone(const struct instance *instance, const struct init *told)
{
    int64_t slack_ns = told->suppressed ? INIT_INSIDE_SLACK_NS : INIT_SLACK_NS;
    return instance->inits_after_ns != UNKNOWN_NS &&
           told->start_ns <= instance->inits_after_ns + slack_ns;
}

bool instances_add_stop(struct instance *instance, const struct stop *told)
{
    for (uint32_t i = 0; i < instance->stop_count; i++) {
        struct stop *stop = &instance->stops[i];
        if (stop->epoch == told->epoch) {
            stop->time_ns = known_max(stop->time_ns, told->time_ns);
            stop->reason = text_either(stop->reason, told->reason);
            unsent_most(&stop->unsent, &told->unsent);
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

void instances_tell_agent(struct instance *instance, const struct agent_told *told)
{
    struct agent_told *known = &instance->agent;
    int64_t memory_bytes = known_max(known->memory_bytes, told->memory_bytes);
    bool same = told->epoch == known->epoch && told->seq == known->seq;
    if (told->seq > 0 &&
        (told->epoch > known->epoch || (told->epoch == known->epoch && told->seq > known->seq))) {
        *known = *told;
    } else if (same && told->seq > 0 && told->heard_ns < known->heard_ns) {
        known->heard_ns = told->heard_ns; /* Sent again. */
    }
    known->memory_bytes = memory_bytes;
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

bool instances_fail(struct instance *instance, const struct failure *failure)
{
    void *rows = instance->failures;
    if (!rows_reserve(&rows, &instance->failure_capacity, (uint64_t)instance->failure_count + 1,
                      FAILURE_COUNT_MAX, sizeof(instance->failures[0]))) {
        return false;
    }
    instance->failures = rows;
    instance->failures[instance->failure_count++] = *failure;
    return true;
}

void instances_wait_line(struct instance *instance, const struct line_print *print)
{
    void *rows = instance->lines;
    if (instance->line_count == LINE_WAIT_COUNT_MAX) {
        instance->line_count--;
        memmove(&instance->lines[0], &instance->lines[1],
                instance->line_count * sizeof(instance->lines[0]));
    } else if (!rows_reserve(&rows, &instance->line_capacity, (uint64_t)instance->line_count + 1,
                             LINE_WAIT_COUNT_MAX, sizeof(instance->lines[0]))) {
        return;
    }
    instance->lines = rows;
    instance->lines[instance->line_count++] = *print;
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
        instances->rows[count] = instances->rows[i];
        const struct instance *instance = &instances->rows[count];
        function_enter(instances, functions, count, instance->function);
        uint64_t hash = instance_hash(instances, &instance->identity, instance->name);
        ENSURE(map_insert(&instances->map, hash, count) == STATUS_OK);
        moved[i] = count++;
    }
    instances->count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct instance *instance = &instances->rows[i];
        instance->twin = instance->twin != ROW_NONE ? moved[instance->twin] : ROW_NONE;
        instance->lent = instance->lent && instance->twin != ROW_NONE;
    }
}
