/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/nested.h"

#include "columns/columns_limits.h"
#include "columns/varint.h"

#include <limits.h>
#include <string.h>

/* ---- Writing. ---- */

/* Members of a list or map that are still to be written: one of the two. */
struct write_level {
    const struct value *items;
    const struct attr *pairs;
    size_t left;
};

/* A byte, unless it is above 255, and a text, in one piece: most of a resource is written so. */
static void put_text(struct buf *out, unsigned kind, struct slice text)
{
    unsigned char *target = buf_reserve(out, 1 + VARINT_SIZE_MAX + text.size);
    size_t size = 0;
    if (target == NULL) {
        return;
    }
    if (kind <= UINT8_MAX) {
        target[size++] = (unsigned char)kind;
    }
    size += varint_write(target + size, text.size);
    if (text.size > 0) {
        memcpy(target + size, text.base, text.size);
    }
    buf_commit(out, size + text.size);
}

void nested_write_text(struct buf *out, struct slice text)
{
    put_text(out, UINT_MAX, text);
}

/* Write a value but for its members, which become a level. */
static struct write_level write_front(struct buf *out, const struct value *value)
{
    struct write_level level = {NULL, NULL, 0};
    if (value->kind == VALUE_STRING || value->kind == VALUE_BYTES) {
        put_text(out, value->kind, value->text);
        return level;
    }
    buf_append_byte(out, (unsigned char)value->kind);
    switch (value->kind) {
    case VALUE_EMPTY:
    case VALUE_STRING:
    case VALUE_BYTES:
        break;
    case VALUE_BOOL:
        buf_append_byte(out, value->boolean ? 1 : 0);
        break;
    case VALUE_INT:
        varint_put(out, varint_fold(value->integer));
        break;
    case VALUE_DOUBLE:
        buf_append(out, slice_of(&value->number, sizeof(value->number)));
        break;
    case VALUE_ARRAY:
        varint_put(out, value->array.count);
        level = (struct write_level){value->array.items, NULL, value->array.count};
        break;
    case VALUE_MAP:
        varint_put(out, value->map.count);
        level = (struct write_level){NULL, value->map.items, value->map.count};
        break;
    }
    return level;
}

static bool write_members(struct buf *out, struct write_level first)
{
    struct write_level levels[VALUE_DEPTH_MAX];
    size_t depth = 1;
    levels[0] = first;
    while (depth > 0) {
        struct write_level *level = &levels[depth - 1];
        if (level->left == 0) {
            depth--;
            continue;
        }
        level->left--;
        const struct value *value = level->items;
        if (value != NULL) {
            level->items++;
        } else {
            nested_write_text(out, level->pairs->key);
            value = &level->pairs->value;
            level->pairs++;
        }
        struct write_level inner = write_front(out, value);
        if (inner.left > 0) {
            if (depth == VALUE_DEPTH_MAX) {
                return false;
            }
            levels[depth++] = inner;
        }
    }
    return true;
}

bool nested_write(struct buf *out, const struct value *value)
{
    return write_members(out, write_front(out, value));
}

bool nested_write_attrs(struct buf *out, struct attrs attrs)
{
    varint_put(out, attrs.count);
    varint_put(out, attrs.dropped);
    return write_members(out, (struct write_level){NULL, attrs.items, attrs.count});
}

bool nested_write_events(struct buf *out, const struct span *span)
{
    varint_put(out, span->event_count);
    for (size_t i = 0; i < span->event_count; i++) {
        const struct span_event *event = &span->events[i];
        varint_put(out, varint_fold((int64_t)(event->time_ns - span->start_ns)));
        nested_write_text(out, event->name);
        if (!nested_write_attrs(out, event->attrs)) {
            return false;
        }
    }
    return true;
}

bool nested_write_links(struct buf *out, const struct span *span)
{
    varint_put(out, span->link_count);
    for (size_t i = 0; i < span->link_count; i++) {
        const struct span_link *link = &span->links[i];
        buf_append(out, slice_of(link->trace_id.bytes, sizeof(link->trace_id.bytes)));
        buf_append(out, slice_of(link->span_id.bytes, sizeof(link->span_id.bytes)));
        if (!nested_write_attrs(out, link->attrs)) {
            return false;
        }
    }
    return true;
}

/* ---- Reading. ---- */

/* Members that are still to be read: one of the two. */
struct read_level {
    struct value *items;
    struct attr *pairs;
    size_t left;
};

bool nested_read_text(struct slice *source, struct slice *text)
{
    uint64_t size;
    if (!varint_take(source, &size) || size > source->size) {
        return false;
    }
    *text = slice_take(*source, (size_t)size);
    *source = slice_skip(*source, (size_t)size);
    return true;
}

static bool read_fixed(struct slice *source, void *memory, size_t size)
{
    if (source->size < size) {
        return false;
    }
    memcpy(memory, source->base, size);
    *source = slice_skip(*source, size);
    return true;
}

/* How many members follow: each takes at least one byte. */
static bool read_count(struct slice *source, size_t *count)
{
    uint64_t told;
    if (!varint_take(source, &told) || told > source->size) {
        return false;
    }
    *count = (size_t)told;
    return true;
}

