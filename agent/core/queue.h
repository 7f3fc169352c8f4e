/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_QUEUE_H
#define THAW_AGENT_QUEUE_H

#include "base/slice.h"
#include "base/status.h"
#include "otlp/block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The queue holds encoded records until a receiver has acknowledged them, in
 * order of arrival, in memory of fixed size.  When it is full, what matters
 * least makes room: the oldest debug lines, then info lines, then anything but
 * facts of invocations.  A record that matters less than all others is itself
 * the one that is dropped.  Every drop is counted.
 *
 * Frames lie one after the other.  A frame that is dropped or acknowledged
 * stays as a gap until the next compaction.
 *
 *     head                                    used          size
 *     | frame | gap | frame | frame | gap | ... | free ...... |
 *
 * Invariants:
 *  1. used <= size; frames are aligned to 8 bytes and fill [0, used) exactly.
 *  2. live is the sum of the frames that are not gaps, count their number.
 *  3. Frames in flight are neither dropped nor changed; they may be moved.
 *  4. Frames lie whole on either side of saved.
 *
 * A frame is laid out as it is in the spool (docs/formats/spool.md), so that those from saved on
 * are written there without a copy.  What was in the spool and is no more is noted, until the
 * owner has told the spool: queue_saved().
 */
enum queue_class {
    QUEUE_DEBUG, /* Lines of level debug and below. */
    QUEUE_INFO,  /* Other lines below warning. */
    QUEUE_OTHER, /* Warnings, errors, spans, the SDK's blocks. */
    QUEUE_FACT,  /* Facts of invocations, inits and ends. */
    QUEUE_CLASSES,
};

enum queue_state {
    QUEUE_GAP,
    QUEUE_WAITING,
    QUEUE_IN_FLIGHT,
    QUEUE_HELD, /* Not to be sent yet. */
};

struct queue_frame {
    uint32_t size; /* Bytes of the record, which follow. */
    unsigned char signal;
    unsigned char class;
    unsigned char state;
    bool block; /* A whole block of an SDK, not a record of ours. */
    uint64_t seq;
    uint64_t mono_ns; /* When it came. */
    /* Of this process alone: a frame that is taken over from another one is not held, since what it
     * waited for will not come. */
    unsigned char held;  /* Bits: why it is held; 0: it is not. */
    unsigned char owner; /* For whoever holds it. */
    unsigned char life;  /* The process that numbered it: 0 for this one (core/lives.h). */
    unsigned char zero[5];
};

/* Frames that are gone: those of the life with numbers from first to last. */
struct queue_gone {
    uint64_t first;
    uint64_t last;
    unsigned char life;
};

/* More between two writes of the spool are not noted one by one: it is written anew then, which is
 * cheap after so much has gone. */
#define QUEUE_GONE_MAX 128

struct queue {
    unsigned char *base;
    size_t size;
    size_t used;
    size_t live;
    size_t count;
    size_t waiting;              /* Frames of state QUEUE_WAITING. */
    size_t held;                 /* Frames of state QUEUE_HELD... */
    size_t held_live;            /* ...and their sum. */
    size_t spare[QUEUE_CLASSES]; /* Frames not in flight: none is looked for in vain. */
    uint64_t moves;              /* So often frames have changed their places. */
    uint64_t dropped;            /* Records dropped for want of room. */
    size_t saved;                /* Frames in [0, saved) are in the spool. */
    size_t gone_count;
    bool gone_overflowed; /* More frames are gone than could be noted. */
    struct queue_gone gone[QUEUE_GONE_MAX];
};

/* Use memory, aligned to 8 bytes, which must outlive the queue. */
void queue_init(struct queue *queue, void *memory, size_t size);

/* Add a record.  frame says everything but its size and state: it is held if frame->held says why,
 * else it waits.  False: there is no room that may
 * be taken, and the record itself is dropped and counted. */
bool queue_push(struct queue *queue, const struct queue_frame *frame, struct slice record);

/* Whether a record of this size would fit if nothing else were there. */
bool queue_fits(const struct queue *queue, size_t size) THAW_CHECK;

/* Walk the frames that are there: start with *position = 0; NULL at the end.  The queue may not
 * be pushed to meanwhile; states may change. */
struct queue_frame *queue_next(const struct queue *queue, size_t *position);

/* The record of a frame. */
struct slice queue_record(const struct queue_frame *frame);

/* Put a waiting frame in flight; let one in flight wait again; forget one in flight. */
void queue_take(struct queue *queue, struct queue_frame *frame);
void queue_return(struct queue *queue, struct queue_frame *frame);
void queue_forget(struct queue *queue, struct queue_frame *frame);

/* One reason less to hold a frame: with the last one it waits.  Forget a held one. */
void queue_release(struct queue *queue, struct queue_frame *frame, unsigned char why);
void queue_drop(struct queue *queue, struct queue_frame *frame);

/* Overwrite the last bytes of a record that is not in flight, whole characters, with asterisks. */
void queue_blot(struct queue_frame *frame, size_t size);

/* Forget the frames of a life with numbers from first to last, whatever their state. */
void queue_remove(struct queue *queue, const struct queue_gone *gone);

/* Move the frames together, so that they fill [0, used) without a gap. */
void queue_compact(struct queue *queue);

/* The frames that are not in the spool yet, as bytes. */
struct slice queue_unsaved(const struct queue *queue);

/* Everything is in the spool, and what is gone is told there. */
void queue_saved(struct queue *queue);

/* When the oldest waiting frame came; UINT64_MAX if none waits. */
uint64_t queue_oldest_ns(const struct queue *queue);

/* Check the invariants. */
void queue_assert(const struct queue *queue);

#endif
