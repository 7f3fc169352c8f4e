/* SPDX-License-Identifier: Apache-2.0 */
#include "store/catalog.h"

#include "base/ensure.h"
#include "base/log.h"
#include "store/store_limits.h"

#include <lmdb.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Address space, not memory nor disk: large enough never to be changed. */
#define CATALOG_MAP_SIZE (UINT64_C(16) << 30)

struct catalog_lmdb {
    MDB_env *env;
    MDB_dbi table;
};

static enum status catalog_lmdb_failed(const char *operation, int code)
{
    if (code == MDB_NOTFOUND) {
        return STATUS_NOT_FOUND;
    }
    log_error("catalog", log_string("operation", operation),
              log_string("error", mdb_strerror(code)));
    /* A full disk shows as EIO from a commit (a short write), so EIO says nothing more exact. */
    return code == MDB_MAP_FULL || code == ENOSPC ? STATUS_FULL : STATUS_IO;
}

/* LMDB's values are not const; it does not write to them. */
static MDB_val catalog_lmdb_value(struct slice slice)
{
    MDB_val value = {.mv_size = slice.size, .mv_data = NULL};
    memcpy(&value.mv_data, &slice.base, sizeof(value.mv_data));
    return value;
}

static enum status catalog_lmdb_get(void *self, struct slice key, struct arena *arena,
                                    struct slice *value)
{
    const struct catalog_lmdb *lmdb = self;
    MDB_txn *txn;
    int code = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &txn);
    if (code != 0) {
        return catalog_lmdb_failed("begin", code);
    }
    MDB_val name = catalog_lmdb_value(key);
    MDB_val found;
    enum status status = STATUS_OK;
    code = mdb_get(txn, lmdb->table, &name, &found);
    if (code != 0) {
        status = catalog_lmdb_failed("get", code);
    } else if (found.mv_size == 0) {
        *value = SLICE_EMPTY;
    } else {
        *value = arena_dup(arena, slice_of(found.mv_data, found.mv_size));
        status = value->size == found.mv_size ? STATUS_OK : STATUS_FULL;
    }
    mdb_txn_abort(txn);
    return status;
}

/* Put when value is there, else remove. */
static enum status catalog_lmdb_change(struct catalog_lmdb *lmdb, struct slice key,
                                       const struct slice *value)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(lmdb->env, NULL, 0, &txn);
    if (code != 0) {
        return catalog_lmdb_failed("begin", code);
    }
    MDB_val name = catalog_lmdb_value(key);
    if (value != NULL) {
        MDB_val content = catalog_lmdb_value(*value);
        code = mdb_put(txn, lmdb->table, &name, &content, 0);
    } else {
        code = mdb_del(txn, lmdb->table, &name, NULL);
        if (code == MDB_NOTFOUND) {
            mdb_txn_abort(txn);
            return STATUS_OK;
        }
    }
    if (code != 0) {
        mdb_txn_abort(txn);
        return catalog_lmdb_failed("change", code);
    }
    code = mdb_txn_commit(txn);
    return code == 0 ? STATUS_OK : catalog_lmdb_failed("commit", code);
}

static enum status catalog_lmdb_put(void *self, struct slice key, struct slice value)
{
    return catalog_lmdb_change(self, key, &value);
}

static enum status catalog_lmdb_remove(void *self, struct slice key)
{
    return catalog_lmdb_change(self, key, NULL);
}

static enum status
catalog_lmdb_each(void *self, struct slice prefix,
                  void (*visit)(void *context, struct slice key, struct slice value), void *context)
{
    const struct catalog_lmdb *lmdb = self;
    MDB_txn *txn;
    int code = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &txn);
    if (code != 0) {
        return catalog_lmdb_failed("begin", code);
    }
    MDB_cursor *cursor;
    code = mdb_cursor_open(txn, lmdb->table, &cursor);
    if (code != 0) {
        mdb_txn_abort(txn);
        return catalog_lmdb_failed("cursor", code);
    }
    MDB_val key = catalog_lmdb_value(prefix);
    MDB_val value;
    /* A key is not empty. */
    for (code = mdb_cursor_get(cursor, &key, &value, prefix.size > 0 ? MDB_SET_RANGE : MDB_FIRST);
         code == 0 && slice_starts(slice_of(key.mv_data, key.mv_size), prefix);
         code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        visit(context, slice_of(key.mv_data, key.mv_size), slice_of(value.mv_data, value.mv_size));
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return code == 0 || code == MDB_NOTFOUND ? STATUS_OK : catalog_lmdb_failed("walk", code);
}

