/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SEGMENT_H
#define THAW_STORE_SEGMENT_H

#include "base/status.h"
#include "store/disk.h"
#include "store/frame.h"
#include "store/store_limits.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A segment is a directory with a log in it: segments/<time>-<number>/log.  Numbers grow and are
 * never used again.  The shelf is the list of the segments that there are; any thread looks
 * something up on it by copying.
 */
#define SEGMENT_NAME_SIZE 40 /* 20261123T145325Z-00000001 and a NUL. */

struct segment {
    uint32_t number;
    char name[SEGMENT_NAME_SIZE];
    uint64_t end; /* Frames lie below this. */
    uint64_t frames;
    uint64_t arrival_last_ns; /* The newest of them. */
};

void segment_name(uint32_t number, uint64_t created_ns, char name[SEGMENT_NAME_SIZE]);
/* The number in a name; false if it is no name of a segment. */
bool segment_name_parse(const char *name, uint32_t *number) THAW_CHECK;
/* The path of its directory and of its log. */
void segment_paths(const char *name, char directory[STORE_PATH_SIZE], char log[STORE_PATH_SIZE]);

/* Make the directory and a log with this head, all of it durable, and leave the log open. */
enum status segment_create(const struct disk *disk, const struct frame_log_head *head,
                           const char *name, int *file) THAW_CHECK;
/* Remove log and directory.  What is not there is fine. */
enum status segment_remove(const struct disk *disk, const char *name) THAW_CHECK;

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
/* Segments and the bytes and frames in them. */
size_t shelf_sum(struct shelf *shelf, uint64_t *bytes, uint64_t *frames);

#endif
