/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_TELEMETRY_H
#define THAW_SANDBOX_TELEMETRY_H

#include "base/buf.h"
#include "base/prng.h"
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
 * A service may also be worse than it should: telemetry_spoil().
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

/* When platform.report is told. */
enum telemetry_report {
    TELEMETRY_REPORT_PROMPT,
    TELEMETRY_REPORT_LATE,  /* With the report of the next invocation, or at the end. */
    TELEMETRY_REPORT_NEVER, /* As if the environment had died before. */
};

/* The names in the configuration, NULL-terminated, in the order of the enum. */
extern const char *const telemetry_report_names[];

/* How the service misbehaves; all zero: it does not. */
struct telemetry_faults {
    bool refused; /* 202 Telemetry.NotSupported: nobody can subscribe. */
    enum telemetry_report report;
    uint64_t repeat_ppm;  /* Of a million batches so many come again, though they were answered. */
    uint64_t reorder_ppm; /* So many events come before the one that was before them. */
    uint64_t drop_ppm;    /* So many events are dropped, which platform.logsDropped tells. */
    uint64_t seed;
};

struct telemetry_subscriber {
    struct telemetry_wish wish;
    struct telemetry_list waiting;
    struct telemetry_list batch; /* With the subscriber, or to be sent again. */
    bool used;
    bool sending;
    bool repeated; /* The batch comes a second time. */
    unsigned attempts;
    uint64_t oldest_ns; /* When the first of waiting came. */
    uint64_t retry_ns;  /* When batch is to be sent again. */
    uint64_t dropped_events;
    uint64_t dropped_bytes;
};

struct telemetry {
    struct telemetry_subscriber subscribers[EXTENSION_COUNT_MAX];
    struct telemetry_list kept; /* For replay. */
    struct telemetry_list late; /* A report that is held back. */
    bool keeping;
    struct telemetry_faults faults;
    struct prng prng;
};

/* Empty, keeping events for subscribers to come.  Undo with telemetry_fini(). */
void telemetry_init(struct telemetry *telemetry);
void telemetry_fini(struct telemetry *telemetry);

/* Misbehave from now on, also after telemetry_fini(). */
void telemetry_spoil(struct telemetry *telemetry, const struct telemetry_faults *faults);

/*
 * Add an event.  json is its text; json_plain is the text for schema versions
 * that know no objects, empty if it is the same.  Both are copied.
 */
void telemetry_add(struct telemetry *telemetry, enum telemetry_type type, struct slice json,
                   struct slice json_plain, uint64_t now_ns);

/* Add a platform.report, when the faults say that it is told. */
void telemetry_add_report(struct telemetry *telemetry, struct slice json, uint64_t now_ns);

/* Tell what is held back: the end is near. */
void telemetry_release(struct telemetry *telemetry, uint64_t now_ns);

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
