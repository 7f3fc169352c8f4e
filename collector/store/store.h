/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store keeps accepted bodies, and the index of ids over them; what they mean is the business
 * of its observer.  A frame is one accepted OTLP body as canonical protobuf, whatever encoding it
 * arrived in; on disk it is compressed.
 *
 *   data/catalog.lmdb                    identity, segment list, primary state (alerts)
 *   data/segments/<time>-<seq>/log       append-only frames with checksums
 *   data/segments/<time>-<seq>/sealed    the same records, once the log is closed: columns, in
 * which those of one transaction lie together; then the log goes
 *   data/guide-<segment>-<count>         which of some sealed segments may have an id
 *   data/view-<segment>-<offset>         what the frames before that place told the observer
 *
 * Acknowledged means on disk: store_append() calls back with STATUS_OK only after an fdatasync that
 * covers the frame.  One writer thread groups what is waiting; alone, a frame is synced at once.
 *
 * After the sync and before the callback, the writer shows the frame to the observer, in log order.
 * store_open() shows every frame that survived, in the same order, so an observer that is a pure
 * function of what it is shown has the same state after a crash as before it.  One that can be
 * saved is, now and then: then only the frames behind are shown.
 *
 * A store is one machine's: LMDB and segments implement this header; another implementation may
 * stand behind the same functions.
 */
#ifndef THAW_COLLECTOR_STORE_STORE_H
#define THAW_COLLECTOR_STORE_STORE_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"
#include "columns/scan_query.h"
#include "model/record.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct frame {
    enum signal signal;
    uint64_t arrival_ns; /* Wall clock of the collector. */
    struct slice body;   /* Canonical OTLP protobuf, inflated. */
    struct id16 hash;    /* store_hash() of the body, where it is known; else all zero. */
};

/* Where records are: a frame, or a part of a sealed segment.  Opaque to all but the store; equal
 * refs are the same place. */
struct frame_ref {
    uint32_t segment;
    uint32_t offset;
};

/* Takes the next bytes; false when it wants no more of them. */
typedef bool store_sink(void *context, struct slice bytes);

/*
 * Called on the writer thread (during store_open(): on the caller's), never concurrently.  batch is
 * what the appender decoded, or NULL when the frame is read back from disk: then the observer
 * decodes frame->body itself.  It names the ids by which the frame is to be found with
 * store_note().
 */
struct store_observer {
    void *context;
    /* First of all: the secret by which the store tells ids and bodies apart, the same as long as
     * its catalog lives.  What it answers but STATUS_OK is store_open()'s answer.  May be NULL. */
    enum status (*begin)(void *context, const struct hash_key *secret);
    void (*apply)(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref);
    /* Segments up to and with this one are gone (retention); forget what only they held. */
    void (*forget)(void *context, uint32_t segment_last);
    /* About once a second, for what depends on time alone.  May be NULL. */
    void (*tick)(void *context);
    /* Before every frame that store_open() shows: whether to give up; store_open() then answers
     * STATUS_CLOSED.  May be NULL. */
    bool (*stopping)(void *context);
    /* Give all that the frames shown so far have told to the sink, in pieces.  Now and then, and
     * when the store is closed.  NULL: it is not kept, and every start shows every frame. */
    enum status (*save)(void *context, store_sink *sink, void *sink_context);
    /* Before the first frame: begin with what was saved; only frames behind it will be shown.  Any
     * answer but STATUS_OK: all is as after begin(), and *reason says why. */
    enum status (*load)(void *context, struct slice bytes, const char **reason);
};

/* Make records of a body that was accepted; false when it is none.  Any thread. */
typedef bool store_decode(enum signal signal, struct slice body, struct arena *arena,
                          struct batch *batch);

struct store_options {
    struct slice path;
    store_decode *decode;
    uint64_t segment_bytes_max;   /* A log longer than this is followed by a new segment. */
    uint64_t retention_bytes_max; /* 0: no limit. */
    uint64_t retention_ns_max;    /* 0: no limit. */
    uint64_t pending_bytes_max;   /* Appends waiting for a sync; beyond: STATUS_FULL at once. */
    uint64_t save_bytes;   /* The observer is saved after so many of log; 0: STORE_SAVE_BYTES. */
    uint32_t guide_fan_in; /* Ids of so many are merged, 2 to STORE_GUIDE_FAN_IN; 0: that. */
};

