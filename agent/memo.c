/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/memo.h"

#include "base/hash.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct memo_row {
    uint64_t id_hash;
    uint64_t start_ns;
    uint64_t order;
    uint32_t count;
    uint32_t checksum; /* CRC-32C of what stands before it. */
};

struct memo_deliveries {
    uint64_t hashes[AGENT_DELIVERIES_MAX]; /* Oldest first. */
    uint64_t checksum;                     /* CRC-32C of what stands before it. */
};

#define DELIVERIES_OFFSET ((off_t)(AGENT_ATTEMPTS_MAX * sizeof(struct memo_row)))

static uint32_t row_checksum(const struct memo_row *row)
{
    return hash_crc32c(0, slice_of(row, offsetof(struct memo_row, checksum)));
}

static uint32_t deliveries_checksum(const struct memo_deliveries *kept)
{
    return hash_crc32c(0, slice_of(kept, offsetof(struct memo_deliveries, checksum)));
}

/* Each row stays in its place, so that one that changes is one that is written. */
static void load_rows(int fd, struct invocation_table *table)
{
    struct memo_row rows[AGENT_ATTEMPTS_MAX];
    ssize_t got = pread(fd, rows, sizeof(rows), 0);
    size_t count = got > 0 ? (size_t)got / sizeof(rows[0]) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct memo_row *row = &rows[i];
        if (row->id_hash == 0 || row->checksum != row_checksum(row)) {
            continue;
        }
        table->attempts[i] = (struct invocation_attempts){.id_hash = row->id_hash,
                                                          .start_ns = row->start_ns,
                                                          .order = row->order,
                                                          .count = row->count};
        if (row->order > table->attempts_order) {
            table->attempts_order = row->order;
            table->attempts_next = (i + 1) % AGENT_ATTEMPTS_MAX;
        }
    }
}

static void load_deliveries(int fd, struct deliveries *deliveries)
{
    struct memo_deliveries kept;
    if (pread(fd, &kept, sizeof(kept), DELIVERIES_OFFSET) == (ssize_t)sizeof(kept) &&
        kept.checksum == deliveries_checksum(&kept)) {
        memcpy(deliveries->hashes, kept.hashes, sizeof(deliveries->hashes));
    }
}

void memo_open(struct memo *memo, struct slice path, struct invocation_table *table,
               struct deliveries *deliveries)
{
    char name[256];
    struct stat status;
    *memo = (struct memo){.fd = -1};
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
    load_rows(fd, table);
    load_deliveries(fd, deliveries);
    memo->fd = fd;
}

void memo_keep(struct memo *memo, struct invocation_table *table)
{
    if (!table->attempts_dirty) {
        return;
    }
    table->attempts_dirty = false;
    for (size_t i = 0; i < AGENT_ATTEMPTS_MAX; i++) {
        struct invocation_attempts *attempts = &table->attempts[i];
        if (!attempts->dirty) {
            continue;
        }
        attempts->dirty = false;
        struct memo_row row = {.id_hash = attempts->id_hash,
                               .start_ns = attempts->start_ns,
                               .order = attempts->order,
                               .count = attempts->count};
        row.checksum = row_checksum(&row);
        if (memo->fd >= 0) {
            /* A full /tmp is the function's affair; half a row does not check. */
            (void)!pwrite(memo->fd, &row, sizeof(row), (off_t)(i * sizeof(row)));
        }
    }
}

void memo_settle(struct memo *memo, const struct deliveries *deliveries)
{
    struct memo_deliveries kept;
    for (size_t i = 0; i < AGENT_DELIVERIES_MAX; i++) {
        kept.hashes[i] = deliveries->hashes[(deliveries->next + i) % AGENT_DELIVERIES_MAX];
    }
    kept.checksum = deliveries_checksum(&kept);
    if (memo->fd >= 0) {
        (void)!pwrite(memo->fd, &kept, sizeof(kept), DELIVERIES_OFFSET);
    }
}
