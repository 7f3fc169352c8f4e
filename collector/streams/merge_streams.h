/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_STREAMS_H
#define THAW_STREAMS_MERGE_STREAMS_H

#include "streams/log_event.h"
#include "streams/merge_limits.h"
#include "streams/merge_numbers.h"
#include "streams/stream_sink.h"

#include "base/map.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MERGE_NONE UINT32_MAX

/* What place in a stream means at the moment. */
enum merge_place {
    PLACE_UNKNOWN,    /* Before anything that tells. */
    PLACE_INIT,       /* Behind INIT_START. */
    PLACE_FAILED,     /* Behind the report of an init that failed: it is begun again inside of the
                         next invocation. */
    PLACE_INVOCATION, /* Behind START: of stream->current. */
    PLACE_IDLE,       /* Behind END. */
};

/* An init that is not told yet. */
struct merge_init {
    int64_t start_ns;
    bool snap_start;
};

/*
 * What is remembered of one log stream.  Kept in a table that grows to a limit; the longest silent
 * stream without events in the window makes room for a new one.
 */
struct merge_stream {
    struct log_event raw; /* Its names as the last event with others brought them, */
    char *raw_names;      /* and a block for these. */
    uint32_t row;         /* Its own. */
    bool named;           /* It has a name: it is one instance. */
    bool foreign;         /* By its names it is no function's, and nothing in it said otherwise. */
    bool concurrent;      /* Several invocations may be open at once. */
    bool sequential;      /* By its init type that cannot be. */

    /* In the window. */
    uint32_t count;        /* Its items there. */
    uint32_t new_count;    /* Of them, taken in since the last time that it was emptied. */
    uint32_t first;        /* Where its part of the order begins, once that is made. */
    int64_t latest_ns;     /* Of its last item. */
    uint32_t run;          /* Of its last item. */
    uint32_t rises, falls; /* How often time went up and down. */
    bool fine;             /* A time of it has parts of a second. */

    /* By place. */
    enum merge_place place;
    uint32_t current;   /* Row of the invocation whose lines come now, or MERGE_NONE. */
    bool invoked;       /* There was an invocation. */
    bool repeating;     /* What comes now was told before. */
    bool repeats_seen;  /* Something in this window was there twice. */
    bool backward;      /* It comes in descending order. */
    int64_t stepped_ns; /* Latest time that was gone through. */

    /* Its open invocations, in the order in which they were opened. */
    uint32_t open_first, open_last, open_count;
    uint32_t live_count, live_xor; /* Those without an end, and their rows, xor'd. */
    uint32_t linger;               /* One that waits for its END only. */

    uint32_t init_count;    /* Of inits, which are not told yet, */
    int64_t claim_start_ns; /* and the last one, told or not, that no START has followed yet. */
    bool claim_again;       /* The instance had been invoked before it. */
    bool init_failed;       /* The last init failed: the next invocation contains one. */
    int64_t suppressed_at_ns, suppressed_ns; /* INIT_REPORT of phase invoke, before its START. */

    /* Who it is.  All above is looked at for each event, one stream of thousands after the other:
     * the less memory that is, the better. */
    uint64_t name_hash;          /* Of its names, by which it is found. */
    uint64_t hash;               /* The same, but for groups that have streams of one name. */
    uint64_t account_hash;       /* Not 0: another account has a stream of its names. */
    uint32_t newer, older;       /* By last use; MERGE_NONE at the ends. */
    struct stream_source source; /* Its names point into names, or the fields below. */
    char *names;                 /* One block for all of these. */
    struct merge_init inits[MERGE_INITS_MAX];
    char version[MERGE_TEXT_MAX], runtime[MERGE_TEXT_MAX], region[32], init_type[48];
};

struct merge_streams {
    struct merge_stream **rows; /* count of them. */
    uint32_t count, capacity;
    uint32_t newest, oldest;
    uint32_t removed; /* The row that became free last: one at most is, all others are in front. */
    struct merge_numbers numbers;
    struct map map;
    uint32_t recent[MERGE_RECENT_COUNT]; /* Rows by the end of their stream's name. */
};

void merge_streams_init(struct merge_streams *streams);
void merge_streams_fini(struct merge_streams *streams);

/* Group, stream and so on of an event, as the merger names them. */
struct merge_names {
    struct slice account, region, group, stream, function, version;
    bool foreign, function_made_up;
    bool unique;                 /* The stream's name alone tells which one it is. */
    const struct log_event *raw; /* The event itself. */
    char buffer[MERGE_NAME_SIZE_MAX];
};

/* The row of the stream whose names, as they came, are these, if it was found lately. */
uint32_t merge_streams_recent(const struct merge_streams *streams, const struct log_event *event);

/* The row of a stream, or MERGE_NONE.  What the names say and was not known of it yet is learned,
 * as far as there is memory. */
uint32_t merge_streams_find(struct merge_streams *streams, const struct merge_names *names);

/* A new one, which is not there yet; MERGE_NONE when there is no room or no memory. */
uint32_t merge_streams_add(struct merge_streams *streams, const struct merge_names *names);

/* Forget a stream, which has no events in the window.  One is added before another is removed. */
void merge_streams_remove(struct merge_streams *streams, uint32_t row);

/* It was used: it becomes the newest. */
void merge_streams_touch(struct merge_streams *streams, uint32_t row);

/* Forget all, but go on numbering. */
void merge_streams_reset(struct merge_streams *streams);

#endif
