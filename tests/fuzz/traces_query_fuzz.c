/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/jaeger_query.h"
#include "traces/trace_duration.h"
#include "traces/traceql.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A query is read, or refused at a place inside of it, with a reason. */
static void check(bool good, const struct traceql_error *error, size_t size)
{
    if (!good && (error->reason == NULL || error->at > size)) {
        abort();
    }
}

/* What tools for traces ask for: ids, durations, tags, TraceQL. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char memory[1u << 20];
    struct slice text = slice_of(data, size);
    struct trace_tests tests = {.count = 0};
    struct scan_condition conditions[TRACES_TESTS_MAX];
    struct traceql_error error;
    struct arena arena;
    struct id16 id;
    int64_t duration_ns;
    arena_init(&arena, memory, sizeof(memory));
    if (trace_id_parse(text, &id) && size > 36) {
        abort();
    }
    if (trace_duration_parse(text, &duration_ns) && duration_ns < 0) {
        abort();
    }
    if (jaeger_query_tags(&tests, text, &arena) && tests.count > size / 4) {
        abort(); /* Each takes more than that. */
    }
    tests.count = 0;
    check(traceql_parse(text, &arena, &tests, &error), &error, size);
    tests.count = 0;
    check(traceql_tags(text, &arena, &tests, &error), &error, size);
    return trace_test_conditions(&tests, conditions) > tests.count ? -1 : 0;
}
