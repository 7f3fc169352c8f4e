/* SPDX-License-Identifier: Apache-2.0 */
#include "search/match.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(16) unsigned char memory[1 << 18];

/* A record that has a bit of everything, some of it out of the query itself. */
static void put_to_records(const struct search_expr *expr, struct slice text)
{
    const struct attr attrs[] = {
        {SLICE("a"), {.kind = VALUE_STRING, .text = text}},
        {SLICE("n"), {.kind = VALUE_INT, .integer = 4}},
        {SLICE("d"), {.kind = VALUE_DOUBLE, .number = 0.5}},
        {SLICE("b"), {.kind = VALUE_BOOL, .boolean = true}},
    };
    const struct attrs all = {.items = attrs, .count = 4};
    const struct resource resource = {.attrs = all, .function = text};
    const struct scope scope = {.agent = true};
    const struct log_line line = {
        .resource = &resource,
        .scope = &scope,
        .body = {.kind = VALUE_STRING, .text = text},
        .attrs = all,
    };
    const struct span_event event = {.name = text, .attrs = all};
    const struct span span = {
        .resource = &resource,
        .scope = &scope,
        .name = text,
        .end_ns = text.size,
        .attrs = all,
        .events = &event,
        .event_count = 1,
    };
    struct invocation_facts facts = {.billed_ms = 5, .error_type = text};
    const struct function_facts function = {.name = text};
    const struct search_invocation invocation = {&facts, &function, text, (double)NAN};
    (void)search_line_matches(expr, &line);
    (void)search_span_matches(expr, &span);
    (void)search_invocation_matches(expr, &invocation);
}

/* Any text is a query or has an error in it; a query can be put to any record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    struct arena arena;
    struct search_expr expr;
    struct search_error error;
    arena_init(&arena, memory, sizeof(memory));
    if (search_parse(text, &arena, &expr, &error)) {
        put_to_records(&expr, text);
    } else if (error.reason == NULL || error.at > size) {
        abort();
    }
    return 0;
}
