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

bool attrs_find_text(struct attrs attrs, struct slice key, struct slice *out)
{
    const struct value *value = attrs_find(attrs, key);
    if (value == NULL || value->kind != VALUE_STRING) {
        return false;
    }
    *out = value->text;
    return true;
}

bool attrs_find_int(struct attrs attrs, struct slice key, int64_t *out)
{
    const struct value *value = attrs_find(attrs, key);
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

bool attrs_find_bool(struct attrs attrs, struct slice key, bool *out)
{
    const struct value *value = attrs_find(attrs, key);
    if (value == NULL || value->kind != VALUE_BOOL) {
        return false;
    }
    *out = value->boolean;
    return true;
}

uint64_t record_number(struct attrs attrs, struct slice key)
{
    int64_t number;
    return attrs_find_int(attrs, key, &number) && number > 0 ? (uint64_t)number : 0;
}

void record_name_sender(struct resource *resource)
{
    struct attrs attrs = resource->attrs;
    (void)attrs_find_text(attrs, NAME_SERVICE_NAME, &resource->service);
    (void)attrs_find_text(attrs, NAME_CLOUD_ACCOUNT_ID, &resource->account);
    (void)attrs_find_text(attrs, NAME_CLOUD_REGION, &resource->region);
    (void)attrs_find_text(attrs, NAME_FAAS_NAME, &resource->function);
    (void)attrs_find_text(attrs, NAME_FAAS_VERSION, &resource->version);
    (void)attrs_find_text(attrs, NAME_FAAS_INSTANCE, &resource->instance);
    resource->epoch = record_number(attrs, NAME_THAW_EPOCH);
    resource->seq = record_number(attrs, NAME_THAW_SEQ);
}
