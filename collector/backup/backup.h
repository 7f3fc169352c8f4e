/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BACKUP_BACKUP_H
#define THAW_BACKUP_BACKUP_H

#include "base/slice.h"
#include "base/status.h"
#include "backup/backup_limits.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Backups of a data directory, made beside a collector that has it open or not.
 *
 *     INTO/20261130T084607.123Z/          one backup: a data directory, and
 *     INTO/20261130T084607.123Z/MANIFEST  its files, their sizes and checksums
 *
 * Each backup is whole by itself: any may be removed.  What an earlier one has already (sealed
 * files never change) is a hard link to it.  A backup is made under another name and gets its own
 * when all of it is durable, so that what has a name is whole.
 *
 * It is a state in which a crash could have left the directory: the catalog, then files that were
 * there as long as the catalog said so, logs at least as long as they were then.  So what was
 * acknowledged before it began is in it, once.
 *
 * One thread; one process at a time for a directory of backups.
 */
struct backup_options {
    const char *data; /* The data directory. */
    const char *into; /* Where backups are; made if missing. */
    bool link;        /* Files that never change are linked from the data directory, too. */
    uint64_t keep;    /* Remove the oldest beyond so many; 0: none. */
};

struct backup_done {
    char name[BACKUP_NAME_SIZE];
    uint64_t files, bytes;
    uint64_t linked_files, linked_bytes; /* Of these: they were there already. */
    uint64_t removed;                    /* Older backups. */
};

/* Make a backup.  Anything but STATUS_OK: error says in words what failed, and there is no new
 * backup. */
enum status backup_make(const struct backup_options *options, struct backup_done *done, char *error,
                        size_t error_size) THAW_CHECK;

/*
 * Restore a backup, or the newest in a directory of backups, into a directory that is empty or not
 * there.  Every file is compared with the manifest, and the whole is checked (check/check.h) before
 * the directory can be used: until then, and if the process dies, the file "restoring" is in it,
 * and no collector opens it.  STATUS_BAD: the backup is damaged; nothing was left in the directory.
 */
struct backup_restore {
    const char *backup;
    const char *data;
    store_decode *decode;
};
enum status backup_restore(const struct backup_restore *restore, struct backup_done *done,
                           char *error, size_t error_size) THAW_CHECK;

#endif
