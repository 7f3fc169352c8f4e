/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BACKUP_SOURCE_H
#define THAW_BACKUP_SOURCE_H

#include "backup/backup_limits.h"
#include "base/status.h"
#include "store/catalog_copy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The files of a data directory as they are at one moment, held open: what retention removes
 * afterwards is still there.  What is not whole (a sealed file or a view that is being written) is
 * not taken: there is something else that has the same.
 */
struct backup_source_file {
    char path[BACKUP_PATH_SIZE];
    int file;
    bool fixed; /* It never changes. */
};

struct backup_source {
    int data; /* The directory. */
    struct catalog_copy *catalog;
    unsigned char store[16];
    struct backup_source_file *files;
    size_t count;
    /* Where it failed, for people. */
    char failed[BACKUP_PATH_SIZE];
};

/* Look at a data directory. */
enum status backup_source_open(struct backup_source *source, const char *data, char *error,
                               size_t error_size) THAW_CHECK;
void backup_source_close(struct backup_source *source); /* Also after a failed open. */

/* Write the catalog to an open file, and open the files that go with it. */
enum status backup_source_take(struct backup_source *source, int catalog) THAW_CHECK;

/* Whether a file that never changes is the same as another of which the size is the same. */
bool backup_source_same(const struct backup_source_file *file, int other);

#endif
