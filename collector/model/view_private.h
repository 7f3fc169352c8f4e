/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_VIEW_PRIVATE_H
#define THAW_COLLECTOR_MODEL_VIEW_PRIVATE_H

#include "model/functions.h"
#include "model/ids.h"
#include "model/instances.h"
#include "model/invocations.h"
#include "model/links.h"
#include "model/minutes.h"
#include "model/repeats.h"
#include "model/text.h"
#include "model/view.h"

#include <pthread.h>

/* What view.h hides; for the files of model/ only. */

/* A list of rows that something happened to in the frame at hand. */
struct touched {
    uint32_t *rows;
    uint32_t count, capacity;
};

/* From when to when, both included, something is not all there; none: last_ns < first_ns. */
struct lost_span {
    int64_t first_ns, last_ns;
};

/* Resources whose rows are known: of a fleet in steady state most of them.  Each has four places,
 * as of a quarter as many as there are places some would meet in one, and drive each other out. */
enum { IDENTITIES_KNOWN = 8192, IDENTITIES_KNOWN_PARTIAL = 64, IDENTITY_PLACES = 4 };
struct identity_known {
    struct record_key key;
    uint64_t generation; /* Of the view, when it was found. */
    uint64_t name;
    uint32_t function, instance;
};

/* Ids that were touched in a batch, one for all that look like it: those of a transaction come
 * again and again. */
enum { LATEST_IDS = 2048 };
struct latest_id {
    struct id16 id;
    uint32_t row;
    uint32_t batch; /* It is known in this one only. */
};

struct view {
    pthread_rwlock_t lock;
    struct texts texts;
    struct functions functions;
    struct instances instances;
    struct invocations invocations;
    struct ids ids;
    struct links links;
    struct minutes minutes;
    struct hash_bulk bulk;         /* For the text of lines. */
    struct repeats lines;          /* Of streams, that have no numbers. */
    struct repeats left;           /* What was forgotten and has been counted: room.h. */
    uint32_t invocation_count_max; /* INVOCATION_COUNT_MAX, or less; and so on. */
    uint32_t instance_count_max, function_count_max, rollup_count_max;
    struct rollups rollups;
    bool partial;                                    /* view_partial() */
    int64_t counts_from_ns;                          /* What is older is not counted any more. */
    struct lost_span counts_lost, invocations_lost;  /* For want of room. */
    uint64_t generation;                             /* Grows when rows are renumbered. */
    struct identity_known (*known)[IDENTITY_PLACES]; /* NULL before the first, or without memory. */
    uint64_t known_mask;                             /* How many there are, less 1. */
    uint32_t batch; /* The number of the one that is applied; never 0. */
    struct latest_id latest[LATEST_IDS];
    int64_t now_ns;
    struct touched touched_instances, touched_invocations;
    struct view_stats counters; /* Only its counters. */
};

/* Around what changes the view. */
void view_write_begin(struct view *view);
void view_write_end(struct view *view);

#endif
