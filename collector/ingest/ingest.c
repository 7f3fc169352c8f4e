/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/ingest.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "ingest/body.h"
#include "ingest/ingest_limits.h"
#include "ingest/ingest_private.h"
#include "ingest/known.h"
#include "ingest/otlp_decode.h"
#include "self/counters.h"

#include <stdlib.h>

/* Room for an answer: a partial success or an error with its message. */
#define INGEST_ANSWER_SIZE 1024u

/* One request on its way; it lives in the request's arena. */
struct ingest_work {
    struct ingest *ingest;
    struct web_request *request;
    struct body body;
    struct batch batch;
    uint64_t reserved;
    uint64_t appended_ns; /* Monotonic. */
    bool streams;         /* Made of log streams: the sender is told what was known. */
};

enum status ingest_create(struct ingest **ingest, struct store *store)
{
    struct ingest *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    made->store = store;
    if (refusals_init(&made->refusals) != STATUS_OK) {
        free(made);
        return STATUS_FULL;
    }
    *ingest = made;
    return STATUS_OK;
}

void ingest_free(struct ingest *ingest)
{
    if (ingest == NULL) {
        return;
    }
    ENSURE(atomic_load(&ingest->memory) == 0);
    refusals_fini(&ingest->refusals);
    free(ingest);
}

static void ingest_answer(struct web_request *request, enum otlp_encoding encoding, unsigned status,
                          struct slice body, unsigned retry_after_s)
{
    struct web_answer answer = {
        .status = status,
        .content_type = otlp_answer_content_type(encoding),
        .body = body,
        .retry_after_s = retry_after_s,
    };
    web_answer(request, &answer);
}

static void ingest_error(struct web_request *request, enum otlp_encoding encoding, unsigned status,
                         struct slice message, unsigned retry_after_s)
{
    unsigned char memory[INGEST_ANSWER_SIZE];
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    otlp_answer_error(encoding, status, message, &out);
    ingest_answer(request, encoding, status, buf_bytes(&out), retry_after_s);
}

static void ingest_success(struct web_request *request, enum otlp_encoding encoding,
                           const struct batch *batch)
{
    unsigned char memory[INGEST_ANSWER_SIZE];
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    otlp_answer_success(encoding, batch->signal, batch->rejected, batch->rejected_reason, &out);
    counters_add(COUNTER_REJECTED_RECORDS, batch->rejected);
    ingest_answer(request, encoding, 200, buf_bytes(&out), 0);
}

/* The body was there already: an agent that repeats itself need not know, who imports wants to. */
static void ingest_known(const struct ingest_work *work)
{
    unsigned char memory[INGEST_ANSWER_SIZE];
    struct buf out;
    enum otlp_encoding encoding = work->body.encoding;
    counters_add(COUNTER_DUPLICATES, 1);
    buf_init_fixed(&out, memory, sizeof(memory));
    otlp_answer_success(encoding, work->batch.signal, 0,
                        work->streams ? SLICE(KNOWN_REASON) : SLICE_EMPTY, &out);
    ingest_answer(work->request, encoding, 200, buf_bytes(&out), 0);
}

bool ingest_reserve(struct ingest *ingest, uint64_t size)
{
    uint64_t before = atomic_fetch_add(&ingest->memory, size);
    if (before == 0 || (before < INGEST_MEMORY_MAX && size <= INGEST_MEMORY_MAX - before)) {
        return true;
    }
    (void)atomic_fetch_sub(&ingest->memory, size);
    return false;
}

void ingest_release(struct ingest *ingest, uint64_t size)
{
    (void)atomic_fetch_sub(&ingest->memory, size);
}

/* The store has decided.  Its thread. */
static void ingest_done(void *context, enum status status)
{
    struct ingest_work *work = context;
    const struct batch *batch = &work->batch;
    enum otlp_encoding encoding = work->body.encoding;
    ingest_release(work->ingest, work->reserved);
    switch (status) {
    case STATUS_OK:
        atomic_store(&work->ingest->lag_ns, clock_monotonic_ns() - work->appended_ns);
        counters_add(COUNTER_ACCEPTED_SPANS, batch->span_count);
        counters_add(COUNTER_ACCEPTED_LOGS, batch->log_count);
        counters_add(COUNTER_ACCEPTED_POINTS, batch->point_count);
        counters_add(COUNTER_ACCEPTED_BYTES, work->body.protobuf.size);
        ingest_success(work->request, encoding, batch);
        return;
    case STATUS_EXISTS:
        ingest_known(work);
        return;
    case STATUS_FULL:
        counters_add(COUNTER_REJECTED_BUSY, 1);
        ingest_error(work->request, encoding, 503, SLICE("too much is waiting to be written"),
                     INGEST_RETRY_BUSY_S);
        return;
    case STATUS_IO:
    case STATUS_AGAIN:
    case STATUS_BAD:
    case STATUS_DENIED:
    case STATUS_NOT_FOUND:
    case STATUS_CLOSED:
    case STATUS_TIMEOUT:
        break;
    }
    counters_add(COUNTER_REJECTED_STORAGE, 1);
    ingest_error(work->request, encoding, 503,
                 SLICE("the storage does not accept at the moment; /readyz says why"),
                 INGEST_RETRY_STORAGE_S);
}

static void ingest_refused(struct ingest_work *work)
{
    const struct body *body = &work->body;
    counters_add(body->counter, 1);
    ingest_error(work->request, body->encoding, body->status, body->message,
                 body->status == 503 ? INGEST_RETRY_BUSY_S : 0);
}

/* Decode into so much of the arena.  What is left of it is given back: *used is how much was not.
 */
