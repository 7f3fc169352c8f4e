/* SPDX-License-Identifier: Apache-2.0 */
#include "model/record_ids.h"

#include "model/model_limits.h"
#include "model/record_gist.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "proto/names.h"

#include <string.h>

#define RECORD_MINUTE_NS UINT64_C(60000000000)

/* The key is fixed: these are names, not a defence. */
static const struct hash_key fixed_key;

static struct id16 id_of(struct hash_128 hash)
{
    struct id16 id;
    memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
    return id;
}

static bool is_zero(const struct id16 *id)
{
    static const struct id16 zero;
    return memcmp(id, &zero, sizeof(zero)) == 0;
}

static void add(struct record_ids *ids, const struct id16 *id)
{
    if (!is_zero(id)) {
        ids->ids[ids->count++] = *id;
    }
}

struct id16 record_ids_instance(struct slice function, struct slice instance)
{
    /* Account and region are not part of it: not everybody knows them.  The function's name is as
     * long as the view keeps it. */
    const struct slice parts[] = {utf8_truncate(function, TEXT_SIZE_MAX), instance};
    struct hash_128 hash = {{0}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct {
            struct hash_128 before, part;
        } both = {hash, hash_sip128(&fixed_key, parts[i])};
        hash = hash_sip128(&fixed_key, slice_of(&both, sizeof(both)));
    }
    return id_of(hash);
}

struct id16 record_ids_instance_minute(struct id16 instance_id, uint64_t minute_ns)
{
    struct {
        struct id16 instance;
        uint64_t minute_ns;
    } both = {instance_id, minute_ns};
    return id_of(hash_sip128(&fixed_key, slice_of(&both, sizeof(both))));
}

struct id16 record_ids_minute(struct slice function, struct slice instance, uint64_t minute_ns)
{
    return record_ids_instance_minute(record_ids_instance(function, instance), minute_ns);
}

uint64_t record_ids_line_minute(uint64_t time_ns, uint64_t observed_ns)
{
    uint64_t told_ns = time_ns != 0 ? time_ns : observed_ns;
    return told_ns - told_ns % RECORD_MINUTE_NS;
}

bool record_ids_request(struct attrs attrs, struct id16 *request_id)
{
    struct slice text;
    struct uuid uuid;
    if (!attrs_find_text(attrs, NAME_FAAS_INVOCATION_ID, &text) || !uuid_parse(text, &uuid)) {
        return false;
    }
    memcpy(request_id->bytes, uuid.bytes, sizeof(uuid.bytes));
    return !is_zero(request_id);
}

struct record_ids record_ids_span(const struct span *span)
{
    struct record_ids ids = {.count = 0};
    struct gist gist = record_gist(&span->gist, span->attrs, NULL);
    add(&ids, &span->trace_id);
    if (gist.requested) {
        add(&ids, &gist.request_id);
    }
    return ids;
}

bool record_ids_link(const struct span *span, const struct span_link *link, struct id16 *id)
{
    *id = link->trace_id;
    return !is_zero(id) && memcmp(id, &span->trace_id, sizeof(*id)) != 0;
}

struct record_ids record_ids_line(const struct log_line *line)
{
    struct record_ids ids = {.count = 0};
    struct gist gist = record_gist(&line->gist, line->attrs, NULL);
    if (line->has_trace) {
        add(&ids, &line->trace_id);
    }
    if (gist.requested) {
        add(&ids, &gist.request_id);
    }
    const struct resource *resource = line->resource;
    if (ids.count == 0 && (resource->function.size > 0 || resource->instance.size > 0)) {
        struct id16 id = record_ids_instance(resource->function, resource->instance);
        if (!gist.phased) {
            id = record_ids_instance_minute(
                id, record_ids_line_minute(line->time_ns, line->observed_ns));
        }
        add(&ids, &id);
    }
    return ids;
}