struct store_stats {
    uint32_t segments;
    uint64_t bytes;
    uint64_t frames;
    uint64_t recovered_frames; /* Shown at the last open. */
    uint64_t cut_bytes;        /* Torn tails cut at the last open. */
    uint32_t quarantined;
    uint64_t syncs;
    uint64_t last_sync_ns;          /* How long the latest one took. */
    uint64_t saves, save_failures;  /* Of the observer. */
    uint64_t save_bytes, save_ns;   /* Of the latest that succeeded. */
    char save_reason[64];           /* Why the latest did not; empty: it did. */
    uint32_t sealed;                /* Segments that are. */
    uint32_t seals_failed;          /* Attempts that failed since the start. */
    uint32_t guides;                /* Files in which the ids of sealed segments are merged. */
    uint32_t asked;                 /* Guides, and segments without one: a look-up reads these. */
    uint32_t merges, merges_failed; /* Guides that were made since the start, or were not. */
    uint64_t merged_bytes;          /* Of the former. */
    bool accepting;
    char reason[160]; /* Why it is not accepting. */
};

enum status store_open(struct store **store, const struct store_options *options,
                       const struct store_observer *observer, char *error, size_t error_size)
    __attribute__((warn_unused_result));

/* Finish what was appended, sync, close.  NULL is fine. */
void store_close(struct store *store);

/*
 * Append a frame; any thread.  The body and the batch must live until done is called, which happens
 * exactly once, on the writer thread or (STATUS_FULL) before the call returns: STATUS_OK (durable
 * and visible), STATUS_FULL (too much is waiting; nothing was kept), STATUS_IO (the disk refused;
 * nothing is promised), STATUS_EXISTS (the same body was acknowledged within the last minutes).
 */
void store_append(struct store *store, const struct frame *frame, const struct batch *batch,
                  void (*done)(void *context, enum status status), void *context);

/* Observer only, inside apply(): this frame is to be found by this id. */
void store_note(struct store *store, struct id16 id, struct frame_ref ref);

/*
 * A keyed hash of a body, the same as long as the catalog lives; any thread.  An observer that
 * notes it lets the frame be found by what it holds.  Not all zero.
 */
struct id16 store_hash(const struct store *store, struct slice body);

/* Whether anything was noted for this id; any thread. */
bool store_knows(struct store *store, struct id16 id) THAW_CHECK;

/*
 * Reading.  A hold is what the store has at one moment: what is found in it can be read until it is
 * released, which should be soon: retention and sealing go on beside it.  One thread.
 */
struct store_hold;

/* NULL without memory. */
struct store_hold *store_hold(struct store *store) THAW_CHECK;
void store_release(struct store_hold *hold); /* NULL is fine. */

/*
 * Where records may be that were noted for any of the ids: each place once, in order of segments.
 * Answers the count, of which at most refs_max are written to refs.
 */
size_t store_find(struct store_hold *hold, const struct id16 *ids, size_t id_count,
                  struct frame_ref *refs, size_t refs_max);

/* Take records that arrived at one time; false: no more, please. */
typedef bool store_visit(void *context, uint64_t arrival_ns, const struct batch *batch);

/*
 * Show the records of a place that may have one of the ids; others may be among them.  What is
 * shown is in the arena, or is the hold's: it is good until the hold is released.
 *
 * Records that came in one body are shown together as long as they are in a log.  Of a sealed
 * segment they are shown with those of their place and of their time of arrival, so that a block
 * that an agent numbered may come several times with the same time of arrival.
 *
 * NOT_FOUND when retention took it; IO: damaged, or the disk fails; FULL: the arena is full, what
 * was shown before is good.
 */
enum status store_load(struct store_hold *hold, struct frame_ref ref, const struct id16 *ids,
                       size_t id_count, struct arena *arena, store_visit *visit, void *context)
    __attribute__((warn_unused_result));

