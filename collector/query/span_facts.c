/* SPDX-License-Identifier: Apache-2.0 */
#include "query/assemble.h"

#include "proto/names.h"

#include "base/buf.h"
#include "base/number.h"
#include "base/uuid.h"

#include <string.h>

/*
 * Spans that nobody sent.  Log streams have none, and an agent that was killed could not send its
 * last; but the facts tell what they would have been.  They are made here, with the ids that the
 * agent gives them (docs/reference/wire.md), so one that does come takes the place of one made.
 */

#define ATTR_COUNT_MAX 6

static void push(struct attr *attrs, size_t *count, struct slice key, struct value value)
{
    attrs[(*count)++] = (struct attr){key, value};
}

static struct value text_value(struct slice text)
{
    return (struct value){.kind = VALUE_STRING, .text = text};
}

/* The id of a span of an invocation, by its key and the part of it that the span is. */
static bool span_id_of(struct assemble *assemble, const struct transaction_invocation *invocation,
                       struct slice request, struct slice part, struct id8 *id)
{
    static const struct hash_key key;
    char attempt[NUMBER_TEXT_SIZE];
    size_t attempt_size = number_format_u64(invocation->facts.attempt, attempt);
    const struct transaction_instance *instance = &assemble->instance_rows[invocation->instance];
    struct slice name = instance->alias.size > 0 ? instance->alias : instance->name;
    size_t mark = arena_mark(assemble->arena);
    size_t size = name.size + request.size + attempt_size + part.size + 3;
    unsigned char *memory = arena_alloc(assemble->arena, size);
    if (memory == NULL) {
        return false;
    }
    struct buf buf;
    buf_init_fixed(&buf, memory, size);
    buf_append(&buf, name);
    buf_append_byte(&buf, 0);
    buf_append(&buf, request);
    buf_append_byte(&buf, 0);
    buf_append(&buf, slice_of(attempt, attempt_size));
    buf_append_byte(&buf, 0);
    buf_append(&buf, part);
    struct hash_128 hash = hash_sip128(&key, buf_bytes(&buf));
    memcpy(id->bytes, hash.bytes, sizeof(id->bytes));
    arena_rewind(assemble->arena, mark);
    return true;
}

/* What the spans of one invocation share. */
struct making {
    struct assemble *assemble;
    uint32_t invocation;
    struct slice request;
    const struct scope *scope;
    const struct resource *resource;
    struct id8 server;
    bool placed; /* The next span stands where it must have been, which nobody told. */
};

static bool make_resource(struct making *making)
{
    struct assemble *assemble = making->assemble;
    const struct transaction_invocation *invocation =
        &assemble->transaction->invocations[making->invocation];
    const struct function_facts *function = &invocation->function;
    struct resource *resource = arena_alloc(assemble->arena, sizeof(*resource));
    struct scope *scope = arena_alloc(assemble->arena, sizeof(*scope));
    struct attr *attrs = arena_alloc_array(assemble->arena, 6, sizeof(attrs[0]));
    if (resource == NULL || scope == NULL || attrs == NULL) {
        return false;
    }
    *scope = (struct scope){.name = NAME_SCOPE_LOGS, .logs = true};
    making->scope = scope;
    *resource = (struct resource){
        .service = function->name,
        .account = function->account,
        .region = function->region,
        .function = function->name,
        .version = function->version,
        .instance = assemble->instance_rows[invocation->instance].name,
    };
    const struct {
        struct slice key, value;
    } known[] = {
        {NAME_CLOUD_PROVIDER, function->provider}, {NAME_CLOUD_ACCOUNT_ID, function->account},
        {NAME_CLOUD_REGION, function->region},     {NAME_FAAS_NAME, function->name},
        {NAME_FAAS_VERSION, function->version},    {NAME_FAAS_INSTANCE, resource->instance},
    };
    resource->attrs.items = attrs;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].value.size > 0) {
            push(attrs, &resource->attrs.count, known[i].key, text_value(known[i].value));
        }
    }
    making->resource = resource;
    return true;
}

static void make_attrs(struct making *making, struct attr *attrs, bool server, struct span *span)
{
    const struct invocation_facts *facts =
        &making->assemble->transaction->invocations[making->invocation].facts;
    size_t *count = &span->attrs.count;
    span->attrs.items = attrs;
    push(attrs, count, NAME_FAAS_INVOCATION_ID, text_value(making->request));
    push(attrs, count, NAME_THAW_ATTEMPT,
         (struct value){.kind = VALUE_INT, .integer = facts->attempt});
    if (making->placed) {
        push(attrs, count, NAME_THAW_PLACED, text_value(SLICE("before_start")));
    }
    if (!server) {
        return;
    }
    push(attrs, count, NAME_FAAS_COLDSTART,
         (struct value){.kind = VALUE_BOOL, .boolean = facts->cold});
    if (facts->invoked_arn.size > 0) {
        push(attrs, count, NAME_AWS_LAMBDA_INVOKED_ARN, text_value(facts->invoked_arn));
    }
    if (facts->outcome == OUTCOME_ERROR || facts->outcome == OUTCOME_TIMEOUT) {
        struct slice word = facts->error_type.size > 0          ? facts->error_type
                            : facts->outcome == OUTCOME_TIMEOUT ? SLICE("timeout")
                                                                : SLICE("error");
        span->status = SPAN_STATUS_ERROR;
        push(attrs, count, NAME_ERROR_TYPE, text_value(word));
    }
}

