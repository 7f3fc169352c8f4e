/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"

#include "base/ensure.h"
#include "base/uuid.h"
#include "proto/names.h"

#include <string.h>

#define T0 UINT64_C(1796000000000000000)

struct random {
    struct prng *prng;
    struct arena *arena;
};

static unsigned below(struct random *random, unsigned bound)
{
    return (unsigned)prng_below(random->prng, bound);
}

static void *room(struct random *random, size_t count, size_t size)
{
    void *memory = arena_alloc_array(random->arena, count + 1, size);
    ENSURE(memory != NULL);
    return memory;
}

/* A number whose width is as likely as any other. */
static uint64_t number(struct random *random)
{
    unsigned width = below(random, 65);
    return width == 0 ? 0 : prng_next(random->prng) >> (64 - width);
}

static struct slice bytes_of(struct random *random, size_t size)
{
    unsigned char *memory = room(random, size, 1);
    prng_fill(random->prng, memory, size);
    return slice_of(memory, size);
}

static struct slice uuid_text(struct random *random, unsigned first, unsigned second)
{
    struct uuid uuid = {{(unsigned char)first, (unsigned char)second}};
    char *memory = room(random, UUID_TEXT_SIZE + 1, 1);
    uuid_format(&uuid, memory);
    return slice_of(memory, UUID_TEXT_SIZE);
}

static struct slice text(struct random *random)
{
    static const char *const words[] = {"",      "a",       "shop",    "GET",
                                        "order", "ERROR x", "a b c d", "user-00017"};
    switch (below(random, 9)) {
    case 0:
        return bytes_of(random, below(random, 40));
    case 1:
        return uuid_text(random, 0, below(random, 5));
    case 2:
        return arena_printf(random->arena, "%016llx", (unsigned long long)number(random));
    case 4:
        return arena_printf(random->arena, "%02u:%02u v%u, key%llu", below(random, 24),
                            below(random, 60), below(random, 4),
                            (unsigned long long)number(random));
    case 3:
        return arena_printf(random->arena, "order %u took %u ms", below(random, 100000),
                            below(random, 1000));
    default:
        return slice_from(words[below(random, sizeof(words) / sizeof(words[0]))]);
    }
}

static struct attrs attrs_of(struct random *random, unsigned depth, unsigned count_max);

static struct value value_of(struct random *random, unsigned depth)
{
    struct value value = {.kind = (enum value_kind)below(random, depth > 0 ? 8 : 6)};
    switch (value.kind) {
    case VALUE_EMPTY:
        break;
    case VALUE_STRING:
    case VALUE_BYTES:
        value.text = text(random);
        break;
    case VALUE_BOOL:
        value.boolean = below(random, 2) == 1;
        break;
    case VALUE_INT:
        value.integer = (int64_t)number(random);
        break;
    case VALUE_DOUBLE:
        value.number = (double)(int64_t)number(random) / 7;
        break;
    case VALUE_ARRAY: {
        size_t count = below(random, 4);
        struct value *items = room(random, count, sizeof(*items));
        for (size_t i = 0; i < count; i++) {
            items[i] = value_of(random, depth - 1);
        }
        value.array.items = items;
        value.array.count = count;
        break;
    }
    case VALUE_MAP: {
        struct attrs attrs = attrs_of(random, depth - 1, 3);
        value.map.items = attrs.items;
        value.map.count = attrs.count;
        break;
    }
    }
    return value;
}

static struct slice key_of(struct random *random)
{
    static const char *const keys[] = {"user.id", "http.route", "db.system", "n", "m", "x", ""};
    switch (below(random, 12)) {
    case 0:
        return NAME_FAAS_INVOCATION_ID;
    case 1:
        return NAME_THAW_PHASE;
    case 2:
        return NAME_THAW_SEQ;
    default:
        return slice_from(keys[below(random, sizeof(keys) / sizeof(keys[0]))]);
    }
}

static struct attrs attrs_of(struct random *random, unsigned depth, unsigned count_max)
{
    bool many = count_max > 8 && below(random, 100) == 0; /* More than there are columns for. */
    size_t count = many ? 130 : below(random, count_max + 1);
    struct attr *items = room(random, count, sizeof(*items));
    for (size_t i = 0; i < count; i++) {
        items[i].key = key_of(random);
        items[i].value = value_of(random, depth);
        if (slice_equal(items[i].key, NAME_FAAS_INVOCATION_ID) && below(random, 4) != 0) {
            struct slice request = uuid_text(random, 0x50, below(random, 20));
            items[i].value = (struct value){.kind = VALUE_STRING, .text = request};
        }
    }
    uint32_t dropped = below(random, 8) == 0 ? (uint32_t)number(random) : 0;
    return (struct attrs){count > 0 ? items : NULL, count, dropped};
}

static void make_resource(struct random *random, struct resource *resource)
{
    struct attr *items = room(random, 4, sizeof(*items));
    struct slice instance = arena_printf(random->arena, "i%u", below(random, 3));
    items[0] = (struct attr){NAME_FAAS_NAME, {.kind = VALUE_STRING, .text = SLICE("stock")}};
    items[1] = (struct attr){NAME_FAAS_INSTANCE, {.kind = VALUE_STRING, .text = instance}};
    items[2] = (struct attr){NAME_THAW_EPOCH, {.kind = VALUE_INT, .integer = below(random, 3)}};
    items[3] = (struct attr){key_of(random), value_of(random, 2)};
    *resource = (struct resource){.attrs = {items, below(random, 5), 0}};
    record_name_sender(resource);
    if (below(random, 4) == 0) {
        resource->version = text(random);
        resource->seq = number(random);
    }
}