/*
 * A span of time, from_ns to below to_ns (UINT64_MAX: all that comes), of which the newest part
 * that has about so many records is wanted.
 */
struct store_span {
    uint64_t from_ns, to_ns;
    uint64_t records_max;
};

/*
 * Show the records of the newest piece of a span of time: of spans their start counts, of lines
 * their time, or when they were observed where they tell none.  All that happened from *reached_ns
 * on and is in the store is shown, in no order, whenever it arrived, and nothing else: so a caller
 * goes on with to_ns = *reached_ns, also with another hold or another day, until that is from_ns,
 * and has seen each record once that was there all the time.
 *
 * Records lie in places of some thousands; those of which some are of the piece are read.  How many
 * there will be is guessed (a place's are taken to be spread evenly over its time), so they may be
 * more.  What is shown is good during the call of visit only; see store_load() for what comes
 * together.  Bodies without records are not shown.
 *
 * IO: some are damaged, or the disk fails; the others were shown, and *reached_ns is right.
 * CLOSED: visit wanted no more; NOT_FOUND: the hold is older than what it looks for: take another;
 * FULL: no memory.  Then *reached_ns is to_ns.
 */
enum status store_scan(struct store_hold *hold, struct store_span span, store_visit *visit,
                       void *context, uint64_t *reached_ns) __attribute__((warn_unused_result));

/*
 * Search: show the latest records that a query wants (columns/scan_query.h), at most so many, one a
 * call, the latest first; or the oldest, the other way round, where the query says so.  They are in
 * the arena, or are the hold's: good until that is released.
 *
 * Places are looked at from the latest on, and no more of them once there are enough; blocks whose
 * filters or facts say that they have no such record are not read.  For the next page ask for those
 * before the latest that was shown.  Where the query has a look of its own, it may have given up:
 * then all that is wanted and happened from look->reached_ns on was shown, unless there are enough.
 *
 * IO: some are damaged, or the disk fails; the others were shown.  BAD: the query is none;
 * NOT_FOUND: the hold is older than what it looks for: take another; FULL: memory, or the arena, or
 * most is above STORE_SEARCH_MOST.
 */
enum status store_search(struct store_hold *hold, const struct scan_query *query, size_t most,
                         struct arena *arena, store_visit *visit, void *context)
    __attribute__((warn_unused_result));

/*
 * What is counted and measured of all records that a query wants, in columns: those that lie
 * together are shown together, in no order.  Columns that were not asked for are NULL.
 */
enum store_measure { STORE_TIMES = 1, STORE_DURATIONS = 2, STORE_ERRORS = 4, STORE_SENDERS = 8 };

struct store_measures {
    enum signal signal;
    uint32_t count;
    const uint64_t *times_ns; /* When they happened. */
    /* End minus start, below 0 of spans that end before; of lines observed minus time. */
    const int64_t *durations_ns;
    const bool *errors;
    const uint32_t *senders; /* Which of the resources. */
    /* Bytes of their block, with its filter, or frame, on the disk: their share of it where others
     * are in it, too. */
    uint64_t size;
    const struct resource *resources;
    uint32_t resource_count;
    uint64_t resources_id; /* The same as in the call before: so are the resources. */
};

/* Take some; false: no more, please.  Good during the call. */
typedef bool store_measure_visit(void *context, const struct store_measures *measures);

/* Show all that a query wants; the answers are those of store_search(). */
enum status store_measure(struct store_hold *hold, const struct scan_query *query, unsigned columns,
                          store_measure_visit *visit, void *context)
    __attribute__((warn_unused_result));

/*
 * Primary state that cannot be derived: small values by name, each put durable before it returns.
 * get answers NOT_FOUND where there is none; the value is in the arena.
 */
enum status store_put(struct store *store, struct slice key, struct slice value)
    __attribute__((warn_unused_result));
enum status store_get(struct store *store, struct slice key, struct arena *arena,
                      struct slice *value) __attribute__((warn_unused_result));

void store_stats(struct store *store, struct store_stats *stats);

#endif
