/* SPDX-License-Identifier: Apache-2.0 */
#include "store/disk.h"

#include "base/ensure.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct disk_posix {
    int directory; /* The data directory: all paths are relative to it. */
    int lock;      /* The locked file, or -1. */
    bool reading;  /* Nothing is changed. */
};

static enum status disk_posix_status(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return STATUS_FULL;
    case ENOENT:
        return STATUS_NOT_FOUND;
    case EEXIST:
        return STATUS_EXISTS;
    default:
        return STATUS_IO;
    }
}

/* The one place where a failed system call of the store is logged. */
static enum status disk_posix_failed(const char *operation, const char *path, int error)
{
    enum status status = disk_posix_status(error);
    if (status != STATUS_EXISTS && status != STATUS_NOT_FOUND) {
        log_error("disk", log_string("operation", operation), log_string("path", path),
                  log_errno(error));
    }
    return status;
}

static enum status disk_posix_open_file(void *self, const char *path, bool create, int *file)
{
    const struct disk_posix *posix = self;
    int flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0);
    if (posix->reading) {
        flags = O_RDONLY | O_CLOEXEC; /* What is not there is not made. */
    }
    int descriptor = openat(posix->directory, path, flags, 0600);
    if (descriptor < 0) {
        return disk_posix_failed("open", path, errno);
    }
    *file = descriptor;
    return STATUS_OK;
}

static void disk_posix_close_file(void *self, int file)
{
    (void)self;
    /* What had to be durable was synced before; a failing close tells nothing more. */
    (void)close(file);
}

static enum status disk_posix_read(void *self, int file, uint64_t offset, void *memory, size_t size,
                                   size_t *got)
{
    (void)self;
    unsigned char *next = memory;
    size_t done = 0;
    while (done < size) {
        ssize_t answer = pread(file, next + done, size - done, (off_t)(offset + done));
        if (answer < 0 && errno == EINTR) {
            continue;
        }
        if (answer < 0) {
            return disk_posix_failed("read", "", errno);
        }
        if (answer == 0) {
            break;
        }
        done += (size_t)answer;
    }
    *got = done;
    return STATUS_OK;
}

static enum status disk_posix_write(void *self, int file, uint64_t offset, struct slice bytes,
                                    size_t *put)
{
    (void)self;
    ssize_t answer;
    do {
        answer = pwrite(file, bytes.base, bytes.size, (off_t)offset);
    } while (answer < 0 && errno == EINTR);
    if (answer < 0) {
        return disk_posix_failed("write", "", errno);
    }
    if (answer == 0) {
        return disk_posix_failed("write", "", ENOSPC);
    }
    *put = (size_t)answer;
    return STATUS_OK;
}

static enum status disk_posix_sync(void *self, int file)
{
    (void)self;
    /* Not retried, EINTR included: after a failure the kernel may have forgotten the pages. */
    return fdatasync(file) == 0 ? STATUS_OK : disk_posix_failed("sync", "", errno);
}

static enum status disk_posix_truncate(void *self, int file, uint64_t size)
{
    (void)self;
    return ftruncate(file, (off_t)size) == 0 ? STATUS_OK : disk_posix_failed("truncate", "", errno);
}

static enum status disk_posix_size(void *self, int file, uint64_t *size)
{
    (void)self;
    struct stat answer;
    if (fstat(file, &answer) != 0) {
        return disk_posix_failed("stat", "", errno);
    }
    *size = (uint64_t)answer.st_size;
    return STATUS_OK;
}

static enum status disk_posix_make_directory(void *self, const char *path)
{
    const struct disk_posix *posix = self;
    return mkdirat(posix->directory, path, 0700) == 0 ? STATUS_OK
                                                      : disk_posix_failed("mkdir", path, errno);
}

static enum status disk_posix_sync_directory(void *self, const char *path)
{
    const struct disk_posix *posix = self;
    int directory = openat(posix->directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        return disk_posix_failed("open", path, errno);
    }
    enum status status = STATUS_OK;
    if (fsync(directory) != 0) {
        status = disk_posix_failed("sync", path, errno);
    }
    (void)close(directory);
    return status;
}

