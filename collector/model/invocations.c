/* SPDX-License-Identifier: Apache-2.0 */
#include "model/invocations.h"
#include "model/model_limits.h"

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
    return invocation->instance == lookup->instance && invocation->attempt == lookup->attempt &&
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
    *invocations = (struct invocations){.key = *key, .open = ROW_NONE};
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

void invocations_untold(struct told *told)
{
    *told = (struct told){
        .cold = -1,
        .start_ns = UNKNOWN_NS,
        .deadline_ns = UNKNOWN_NS,
        .done_ns = UNKNOWN_NS,
        .handler_ns = UNKNOWN_NS,
        .response_latency_ns = UNKNOWN_NS,
        .response_duration_ns = UNKNOWN_NS,
        .post_handler_ns = UNKNOWN_NS,
        .reported_ns = UNKNOWN_NS,
        .billed_ms = UNKNOWN_INT,
        .memory_mb = UNKNOWN_INT,
        .max_memory_mb = UNKNOWN_INT,
        .init_ns = UNKNOWN_NS,
        .restore_ns = UNKNOWN_NS,
        .billed_restore_ms = UNKNOWN_INT,
        .agent_held_ns = UNKNOWN_NS,
        .span_start_ns = UNKNOWN_NS,
        .span_end_ns = UNKNOWN_NS,
        .time_ns = UNKNOWN_NS,
    };
}

uint32_t invocations_find(const struct invocations *invocations, uint32_t instance,
                          struct id16 request_id, uint32_t attempt)
{
    struct invocation_lookup lookup = {invocations, instance, attempt, &request_id};
    uint64_t hash = invocation_hash(invocations, instance, &request_id, attempt);
    uint32_t row;
    return map_find(&invocations->map, hash, invocation_is, &lookup, &row) ? row : ROW_NONE;
}

