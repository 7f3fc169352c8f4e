/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_TELEMETRY_H
#define THAW_SANDBOX_TELEMETRY_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "sandbox/sandbox_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The telemetry of one instance: events come in, batches for subscribers come
 * out.  Pure but for memory: time is an argument and nothing is sent here.
 *
 * Events are kept until the init is over, because a subscriber gets those that
 * were before it, too.  A batch is due when it has max_items events, max_bytes
 * bytes, or its oldest event is timeout_ns old.  While a batch is with the
 * subscriber the next one collects.  A batch that was refused is given out
 * again after a wait; after TELEMETRY_ATTEMPTS_MAX times, or when too much
 * waits, events are dropped and the subscriber is told by platform.logsDropped.
 *
 * One owner, one thread.
 */
enum telemetry_type {
    TELEMETRY_PLATFORM = 1,
    TELEMETRY_FUNCTION = 2,
    TELEMETRY_EXTENSION = 4,
};

/* An event as JSON text, shared between subscribers. */
struct telemetry_event;

struct telemetry_item {
    struct telemetry_event *event;
    struct telemetry_item *next;
};

/* A queue of events. */
struct telemetry_list {
    struct telemetry_item *head;
    struct telemetry_item *tail;
    size_t count;
    size_t bytes;
};

/* What a subscription asks for. */
struct telemetry_wish {
    unsigned types; /* TELEMETRY_*. */
    bool objects;   /* The schema version allows records that are objects. */
    size_t items_max;
    size_t bytes_max;
    uint64_t timeout_ns;
};

struct telemetry_subscriber {
    struct telemetry_wish wish;
    struct telemetry_list waiting;
    struct telemetry_list batch; /* With the subscriber, or to be sent again. */
    bool used;
    bool sending;
    unsigned attempts;
    uint64_t oldest_ns; /* When the first of waiting came. */
    uint64_t retry_ns;  /* When batch is to be sent again. */
    uint64_t dropped_events;
    uint64_t dropped_bytes;
};

struct telemetry {
    struct telemetry_subscriber subscribers[EXTENSION_COUNT_MAX];
    struct telemetry_list kept; /* For replay. */
    bool keeping;
};

/* Empty, keeping events for subscribers to come.  Undo with telemetry_fini(). */
void telemetry_init(struct telemetry *telemetry);
void telemetry_fini(struct telemetry *telemetry);

/*
 * Add an event.  json is its text; json_plain is the text for schema versions
 * that know no objects, empty if it is the same.  Both are copied.
 */
void telemetry_add(struct telemetry *telemetry, enum telemetry_type type, struct slice json,
                   struct slice json_plain, uint64_t now_ns);

/* Subscribe the extension with this index, and give it what was before.  STATUS_EXISTS if it is
 * subscribed. */
enum status telemetry_subscribe(struct telemetry *telemetry, unsigned index,
                                const struct telemetry_wish *wish, uint64_t now_ns) THAW_CHECK;

/* The init is over: nobody can subscribe any more, so nothing needs to be kept. */
void telemetry_close(struct telemetry *telemetry);

/* When a batch of this subscriber is due, or 0 if none will be without a new event. */
uint64_t telemetry_due_ns(const struct telemetry *telemetry, unsigned index);

/*
 * If a batch is due (or anything waits and flush is true), append its JSON
 * array to out and answer true: the caller sends it and then calls
 * telemetry_sent().  Never two at a time for one subscriber.  wall is the time
 * for a platform.logsDropped, as text.
 */
bool telemetry_take(struct telemetry *telemetry, unsigned index, bool flush, uint64_t now_ns,
                    struct slice wall, struct buf *out) THAW_CHECK;

/* The batch was answered with success, or not. */
void telemetry_sent(struct telemetry *telemetry, unsigned index, bool success, uint64_t now_ns);

#endif
