/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/memo.h"

#include "base/hash.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct memo_row {
    uint64_t id_hash;
    uint32_t count;
    uint32_t checksum; /* CRC-32C of the other two. */
};

static uint32_t checksum_of(const struct memo_row *row)
{
    return hash_crc32c(0, slice_of(row, offsetof(struct memo_row, checksum)));
}

static void load(int fd, struct invocation_table *table)
{
    struct memo_row rows[AGENT_ATTEMPTS_MAX];
    ssize_t got = pread(fd, rows, sizeof(rows), 0);
    size_t count = got > 0 ? (size_t)got / sizeof(rows[0]) : 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].id_hash != 0 && rows[i].checksum == checksum_of(&rows[i])) {
            table->attempts[table->attempts_next] =
                (struct invocation_attempts){.id_hash = rows[i].id_hash, .count = rows[i].count};
            table->attempts_next = (table->attempts_next + 1) % AGENT_ATTEMPTS_MAX;
        }
    }
}

void memo_open(struct memo *memo, struct slice path, struct invocation_table *table)
{
    char name[256];
    struct stat status;
    *memo = (struct memo){.fd = -1, .version = table->attempts_version};
    if (slice_equal(path, SLICE("off")) || !slice_copy_text(path, name, sizeof(name))) {
        return;
    }
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0) {
        return;
    }
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return;
    }
    load(fd, table);
    memo->fd = fd;
}

void memo_keep(struct memo *memo, const struct invocation_table *table)
{
    struct memo_row rows[AGENT_ATTEMPTS_MAX];
    if (memo->fd < 0 || memo->version == table->attempts_version) {
        return;
    }
    memo->version = table->attempts_version;
    for (size_t i = 0; i < AGENT_ATTEMPTS_MAX; i++) {
        /* Oldest first, so that the next process goes on overwriting the oldest. */
        const struct invocation_attempts *attempts =
            &table->attempts[(table->attempts_next + i) % AGENT_ATTEMPTS_MAX];
        rows[i] = (struct memo_row){.id_hash = attempts->id_hash, .count = attempts->count};
        rows[i].checksum = checksum_of(&rows[i]);
    }
    /* A full /tmp is the function's affair; half a table checks by rows. */
    (void)!pwrite(memo->fd, rows, sizeof(rows), 0);
}
