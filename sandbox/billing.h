/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_BILLING_H
#define THAW_SANDBOX_BILLING_H

#include <stdint.h>

/*
 * What the platform bills for one invocation, by the rules of a time.  Pure.
 *
 * Since August 2025 the init of every configuration is billed: the sum of
 * duration and init is rounded up, not each part.  Before, the init of an
 * on-demand function was free; before December 2020 the unit was 100 ms.
 */
enum billing_era {
    BILLING_2025_08,
    BILLING_2020_12,
    BILLING_100MS,
};

/* The names in the configuration, NULL-terminated, in the order of the enum. */
extern const char *const billing_era_names[];

/* Billed milliseconds.  init_ns is the init that the invocation's report shows, 0 for none. */
uint64_t billing_billed_ms(enum billing_era era, uint64_t duration_ns, uint64_t init_ns);

#endif
