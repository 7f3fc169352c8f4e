/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LOG_EVENT_H
#define THAW_STREAMS_LOG_EVENT_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* A time or a number that nobody told. (The same as in model/view.h.) */
#define STREAMS_UNKNOWN INT64_MIN

/* Whether somebody told it. */
static inline bool log_event_known(int64_t value)
{
    return value != STREAMS_UNKNOWN;
}

/*
 * One event of a log stream, whatever export or delivery carried it.  What the container does not
 * say is empty or STREAMS_UNKNOWN.  Slices belong to who made the event.
 */
struct log_event {
    struct slice account; /* "123456789012": owner of a subscription payload, ARN of a group. */
    struct slice region;
    struct slice group;    /* "/aws/lambda/checkout", or a custom one. */
    struct slice stream;   /* "2026/11/23/[$LATEST]0123...": one per instance. */
    struct slice id;       /* CloudWatch's event id, 56 digits; the same event has the same id. */
    struct slice function; /* Where group is empty: of the file's name. Made up, not of the data. */
    int64_t time_ns;       /* CloudWatch has milliseconds. */
    struct slice message;  /* As it is there, perhaps several lines, perhaps with a last newline. */
};

#endif
