/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_CLOCK_H
#define THAW_BASE_CLOCK_H

#include <stdint.h>

/*
 * The only place that asks the system for the time.  Pure code takes times as
 * arguments; only mains, loops and servers call these.  Any thread.
 */

#define CLOCK_NS_PER_US UINT64_C(1000)
#define CLOCK_NS_PER_MS UINT64_C(1000000)
#define CLOCK_NS_PER_S  UINT64_C(1000000000)

/* Nanoseconds since 1970 in UTC.  It may jump in both directions. */
uint64_t clock_wall_ns(void);

/* Nanoseconds since some moment; never goes back.  It stands still while the machine sleeps. */
uint64_t clock_monotonic_ns(void);

/* The same, counting the time that the machine slept. */
uint64_t clock_boot_ns(void);

#endif
