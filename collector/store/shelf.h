/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SHELF_H
#define THAW_STORE_SHELF_H

#include "base/status.h"
#include "store/segment.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The shelf is the list of the segments that there are.  The writer changes it; any thread looks
 * something up on it, by copying under its lock, which is a leaf.
 */
struct shelf {
    pthread_mutex_t mutex;
    struct segment *segments; /* Ascending by number. */
    size_t count;
    size_t capacity;
};

enum status shelf_init(struct shelf *shelf) THAW_CHECK;
void shelf_fini(struct shelf *shelf);
/* Add a segment that is newer than all, or change the one of this number. */
enum status shelf_set(struct shelf *shelf, const struct segment *segment) THAW_CHECK;
/* The segment of this number; false if it is gone. */
bool shelf_get(struct shelf *shelf, uint32_t number, struct segment *segment) THAW_CHECK;
/* The oldest one; false if there is none. */
bool shelf_oldest(struct shelf *shelf, struct segment *segment) THAW_CHECK;
void shelf_drop_oldest(struct shelf *shelf);
/* One but active that is to be sealed and whose time has come: of those that failed least the
 * oldest; false if there is none. */
bool shelf_unsealed(struct shelf *shelf, uint32_t active, uint64_t now_ns,
                    struct segment *segment) THAW_CHECK;
/* The oldest one that is sealed since then and still has its log; false if there is none. */
bool shelf_logged(struct shelf *shelf, uint64_t sealed_before_ns,
                  struct segment *segment) THAW_CHECK;
/* All of them, in order; the caller frees them.  STATUS_FULL: no memory. */
enum status shelf_copy(struct shelf *shelf, struct segment **segments, size_t *count) THAW_CHECK;
/* Segments and the bytes and frames in them. */
size_t shelf_sum(struct shelf *shelf, uint64_t *bytes, uint64_t *frames);

#endif
