/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_STRETCH_H
#define THAW_STORE_STRETCH_H

#include "base/status.h"
#include "model/record.h"
#include "model/moment.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A stretch of a log: frames one behind the other, how many records are in them, and when these
 * happened.  By it a scan knows which frames of a log it need not read.
 *
 * What lies in no stretch is not known (after a start, or for want of memory) and is read by the
 * scan that comes first, which tells what it learned.  Any thread; the mutex is a leaf.
 */
struct stretch {
    uint32_t segment;
    uint32_t offset, end; /* Of its first frame, and behind its last. */
    uint32_t records;
    struct moments moments;
};

struct stretches {
    pthread_mutex_t mutex;
    struct stretch *items; /* Ascending by segment and offset; none is in another. */
    size_t count, capacity;
};

enum status stretches_init(struct stretches *stretches) THAW_CHECK;
void stretches_fini(struct stretches *stretches);

/* Put one in, if nothing of it is there yet.  One that is small and right behind another becomes a
 * part of that (STORE_STRETCH_SIZE, STORE_STRETCH_RECORDS). */
void stretches_add(struct stretches *stretches, const struct stretch *stretch);

/* Those of a segment, in order; the caller frees them.  STATUS_FULL: no memory. */
enum status stretches_copy(struct stretches *stretches, uint32_t segment, struct stretch **copy,
                           size_t *count) THAW_CHECK;

/* The log of a segment is gone. */
void stretches_forget(struct stretches *stretches, uint32_t segment);

#endif
