/* SPDX-License-Identifier: Apache-2.0 */
#include "model/invocations.h"
#include "model/model_limits.h"
#include "model/qualifier.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

struct invocation_lookup {
    const struct invocations *invocations;
    uint32_t instance, attempt;
    const struct id16 *request_id;
};

static bool invocation_is(const void *context, uint32_t row)
{
    const struct invocation_lookup *lookup = context;
    const struct invocation *invocation = &lookup->invocations->rows[row];
    return invocation->instance == lookup->instance &&
           invocation->attempt_told == lookup->attempt &&
           memcmp(&invocation->request_id, lookup->request_id, sizeof(struct id16)) == 0;
}

static uint64_t invocation_hash(const struct invocations *invocations, uint32_t instance,
                                const struct id16 *request_id, uint32_t attempt)
{
    return hash_sip64(&invocations->key, slice_of(request_id->bytes, sizeof(request_id->bytes))) ^
           hash_u64((uint64_t)instance << 32 | attempt);
}

void invocations_init(struct invocations *invocations, const struct hash_key *key)
{
    *invocations = (struct invocations){.key = *key, .open = ROW_NONE, .dead = ROW_NONE};
    map_init_growing(&invocations->map, INVOCATION_COUNT_MAX);
}

static void header_free(struct invocation *invocation)
{
    free(invocation->xray_memory);
}

void invocations_fini(struct invocations *invocations)
{
    for (uint32_t i = 0; i < invocations->count; i++) {
        header_free(&invocations->rows[i]);
    }
    free(invocations->rows);
    map_fini(&invocations->map);
}

#define UNTOLD(name) .name = UNKNOWN_NS,

void invocations_untold(struct told *told)
{
    *told = (struct told){.cold = -1, .start_ns = UNKNOWN_NS, INVOCATION_NUMBERS(UNTOLD)};
}

uint32_t invocations_find(const struct invocations *invocations, uint32_t instance,
                          struct id16 request_id, uint32_t attempt)
{
    struct invocation_lookup lookup = {invocations, instance, attempt, &request_id};
    uint64_t hash = invocation_hash(invocations, instance, &request_id, attempt);
    uint32_t row;
    return map_find(&invocations->map, hash, invocation_is, &lookup, &row) ? row : ROW_NONE;
}

/* A row for a new invocation: a dead one, else one at the end. */
static uint32_t row_take(struct invocations *invocations)
{
    uint32_t row = invocations->dead;
    if (row != ROW_NONE) {
        invocations->dead = invocations->rows[row].request_next;
        invocations->dead_count--;
        return row;
    }
    void *rows = invocations->rows;
    if (!rows_reserve(&rows, &invocations->capacity, (uint64_t)invocations->count + 1,
                      INVOCATION_COUNT_MAX, sizeof(invocations->rows[0]))) {
        return ROW_NONE;
    }
    invocations->rows = rows;
    return invocations->count++;
}

static void row_bury(struct invocations *invocations, uint32_t row)
{
    invocations->rows[row] = (struct invocation){
        .dead = true,
        .request_next = invocations->dead,
        .touched = invocations->rows[row].touched,
        .placed_ns = UNKNOWN_NS,
        .listed_ns = UNKNOWN_NS,
    };
    invocations->dead = row;
    invocations->dead_count++;
}

void invocations_bury(struct invocations *invocations, uint32_t row)
{
    ENSURE(invocations->rows[row].attempt_told == 0);
    header_free(&invocations->rows[row]);
    row_bury(invocations, row);
}

uint32_t invocations_add(struct invocations *invocations, uint32_t instance, struct id16 request_id,
                         uint32_t attempt)
{
    uint32_t number = row_take(invocations);
    if (number == ROW_NONE) {
        return ROW_NONE;
    }
    if (attempt > 0 &&
        map_insert(&invocations->map, invocation_hash(invocations, instance, &request_id, attempt),
                   number) != STATUS_OK) {
        invocations->rows[number].touched = false;
        row_bury(invocations, number);
        return ROW_NONE;
    }
    invocations->rows[number] = (struct invocation){
        .instance = instance,
        .request_id = request_id,
        .attempt = attempt > 0 ? attempt : 1,
        .attempt_told = attempt,
        .request = ROW_NONE,
        .request_next = ROW_NONE,
        .minute_previous = ROW_NONE,
        .minute_next = ROW_NONE,
        .open_previous = ROW_NONE,
        .open_next = ROW_NONE,
        .cold_told = -1,
        .trace_id = request_id,
        .start_told_ns = UNKNOWN_NS,
        INVOCATION_NUMBERS(UNTOLD).arrival_ns = UNKNOWN_NS,
        .start_ns = UNKNOWN_NS,
        .placed_ns = UNKNOWN_NS,
        .listed_ns = UNKNOWN_NS,
        .outcome = OUTCOME_RUNNING,
    };
    return number;
}

