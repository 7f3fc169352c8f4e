/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/backup.h"

#include "backup/backup_file.h"
#include "backup/backup_manifest.h"
#include "backup/backup_names.h"
#include "check/check.h"
#include "store/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct restoring {
    const struct backup_restore *restore;
    struct backup_done *done;
    int from, data;
    struct backup_names names;
    struct backup_manifest manifest;
    char *error;
    size_t error_size;
};

static enum status restoring_failed(struct restoring *restoring, const char *what,
                                    enum status status)
{
    int cause = errno;
    (void)snprintf(restoring->error, restoring->error_size, "%s: %s", what, strerror(cause));
    return status;
}

static enum status restoring_damaged(struct restoring *restoring, const char *what,
                                     const char *path)
{
    (void)snprintf(restoring->error, restoring->error_size, "the backup is damaged: %s %s", path,
                   what);
    return STATUS_BAD;
}

/* ---- Which backup. ---- */

/* Read a manifest; *found says whether this is a backup at all. */
static enum status restoring_manifest(struct restoring *restoring, const char *name, bool *found)
{
    enum status status = backup_names_manifest(restoring->from, name, &restoring->manifest);
    *found = status != STATUS_NOT_FOUND;
    if (status == STATUS_BAD) {
        return restoring_damaged(restoring, "does not have its checksum", BACKUP_MANIFEST);
    }
    return status == STATUS_OK || status == STATUS_NOT_FOUND
               ? STATUS_OK
               : restoring_failed(restoring, BACKUP_MANIFEST, status);
}

/* The directory itself, or the newest in it. */
static enum status restoring_find(struct restoring *restoring)
{
    const char *path = restoring->restore->backup;
    bool found = false;
    restoring->from = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (restoring->from < 0) {
        return restoring_failed(restoring, path, backup_file_status(errno));
    }
    enum status status = restoring_manifest(restoring, ".", &found);
    if (status != STATUS_OK || found) {
        return status;
    }
    status = backup_names(restoring->from, &restoring->names);
    if (status != STATUS_OK) {
        return restoring_failed(restoring, path, status);
    }
    for (size_t i = restoring->names.count; i > 0 && status == STATUS_OK && !found; i--) {
        const char *name = restoring->names.items[i - 1];
        status = restoring_manifest(restoring, name, &found);
        if (status != STATUS_OK || !found) {
            continue;
        }
        (void)snprintf(restoring->done->name, sizeof(restoring->done->name), "%s", name);
        int newest = backup_file_directory(restoring->from, name, false);
        if (newest < 0) {
            return restoring_failed(restoring, name, backup_file_status(errno));
        }
        (void)close(restoring->from);
        restoring->from = newest;
    }
    if (status == STATUS_OK && !found) {
        (void)snprintf(restoring->error, restoring->error_size, "%s is no backup and has none",
                       path);
        return STATUS_NOT_FOUND;
    }
    return status;
}

/* ---- The place. ---- */

static void restoring_see(void *context, const char *name)
{
    bool *empty = context;
    *empty = *empty && strcmp(name, "lost+found") == 0;
}

static enum status restoring_open(struct restoring *restoring)
{
    const char *path = restoring->restore->data;
    bool empty = true;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return restoring_failed(restoring, path, backup_file_status(errno));
    }
    restoring->data = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum status status = restoring->data >= 0 ? STATUS_OK : backup_file_status(errno);
    if (status == STATUS_OK) {
        status = backup_file_list(restoring->data, ".", restoring_see, &empty);
    }
    if (status != STATUS_OK) {
        return restoring_failed(restoring, path, status);
    }
    if (!empty) {
        (void)snprintf(restoring->error, restoring->error_size,
                       "%s is not empty: nothing is restored over it", path);
        return STATUS_EXISTS;
    }
    status = backup_file_write(restoring->data, DISK_RESTORING,
                               SLICE("A restore into this directory was not finished.\n"));
    if (status == STATUS_OK) {
        status = backup_file_sync(restoring->data, ".");
    }
    return status == STATUS_OK ? status : restoring_failed(restoring, path, status);
}

/* ---- Files. ---- */

static enum status restoring_parent(struct restoring *restoring, const char *path, bool sync)
{
    char directory[BACKUP_PATH_SIZE];
    (void)snprintf(directory, sizeof(directory), "%s", path);
    char *slash = strrchr(directory, '/');
    if (slash == NULL) {
        return STATUS_OK;
    }
    *slash = '\0';
    if (sync) {
        return backup_file_sync(restoring->data, directory);
    }
    return mkdirat(restoring->data, directory, 0700) == 0 || errno == EEXIST
               ? STATUS_OK
               : backup_file_status(errno);
}

