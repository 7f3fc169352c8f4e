/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/backup.h"

#include "backup/backup_file.h"
#include "backup/backup_manifest.h"
#include "backup/backup_names.h"
#include "backup/backup_source.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A backup while it is being made. */
#define BACKUP_PART ".part"

struct making {
    const struct backup_options *options;
    struct backup_done *done;
    int into, lock, part;
    struct backup_source source;
    struct backup_names names; /* Of the backups that there are. */
    struct backup_manifest before, manifest;
    char *error;
    size_t error_size;
};

static enum status making_failed(struct making *making, const char *what, enum status status)
{
    int cause = errno;
    (void)snprintf(making->error, making->error_size, "%s: %s", what,
                   status == STATUS_BAD ? "it has become shorter" : strerror(cause));
    return status;
}

/* ---- The directory of backups. ---- */

/* Backups inside of what is backed up would grow with each of them. */
static bool making_is_inside(const struct backup_options *options)
{
    char data[PATH_MAX];
    char into[PATH_MAX];
    if (realpath(options->data, data) == NULL || realpath(options->into, into) == NULL) {
        return false;
    }
    size_t size = strlen(data);
    return strncmp(data, into, size) == 0 && (into[size] == '/' || into[size] == '\0');
}

static enum status making_open_into(struct making *making)
{
    const char *path = making->options->into;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return making_failed(making, path, backup_file_status(errno));
    }
    if (making_is_inside(making->options)) {
        (void)snprintf(making->error, making->error_size, "%s is in the data directory", path);
        return STATUS_DENIED;
    }
    making->into = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (making->into >= 0) {
        making->lock = openat(making->into, ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    if (making->into < 0 || making->lock < 0) {
        return making_failed(making, path, backup_file_status(errno));
    }
    if (flock(making->lock, LOCK_EX | LOCK_NB) != 0) {
        (void)snprintf(making->error, making->error_size, "%s: another backup is being made", path);
        return STATUS_EXISTS;
    }
    /* What one that was ended has left. */
    enum status status = backup_file_remove(making->into, BACKUP_PART);
    if (status == STATUS_OK) {
        status = backup_names(making->into, &making->names);
    }
    return status == STATUS_OK ? status : making_failed(making, path, status);
}

/* Take what the newest backup says of its files; one that is damaged is passed over. */
static enum status making_read_before(struct making *making)
{
    for (size_t i = making->names.count; i > 0; i--) {
        enum status status =
            backup_names_manifest(making->into, making->names.items[i - 1], &making->before);
        if (status == STATUS_FULL) {
            return making_failed(making, making->names.items[i - 1], status);
        }
        if (status != STATUS_OK) {
            backup_manifest_fini(&making->before);
            continue;
        }
        if (memcmp(making->before.store, making->source.store, sizeof(making->before.store)) != 0) {
            (void)snprintf(making->error, making->error_size,
                           "%s has backups of another store: give this one a directory of its own",
                           making->options->into);
            return STATUS_DENIED;
        }
        (void)snprintf(making->done->name, sizeof(making->done->name), "%s",
                       making->names.items[i - 1]);
        return STATUS_OK;
    }
    return STATUS_OK;
}

/* ---- Files. ---- */

static enum status making_add(struct making *making, const char *path, uint64_t size, uint32_t crc)
{
    struct backup_entry entry = {.size = size, .crc = crc};
    (void)snprintf(entry.path, sizeof(entry.path), "%s", path);
    making->done->files++;
    making->done->bytes += size;
    enum status status = backup_manifest_add(&making->manifest, &entry);
    errno = ENOMEM;
    return status;
}

static enum status making_linked(struct making *making, const char *path, uint64_t size,
                                 uint32_t crc)
{
    making->done->linked_files++;
    making->done->linked_bytes += size;
    return making_add(making, path, size, crc);
}

/* Whether a file of the newest backup could be linked. */
static bool making_link_before(struct making *making, const struct backup_source_file *file,
                               const struct backup_entry *entry)
{
    char path[BACKUP_PATH_SIZE + BACKUP_NAME_SIZE];
    (void)snprintf(path, sizeof(path), "%s/%s", making->done->name, entry->path);
    int other = openat(making->into, path, O_RDONLY | O_CLOEXEC);
    if (other < 0) {
        return false;
    }
    bool linked = backup_source_same(file, other) &&
                  linkat(making->into, path, making->part, entry->path, 0) == 0;
    (void)close(other);
    return linked;
}

/* Link a file that never changes out of the data directory; it is summed up all the same. */
static enum status making_link(struct making *making, const struct backup_source_file *file,
                               uint64_t size, bool *linked)
{
    uint32_t crc;
    *linked = linkat(making->source.data, file->path, making->part, file->path, 0) == 0;
    if (!*linked) {
        return STATUS_OK; /* Another file system, or gone: it is copied. */
    }
    enum status status = backup_file_sum(file->file, size, &crc);
    return status == STATUS_OK ? making_linked(making, file->path, size, crc) : status;
}

static enum status making_file(struct making *making, const struct backup_source_file *file)
{
    const struct backup_entry *entry = backup_manifest_find(&making->before, file->path);
    struct stat about;
    uint32_t crc;
    bool linked = false;
    if (fstat(file->file, &about) != 0) {
        return backup_file_status(errno);
    }
    uint64_t size = (uint64_t)about.st_size;
    if (file->fixed && entry != NULL && entry->size == size &&
        making_link_before(making, file, entry)) {
        return making_linked(making, entry->path, entry->size, entry->crc);
    }
    if (file->fixed && making->options->link) {
        enum status status = making_link(making, file, size, &linked);
        if (status != STATUS_OK || linked) {
            return status;
        }
    }
    enum status status = backup_file_copy(file->file, size, making->part, file->path, &crc);
    return status == STATUS_OK ? making_add(making, file->path, size, crc) : status;
}

/* The directory of a segment's file, made with the first of its files. */
static enum status making_parent(struct making *making, const char *path)
{
    char directory[BACKUP_PATH_SIZE];
    (void)snprintf(directory, sizeof(directory), "%s", path);
    char *slash = strrchr(directory, '/');
    if (slash == NULL) {
        return STATUS_OK;
    }
    *slash = '\0';
    return mkdirat(making->part, directory, 0700) == 0 || errno == EEXIST
               ? STATUS_OK
               : backup_file_status(errno);
}

static enum status making_catalog(struct making *making, int *file)
{
    *file = openat(making->part, "catalog.lmdb", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (*file < 0) {
        return making_failed(making, "catalog.lmdb", backup_file_status(errno));
    }
    enum status status = backup_source_take(&making->source, *file);
    if (status != STATUS_OK) {
        return making_failed(making, making->source.failed, status);
    }
    struct stat about;
    uint32_t crc = 0;
    status = fstat(*file, &about) == 0 && fsync(*file) == 0 ? STATUS_OK : backup_file_status(errno);
    if (status == STATUS_OK) {
        status = backup_file_sum(*file, (uint64_t)about.st_size, &crc);
    }
    if (status == STATUS_OK) {
        status = making_add(making, "catalog.lmdb", (uint64_t)about.st_size, crc);
    }
    return status == STATUS_OK ? status : making_failed(making, "catalog.lmdb", status);
}

static enum status making_files(struct making *making)
{
    enum status status = STATUS_OK;
    if (mkdirat(making->part, "segments", 0700) != 0) {
        return making_failed(making, "segments", backup_file_status(errno));
    }
    for (size_t i = 0; status == STATUS_OK && i < making->source.count; i++) {
        const struct backup_source_file *file = &making->source.files[i];
        status = making_parent(making, file->path);
        if (status == STATUS_OK) {
            status = making_file(making, file);
        }
        if (status != STATUS_OK) {
            return making_failed(making, file->path, status);
        }
    }
    return status;
}

/* ---- The end. ---- */

/* Names are made durable from below. */
static enum status making_sync(struct making *making)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < making->manifest.count; i++) {
        char directory[BACKUP_PATH_SIZE];
        (void)snprintf(directory, sizeof(directory), "%s", making->manifest.entries[i].path);
        char *slash = strrchr(directory, '/');
        if (slash != NULL) {
            *slash = '\0';
            status = backup_file_sync(making->part, directory);
        }
    }
    if (status == STATUS_OK) {
        status = backup_file_sync(making->part, "segments");
    }
    return status == STATUS_OK ? backup_file_sync(making->part, ".") : status;
}

