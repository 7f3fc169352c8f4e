/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the notation of series, labels and values, and as a whole file of tests. */
#include "rules/rules_limits.h"
#include "rules/rules_test.h"
#include "rules/test_series.h"

#include "base/ensure.h"

#include <stdlib.h>

#define MEMORY_SIZE ((size_t)32 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status no_files(void *context, struct slice pattern, struct arena *arena,
                            struct slice **names, struct slice **texts, size_t *count,
                            struct buf *error)
{
    static struct slice name = SLICE_INIT("r.yml");
    static struct slice text =
        SLICE_INIT("groups:\n- name: g\n  rules:\n  - {record: r, expr: x * 2}\n"
                   "  - {alert: A, expr: x > 1, for: 2m, labels: {v: '{{ $value }}'}}\n");
    (void)context;
    (void)pattern;
    (void)arena;
    (void)error;
    *names = &name;
    *texts = &text;
    *count = 1;
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void *memory;
    struct arena arena;
    struct buf out;
    struct test_series series = {.count = 0};
    const char *reason = NULL;
    const struct rules_test_files files = {.read = no_files};
    memory = memory != NULL ? memory : malloc(MEMORY_SIZE);
    ENSURE(memory != NULL);
    arena_init(&arena, memory, MEMORY_SIZE);
    enum status status = test_series_values(slice_of(data, size), &arena, &series, &reason);
    ENSURE(status != STATUS_BAD || reason != NULL);
    ENSURE(status != STATUS_OK || series.count <= RULES_TEST_VALUE_COUNT_MAX);
    reason = NULL;
    status = test_series_labels(slice_of(data, size), &arena, &series.labels, &reason);
    ENSURE(status != STATUS_BAD || reason != NULL);
    for (size_t i = 1; status == STATUS_OK && i < series.labels.count; i++) {
        ENSURE(slice_compare(series.labels.items[i - 1].name, series.labels.items[i].name) < 0);
    }
    arena_reset(&arena);
    buf_init_growing(&out, 1 << 20);
    status = rules_test_run(slice_of(data, size), "fuzz", &files, &arena, &out);
    ENSURE(status == STATUS_OK || status == STATUS_FULL || out.size > 0);
    buf_fini(&out);
    return 0;
}
