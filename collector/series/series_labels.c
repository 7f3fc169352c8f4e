/* SPDX-License-Identifier: Apache-2.0 */
#include "series/series_labels.h"

#include "base/buf.h"
#include "base/number.h"
#include "proto/names.h"
#include "series/metric_name.h"

#include <string.h>

#define LABEL_EXPORTED "exported_"

static const struct series_label *labels_find(const struct series_labels *labels, struct slice name)
{
    for (size_t i = 0; i < labels->count; i++) {
        if (slice_equal(labels->items[i].name, name)) {
            return &labels->items[i];
        }
    }
    return NULL;
}

/* Put a label where it belongs; an empty value is no label. */
static enum status labels_add(struct series_labels *labels, struct slice name, struct slice value)
{
    size_t at = labels->count;
    if (value.size == 0) {
        return STATUS_OK;
    }
    if (labels->count == SERIES_LABEL_COUNT_MAX) {
        return STATUS_BAD;
    }
    while (at > 0 && slice_compare(labels->items[at - 1].name, name) > 0) {
        labels->items[at] = labels->items[at - 1];
        at--;
    }
    labels->items[at] = (struct series_label){name, slice_take(value, SERIES_LABEL_VALUE_SIZE_MAX)};
    labels->count++;
    return STATUS_OK;
}

/* ---- Of a resource. ---- */

static struct slice resource_text(const struct resource *resource, struct slice key)
{
    struct slice text = SLICE_EMPTY;
    (void)attrs_find_text(resource->attrs, key, &text);
    return slice_take(text, SERIES_LABEL_VALUE_SIZE_MAX);
}

bool series_labels_resource(struct series_labels *labels, const struct resource *resource,
                            struct arena *arena)
{
    struct slice space = resource_text(resource, NAME_SERVICE_NAMESPACE);
    struct slice instance = resource_text(resource, NAME_SERVICE_INSTANCE_ID);
    struct slice job = slice_take(resource->service, SERIES_LABEL_VALUE_SIZE_MAX);
    labels->count = 0;
    if (space.size > 0 && job.size > 0) {
        job = arena_printf(arena, SLICE_FMT "/" SLICE_FMT, SLICE_ARG(space), SLICE_ARG(job));
        if (job.size == 0) {
            return false;
        }
    }
    if (instance.size == 0) {
        instance = resource->instance;
    }
    bool good = labels_add(labels, SLICE("job"), job) == STATUS_OK &&
                labels_add(labels, SLICE("instance"), instance) == STATUS_OK;
    if (resource->function.size > 0) {
        good = good && labels_add(labels, SLICE("function"), resource->function) == STATUS_OK &&
               labels_add(labels, SLICE("version"), resource->version) == STATUS_OK &&
               labels_add(labels, SLICE("region"), resource->region) == STATUS_OK &&
               labels_add(labels, SLICE("account"), resource->account) == STATUS_OK;
    }
    return good;
}

/* ---- Of a point. ---- */

/* The text of a value that is no list, map or bytes; empty for those. */
static struct slice value_text(const struct value *value, struct arena *arena)
{
    char text[NUMBER_TEXT_SIZE];
    size_t size;
    switch (value->kind) {
    case VALUE_STRING:
        return slice_take(value->text, SERIES_LABEL_VALUE_SIZE_MAX);
    case VALUE_BOOL:
        return value->boolean ? SLICE("true") : SLICE("false");
    case VALUE_INT:
        size = number_format_i64(value->integer, text);
        return arena_dup(arena, slice_of(text, size));
    case VALUE_DOUBLE:
        size = number_format_double(value->number, text);
        return arena_dup(arena, slice_of(text, size));
    case VALUE_EMPTY:
    case VALUE_BYTES:
    case VALUE_ARRAY:
    case VALUE_MAP:
        break;
    }
    return SLICE_EMPTY;
}

/* Names are written behind this prefix, which is used where the plain name is taken. */
static struct slice label_name(const struct series_labels *resource, struct slice key,
                               struct arena *arena)
{
    const size_t prefix = sizeof(LABEL_EXPORTED) - 1;
    size_t room = prefix + SERIES_LABEL_NAME_SIZE_MAX;
    unsigned char *memory = arena_alloc(arena, room);
    struct buf out;
    if (memory == NULL) {
        return SLICE_EMPTY;
    }
    buf_init_fixed(&out, memory, room);
    buf_append_text(&out, LABEL_EXPORTED);
    metric_name_write_label(slice_take(key, SERIES_LABEL_NAME_SIZE_MAX - prefix), &out);
    struct slice exported = buf_bytes(&out);
    struct slice name = slice_skip(exported, prefix);
    bool taken = labels_find(resource, name) != NULL || slice_starts(name, SLICE("__"));
    return taken ? exported : name;
}

