/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/fault.h"

#include <stdatomic.h>

static atomic_ulong calls;
static atomic_ulong first;
static atomic_ulong last; /* The calls first .. last - 1 fail. */
static atomic_bool fired;

void fault_arm(unsigned nth, unsigned count)
{
    fault_disarm();
    atomic_store(&last, (unsigned long)nth + count);
    atomic_store(&first, nth);
}

void fault_disarm(void)
{
    atomic_store(&first, 0);
    atomic_store(&last, 0);
    atomic_store(&calls, 0);
    atomic_store(&fired, false);
}

bool fault_now(void)
{
    unsigned long call = atomic_fetch_add(&calls, 1) + 1;
    unsigned long from = atomic_load(&first);

    if (from == 0 || call < from || call >= atomic_load(&last)) {
        return false;
    }
    atomic_store(&fired, true);
    return true;
}

bool fault_fired(void)
{
    return atomic_load(&fired);
}
