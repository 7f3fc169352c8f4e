/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include "base/ensure.h"

#include <time.h>

static uint64_t clock_read(clockid_t id)
{
    struct timespec now;

    ENSURE(clock_gettime(id, &now) == 0);
    ENSURE(now.tv_sec >= 0);
    return (uint64_t)now.tv_sec * CLOCK_NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_wall_ns(void)
{
    return clock_read(CLOCK_REALTIME);
}

uint64_t clock_monotonic_ns(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

uint64_t clock_boot_ns(void)
{
    return clock_read(CLOCK_BOOTTIME);
}
