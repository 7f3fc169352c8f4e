/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/delivery.h"

#include "base/clock.h"
#include "ingest/ingest_limits.h"
#include "ingest/ingest_private.h"
#include "ingest/known.h"
#include "ingest/otlp_decode.h"
#include "intake/intake.h"
#include "self/counters.h"
#include "streams/encode.h"
#include "streams/merge.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A body on its way to the disk. */
struct delivery_frame {
    struct delivery *delivery;
    struct delivery_frame *next;
    uint64_t records;
    uint64_t reserved;
    struct frame frame;
    struct batch batch; /* In decoded. */
    void *decoded;      /* NULL: there was no memory for it. */
    unsigned char bytes[];
};

/*
 * Invariants:
 *  1. held is a list of frames that the store has not seen; tail is its end, held_size what they
 *     reserved.
 *  2. pending is the number of frames with the store, and one for the handler until it has ended.
 */
struct delivery {
    struct delivery_options options;
    struct merge *merge;
    struct encode *encode;
    struct delivery_frame *held;
    struct delivery_frame **tail;
    uint64_t held_size;
    struct delivery_counts counts;
    bool full; /* A body found no room: the delivery is to come again. */
    uint64_t begun_ns;
    _Atomic unsigned outcome; /* The worst enum status so far. */
    pthread_mutex_t mutex;    /* Guards pending. */
    pthread_cond_t changed;   /* pending is 1. */
    unsigned pending;
};

/* --- What comes out of intake, merge and encode. --- */

void delivery_refuse(struct delivery *delivery, const char *why, struct slice sample)
{
    delivery->counts.refused++;
    counters_add(COUNTER_STREAMS_REFUSED, 1);
    refusals_add(&delivery->options.ingest->refusals, why, sample, 1);
}

static void delivery_refused(void *context, const struct stream_refusal *refusal)
{
    struct delivery *delivery = context;
    uint64_t count = refusal->count > 0 ? refusal->count : 1;
    delivery->counts.refused += count;
    counters_add(COUNTER_STREAMS_REFUSED, count);
    refusals_add(&delivery->options.ingest->refusals, refusal->why, refusal->sample, count);
}

/* Groups below /aws/ that are not Lambda's belong to other services: databases, networks. */
static bool delivery_group_is_other(struct slice group)
{
    return slice_starts(group, SLICE("/aws/")) && !slice_starts(group, SLICE("/aws/lambda"));
}

static void delivery_event(void *context, const struct log_event *event)
{
    struct delivery *delivery = context;
    if (event->group.size == 0) {
        delivery_refuse(delivery, "not an event of a log group (is message extraction on?)",
                        event->message);
        return;
    }
    if (delivery_group_is_other(event->group)) {
        delivery_refuse(delivery, "of a log group of another service", event->group);
        return;
    }
    delivery->counts.events++;
    merge_event(delivery->merge, event);
}

static void delivery_other_cloud(void *context, struct slice json)
{
    delivery_refuse(context, "an entry of another cloud: import it", json);
}

/* --- To the store. --- */

static void delivery_fini_locks(struct delivery *delivery)
{
    (void)pthread_cond_destroy(&delivery->changed);
    (void)pthread_mutex_destroy(&delivery->mutex);
}

/* One frame, or the handler, has ended; the last one answers. */
static void delivery_drop(struct delivery *delivery)
{
    (void)pthread_mutex_lock(&delivery->mutex);
    unsigned left = --delivery->pending;
    if (left == 1) {
        (void)pthread_cond_signal(&delivery->changed);
    }
    (void)pthread_mutex_unlock(&delivery->mutex);
    if (left > 0) {
        return; /* Whose the delivery is now may have ended it. */
    }
    enum status status = (enum status)atomic_load(&delivery->outcome);
    delivery_fini_locks(delivery);
    if (status == STATUS_OK) {
        counters_add(COUNTER_STREAMS_EVENTS, delivery->counts.events);
        atomic_store(&delivery->options.ingest->lag_ns, clock_monotonic_ns() - delivery->begun_ns);
    }
    delivery->options.done(delivery->options.context, &delivery->counts, status);
}

static void delivery_free_frame(struct delivery_frame *frame)
{
    ingest_release(frame->delivery->options.ingest, frame->reserved);
    free(frame->decoded);
    free(frame);
}

/* The store has decided about a frame.  Its thread. */
static void delivery_done(void *context, enum status status)
{
    struct delivery_frame *frame = context;
    struct delivery *delivery = frame->delivery;
    if (status == STATUS_OK) {
        bool points = frame->frame.signal == SIGNAL_METRICS;
        counters_add(points ? COUNTER_ACCEPTED_POINTS : COUNTER_ACCEPTED_LOGS, frame->records);
        counters_add(COUNTER_ACCEPTED_BYTES, frame->frame.body.size);
    } else if (status == STATUS_EXISTS) {
        counters_add(COUNTER_DUPLICATES, 1);
    } else {
        atomic_store(&delivery->outcome, status == STATUS_FULL ? STATUS_FULL : STATUS_IO);
    }
    delivery_free_frame(frame);
    delivery_drop(delivery);
}

