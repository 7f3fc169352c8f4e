/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_DELIVERY_H
#define THAW_INGEST_DELIVERY_H

#include "base/slice.h"
#include "base/status.h"
#include "http/web.h"
#include "ingest/ingest.h"
#include "ingest/labels.h"

#include <stdint.h>

/*
 * One request that carries log streams: what is in it goes through intake, merge and encode into
 * bodies of OTLP, each of which becomes a frame of the store; the request is answered once all of
 * them are on the disk.  The bytes of the bodies depend on the delivery alone, so one that comes
 * again is recognised body by body (ingest/known.h).
 *
 * The handler's thread makes the bodies, and decodes each again when it gives it to the store: so a
 * delivery holds no more than their bytes, and the store has the records that it is sealed from.
 */
struct delivery;

struct delivery_counts {
    uint64_t events;   /* Of log streams, taken in. */
    uint64_t control;  /* Control messages. */
    uint64_t payloads; /* Of subscriptions, whatever is in them. */
    uint64_t broken;   /* Records that are cut off, or are no JSON. */
    uint64_t refused;  /* Records, events and lines that are of no use. */
    uint64_t known;    /* Bodies that were there already. */
};

struct delivery_options {
    struct ingest *ingest;
    struct web_request *request;
    struct slice account, region; /* For events that do not say; may be empty. */
    struct labels labels;
    /* The end: STATUS_OK (all is durable), STATUS_FULL (no room at the moment), STATUS_IO (the disk
     * refused).  Called exactly once after delivery_finish(), on any thread; it answers the
     * request. */
    void (*done)(void *context, const struct delivery_counts *counts, enum status status);
    void *context;
};

/* In the request's arena, and with memory of its own.  NULL without memory. */
struct delivery *delivery_create(const struct delivery_options *options);

/*
 * Take one container in (and wait for the disk, where the delivery is large): a record of Firehose,
 * a payload of a subscription.  STATUS_OK; STATUS_BAD: it is broken (it was counted, and what came
 * before the break was taken); STATUS_FULL: without memory, come again.
 */
enum status delivery_take(struct delivery *delivery, struct slice bytes) THAW_CHECK;

/* A part was refused by who calls; why is static. */
void delivery_refuse(struct delivery *delivery, const char *why, struct slice sample);

/* What was counted so far. */
const struct delivery_counts *delivery_so_far(const struct delivery *delivery);

/* No more comes: give all to the store.  Nothing of a usual delivery was given to it before, so
 * that a broken one leaves nothing; of one that is larger than INGEST_STREAMS_HELD_MAX the front
 * was, and is recognised when it comes again.  done may have been called when it returns. */
void delivery_finish(struct delivery *delivery);

/* Give up instead of finishing: nothing more is kept, done is not called. */
void delivery_abandon(struct delivery *delivery);

#endif