static enum status disk_posix_list(void *self, const char *path,
                                   void (*visit)(void *context, const char *name), void *context)
{
    const struct disk_posix *posix = self;
    int descriptor = openat(posix->directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return disk_posix_failed("open", path, errno);
    }
    DIR *directory = fdopendir(descriptor);
    if (directory == NULL) {
        int error = errno;
        (void)close(descriptor);
        return disk_posix_failed("list", path, error);
    }
    enum status status = STATUS_OK;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL) {
            if (errno != 0) {
                status = disk_posix_failed("list", path, errno);
            }
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            visit(context, entry->d_name);
        }
    }
    (void)closedir(directory);
    return status;
}

static enum status disk_posix_remove_file(void *self, const char *path)
{
    const struct disk_posix *posix = self;
    return unlinkat(posix->directory, path, 0) == 0 ? STATUS_OK
                                                    : disk_posix_failed("unlink", path, errno);
}

static enum status disk_posix_remove_directory(void *self, const char *path)
{
    const struct disk_posix *posix = self;
    return unlinkat(posix->directory, path, AT_REMOVEDIR) == 0
               ? STATUS_OK
               : disk_posix_failed("rmdir", path, errno);
}

static enum status disk_posix_free_bytes(void *self, uint64_t *bytes)
{
    const struct disk_posix *posix = self;
    struct statvfs answer;
    if (fstatvfs(posix->directory, &answer) != 0) {
        return disk_posix_failed("statvfs", "", errno);
    }
    *bytes = (uint64_t)answer.f_bavail * (uint64_t)answer.f_frsize;
    return STATUS_OK;
}

/* Make the entry of a path in the directory above it durable. */
static int disk_posix_sync_parent(const char *path)
{
    char parent[PATH_MAX + 4];
    (void)snprintf(parent, sizeof(parent), "%s/..", path);
    int directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        return errno;
    }
    int error = fsync(directory) == 0 ? 0 : errno;
    (void)close(directory);
    return error;
}

