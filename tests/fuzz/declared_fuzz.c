/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/standing.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned char memory[1 << 20];
static unsigned char error_memory[1 << 14];

/* Any file is read, or refused with a reason; what is read costs nothing below zero, and as much in
 * pieces of time as in one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct prices *prices;
    struct arena arena;
    struct buf errors;
    struct declared declared;
    if (prices == NULL && prices_load(&prices, SLICE_EMPTY, (char *)error_memory,
                                      sizeof(error_memory)) != STATUS_OK) {
        abort();
    }
    arena_init(&arena, memory, sizeof(memory));
    buf_init_fixed(&errors, error_memory, sizeof(error_memory));
    enum status status = declared_read(slice_of(data, size), "file", &arena, &errors, &declared);
    if (status == STATUS_BAD && errors.size == 0) {
        abort();
    }
    for (size_t i = 0; status == STATUS_OK && i < declared.function_count; i++) {
        const struct standing_terms terms = {.prices = prices, .function = &declared.functions[i]};
        const int64_t middle_ns = INT64_C(1795392000000000000);
        const int64_t month_ns = INT64_C(2678400000000000);
        struct standing whole = standing_zero(), halves = standing_zero();
        standing_add_time(&whole, &terms, middle_ns - month_ns, middle_ns + month_ns);
        standing_add_time(&halves, &terms, middle_ns - month_ns, middle_ns + 1);
        standing_add_time(&halves, &terms, middle_ns + 1, middle_ns + month_ns);
        standing_add_use(&halves, &terms, middle_ns, UINT64_MAX, UINT64_MAX);
        standing_add_use(&whole, &terms, middle_ns, UINT64_MAX, UINT64_MAX);
        if (money_compare(whole.amount, MONEY_ZERO) < 0 ||
            money_compare(whole.amount, halves.amount) != 0) {
            abort();
        }
    }
    return 0;
}
