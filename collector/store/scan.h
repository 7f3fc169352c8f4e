/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SCAN_H
#define THAW_STORE_SCAN_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "store/disk.h"
#include "store/frame.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads the frames of one log in order, and decides where it ends.
 *
 * A log of which the end is known (a later segment says it) is durable up to there: whatever is
 * wrong below is damage, which is passed over.  In the newest log the end is where the first frame
 * is wrong, unless a whole frame behind it says that the log was durable up to a place behind the
 * wrong one: then that is damage too, and the frames behind it were acknowledged.
 */
struct scan {
    const struct disk *disk;
    int file;
    uint32_t segment;
    uint32_t seed;
    uint32_t from;  /* Where a frame begins; 0: behind the head. */
    uint64_t size;  /* Bytes to look at: the known end, or the file's size. */
    bool end_known; /* size is the known end. */
    uint64_t seq;   /* Frames have greater numbers. */
};

struct scan_result {
    uint64_t end;             /* Behind the last frame that counts. */
    uint64_t frames;          /* Frames shown. */
    uint64_t synced_end;      /* Up to here the log was durable, as the frames shown say. */
    uint64_t seq_last;        /* The greatest number seen, frames behind the end included. */
    uint64_t arrival_last_ns; /* The newest frame shown. */
    uint64_t damaged_bytes;   /* Passed over. */
    uint32_t damaged_places;
    bool end_known;  /* Of the scan: all of it is durable. */
    bool unreadable; /* The disk refused a read: what lies behind is unknown, and not cut. */
};

/* Shows a frame; its stored body is valid during the call only. */
typedef void scan_visit(void *context, const struct frame_head *head, struct slice stored);

/* Scan.  STATUS_FULL: no memory.  A refused read is not an error here but in the result. */
enum status scan_log(const struct scan *scan, scan_visit *visit, void *context,
                     struct scan_result *result) THAW_CHECK;

#endif
