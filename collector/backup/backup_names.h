/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BACKUP_NAMES_H
#define THAW_BACKUP_NAMES_H

#include "backup/backup_limits.h"
#include "backup/backup_manifest.h"
#include "base/status.h"

#include <stddef.h>

/* The backups in a directory, by name: the oldest first.  All zero is an empty list. */
struct backup_names {
    char (*items)[BACKUP_NAME_SIZE];
    size_t count;
};

/* STATUS_FULL: no memory, or too many. */
enum status backup_names(int directory, struct backup_names *names) THAW_CHECK;
void backup_names_fini(struct backup_names *names);

/* Read the manifest of one of them, or with "." of the directory itself, into one that is all zero.
 * STATUS_NOT_FOUND: it has none; STATUS_BAD: it is damaged. */
enum status backup_names_manifest(int directory, const char *name,
                                  struct backup_manifest *manifest) THAW_CHECK;

#endif
