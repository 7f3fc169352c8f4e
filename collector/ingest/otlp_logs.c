/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_logs.h"

#include "proto/names.h"
#include "proto/wire.h"

#include <string.h>

/* --- Fields. --- */

/* The fields of one message.  (wire_read is for all that is not most of the work: this one has its
 * common cases in the caller's code.) */
struct fields {
    const unsigned char *at;
    const unsigned char *end;
    bool bad;
};

static inline struct fields fields_of(struct slice message)
{
    static const unsigned char nothing[1] = {0};
    const unsigned char *base = message.size > 0 ? message.base : nothing;
    return (struct fields){base, base + message.size, false};
}

static inline bool fields_varint(struct fields *fields, uint64_t *value)
{
    if (fields->at < fields->end && *fields->at < 0x80) {
        *value = *fields->at++;
        return true;
    }
    size_t size = 0;
    struct slice rest = slice_of(fields->at, (size_t)(fields->end - fields->at));
    if (wire_read_varint(rest, value, &size) != WIRE_FIELD) {
        return false;
    }
    fields->at += size;
    return true;
}

static inline bool fields_payload(struct fields *fields, struct wire_field *field)
{
    size_t left;
    switch (field->type) {
    case WIRE_VARINT:
        return fields_varint(fields, &field->value);
    case WIRE_FIXED64:
    case WIRE_FIXED32: {
        size_t size = field->type == WIRE_FIXED64 ? 8 : 4;
        if ((size_t)(fields->end - fields->at) < size) {
            return false;
        }
        field->value = 0;
        for (size_t i = 0; i < size; i++) {
            field->value |= (uint64_t)fields->at[i] << (8 * i);
        }
        fields->at += size;
        return true;
    }
    case WIRE_BYTES:
        if (!fields_varint(fields, &field->value)) {
            return false;
        }
        left = (size_t)(fields->end - fields->at);
        if (field->value > left) {
            return false;
        }
        field->bytes = slice_of(fields->at, (size_t)field->value);
        fields->at += field->value;
        return true;
    }
    return false; /* Groups, and types that there are not. */
}

/* The next field; false at the end, or where the message is malformed. */
static inline bool fields_next(struct fields *fields, struct wire_field *field)
{
    uint64_t tag;
    if (fields->bad || fields->at == fields->end) {
        return false;
    }
    if (!fields_varint(fields, &tag) || tag >> 3 == 0 || tag >> 32 != 0) {
        fields->bad = true;
        return false;
    }
    field->number = (uint32_t)(tag >> 3);
    field->type = (enum wire_type)(tag & 7);
    if (!fields_payload(fields, field)) {
        fields->bad = true;
        return false;
    }
    return true;
}

/* Whether the field is of this type; else the message is malformed. */
static inline bool fields_type(struct fields *fields, const struct wire_field *field,
                               enum wire_type type)
{
    fields->bad = fields->bad || field->type != type;
    return !fields->bad;
}

/* How many fields of this number a message has. */
static size_t fields_count(struct slice message, uint32_t number)
{
    struct fields fields = fields_of(message);
    struct wire_field field;
    size_t count = 0;
    while (fields_next(&fields, &field)) {
        count += field.number == number && field.type == WIRE_BYTES ? 1 : 0;
    }
    return count;
}

/* --- Values. --- */

/* A list or map whose members are still to be read. */
struct logs_todo {
    struct logs_todo *next;
    struct slice source;
    struct value *target;
};

struct logs {
    struct arena *arena;
    struct batch *batch;
    struct log_line *lines;
    struct resource *resources;
    struct logs_todo *todo;
};

static bool logs_container(struct logs *logs, struct slice source, enum value_kind kind,
                           struct value *target)
{
    struct logs_todo *one = arena_alloc(logs->arena, sizeof(*one));
    if (one == NULL) {
        return false;
    }
    *target = (struct value){.kind = kind};
    *one = (struct logs_todo){.next = logs->todo, .source = source, .target = target};
    logs->todo = one;
    return true;
}

/* Read an AnyValue.  Containers go on the list instead of being descended into, so that how deep a
 * value nests does not matter here. */
