/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LIB_MEMORY_DISK_H
#define TESTS_LIB_MEMORY_DISK_H

#include "spool/disk.h"
#include "spool/format.h"

#include <errno.h>
#include <string.h>

/*
 * A file of the spool in memory, that fails, is cut short, or whose process
 * dies in the middle of a write, when a test says so.
 */
struct memory_disk {
    unsigned char *bytes; /* FORMAT_FILE_SIZE */
    uint64_t size;
    uint64_t inode;
    bool linked;
    bool locked;       /* By another process. */
    uint64_t calls;    /* So far. */
    uint64_t fail_at;  /* This call fails; 0: none does. */
    int failure;       /* The errno of it; 0: it is cut short, where it can be. */
    bool failing;      /* Every call from then on. */
    uint64_t kill_at;  /* In this call the process dies; 0: in none. */
    size_t kill_bytes; /* After so many bytes of it, if it is a write. */
    bool dead;
    bool fired; /* One has failed. */
};

static inline void memory_disk_reset(struct memory_disk *memory, unsigned char *bytes)
{
    memset(bytes, 0, FORMAT_FILE_SIZE);
    *memory = (struct memory_disk){.bytes = bytes, .inode = 7, .linked = true};
}

/* Another process has the file from now on. */
static inline void memory_disk_next_process(struct memory_disk *memory)
{
    memory->calls = 0;
    memory->fail_at = 0;
    memory->failing = false;
    memory->kill_at = 0;
    memory->dead = false;
}

static inline bool memory_disk_dies(const struct memory_disk *memory)
{
    return memory->kill_at != 0 && memory->calls == memory->kill_at;
}

/* 0, or what the call answers instead of doing its work; 1: it is cut short.  A write has done some
 * of it when it dies. */
static inline int memory_disk_call(struct disk *disk, bool write)
{
    struct memory_disk *memory = (struct memory_disk *)disk->context;
    memory->calls++;
    memory->dead = memory->dead || (memory_disk_dies(memory) && !write);
    if (memory->dead) {
        return -EIO;
    }
    bool fails = memory->fail_at != 0 && (memory->failing ? memory->calls >= memory->fail_at
                                                          : memory->calls == memory->fail_at);
    if (fails) {
        memory->fired = true;
        return memory->failure == 0 ? 1 : -memory->failure;
    }
    return 0;
}

static inline int memory_disk_open(struct disk *disk, const char *path)
{
    struct memory_disk *memory = (struct memory_disk *)disk->context;
    int answer = memory_disk_call(disk, false);
    (void)path;
    if (answer < 0) {
        return answer;
    }
    if (memory->locked) {
        return -EAGAIN;
    }
    if (!memory->linked) {
        /* A file of that name is made. */
        memory->linked = true;
        memory->inode++;
        memory->size = 0;
        memset(memory->bytes, 0, FORMAT_FILE_SIZE);
    }
    disk->fd = 3;
    return 0;
}

static inline int memory_disk_reserve(struct disk *disk, uint64_t size)
{
    struct memory_disk *memory = (struct memory_disk *)disk->context;
    int answer = memory_disk_call(disk, false);
    if (answer < 0) {
        return answer;
    }
    memory->size = size > memory->size ? size : memory->size;
    return 0;
}

static inline int memory_disk_status(struct disk *disk, struct disk_status *status)
{
    struct memory_disk *memory = (struct memory_disk *)disk->context;
    int answer = memory_disk_call(disk, false);
    if (answer < 0) {
        return answer;
    }
    *status = (struct disk_status){
        .size = memory->size, .inode = memory->inode, .linked = memory->linked};
    return 0;
}

static inline ssize_t memory_disk_read(struct disk *disk, void *place, size_t size, uint64_t offset)
{
    struct memory_disk *memory = (struct memory_disk *)disk->context;
    int answer = memory_disk_call(disk, false);
    if (answer < 0) {
        return answer;
    }
    uint64_t left = offset < memory->size ? memory->size - offset : 0;
    size = size < left ? size : (size_t)left;
    size = answer == 1 ? size / 2 : size;
    memcpy(place, memory->bytes + offset, size);
    return (ssize_t)size;
}

static inline ssize_t memory_disk_write(struct disk *disk, const struct iovec *parts, int count,
                                        uint64_t offset)
{
    struct memory_disk *memory = (struct memory_disk *)disk->context;
    int answer = memory_disk_call(disk, true);
    size_t size = 0;
    size_t done = 0;
    if (answer < 0) {
        return answer;
    }
    for (int i = 0; i < count; i++) {
        size += parts[i].iov_len;
    }
    bool killed = memory_disk_dies(memory);
    size_t most = answer == 1 ? size / 2 : size;
    most = killed && memory->kill_bytes < most ? memory->kill_bytes : most;
    for (int i = 0; i < count && done < most; i++) {
        size_t part = parts[i].iov_len < most - done ? parts[i].iov_len : most - done;
        if (offset + done + part > FORMAT_FILE_SIZE) {
            return -EFBIG;
        }
        if (part > 0) {
            memcpy(memory->bytes + offset + done, parts[i].iov_base, part);
        }
        done += part;
    }
    memory->size = offset + done > memory->size ? offset + done : memory->size;
    if (killed) {
        memory->dead = true;
        return -EIO;
    }
    return (ssize_t)done;
}

static inline void memory_disk_close(struct disk *disk)
{
    disk->fd = -1;
}

static inline struct disk memory_disk_of(struct memory_disk *memory)
{
    static const struct disk_calls calls = {
        .open = memory_disk_open,
        .reserve = memory_disk_reserve,
        .status = memory_disk_status,
        .read = memory_disk_read,
        .write = memory_disk_write,
        .close = memory_disk_close,
    };
    return (struct disk){.calls = &calls, .context = memory, .fd = -1};
}

#endif
