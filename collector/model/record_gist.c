/* SPDX-License-Identifier: Apache-2.0 */
#include "model/record_gist.h"

#include "base/uuid.h"
#include "proto/names.h"

#include <string.h>

static bool request_parse(struct slice text, struct id16 *id)
{
    static const struct id16 zero;
    struct uuid uuid;
    if (!uuid_parse(text, &uuid)) {
        return false;
    }
    memcpy(id->bytes, uuid.bytes, sizeof(uuid.bytes));
    return memcmp(id, &zero, sizeof(zero)) != 0;
}

static void gist_request(const struct value *value, struct gist_latest *latest, struct gist *gist)
{
    if (value == NULL || value->kind != VALUE_STRING) {
        return;
    }
    if (latest == NULL) {
        gist->requested = request_parse(value->text, &gist->request_id);
        return;
    }
    if (!slice_equal(value->text, latest->text)) {
        latest->text = value->text;
        latest->good = request_parse(value->text, &latest->id);
    }
    gist->requested = latest->good;
    if (latest->good) {
        gist->request_id = latest->id;
    }
}

struct gist record_gist_read(struct attrs attrs, struct gist_latest *latest)
{
    struct gist gist = {.read = true};
    const struct value *request = NULL;
    const struct value *inferred = NULL;
    const struct value *number = NULL;
    for (size_t i = 0; i < attrs.count; i++) { /* The last one of a name counts. */
        const struct attr *attr = &attrs.items[i];
        switch (attr->key.size) {
        case NAME_SIZE_THAW_SEQ:
            number = slice_equal(attr->key, NAME_THAW_SEQ) ? &attr->value : number;
            break;
        case NAME_SIZE_THAW_PHASE:
            gist.phased = gist.phased || slice_equal(attr->key, NAME_THAW_PHASE);
            break;
        case NAME_SIZE_THAW_INFERRED:
            inferred = slice_equal(attr->key, NAME_THAW_INFERRED) ? &attr->value : inferred;
            break;
        case NAME_SIZE_FAAS_INVOCATION_ID:
            request = slice_equal(attr->key, NAME_FAAS_INVOCATION_ID) ? &attr->value : request;
            break;
        default:
            break;
        }
    }
    gist_request(request, latest, &gist);
    gist.inferred = inferred != NULL && inferred->kind == VALUE_BOOL && inferred->boolean;
    gist.number = record_value_number(number);
    return gist;
}