static bool logs_value(struct logs *logs, struct slice source, struct value *target)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    target->kind = VALUE_EMPTY;
    while (fields_next(&fields, &field)) {
        switch (field.number) {
        case 1:
        case 7:
            if (fields_type(&fields, &field, WIRE_BYTES)) {
                target->kind = field.number == 1 ? VALUE_STRING : VALUE_BYTES;
                target->text = field.bytes;
            }
            break;
        case 2:
            if (fields_type(&fields, &field, WIRE_VARINT)) {
                target->kind = VALUE_BOOL;
                target->boolean = field.value != 0;
            }
            break;
        case 3:
            if (fields_type(&fields, &field, WIRE_VARINT)) {
                target->kind = VALUE_INT;
                target->integer = (int64_t)field.value;
            }
            break;
        case 4:
            if (fields_type(&fields, &field, WIRE_FIXED64)) {
                target->kind = VALUE_DOUBLE;
                target->number = wire_as_double(&field);
            }
            break;
        case 5:
        case 6:
            if (fields_type(&fields, &field, WIRE_BYTES) &&
                !logs_container(logs, field.bytes, field.number == 5 ? VALUE_ARRAY : VALUE_MAP,
                                target)) {
                return false;
            }
            break;
        default:
            break;
        }
    }
    return !fields.bad;
}

static bool logs_attr(struct logs *logs, struct slice source, struct attr *target)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    *target = (struct attr){.key = SLICE_EMPTY};
    while (fields_next(&fields, &field)) {
        if (field.number == 1 && fields_type(&fields, &field, WIRE_BYTES)) {
            target->key = field.bytes;
        } else if (field.number == 2 && fields_type(&fields, &field, WIRE_BYTES) &&
                   !logs_value(logs, field.bytes, &target->value)) {
            return false;
        }
    }
    return !fields.bad;
}

/* The members of a list or map. */
static bool logs_members(struct logs *logs, const struct logs_todo *todo)
{
    size_t count = fields_count(todo->source, 1);
    bool array = todo->target->kind == VALUE_ARRAY;
    if (count == 0) {
        return true;
    }
    struct value *values = NULL;
    struct attr *attrs = NULL;
    if (array) {
        values = arena_alloc_array(logs->arena, count, sizeof(*values));
        todo->target->array.items = values;
        todo->target->array.count = count;
    } else {
        attrs = arena_alloc_array(logs->arena, count, sizeof(*attrs));
        todo->target->map.items = attrs;
        todo->target->map.count = count;
    }
    if (values == NULL && attrs == NULL) {
        return false;
    }
    struct fields fields = fields_of(todo->source);
    struct wire_field field;
    for (size_t i = 0; fields_next(&fields, &field);) {
        if (field.number != 1 || !fields_type(&fields, &field, WIRE_BYTES)) {
            continue;
        }
        bool read = array ? logs_value(logs, field.bytes, &values[i])
                          : logs_attr(logs, field.bytes, &attrs[i]);
        if (!read) {
            return false;
        }
        i++;
    }
    return !fields.bad;
}

static bool logs_work_off(struct logs *logs)
{
    while (logs->todo != NULL) {
        const struct logs_todo *one = logs->todo;
        struct value *target = one->target;
        logs->todo = one->next;
        /* A value that was there twice: the later one counts. */
        bool open = target->kind == VALUE_ARRAY || target->kind == VALUE_MAP;
        if (open && !logs_members(logs, one)) {
            return false;
        }
    }
    return true;
}

/* --- Resource and scope. --- */

static bool logs_resource(struct logs *logs, struct slice source, struct resource *target)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    size_t count = fields_count(source, 1);
    struct attr *attrs = NULL;
    size_t filled = 0;
    if (count > 0) {
        attrs = arena_alloc_array(logs->arena, count, sizeof(*attrs));
        if (attrs == NULL) {
            return false;
        }
    }
    while (fields_next(&fields, &field)) {
        if (field.number == 1 && fields_type(&fields, &field, WIRE_BYTES)) {
            if (!logs_attr(logs, field.bytes, &attrs[filled++])) {
                return false;
            }
        } else if (field.number == 2 && fields_type(&fields, &field, WIRE_VARINT)) {
            target->attrs.dropped = (uint32_t)field.value;
        }
    }
    target->attrs.items = attrs;
    target->attrs.count = filled;
    if (fields.bad || !logs_work_off(logs)) {
        return false;
    }
    record_name_sender(target);
    return true;
}

