/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SELF_COUNTERS_H
#define THAW_SELF_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the collector counts about itself: one process-wide number per row of counters.def, which
 * only grows.  Any thread, without locks; the numbers of two rows may be of different moments.
 */
enum counter {
#define COUNTER(identifier, metric, labels, help) COUNTER_##identifier,
#include "self/counters.def"
#undef COUNTER
    COUNTER_COUNT,
};

struct counter_row {
    const char *metric;
    const char *labels;
    const char *help;
};

void counters_add(enum counter counter, uint64_t count);
uint64_t counters_get(enum counter counter);
const struct counter_row *counters_row(enum counter counter);

#endif
