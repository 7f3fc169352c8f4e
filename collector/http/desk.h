/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_DESK_H
#define THAW_HTTP_DESK_H

#include "base/status.h"

#include <stdbool.h>

/*
 * Threads for work that may take long, so that it does not hold a thread on which others wait.
 * What is put in waits in one of two lines: quick work is always next, and slow work never has all
 * of the threads, so that however much of it there is, quick work is begun at once.  Within a line
 * first come is first served.
 *
 * Invariants, where the lock is free:
 * 1. No more slow work is being done than there are threads but one.
 * 2. Nothing waits that a thread which sleeps could do.
 *
 * Any thread may put work in; work may put in more.
 */
struct desk;

/* A member of what is put in, whose owner keeps it until its work has begun. */
struct desk_item {
    struct desk_item *next;
    bool slow;
};

/* Do it, on one of the threads.  The item may be gone afterwards. */
typedef void desk_work(void *context, struct desk_item *item);

/* At least two threads. */
enum status desk_start(struct desk **desk, unsigned threads, desk_work *work,
                       void *context) THAW_CHECK;
void desk_put(struct desk *desk, struct desk_item *item, bool slow);
/* Does what waits, and ends.  Nothing is put in any more.  NULL is fine. */
void desk_stop(struct desk *desk);

#endif
