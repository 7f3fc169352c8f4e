/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_read.h"

#include "ingest/otlp_pair.h"

#include "model/record_key.h"
#include "proto/names.h"
#include "proto/proto_limits.h"

#include <string.h>

/* Room for attributes where nothing is known yet. */
#define ATTRS_FIRST 8u

/* --- Values. --- */

/* A list or map whose members are still to be read. */
struct otlp_read_todo {
    struct otlp_read_todo *next;
    struct slice source;
    struct value *target;
    unsigned depth; /* Of the value. */
};

/* One that is not what the value says last is read, too: into memory of its own. */
static bool read_container(struct otlp_read *read, struct slice source, enum value_kind kind,
                           struct value *target, unsigned depth)
{
    struct otlp_read_todo *one = arena_alloc(read->arena, sizeof(*one));
    if (one != NULL && target->kind != kind) {
        target = arena_alloc(read->arena, sizeof(*target));
    }
    if (one == NULL || target == NULL || depth >= OTLP_MESSAGE_DEPTH_MAX) {
        return false;
    }
    *target = (struct value){.kind = kind};
    *one = (struct otlp_read_todo){read->todo, source, target, depth};
    read->todo = one;
    return true;
}

static bool read_scalar(struct fields *fields, uint32_t tag, struct value *target)
{
    uint64_t number = 0;
    switch (tag) {
    case TAG_BYTES(1):
    case TAG_BYTES(7):
        target->kind = tag == TAG_BYTES(1) ? VALUE_STRING : VALUE_BYTES;
        return fields_bytes(fields, &target->text);
    case TAG_VARINT(2):
        target->kind = VALUE_BOOL;
        if (!fields_varint(fields, &number)) {
            return false;
        }
        target->boolean = number != 0;
        return true;
    case TAG_VARINT(3):
        target->kind = VALUE_INT;
        if (!fields_varint(fields, &number)) {
            return false;
        }
        target->integer = (int64_t)number;
        return true;
    case TAG_FIXED64(4):
        target->kind = VALUE_DOUBLE;
        if (!fields_fixed64(fields, &number)) {
            return false;
        }
        memcpy(&target->number, &number, sizeof(target->number));
        return true;
    default:
        return otlp_fields_other(fields, tag, FIELDS_TO(7));
    }
}

bool otlp_read_value(struct otlp_read *read, struct slice source, struct value *target,
                     unsigned depth)
{
    struct fields fields = fields_of(source);
    struct slice list = SLICE_EMPTY;
    struct slice map = SLICE_EMPTY;
    bool listed = false;
    bool mapped = false;
    uint32_t tag;
    target->kind = VALUE_EMPTY;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool good;
        if (tag == TAG_BYTES(5)) {
            good = !listed && fields_bytes(&fields, &list);
            listed = true;
            target->kind = VALUE_ARRAY;
        } else if (tag == TAG_BYTES(6)) {
            good = !mapped && fields_bytes(&fields, &map);
            mapped = true;
            target->kind = VALUE_MAP;
        } else {
            good = read_scalar(&fields, tag, target);
        }
        if (!good) {
            return false;
        }
    }
    return (!listed || read_container(read, list, VALUE_ARRAY, target, depth)) &&
           (!mapped || read_container(read, map, VALUE_MAP, target, depth));
}

