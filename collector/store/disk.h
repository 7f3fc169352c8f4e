/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_DISK_H
#define THAW_STORE_DISK_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the store needs of a disk, as a struct of functions, so that a test can own every byte and
 * every failure.  disk_posix_open() makes the real one; tests/sim has one that forgets what was not
 * synced.
 *
 * Paths are relative to the data directory.  A file is a number that only the disk understands.
 * Answers: STATUS_OK; STATUS_FULL (no space or quota); STATUS_NOT_FOUND; STATUS_EXISTS; STATUS_IO
 * (everything else).  Any thread; one file is written by one thread.
 */
struct disk {
    void *self;

    /* Open for reading and writing; create makes it and fails with STATUS_EXISTS if it is there. */
    enum status (*open)(void *self, const char *path, bool create, int *file);
    void (*close)(void *self, int file);

    /* Read up to size bytes; *got is less only at the end of the file. */
    enum status (*read)(void *self, int file, uint64_t offset, void *memory, size_t size,
                        size_t *got);
    /* Write up to bytes.size bytes; *put is how many, at least 1 after STATUS_OK. */
    enum status (*write)(void *self, int file, uint64_t offset, struct slice bytes, size_t *put);
    /* The content and the size are durable when it answers STATUS_OK, and unknown when not. */
    enum status (*sync)(void *self, int file);
    enum status (*truncate)(void *self, int file, uint64_t size);
    enum status (*size)(void *self, int file, uint64_t *size);

    enum status (*make_directory)(void *self, const char *path); /* STATUS_EXISTS is an answer. */
    /* What is created in or removed from the directory is durable. */
    enum status (*sync_directory)(void *self, const char *path);
    /* Calls visit with each name in it, in any order. */
    enum status (*list)(void *self, const char *path,
                        void (*visit)(void *context, const char *name), void *context);
    enum status (*remove_file)(void *self, const char *path);
    enum status (*remove_directory)(void *self, const char *path);
    /* Bytes that can still be written. */
    enum status (*free_bytes)(void *self, uint64_t *bytes);
};

/*
 * The real disk under a directory, which is made if it is not there.  One process at a time: the
 * lock on DIR/lock is held until disk_posix_close(); STATUS_EXISTS says that another one holds it.
 * error says in words what failed.
 */
enum status disk_posix_open(struct disk *disk, struct slice directory, char *error,
                            size_t error_size) THAW_CHECK;
void disk_posix_close(struct disk *disk);

/* A file of this name says that what belongs into the directory is not all there yet: it is not
 * opened but to read. */
#define DISK_RESTORING "restoring"

/*
 * The same to read only: nothing is made, and what would change something is refused.  lock says
 * whether no collector may have the directory open meanwhile: STATUS_EXISTS if one has.
 */
enum status disk_posix_open_to_read(struct disk *disk, struct slice directory, bool lock,
                                    char *error, size_t error_size) THAW_CHECK;

/* Write all of bytes, however short the writes are. */
enum status disk_write_all(const struct disk *disk, int file, uint64_t offset,
                           struct slice bytes) THAW_CHECK;

#endif
