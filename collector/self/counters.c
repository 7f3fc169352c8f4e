/* SPDX-License-Identifier: Apache-2.0 */
#include "self/counters.h"

#include "base/ensure.h"

#include <stdatomic.h>

static const struct counter_row counters_rows[COUNTER_COUNT] = {
#define COUNTER(identifier, metric, labels, help)                                                  \
    [COUNTER_##identifier] = {(metric), (labels), (help)},
#include "self/counters.def"
#undef COUNTER
};

static _Atomic uint64_t counters_values[COUNTER_COUNT];

void counters_add(enum counter counter, uint64_t count)
{
    ENSURE(counter < COUNTER_COUNT);
    atomic_fetch_add_explicit(&counters_values[counter], count, memory_order_relaxed);
}

uint64_t counters_get(enum counter counter)
{
    ENSURE(counter < COUNTER_COUNT);
    return atomic_load_explicit(&counters_values[counter], memory_order_relaxed);
}

const struct counter_row *counters_row(enum counter counter)
{
    ENSURE(counter < COUNTER_COUNT);
    return &counters_rows[counter];
}