bool invocations_list(struct invocations *invocations, uint32_t number)
{
    const struct invocation *row = &invocations->rows[number];
    uint64_t hash =
        invocation_hash(invocations, row->instance, &row->request_id, row->attempt_told);
    return row->attempt_told == 0 || map_insert(&invocations->map, hash, number) == STATUS_OK;
}

static int stamp_compare(struct stamp one, struct stamp other)
{
    if (one.state != other.state) {
        return one.state < other.state ? -1 : 1;
    }
    if (one.epoch != other.epoch) {
        return one.epoch < other.epoch ? -1 : 1;
    }
    return one.seq < other.seq ? -1 : one.seq > other.seq;
}

/* Whether what is told replaces what is known: told by one that knew more, or, of equals, greater.
 */
static bool follows(struct stamp known_stamp, int64_t known, struct stamp stamp, int64_t value)
{
    int order = stamp_compare(stamp, known_stamp);
    return order > 0 || (order == 0 && value > known);
}

/* Which facts are a stream's word. */
#define OF_LOGS(name) OF_LOGS_##name,
enum of_logs {
    INVOCATION_NUMBERS(OF_LOGS) OF_LOGS_cold,
    OF_LOGS_error_type,
    OF_LOGS_trigger,
    OF_LOGS_init_phase,
    OF_LOGS_invoked_arn,
    OF_LOGS_trigger_source,
    OF_LOGS_trigger_origin,
    OF_LOGS_method,
    OF_LOGS_route,
    OF_LOGS_COUNT,
};

_Static_assert(OF_LOGS_COUNT <= 64, "of_logs has a bit for each");

/* Where the source of a fact decides: 1 when what is told counts, -1 when what is known does, 0
 * when both are of the same one.  What is told is a stream's from then on, or no more. */
static int by_source(struct invocation *invocation, enum of_logs fact, bool known, bool logs)
{
    uint64_t bit = UINT64_C(1) << fact;
    bool known_logs = (invocation->of_logs & bit) != 0;
    if (known && known_logs == logs) {
        return 0;
    }
    if (known && logs) {
        return -1;
    }
    invocation->of_logs = logs ? invocation->of_logs | bit : invocation->of_logs & ~bit;
    return 1;
}

static void merge_number(struct invocation *invocation, int64_t *known, enum of_logs fact,
                         int64_t told, bool logs)
{
    if (told == UNKNOWN_NS) {
        return;
    }
    int order = by_source(invocation, fact, *known != UNKNOWN_NS, logs);
    if (order > 0 || (order == 0 && told > *known)) {
        *known = told;
    }
}

static void merge_text(struct invocation *invocation, uint32_t *known, enum of_logs fact,
                       struct texts *texts, const struct slice *told, bool logs)
{
    if (told->size == 0) {
        return;
    }
    int order = by_source(invocation, fact, *known != TEXT_EMPTY, logs);
    if (order > 0 || (order == 0 && slice_compare(text_get(texts, *known), *told) < 0)) {
        *known = text_intern(texts, *told);
    }
}

static void merge_header(struct invocation *invocation, struct slice told)
{
    if (told.size == 0 || told.size > XRAY_KEPT_SIZE_MAX ||
        slice_compare(invocation->xray_header, told) >= 0) {
        return;
    }
    unsigned char *copy = malloc(told.size);
    if (copy == NULL) {
        return;
    }
    memcpy(copy, told.base, told.size);
    header_free(invocation);
    invocation->xray_memory = copy;
    invocation->xray_header = slice_of(copy, told.size);
}

static void merge_id8(struct id8 *known, struct id8 told)
{
    if (memcmp(known, &told, sizeof(told)) < 0) {
        *known = told;
    }
}