static enum status label_join(struct series_labels *labels, struct slice name, struct slice value,
                              struct arena *arena)
{
    for (size_t i = 0; i < labels->count; i++) {
        struct series_label *label = &labels->items[i];
        if (slice_equal(label->name, name)) {
            struct slice both = arena_printf(arena, SLICE_FMT ";" SLICE_FMT,
                                             SLICE_ARG(label->value), SLICE_ARG(value));
            label->value = slice_take(both, SERIES_LABEL_VALUE_SIZE_MAX);
            return both.size > 0 ? STATUS_OK : STATUS_FULL;
        }
    }
    return labels_add(labels, name, value);
}

enum status series_labels_point(struct series_labels *labels, struct attrs attrs,
                                struct arena *arena)
{
    const struct series_labels resource = *labels;
    for (size_t i = 0; i < attrs.count; i++) {
        const struct attr *attr = &attrs.items[i];
        struct slice value = value_text(&attr->value, arena);
        if (attr->key.size == 0 || value.size == 0 ||
            attrs_find(attrs, attr->key) != &attr->value) {
            continue;
        }
        struct slice name = label_name(&resource, attr->key, arena);
        if (name.size == 0) {
            return STATUS_FULL;
        }
        enum status status = label_join(labels, name, value, arena);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return arena_overflowed(arena) ? STATUS_FULL : STATUS_OK;
}

struct slice series_labels_owner(const struct series_labels *labels)
{
    const struct series_label *label = labels_find(labels, SLICE("function"));
    if (label == NULL) {
        label = labels_find(labels, SLICE("job"));
    }
    return label != NULL ? slice_take(label->value, SERIES_NAME_SIZE_MAX) : SLICE_EMPTY;
}

/* ---- As bytes. ---- */

struct slice series_labels_encode(const struct series_labels *labels, struct arena *arena)
{
    size_t size = 1;
    for (size_t i = 0; i < labels->count; i++) {
        size += 4 + labels->items[i].name.size + labels->items[i].value.size;
    }
    unsigned char *memory = arena_alloc(arena, size);
    if (memory == NULL) {
        return SLICE_EMPTY;
    }
    struct buf out;
    buf_init_fixed(&out, memory, size);
    buf_append_byte(&out, (unsigned char)labels->count);
    for (size_t i = 0; i < labels->count; i++) {
        const struct series_label *label = &labels->items[i];
        buf_append_byte(&out, (unsigned char)label->name.size);
        buf_append_byte(&out, (unsigned char)(label->name.size >> 8));
        buf_append_byte(&out, (unsigned char)label->value.size);
        buf_append_byte(&out, (unsigned char)(label->value.size >> 8));
        buf_append(&out, label->name);
        buf_append(&out, label->value);
    }
    return buf_bytes(&out);
}

bool series_labels_next(struct slice *identity, struct series_label *label)
{
    const unsigned char *at = identity->base;
    if (identity->size < 4) {
        return false;
    }
    size_t name = (size_t)at[0] | (size_t)at[1] << 8;
    size_t value = (size_t)at[2] | (size_t)at[3] << 8;
    if (identity->size - 4 < name + value) {
        return false;
    }
    *label = (struct series_label){slice_of(at + 4, name), slice_of(at + 4 + name, value)};
    *identity = slice_skip(*identity, 4 + name + value);
    return true;
}

bool series_labels_valid(struct slice identity)
{
    struct series_label label;
    struct slice before = SLICE_EMPTY;
    if (identity.size == 0 || identity.base[0] > SERIES_LABEL_COUNT_MAX) {
        return false;
    }
    size_t count = identity.base[0];
    identity = slice_skip(identity, 1);
    for (size_t i = 0; i < count; i++) {
        if (!series_labels_next(&identity, &label) || label.name.size == 0 ||
            label.name.size > SERIES_LABEL_NAME_SIZE_MAX + sizeof(LABEL_EXPORTED) ||
            label.value.size == 0 || label.value.size > SERIES_LABEL_VALUE_SIZE_MAX ||
            slice_compare(before, label.name) >= 0) {
            return false;
        }
        before = label.name;
    }
    return identity.size == 0;
}
