/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_CATALOG_H
#define THAW_STORE_CATALOG_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>

/*
 * The catalog keeps small values by name: the store's identity, the list of segments, and primary
 * state, which cannot be derived from the log.  Every change is durable when it returns.  Any
 * thread.
 *
 * A struct of functions, so that simulations can stand in for LMDB.
 *
 * Keys:
 *   store            16 bytes: the identity
 *   secret           16 bytes: the key of all hashes
 *   first            u32: segments below this number are gone, whatever the directory says
 *   segment/<id>     name of the segment's directory
 *   skip/<id>/<at>   reason: a frame that recovery passes over
 *   state/<key>      primary state
 */
struct catalog {
    void *self;
    /* STATUS_NOT_FOUND, STATUS_FULL (map, disk or arena), STATUS_IO.  The value is in the arena. */
    enum status (*get)(void *self, struct slice key, struct arena *arena, struct slice *value);
    enum status (*put)(void *self, struct slice key, struct slice value);
    enum status (*remove)(void *self, struct slice key); /* OK also if there is none. */
    /* Calls visit for every key that starts so, in order; the slices live until it returns. */
    enum status (*each)(void *self, struct slice prefix,
                        void (*visit)(void *context, struct slice key, struct slice value),
                        void *context);
};

/* Open DIR/catalog.lmdb; the one file that knows LMDB. */
enum status catalog_lmdb_open(struct catalog *catalog, struct slice directory, char *error,
                              size_t error_size) THAW_CHECK;
void catalog_lmdb_close(struct catalog *catalog);

/*
 * Call visit with each entry of DIR/catalog.lmdb, which nobody has open, without touching it or its
 * lock.  LMDB trusts the file: one that is damaged may end the process.  STATUS_NOT_FOUND: there is
 * none.
 */
enum status catalog_lmdb_visit(struct slice directory,
                               void (*visit)(void *context, struct slice key, struct slice value),
                               void *context) THAW_CHECK;

#endif