static struct delivery_frame *delivery_take_held(struct delivery *delivery)
{
    struct delivery_frame *list = delivery->held;
    delivery->held = NULL;
    delivery->tail = &delivery->held;
    delivery->held_size = 0;
    return list;
}

/*
 * Make the records of a frame, so that the store need not, once for the view and once to seal them.
 * Where there is no memory for them, it does.
 */
static void delivery_decode(struct delivery_frame *frame)
{
    struct ingest *ingest = frame->delivery->options.ingest;
    size_t room =
        (size_t)INGEST_DECODED_SIZE_MIN + frame->frame.body.size * (size_t)INGEST_DECODED_RATIO;
    if (!ingest_reserve(ingest, room)) {
        return;
    }
    struct arena arena;
    void *memory = malloc(room); /* What is not touched of it takes none. */
    bool good = memory != NULL;
    if (good) {
        arena_init(&arena, memory, room);
        good = otlp_decode(frame->frame.signal, frame->frame.body, &arena, &frame->batch);
    }
    if (!good) {
        free(memory);
        ingest_release(ingest, room);
        return;
    }
    ingest_release(ingest, room - arena.used);
    frame->reserved += arena.used;
    frame->decoded = memory;
}

/* Give all that is held to the store. */
static void delivery_send(struct delivery *delivery)
{
    struct delivery_frame *list = delivery_take_held(delivery);
    while (list != NULL) {
        struct delivery_frame *frame = list;
        list = frame->next;
        delivery_decode(frame);
        frame->frame.arrival_ns = clock_wall_ns();
        (void)pthread_mutex_lock(&delivery->mutex);
        delivery->pending++;
        (void)pthread_mutex_unlock(&delivery->mutex);
        store_append(delivery->options.ingest->store, &frame->frame,
                     frame->decoded != NULL ? &frame->batch : NULL, delivery_done, frame);
    }
}

/* Wait until the store has decided about all that it got.  The handler's thread. */
static void delivery_wait(struct delivery *delivery)
{
    (void)pthread_mutex_lock(&delivery->mutex);
    while (delivery->pending > 1) {
        (void)pthread_cond_wait(&delivery->changed, &delivery->mutex);
    }
    (void)pthread_mutex_unlock(&delivery->mutex);
    /* What comes behind a frame that was not kept would come again with it. */
    delivery->full = delivery->full || atomic_load(&delivery->outcome) != STATUS_OK;
}

/* --- Bodies. --- */

/* The body as it is, or with the labels of the delivery in it. */
static struct slice delivery_labelled(const struct delivery *delivery, struct slice bytes,
                                      struct buf *out)
{
    if (delivery->options.labels.count == 0) {
        return bytes;
    }
    labels_write(&delivery->options.labels, bytes, out);
    return buf_bytes(out);
}

/* Keep a copy of a frame that is new, until it is given to the store. */
static void delivery_hold(struct delivery *delivery, const struct frame *frame, uint64_t records)
{
    struct ingest *ingest = delivery->options.ingest;
    struct slice bytes = frame->body;
    /* The bytes, and as much again while the store compresses them. */
    uint64_t reserved = 2 * (uint64_t)bytes.size;
    if (delivery->held != NULL && delivery->held_size + reserved > INGEST_STREAMS_HELD_MAX) {
        delivery_send(delivery);
        delivery_wait(delivery);
    }
    if (known_has(ingest->store, frame->hash)) {
        counters_add(COUNTER_DUPLICATES, 1);
        delivery->counts.known++;
        return;
    }
    if (!ingest_reserve(ingest, reserved)) {
        delivery->full = true;
        return;
    }
    struct delivery_frame *held = malloc(sizeof(*held) + bytes.size);
    if (held == NULL) {
        ingest_release(ingest, reserved);
        delivery->full = true;
        return;
    }
    *held = (struct delivery_frame){
        .delivery = delivery,
        .records = records,
        .reserved = reserved,
        .frame = *frame,
    };
    memcpy(held->bytes, bytes.base, bytes.size);
    held->frame.body = slice_of(held->bytes, bytes.size);
    *delivery->tail = held;
    delivery->tail = &held->next;
    delivery->held_size += reserved;
}