static enum status making_name(struct making *making)
{
    uint64_t now_ns = clock_wall_ns();
    time_t seconds = (time_t)(now_ns / CLOCK_NS_PER_S);
    struct tm tm;
    char when[24] = "";
    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(when, sizeof(when), "%Y%m%dT%H%M%S", &tm) == 0) {
        return STATUS_IO;
    }
    (void)snprintf(making->done->name, sizeof(making->done->name), "%s.%03uZ", when,
                   (unsigned)(now_ns / CLOCK_NS_PER_MS % 1000));
    return renameat(making->into, BACKUP_PART, making->into, making->done->name) == 0
               ? STATUS_OK
               : backup_file_status(errno);
}

static enum status making_finish(struct making *making)
{
    struct buf text;
    buf_init_growing(&text, BACKUP_MANIFEST_SIZE_MAX);
    backup_manifest_write(&making->manifest, &text);
    enum status status = buf_overflowed(&text)
                             ? STATUS_FULL
                             : backup_file_write(making->part, BACKUP_MANIFEST, buf_bytes(&text));
    buf_fini(&text);
    if (status == STATUS_OK) {
        status = making_sync(making);
    }
    if (status == STATUS_OK) {
        status = making_name(making);
    }
    if (status == STATUS_OK) {
        status = backup_file_sync(making->into, ".");
    }
    return status == STATUS_OK ? status : making_failed(making, making->options->into, status);
}