static void make_scope(struct random *random, struct scope *scope)
{
    *scope = (struct scope){
        .name = text(random),
        .version = text(random),
        .agent = below(random, 2) == 1,
        .logs = below(random, 4) == 0,
    };
}

static uint64_t time_of(struct random *random)
{
    switch (below(random, 20)) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    case 2:
        return number(random);
    default:
        return T0 + prng_below(random->prng, UINT64_C(3000000000000));
    }
}

static struct id16 id16_of(struct random *random)
{
    struct id16 id = {{0}};
    if (below(random, 50) != 0) {
        id.bytes[0] = 0x7a;
        id.bytes[15] = (unsigned char)below(random, 30);
    }
    return id;
}

static struct id8 id8_of(struct random *random)
{
    struct id8 id = {{0}};
    if (below(random, 5) != 0) {
        id.bytes[7] = (unsigned char)below(random, 256);
    }
    return id;
}

static void make_events(struct random *random, struct span *span)
{
    size_t count = below(random, 3);
    struct span_event *events = room(random, count, sizeof(*events));
    struct span_link *links = room(random, count, sizeof(*links));
    for (size_t i = 0; i < count; i++) {
        events[i] = (struct span_event){time_of(random), text(random), attrs_of(random, 1, 3)};
        links[i] = (struct span_link){id16_of(random), id8_of(random), attrs_of(random, 1, 3)};
    }
    span->events = events;
    span->event_count = count;
    span->links = links;
    span->link_count = below(random, 2) == 0 ? count : 0;
}

static void make_span(struct random *random, struct span *span)
{
    *span = (struct span){
        .resource = span->resource,
        .scope = span->scope,
        .trace_id = id16_of(random),
        .span_id = id8_of(random),
        .parent_span_id = id8_of(random),
        .trace_state = below(random, 10) == 0 ? text(random) : SLICE_EMPTY,
        .name = text(random),
        .kind = (enum span_kind)below(random, 6),
        .flags = below(random, 2) == 0 ? 0x101 : (uint32_t)number(random),
        .start_ns = time_of(random),
        .attrs = attrs_of(random, 3, 9),
        .status = (enum span_status)below(random, 3),
        .status_message = below(random, 10) == 0 ? text(random) : SLICE_EMPTY,
    };
    span->end_ns = below(random, 5) == 0 ? time_of(random) : span->start_ns + number(random) % T0;
    span->seq =
        span->scope != NULL && span->scope->agent ? record_number(span->attrs, NAME_THAW_SEQ) : 0;
    if (below(random, 10) == 0) {
        span->seq = number(random);
    }
    if (below(random, 5) == 0) {
        make_events(random, span);
    }
}

static void make_line(struct random *random, struct log_line *line)
{
    *line = (struct log_line){
        .resource = line->resource,
        .scope = line->scope,
        .time_ns = time_of(random),
        .observed_ns = time_of(random),
        .severity = below(random, 30) == 0 ? (uint32_t)number(random) : below(random, 25),
        .severity_text = below(random, 2) == 0 ? SLICE("INFO") : text(random),
        .body = below(random, 3) == 0 ? value_of(random, 3)
                                      : (struct value){.kind = VALUE_STRING, .text = text(random)},
        .event_name = below(random, 10) == 0 ? text(random) : SLICE_EMPTY,
        .has_trace = below(random, 2) == 0,
        .attrs = attrs_of(random, 3, 9),
    };
    if (line->has_trace || below(random, 20) == 0) {
        line->trace_id = id16_of(random);
        line->span_id = id8_of(random);
    }
    line->seq =
        line->scope != NULL && line->scope->agent ? record_number(line->attrs, NAME_THAW_SEQ) : 0;
    if (below(random, 10) == 0) {
        line->seq = number(random);
    }
}

struct batch random_batch(struct prng *prng, struct arena *arena, enum signal signal,
                          size_t records_max)
{
    struct random random = {prng, arena};
    size_t count = (size_t)prng_below(prng, records_max + 1);
    size_t resources = 1 + below(&random, 4);
    struct resource *resource = room(&random, resources, sizeof(*resource));
    struct scope *scopes = room(&random, 3, sizeof(*scopes));
    struct batch batch = {.signal = signal, .resources = resource, .resource_count = resources};
    for (size_t i = 0; i < resources; i++) {
        make_resource(&random, &resource[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        make_scope(&random, &scopes[i]);
    }
    struct span *spans = room(&random, count, sizeof(*spans));
    struct log_line *lines = room(&random, count, sizeof(*lines));
    for (size_t i = 0; i < count; i++) {
        const struct scope *scope = below(&random, 20) == 0 ? NULL : &scopes[below(&random, 3)];
        spans[i].resource = lines[i].resource = &resource[below(&random, (unsigned)resources)];
        spans[i].scope = lines[i].scope = scope;
        if (signal == SIGNAL_TRACES) {
            make_span(&random, &spans[i]);
        } else {
            make_line(&random, &lines[i]);
        }
    }
    batch.spans = spans;
    batch.logs = lines;
    batch.span_count = signal == SIGNAL_TRACES ? count : 0;
    batch.log_count = signal == SIGNAL_LOGS ? count : 0;
    return batch;
}
