/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include "base/arena.h"
#include "base/ensure.h"
#include "base/uuid.h"

#include <stdlib.h>
#include <string.h>

#define BUILD_MEMORY_SIZE ((size_t)256 << 10)
#define BUILD_RECORDS_MAX 64
#define BUILD_ATTRS_MAX   40
#define BUILD_LINKS_MAX   16

struct build {
    struct arena arena;
    struct batch batch;
    struct resource *resources;
    struct scope *scope;
    struct span *spans;
    struct log_line *logs;
    size_t resource_count;
    struct attrs *latest; /* Of the latest record. */
    bool agent;
};

static void *take(struct build *build, size_t count, size_t size)
{
    void *memory = arena_alloc_array(&build->arena, count, size);
    ENSURE(memory != NULL);
    return memory;
}

static struct slice text(struct build *build, const char *words)
{
    return arena_dup(&build->arena, slice_from(words));
}

struct build *build_create(enum signal signal)
{
    struct build *build = calloc(1, sizeof(*build));
    ENSURE(build != NULL);
    void *memory = malloc(BUILD_MEMORY_SIZE);
    ENSURE(memory != NULL);
    arena_init(&build->arena, memory, BUILD_MEMORY_SIZE);
    build->batch.signal = signal;
    build->resources = take(build, 64, sizeof(struct resource));
    build->batch.resources = build->resources;
    if (signal == SIGNAL_TRACES) {
        build->spans = take(build, BUILD_RECORDS_MAX, sizeof(struct span));
        build->batch.spans = build->spans;
    } else {
        build->logs = take(build, BUILD_RECORDS_MAX, sizeof(struct log_line));
        build->batch.logs = build->logs;
    }
    return build;
}

void build_free(struct build *build)
{
    free(build->arena.base);
    free(build);
}

const struct batch *build_batch(struct build *build)
{
    build->batch.resource_count = build->resource_count;
    return &build->batch;
}

struct id16 build_id(uint64_t number)
{
    struct id16 id = {{0x5f}};
    for (unsigned i = 0; i < 8; i++) {
        id.bytes[15 - i] = (unsigned char)(number >> (8 * i));
    }
    return id;
}

struct id8 build_id8(uint64_t number)
{
    struct id8 id = {{0}};
    for (unsigned i = 0; i < 8; i++) {
        id.bytes[7 - i] = (unsigned char)(number >> (8 * i));
    }
    return id;
}

static void push(struct build *build, struct attrs *attrs, const char *key, struct value value)
{
    ENSURE(attrs->count < BUILD_ATTRS_MAX);
    /* The builder made this array; batches hand it out read-only. */
    struct attr *items = (struct attr *)(uintptr_t)attrs->items;
    items[attrs->count++] = (struct attr){text(build, key), value};
}

static struct attrs fresh(struct build *build)
{
    return (struct attrs){.items = take(build, BUILD_ATTRS_MAX, sizeof(struct attr))};
}

static struct resource *add_resource(struct build *build, bool agent)
{
    ENSURE(build->resource_count < 64);
    struct resource *resource = &build->resources[build->resource_count++];
    *resource = (struct resource){.attrs = fresh(build)};
    build->scope = take(build, 1, sizeof(*build->scope));
    *build->scope = (struct scope){
        .name = agent ? SLICE("thaw.agent") : SLICE("my.sdk"),
        .agent = agent,
    };
    build->agent = agent;
    return resource;
}

void build_agent(struct build *build, const char *function, const char *instance, uint64_t epoch)
{
    struct resource *resource = add_resource(build, true);
    resource->service = text(build, function);
    resource->account = SLICE("123456789012");
    resource->region = SLICE("us-east-1");
    resource->function = text(build, function);
    resource->version = SLICE("$LATEST");
    resource->instance = text(build, instance);
    resource->epoch = epoch;
}

void build_sdk(struct build *build, const char *function, const char *instance, uint64_t epoch,
               uint64_t block)
{
    build_agent(build, function, instance, epoch);
    build->resources[build->resource_count - 1].seq = block;
    build->scope->name = SLICE("my.sdk");
    build->scope->agent = false;
    build->agent = false;
}

void build_logs(struct build *build, const char *function, const char *instance)
{
    build_agent(build, function, instance, 0);
    build->scope->name = SLICE("thaw.logs");
    build->scope->agent = false;
    build->scope->logs = true;
    build->agent = false;
}

void build_logs_unknown(struct build *build, const char *function, const char *instance)
{
    build_logs(build, function, instance);
    struct resource *resource = &build->resources[build->resource_count - 1];
    resource->account = resource->region = SLICE_EMPTY;
}

void build_logs_pool(struct build *build, const char *function)
{
    build_logs(build, function, "no stream");
    struct resource *resource = &build->resources[build->resource_count - 1];
    push(build, &resource->attrs, "thaw.instance.made_up",
         (struct value){.kind = VALUE_BOOL, .boolean = true});
}

void build_service(struct build *build, const char *service)
{
    struct resource *resource = add_resource(build, false);
    resource->service = text(build, service);
}

void build_version(struct build *build, const char *version)
{
    build->resources[build->resource_count - 1].version = text(build, version);
}