/* A KeyValue, whose value is so deep. */
static bool read_pair(struct otlp_read *read, struct slice source, struct attr *target,
                      unsigned depth)
{
    struct fields fields = fields_of(source);
    struct slice value;
    bool valued = false;
    uint32_t tag;
    if (depth <= OTLP_MESSAGE_DEPTH_MAX && otlp_pair_usual(source, target)) {
        return true;
    }
    *target = (struct attr){.key = SLICE_EMPTY};
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool good;
        if (tag == TAG_BYTES(1)) {
            good = fields_bytes(&fields, &target->key);
        } else if (tag == TAG_BYTES(2)) {
            good = !valued && fields_bytes(&fields, &value) && depth <= OTLP_MESSAGE_DEPTH_MAX &&
                   otlp_read_value(read, value, &target->value, depth);
            valued = true;
        } else {
            good = otlp_fields_other(&fields, tag, FIELDS_TO(2));
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

/* Make room for the members of a list or map; the other one stays NULL. */
static bool read_room(struct otlp_read *read, struct value *target, size_t count,
                      struct value **values, struct attr **attrs)
{
    if (target->kind == VALUE_ARRAY) {
        *values = arena_alloc_array(read->arena, count, sizeof(**values));
        target->array.items = *values;
        target->array.count = count;
        return *values != NULL;
    }
    *attrs = arena_alloc_array(read->arena, count, sizeof(**attrs));
    target->map.items = *attrs;
    target->map.count = count;
    return *attrs != NULL;
}

/* A list of values, or of pairs with values.  Within the value, the list is one message and what
 * is in it another. */
static bool read_members(struct otlp_read *read, const struct otlp_read_todo *todo)
{
    size_t count = otlp_fields_count(todo->source, TAG_BYTES(1));
    struct value *values = NULL;
    struct attr *attrs = NULL;
    if (count > 0 && (todo->depth + 2 > OTLP_MESSAGE_DEPTH_MAX ||
                      !read_room(read, todo->target, count, &values, &attrs))) {
        return false;
    }
    struct fields fields = fields_of(todo->source);
    struct slice member;
    uint32_t tag;
    for (size_t i = 0; (tag = fields_tag(&fields)) != FIELDS_END;) {
        bool good;
        if (tag != TAG_BYTES(1)) {
            good = otlp_fields_other(&fields, tag, FIELDS_TO(1));
        } else {
            good = fields_bytes(&fields, &member) &&
                   (values != NULL ? otlp_read_value(read, member, &values[i], todo->depth + 2)
                                   : read_pair(read, member, &attrs[i], todo->depth + 3));
            i++;
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

bool otlp_read_settle(struct otlp_read *read)
{
    while (read->todo != NULL) {
        const struct otlp_read_todo *one = read->todo;
        read->todo = one->next;
        if (!read_members(read, one)) {
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
    size_t expected = attrs->expected > 0 ? attrs->expected : read->attrs_expected;
    size_t room = attrs->room > 0 ? attrs->room * 2 : expected > 0 ? expected : ATTRS_FIRST;
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

/* One of any size and form. */
static bool read_attr(struct otlp_read *read, struct fields *fields, struct otlp_read_attrs *attrs,
                      unsigned depth)
{
    struct slice pair;
    if (!fields_bytes(fields, &pair) || (attrs->count == attrs->room && !read_grow(read, attrs))) {
        return false;
    }
    return read_pair(read, pair, &attrs->items[attrs->count++], depth);
}

/* As many as there are with this tag and in the usual form, behind the first one's tag; at ends up
 * at the size of one that is not, or at a tag (*behind). */
static inline const unsigned char *read_usual(const unsigned char *at, const unsigned char *end,
                                              uint32_t tag, struct otlp_read_attrs *attrs,
                                              bool *behind)
{
    struct attr *item = attrs->items + attrs->count;
    const struct attr *full = attrs->items + attrs->room;
    *behind = false;
    while (item < full && at < end && *at < end - at &&
           otlp_pair_usual((struct slice){at + 1, *at}, item)) {
        at += 1 + *at;
        item++;
        if (at == end || *at != tag) {
            *behind = true;
            break;
        }
        at++;
    }
    attrs->count = (size_t)(item - attrs->items);
    return at;
}

bool otlp_read_attrs(struct otlp_read *read, struct fields *fields, uint32_t tag,
                     struct otlp_read_attrs *attrs, enum otlp_read_depth depth)
{
    for (;;) {
        bool behind = false;
        if (attrs->count < attrs->room) {
            fields->at = read_usual(fields->at, fields->end, tag, attrs, &behind);
        }
        if (behind) {
            return true;
        }
        if (!read_attr(read, fields, attrs, depth)) {
            return false;
        }
        if (fields->at == fields->end || *fields->at != tag) {
            return true;
        }
        fields->at++;
    }
}

bool otlp_read_u32(struct fields *fields, uint32_t *target)
{
    uint64_t value = 0;
    bool good = fields_varint(fields, &value);
    *target = (uint32_t)value;
    return good;
}

/* --- Blocks. --- */

/* What else a resource may be said to be: looked at only. */
static bool read_entity(struct fields *outer)
{
    struct slice entity;
    struct slice text;
    uint32_t tag;
    if (!fields_bytes(outer, &entity)) {
        return false;
    }
    struct fields fields = fields_of(entity);
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool known = (tag & 7) == TAG_BYTES(0) && tag <= TAG_BYTES(4);
        if (known ? !fields_bytes(&fields, &text)
                  : !otlp_fields_other(&fields, tag, FIELDS_TO(4))) {
            return false;
        }
    }
    return true;
}

static bool read_resource(struct otlp_read *read, struct slice source, struct resource *target)
{
    struct fields fields = fields_of(source);
    struct otlp_read_attrs attrs = {NULL, 0, 0, read->resource_attrs};
    uint32_t tag;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool good = tag == TAG_BYTES(1)
                        ? otlp_read_attrs(read, &fields, tag, &attrs, OTLP_DEPTH_RESOURCE)
                    : tag == TAG_VARINT(2) ? otlp_read_u32(&fields, &target->attrs.dropped)
                    : tag == TAG_BYTES(3)  ? read_entity(&fields)
                                           : otlp_fields_other(&fields, tag, FIELDS_TO(3));
        if (!good) {
            return false;
        }
    }
    read->resource_attrs = attrs.count;
    target->message = source;
    target->attrs.items = attrs.items;
    target->attrs.count = attrs.count;
    if (!otlp_read_settle(read)) {
        return false;
    }
    record_name_sender(target);
    record_key_set(target);
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
static void keep_scope_attrs(struct scope *scope, const struct otlp_read_attrs *attrs)
{
    scope->attrs = (struct attrs){.items = attrs->items};
    for (size_t i = 0; i < attrs->count; i++) {
        if (is_of_lines(&attrs->items[i], scope->attrs)) {
            attrs->items[scope->attrs.count++] = attrs->items[i];
        }
    }
}

static bool read_scope(struct otlp_read *read, struct slice source, struct scope *scope)
{
    struct fields fields = fields_of(source);
    struct otlp_read_attrs attrs = {NULL, 0, 0, 0};
    uint32_t dropped;
    uint32_t tag;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool good = tag == TAG_BYTES(1)   ? fields_bytes(&fields, &scope->name)
                    : tag == TAG_BYTES(2) ? fields_bytes(&fields, &scope->version)
                    : tag == TAG_BYTES(3)
                        ? otlp_read_attrs(read, &fields, tag, &attrs, OTLP_DEPTH_RECORD)
                    : tag == TAG_VARINT(4) ? otlp_read_u32(&fields, &dropped)
                                           : otlp_fields_other(&fields, tag, FIELDS_TO(4));
        if (!good) {
            return false;
        }
    }
    if (!otlp_read_settle(read)) {
        return false;
    }
    scope->agent = read->resource->epoch > 0 && slice_equal(scope->name, NAME_SCOPE_AGENT);
    scope->logs = slice_equal(scope->name, NAME_SCOPE_LOGS);
    if (scope->logs) {
        keep_scope_attrs(scope, &attrs);
    }
    return true;
}

bool otlp_read_part(struct fields *fields, uint32_t tag, struct slice *part)
{
    uint32_t next;
    while ((next = fields_tag(fields)) != FIELDS_END) {
        if (next == tag) {
            return fields_bytes(fields, part);
        }
        if (!otlp_fields_other(fields, next, 0)) {
            return false;
        }
    }
    return false;
}

/* What stands in front of a block's parts, or may stand behind them. */
static struct slice head_of(struct slice block)
{
    struct fields fields = fields_of(block);
    struct slice head = SLICE_EMPTY;
    (void)!otlp_read_part(&fields, TAG_BYTES(1), &head);
    return head;
}

/* Read the parts of a block.  Its head was read, and may be there once. */
static bool read_parts(struct otlp_read *read, struct slice block, otlp_read_record *each)
{
    struct fields fields = fields_of(block);
    struct slice part;
    bool headed = false;
    uint32_t tag;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool good;
        if (tag == TAG_BYTES(2)) {
            good = fields_bytes(&fields, &part) && each(read, part);
        } else if (tag == TAG_BYTES(1)) {
            good = !headed && fields_bytes(&fields, &part);
            headed = true;
        } else {
            good = tag == TAG_BYTES(3) ? fields_bytes(&fields, &part)
                                       : otlp_fields_other(&fields, tag, FIELDS_TO(3));
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

static bool read_scope_block(struct otlp_read *read, struct slice source)
{
    struct scope *scope = arena_alloc_array(read->arena, 1, sizeof(*scope));
    if (scope == NULL || !read_scope(read, head_of(source), scope)) {
        return false;
    }
    read->scope = scope;
    return read_parts(read, source, read->record);
}

static bool read_block(struct otlp_read *read, struct slice source, struct resource *resource)
{
    if (!read_resource(read, head_of(source), resource)) {
        return false;
    }
    read->resource = resource;
    return read_parts(read, source, read_scope_block);
}

size_t otlp_read_count(struct slice body)
{
    struct fields blocks = fields_of(body);
    struct slice block;
    size_t count = 0;
    while (otlp_read_part(&blocks, TAG_BYTES(1), &block)) {
        struct fields scopes = fields_of(block);
        struct slice scope;
        while (otlp_read_part(&scopes, TAG_BYTES(2), &scope)) {
            count += otlp_fields_count(scope, TAG_BYTES(2));
        }
    }
    return count;
}

bool otlp_read_body(struct otlp_read *read, struct slice body)
{
    size_t blocks = otlp_fields_count(body, TAG_BYTES(1));
    struct fields fields = fields_of(body);
    struct slice block;
    uint32_t tag;
    if (blocks > 0) {
        read->resources = arena_alloc_array(read->arena, blocks, sizeof(*read->resources));
        if (read->resources == NULL) {
            return false;
        }
        read->batch->resources = read->resources;
    }
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool good =
            tag == TAG_BYTES(1)
                ? fields_bytes(&fields, &block) &&
                      read_block(read, block, &read->resources[read->batch->resource_count++])
                : otlp_fields_other(&fields, tag, FIELDS_TO(1));
        if (!good) {
            return false;
        }
    }
    return true;
}
