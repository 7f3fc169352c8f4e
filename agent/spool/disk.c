/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(int fd)
{
    int number = errno;
    close(fd);
    return -number;
}

static int disk_open(struct disk *disk, const char *path)
{
    struct stat status;
    /* A lock of the process: a child that looks up a name does not keep it. */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &status) < 0) {
        return fail(fd);
    }
    if (!S_ISREG(status.st_mode)) {
        close(fd);
        return -EINVAL;
    }
    if (fcntl(fd, F_SETLK, &lock) < 0) {
        int answer = fail(fd);
        return answer == -EACCES ? -EAGAIN : answer;
    }
    disk->fd = fd;
    return 0;
}

static int disk_reserve(struct disk *disk, uint64_t size)
{
    if (fallocate(disk->fd, 0, 0, (off_t)size) == 0) {
        return 0;
    }
    if (errno != EOPNOTSUPP && errno != ENOSYS) {
        return -errno;
    }
    return ftruncate(disk->fd, (off_t)size) == 0 ? 0 : -errno;
}

static int disk_status(struct disk *disk, struct disk_status *status)
{
    struct stat found;
    if (fstat(disk->fd, &found) < 0) {
        return -errno;
    }
    *status = (struct disk_status){.size = (uint64_t)found.st_size,
                                   .inode = (uint64_t)found.st_ino,
                                   .linked = found.st_nlink > 0};
    return 0;
}

static ssize_t disk_read(struct disk *disk, void *memory, size_t size, uint64_t offset)
{
    ssize_t got = pread(disk->fd, memory, size, (off_t)offset);
    return got < 0 ? -errno : got;
}

static ssize_t disk_write(struct disk *disk, const struct iovec *parts, int count, uint64_t offset)
{
    ssize_t put = pwritev(disk->fd, parts, count, (off_t)offset);
    return put < 0 ? -errno : put;
}

static void disk_close(struct disk *disk)
{
    if (disk->fd >= 0) {
        close(disk->fd);
        disk->fd = -1;
    }
}

void disk_init(struct disk *disk)
{
    static const struct disk_calls calls = {
        .open = disk_open,
        .reserve = disk_reserve,
        .status = disk_status,
        .read = disk_read,
        .write = disk_write,
        .close = disk_close,
    };
    *disk = (struct disk){.calls = &calls, .fd = -1};
}
