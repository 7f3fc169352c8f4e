/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/backup_file.h"

#include "backup/backup_limits.h"
#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status backup_file_status(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
        return STATUS_FULL;
    case ENOENT:
        return STATUS_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
        return STATUS_EXISTS;
    default:
        return STATUS_IO;
    }
}

static enum status file_put(int file, struct slice bytes)
{
    while (bytes.size > 0) {
        ssize_t put = write(file, bytes.base, bytes.size);
        if (put < 0 && errno != EINTR) {
            return backup_file_status(errno);
        }
        bytes = put > 0 ? slice_skip(bytes, (size_t)put) : bytes;
    }
    return STATUS_OK;
}

/* Read up to size bytes; less only at the end. */
static enum status file_get(int file, uint64_t offset, unsigned char *memory, size_t size,
                            size_t *got)
{
    *got = 0;
    while (*got < size) {
        ssize_t answer = pread(file, memory + *got, size - *got, (off_t)(offset + *got));
        if (answer < 0 && errno == EINTR) {
            continue;
        }
        if (answer < 0) {
            return backup_file_status(errno);
        }
        if (answer == 0) {
            break;
        }
        *got += (size_t)answer;
    }
    return STATUS_OK;
}

/* Sum up, and write to a file unless that is -1. */
static enum status file_pass(int from, uint64_t size, int to, uint32_t *crc)
{
    unsigned char *memory = malloc(BACKUP_PIECE_SIZE);
    enum status status = memory != NULL ? STATUS_OK : STATUS_FULL;
    uint64_t offset = 0;
    *crc = 0;
    while (status == STATUS_OK && offset < size) {
        uint64_t left = size - offset;
        size_t want = left < BACKUP_PIECE_SIZE ? (size_t)left : (size_t)BACKUP_PIECE_SIZE;
        size_t got;
        status = file_get(from, offset, memory, want, &got);
        if (status == STATUS_OK && got != want) {
            status = STATUS_BAD;
        }
        if (status == STATUS_OK) {
            *crc = hash_crc32c(*crc, slice_of(memory, got));
            status = to < 0 ? STATUS_OK : file_put(to, slice_of(memory, got));
        }
        offset += want;
    }
    free(memory);
    return status;
}

enum status backup_file_sum(int from, uint64_t size, uint32_t *crc)
{
    return file_pass(from, size, -1, crc);
}

/* Make what was written to a new file durable; or, if that failed, remove it. */
static enum status file_finish(int file, int directory, const char *path, enum status status)
{
    if (status == STATUS_OK && fsync(file) != 0) {
        status = backup_file_status(errno);
    }
    int error = errno;
    if (close(file) != 0 && status == STATUS_OK) {
        error = errno;
        status = backup_file_status(error);
    }
    if (status != STATUS_OK) {
        (void)unlinkat(directory, path, 0);
    }
    errno = error;
    return status;
}

enum status backup_file_copy(int from, uint64_t size, int directory, const char *path,
                             uint32_t *crc)
{
    int to = openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0) {
        return backup_file_status(errno);
    }
    return file_finish(to, directory, path, file_pass(from, size, to, crc));
}

enum status backup_file_write(int directory, const char *path, struct slice bytes)
{
    int to = openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0) {
        return backup_file_status(errno);
    }
    return file_finish(to, directory, path, file_put(to, bytes));
}

int backup_file_directory(int directory, const char *path, bool make)
{
    if (make && mkdirat(directory, path, 0700) != 0 && errno != EEXIST) {
        return -1;
    }
    return openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum status backup_file_sync(int directory, const char *path)
{
    int file = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
        return backup_file_status(errno);
    }
    enum status status = fsync(file) == 0 ? STATUS_OK : backup_file_status(errno);
    (void)close(file);
    return status;
}

enum status backup_file_list(int directory, const char *path,
                             void (*visit)(void *context, const char *name), void *context)
{
    int descriptor = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (list == NULL) {
        enum status status = backup_file_status(errno);
        if (descriptor >= 0) {
            (void)close(descriptor);
        }
        return status;
    }
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            visit(context, entry->d_name);
        }
    }
    (void)closedir(list);
    return STATUS_OK;
}

/* Something in the directory that is being removed, or nothing any more. */
struct file_first {
    char name[NAME_MAX + 1];
    bool found;
};

static void file_take_first(void *context, const char *name)
{
    struct file_first *first = context;
    if (!first->found) {
        first->found = true;
        (void)strncpy(first->name, name, sizeof(first->name) - 1);
    }
}

/* Go down to what is no directory or an empty one, remove it, and begin again: no recursion. */
static enum status file_remove_one(int directory, const char *path, bool *gone)
{
    char at[BACKUP_PATH_SIZE * 2];
    size_t size = strlen(path);
    *gone = false;
    if (size >= sizeof(at)) {
        return STATUS_BAD;
    }
    memcpy(at, path, size + 1);
    for (unsigned depth = 0; depth < BACKUP_DEPTH_MAX; depth++) {
        struct file_first first = {.found = false};
        if (unlinkat(directory, at, 0) == 0 || unlinkat(directory, at, AT_REMOVEDIR) == 0) {
            *gone = depth == 0;
            return STATUS_OK;
        }
        if (errno != ENOTEMPTY && errno != EEXIST) {
            *gone = errno == ENOENT;
            return errno == ENOENT ? STATUS_OK : backup_file_status(errno);
        }
        enum status status = backup_file_list(directory, at, file_take_first, &first);
        if (status != STATUS_OK || !first.found) {
            return status;
        }
        size_t left = sizeof(at) - size;
        size_t more = strlen(first.name) + 1;
        if (more >= left) {
            return STATUS_BAD;
        }
        at[size] = '/';
        memcpy(at + size + 1, first.name, more);
        size += more;
    }
    return STATUS_BAD;
}

enum status backup_file_remove(int directory, const char *path)
{
    bool gone = false;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !gone) {
        status = file_remove_one(directory, path, &gone);
    }
    return status;
}
