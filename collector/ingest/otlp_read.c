/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_read.h"

#include "ingest/otlp_fields.h"
#include "proto/names.h"

#include <string.h>

/* Room for attributes where nothing is known yet. */
#define ATTRS_FIRST 8u

/* --- Values. --- */

/* A list or map whose members are still to be read. */
struct otlp_read_todo {
    struct otlp_read_todo *next;
    struct slice source;
    struct value *target;
};

static bool read_container(struct otlp_read *read, struct slice source, enum value_kind kind,
                           struct value *target)
{
    struct otlp_read_todo *one = arena_alloc(read->arena, sizeof(*one));
    if (one == NULL) {
        return false;
    }
    *target = (struct value){.kind = kind};
    *one = (struct otlp_read_todo){.next = read->todo, .source = source, .target = target};
    read->todo = one;
    return true;
}

bool otlp_read_value(struct otlp_read *read, struct slice source, struct value *target)
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
                !read_container(read, field.bytes, field.number == 5 ? VALUE_ARRAY : VALUE_MAP,
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

static bool read_pair(struct otlp_read *read, struct slice source, struct attr *target)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    *target = (struct attr){.key = SLICE_EMPTY};
    while (fields_next(&fields, &field)) {
        if (field.number == 1 && fields_type(&fields, &field, WIRE_BYTES)) {
            target->key = field.bytes;
        } else if (field.number == 2 && fields_type(&fields, &field, WIRE_BYTES) &&
                   !otlp_read_value(read, field.bytes, &target->value)) {
            return false;
        }
    }
    return !fields.bad;
}

/* The members of a list or map. */
static bool read_members(struct otlp_read *read, const struct otlp_read_todo *todo)
{
    size_t count = fields_count(todo->source, 1);
    bool array = todo->target->kind == VALUE_ARRAY;
    if (count == 0) {
        return true;
    }
    struct value *values = NULL;
    struct attr *attrs = NULL;
    if (array) {
        values = arena_alloc_array(read->arena, count, sizeof(*values));
        todo->target->array.items = values;
        todo->target->array.count = count;
    } else {
        attrs = arena_alloc_array(read->arena, count, sizeof(*attrs));
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
        bool good = array ? otlp_read_value(read, field.bytes, &values[i])
                          : read_pair(read, field.bytes, &attrs[i]);
        if (!good) {
            return false;
        }
        i++;
    }
    return !fields.bad;
}

bool otlp_read_settle(struct otlp_read *read)
{
    while (read->todo != NULL) {
        const struct otlp_read_todo *one = read->todo;
        struct value *target = one->target;
        read->todo = one->next;
        /* A value that was there twice: the later one counts. */
        bool open = target->kind == VALUE_ARRAY || target->kind == VALUE_MAP;
        if (open && !read_members(read, one)) {
            return false;
        }
    }
    return true;
}

/*
 * Attributes that do not fit move to twice the room.  A list or map among them is settled first:
 * it is known by where it stands.
 */
static bool read_grow(struct otlp_read *read, struct otlp_read_attrs *attrs)
{
    size_t room = attrs->room > 0            ? attrs->room * 2
                  : read->attrs_expected > 0 ? read->attrs_expected
                                             : ATTRS_FIRST;
    if (!otlp_read_settle(read)) {
        return false;
    }
    struct attr *items = arena_alloc(read->arena, room * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    if (attrs->count > 0) {
        memcpy(items, attrs->items, attrs->count * sizeof(*items));
    }
    attrs->items = items;
    attrs->room = room;
    return true;
}

bool otlp_read_attr(struct otlp_read *read, struct slice source, struct otlp_read_attrs *attrs)
{
    if (attrs->count == attrs->room && !read_grow(read, attrs)) {
        return false;
    }
    return read_pair(read, source, &attrs->items[attrs->count++]);
}

bool otlp_read_id(struct slice bytes, unsigned char *target, size_t size)
{
    static const unsigned char zero[16] = {0};
    if (bytes.size != size || memcmp(bytes.base, zero, size) == 0) {
        memset(target, 0, size);
        return false;
    }
    memcpy(target, bytes.base, size);
    return true;
}

/* --- Blocks. --- */

static bool read_resource(struct otlp_read *read, struct slice source, struct resource *target)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    struct otlp_read_attrs attrs = {NULL, 0, 0};
    while (fields_next(&fields, &field)) {
        if (field.number == 1 && fields_type(&fields, &field, WIRE_BYTES)) {
            if (!otlp_read_attr(read, field.bytes, &attrs)) {
                return false;
            }
        } else if (field.number == 2 && fields_type(&fields, &field, WIRE_VARINT)) {
            target->attrs.dropped = (uint32_t)field.value;
        }
    }
    target->attrs.items = attrs.items;
    target->attrs.count = attrs.count;
    if (fields.bad || !otlp_read_settle(read)) {
        return false;
    }
    record_name_sender(target);
    return true;
}