static bool logs_scope(struct slice source, const struct resource *resource, struct scope *scope)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    while (fields_next(&fields, &field)) {
        if (field.number == 1 && fields_type(&fields, &field, WIRE_BYTES)) {
            scope->name = field.bytes;
        } else if (field.number == 2 && fields_type(&fields, &field, WIRE_BYTES)) {
            scope->version = field.bytes;
        }
    }
    scope->agent = resource->epoch > 0 && slice_equal(scope->name, NAME_SCOPE_AGENT);
    scope->logs = slice_equal(scope->name, NAME_SCOPE_LOGS);
    return !fields.bad;
}

/* --- Lines. --- */

static bool logs_id(struct slice bytes, unsigned char *target, size_t size)
{
    static const unsigned char zero[16] = {0};
    if (bytes.size != size || memcmp(bytes.base, zero, size) == 0) {
        memset(target, 0, size);
        return false;
    }
    memcpy(target, bytes.base, size);
    return true;
}

/*
 * The attributes of a line of the agent that say whose it is.  The agent writes them before the
 * members of a function's JSON line; early agents copied members of the same names, too.  So the
 * first of each is the agent's, and the others are taken out.  A line is of an invocation or of a
 * phase: of these two names the first one is the agent's as well.
 */
static size_t logs_line_identity(struct attr *attrs, size_t count)
{
    enum { SEQ, SOURCE, INVOCATION, ATTEMPT, PHASE, COUNT };
    const struct slice names[COUNT] = {
        [SEQ] = NAME_THAW_SEQ,
        [SOURCE] = NAME_THAW_SOURCE,
        [INVOCATION] = NAME_FAAS_INVOCATION_ID,
        [ATTEMPT] = NAME_THAW_ATTEMPT,
        [PHASE] = NAME_THAW_PHASE,
    };
    bool taken[COUNT] = {false};
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned name = 0;
        while (name < COUNT && !slice_equal(attrs[i].key, names[name])) {
            name++;
        }
        if (name < COUNT) {
            if (taken[name]) {
                continue;
            }
            taken[name] = true;
            if (name == PHASE) {
                taken[INVOCATION] = taken[ATTEMPT] = true;
            } else if (name == INVOCATION) {
                taken[PHASE] = true;
            }
        }
        attrs[kept++] = attrs[i];
    }
    return kept;
}

/* Take the field of a record that is text or an id. */
static void logs_line_bytes(const struct wire_field *field, struct log_line *line)
{
    switch (field->number) {
    case 3:
        line->severity_text = field->bytes;
        break;
    case 9:
        line->has_trace = logs_id(field->bytes, line->trace_id.bytes, sizeof(line->trace_id.bytes));
        break;
    case 10:
        (void)logs_id(field->bytes, line->span_id.bytes, sizeof(line->span_id.bytes));
        break;
    case 12:
        line->event_name = field->bytes;
        break;
    default:
        break;
    }
}

static bool logs_line_field(struct logs *logs, struct fields *fields,
                            const struct wire_field *field, struct log_line *line,
                            struct attr *attrs)
{
    switch (field->number) {
    case 1:
    case 11:
        if (fields_type(fields, field, WIRE_FIXED64)) {
            *(field->number == 1 ? &line->time_ns : &line->observed_ns) = field->value;
        }
        return true;
    case 2:
        if (fields_type(fields, field, WIRE_VARINT)) {
            uint32_t severity = (uint32_t)field->value;
            line->severity = severity <= 24 ? severity : 0;
        }
        return true;
    case 3:
    case 9:
    case 10:
    case 12:
        if (fields_type(fields, field, WIRE_BYTES)) {
            logs_line_bytes(field, line);
        }
        return true;
    case 5:
        return !fields_type(fields, field, WIRE_BYTES) ||
               logs_value(logs, field->bytes, &line->body);
    case 6:
        return !fields_type(fields, field, WIRE_BYTES) ||
               logs_attr(logs, field->bytes, &attrs[line->attrs.count++]);
    case 7:
        if (fields_type(fields, field, WIRE_VARINT)) {
            line->attrs.dropped = (uint32_t)field->value;
        }
        return true;
    default:
        return true;
    }
}