static enum status open_level(struct slice *source, struct arena *arena, struct value *value,
                              struct read_level *level)
{
    size_t count;
    if (!read_count(source, &count)) {
        return STATUS_BAD;
    }
    *level = (struct read_level){NULL, NULL, count};
    if (value->kind == VALUE_ARRAY) {
        level->items = count > 0 ? arena_alloc_array(arena, count, sizeof(*level->items)) : NULL;
        value->array.items = level->items;
        value->array.count = count;
    } else {
        level->pairs = count > 0 ? arena_alloc_array(arena, count, sizeof(*level->pairs)) : NULL;
        value->map.items = level->pairs;
        value->map.count = count;
    }
    return count == 0 || level->items != NULL || level->pairs != NULL ? STATUS_OK : STATUS_FULL;
}

static enum status read_front(struct slice *source, struct arena *arena, struct value *value,
                              struct read_level *level)
{
    unsigned char byte;
    uint64_t folded;
    bool good = true;
    *level = (struct read_level){NULL, NULL, 0};
    if (!read_fixed(source, &byte, 1) || byte > VALUE_MAP) {
        return STATUS_BAD;
    }
    *value = (struct value){.kind = (enum value_kind)byte};
    switch (value->kind) {
    case VALUE_EMPTY:
        break;
    case VALUE_STRING:
    case VALUE_BYTES:
        good = nested_read_text(source, &value->text);
        break;
    case VALUE_BOOL:
        good = read_fixed(source, &byte, 1) && byte <= 1;
        value->boolean = byte == 1;
        break;
    case VALUE_INT:
        good = varint_take(source, &folded);
        value->integer = good ? varint_unfold(folded) : 0;
        break;
    case VALUE_DOUBLE:
        good = read_fixed(source, &value->number, sizeof(value->number));
        break;
    case VALUE_ARRAY:
    case VALUE_MAP:
        return open_level(source, arena, value, level);
    }
    return good ? STATUS_OK : STATUS_BAD;
}

static enum status read_members(struct slice *source, struct arena *arena, struct read_level first)
{
    struct read_level levels[VALUE_DEPTH_MAX];
    size_t depth = 1;
    levels[0] = first;
    while (depth > 0) {
        struct read_level *level = &levels[depth - 1];
        struct read_level inner;
        if (level->left == 0) {
            depth--;
            continue;
        }
        level->left--;
        struct value *value = level->items;
        if (value != NULL) {
            level->items++;
        } else {
            if (!nested_read_text(source, &level->pairs->key)) {
                return STATUS_BAD;
            }
            value = &level->pairs->value;
            level->pairs++;
        }
        enum status status = read_front(source, arena, value, &inner);
        if (status != STATUS_OK) {
            return status;
        }
        if (inner.left > 0) {
            if (depth == VALUE_DEPTH_MAX) {
                return STATUS_BAD;
            }
            levels[depth++] = inner;
        }
    }
    return STATUS_OK;
}

enum status nested_read(struct slice *source, struct arena *arena, struct value *value)
{
    struct read_level level;
    enum status status = read_front(source, arena, value, &level);
    return status == STATUS_OK ? read_members(source, arena, level) : status;
}

enum status nested_read_attrs(struct slice *source, struct arena *arena, struct attrs *attrs)
{
    size_t count;
    uint64_t dropped;
    struct attr *items = NULL;
    if (!read_count(source, &count) || !varint_take(source, &dropped) || dropped > UINT32_MAX) {
        return STATUS_BAD;
    }
    if (count > 0) {
        items = arena_alloc_array(arena, count, sizeof(*items));
        if (items == NULL) {
            return STATUS_FULL;
        }
    }
    *attrs = (struct attrs){items, count, (uint32_t)dropped};
    return read_members(source, arena, (struct read_level){NULL, items, count});
}

enum status nested_read_events(struct slice *source, struct arena *arena, struct span *span)
{
    size_t count;
    if (!read_count(source, &count)) {
        return STATUS_BAD;
    }
    struct span_event *events = NULL;
    if (count > 0) {
        events = arena_alloc_array(arena, count, sizeof(*events));
        if (events == NULL) {
            return STATUS_FULL;
        }
    }
    span->events = events;
    span->event_count = count;
    for (size_t i = 0; i < count; i++) {
        uint64_t folded;
        if (!varint_take(source, &folded) || !nested_read_text(source, &events[i].name)) {
            return STATUS_BAD;
        }
        events[i].time_ns = span->start_ns + (uint64_t)varint_unfold(folded);
        enum status status = nested_read_attrs(source, arena, &events[i].attrs);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

enum status nested_read_links(struct slice *source, struct arena *arena, struct span *span)
{
    size_t count;
    if (!read_count(source, &count)) {
        return STATUS_BAD;
    }
    struct span_link *links = NULL;
    if (count > 0) {
        links = arena_alloc_array(arena, count, sizeof(*links));
        if (links == NULL) {
            return STATUS_FULL;
        }
    }
    span->links = links;
    span->link_count = count;
    for (size_t i = 0; i < count; i++) {
        if (!read_fixed(source, links[i].trace_id.bytes, sizeof(links[i].trace_id.bytes)) ||
            !read_fixed(source, links[i].span_id.bytes, sizeof(links[i].span_id.bytes))) {
            return STATUS_BAD;
        }
        enum status status = nested_read_attrs(source, arena, &links[i].attrs);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}
