/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SEGMENT_H
#define THAW_STORE_SEGMENT_H

#include "base/status.h"
#include "store/disk.h"
#include "store/frame.h"
#include "store/store_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A segment is a directory: segments/<time>-<number>.  It has a log that frames are appended to;
 * some time after that, it is sealed (seal.h) and has the same as blocks, and the log goes. Numbers
 * grow and are never used again.
 */
#define SEGMENT_NAME_SIZE 40 /* 20261123T145325Z-00000001 and a NUL. */

struct segment {
    uint32_t number;
    char name[SEGMENT_NAME_SIZE];
    uint64_t end;           /* Frames of its log lie below this; 0: the log is gone. */
    uint64_t sealed_size;   /* Bytes of its blocks; 0: it is not sealed. */
    uint64_t sealed_ns;     /* When that was, on the wall. */
    bool no_seal;           /* It cannot be sealed: its log stays. */
    uint32_t seals_failed;  /* Since the start, ... */
    uint64_t seal_retry_ns; /* ... so the next attempt is not before this, by the wall. */
    uint64_t frames;
    uint64_t arrival_last_ns; /* The newest of them. */
};

void segment_name(uint32_t number, uint64_t created_ns, char name[SEGMENT_NAME_SIZE]);
/* The number in a name; false if it is no name of a segment. */
bool segment_name_parse(const char *name, uint32_t *number) THAW_CHECK;
/* The path of its directory and of its log. */
void segment_paths(const char *name, char directory[STORE_PATH_SIZE], char log[STORE_PATH_SIZE]);

/* The path of its blocks, once it is sealed. */
void segment_sealed_path(const char *name, char path[STORE_PATH_SIZE]);

/* Make the directory and a log with this head, all of it durable, and leave the log open. */
enum status segment_create(const struct disk *disk, const struct frame_log_head *head,
                           const char *name, int *file) THAW_CHECK;
/* Remove log and directory.  What is not there is fine. */
enum status segment_remove(const struct disk *disk, const char *name) THAW_CHECK;

#endif