/* A Root is better than a request id that stands for one, and the agent's word better. */
static uint8_t rank_of(const struct invocation *invocation, const struct told *told)
{
    if (memcmp(&told->trace_id, &invocation->request_id, sizeof(told->trace_id)) == 0) {
        return 1;
    }
    return told->logs ? 2 : 3;
}

static void merge_trace(struct invocation *invocation, uint8_t rank, const struct id16 *trace_id)
{
    if (rank > invocation->trace_rank ||
        (rank == invocation->trace_rank &&
         memcmp(&invocation->trace_id, trace_id, sizeof(*trace_id)) < 0)) {
        invocation->trace_id = *trace_id;
        invocation->trace_rank = rank;
    }
}

static void merge_start(struct invocation *invocation, struct stamp stamp, int64_t start_ns)
{
    if (start_ns != UNKNOWN_NS &&
        (invocation->start_told_ns == UNKNOWN_NS ||
         follows(invocation->start_stamp, invocation->start_told_ns, stamp, start_ns))) {
        invocation->start_told_ns = start_ns;
        invocation->start_stamp = stamp;
    }
}

static void merge_status(struct invocation *invocation, struct stamp stamp, uint8_t status)
{
    if (status != ENDED_UNTOLD &&
        (invocation->status == ENDED_UNTOLD ||
         follows(invocation->status_stamp, invocation->status, stamp, status))) {
        invocation->status = status;
        invocation->status_stamp = stamp;
    }
}