uint32_t invocations_add(struct invocations *invocations, uint32_t instance, struct id16 request_id,
                         uint32_t attempt)
{
    void *rows = invocations->rows;
    if (!rows_reserve(&rows, &invocations->capacity, (uint64_t)invocations->count + 1,
                      INVOCATION_COUNT_MAX, sizeof(invocations->rows[0]))) {
        return ROW_NONE;
    }
    invocations->rows = rows;
    uint64_t hash = invocation_hash(invocations, instance, &request_id, attempt);
    if (map_insert(&invocations->map, hash, invocations->count) != STATUS_OK) {
        return ROW_NONE;
    }
    struct told nothing;
    invocations_untold(&nothing);
    struct invocation *row = &invocations->rows[invocations->count];
    *row = (struct invocation){
        .function = ROW_NONE,
        .instance = instance,
        .request_id = request_id,
        .attempt = attempt,
        .request = ROW_NONE,
        .request_next = ROW_NONE,
        .minute_previous = ROW_NONE,
        .minute_next = ROW_NONE,
        .open_previous = ROW_NONE,
        .open_next = ROW_NONE,
        .cold_told = -1,
        .trace_id = request_id,
        .start_told_ns = UNKNOWN_NS,
        .deadline_ns = UNKNOWN_NS,
        .done_ns = UNKNOWN_NS,
        .handler_ns = UNKNOWN_NS,
        .response_latency_ns = UNKNOWN_NS,
        .response_duration_ns = UNKNOWN_NS,
        .post_handler_ns = UNKNOWN_NS,
        .reported_ns = UNKNOWN_NS,
        .billed_ms = UNKNOWN_INT,
        .memory_mb = UNKNOWN_INT,
        .max_memory_mb = UNKNOWN_INT,
        .init_ns = UNKNOWN_NS,
        .restore_ns = UNKNOWN_NS,
        .billed_restore_ms = UNKNOWN_INT,
        .agent_held_ns = UNKNOWN_NS,
        .span_start_ns = UNKNOWN_NS,
        .span_end_ns = UNKNOWN_NS,
        .time_ns = UNKNOWN_NS,
        .arrival_ns = UNKNOWN_NS,
        .start_ns = UNKNOWN_NS,
        .placed_ns = UNKNOWN_NS,
        .listed_ns = UNKNOWN_NS,
        .outcome = OUTCOME_RUNNING,
    };
    return invocations->count++;
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

static void merge_number(int64_t *known, int64_t told)
{
    if (told > *known) { /* Unknown is the least number. */
        *known = told;
    }
}

static void merge_text(uint32_t *known, struct texts *texts, struct slice told)
{
    if (told.size > 0 && slice_compare(text_get(texts, *known), told) < 0) {
        *known = text_intern(texts, told);
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

static void merge_context(struct invocation *invocation, const struct told *told)
{
    if (told->has_trace && (!invocation->has_trace || memcmp(&invocation->trace_id, &told->trace_id,
                                                             sizeof(told->trace_id)) < 0)) {
        invocation->trace_id = told->trace_id;
        invocation->has_trace = true;
    }
    merge_id8(&invocation->span_id, told->span_id);
    merge_id8(&invocation->parent_span_id, told->parent_span_id);
    merge_id8(&invocation->segment_id, told->segment_id);
}

void invocations_merge(struct invocation *invocation, struct texts *texts, const struct told *told)
{
    if (told->start_ns != UNKNOWN_NS &&
        follows(invocation->start_stamp, invocation->start_told_ns, told->stamp, told->start_ns)) {
        invocation->start_told_ns = told->start_ns;
        invocation->start_stamp = told->stamp;
    }
    if (told->status != ENDED_UNTOLD &&
        follows(invocation->status_stamp, invocation->status, told->stamp, told->status)) {
        invocation->status = (uint8_t)told->status;
        invocation->status_stamp = told->stamp;
    }
    if (told->stamp.state > invocation->state) {
        invocation->state = told->stamp.state;
    }
    if (told->cold > invocation->cold_told) {
        invocation->cold_told = told->cold;
    }
    merge_context(invocation, told);
    merge_text(&invocation->error_type, texts, told->error_type);
    merge_text(&invocation->trigger, texts, told->trigger);
    merge_text(&invocation->invoked_arn, texts, told->invoked_arn);
    merge_header(invocation, told->xray_header);
    merge_number(&invocation->deadline_ns, told->deadline_ns);
    merge_number(&invocation->done_ns, told->done_ns);
    merge_number(&invocation->handler_ns, told->handler_ns);
    merge_number(&invocation->response_latency_ns, told->response_latency_ns);
    merge_number(&invocation->response_duration_ns, told->response_duration_ns);
    merge_number(&invocation->post_handler_ns, told->post_handler_ns);
    merge_number(&invocation->reported_ns, told->reported_ns);
    merge_number(&invocation->billed_ms, told->billed_ms);
    merge_number(&invocation->memory_mb, told->memory_mb);
    merge_number(&invocation->max_memory_mb, told->max_memory_mb);
    merge_number(&invocation->init_ns, told->init_ns);
    merge_number(&invocation->restore_ns, told->restore_ns);
    merge_number(&invocation->billed_restore_ms, told->billed_restore_ms);
    merge_number(&invocation->agent_held_ns, told->agent_held_ns);
    merge_number(&invocation->span_start_ns, told->span_start_ns);
    merge_number(&invocation->span_end_ns, told->span_end_ns);
    merge_number(&invocation->time_ns, told->time_ns);
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
    invocations->open = ROW_NONE;
    for (uint32_t i = 0; i < invocations->count; i++) {
        moved[i] = ROW_NONE;
        if (!keep[i]) {
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
        uint64_t hash = invocation_hash(invocations, row->instance, &row->request_id, row->attempt);
        ENSURE(map_insert(&invocations->map, hash, count) == STATUS_OK);
        moved[i] = count++;
    }
    invocations->count = count;
    for (uint32_t i = 0; i < count; i++) {
        bool open = invocations->rows[i].open;
        invocations->rows[i].open = false;
        invocations_open(invocations, i, open);
    }
}
