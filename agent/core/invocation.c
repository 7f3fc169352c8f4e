/* SPDX-License-Identifier: Apache-2.0 */
#include "core/invocation.h"

#include "base/ensure.h"
#include "base/hash.h"
#include "base/number.h"
#include "base/uuid.h"
#include "base/xray.h"

#include <string.h>

static const struct hash_key key_zero = {{0, 0}};

struct slice invocation_text_slice(const struct invocation_text *text)
{
    return slice_of(text->bytes, text->size);
}

void invocation_text_set(struct invocation_text *text, struct slice slice)
{
    text->size = 0;
    if (slice.size > 0 && slice.size <= sizeof(text->bytes)) {
        memcpy(text->bytes, slice.base, slice.size);
        text->size = (uint16_t)slice.size;
    }
}

void invocation_text_keep(struct invocation_text *place, struct slice *field, struct slice text)
{
    if (text.size > 0) {
        invocation_text_set(place, text);
        *field = invocation_text_slice(place);
    }
}

struct slice invocation_id(const struct invocation *invocation)
{
    return slice_of(invocation->id, invocation->id_size);
}

struct invocation *invocation_find_before(struct invocation_table *table, struct slice id,
                                          enum invocation_state state)
{
    struct invocation *found = NULL;
    for (size_t i = 0; i < table->reach; i++) {
        struct invocation *row = &table->rows[i];
        if (row->used && row->state < state && slice_equal(invocation_id(row), id) &&
            (found == NULL || row->order < found->order)) {
            found = row;
        }
    }
    return found;
}

struct invocation *invocation_find(struct invocation_table *table, struct slice id)
{
    struct invocation *found = NULL;
    for (size_t i = 0; i < table->reach; i++) {
        struct invocation *row = &table->rows[i];
        if (row->used && slice_equal(invocation_id(row), id) &&
            (found == NULL || row->order > found->order)) {
            found = row;
        }
    }
    return found;
}

struct invocation *invocation_find_start(struct invocation_table *table, struct slice id,
                                         uint64_t start_ns)
{
    for (size_t i = 0; i < table->reach; i++) {
        struct invocation *row = &table->rows[i];
        if (row->used && row->started && start_ns > 0 && row->start_ns == start_ns &&
            slice_equal(invocation_id(row), id)) {
            return row;
        }
    }
    return NULL;
}

/* Whether one is the better victim: of what is complete, else of what began first. */
static bool is_better(const struct invocation *one, const struct invocation *other)
{
    return other == NULL || one->state > other->state ||
           (one->state == other->state && one->order < other->order);
}

struct invocation *invocation_victim(struct invocation_table *table, const struct invocation *keep)
{
    struct invocation *any = NULL;
    struct invocation *over = NULL;
    if (table->reach < AGENT_INVOCATIONS_KEPT) {
        return NULL;
    }
    for (size_t i = 0; i < table->reach; i++) {
        struct invocation *row = &table->rows[i];
        if (!row->used) {
            return NULL;
        }
        if (row == keep) {
            continue;
        }
        any = is_better(row, any) ? row : any;
        if (row->state == INVOCATION_REPORTED && !row->dirty && is_better(row, over)) {
            over = row;
        }
    }
    return over != NULL || table->reach < AGENT_INVOCATIONS_MAX ? over : any;
}

/* The hash stands for the id: with 64 bits two ids of one instance do not meet. */
static uint64_t hash_of(struct slice id)
{
    return hash_sip64(&key_zero, id) | 1;
}

/* Its place, or AGENT_ATTEMPTS_MAX. */
static size_t attempts_find(const struct invocation_table *table, struct slice id)
{
    uint64_t hash = hash_of(id);
    size_t i = 0;
    while (i < AGENT_ATTEMPTS_MAX && table->attempts[i].id_hash != hash) {
        i++;
    }
    return i;
}

static void attempts_changed(struct invocation_table *table, struct invocation_attempts *attempts)
{
    attempts->dirty = true;
    table->attempts_dirty = true;
}

static struct invocation_attempts *attempts_add(struct invocation_table *table, struct slice id)
{
    struct invocation_attempts *attempts = &table->attempts[table->attempts_next];
    table->attempts_next = (table->attempts_next + 1) % AGENT_ATTEMPTS_MAX;
    *attempts = (struct invocation_attempts){
        .id_hash = hash_of(id), .order = ++table->attempts_order, .count = 1};
    attempts_changed(table, attempts);
    return attempts;
}

bool invocation_start_noted(const struct invocation_table *table, struct slice id,
                            uint64_t start_ns)
{
    size_t place = attempts_find(table, id);
    return place < AGENT_ATTEMPTS_MAX && start_ns > 0 &&
           table->attempts[place].start_ns == start_ns;
}

