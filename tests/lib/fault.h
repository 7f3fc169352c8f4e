/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_LIB_FAULT_H
#define THAW_LIB_FAULT_H

#include <stdbool.h>

/*
 * Failures on demand.  A test arms the n-th call of fault_now() to fail; code
 * under test reaches it through the hooks that its module offers (a table of
 * operations with a failing twin, a wrapped function).  The usual loop:
 *
 *     for (unsigned n = 1; ; n++) {
 *         fault_arm(n, 1);
 *         run();
 *         if (!fault_fired()) { break; }
 *         assert what must hold after a failure;
 *     }
 *     fault_disarm();
 *
 * One per process; any thread may call fault_now().
 */

/* From the nth call on (1 is the next one), fail count calls. */
void fault_arm(unsigned nth, unsigned count);

/* Fail nothing any more. */
void fault_disarm(void);

/* Called by hooks: whether this call is to fail. */
bool fault_now(void);

/* Whether a call has failed since fault_arm(). */
bool fault_fired(void);

#endif
