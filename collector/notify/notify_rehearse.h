/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_REHEARSE_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_REHEARSE_H

#include "notify/notice.h"
#include "notify/notify_book.h"

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Who would have been told how often, had alerts fired and been resolved as they say: a book of its
 * own follows the plan through the time of all of them, and each message is taken at once. Silences
 * and deploys are not looked at.  Pure.
 */
struct notify_rehearsed {
    uint64_t target;
    struct slice receiver; /* As long as the plan. */
    enum notify_kind kind;
    uint64_t messages; /* That something fires, */
    uint64_t resolved; /* and that nothing does any more. */
};

/* Fill counts of the plan's targets, of which there are so many, up to a time.  The book is new and
 * has adopted the plan.  STATUS_FULL without memory. */
enum status notify_rehearse(struct notify_book *book, const struct notify_alert *alerts,
                            size_t count, uint64_t end_ns,
                            struct notify_rehearsed *counts) THAW_CHECK;

#endif
