/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/table_resources.h"

#include "columns/nested.h"
#include "columns/varint.h"
#include "model/record_ids.h"
#include "model/record_key.h"

#include <string.h>

static bool same_sender(const struct resource *one, const struct resource *other)
{
    return slice_equal(one->service, other->service) && slice_equal(one->account, other->account) &&
           slice_equal(one->region, other->region) && slice_equal(one->function, other->function) &&
           slice_equal(one->version, other->version) &&
           slice_equal(one->instance, other->instance) && one->epoch == other->epoch &&
           one->seq == other->seq;
}

/* What is known of a new one. */
static bool note_resource(struct table *table, const struct resource *resource, uint32_t number,
                          size_t attrs_size)
{
    void *rows = table->resource_rows;
    struct resource told = {.attrs = resource->attrs};
    bool fits = table_grow(&rows, &table->resource_capacity, number, TABLE_RESOURCE_COUNT_MAX,
                           sizeof(*table->resource_rows));
    table->resource_rows = rows;
    if (!fits) {
        return false;
    }
    record_name_sender(&told);
    table->resource_rows[number] = (struct table_resource){
        .instance = record_ids_instance(resource->function, resource->instance),
        .attrs_size = (uint32_t)attrs_size,
        .named = resource->function.size > 0 || resource->instance.size > 0,
        .plain = same_sender(&told, resource),
    };
    table->resource_count = number + 1;
    return true;
}

static enum status add_resource(struct table *table, const struct resource *resource,
                                uint32_t *number)
{
    struct buf *out = &table->scratch;
    buf_reset(out);
    if (!nested_write_attrs(out, resource->attrs)) {
        return STATUS_BAD;
    }
    size_t attrs_size = out->size;
    nested_write_text(out, resource->service);
    nested_write_text(out, resource->account);
    nested_write_text(out, resource->region);
    nested_write_text(out, resource->function);
    nested_write_text(out, resource->version);
    nested_write_text(out, resource->instance);
    varint_put(out, resource->epoch);
    varint_put(out, resource->seq);
    *number = buf_overflowed(out) ? TEXTS_NONE : texts_add(table->resources, buf_bytes(out));
    if (*number == TEXTS_NONE) {
        return STATUS_FULL;
    }
    bool known = *number < table->resource_count;
    return known || note_resource(table, resource, *number, attrs_size) ? STATUS_OK : STATUS_FULL;
}

/* The place of a key's resource, TEXTS_NONE where it is not known yet; NULL without memory. */
static uint32_t *key_place(struct table *table, const struct record_key *key)
{
    struct id16 id;
    _Static_assert(sizeof(id) == sizeof(*key), "keys are kept as ids");
    memcpy(&id, key, sizeof(id));
    uint32_t number = idset_add(&table->keys, &id);
    void *rows = table->key_resources;
    bool fits =
        number != IDSET_NONE && table_grow(&rows, &table->key_capacity, number,
                                           TABLE_RESOURCE_COUNT_MAX, sizeof(*table->key_resources));
    table->key_resources = rows;
    if (!fits || number >= table->key_capacity) {
        return NULL;
    }
    while (table->key_count <= number) {
        table->key_resources[table->key_count++] = TEXTS_NONE;
    }
    return &table->key_resources[number];
}

enum status table_resources_add(struct table *table, const struct resource *resource,
                                uint32_t *number)
{
    /* One that numbers its blocks is another one every time. */
    bool returns = record_key_is(resource->key) && resource->seq == 0;
    uint32_t *known = returns ? key_place(table, &resource->key) : NULL;
    if (known != NULL && *known != TEXTS_NONE) {
        *number = *known;
        return STATUS_OK;
    }
    enum status status = add_resource(table, resource, number);
    if (known != NULL && status == STATUS_OK) {
        *known = *number;
    }
    return status;
}
