/* SPDX-License-Identifier: Apache-2.0 */
#include "store_body.h"

#include "base/prng.h"

#include <string.h>

struct slice store_body(uint32_t number, uint32_t size, unsigned char *memory)
{
    struct prng prng;
    prng_init(&prng, number);
    if (number % 3 == 0) {
        memset(memory, 'x', size);
    } else {
        prng_fill(&prng, memory, size);
    }
    memcpy(memory, &number, sizeof(number));
    return slice_of(memory, size);
}

struct id16 store_body_id(uint32_t number)
{
    struct id16 id = {{0}};
    memcpy(id.bytes, &number, sizeof(number));
    id.bytes[15] = 1;
    return id;
}

uint64_t store_body_time(uint32_t number)
{
    if (number % 37 == 0) {
        return number % 2 == 0 ? 0 : UINT64_MAX;
    }
    return UINT64_C(1800000000) * 1000000000 + (uint64_t)(number * 2654435761u % 4096) * 1000000;
}

bool store_body_decode(enum signal signal, struct slice body, struct arena *arena,
                       struct batch *batch)
{
    static const struct scope scope;
    uint32_t number;
    struct resource *resource = arena_alloc_array(arena, 1, sizeof(*resource));
    struct attr *attr = arena_alloc_array(arena, 1, sizeof(*attr));
    struct span *span = arena_alloc_array(arena, 1, sizeof(*span));
    struct log_line *line = arena_alloc_array(arena, 1, sizeof(*line));
    memcpy(&number, body.base, sizeof(number));
    if (resource == NULL || attr == NULL || span == NULL || line == NULL ||
        STORE_BODY_BAD(number)) {
        return false;
    }
    *attr = (struct attr){.key = SLICE("body"), .value = {.kind = VALUE_STRING, .text = body}};
    struct attrs attrs = {.items = attr, .count = 1};
    *batch = (struct batch){.signal = signal, .resources = resource, .resource_count = 1};
    if (signal == SIGNAL_TRACES) {
        *span =
            (struct span){.resource = resource, .scope = &scope, .trace_id = store_body_id(number)};
        span->start_ns = span->end_ns = store_body_time(number);
        span->span_id.bytes[0] = 1;
        span->attrs = attrs;
        batch->spans = span;
        batch->span_count = 1;
    } else {
        *line = (struct log_line){.resource = resource, .scope = &scope, .has_trace = true};
        line->trace_id = store_body_id(number);
        /* Some are only observed. */
        line->time_ns = number % 5 == 0 ? 0 : store_body_time(number);
        line->observed_ns = store_body_time(number);
        line->attrs = attrs;
        batch->logs = line;
        batch->log_count = 1;
    }
    return true;
}

void store_body_each(const struct batch *batch, void (*visit)(void *context, struct slice body),
                     void *context)
{
    for (size_t i = 0; i < batch->span_count; i++) {
        visit(context, batch->spans[i].attrs.items[0].value.text);
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        visit(context, batch->logs[i].attrs.items[0].value.text);
    }
}
