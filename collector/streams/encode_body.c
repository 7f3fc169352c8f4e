/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/encode_body.h"

#include "streams/encode_limits.h"

#include "base/utf8.h"
#include "base/uuid.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

/* Of LogsData and MetricsData, ResourceLogs and ResourceMetrics, ScopeLogs and ScopeMetrics alike.
 */
enum {
    DATA_RESOURCES = 1,
    RESOURCE_RESOURCE = 1,
    RESOURCE_SCOPES = 2,
    RESOURCE_ATTRIBUTES = 1,
    SCOPE_SCOPE = 1,
    SCOPE_NAME = 1,
    SCOPE_ATTRIBUTES = 3,
};

#define MEGABYTE INT64_C(1048576)

/* Bytes of a resource beside its texts, and of a scope beside its name. */
enum { RESOURCE_SIZE = 1024, SCOPE_SIZE = 512 };

bool encode_body_init(struct encode_body *body, const struct encode_options *options,
                      enum signal signal, struct slice scope)
{
    *body = (struct encode_body){.options = options, .signal = signal, .scope = scope};
    buf_init_growing(&body->out, options->body_size_max + 2 * ENCODE_BODY_SLACK);
    buf_init_growing(&body->spill, ENCODE_BODY_SLACK);
    body->memory = malloc(ENCODE_BODY_SLACK);
    if (body->memory == NULL) {
        return false;
    }
    buf_init_fixed(&body->scratch, body->memory, ENCODE_BODY_SLACK);
    return true;
}

void encode_body_fini(struct encode_body *body)
{
    buf_fini(&body->out);
    buf_fini(&body->spill);
    free(body->memory);
    body->memory = NULL;
}

struct slice encode_body_clean(struct encode_body *body, struct slice text)
{
    if (text.size == 0 || utf8_valid(text)) {
        return text;
    }
    size_t begin = body->scratch.size;
    if (text.size > buf_left(&body->scratch) / 3) {
        return SLICE("?"); /* A record of nothing but broken text. */
    }
    utf8_sanitise(text, &body->scratch);
    return slice_skip(buf_bytes(&body->scratch), begin);
}

/* ---- Scopes. ---- */

/* What the lines of a scope have in common: of logs, not of metrics. */
static void write_owner(struct pen *pen, const struct encode_owner *owner)
{
    char text[UUID_TEXT_SIZE + 1];
    struct uuid uuid;
    pen_attribute_text(pen, SCOPE_ATTRIBUTES, NAME_THAW_SOURCE, SLICE("function"));
    if (owner->has_request) {
        memcpy(uuid.bytes, owner->request_id.bytes, sizeof(uuid.bytes));
        uuid_format(&uuid, text);
        pen_attribute_text(pen, SCOPE_ATTRIBUTES, NAME_FAAS_INVOCATION_ID,
                           slice_of(text, UUID_TEXT_SIZE));
    } else if (owner->phase.size > 0) {
        pen_attribute_text(pen, SCOPE_ATTRIBUTES, NAME_THAW_PHASE, owner->phase);
    }
}

/* Begin a scope at pen, which stands behind the body's bytes by offset. */
static void open_scope(struct encode_body *body, struct pen *pen, const struct encode_owner *owner)
{
    const unsigned char *begin = body->out.base + body->out.size;
    body->scope_block_at = body->out.size + (size_t)(pen->at - begin);
    body->scope_records = 0;
    body->owner = *owner;
    pen_open(pen, RESOURCE_SCOPES);
    body->scope_at = body->out.size + (size_t)(pen->at - begin);
    unsigned char *scope = pen_open(pen, SCOPE_SCOPE);
    pen_text(pen, SCOPE_NAME, body->scope);
    if (body->signal == SIGNAL_LOGS) {
        write_owner(pen, owner);
    }
    pen_close(pen, scope);
}

/* End the scope that is open; one without records goes. */
static void close_scope(struct encode_body *body)
{
    if (body->scope_records == 0) {
        buf_rewind(&body->out, body->scope_block_at);
    } else {
        pen_length(body->out.base + body->scope_at, body->out.size - body->scope_at);
    }
}

static bool same_owner(const struct encode_owner *one, const struct encode_owner *other)
{
    return one->has_request == other->has_request &&
           (one->has_request
                ? memcmp(&one->request_id, &other->request_id, sizeof(one->request_id)) == 0
                : slice_equal(one->phase, other->phase));
}

/* Let the scope that is open be one of this owner. */
static bool change_owner(struct encode_body *body, const struct encode_owner *owner)
{
    if (same_owner(&body->owner, owner)) {
        return true;
    }
    close_scope(body);
    unsigned char *base = buf_reserve(&body->out, SCOPE_SIZE + body->scope.size);
    if (base == NULL) {
        return false;
    }
    struct pen pen = {base};
    open_scope(body, &pen, owner);
    buf_commit(&body->out, (size_t)(pen.at - base));
    return true;
}

/* ---- Blocks. ---- */

static void close_block(struct encode_body *body)
{
    if (body->source != 0) {
        close_scope(body);
        pen_length(body->out.base + body->resource_at, body->out.size - body->resource_at);
        body->source = 0;
    }
}

static void text_known(struct pen *pen, struct slice key, struct slice text)
{
    if (text.size > 0) {
        pen_attribute_text(pen, RESOURCE_ATTRIBUTES, key, text);
    }
}

static struct slice provider_name(enum provider provider)
{
    switch (provider) {
    case PROVIDER_AWS:
        return SLICE("aws");
    case PROVIDER_GCP:
        return SLICE("gcp");
    case PROVIDER_AZURE:
        break;
    }
    return SLICE("azure");
}

