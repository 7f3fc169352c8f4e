/* SPDX-License-Identifier: Apache-2.0 */
#include "query/assemble.h"

#include "proto/names.h"

#include "base/ensure.h"
#include "base/uuid.h"

#include <string.h>

/*
 * Who called whom.  The platform gives every invocation a segment id, which the function's own
 * spans and those it calls name as their parent: it stands for our SERVER span.  The header that a
 * function sees names its own segment, so the caller of an invocation is told by other means: the
 * header's Parent where it is somebody else's span, a CLIENT span of the caller that has the
 * request id, or the parent that the function's SDK took from the event.
 */

static bool id8_zero(struct id8 id)
{
    static const struct id8 zero;
    return memcmp(&id, &zero, sizeof(id)) == 0;
}

static bool id8_equal(struct id8 one, struct id8 other)
{
    return memcmp(&one, &other, sizeof(one)) == 0;
}

/* The invocation whose span or segment an id is, by a table of both. */
struct segments {
    const struct assemble *assemble;
    struct map map; /* Twice the invocation's index, + 1 for its segment id. */
};

struct segment_lookup {
    const struct transaction *transaction;
    struct id8 id;
};

static struct id8 segment_name(const struct transaction *transaction, uint32_t row)
{
    const struct invocation_facts *facts = &transaction->invocations[row / 2].facts;
    return row % 2 == 0 ? facts->span_id : facts->segment_id;
}

static bool segment_is(const void *context, uint32_t row)
{
    const struct segment_lookup *lookup = context;
    return id8_equal(segment_name(lookup->transaction, row), lookup->id);
}

static uint64_t hash_id8(const struct assemble *assemble, struct id8 id)
{
    return hash_sip64(&assemble->query->key, slice_of(id.bytes, sizeof(id.bytes)));
}

static bool segments_init(struct segments *segments, const struct assemble *assemble)
{
    const struct transaction *transaction = assemble->transaction;
    *segments = (struct segments){.assemble = assemble};
    map_init_growing(&segments->map, UINT32_MAX);
    for (uint32_t i = 0; i < transaction->invocation_count * 2; i++) {
        struct id8 id = segment_name(transaction, i);
        if (!id8_zero(id) && map_insert(&segments->map, hash_id8(assemble, id), i) != STATUS_OK) {
            return false;
        }
    }
    return true;
}

static uint32_t segments_find(const struct segments *segments, struct id8 id)
{
    struct segment_lookup lookup = {segments->assemble->transaction, id};
    uint32_t row;
    if (id8_zero(id) ||
        !map_find(&segments->map, hash_id8(segments->assemble, id), segment_is, &lookup, &row)) {
        return TRANSACTION_NONE;
    }
    return row / 2;
}

static bool span_waits(const struct span *span)
{
    return span->kind == SPAN_CLIENT;
}

/* Make a span the caller of an invocation. */
static void call_from_span(struct assemble *assemble, uint32_t invocation, uint32_t span)
{
    const struct transaction_span *from = &assemble->span_rows[span];
    struct transaction_invocation *to = &assemble->transaction->invocations[invocation];
    to->parent = from->span->span_id;
    to->caller = from->invocation;
    to->caller_start_ns = from->start_ns;
    to->caller_end_ns = from->end_ns;
    to->caller_waits = span_waits(from->span);
}

static void call_from_invocation(struct assemble *assemble, uint32_t invocation, uint32_t caller)
{
    const struct transaction_invocation *from = &assemble->transaction->invocations[caller];
    struct transaction_invocation *to = &assemble->transaction->invocations[invocation];
    to->parent = from->facts.span_id;
    to->caller = caller;
    to->caller_start_ns = from->facts.start_ns;
    to->caller_end_ns = from->facts.end_ns;
    to->caller_waits = false;
}

/* The parent that the header names, where that is not the invocation itself. */
static void call_by_header(struct assemble *assemble, const struct segments *segments,
                           uint32_t index)
{
    struct transaction_invocation *invocation = &assemble->transaction->invocations[index];
    struct id8 parent = invocation->facts.parent_span_id;
    if (id8_zero(parent)) {
        return;
    }
    uint32_t span = assemble_span(assemble, parent);
    if (span != TRANSACTION_NONE && assemble->span_rows[span].invocation != index) {
        call_from_span(assemble, index, span);
        return;
    }
    uint32_t caller = segments_find(segments, parent);
    if (caller != TRANSACTION_NONE && caller != index) {
        call_from_invocation(assemble, index, caller);
    } else if (caller == TRANSACTION_NONE) {
        invocation->parent = parent; /* Somebody whom nobody has told us of. */
    }
}

/* A CLIENT span with the request id of an invocation called it. */
static void call_by_request(struct assemble *assemble, uint32_t span)
{
    const struct transaction_span *row = &assemble->span_rows[span];
    struct slice text;
    struct uuid uuid;
    if ((row->span->kind != SPAN_CLIENT && row->span->kind != SPAN_PRODUCER) ||
        !attrs_find_text(row->span->attrs, NAME_AWS_REQUEST_ID, &text) ||
        !uuid_parse(text, &uuid)) {
        return;
    }
    struct id16 request_id;
    memcpy(request_id.bytes, uuid.bytes, sizeof(request_id.bytes));
    for (uint32_t i = assemble_request(assemble, request_id); i != TRANSACTION_NONE;
         i = assemble->transaction->invocations[i].request_next) {
        struct transaction_invocation *invocation = &assemble->transaction->invocations[i];
        if (row->invocation != i && invocation->caller == TRANSACTION_NONE) {
            call_from_span(assemble, i, span);
        }
    }
}

/* The function's own SERVER span took its parent from the event. */
static void call_by_event(struct assemble *assemble, uint32_t span)
{
    const struct transaction_span *row = &assemble->span_rows[span];
    if (assemble_platform(row) || row->invocation == TRANSACTION_NONE ||
        id8_zero(row->span->parent_span_id)) {
        return;
    }
    uint32_t parent = assemble_span(assemble, row->span->parent_span_id);
    struct transaction_invocation *invocation =
        &assemble->transaction->invocations[row->invocation];
    if (parent == TRANSACTION_NONE || invocation->caller != TRANSACTION_NONE) {
        return;
    }
    const struct transaction_span *from = &assemble->span_rows[parent];
    if (from->invocation != TRANSACTION_NONE && from->invocation != row->invocation) {
        call_from_span(assemble, row->invocation, parent);
    }
}

void callers_find(struct assemble *assemble)
{
    struct transaction *transaction = assemble->transaction;
    struct segments segments;
    if (!segments_init(&segments, assemble)) {
        transaction->cut = true;
    }
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        call_by_header(assemble, &segments, i);
    }
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        call_by_request(assemble, i);
    }
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        call_by_event(assemble, i);
    }
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        struct transaction_span *row = &assemble->span_rows[i];
        const struct span *span = row->span;
        if (assemble_platform(row) && span->kind == SPAN_SERVER &&
            row->invocation != TRANSACTION_NONE) {
            row->parent = transaction->invocations[row->invocation].parent;
            continue;
        }
        uint32_t invocation = segments_find(&segments, span->parent_span_id);
        if (invocation != TRANSACTION_NONE) {
            row->parent = transaction->invocations[invocation].facts.span_id;
            continue;
        }
        /* The parents of those that others call are with others. */
        row->parent_missing = !id8_zero(row->parent) && span->kind != SPAN_SERVER &&
                              span->kind != SPAN_CONSUMER &&
                              assemble_span(assemble, row->parent) == TRANSACTION_NONE;
    }
    map_fini(&segments.map);
}
