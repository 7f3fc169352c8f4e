/* SPDX-License-Identifier: Apache-2.0 */
#include "store/catalog_copy.h"

#include <lmdb.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct catalog_copy {
    MDB_env *env;
};

enum status catalog_copy_open(struct catalog_copy **copy, struct slice directory, char *error,
                              size_t error_size)
{
    char path[PATH_MAX];
    struct catalog_copy *made = calloc(1, sizeof(*made));
    (void)snprintf(path, sizeof(path), SLICE_FMT "/catalog.lmdb", SLICE_ARG(directory));
    int code = made != NULL ? mdb_env_create(&made->env) : ENOMEM;
    if (code != 0) {
        (void)snprintf(error, error_size, "out of memory");
        free(made);
        return STATUS_FULL;
    }
    code = mdb_env_open(made->env, path, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOTLS, 0600);
    if (code != 0) {
        (void)snprintf(error, error_size, "%s cannot be opened: %s", path, mdb_strerror(code));
        mdb_env_close(made->env);
        free(made);
        return code == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
    }
    *copy = made;
    return STATUS_OK;
}

void catalog_copy_close(struct catalog_copy *copy)
{
    if (copy != NULL) {
        mdb_env_close(copy->env);
        free(copy);
    }
}

uint64_t catalog_copy_change(const struct catalog_copy *copy)
{
    MDB_envinfo info;
    return mdb_env_info(copy->env, &info) == 0 ? info.me_last_txnid : 0;
}

enum status catalog_copy_write(const struct catalog_copy *copy, int file)
{
    int code = mdb_env_copyfd2(copy->env, file, MDB_CP_COMPACT);
    if (code == 0) {
        return STATUS_OK;
    }
    errno = code > 0 ? code : EIO;
    return code == ENOSPC || code == EDQUOT || code == EFBIG || code == ENOMEM ? STATUS_FULL
                                                                               : STATUS_IO;
}

enum status catalog_copy_store(const struct catalog_copy *copy, unsigned char store[16])
{
    char name[] = "store";
    MDB_val key = {.mv_size = strlen(name), .mv_data = name};
    MDB_val value;
    MDB_txn *txn;
    MDB_dbi table;
    if (mdb_txn_begin(copy->env, NULL, MDB_RDONLY, &txn) != 0) {
        return STATUS_IO;
    }
    int code = mdb_dbi_open(txn, NULL, 0, &table);
    if (code == 0) {
        code = mdb_get(txn, table, &key, &value);
    }
    if (code == 0 && value.mv_size == 16) {
        memcpy(store, value.mv_data, 16);
    } else if (code == 0) {
        code = MDB_BAD_VALSIZE;
    }
    mdb_txn_abort(txn);
    return code == 0 ? STATUS_OK : (code == MDB_NOTFOUND ? STATUS_NOT_FOUND : STATUS_BAD);
}
