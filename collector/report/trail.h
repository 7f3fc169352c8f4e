/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_TRAIL_H
#define THAW_COLLECTOR_REPORT_TRAIL_H

#include "report/label.h"

#include "base/map.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The lines of invocations that are open, and what they say went wrong.  Of each the beginning and
 * the latest lines are held (REPORT_TRAIL_SIZE_MAX); where there are too many invocations, the one
 * that has been silent for longest is forgotten.  No allocation after trails_init().
 */

/* What the lines of an invocation say went wrong: the gravest of them, of equal ones the first. */
enum complaint_rank { COMPLAINT_NONE, COMPLAINT_ERROR, COMPLAINT_EXCEPTION, COMPLAINT_UNHANDLED };

struct complaint {
    enum complaint_rank rank;
    struct label type;
    struct label message; /* In its general form. */
};

struct trail {
    uint64_t key;
    unsigned char *memory; /* Lines, packed: see trail_next(). */
    size_t head_size;      /* Of the first half, */
    size_t tail_size;      /* and of the second. */
    uint64_t lines;        /* All of them, */
    uint64_t dropped;      /* and those that are not held, between head and tail. */
    struct complaint complaint;
    uint32_t older, newer; /* Rows, or TRAIL_NONE. */
};

#define TRAIL_NONE UINT32_MAX

struct trails {
    struct trail *rows; /* REPORT_TRAIL_COUNT_MAX */
    unsigned char *memory;
    struct map map;
    uint32_t oldest, newest; /* By use. */
    uint32_t used;           /* Rows that were ever taken, */
    uint32_t free;           /* and given back, linked by newer. */
};

/* STATUS_FULL without memory.  Undo with trails_fini(). */
enum status trails_init(struct trails *trails) THAW_CHECK;
void trails_fini(struct trails *trails);

/* The trail of this invocation, begun if there is none.  Never NULL; until the next call. */
struct trail *trails_open(struct trails *trails, uint64_t key);
/* The same, NULL if there is none. */
struct trail *trails_find(struct trails *trails, uint64_t key);
/* Forget it. */
void trails_close(struct trails *trails, struct trail *trail);

/* A line that is held. */
struct trail_line {
    int64_t time_ns;
    uint32_t severity;
    bool cut; /* It was longer. */
    struct slice text;
};

void trail_add(struct trail *trail, const struct trail_line *line);

/* The lines in one piece: the size they take, and copied to there. */
size_t trail_size(const struct trail *trail);
void trail_copy(const struct trail *trail, unsigned char *to);

/* Take the next line off a piece; false at its end. */
bool trail_next(struct slice *piece, struct trail_line *line);

#endif
