/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/billing.h"

#include "base/clock.h"

#include <stddef.h>

const char *const billing_era_names[] = {"2025-08", "2020-12", "100ms", NULL};

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return value / unit + (value % unit != 0);
}

uint64_t billing_billed_ms(enum billing_era era, uint64_t duration_ns, uint64_t init_ns)
{
    switch (era) {
    case BILLING_2025_08:
        return round_up(duration_ns + init_ns, CLOCK_NS_PER_MS);
    case BILLING_2020_12:
        break;
    case BILLING_100MS:
        return round_up(duration_ns, 100 * CLOCK_NS_PER_MS) * 100;
    }
    return round_up(duration_ns, CLOCK_NS_PER_MS);
}