/* Make the directory and those above it. */
static int disk_posix_make_path(const char *path)
{
    char part[PATH_MAX];
    size_t size = strlen(path);
    for (size_t i = 1; i <= size; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        bool last = path[i] == '\0';
        bool made = mkdir(part, 0700) == 0;
        if (!made && errno != EEXIST) {
            return errno;
        }
        /* The last one also when it is there: who made it may have died before this. */
        int error = made || last ? disk_posix_sync_parent(part) : 0;
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

/* Lock the open file, which is closed if that fails. */
static enum status disk_posix_take_lock(struct disk_posix *posix, int how, const char *path,
                                        char *error, size_t error_size)
{
    if (flock(posix->lock, how | LOCK_NB) == 0) {
        return STATUS_OK;
    }
    int cause = errno;
    (void)close(posix->lock);
    if (cause == EWOULDBLOCK) {
        (void)snprintf(error, error_size,
                       "%s is in use by another process: one collector per data directory", path);
        return STATUS_EXISTS;
    }
    (void)snprintf(error, error_size, "%s/lock cannot be locked: %s", path, strerror(cause));
    return STATUS_IO;
}

static enum status disk_posix_lock(struct disk_posix *posix, const char *path, char *error,
                                   size_t error_size)
{
    posix->lock = openat(posix->directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (posix->lock < 0) {
        int cause = errno;
        (void)snprintf(error, error_size, "%s/lock cannot be opened: %s", path, strerror(cause));
        return disk_posix_status(cause);
    }
    return disk_posix_take_lock(posix, LOCK_EX, path, error, error_size);
}

static void disk_posix_fill(struct disk *disk, struct disk_posix *posix)
{
    *disk = (struct disk){
        .self = posix,
        .open = disk_posix_open_file,
        .close = disk_posix_close_file,
        .read = disk_posix_read,
        .write = disk_posix_write,
        .sync = disk_posix_sync,
        .truncate = disk_posix_truncate,
        .size = disk_posix_size,
        .make_directory = disk_posix_make_directory,
        .sync_directory = disk_posix_sync_directory,
        .list = disk_posix_list,
        .remove_file = disk_posix_remove_file,
        .remove_directory = disk_posix_remove_directory,
        .free_bytes = disk_posix_free_bytes,
    };
}

enum status disk_posix_open(struct disk *disk, struct slice directory, char *error,
                            size_t error_size)
{
    char path[PATH_MAX];
    if (directory.size == 0 || !slice_copy_text(directory, path, sizeof(path))) {
        (void)snprintf(error, error_size, "the path of the data directory is empty or too long");
        return STATUS_BAD;
    }
    int cause = disk_posix_make_path(path);
    if (cause != 0) {
        (void)snprintf(error, error_size, "%s cannot be made: %s", path, strerror(cause));
        return disk_posix_status(cause);
    }
    struct disk_posix *posix = calloc(1, sizeof(*posix));
    if (posix == NULL) {
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    enum status status = STATUS_OK;
    posix->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (posix->directory < 0) {
        cause = errno;
        (void)snprintf(error, error_size, "%s cannot be opened: %s", path, strerror(cause));
        status = disk_posix_status(cause);
        goto free_posix;
    }
    status = disk_posix_lock(posix, path, error, error_size);
    if (status != STATUS_OK) {
        goto close_directory;
    }
    if (faccessat(posix->directory, DISK_RESTORING, F_OK, 0) == 0) {
        (void)snprintf(error, error_size,
                       "a restore into %s was not finished: remove what is in it and restore again",
                       path);
        (void)close(posix->lock);
        status = STATUS_BAD;
        goto close_directory;
    }
    disk_posix_fill(disk, posix);
    return STATUS_OK;

close_directory:
    (void)close(posix->directory);
free_posix:
    free(posix);
    return status;
}

/* ---- To read. ---- */

static enum status disk_posix_no_write(void *self, int file, uint64_t offset, struct slice bytes,
                                       size_t *put)
{
    (void)self, (void)file, (void)offset, (void)bytes, (void)put;
    return STATUS_IO;
}

static enum status disk_posix_no_sync(void *self, int file)
{
    (void)self, (void)file;
    return STATUS_IO;
}

static enum status disk_posix_no_truncate(void *self, int file, uint64_t size)
{
    (void)self, (void)file, (void)size;
    return STATUS_IO;
}

static enum status disk_posix_no_path(void *self, const char *path)
{
    (void)self, (void)path;
    return STATUS_IO;
}

/* A directory that no collector has had open has no lock; one that cannot be opened is not
 * locked. */
static enum status disk_posix_lock_to_read(struct disk_posix *posix, const char *path, char *error,
                                           size_t error_size)
{
    posix->lock = openat(posix->directory, "lock", O_RDONLY | O_CLOEXEC);
    return posix->lock < 0 ? STATUS_OK
                           : disk_posix_take_lock(posix, LOCK_SH, path, error, error_size);
}

enum status disk_posix_open_to_read(struct disk *disk, struct slice directory, bool lock,
                                    char *error, size_t error_size)
{
    char path[PATH_MAX];
    if (directory.size == 0 || !slice_copy_text(directory, path, sizeof(path))) {
        (void)snprintf(error, error_size, "the path of the data directory is empty or too long");
        return STATUS_BAD;
    }
    struct disk_posix *posix = malloc(sizeof(*posix));
    if (posix == NULL) {
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    *posix = (struct disk_posix){.lock = -1, .reading = true};
    enum status status = STATUS_OK;
    posix->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (posix->directory < 0) {
        int cause = errno;
        (void)snprintf(error, error_size, "%s cannot be opened: %s", path, strerror(cause));
        status = disk_posix_status(cause);
        goto free_posix;
    }
    status = lock ? disk_posix_lock_to_read(posix, path, error, error_size) : STATUS_OK;
    if (status != STATUS_OK) {
        goto close_directory;
    }
    disk_posix_fill(disk, posix);
    disk->write = disk_posix_no_write;
    disk->sync = disk_posix_no_sync;
    disk->truncate = disk_posix_no_truncate;
    disk->make_directory = disk->sync_directory = disk_posix_no_path;
    disk->remove_file = disk->remove_directory = disk_posix_no_path;
    return STATUS_OK;

close_directory:
    (void)close(posix->directory);
free_posix:
    free(posix);
    return status;
}

void disk_posix_close(struct disk *disk)
{
    struct disk_posix *posix = disk->self;
    ENSURE(posix != NULL);
    if (posix->lock >= 0) {
        (void)close(posix->lock);
    }
    (void)close(posix->directory);
    free(posix);
    disk->self = NULL;
}