/* Make one span, unless it was sent. */
static bool make_span(struct making *making, struct slice part, int64_t start_ns, int64_t end_ns)
{
    struct assemble *assemble = making->assemble;
    const struct transaction_invocation *invocation =
        &assemble->transaction->invocations[making->invocation];
    bool server = slice_equal(part, SLICE("invocation"));
    struct id8 id = making->server;
    if (!server && !span_id_of(assemble, invocation, making->request, part, &id)) {
        return false;
    }
    if (assemble_span(assemble, id) != TRANSACTION_NONE) {
        return true;
    }
    struct span *span = arena_alloc(assemble->arena, sizeof(*span));
    struct attr *attrs = arena_alloc_array(assemble->arena, ATTR_COUNT_MAX, sizeof(attrs[0]));
    if (span == NULL || attrs == NULL) {
        return false;
    }
    *span = (struct span){
        .resource = making->resource,
        .scope = making->scope,
        .trace_id = invocation->facts.trace_id,
        .span_id = id,
        .parent_span_id = server ? invocation->facts.parent_span_id : making->server,
        .name = server ? invocation->function.name : part,
        .kind = server ? SPAN_SERVER : SPAN_INTERNAL,
        .start_ns = (uint64_t)start_ns,
        .end_ns = (uint64_t)(end_ns > start_ns ? end_ns : start_ns),
    };
    make_attrs(making, attrs, server, span);
    struct transaction_span row = {
        .span = span,
        .invocation = making->invocation,
        .instance = invocation->instance,
        .group = invocation->group,
        .attached = ATTACHED_ID,
        .derived = true,
        .parent = span->parent_span_id,
        .start_ns = (int64_t)span->start_ns,
        .end_ns = (int64_t)span->end_ns,
    };
    return assemble_add_span(assemble, &row);
}

static bool make_children(struct making *making, const struct invocation_facts *facts)
{
    bool good = true;
    if (facts->cold && facts->init_start_ns != UNKNOWN_NS && facts->init_ns != UNKNOWN_NS) {
        good = make_span(making, SLICE("init"), facts->init_start_ns,
                         facts->init_start_ns + facts->init_ns);
    } else if (facts->cold && facts->init_start_ns == UNKNOWN_NS && facts->init_ns > 0) {
        bool inside = slice_equal(facts->init_phase, SLICE("invoke"));
        int64_t start_ns = inside ? facts->start_ns : facts->start_ns - facts->init_ns;
        making->placed = true;
        good = make_span(making, SLICE("init"), start_ns, start_ns + facts->init_ns);
        making->placed = false;
    }
    if (good && facts->done_ns != UNKNOWN_NS && facts->handler_ns != UNKNOWN_NS) {
        good =
            make_span(making, SLICE("handler"), facts->done_ns - facts->handler_ns, facts->done_ns);
    }
    if (good && facts->done_ns != UNKNOWN_NS && facts->post_handler_ns != UNKNOWN_NS) {
        good = make_span(making, SLICE("post_handler"), facts->done_ns,
                         facts->done_ns + facts->post_handler_ns);
    }
    return good;
}

static bool make_spans(struct assemble *assemble, uint32_t index)
{
    struct transaction_invocation *invocation = &assemble->transaction->invocations[index];
    struct invocation_facts *facts = &invocation->facts;
    static const struct id8 zero;
    struct making making = {.assemble = assemble, .invocation = index, .server = facts->span_id};
    char text[UUID_TEXT_SIZE + 1];
    struct uuid uuid;
    if (facts->outcome == OUTCOME_RUNNING || facts->start_ns == UNKNOWN_NS) {
        return true; /* Its span comes when it has ended. */
    }
    memcpy(uuid.bytes, facts->request_id.bytes, sizeof(uuid.bytes));
    uuid_format(&uuid, text);
    making.request = arena_dup(assemble->arena, slice_of(text, UUID_TEXT_SIZE));
    if (memcmp(&making.server, &zero, sizeof(zero)) == 0 &&
        !span_id_of(assemble, invocation, making.request, SLICE("invocation"), &making.server)) {
        return false;
    }
    facts->span_id = making.server;
    if (assemble_span(assemble, making.server) != TRANSACTION_NONE) {
        return true;
    }
    return make_resource(&making) &&
           make_span(&making, SLICE("invocation"), facts->start_ns,
                     facts->end_ns != UNKNOWN_NS ? facts->end_ns : facts->start_ns) &&
           make_children(&making, facts);
}

void span_facts_make(struct assemble *assemble)
{
    for (uint32_t i = 0; i < assemble->transaction->invocation_count; i++) {
        if (!make_spans(assemble, i)) {
            assemble->transaction->cut = true;
            return;
        }
    }
}
