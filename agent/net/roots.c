/* SPDX-License-Identifier: Apache-2.0 */
#include "net/roots.h"

#include "base/ensure.h"
#include "net/certificate.h"
#include "net/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where systems keep theirs: Debian and Alpine, Amazon Linux and Red Hat, the BSDs' place. */
static const char *const system_paths[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
};

void roots_init(struct roots *roots, struct slice path)
{
    (void)slice_copy_text(path, roots->path, sizeof(roots->path));
    roots->indexed = false;
}

/* The descriptor of the file, or -1. */
static int open_file(const struct roots *roots)
{
    /* Not blocking: it might be a pipe, and then it is none of ours. */
    const int how = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    int fd = -1;
    if (roots->path[0] != '\0') {
        return open(roots->path, how);
    }
    for (size_t i = 0; fd < 0 && i < sizeof(system_paths) / sizeof(char *); i++) {
        fd = open(system_paths[i], how);
    }
    return fd;
}

/* Read until the room is full or the file ends.  False: it cannot be read. */
static bool read_at(int fd, uint64_t offset, unsigned char *place, size_t room, size_t *size)
{
    *size = 0;
    while (*size < room) {
        ssize_t got = pread(fd, place + *size, room - *size, (off_t)(offset + *size));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0;
        }
        *size += (size_t)got;
    }
    return true;
}

static void add(struct roots *roots, size_t der_size, uint64_t offset)
{
    struct slice name;
    if (!certificate_subject(slice_of(roots->der, der_size), &name)) {
        return;
    }
    if (roots->count == AGENT_ROOTS_MAX || offset > UINT32_MAX) {
        roots->left_out++;
        return;
    }
    roots->entries[roots->count] =
        (struct roots_entry){.name_hash = certificate_name_hash(name), .offset = (uint32_t)offset};
    roots->count++;
}

/* The whole file, a window at a time. */
static bool make_index(struct roots *roots, int fd)
{
    uint64_t offset = 0; /* Of the window in the file. */
    size_t size = 0;     /* Bytes in it. */
    roots->count = 0;
    roots->left_out = 0;
    for (;;) {
        struct pem_block block;
        size_t more;
        if (!read_at(fd, offset + size, roots->text + size, sizeof(roots->text) - size, &more)) {
            return false;
        }
        size += more;
        bool last = size < sizeof(roots->text);
        size_t at = 0;
        enum pem_answer answer;
        do {
            answer = pem_next(slice_of(roots->text + at, size - at), last, roots->der,
                              sizeof(roots->der), &block);
            if (answer == PEM_GOT) {
                add(roots, block.der_size, offset + at + block.begin);
            }
            at += block.consumed;
        } while (answer != PEM_PARTIAL);
        if (last) {
            return true;
        }
        if (at == 0) {
            /* A window full of one certificate: it is none that we could use. */
            at = 1;
        }
        memmove(roots->text, roots->text + at, size - at);
        offset += at;
        size -= at;
    }
}

/* The file, open and indexed; -1 if it cannot be, and why. */
static int open_indexed(struct roots *roots, enum status *status)
{
    struct stat now;
    *status = STATUS_NOT_FOUND;
    int fd = open_file(roots);
    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, &now) < 0 || !S_ISREG(now.st_mode)) {
        goto close_file;
    }
    if (!roots->indexed || now.st_ino != roots->inode || now.st_size != roots->size ||
        now.st_mtim.tv_sec != roots->changed.tv_sec ||
        now.st_mtim.tv_nsec != roots->changed.tv_nsec) {
        roots->indexed = make_index(roots, fd);
        roots->inode = now.st_ino;
        roots->size = now.st_size;
        roots->changed = now.st_mtim;
        if (!roots->indexed) {
            goto close_file;
        }
    }
    *status = roots->count > 0 ? STATUS_OK : STATUS_BAD;
    return fd;

close_file:
    close(fd);
    return -1;
}

enum status roots_load(struct roots *roots)
{
    enum status status;
    int fd = open_indexed(roots, &status);
    if (fd >= 0) {
        close(fd);
    }
    return status;
}

enum status roots_find(struct roots *roots, struct slice name, roots_take *take, void *context)
{
    enum status status;
    uint32_t hash = certificate_name_hash(name);
    int fd = open_indexed(roots, &status);
    if (fd < 0) {
        return status;
    }
    for (size_t i = 0; hash != 0 && i < roots->count; i++) {
        struct pem_block block;
        size_t size;
        if (roots->entries[i].name_hash == hash &&
            read_at(fd, roots->entries[i].offset, roots->text, sizeof(roots->text), &size) &&
            pem_next(slice_of(roots->text, size), true, roots->der, sizeof(roots->der), &block) ==
                PEM_GOT) {
            take(context, slice_of(roots->der, block.der_size));
        }
    }
    close(fd);
    return status;
}
