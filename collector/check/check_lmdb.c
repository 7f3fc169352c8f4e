/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check_lmdb.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "check/check_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child ends with; else it was ended. */
enum { CHILD_GOOD = 0, CHILD_BAD = 10, CHILD_MISSING = 11, CHILD_FULL = 12 };

/* ---- In the child. ---- */

struct child {
    int pipe;
    bool failed;
};

static void child_put(struct child *child, struct slice bytes)
{
    while (bytes.size > 0 && !child->failed) {
        ssize_t put = write(child->pipe, bytes.base, bytes.size);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        child->failed = put <= 0;
        bytes = child->failed ? bytes : slice_skip(bytes, (size_t)put);
    }
}

static void child_entry(void *context, struct slice key, struct slice value)
{
    unsigned char sizes[8];
    bytes_put32(sizes, (uint32_t)key.size);
    bytes_put32(sizes + 4, (uint32_t)value.size);
    child_put(context, slice_of(sizes, sizeof(sizes)));
    child_put(context, key);
    child_put(context, value);
}

_Noreturn static void child_run(struct slice directory, int to)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM};
    struct child child = {.pipe = to};
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
        (void)signal(deadly[i], SIG_DFL);
    }
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    /* What the library says when it dies is not for people. */
    (void)dup2(nowhere, STDERR_FILENO);
    /* A tree that leads into itself has no end. */
    (void)alarm(CHECK_CATALOG_S_MAX);
    enum status status = catalog_lmdb_visit(directory, child_entry, &child);
    if (status == STATUS_OK && !child.failed) {
        _exit(CHILD_GOOD);
    }
    _exit(status == STATUS_NOT_FOUND ? CHILD_MISSING
                                     : (status == STATUS_FULL ? CHILD_FULL : CHILD_BAD));
}

/* ---- In the parent. ---- */

static bool lmdb_take(struct check_lmdb *lmdb, int from)
{
    for (;;) {
        unsigned char *room = buf_reserve(&lmdb->bytes, 64u << 10);
        if (room == NULL) {
            return false;
        }
        ssize_t got = read(from, room, 64u << 10);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        buf_commit(&lmdb->bytes, got > 0 ? (size_t)got : 0);
        if (got <= 0) {
            return got == 0;
        }
    }
}

static enum status lmdb_answer(int state, char *reason, size_t reason_size)
{
    if (WIFSIGNALED(state)) {
        (void)snprintf(reason, reason_size, "reading it ends the process: %s",
                       strsignal(WTERMSIG(state)));
        return STATUS_BAD;
    }
    switch (WEXITSTATUS(state)) {
    case CHILD_GOOD:
        return STATUS_OK;
    case CHILD_MISSING:
        return STATUS_NOT_FOUND;
    case CHILD_FULL:
        return STATUS_FULL;
    default:
        (void)snprintf(reason, reason_size, "it is no catalog");
        return STATUS_BAD;
    }
}

/* The entry at an offset; false at the end. */
static bool lmdb_entry(const struct check_lmdb *lmdb, size_t *at, struct slice *key,
                       struct slice *value)
{
    struct slice rest = slice_skip(buf_bytes(&lmdb->bytes), *at);
    if (rest.size < 8) {
        return false;
    }
    size_t key_size = bytes_get32(rest.base);
    size_t value_size = bytes_get32(rest.base + 4);
    rest = slice_skip(rest, 8);
    if (key_size > rest.size || value_size > rest.size - key_size) {
        return false;
    }
    *key = slice_take(rest, key_size);
    *value = slice_take(slice_skip(rest, key_size), value_size);
    *at += 8 + key_size + value_size;
    return true;
}

static enum status lmdb_each(void *self, struct slice prefix,
                             void (*visit)(void *context, struct slice key, struct slice value),
                             void *context)
{
    const struct check_lmdb *lmdb = self;
    struct slice key;
    struct slice value;
    size_t at = 0;
    while (lmdb_entry(lmdb, &at, &key, &value)) {
        if (slice_starts(key, prefix)) {
            visit(context, key, value);
        }
    }
    return STATUS_OK;
}

static enum status lmdb_get(void *self, struct slice name, struct arena *arena, struct slice *found)
{
    const struct check_lmdb *lmdb = self;
    struct slice key;
    struct slice value;
    size_t at = 0;
    while (lmdb_entry(lmdb, &at, &key, &value)) {
        if (slice_equal(key, name)) {
            *found = arena_dup(arena, value);
            return found->size == value.size ? STATUS_OK : STATUS_FULL;
        }
    }
    return STATUS_NOT_FOUND;
}

enum status check_lmdb_read(struct check_lmdb *lmdb, struct slice directory, char *reason,
                            size_t reason_size)
{
    int ends[2];
    int state = 0;
    buf_init_growing(&lmdb->bytes, CHECK_CATALOG_SIZE_MAX);
    lmdb->catalog = (struct catalog){.self = lmdb, .get = lmdb_get, .each = lmdb_each};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return STATUS_IO;
    }
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        child_run(directory, ends[1]);
    }
    (void)close(ends[1]);
    bool taken = child > 0 && lmdb_take(lmdb, ends[0]);
    (void)close(ends[0]);
    if (child < 0) {
        return STATUS_IO;
    }
    while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
    }
    enum status status = lmdb_answer(state, reason, reason_size);
    return status == STATUS_OK && !taken ? STATUS_FULL : status;
}

void check_lmdb_fini(struct check_lmdb *lmdb)
{
    buf_fini(&lmdb->bytes);
}