void build_resource_text(struct build *build, const char *key, const char *value)
{
    push(build, &build->resources[build->resource_count - 1].attrs, key,
         (struct value){.kind = VALUE_STRING, .text = text(build, value)});
}

void build_resource_bool(struct build *build, const char *key, bool value)
{
    push(build, &build->resources[build->resource_count - 1].attrs, key,
         (struct value){.kind = VALUE_BOOL, .boolean = value});
}

void build_resource_int(struct build *build, const char *key, int64_t value)
{
    push(build, &build->resources[build->resource_count - 1].attrs, key,
         (struct value){.kind = VALUE_INT, .integer = value});
}

static struct log_line *add_log(struct build *build)
{
    ENSURE(build->batch.log_count < BUILD_RECORDS_MAX);
    struct log_line *line = &build->logs[build->batch.log_count++];
    *line = (struct log_line){
        .resource = &build->resources[build->resource_count - 1],
        .scope = build->scope,
        .attrs = fresh(build),
    };
    build->latest = &line->attrs;
    return line;
}

void build_event(struct build *build, const char *name, uint64_t seq)
{
    struct log_line *line = add_log(build);
    line->event_name = text(build, name);
    build_seq(build, seq);
}

void build_line(struct build *build, const char *words, uint64_t seq, int64_t time_ns)
{
    struct log_line *line = add_log(build);
    line->body = (struct value){.kind = VALUE_STRING, .text = text(build, words)};
    line->time_ns = (uint64_t)time_ns;
    build_seq(build, seq);
}

void build_span(struct build *build, const char *name, enum span_kind kind, uint64_t trace,
                uint64_t id, uint64_t parent)
{
    ENSURE(build->batch.span_count < BUILD_RECORDS_MAX);
    struct span *span = &build->spans[build->batch.span_count++];
    *span = (struct span){
        .resource = &build->resources[build->resource_count - 1],
        .scope = build->scope,
        .trace_id = build_id(trace),
        .span_id = build_id8(id),
        .parent_span_id = build_id8(parent),
        .name = text(build, name),
        .kind = kind,
        .start_ns = (uint64_t)BUILD_T0,
        .end_ns = (uint64_t)BUILD_T0,
        .attrs = fresh(build),
    };
    build->latest = &span->attrs;
}

static struct span *last_span(struct build *build)
{
    return &build->spans[build->batch.span_count - 1];
}

void build_span_time(struct build *build, int64_t start_ns, int64_t end_ns)
{
    last_span(build)->start_ns = (uint64_t)start_ns;
    last_span(build)->end_ns = (uint64_t)end_ns;
}

void build_span_flags(struct build *build, uint32_t flags)
{
    last_span(build)->flags = flags;
}

void build_span_error(struct build *build)
{
    last_span(build)->status = SPAN_STATUS_ERROR;
}

void build_link(struct build *build, uint64_t trace, uint64_t span, const char *message)
{
    struct span *from = last_span(build);
    if (from->links == NULL) {
        from->links = take(build, BUILD_LINKS_MAX, sizeof(struct span_link));
    }
    ENSURE(from->link_count < BUILD_LINKS_MAX);
    struct span_link *links = (struct span_link *)(uintptr_t)from->links;
    struct span_link *link = &links[from->link_count++];
    *link = (struct span_link){
        .trace_id = build_id(trace),
        .span_id = build_id8(span),
        .attrs = fresh(build),
    };
    if (message != NULL) {
        push(build, &link->attrs, "messaging.message.id",
             (struct value){.kind = VALUE_STRING, .text = text(build, message)});
    }
}

void build_seq(struct build *build, uint64_t seq)
{
    if (build->spans != NULL) {
        last_span(build)->seq = seq;
    } else {
        build->logs[build->batch.log_count - 1].seq = seq;
    }
    if (seq > 0) {
        build_int(build, "thaw.seq", (int64_t)seq);
    }
}

void build_time(struct build *build, int64_t time_ns)
{
    build->logs[build->batch.log_count - 1].time_ns = (uint64_t)time_ns;
}

void build_trace(struct build *build, uint64_t trace, uint64_t span)
{
    struct log_line *line = &build->logs[build->batch.log_count - 1];
    line->has_trace = true;
    line->trace_id = build_id(trace);
    line->span_id = build_id8(span);
}

void build_request(struct build *build, uint64_t request, uint32_t attempt)
{
    struct uuid uuid;
    char words[UUID_TEXT_SIZE + 1];
    struct id16 id = build_id(request);
    memcpy(uuid.bytes, id.bytes, sizeof(uuid.bytes));
    uuid_format(&uuid, words);
    build_text(build, "faas.invocation_id", words);
    if (attempt > 0) {
        build_int(build, "thaw.attempt", attempt);
    }
}

void build_text(struct build *build, const char *key, const char *value)
{
    push(build, build->latest, key,
         (struct value){.kind = VALUE_STRING, .text = text(build, value)});
}

void build_int(struct build *build, const char *key, int64_t value)
{
    push(build, build->latest, key, (struct value){.kind = VALUE_INT, .integer = value});
}

void build_bool(struct build *build, const char *key, bool value)
{
    push(build, build->latest, key, (struct value){.kind = VALUE_BOOL, .boolean = value});
}