static enum status ingest_decode_within(struct ingest_work *work, struct arena *arena,
                                        uint64_t room, uint64_t *used)
{
    size_t mark = arena_mark(arena);
    struct arena part;
    unsigned char *memory = arena_alloc(arena, (size_t)room);
    if (memory == NULL) {
        return STATUS_FULL;
    }
    arena_init(&part, memory, (size_t)room);
    bool good = otlp_decode(work->batch.signal, work->body.protobuf, &part, &work->batch);
    arena_rewind(arena, mark);
    if (!good) {
        return arena_overflowed(&part) ? STATUS_FULL : STATUS_BAD;
    }
    *used = part.used;
    const unsigned char *kept = arena_alloc(arena, part.used > 0 ? part.used : 1);
    ENSURE(kept == memory);
    return STATUS_OK;
}

/*
 * Decode with the memory that usual records take; what takes more is decoded again with more.
 * STATUS_AGAIN: other requests have the memory.  STATUS_FULL: it takes more than one may have.
 */
static enum status ingest_decode(struct ingest_work *work, struct arena *arena)
{
    uint64_t size = work->body.protobuf.size;
    uint64_t room = INGEST_DECODED_SIZE_MIN + size * INGEST_DECODED_RATIO;
    for (;;) {
        uint64_t used = 0;
        room = room < INGEST_DECODED_SIZE_MAX ? room : INGEST_DECODED_SIZE_MAX;
        if (!ingest_reserve(work->ingest, size + room)) {
            return STATUS_AGAIN;
        }
        enum status status = ingest_decode_within(work, arena, room, &used);
        if (status == STATUS_OK) {
            ingest_release(work->ingest, room - used);
            work->reserved = size + used;
            return STATUS_OK;
        }
        ingest_release(work->ingest, size + room);
        if (status != STATUS_FULL || room == INGEST_DECODED_SIZE_MAX) {
            return status;
        }
        room *= INGEST_DECODED_RATIO;
    }
}

/* Decode a body, and give it to the store. */
static void ingest_store(struct ingest_work *work, struct arena *arena)
{
    struct ingest *ingest = work->ingest;
    enum signal signal = work->batch.signal;
    struct frame frame = {.signal = signal, .body = work->body.protobuf};
    work->streams = known_kind(frame.body);
    if (work->streams) {
        frame.hash = store_hash(ingest->store, frame.body);
        if (known_has(ingest->store, frame.hash)) {
            ingest_known(work);
            return;
        }
    }
    enum status status = ingest_decode(work, arena);
    if (status == STATUS_AGAIN) {
        work->body.status = 503;
        work->body.counter = COUNTER_REJECTED_BUSY;
        work->body.message = SLICE("too many requests are being decoded");
        ingest_refused(work);
        return;
    }
    if (status != STATUS_OK) {
        body_undecoded(signal, status == STATUS_FULL, arena, &work->body);
        ingest_refused(work);
        return;
    }
    if (record_batch_empty(&work->batch)) {
        ingest_release(ingest, work->reserved);
        ingest_success(work->request, work->body.encoding, &work->batch);
        return;
    }
    frame.arrival_ns = clock_wall_ns();
    work->appended_ns = clock_monotonic_ns();
    web_keep(work->request);
    store_append(ingest->store, &frame, &work->batch, ingest_done, work);
}

void ingest_handle(struct ingest *ingest, struct web_request *request, enum signal signal)
{
    static const enum counter counters[] = {
        [SIGNAL_TRACES] = COUNTER_INGEST_TRACES,
        [SIGNAL_LOGS] = COUNTER_INGEST_LOGS,
        [SIGNAL_METRICS] = COUNTER_INGEST_METRICS,
    };
    ENSURE(signal <= SIGNAL_METRICS);
    counters_add(counters[signal], 1);
    struct arena *arena = web_arena(request);
    struct ingest_work *work = arena_alloc_array(arena, 1, sizeof(*work));
    if (work == NULL) {
        counters_add(COUNTER_REJECTED_BUSY, 1);
        ingest_error(request, OTLP_UNKNOWN, 503, SLICE("out of memory; try again"),
                     INGEST_RETRY_BUSY_S);
        return;
    }
    work->ingest = ingest;
    work->request = request;
    work->batch.signal = signal;
    struct body_request parts = {.signal = signal, .bytes = web_body(request)};
    (void)web_header(request, "Content-Type", &parts.content_type);
    (void)web_header(request, "Content-Encoding", &parts.content_encoding);
    if (body_prepare(&parts, arena, &work->body) != STATUS_OK) {
        ingest_refused(work);
        return;
    }
    ingest_store(work, arena);
}

uint64_t ingest_lag_ns(const struct ingest *ingest)
{
    return atomic_load(&ingest->lag_ns);
}

struct refusals *ingest_refusals(struct ingest *ingest)
{
    return &ingest->refusals;
}

bool ingest_refuse(struct web_request *request, const struct web_refusal *refusal,
                   struct web_answer *answer)
{
    if (!slice_starts(web_path(request), SLICE("/v1/"))) {
        return false;
    }
    struct slice type = SLICE_EMPTY;
    (void)web_header(request, "Content-Type", &type);
    enum otlp_encoding encoding = otlp_answer_encoding(type);
    struct arena *arena = web_arena(request);
    unsigned char *memory = arena_alloc(arena, INGEST_ANSWER_SIZE);
    if (memory == NULL) {
        return false;
    }
    struct buf out;
    buf_init_fixed(&out, memory, INGEST_ANSWER_SIZE);
    otlp_answer_error(encoding, refusal->status, slice_from(refusal->message), &out);
    answer->content_type = otlp_answer_content_type(encoding);
    answer->body = buf_bytes(&out);
    return true;
}
