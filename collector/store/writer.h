/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_WRITER_H
#define THAW_STORE_WRITER_H

#include "base/hash.h"
#include "store/cabinet.h"
#include "store/catalog.h"
#include "store/dedupe.h"
#include "store/digests.h"
#include "store/disk.h"
#include "store/index.h"
#include "store/saved.h"
#include "store/sealer.h"
#include "store/segment.h"
#include "store/shelf.h"
#include "store/store.h"
#include "store/store_limits.h"
#include "store/stretch.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The writer is the store without its queue and thread: recovery, group commit, rotation,
 * retention. One thread calls it.  Everything it does to the world goes through its disk and its
 * catalog, so a simulation can own both.
 *
 * Invariants:
 *  1. active is NO_SEGMENT, or active_file is the log of the newest segment, durable up to
 *     active_end, and nothing was written behind that since the last group.
 *  2. Every frame below the end of a segment on the shelf was shown to the observer, but for those
 *     that were damaged or set aside.
 *  3. seq is at least the number of every frame ever written.
 */
#define WRITER_NO_SEGMENT 0

/* A frame on its way.  Whoever appends makes it; the writer fills in the rest. */
struct pending {
    struct pending *next;
    struct frame frame; /* Its body and the batch live until done is called. */
    const struct batch *batch;
    void (*done)(void *context, enum status status);
    void *context;
    struct hash_128 hash; /* Of the body. */
    struct frame_head head;
    size_t size; /* Of bytes: room for the head, then the stored body. */
    unsigned char *bytes;
    struct frame_ref ref;
    bool repeated; /* The same body is kept already. */
    enum status status;
};

struct writer {
    struct store *store; /* For the observer. */
    struct store_options options;
    struct store_observer observer;
    const struct disk *disk;
    const struct catalog *catalog;
    uint64_t (*wall_ns)(void);
    struct hash_key key;   /* For ids; the catalog keeps it. */
    struct hash_bulk bulk; /* Of it, for bodies. */
    unsigned char id[16];
    uint32_t seed;

    struct index *index;
    struct dedupe dedupe;
    struct shelf shelf;
    struct stretches stretches; /* Of logs. */
    struct digests digests;     /* Of these. */
    struct saved saved;
    struct cabinet cabinet;          /* The sealed ones of the shelf. */
    struct sealer sealer;            /* All zero until it is started. */
    uint64_t seal_at_ns;             /* Not before, by the wall: an attempt has failed. */
    struct guide_make guide;         /* That is being made, if guide_list is not NULL, ... */
    struct cabinet_list *guide_list; /* ... of what this holds. */
    uint64_t guide_at_ns;            /* As seal_at_ns. */
    struct draft *draft;             /* Of the segment that is written to; NULL: its log is read. */
    struct draft *draft_closed;      /* Of one before that is not being sealed yet, or NULL. */

    uint32_t active; /* Number of the segment that is written to, or WRITER_NO_SEGMENT. */
    int active_file;
    struct segment active_segment;
    uint64_t active_records; /* About. */
    uint64_t active_made_ns;
    uint32_t segment_last; /* The greatest number ever given. */
    uint32_t previous;     /* The newest segment that was not given up while being made. */
    uint32_t previous_end;
    uint64_t seq;
    unsigned char *gather; /* STORE_SCAN_CHUNK bytes: small frames are written together. */
    size_t gathered;

    pthread_mutex_t mutex;    /* Guards stats. */
    struct store_stats stats; /* What is not counted elsewhere. */
};

/* What a store is made of; store_open() takes the real ones. */
struct store_parts {
    const struct disk *disk;
    const struct catalog *catalog;
    uint64_t (*wall_ns)(void);
    struct hash_key key;   /* Secret of a store that has none. */
    unsigned char id[16];  /* Identity of a store that is new. */
    bool threaded;         /* false: nothing happens until store_step(), store_seal(). */
    uint32_t dedupe_count; /* Bodies to recognise, a power of two; 0: STORE_DEDUPE_COUNT_MAX. */
};

/* Recover what is on the disk, showing it to the observer. */
enum status writer_open(struct writer *writer, const struct store_parts *parts,
                        const struct store_options *options, const struct store_observer *observer,
                        struct store *store, char *error, size_t error_size) THAW_CHECK;
void writer_close(struct writer *writer);

/* writer_seal.c: begin to seal, on another thread if that is told, which calls wake when
 * writer_seal() has something to do. */
enum status writer_start_sealer(struct writer *writer, bool threaded, void (*wake)(void *context),
                                void *context) THAW_CHECK;
/* Take what was sealed into service, let the next segment be sealed, and logs go that are. */
void writer_seal(struct writer *writer);

/* Write a list of frames under one sync and fill in status of each.  Frames that are kept have been
 * shown to the observer. */
void writer_commit(struct writer *writer, struct pending *list);

/* What time makes necessary: try to accept again, drop what is too old or too much. */
void writer_tend(struct writer *writer);

/* Used by the parts of the writer. */

/* Say why nothing is accepted; NULL: it is. */
void writer_accepting(struct writer *writer, const char *reason);
/* Make a new active segment behind previous. */
enum status writer_rotate(struct writer *writer) THAW_CHECK;
/* writer_seal.c: begin the draft of a new active segment, take a frame that was shown, and end. */
void writer_draft_begin(struct writer *writer);
void writer_draft_add(struct writer *writer, const struct pending *pending);
void writer_draft_end(struct writer *writer);
/* writer_recover.c */
enum status writer_recover(struct writer *writer, char *error, size_t error_size) THAW_CHECK;
/* writer_guide.c: take guides into service that are there, at a start; when the sealer has nothing
 * else to do, let the next one be made; those of segments that are gone go; and end. */
void writer_guide_open(struct writer *writer);
void writer_guide(struct writer *writer);
void writer_guide_forget(struct writer *writer, uint32_t segment_last);
void writer_guide_end(struct writer *writer);
/* writer_retain.c */
void writer_retain(struct writer *writer);
/* Whether anything was noted for this id; any thread. */
bool writer_knows(struct writer *writer, struct id16 id) THAW_CHECK;

/* A store of parts: store_open() with everything that acts on the world as an argument. */
enum status store_open_parts(struct store **store, const struct store_parts *parts,
                             const struct store_options *options,
                             const struct store_observer *observer, char *error,
                             size_t error_size) THAW_CHECK;
/* Without a thread: commit what waits, once; the answer is how many frames that was. */
size_t store_step(struct store *store);
/* Without a thread: seal a segment, if one is to be sealed, and let logs go that are not needed. */
void store_seal(struct store *store);

#endif
