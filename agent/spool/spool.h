/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SPOOL_SPOOL_H
#define THAW_SPOOL_SPOOL_H

#include "base/slice.h"
#include "core/core.h"
#include "spool/disk.h"
#include "spool/save.h"
#include "spool/trial.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The spool keeps in a file of fixed size what the agent has received and not
 * sent, and what it must know to number it, so that the next process of the
 * environment goes on where one that was killed had been.
 *
 *     step --> spool_keep(): one write of all that the step changed --> what the step decided
 *
 * A step is in the file as a whole or not at all.  Whatever the file does, the
 * agent goes on with what it has in memory, counts why, and tries again later.
 * One owner, one thread.
 */
struct spool_loan {
    unsigned char *half; /* AGENT_SPOOL_HALF_SIZE bytes that nobody uses just now. */
    uint64_t salt;       /* Random, for a file that is made. */
};

struct spool {
    struct disk disk;
    char path[256]; /* Empty: there is no spool. */
    unsigned char *entries;
    bool opened;
    bool whole; /* Everything must be written anew. */
    uint64_t salt;
    uint64_t again_salt; /* For a file that is made again. */
    uint64_t inode;
    uint64_t generation;
    uint64_t step;
    unsigned half;      /* The one that is written to. */
    size_t position;    /* In it. */
    struct trial trial; /* Of what an earlier process left. */
    unsigned skip;      /* So many times nothing is tried, after a failure. */
    unsigned skip_next;
    struct save save; /* The last member, for its own last one. */
};

/* A spool in the file of this path; "off", or a path that is too long: none.  entries, of
 * AGENT_SPOOL_ENTRIES_SIZE, must outlive it.  Nothing is opened yet. */
void spool_init(struct spool *spool, const struct disk *disk, struct slice path,
                unsigned char *entries);

/* Open or make the file, once, and replay into the core, to which nothing has happened yet, what an
 * earlier process left.  The answer is how many bytes of the loan were touched. */
size_t spool_open(struct spool *spool, struct core *core, struct core_now now,
                  const struct spool_loan *loan);

/* Write what the step has changed.  look: see first whether the file is still there. */
void spool_keep(struct spool *spool, struct core *core, bool look);

/* The process ends with everything sent: the next one begins anew. */
void spool_settle(struct spool *spool, struct core *core);

/* This process fails, and perhaps because of what it took: the next one shall know.  It is
 * async-signal-safe, and may come at any moment. */
void spool_blame(struct spool *spool);

#endif
