/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SIM_STORE_DISK_H
#define THAW_SIM_STORE_DISK_H

#include "base/prng.h"
#include "store/catalog.h"
#include "store/disk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A disk in memory that behaves as badly as a disk may: writes are short; what was not synced
 * survives a power cut sector by sector or not at all; names that were not synced appear or vanish;
 * a failed sync loses pages for good, and a later sync does not bring them back.  And a catalog
 * beside it, whose failed changes may have happened all the same.
 *
 * Every operation may be told to fail: the n-th call, or each with some chance.
 */
struct sim_node;

struct sim_disk {
    struct disk disk;
    struct catalog catalog;
    struct prng prng;
    struct sim_node *nodes;
    size_t node_count;
    struct sim_entry *entries; /* Of the catalog. */
    size_t entry_count;
    int open_count;
    uint64_t free_bytes; /* What free_bytes() says. */

    uint64_t calls;   /* Operations so far. */
    uint64_t fail_at; /* The call of this number fails; 0: none. */
    uint64_t fail_chance_per_1000;
    bool fail_with_full; /* STATUS_FULL where it may be, else STATUS_IO. */
    bool failed;         /* Some operation was told to fail. */
};

void sim_disk_init(struct sim_disk *sim, uint64_t seed);
void sim_disk_fini(struct sim_disk *sim);

/* The power is cut and comes back: every file is closed and holds what happened to survive. */
void sim_disk_power_cut(struct sim_disk *sim);
/* The process is killed: every file is closed, all that was written is there. */
void sim_disk_kill(struct sim_disk *sim);

/* Change one bit of a file below the size that is durable; false if there is no such place. */
bool sim_disk_rot(struct sim_disk *sim, const char *path_end, uint64_t offset);

/* The live bytes of the first file whose path ends so; NULL if there is none. */
const unsigned char *sim_disk_file(const struct sim_disk *sim, const char *path_end, size_t *size);

#endif