/* Open the table, making it when the file is new. */
static int catalog_lmdb_open_table(struct catalog_lmdb *lmdb)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(lmdb->env, NULL, 0, &txn);
    if (code != 0) {
        return code;
    }
    code = mdb_dbi_open(txn, NULL, 0, &lmdb->table);
    if (code != 0) {
        mdb_txn_abort(txn);
        return code;
    }
    return mdb_txn_commit(txn);
}

/*
 * Sync mode: a commit that returned is on the disk.  No WRITEMAP, which dies of SIGBUS on a full
 * disk.  NOTLS, because readers are short and come from many threads.
 */
static int catalog_lmdb_open_env(struct catalog_lmdb *lmdb, const char *path)
{
    int code = mdb_env_create(&lmdb->env);
    if (code != 0) {
        return code;
    }
    code = mdb_env_set_mapsize(lmdb->env, CATALOG_MAP_SIZE);
    if (code == 0) {
        code = mdb_env_open(lmdb->env, path, MDB_NOSUBDIR | MDB_NOTLS, 0600);
    }
    if (code == 0) {
        /* Readers of a process that was killed would pin pages for ever. */
        int dead = 0;
        code = mdb_reader_check(lmdb->env, &dead);
    }
    if (code == 0) {
        code = catalog_lmdb_open_table(lmdb);
    }
    if (code != 0) {
        mdb_env_close(lmdb->env);
    }
    return code;
}

enum status catalog_lmdb_open(struct catalog *catalog, struct slice directory, char *error,
                              size_t error_size)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), SLICE_FMT "/catalog.lmdb", SLICE_ARG(directory));
    struct catalog_lmdb *lmdb = calloc(1, sizeof(*lmdb));
    if (lmdb == NULL) {
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    int code = catalog_lmdb_open_env(lmdb, path);
    if (code != 0) {
        (void)snprintf(
            error, error_size,
            "%s cannot be opened: %s; telemetry is not in it: moved away, it is made anew, "
            "without the state of alerts",
            path, mdb_strerror(code));
        free(lmdb);
        return code == ENOSPC ? STATUS_FULL : STATUS_IO;
    }
    *catalog = (struct catalog){
        .self = lmdb,
        .get = catalog_lmdb_get,
        .put = catalog_lmdb_put,
        .remove = catalog_lmdb_remove,
        .each = catalog_lmdb_each,
    };
    return STATUS_OK;
}

void catalog_lmdb_close(struct catalog *catalog)
{
    struct catalog_lmdb *lmdb = catalog->self;
    ENSURE(lmdb != NULL);
    mdb_env_close(lmdb->env);
    free(lmdb);
    catalog->self = NULL;
}

enum status catalog_lmdb_visit(struct slice directory,
                               void (*visit)(void *context, struct slice key, struct slice value),
                               void *context)
{
    char path[PATH_MAX];
    struct catalog_lmdb lmdb = {.env = NULL};
    MDB_txn *txn = NULL;
    (void)snprintf(path, sizeof(path), SLICE_FMT "/catalog.lmdb", SLICE_ARG(directory));
    int code = mdb_env_create(&lmdb.env);
    if (code != 0) {
        return STATUS_FULL;
    }
    code = mdb_env_open(lmdb.env, path, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0600);
    if (code == 0) {
        code = mdb_txn_begin(lmdb.env, NULL, MDB_RDONLY, &txn);
    }
    if (code == 0) {
        code = mdb_dbi_open(txn, NULL, 0, &lmdb.table);
        mdb_txn_abort(txn);
    }
    enum status status = code == ENOENT ? STATUS_NOT_FOUND : (code == 0 ? STATUS_OK : STATUS_BAD);
    if (status == STATUS_OK) {
        status = catalog_lmdb_each(&lmdb, SLICE(""), visit, context);
    }
    mdb_env_close(lmdb.env);
    return status;
}