static enum status restoring_file(struct restoring *restoring, const struct backup_entry *entry)
{
    struct stat about;
    uint32_t crc = 0;
    int from = openat(restoring->from, entry->path, O_RDONLY | O_CLOEXEC);
    if (from < 0 && errno == ENOENT) {
        return restoring_damaged(restoring, "is missing", entry->path);
    }
    enum status status =
        from >= 0 && fstat(from, &about) == 0 ? STATUS_OK : backup_file_status(errno);
    bool same = status == STATUS_OK && (uint64_t)about.st_size == entry->size;
    if (status == STATUS_OK && same) {
        status = restoring_parent(restoring, entry->path, false);
        if (status == STATUS_OK) {
            status = backup_file_copy(from, entry->size, restoring->data, entry->path, &crc);
        }
    }
    int cause = errno;
    if (from >= 0) {
        (void)close(from);
    }
    errno = cause;
    if (status == STATUS_BAD || (status == STATUS_OK && !same)) {
        return restoring_damaged(restoring, "does not have its size", entry->path);
    }
    if (status == STATUS_OK && crc != entry->crc) {
        return restoring_damaged(restoring, "does not have its checksum", entry->path);
    }
    restoring->done->files++;
    restoring->done->bytes += entry->size;
    return status == STATUS_OK ? status : restoring_failed(restoring, entry->path, status);
}

static enum status restoring_files(struct restoring *restoring)
{
    const struct backup_manifest *manifest = &restoring->manifest;
    if (mkdirat(restoring->data, "segments", 0700) != 0) {
        return restoring_failed(restoring, "segments", backup_file_status(errno));
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < manifest->count; i++) {
        status = restoring_file(restoring, &manifest->entries[i]);
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; status == STATUS_OK && i < manifest->count; i++) {
        status = restoring_parent(restoring, manifest->entries[i].path, true);
    }
    if (status == STATUS_OK) {
        status = backup_file_sync(restoring->data, "segments");
    }
    return status == STATUS_OK ? status
                               : restoring_failed(restoring, restoring->restore->data, status);
}

/* ---- The end. ---- */

static enum status restoring_check(struct restoring *restoring)
{
    const struct check_directory directory = {
        .path = slice_from(restoring->restore->data),
        .decode = restoring->restore->decode,
        .quiet = true,
        .restoring = true,
    };
    switch (check_directory(&directory)) {
    case CHECK_GOOD:
        return STATUS_OK;
    case CHECK_DAMAGED:
        (void)snprintf(restoring->error, restoring->error_size,
                       "what was backed up is damaged: its files are as they were then");
        return STATUS_BAD;
    case CHECK_CANNOT_READ:
        break;
    }
    (void)snprintf(restoring->error, restoring->error_size, "what was restored cannot be read");
    return STATUS_IO;
}

static enum status restoring_finish(struct restoring *restoring)
{
    enum status status = unlinkat(restoring->data, DISK_RESTORING, 0) == 0
                             ? backup_file_sync(restoring->data, ".")
                             : backup_file_status(errno);
    return status == STATUS_OK ? status
                               : restoring_failed(restoring, restoring->restore->data, status);
}

/* Leave the directory as it was.  What says that it is not finished goes last. */
static void restoring_undo(struct restoring *restoring)
{
    enum status status = backup_file_remove(restoring->data, "segments");
    for (size_t i = 0; i < restoring->manifest.count && status == STATUS_OK; i++) {
        const char *path = restoring->manifest.entries[i].path;
        status = strchr(path, '/') == NULL ? backup_file_remove(restoring->data, path) : STATUS_OK;
    }
    if (status == STATUS_OK) {
        (void)unlinkat(restoring->data, DISK_RESTORING, 0);
    }
}

enum status backup_restore(const struct backup_restore *restore, struct backup_done *done,
                           char *error, size_t error_size)
{
    struct restoring restoring = {.restore = restore,
                                  .done = done,
                                  .from = -1,
                                  .data = -1,
                                  .error = error,
                                  .error_size = error_size};
    *done = (struct backup_done){.files = 0};
    enum status status = restoring_find(&restoring);
    if (status == STATUS_OK) {
        status = restoring_open(&restoring);
        if (status == STATUS_OK) {
            status = restoring_files(&restoring);
            if (status == STATUS_OK) {
                status = restoring_check(&restoring);
            }
            if (status == STATUS_OK) {
                status = restoring_finish(&restoring);
            }
            if (status != STATUS_OK) {
                restoring_undo(&restoring);
            }
        }
    }
    backup_names_fini(&restoring.names);
    backup_manifest_fini(&restoring.manifest);
    if (restoring.from >= 0) {
        (void)close(restoring.from);
    }
    if (restoring.data >= 0) {
        (void)close(restoring.data);
    }
    return status;
}
