/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_SHIPPED_H
#define THAW_COLLECTOR_ALERT_ALERT_SHIPPED_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The rules that the collector comes with (rules/shipped.yml), with what the user has set.  Pure.
 */
struct alert_shipped {
    bool cold_start; /* Else its group is left out. */
    uint32_t rate_ppm, clear_ppm;
    uint64_t minimum;
    uint64_t wait_ns; /* That callers waited in all. */
    uint64_t window_ns, for_ns, clear_for_ns;
    double budget; /* Dollars a month; 0: none. */
};

/* Append the file. */
void alert_shipped_write(const struct alert_shipped *shipped, struct buf *out);

#endif
