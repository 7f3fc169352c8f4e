/* SPDX-License-Identifier: Apache-2.0 */
#include "model/record.h"

#include "base/number.h"
#include "proto/names.h"

bool record_batch_empty(const struct batch *batch)
{
    if (batch->span_count > 0 || batch->log_count > 0 || batch->point_count > 0) {
        return false;
    }
    for (size_t i = 0; i < batch->resource_count; i++) {
        if (batch->resources[i].epoch != 0 && batch->resources[i].seq != 0) {
            return false;
        }
    }
    return true;
}

const struct value *attrs_find(struct attrs attrs, struct slice key)
{
    for (size_t i = attrs.count; i > 0; i--) {
        if (slice_equal(attrs.items[i - 1].key, key)) {
            return &attrs.items[i - 1].value;
        }
    }
    return NULL;
}

bool record_value_text(const struct value *value, struct slice *out)
{
    if (value == NULL || value->kind != VALUE_STRING) {
        return false;
    }
    *out = value->text;
    return true;
}

bool record_value_int(const struct value *value, int64_t *out)
{
    if (value == NULL) {
        return false;
    }
    if (value->kind == VALUE_INT) {
        *out = value->integer;
        return true;
    }
    int64_t number;
    if (value->kind == VALUE_STRING && number_parse_i64(value->text, &number) == NUMBER_OK) {
        *out = number;
        return true;
    }
    return false;
}

bool record_value_bool(const struct value *value, bool *out)
{
    if (value == NULL || value->kind != VALUE_BOOL) {
        return false;
    }
    *out = value->boolean;
    return true;
}

bool attrs_find_text(struct attrs attrs, struct slice key, struct slice *out)
{
    return record_value_text(attrs_find(attrs, key), out);
}

bool attrs_find_int(struct attrs attrs, struct slice key, int64_t *out)
{
    return record_value_int(attrs_find(attrs, key), out);
}

bool attrs_find_bool(struct attrs attrs, struct slice key, bool *out)
{
    return record_value_bool(attrs_find(attrs, key), out);
}

uint64_t record_value_number(const struct value *value)
{
    int64_t number;
    return record_value_int(value, &number) && number > 0 ? (uint64_t)number : 0;
}

uint64_t record_number(struct attrs attrs, struct slice key)
{
    return record_value_number(attrs_find(attrs, key));
}

/* Where a text that names a sender goes, or NULL. */
static struct slice *sender_text(struct resource *resource, struct slice key)
{
    switch (key.size) {
    case NAME_SIZE_FAAS_NAME:
        return slice_equal(key, NAME_FAAS_NAME) ? &resource->function : NULL;
    case NAME_SIZE_FAAS_INSTANCE:
        return slice_equal(key, NAME_FAAS_INSTANCE) ? &resource->instance : NULL;
    case NAME_SIZE_CLOUD_ACCOUNT_ID:
        return slice_equal(key, NAME_CLOUD_ACCOUNT_ID) ? &resource->account : NULL;
    case NAME_SIZE_SERVICE_NAME: /* As long as cloud.region and faas.version. */
        return slice_equal(key, NAME_SERVICE_NAME)   ? &resource->service
               : slice_equal(key, NAME_CLOUD_REGION) ? &resource->region
               : slice_equal(key, NAME_FAAS_VERSION) ? &resource->version
                                                     : NULL;
    default:
        return NULL;
    }
}

static uint64_t *sender_number(struct resource *resource, struct slice key)
{
    switch (key.size) {
    case NAME_SIZE_THAW_SEQ:
        return slice_equal(key, NAME_THAW_SEQ) ? &resource->seq : NULL;
    case NAME_SIZE_THAW_EPOCH:
        return slice_equal(key, NAME_THAW_EPOCH) ? &resource->epoch : NULL;
    default:
        return NULL;
    }
}

void record_name_sender(struct resource *resource)
{
    for (size_t i = 0; i < resource->attrs.count; i++) {
        const struct attr *attr = &resource->attrs.items[i];
        struct slice *text = sender_text(resource, attr->key);
        uint64_t *number = text == NULL ? sender_number(resource, attr->key) : NULL;
        if (text != NULL) {
            *text = attr->value.kind == VALUE_STRING ? attr->value.text : SLICE_EMPTY;
        } else if (number != NULL) {
            *number = record_value_number(&attr->value);
        }
    }
}