static void write_instance(struct pen *pen, const struct stream_source *source)
{
    if (source->stream.size > 0) {
        text_known(pen, NAME_FAAS_INSTANCE, source->stream);
    } else {
        text_known(pen, NAME_FAAS_INSTANCE, SLICE("no stream"));
        pen_attribute_bool(pen, RESOURCE_ATTRIBUTES, NAME_THAW_INSTANCE_MADE_UP, true);
    }
    if (source->provider == PROVIDER_AWS && source->group.size > 0) {
        pen_attribute_list(pen, RESOURCE_ATTRIBUTES, NAME_AWS_LOG_GROUP_NAMES, source->group);
    }
    if (source->provider == PROVIDER_AWS && source->stream.size > 0) {
        pen_attribute_list(pen, RESOURCE_ATTRIBUTES, NAME_AWS_LOG_STREAM_NAMES, source->stream);
    }
}

static void write_resource(struct pen *pen, const struct stream_source *source)
{
    unsigned char *resource = pen_open(pen, RESOURCE_RESOURCE);
    text_known(pen, NAME_CLOUD_PROVIDER, provider_name(source->provider));
    text_known(pen, NAME_CLOUD_PLATFORM, source->platform);
    text_known(pen, NAME_CLOUD_ACCOUNT_ID, source->account);
    text_known(pen, NAME_CLOUD_REGION, source->region);
    text_known(pen, NAME_FAAS_NAME, source->function);
    if (source->function_made_up) {
        pen_attribute_bool(pen, RESOURCE_ATTRIBUTES, NAME_THAW_FUNCTION_MADE_UP, true);
    }
    text_known(pen, NAME_FAAS_VERSION, source->version);
    write_instance(pen, source);
    if (source->memory_mb != STREAMS_UNKNOWN) {
        pen_attribute_int(pen, RESOURCE_ATTRIBUTES, NAME_FAAS_MAX_MEMORY,
                          source->memory_mb * MEGABYTE);
    }
    text_known(pen, NAME_THAW_RUNTIME, source->runtime);
    text_known(pen, NAME_THAW_INITIALIZATION_TYPE, source->init_type);
    pen_close(pen, resource);
}

static bool open_block(struct encode_body *body, const struct stream_source *source,
                       const struct encode_owner *owner)
{
    struct stream_source clean = *source;
    struct slice *texts[] = {&clean.platform, &clean.account, &clean.region,
                             &clean.group,    &clean.stream,  &clean.function,
                             &clean.version,  &clean.runtime, &clean.init_type};
    size_t size = RESOURCE_SIZE + SCOPE_SIZE + body->scope.size;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = encode_body_clean(body, *texts[i]);
        size += 2 * texts[i]->size;
    }
    unsigned char *base = buf_reserve(&body->out, size);
    if (base == NULL) {
        return false;
    }
    struct pen pen = {base};
    body->block_at = body->out.size;
    body->block_records = 0;
    body->resource_at = body->out.size + (size_t)(pen_open(&pen, DATA_RESOURCES) - base);
    write_resource(&pen, &clean);
    open_scope(body, &pen, owner);
    buf_commit(&body->out, (size_t)(pen.at - base));
    body->source = source->number;
    body->described = *source;
    return true;
}

/* Whether the block that is open says what is known of the source by now. */
static bool is_described(const struct encode_body *body, const struct stream_source *source)
{
    const struct stream_source *described = &body->described;
    return body->source == source->number && described->memory_mb == source->memory_mb &&
           described->version.size == source->version.size &&
           described->runtime.size == source->runtime.size &&
           described->region.size == source->region.size &&
           described->group.size == source->group.size &&
           described->function.size == source->function.size &&
           described->function_made_up == source->function_made_up &&
           described->account.size == source->account.size &&
           described->init_type.size == source->init_type.size;
}

/* ---- Records. ---- */

void encode_body_flush(struct encode_body *body)
{
    if (body->source != 0 && body->block_records == 0) {
        buf_rewind(&body->out, body->block_at);
        body->source = 0;
    }
    close_block(body);
    if (body->records > 0) {
        body->options->body(body->options->context, body->signal, buf_bytes(&body->out),
                            body->records);
    }
    buf_reset(&body->out);
    body->records = 0;
}

unsigned char *encode_body_begin(struct encode_body *body, const struct stream_source *source,
                                 const struct encode_owner *owner, size_t size)
{
    static const struct encode_owner nobody;
    bool open = is_described(body, source);
    if (!open) {
        close_block(body);
        open = open_block(body, source, owner != NULL ? owner : &nobody);
    } else if (owner != NULL) {
        open = change_owner(body, owner);
    }
    if (!open) {
        encode_body_flush(body);
        return NULL;
    }
    unsigned char *at = buf_reserve(&body->out, size);
    if (at == NULL) {
        encode_body_flush(body);
    }
    return at;
}

/* The record does not fit any more: it begins the next body. */
static void spill(struct encode_body *body, struct slice record)
{
    struct stream_source source = body->described;
    struct encode_owner owner = body->owner;
    buf_reset(&body->spill);
    buf_append(&body->spill, record);
    encode_body_flush(body);
    if (open_block(body, &source, &owner)) {
        buf_append(&body->out, buf_bytes(&body->spill));
    }
}

void encode_body_end(struct encode_body *body, const unsigned char *end)
{
    const unsigned char *begin = body->out.base + body->out.size;
    size_t size = (size_t)(end - begin);
    if (body->records > 0 && body->out.size + size > body->options->body_size_max) {
        spill(body, slice_of(begin, size));
    } else {
        buf_commit(&body->out, size);
    }
    body->records++;
    body->block_records++;
    body->scope_records++;
    buf_reset(&body->scratch);
}
