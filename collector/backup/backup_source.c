/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/backup_source.h"

#include "backup/backup_file.h"
#include "store/saved.h"
#include "store/sealed_format.h"
#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Whether files are whole. ---- */

static bool source_read(int file, uint64_t offset, unsigned char *bytes, size_t size)
{
    return pread(file, bytes, size, (off_t)offset) == (ssize_t)size;
}

static uint64_t source_size(int file)
{
    struct stat about;
    return fstat(file, &about) == 0 && about.st_size > 0 ? (uint64_t)about.st_size : 0;
}

static bool source_sealed_whole(int file)
{
    unsigned char bytes[SEALED_FOOT_SIZE];
    struct sealed_head head;
    struct sealed_foot foot;
    uint64_t size = source_size(file);
    return size >= SEALED_HEAD_SIZE + SEALED_FOOT_SIZE &&
           source_read(file, 0, bytes, SEALED_HEAD_SIZE) &&
           sealed_head_read(slice_of(bytes, SEALED_HEAD_SIZE), &head) == STATUS_OK &&
           source_read(file, size - SEALED_FOOT_SIZE, bytes, SEALED_FOOT_SIZE) &&
           sealed_foot_read(slice_of(bytes, SEALED_FOOT_SIZE), size, &foot) == STATUS_OK;
}

static bool source_view_whole(int file)
{
    unsigned char bytes[SAVED_HEAD_SIZE];
    struct saved_head head;
    return source_read(file, 0, bytes, sizeof(bytes)) &&
           saved_head_read(slice_of(bytes, sizeof(bytes)), &head) == STATUS_OK &&
           source_size(file) == SAVED_HEAD_SIZE + head.size;
}

/* The checksums of all of a sealed file hang from its foot, those of a view from its head. */
bool backup_source_same(const struct backup_source_file *file, int other)
{
    unsigned char mine[SEALED_FOOT_SIZE];
    unsigned char theirs[SEALED_FOOT_SIZE];
    uint64_t size = source_size(file->file);
    bool sealed = slice_ends(slice_from(file->path), SLICE("/sealed"));
    size_t front = sealed ? SEALED_HEAD_SIZE : SAVED_HEAD_SIZE;
    size_t back = sealed ? SEALED_FOOT_SIZE : 0;
    return file->fixed && size >= front + back && source_size(other) == size &&
           source_read(file->file, 0, mine, front) && source_read(other, 0, theirs, front) &&
           memcmp(mine, theirs, front) == 0 && source_read(file->file, size - back, mine, back) &&
           source_read(other, size - back, theirs, back) && memcmp(mine, theirs, back) == 0;
}

/* ---- Opening what there is. ---- */

struct source_walk {
    struct backup_source *source;
    enum status status;
    bool segments; /* The names are of segments. */
};

static void source_fail(struct source_walk *walk, enum status status, const char *path)
{
    if (walk->status == STATUS_OK) {
        walk->status = status;
        (void)snprintf(walk->source->failed, sizeof(walk->source->failed), "%s", path);
    }
}

/* Open a file; false if it is not there. */
static bool source_add(struct source_walk *walk, const char *path, bool fixed)
{
    struct backup_source *source = walk->source;
    int file = openat(source->data, path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        if (errno != ENOENT) {
            source_fail(walk, backup_file_status(errno), path);
        }
        return false;
    }
    struct backup_source_file *files =
        source->count < BACKUP_FILE_COUNT_MAX
            ? realloc(source->files, (source->count + 1) * sizeof(files[0]))
            : NULL;
    if (files == NULL) {
        (void)close(file);
        source_fail(walk, STATUS_FULL, path);
        return false;
    }
    source->files = files;
    struct backup_source_file *added = &source->files[source->count++];
    *added = (struct backup_source_file){.file = file, .fixed = fixed};
    (void)snprintf(added->path, sizeof(added->path), "%s", path);
    return true;
}

static void source_take_back(struct backup_source *source)
{
    (void)close(source->files[--source->count].file);
}

static void source_visit_view(void *context, const char *name)
{
    struct source_walk *walk = context;
    struct backup_source *source = walk->source;
    struct frame_ref place;
    if (saved_name_parse(name, &place) && source_add(walk, name, true) &&
        !source_view_whole(source->files[source->count - 1].file)) {
        source_take_back(source);
    }
}

static void source_visit_segment(void *context, const char *name)
{
    struct source_walk *walk = context;
    struct backup_source *source = walk->source;
    char directory[STORE_PATH_SIZE];
    char path[STORE_PATH_SIZE];
    uint32_t number;
    if (!segment_name_parse(name, &number)) {
        return;
    }
    /* The log first: it goes only when what is sealed is there. */
    segment_paths(name, directory, path);
    (void)source_add(walk, path, false);
    segment_sealed_path(name, path);
    if (source_add(walk, path, true) &&
        !source_sealed_whole(source->files[source->count - 1].file)) {
        source_take_back(source);
    }
}

static void source_drop(struct backup_source *source)
{
    while (source->count > 0) {
        source_take_back(source);
    }
}

/* Views before logs: a log has at least what a view has seen. */
static enum status source_open_files(struct backup_source *source)
{
    struct source_walk walk = {.source = source};
    (void)snprintf(source->failed, sizeof(source->failed), ".");
    enum status status = backup_file_list(source->data, ".", source_visit_view, &walk);
    if (status == STATUS_OK && walk.status == STATUS_OK) {
        (void)snprintf(source->failed, sizeof(source->failed), "segments");
        status = backup_file_list(source->data, "segments", source_visit_segment, &walk);
    }
    return status != STATUS_OK ? status : walk.status;
}

enum status backup_source_open(struct backup_source *source, const char *data, char *error,
                               size_t error_size)
{
    *source = (struct backup_source){.data = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (source->data < 0) {
        int cause = errno;
        (void)snprintf(error, error_size, "%s cannot be opened: %s", data, strerror(cause));
        return backup_file_status(cause);
    }
    enum status status = catalog_copy_open(&source->catalog, slice_from(data), error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    status = catalog_copy_store(source->catalog, source->store);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "%s/catalog.lmdb has no identity", data);
    }
    return status;
}

void backup_source_close(struct backup_source *source)
{
    source_drop(source);
    free(source->files);
    catalog_copy_close(source->catalog);
    if (source->data >= 0) {
        (void)close(source->data);
    }
    *source = (struct backup_source){.data = -1};
}

enum status backup_source_take(struct backup_source *source, int catalog)
{
    for (unsigned tries = 0; tries < BACKUP_SNAPSHOT_TRIES; tries++) {
        uint64_t before = catalog_copy_change(source->catalog);
        (void)snprintf(source->failed, sizeof(source->failed), "catalog.lmdb");
        if (ftruncate(catalog, 0) != 0 || lseek(catalog, 0, SEEK_SET) != 0) {
            return backup_file_status(errno);
        }
        enum status status = catalog_copy_write(source->catalog, catalog);
        if (status == STATUS_OK) {
            status = source_open_files(source);
        }
        if (status != STATUS_OK) {
            return status;
        }
        if (catalog_copy_change(source->catalog) == before) {
            return STATUS_OK;
        }
        source_drop(source);
    }
    (void)snprintf(source->failed, sizeof(source->failed), "catalog.lmdb");
    errno = EBUSY;
    return STATUS_AGAIN;
}