/* Whether an attribute of a scope says whose its lines are, and is the first that does. */
static bool is_of_lines(const struct attr *attr, struct attrs before)
{
    return attr->value.kind == VALUE_STRING && attrs_find(before, attr->key) == NULL &&
           (slice_equal(attr->key, NAME_THAW_SOURCE) ||
            slice_equal(attr->key, NAME_FAAS_INVOCATION_ID) ||
            slice_equal(attr->key, NAME_THAW_PHASE));
}

/* Keep what the lines of a scope have in common: no more than three, as each of them gets them. */
static bool read_scope_attrs(struct otlp_read *read, struct slice source, struct scope *scope)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    struct otlp_read_attrs attrs = {NULL, 0, 0};
    while (fields_next(&fields, &field)) {
        if (field.number == 3 && (!fields_type(&fields, &field, WIRE_BYTES) ||
                                  !otlp_read_attr(read, field.bytes, &attrs))) {
            return false;
        }
    }
    if (fields.bad || !otlp_read_settle(read)) {
        return false;
    }
    scope->attrs = (struct attrs){.items = attrs.items};
    for (size_t i = 0; i < attrs.count; i++) {
        if (is_of_lines(&attrs.items[i], scope->attrs)) {
            attrs.items[scope->attrs.count++] = attrs.items[i];
        }
    }
    return true;
}

static bool read_scope(struct otlp_read *read, struct slice source, struct scope *scope)
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
    scope->agent = read->resource->epoch > 0 && slice_equal(scope->name, NAME_SCOPE_AGENT);
    scope->logs = slice_equal(scope->name, NAME_SCOPE_LOGS);
    return !fields.bad && (!scope->logs || read_scope_attrs(read, source, scope));
}

static bool read_scope_block(struct otlp_read *read, struct slice source)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    struct scope *scope = arena_alloc_array(read->arena, 1, sizeof(*scope));
    if (scope == NULL) {
        return false;
    }
    /* The scope may stand behind its records. */
    while (fields_next(&fields, &field)) {
        if (field.number == 1 &&
            (!fields_type(&fields, &field, WIRE_BYTES) || !read_scope(read, field.bytes, scope))) {
            return false;
        }
    }
    if (fields.bad) {
        return false;
    }
    read->scope = scope;
    fields = fields_of(source);
    while (fields_next(&fields, &field)) {
        if (field.number == 2 && fields_type(&fields, &field, WIRE_BYTES) &&
            !read->record(read, field.bytes)) {
            return false;
        }
    }
    return !fields.bad;
}

static bool read_block(struct otlp_read *read, struct slice source, struct resource *resource)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    while (fields_next(&fields, &field)) {
        if (field.number == 1 && (!fields_type(&fields, &field, WIRE_BYTES) ||
                                  !read_resource(read, field.bytes, resource))) {
            return false;
        }
    }
    if (fields.bad) {
        return false;
    }
    read->resource = resource;
    fields = fields_of(source);
    while (fields_next(&fields, &field)) {
        if (field.number == 2 && fields_type(&fields, &field, WIRE_BYTES) &&
            !read_scope_block(read, field.bytes)) {
            return false;
        }
    }
    return !fields.bad;
}

size_t otlp_read_count(struct slice body)
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

bool otlp_read_body(struct otlp_read *read, struct slice body)
{
    size_t blocks = fields_count(body, 1);
    struct fields fields = fields_of(body);
    struct wire_field field;
    if (blocks > 0) {
        read->resources = arena_alloc_array(read->arena, blocks, sizeof(*read->resources));
        if (read->resources == NULL) {
            return false;
        }
        read->batch->resources = read->resources;
    }
    while (fields_next(&fields, &field)) {
        if (field.number == 1 &&
            (!fields_type(&fields, &field, WIRE_BYTES) ||
             !read_block(read, field.bytes, &read->resources[read->batch->resource_count++]))) {
            return false;
        }
    }
    return !fields.bad;
}
