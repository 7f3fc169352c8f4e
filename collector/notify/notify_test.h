/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_TEST_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_TEST_H

#include "notify/notify_book.h"

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Messages to try a receiver: each of its targets is told that something fires, and, where it
 * wants to hear of that, that it is resolved.
 */
struct notify_testing {
    struct slice receiver; /* Empty: all of them. */
    uint64_t first;        /* The number of the first message, */
    size_t count;          /* and how many there are. */
};

/* Add them to the book: a notify_run_visit. */
bool notify_test_add(void *testing, struct notify_book *book, uint64_t now_ns);

#endif