static void delivery_body(void *context, enum signal signal, struct slice bytes, uint64_t records)
{
    struct delivery *delivery = context;
    struct buf out;
    if (delivery->full || bytes.size == 0) {
        return;
    }
    buf_init_growing(&out, INGEST_BODY_SIZE_MAX);
    struct slice body = delivery_labelled(delivery, bytes, &out);
    if (buf_overflowed(&out)) {
        /* It would not fit the next time, either. */
        delivery_refuse(delivery, "common attributes that are too long for so many streams",
                        SLICE_EMPTY);
        body = bytes;
    }
    const struct frame frame = {
        .signal = signal,
        .body = body,
        .hash = store_hash(delivery->options.ingest->store, body),
    };
    delivery_hold(delivery, &frame, records);
    buf_fini(&out);
}

/* --- Begin. --- */

static bool delivery_init(struct delivery *delivery)
{
    const struct encode_options encoding = {
        .body_size_max = INGEST_STREAMS_BODY_SIZE,
        .body = delivery_body,
        .refused = delivery_refused,
        .context = delivery,
    };
    const struct merge_options merging = {
        .piece = true,
        .account = delivery->options.account,
        .region = delivery->options.region,
    };
    delivery->encode = encode_create(&encoding);
    if (delivery->encode == NULL) {
        return false;
    }
    delivery->merge = merge_create(&merging, encode_sink(delivery->encode));
    if (delivery->merge == NULL) {
        encode_free(delivery->encode);
        return false;
    }
    return true;
}

static bool delivery_init_locks(struct delivery *delivery)
{
    if (pthread_mutex_init(&delivery->mutex, NULL) != 0) {
        return false;
    }
    if (pthread_cond_init(&delivery->changed, NULL) != 0) {
        (void)pthread_mutex_destroy(&delivery->mutex);
        return false;
    }
    return true;
}

struct delivery *delivery_create(const struct delivery_options *options)
{
    struct delivery *delivery =
        arena_alloc_array(web_arena(options->request), 1, sizeof(*delivery));
    if (delivery == NULL) {
        return NULL;
    }
    delivery->options = *options;
    delivery->tail = &delivery->held;
    delivery->begun_ns = clock_monotonic_ns();
    delivery->pending = 1;
    atomic_init(&delivery->outcome, STATUS_OK);
    if (!delivery_init_locks(delivery)) {
        return NULL;
    }
    if (!delivery_init(delivery)) {
        delivery_fini_locks(delivery);
        return NULL;
    }
    return delivery;
}

enum status delivery_take(struct delivery *delivery, struct slice bytes)
{
    uint64_t grown = INGEST_RATIO_SIZE_MIN + (uint64_t)bytes.size * INGEST_RATIO_MAX;
    const struct intake_options options = {
        .event = delivery_event,
        .gcp = delivery_other_cloud,
        .azure = delivery_other_cloud,
        .refused = delivery_refused,
        .context = delivery,
        .inflated_size_max = grown < INGEST_STREAMS_TEXT_MAX ? grown : INGEST_STREAMS_TEXT_MAX,
    };
    struct intake *intake = intake_create(&options);
    if (intake == NULL) {
        return STATUS_FULL;
    }
    struct intake_counts counts;
    enum status status = intake_push(intake, bytes);
    if (status == STATUS_OK) {
        status = intake_finish(intake);
    }
    intake_counts(intake, &counts);
    intake_free(intake);
    delivery->counts.control += counts.control_messages;
    delivery->counts.payloads += counts.payloads;
    delivery->counts.broken += counts.broken;
    counters_add(COUNTER_STREAMS_CONTROL, counts.control_messages);
    if (status == STATUS_FULL && counts.inflated >= options.inflated_size_max) {
        delivery_refuse(delivery, "it inflates to more than is allowed", SLICE_EMPTY);
        return STATUS_BAD;
    }
    if (status == STATUS_BAD) {
        delivery_refuse(delivery, "it is broken, or no container of log events", bytes);
    }
    return status;
}

const struct delivery_counts *delivery_so_far(const struct delivery *delivery)
{
    return &delivery->counts;
}

/* --- The end. --- */

static void delivery_fini(struct delivery *delivery)
{
    merge_free(delivery->merge);
    encode_free(delivery->encode);
    delivery->merge = NULL;
    delivery->encode = NULL;
}

void delivery_finish(struct delivery *delivery)
{
    web_keep(delivery->options.request);
    merge_finish(delivery->merge);
    encode_finish(delivery->encode);
    delivery_fini(delivery);
    unsigned outcome = STATUS_OK;
    if (delivery->full) {
        (void)atomic_compare_exchange_strong(&delivery->outcome, &outcome, STATUS_FULL);
    }
    delivery_send(delivery);
    delivery_drop(delivery);
}

void delivery_abandon(struct delivery *delivery)
{
    delivery_wait(delivery);
    struct delivery_frame *list = delivery_take_held(delivery);
    while (list != NULL) {
        struct delivery_frame *frame = list;
        list = frame->next;
        delivery_free_frame(frame);
    }
    delivery_fini(delivery);
    delivery_fini_locks(delivery);
}
