/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BACKUP_FILE_H
#define THAW_BACKUP_FILE_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Files and directories as backups need them.  Directories are descriptors, paths are below them.
 * What fails leaves its reason in errno.
 */

/* Copy size bytes of an open file to a new file, durably, and sum them up.  STATUS_BAD: the file is
 * shorter; STATUS_FULL, STATUS_IO. */
enum status backup_file_copy(int from, uint64_t size, int directory, const char *path,
                             uint32_t *crc) THAW_CHECK;

/* Sum up size bytes of an open file. */
enum status backup_file_sum(int from, uint64_t size, uint32_t *crc) THAW_CHECK;

/* Write a new file, durably. */
enum status backup_file_write(int directory, const char *path, struct slice bytes) THAW_CHECK;

/* Open a directory below another; make says that it is made if missing.  -1: errno says why. */
int backup_file_directory(int directory, const char *path, bool make);

/* Make what is in a directory durable: names, not contents. */
enum status backup_file_sync(int directory, const char *path) THAW_CHECK;

/* Remove a file or a directory with all in it.  What is not there is fine. */
enum status backup_file_remove(int directory, const char *path) THAW_CHECK;

/* Call visit with each name in a directory. */
enum status backup_file_list(int directory, const char *path,
                             void (*visit)(void *context, const char *name),
                             void *context) THAW_CHECK;

/* What errno means for a caller. */
enum status backup_file_status(int error);

#endif
