/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CHECK_LMDB_H
#define THAW_CHECK_LMDB_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "store/catalog.h"

#include <stddef.h>

/*
 * The catalog of a directory, read into memory by a child process: its library trusts the file, and
 * dies of one that is damaged.  Only get and each may be called.
 */
struct check_lmdb {
    struct buf bytes;       /* Of each entry: sizes of key and value, 4 bytes each; both. */
    struct catalog catalog; /* Points here. */
};

/*
 * STATUS_NOT_FOUND: there is none; STATUS_BAD: it is damaged, reason says how; STATUS_IO,
 * STATUS_FULL: no process or no memory.  check_lmdb_fini() in any case.
 */
enum status check_lmdb_read(struct check_lmdb *lmdb, struct slice directory, char *reason,
                            size_t reason_size) THAW_CHECK;
void check_lmdb_fini(struct check_lmdb *lmdb);

#endif