static void merge_facts(struct invocation *invocation, struct texts *texts, const struct told *told)
{
    invocation->state = told->state > invocation->state ? told->state : invocation->state;
    if (told->cold >= 0) {
        int order = by_source(invocation, OF_LOGS_cold, invocation->cold_told >= 0, told->logs);
        if (order > 0 || (order == 0 && told->cold > invocation->cold_told)) {
            invocation->cold_told = told->cold;
        }
    }
    merge_id8(&invocation->span_id, told->span_id);
    merge_id8(&invocation->parent_span_id, told->parent_span_id);
    merge_id8(&invocation->segment_id, told->segment_id);
    merge_text(invocation, &invocation->error_type, OF_LOGS_error_type, texts, &told->error_type,
               told->logs);
    merge_text(invocation, &invocation->trigger, OF_LOGS_trigger, texts, &told->trigger,
               told->logs);
    merge_text(invocation, &invocation->invoked_arn, OF_LOGS_invoked_arn, texts, &told->invoked_arn,
               told->logs);
    (void)text_intern(texts, qualifier_alias(text_get(texts, invocation->invoked_arn)));
    merge_text(invocation, &invocation->init_phase, OF_LOGS_init_phase, texts, &told->init_phase,
               told->logs);
    merge_text(invocation, &invocation->trigger_source, OF_LOGS_trigger_source, texts,
               &told->trigger_source, told->logs);
    merge_text(invocation, &invocation->trigger_origin, OF_LOGS_trigger_origin, texts,
               &told->trigger_origin, told->logs);
    merge_text(invocation, &invocation->method, OF_LOGS_method, texts, &told->method, told->logs);
    merge_text(invocation, &invocation->route, OF_LOGS_route, texts, &told->route, told->logs);
    merge_header(invocation, told->xray_header);
#define MERGE_NUMBER(name)                                                                         \
    merge_number(invocation, &invocation->name, OF_LOGS_##name, told->name, told->logs);
    INVOCATION_NUMBERS(MERGE_NUMBER)
#undef MERGE_NUMBER
}

void invocations_merge(struct invocation *invocation, struct texts *texts, const struct told *told)
{
    invocation->sources |= told->logs ? SOURCE_LOGS : SOURCE_AGENT;
    merge_start(invocation, told->stamp, told->start_ns);
    merge_status(invocation, told->stamp, (uint8_t)told->status);
    if (told->has_trace) {
        merge_trace(invocation, rank_of(invocation, told), &told->trace_id);
    }
    merge_facts(invocation, texts, told);
}

/* What a row knows by the word of one kind of source. */
static void told_by(const struct invocation *row, const struct texts *texts, bool logs,
                    struct told *told)
{
    invocations_untold(told);
    told->logs = logs;
#define BY(name)          (((row->of_logs >> OF_LOGS_##name) & 1) == (logs ? 1 : 0))
#define TELL_NUMBER(name) told->name = BY(name) ? row->name : UNKNOWN_NS;
    INVOCATION_NUMBERS(TELL_NUMBER)
#undef TELL_NUMBER
    told->cold = BY(cold) ? row->cold_told : -1;
    told->error_type = BY(error_type) ? text_get(texts, row->error_type) : SLICE_EMPTY;
    told->trigger = BY(trigger) ? text_get(texts, row->trigger) : SLICE_EMPTY;
    told->init_phase = BY(init_phase) ? text_get(texts, row->init_phase) : SLICE_EMPTY;
    told->invoked_arn = BY(invoked_arn) ? text_get(texts, row->invoked_arn) : SLICE_EMPTY;
    told->trigger_source = BY(trigger_source) ? text_get(texts, row->trigger_source) : SLICE_EMPTY;
    told->trigger_origin = BY(trigger_origin) ? text_get(texts, row->trigger_origin) : SLICE_EMPTY;
    told->method = BY(method) ? text_get(texts, row->method) : SLICE_EMPTY;
    told->route = BY(route) ? text_get(texts, row->route) : SLICE_EMPTY;
#undef BY
    told->state = row->state;
    told->span_id = row->span_id;
    told->parent_span_id = row->parent_span_id;
    told->segment_id = row->segment_id;
    told->xray_header = row->xray_header;
}

void invocations_join(struct invocation *invocation, struct texts *texts,
                      const struct invocation *other)
{
    struct told told;
    told_by(other, texts, false, &told);
    merge_facts(invocation, texts, &told);
    told_by(other, texts, true, &told);
    merge_facts(invocation, texts, &told);
    merge_start(invocation, other->start_stamp, other->start_told_ns);
    merge_status(invocation, other->status_stamp, other->status);
    merge_trace(invocation, other->trace_rank, &other->trace_id);
    invocation->sources |= other->sources;
    invocation->left = other->left > invocation->left ? other->left : invocation->left;
    if (other->segment_last > invocation->segment_last) {
        invocation->segment_last = other->segment_last;
    }
    if (other->arrival_ns < invocation->arrival_ns || invocation->arrival_ns == UNKNOWN_NS) {
        invocation->arrival_ns = other->arrival_ns;
    }
}

void invocations_open(struct invocations *invocations, uint32_t row, bool open)
{
    struct invocation *invocation = &invocations->rows[row];
    if (invocation->open == open) {
        return;
    }
    invocation->open = open;
    if (open) {
        invocation->open_previous = ROW_NONE;
        invocation->open_next = invocations->open;
        if (invocations->open != ROW_NONE) {
            invocations->rows[invocations->open].open_previous = row;
        }
        invocations->open = row;
        return;
    }
    if (invocation->open_previous != ROW_NONE) {
        invocations->rows[invocation->open_previous].open_next = invocation->open_next;
    } else {
        invocations->open = invocation->open_next;
    }
    if (invocation->open_next != ROW_NONE) {
        invocations->rows[invocation->open_next].open_previous = invocation->open_previous;
    }
}

void invocations_compact(struct invocations *invocations, const bool *keep, uint32_t *moved,
                         const uint32_t *instances_moved, const uint32_t *ids_moved)
{
    uint32_t count = 0;
    map_reset(&invocations->map);
    invocations->open = invocations->dead = ROW_NONE;
    invocations->dead_count = 0;
    for (uint32_t i = 0; i < invocations->count; i++) {
        moved[i] = ROW_NONE;
        if (!keep[i] || invocations->rows[i].dead) {
            header_free(&invocations->rows[i]);
            continue;
        }
        struct invocation *row = &invocations->rows[count];
        *row = invocations->rows[i];
        row->instance = instances_moved[row->instance];
        row->request = ids_moved[row->request];
        ENSURE(row->instance != ROW_NONE && row->request != ROW_NONE);
        row->request_next = row->minute_previous = row->minute_next = ROW_NONE;
        row->placed = false;
        uint64_t hash =
            invocation_hash(invocations, row->instance, &row->request_id, row->attempt_told);
        ENSURE(row->attempt_told == 0 || map_insert(&invocations->map, hash, count) == STATUS_OK);
        moved[i] = count++;
    }
    invocations->count = count;
    for (uint32_t i = 0; i < count; i++) {
        bool open = invocations->rows[i].open;
        invocations->rows[i].open = false;
        invocations_open(invocations, i, open);
    }
}
