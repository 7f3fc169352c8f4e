/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SPOOL_DISK_H
#define THAW_SPOOL_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * The file of the spool, as the few calls that it needs: a seam that tests and
 * the simulator replace.  Calls answer 0 or a number of bytes, or a negative
 * errno.  The file is never mapped: a write into a full or truncated file is
 * an answer here, and a signal there.
 */
struct disk_status {
    uint64_t size;
    uint64_t inode;
    bool linked; /* It has a name still. */
};

struct disk {
    const struct disk_calls *calls;
    void *context; /* Of whoever replaces them. */
    int fd;        /* -1: it is not open. */
};

struct disk_calls {
    /* Open the regular file of this name, or make one, and lock it until we are gone.  -EAGAIN:
     * another process has it. */
    int (*open)(struct disk *disk, const char *path);

    /* Take the space of a file of this size. */
    int (*reserve)(struct disk *disk, uint64_t size);
    int (*status)(struct disk *disk, struct disk_status *status);
    ssize_t (*read)(struct disk *disk, void *memory, size_t size, uint64_t offset);
    ssize_t (*write)(struct disk *disk, const struct iovec *parts, int count, uint64_t offset);
    void (*close)(struct disk *disk);
};

/* A disk of the system's calls. */
void disk_init(struct disk *disk);

#endif