void invocation_note_start(struct invocation_table *table, struct slice id, uint64_t start_ns)
{
    size_t place = attempts_find(table, id);
    if (place < AGENT_ATTEMPTS_MAX) {
        table->attempts[place].start_ns = start_ns;
        attempts_changed(table, &table->attempts[place]);
    }
}

struct invocation invocation_empty(void)
{
    return (struct invocation){
        .handler_ns = INT64_MIN,
        .produced_bytes = INT64_MIN,
        .response_latency_ns = INT64_MIN,
        .response_duration_ns = INT64_MIN,
        .runtime_overhead_ns = INT64_MIN,
        .post_handler_ns = INT64_MIN,
        .reported_ns = INT64_MIN,
        .billed_ms = INT64_MIN,
        .memory_size_mb = INT64_MIN,
        .max_memory_used_mb = INT64_MIN,
        .init_ns = INT64_MIN,
        .restore_ns = INT64_MIN,
        .billed_restore_ms = INT64_MIN,
        .held_ns = INT64_MIN,
        .runtime_cpu_ns = INT64_MIN,
        .response_bytes = INT64_MIN,
    };
}

struct invocation *invocation_add(struct invocation_table *table, struct slice id, bool again)
{
    struct invocation *row = NULL;
    size_t place = attempts_find(table, id);
    bool known = place < AGENT_ATTEMPTS_MAX;
    struct invocation_attempts *attempts;
    ENSURE(id.size > 0 && id.size <= AGENT_REQUEST_ID_MAX);
    for (size_t i = 0; i < table->reach && row == NULL; i++) {
        row = table->rows[i].used ? NULL : &table->rows[i];
    }
    if (row == NULL) {
        ENSURE(table->reach < AGENT_INVOCATIONS_MAX);
        row = &table->rows[table->reach++];
    }
    attempts = known ? &table->attempts[place] : attempts_add(table, id);
    if (known && !again) {
        attempts->count++;
        attempts_changed(table, attempts);
    }
    *row = invocation_empty();
    row->used = true;
    row->announced = known && again;
    row->started = known && again;
    row->order = ++table->order;
    row->attempt = attempts->count;
    row->id_size = (uint16_t)id.size;
    memcpy(row->id, id.base, id.size);
    return row;
}

static void trace_from_id(struct invocation *invocation)
{
    struct uuid uuid;
    static const unsigned char zero[16];
    if (uuid_parse(invocation_id(invocation), &uuid) && memcmp(uuid.bytes, zero, 16) != 0) {
        memcpy(invocation->trace_id, uuid.bytes, 16);
        return;
    }
    /* Not a UUID, which the platform never promised: any 16 bytes that depend on it alone. */
    struct hash_128 hash = hash_sip128(&key_zero, invocation_id(invocation));
    memcpy(invocation->trace_id, hash.bytes, 16);
}

void invocation_trace(struct invocation *invocation, struct slice header)
{
    struct xray xray;
    if (invocation->traced) {
        return;
    }
    invocation->traced = true;
    if (header.size > 0 && header.size <= AGENT_XRAY_MAX) {
        memcpy(invocation->xray, header.base, header.size);
        invocation->xray_size = (uint16_t)header.size;
    }
    if (invocation->adopted) {
        return;
    }
    if (!xray_parse(header, &xray) || !xray.has_root) {
        trace_from_id(invocation);
        return;
    }
    memcpy(invocation->trace_id, xray.root, 16);
    invocation->sampled = xray.sampled == XRAY_SAMPLED_YES;
    if (xray.has_parent) {
        invocation->has_parent = true;
        memcpy(invocation->parent_id, xray.parent, 8);
    }
}

struct record_context invocation_context(const struct invocation *invocation, struct slice instance,
                                         struct slice part)
{
    struct record_context context = {.known = true, .sampled = invocation->sampled};
    unsigned char text[AGENT_INSTANCE_MAX + AGENT_REQUEST_ID_MAX + NUMBER_TEXT_SIZE + 32];
    char attempt[NUMBER_TEXT_SIZE];
    struct buf buf;
    ENSURE(invocation->traced);
    number_format_u64(invocation->attempt, attempt);
    buf_init_fixed(&buf, text, sizeof(text));
    buf_append(&buf, instance);
    buf_append_byte(&buf, 0);
    buf_append(&buf, invocation_id(invocation));
    buf_append_byte(&buf, 0);
    buf_append_text(&buf, attempt);
    buf_append_byte(&buf, 0);
    buf_append(&buf, part);
    ENSURE(!buf_overflowed(&buf));
    struct hash_128 hash = hash_sip128(&key_zero, buf_bytes(&buf));
    memcpy(context.span_id, hash.bytes, 8);
    memcpy(context.trace_id, invocation->trace_id, 16);
    return context;
}
