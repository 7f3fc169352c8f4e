/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_ASYNC_H
#define THAW_SANDBOX_ASYNC_H

#include "base/slice.h"
#include "sandbox/function.h"

/*
 * Asynchronous invocations: the event is taken at once and run when there is
 * an instance.  A failed one is tried again with the same request id after
 * the waits of the configuration, then it goes to the function's dead-letter
 * queue, or is dropped and logged.  Being throttled costs no attempt.
 */

/* Take over the invocation, whose done and over become ours. */
void async_invoke(struct invocation *invocation);

/* Events that wait or run. */
unsigned async_count(void);

/* Forget all events that wait: the sandbox ends. */
void async_clear(void);

#endif
