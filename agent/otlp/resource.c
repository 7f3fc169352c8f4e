/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/resource.h"

#include "base/ensure.h"
#include "otlp/attribute.h"
#include "proto/names.h"
#include "proto/wire.h"

/* Attributes that we may write, in this order; further pairs come behind them. */
enum own {
    OWN_SERVICE_NAME,
    OWN_PROVIDER,
    OWN_PLATFORM,
    OWN_REGION,
    OWN_ACCOUNT,
    OWN_NAME,
    OWN_VERSION,
    OWN_INSTANCE,
    OWN_MADE_UP,
    OWN_NO_TELEMETRY,
    OWN_MEMORY,
    OWN_ARCH,
    OWN_RUNTIME,
    OWN_INITIALIZATION,
    OWN_AGENT_VERSION,
    OWN_EPOCH,
    OWN_COUNT,
};

/* Which attributes a resource has already: one bit per enum own, then one per pair. */
struct present {
    bool own[OWN_COUNT];
    uint64_t pairs; /* One bit per pair: AGENT_RESOURCE_ATTRIBUTES_MAX is 32. */
};

static struct slice own_key(enum own own)
{
    const struct slice keys[OWN_COUNT] = {
        [OWN_SERVICE_NAME] = NAME_SERVICE_NAME,
        [OWN_PROVIDER] = NAME_CLOUD_PROVIDER,
        [OWN_PLATFORM] = NAME_CLOUD_PLATFORM,
        [OWN_REGION] = NAME_CLOUD_REGION,
        [OWN_ACCOUNT] = NAME_CLOUD_ACCOUNT_ID,
        [OWN_NAME] = NAME_FAAS_NAME,
        [OWN_VERSION] = NAME_FAAS_VERSION,
        [OWN_INSTANCE] = NAME_FAAS_INSTANCE,
        [OWN_MADE_UP] = NAME_THAW_INSTANCE_MADE_UP,
        [OWN_NO_TELEMETRY] = NAME_THAW_NO_TELEMETRY,
        [OWN_MEMORY] = NAME_FAAS_MAX_MEMORY,
        [OWN_ARCH] = NAME_HOST_ARCH,
        [OWN_RUNTIME] = NAME_THAW_RUNTIME,
        [OWN_INITIALIZATION] = NAME_THAW_INITIALIZATION_TYPE,
        [OWN_AGENT_VERSION] = NAME_THAW_AGENT_VERSION,
        [OWN_EPOCH] = NAME_THAW_EPOCH,
    };
    return keys[own];
}

/* These identify the record, whatever an SDK thinks. */
static bool own_always(enum own own)
{
    return own == OWN_INSTANCE || own == OWN_MADE_UP || own == OWN_EPOCH;
}

static struct slice own_text(const struct resource *resource, enum own own)
{
    const struct slice texts[OWN_COUNT] = {
        [OWN_SERVICE_NAME] = resource->service_name,
        [OWN_PROVIDER] = resource->elsewhere ? resource->provider : SLICE("aws"),
        [OWN_PLATFORM] = resource->elsewhere ? resource->platform : SLICE("aws_lambda"),
        [OWN_REGION] = resource->region,
        [OWN_ACCOUNT] = resource->account_id,
        [OWN_NAME] = resource->function_name,
        [OWN_VERSION] = resource->function_version,
        [OWN_INSTANCE] = resource->instance,
        [OWN_ARCH] = resource->arch,
        [OWN_RUNTIME] = resource->runtime,
        [OWN_INITIALIZATION] = resource->initialization_type,
        [OWN_AGENT_VERSION] = resource->agent_version,
    };
    return texts[own];
}

static void write_missing(const struct resource *resource, const struct present *present,
                          struct buf *out)
{
    for (enum own own = 0; own < OWN_COUNT; own++) {
        if (present->own[own] && !own_always(own)) {
            continue;
        }
        if (own == OWN_MADE_UP || own == OWN_NO_TELEMETRY) {
            if (own == OWN_MADE_UP ? resource->instance_made_up : resource->no_telemetry) {
                attribute_bool(out, ATTRIBUTE_OF_RESOURCE, own_key(own), true);
            }
        } else if (own == OWN_MEMORY) {
            if (resource->memory_max > 0) {
                attribute_int(out, ATTRIBUTE_OF_RESOURCE, own_key(own),
                              (int64_t)resource->memory_max);
            }
        } else if (own == OWN_EPOCH) {
            attribute_int(out, ATTRIBUTE_OF_RESOURCE, own_key(own), (int64_t)resource->epoch_ns);
        } else {
            attribute_text_known(out, ATTRIBUTE_OF_RESOURCE, own_key(own), own_text(resource, own));
        }
    }
    for (size_t i = 0; i < resource->pair_count; i++) {
        if ((present->pairs >> i & 1) == 0) {
            attribute_text(out, ATTRIBUTE_OF_RESOURCE, resource->pairs[i].key,
                           resource->pairs[i].value);
        }
    }
}

/* The pairs must not repeat what stands among our own, or a receiver sees a key twice. */
static void mark_pairs_of_own(const struct resource *resource, struct present *present)
{
    ENSURE(resource->pair_count <= 64);
    for (size_t i = 0; i < resource->pair_count; i++) {
        for (enum own own = 0; own < OWN_COUNT; own++) {
            if (slice_equal(resource->pairs[i].key, own_key(own))) {
                present->pairs |= UINT64_C(1) << i;
            }
        }
    }
}

void resource_write(const struct resource *resource, struct buf *out)
{
    struct present present = {.pairs = 0};
    mark_pairs_of_own(resource, &present);
    write_missing(resource, &present, out);
}

static struct slice pair_key(struct slice pair)
{
    struct wire_read reader;
    struct wire_field field;
    struct slice key = SLICE_EMPTY;
    wire_read_init(&reader, pair);
    while (wire_read_next(&reader, &field) == WIRE_FIELD) {
        if (field.number == 1 && field.type == WIRE_BYTES) {
            key = field.bytes;
        }
    }
    return key;
}

/* Note that the resource has this key; the answer is whether the pair may stay. */
static bool note_key(const struct resource *resource, struct slice key, struct present *present)
{
    if (slice_equal(key, NAME_THAW_SEQ)) {
        return false;
    }
    for (enum own own = 0; own < OWN_COUNT; own++) {
        if (slice_equal(key, own_key(own))) {
            present->own[own] = true;
            return !own_always(own);
        }
    }
    for (size_t i = 0; i < resource->pair_count; i++) {
        if (slice_equal(key, resource->pairs[i].key)) {
            present->pairs |= UINT64_C(1) << i;
        }
    }
    return true;
}

void resource_complete(const struct resource *resource, struct slice sent, uint64_t seq,
                       struct buf *out)
{
    struct present present = {.pairs = 0};
    struct wire_read reader;
    struct wire_field field;
    mark_pairs_of_own(resource, &present);
    wire_read_init(&reader, sent);
    size_t before = 0;
    while (wire_read_next(&reader, &field) == WIRE_FIELD) {
        bool stays = true;
        if (field.number == ATTRIBUTE_OF_RESOURCE && field.type == WIRE_BYTES) {
            stays = note_key(resource, pair_key(field.bytes), &present);
        }
        if (stays) {
            buf_append(out, slice_of(sent.base + before, reader.position - before));
        }
        before = reader.position;
    }
    write_missing(resource, &present, out);
    attribute_int(out, ATTRIBUTE_OF_RESOURCE, NAME_THAW_SEQ, (int64_t)seq);
}