static bool logs_line(struct logs *logs, struct slice source, struct log_line *line)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    size_t count = fields_count(source, 6);
    struct attr *attrs = NULL;
    if (count > 0) {
        attrs = arena_alloc(logs->arena, count * sizeof(*attrs));
        if (attrs == NULL) {
            return false;
        }
    }
    while (fields_next(&fields, &field)) {
        if (!logs_line_field(logs, &fields, &field, line, attrs)) {
            return false;
        }
    }
    line->attrs.items = attrs;
    if (fields.bad || !logs_work_off(logs)) {
        return false;
    }
    if (line->scope->agent) {
        if (line->event_name.size == 0) {
            line->attrs.count = logs_line_identity(attrs, line->attrs.count);
        }
        line->seq = record_number(line->attrs, NAME_THAW_SEQ);
    }
    return true;
}

static bool logs_scope_block(struct logs *logs, struct slice source,
                             const struct resource *resource)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    struct scope *scope = arena_alloc_array(logs->arena, 1, sizeof(*scope));
    if (scope == NULL) {
        return false;
    }
    /* The scope may stand behind its records. */
    while (fields_next(&fields, &field)) {
        if (field.number == 1 && (!fields_type(&fields, &field, WIRE_BYTES) ||
                                  !logs_scope(field.bytes, resource, scope))) {
            return false;
        }
    }
    if (fields.bad) {
        return false;
    }
    fields = fields_of(source);
    while (fields_next(&fields, &field)) {
        if (field.number != 2 || !fields_type(&fields, &field, WIRE_BYTES)) {
            continue;
        }
        struct log_line *line = &logs->lines[logs->batch->log_count++];
        line->resource = resource;
        line->scope = scope;
        if (!logs_line(logs, field.bytes, line)) {
            return false;
        }
    }
    return !fields.bad;
}

static bool logs_resource_block(struct logs *logs, struct slice source, struct resource *resource)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    while (fields_next(&fields, &field)) {
        if (field.number == 1 && (!fields_type(&fields, &field, WIRE_BYTES) ||
                                  !logs_resource(logs, field.bytes, resource))) {
            return false;
        }
    }
    if (fields.bad) {
        return false;
    }
    fields = fields_of(source);
    while (fields_next(&fields, &field)) {
        if (field.number == 2 && fields_type(&fields, &field, WIRE_BYTES) &&
            !logs_scope_block(logs, field.bytes, resource)) {
            return false;
        }
    }
    return !fields.bad;
}

/* Records in all blocks. */
static size_t logs_count(struct slice body)
{
    struct fields blocks = fields_of(body);
    struct wire_field block;
    size_t count = 0;
    while (fields_next(&blocks, &block)) {
        struct fields scopes = fields_of(block.type == WIRE_BYTES ? block.bytes : SLICE_EMPTY);
        struct wire_field scope;
        while (block.number == 1 && fields_next(&scopes, &scope)) {
            if (scope.number == 2 && scope.type == WIRE_BYTES) {
                count += fields_count(scope.bytes, 2);
            }
        }
    }
    return count;
}

bool otlp_logs_decode(struct slice body, struct arena *arena, struct batch *batch)
{
    struct logs logs = {.arena = arena, .batch = batch};
    if (body.size == 0) {
        return true;
    }
    size_t blocks = fields_count(body, 1);
    if (blocks > 0) {
        logs.resources = arena_alloc_array(arena, blocks, sizeof(*logs.resources));
        logs.lines = arena_alloc_array(arena, logs_count(body) + 1, sizeof(*logs.lines));
        if (logs.resources == NULL || logs.lines == NULL) {
            return false;
        }
        batch->resources = logs.resources;
        batch->logs = logs.lines;
    }
    struct fields fields = fields_of(body);
    struct wire_field field;
    while (fields_next(&fields, &field)) {
        if (field.number != 1 || !fields_type(&fields, &field, WIRE_BYTES)) {
            continue;
        }
        struct resource *resource = &logs.resources[batch->resource_count++];
        if (!logs_resource_block(&logs, field.bytes, resource)) {
            return false;
        }
    }
    return !fields.bad;
}
