/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_POOL_H
#define THAW_CLOUDS_POOL_H

#include "clouds/clouds_limits.h"
#include "streams/stream_sink.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What other clouds' entries say, put together: invocations, starts of instances and lines wait
 * here in bounded memory, in whatever order they came, until there is no more room or no more
 * input; then what belongs together is told.  When a table is full, the half that was not spoken of
 * for longest is told and the rest stays.
 *
 * One owner, one thread.  Indices and pointers are valid until the next call of pool_source(),
 * pool_call() or pool_hold(): take the source first, then the call.
 */

/* An invocation that is being put together. */
struct pool_call {
    struct id16 key; /* Which entries speak of it. */
    uint32_t source;
    uint64_t touched;
    struct id16 request_id, trace_id;
    struct id8 parent_span_id;
    bool has_trace, has_parent;
    bool start_seen, end_seen, report_seen;
    bool out_of_memory;
    int64_t start_ns, end_ns; /* STREAMS_UNKNOWN where not told. */
    int64_t reported_ns, handler_ns;
    int64_t max_memory_mb;
    enum stream_end end;
    enum word status;
    uint32_t http_status;
    bool from_request;    /* The request itself was there: other entries only add. */
    bool no_instance;     /* It was refused before any instance had it: nothing is billed. */
    struct slice trigger; /* Static. */
    unsigned char request_text[CLOUDS_TEXT_MAX];
    size_t request_text_size;
    unsigned char error_type[CLOUDS_TEXT_MAX];
    size_t error_type_size;
    bool error_weak; /* It is only the platform's word: an exception in a line says more. */
    /* Found out when it is told. */
    uint32_t attempt;
    bool cold, cold_unknown, proactive;
    int64_t init_ns, init_start_ns;
};

/* One start of an instance. */
struct pool_start {
    int64_t start_ns;
    int64_t ready_ns;  /* STREAMS_UNKNOWN where not told. */
    bool asked_for;    /* Because of a request, as far as told. */
    bool failed;       /* It was never ready. */
    bool told;         /* To the sink. */
    bool taken;        /* The first invocation after it has been told. */
    bool used, waited; /* Among those that are here: one came after it; one waited for it. */
};

struct pool_source {
    struct stream_source is; /* Its texts lie in text. */
    uint64_t hash;
    struct pool_start starts[CLOUDS_START_COUNT_MAX];
    size_t start_count;
    unsigned char text[CLOUDS_SOURCE_TEXT_MAX];
};

/* A line that waits for its invocation, or only what it says of it. */
struct pool_held {
    uint32_t source;
    uint64_t touched;
    int64_t time_ns;
    bool has_request, has_trace;
    bool line;          /* There is a line to be told. */
    bool failure;       /* It says that its invocation failed: with this error. */
    bool out_of_memory; /* */
    int64_t max_memory_mb;
    uint32_t severity;
    struct id16 request_id, trace_id;
    size_t text_at; /* In the texts: the message, the id, the error type, one after the other. */
    uint32_t message_size, id_size, error_size;
};

struct pool {
    const struct stream_sink *sink;
    int64_t memory_mb; /* As the user says, or STREAMS_UNKNOWN. */
    uint64_t clock;    /* One more with every entry. */
    uint64_t source_number;
    struct pool_source **sources; /* Each by itself: what is told points into them. */
    size_t source_capacity;
    uint32_t source_count;
    uint32_t source_last; /* The one asked for last: neighbours are mostly of one instance. */
    struct map source_map;
    struct pool_call *calls;
    size_t call_capacity;
    uint32_t call_count;
    struct map call_map;
    struct pool_held *helds;
    size_t held_capacity;
    size_t held_count;
    struct buf texts;
    /* Hashes of entries that were there, in two generations. */
    struct map seen, seen_before;
    /* Memory of a function and version that a line told. */
    struct map memory_map;                   /* Hash -> megabytes. */
    uint32_t *order, *by_request, *by_trace; /* Of calls, sorted: as many as fit in calls. */
};

/* NULL without memory. */
struct pool *pool_create(const struct stream_sink *sink, int64_t memory_mb);
void pool_free(struct pool *pool); /* NULL is fine. */

/* A new entry; its id (and whose it is).  Whether one with the same was there before. */
bool pool_seen(struct pool *pool, struct slice id, struct slice whose);

/* The instance that is like this one (number and init_type are not looked at). */
uint32_t pool_source(struct pool *pool, const struct stream_source *like);

/* A start of an instance: begun at, ready at (either unknown).  They are put together by time. */
void pool_start(struct pool *pool, uint32_t source, const struct pool_start *start);

/* A line told how much memory this function has. */
void pool_memory(struct pool *pool, uint32_t source, int64_t memory_mb);

/* The invocation of this key, made if there is none; NULL if there is none and make is false. */
struct pool_call *pool_call(struct pool *pool, uint32_t source, struct id16 key, bool make);

/* Keep at most CLOUDS_TEXT_MAX bytes of a text. */
void pool_text(unsigned char *kept, size_t *size, struct slice text);

/* What a line says, to be kept; times, flags and ids are taken from held, texts from the slices. */
void pool_hold(struct pool *pool, const struct pool_held *held, struct slice message,
               struct slice id, struct slice error_type);

void pool_refuse(struct pool *pool, const char *why, struct slice sample, uint64_t count);

/* A 128-bit hash, the same in every run. */
struct id16 pool_hash(struct slice one, struct slice other, uint64_t number);

#endif
