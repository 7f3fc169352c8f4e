/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/jaeger_query.h"
#include "traces/trace_duration.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What tools for traces ask for: ids, durations, tags. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char memory[1u << 20];
    struct slice text = slice_of(data, size);
    struct trace_tests tests = {.count = 0};
    struct scan_condition conditions[TRACES_TESTS_MAX];
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
    return trace_test_conditions(&tests, conditions) > tests.count ? -1 : 0;
}
