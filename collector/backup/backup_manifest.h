/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BACKUP_MANIFEST_H
#define THAW_BACKUP_MANIFEST_H

#include "backup/backup_limits.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a backup is made of, as text (docs/formats/backup.md).  Pure, but for memory.
 *
 *     thaw backup 1
 *     made 2026-11-30T08:46:07Z
 *     by 0.1.0
 *     store 0123456789abcdef0123456789abcdef
 *     file 6651 89abcdef segments/20261130T084607Z-00000001/sealed
 *     end 1 01234567
 *
 * The last line has the number of files, and the CRC-32C of all bytes before it.
 */
#define BACKUP_MANIFEST "MANIFEST"

struct backup_entry {
    char path[BACKUP_PATH_SIZE];
    uint64_t size;
    uint32_t crc;
};

struct backup_manifest {
    unsigned char store[16];
    uint64_t made_ns;
    struct backup_entry *entries;
    size_t count;
};

void backup_manifest_fini(struct backup_manifest *manifest); /* All zero is fine. */

/* Add a file.  STATUS_FULL: no memory, or too many. */
enum status backup_manifest_add(struct backup_manifest *manifest,
                                const struct backup_entry *entry) THAW_CHECK;

/* The entry of a path, or NULL. */
const struct backup_entry *backup_manifest_find(const struct backup_manifest *manifest,
                                                const char *path);

void backup_manifest_write(const struct backup_manifest *manifest, struct buf *out);

/* Read into one that is all zero.  STATUS_BAD: it is none, or damaged; STATUS_FULL: no memory. */
enum status backup_manifest_read(struct backup_manifest *manifest, struct slice text) THAW_CHECK;

/* Whether a path is one that a backup may hold: nothing leads out of it. */
bool backup_manifest_path(const char *path);

#endif