/* Remove the oldest.  The manifest first: without it a backup is none. */
static enum status making_thin_out(struct making *making)
{
    size_t count = making->names.count + 1;
    for (size_t i = 0; making->options->keep > 0 && count - i > making->options->keep; i++) {
        char path[BACKUP_NAME_SIZE + sizeof(BACKUP_MANIFEST) + 1];
        (void)snprintf(path, sizeof(path), "%s/" BACKUP_MANIFEST, making->names.items[i]);
        enum status status = backup_file_remove(making->into, path);
        if (status == STATUS_OK) {
            status = backup_file_remove(making->into, making->names.items[i]);
        }
        if (status != STATUS_OK) {
            return making_failed(making, making->names.items[i], status);
        }
        making->done->removed++;
    }
    return STATUS_OK;
}

static enum status making_run(struct making *making)
{
    int catalog = -1;
    enum status status = backup_source_open(&making->source, making->options->data, making->error,
                                            making->error_size);
    if (status == STATUS_OK) {
        status = making_open_into(making);
    }
    if (status == STATUS_OK) {
        status = making_read_before(making);
    }
    if (status != STATUS_OK) {
        return status;
    }
    making->part = backup_file_directory(making->into, BACKUP_PART, true);
    if (making->part < 0) {
        return making_failed(making, making->options->into, backup_file_status(errno));
    }
    making->manifest.made_ns = clock_wall_ns();
    memcpy(making->manifest.store, making->source.store, sizeof(making->manifest.store));
    status = making_catalog(making, &catalog);
    if (catalog >= 0) {
        (void)close(catalog);
    }
    if (status == STATUS_OK) {
        status = making_files(making);
    }
    if (status == STATUS_OK) {
        status = making_finish(making);
    }
    if (status != STATUS_OK) {
        (void)!backup_file_remove(making->into, BACKUP_PART);
    }
    return status == STATUS_OK ? making_thin_out(making) : status;
}

enum status backup_make(const struct backup_options *options, struct backup_done *done, char *error,
                        size_t error_size)
{
    struct making making = {.options = options,
                            .done = done,
                            .into = -1,
                            .lock = -1,
                            .part = -1,
                            .source = {.data = -1},
                            .error = error,
                            .error_size = error_size};
    *done = (struct backup_done){.files = 0};
    enum status status = making_run(&making);
    backup_source_close(&making.source);
    backup_manifest_fini(&making.before);
    backup_manifest_fini(&making.manifest);
    backup_names_fini(&making.names);
    const int files[] = {making.part, making.lock, making.into};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (files[i] >= 0) {
            (void)close(files[i]);
        }
    }
    return status;
}
